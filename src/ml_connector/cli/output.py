"""Two voices: one JSON document on standard output for programs, sentences and progress on standard error for people.

With `--json` nothing but that document reaches standard output; without it, a report's table goes to standard output.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from typing import Any, NoReturn

import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ml_connector.cli.exits import NOBODY_READS, Stop

MINUTE_S = 60.0


class _Page(Console):
    """A console whose reader may leave."""

    def on_broken_pipe(self) -> NoReturn:
        nobody_reads()


def people() -> Console:
    """Where sentences, progress and warnings go. Made when it is needed, so that it follows a redirected stream."""
    return Console(stderr=True, highlight=False, soft_wrap=True)


def page() -> Console:
    """Where a report goes when a person asked for it."""
    return _Page(highlight=False)


def print_json(document: Any) -> None:
    """One JSON document, indented, keys in the order given."""
    text = msgspec.json.format(msgspec.json.encode(document), indent=2).decode() + "\n"
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        nobody_reads()


def nobody_reads() -> NoReturn:
    """End quietly: what is still buffered must not complain when the interpreter ends."""
    with open(os.devnull, "w", encoding="utf-8") as nothing:  # noqa: PTH123 - its descriptor is what we need
        os.dup2(nothing.fileno(), sys.stdout.fileno())
    raise Stop(NOBODY_READS)


def say(text: str) -> None:
    """A sentence for the person, never taken for markup."""
    people().print(text, markup=False)


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]], *, right: Sequence[str] = ()) -> Table:
    """A table whose cells are text, never markup: an order named `[red]` stays `[red]`."""
    made = Table(title=Text(title), title_justify="left", header_style="bold", box=None, pad_edge=False)
    for column in columns:
        made.add_column(column, justify="right" if column in right else "left", overflow="fold")
    for row in rows:
        made.add_row(*(Text(cell) for cell in row))
    return made


def money(value: dict[str, str] | None) -> str:
    """`48.00 EUR`, or a dash when it is not known."""
    return f"{value['amount']} {value['currency']}" if value else "–"


def known(value: object) -> str:
    """*value* as text, or a dash when it is not known."""
    return "–" if value is None else str(value)


def many(number: int, noun: str) -> str:
    """`1 order`, `2 orders`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def for_how_long(seconds: float | None) -> str:
    """`40 s`, `12 min`, `3 h 20 min`, `2 days 4 h`; a dash when it is not known."""
    if seconds is None:
        return "–"
    if seconds < MINUTE_S:
        return f"{seconds:.0f} s"
    minutes = round(seconds / MINUTE_S)
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return f"{hours} h {minutes} min" if hours else f"{minutes} min"
    days, hours = divmod(hours, 24)
    return f"{many(days, 'day')} {hours} h"
