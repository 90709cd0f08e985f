"""Faults on request: what goes wrong, with which calls, how often.

A fault either stands before the call (nothing is done) or after it (it is done, and the caller is
told something else, or nothing).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fnmatch import translate
from functools import lru_cache
from random import Random
from typing import Any

from ml_connector.sandbox.http import Answer, NoAnswer, Response, Slow
from ml_connector.sandbox.zoho import limits
from ml_connector.sandbox.zoho.encoding import answer, refused
from ml_connector.sandbox.zoho.refusals import Refusal, unauthorized, wrong_url

PREFIXES = ("/books/v3", "/inventory/v1")


@dataclass
class Fault:
    """One thing that goes wrong.

    Attributes:
        method: `*` or an HTTP method.
        path: A shell-style pattern on the path without region and `/books/v3`, e.g. `/invoices*`
            or `/oauth/v2/token`.
        times: How many matching calls it spoils; nothing means all.
        after: How many matching calls it leaves alone first.
        probability: The chance that a matching call is spoilt, drawn from the seeded generator.
        commit: Whether the call is carried out all the same.
        response: What is answered instead; nothing: the connection is cut, or, with `seconds`
            alone, the true answer comes late.
        cut: Whether the connection is cut.
        seconds: How late the answer is.
        body_contains: Only calls whose body has this text.
    """

    method: str = "*"
    path: str = "*"
    times: int | None = 1
    after: int = 0
    probability: float = 1.0
    commit: bool = False
    response: Response | None = None
    cut: bool = False
    seconds: float = 0.0
    body_contains: str = ""
    name: str = "fault"
    used: int = field(default=0, init=False)

    def wants(self, method: str, path: str, body: bytes) -> bool:
        """Whether this call is one of those it is meant for."""
        if self.method not in ("*", method) or not _pattern(self.path)(path):
            return False
        return not self.body_contains or self.body_contains.encode() in body

    @property
    def spent(self) -> bool:
        """Whether it has done all it should."""
        return self.times is not None and self.times <= 0

    @property
    def executes(self) -> bool:
        """Whether the call is carried out."""
        return self.commit or (self.response is None and not self.cut)

    def spoil(self, true_answer: Response | None) -> Answer:
        """What the caller gets; *true_answer* is what the call would have brought, if it was made."""
        spoilt: Response | NoAnswer
        if self.cut or (self.response is None and true_answer is None):
            spoilt = NoAnswer(committed=true_answer is not None)
        else:
            spoilt = self.response or true_answer or _internal()
        return Slow(spoilt, self.seconds) if self.seconds > 0 else spoilt


@lru_cache(maxsize=512)
def _pattern(path: str) -> Callable[[str], object]:
    return re.compile(translate(path)).match


class Faults:
    """The faults that wait, in the order they were asked for."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._waiting: list[Fault] = []

    def add(self, fault: Fault) -> Fault:
        """Queue a fault."""
        self._waiting.append(fault)
        return fault

    def clear(self) -> None:
        """Let everything work again."""
        self._waiting.clear()

    @property
    def waiting(self) -> tuple[Fault, ...]:
        """What is still to go wrong."""
        return tuple(fault for fault in self._waiting if not fault.spent)

    def pick(self, method: str, path: str, body: bytes) -> Fault | None:
        """The first fault that this call meets, used up by one."""
        if not self._waiting:
            return None
        for prefix in PREFIXES:
            path = path.removeprefix(prefix)
        for fault in self._waiting:
            if fault.spent or not fault.wants(method, path, body):
                continue
            if fault.after > 0:
                fault.after -= 1
                continue
            if fault.probability < 1.0 and self._random.random() >= fault.probability:
                continue
            if fault.times is not None:
                fault.times -= 1
            fault.used += 1
            return fault
        return None


def _internal() -> Response:
    return refused(Refusal(500, 1000, "Internal error"))


def _access_denied() -> Response:
    return answer(
        {
            "error_description": "You have made too many requests continuously. Please try again after some time.",
            "error": "Access Denied",
            "status": "failure",
        },
        400,
    )


KINDS: Mapping[str, Callable[[], dict[str, Any]]] = {
    "no_answer_before_commit": lambda: {"cut": True},
    "commit_then_no_answer": lambda: {"cut": True, "commit": True},
    "500_before_commit": lambda: {"response": _internal()},
    "500_after_commit": lambda: {"response": _internal(), "commit": True},
    "503": lambda: {"response": Response(503, {"Content-Type": "text/html"}, b"<html>Service Unavailable</html>")},
    "slow": lambda: {"seconds": 30.0},
    "slow_then_no_answer": lambda: {"seconds": 30.0, "cut": True, "commit": True},
    "401": lambda: {"response": refused(unauthorized())},
    "429_minute": lambda: {"response": refused(limits.over_minute())},
    "429_day": lambda: {"response": refused(limits.over_day(2000))},
    "429_in_flight": lambda: {"response": refused(limits.over_in_flight())},
    "429_block": lambda: {"response": refused(limits.blocked())},
    "404_url": lambda: {"response": refused(wrong_url())},
    "404_bare": lambda: {"response": Response(404, {"Content-Type": "text/plain"}, b"404: Not Found")},
    "200_with_error": lambda: {"response": answer({"code": 1002, "message": "Customer does not exist."})},
    "not_json": lambda: {"response": Response(200, {"Content-Type": "text/html"}, b"<html>sign in</html>")},
    "access_denied": lambda: {"response": _access_denied()},
    "invalid_code": lambda: {"response": answer({"error": "invalid_code"})},
}


def make(kind: str, **how: Any) -> Fault:
    """A fault of a named kind; *how* may say anything that `Fault` has.

    Raises:
        ValueError: There is no such kind.
    """
    if kind not in KINDS:
        raise ValueError(f"no fault is called {kind}; there are {', '.join(sorted(KINDS))}")
    return Fault(**{"name": kind, **KINDS[kind](), **how})
