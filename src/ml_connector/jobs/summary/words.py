"""The sentences of a statement: what is so, in the words of the console. Pure."""

from __future__ import annotations

from ml_connector.domain.outcome import Verdict
from ml_connector.jobs.summary.statement import Statement


def seal(statement: Statement) -> str:
    """The shortest true thing about the day."""
    if statement.differences:
        return f"Differs: {', '.join(str(each) for each in statement.differences)}"
    if not statement.known:
        return "Not compared with Shopify"
    if statement.open:
        return "Equal to the cent so far"
    return (
        "Complete, equal to the cent" if statement.orders or statement.payments or statement.refunds else "Nothing sold"
    )


def sentence(statement: Statement) -> str:
    """All orders of the day, each in one part of the sentence."""
    counts, all_ = statement.outcomes, statement.orders
    if not all_:
        return "No order was placed on this day."
    parts = [_part(counts.get(Verdict.POSTED, 0), "posted")]
    if excluded := counts.get(Verdict.EXCLUDED, 0):
        parts.append(f"{_part(excluded, 'excluded')} by rule")
    parts.append(_waiting(counts.get(Verdict.WAITING, 0) + counts.get(Verdict.IN_DOUBT, 0)))
    parts.append(_held(counts.get(Verdict.HELD, 0)))
    parts.append(f"{counts[Verdict.FAILED]} failed" if counts.get(Verdict.FAILED) else "none failed")
    said = [part for part in parts if part]
    return f"{many(all_, 'order')}. {_listed(said)}."


def many(number: int, noun: str) -> str:
    """`1 order`, `2 orders`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _part(number: int, word: str) -> str:
    if not number:
        return f"None was {word}"
    return f"{number:,} {'was' if number == 1 else 'were'} {word}"


def _waiting(number: int) -> str:
    return f"{number:,} {'waits' if number == 1 else 'wait'}" if number else "none waits"


def _held(number: int) -> str:
    if not number:
        return ""
    return f"{number:,} {'is' if number == 1 else 'are'} held until you decide"


def _listed(parts: list[str]) -> str:
    *first, last = parts
    return f"{', '.join(first)} and {last}" if first else last
