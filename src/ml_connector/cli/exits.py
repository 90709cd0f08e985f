"""Exit statuses, and the exception that carries one to the edge.

0 done; 1 the answer is bad news; 2 wrong use (also an unknown connection or order); 3 the environment is not usable.
"""

from __future__ import annotations

DONE = 0
BAD_NEWS = 1
WRONG_USE = 2
NOT_USABLE = 3
INTERRUPTED = 130
"""Ctrl-C: 128 and the number of the signal, as shells count."""
NOBODY_READS = 141
"""Whoever read our standard output has left, as `head` does: 128 and the number of SIGPIPE."""


class Stop(Exception):
    """Ends the command with *status* after one sentence for the person (empty: it was said already)."""

    def __init__(self, status: int, text: str = "", *, fix: str = "") -> None:
        super().__init__(text)
        self.status = status
        self.text = text
        self.fix = fix


def bad_news(text: str = "", *, fix: str = "") -> Stop:
    return Stop(BAD_NEWS, text, fix=fix)


def wrong_use(text: str, *, fix: str = "") -> Stop:
    return Stop(WRONG_USE, text, fix=fix)


def not_usable(text: str, *, fix: str = "") -> Stop:
    return Stop(NOT_USABLE, text, fix=fix)
