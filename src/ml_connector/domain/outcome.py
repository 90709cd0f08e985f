"""The verdict on an order, and the reasons for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ml_connector.domain.money import Money


class Verdict(StrEnum):
    """The six words used everywhere: console, JSON, metrics."""

    POSTED = "posted"
    WAITING = "waiting"
    IN_DOUBT = "in_doubt"
    HELD = "held"
    FAILED = "failed"
    EXCLUDED = "excluded"

    @property
    def at_rest(self) -> bool:
        """Whether nothing more happens by itself."""
        return self not in (Verdict.WAITING, Verdict.IN_DOUBT)


@dataclass(frozen=True, slots=True)
class Reason:
    """Why, for a program (`code`), for a person (`text`), and what to do (`fix`; empty when nothing is to be done).

    `cause` groups orders that one decision would release, e.g. `tax_unmapped:FI:25.5`; equal to `code` by default.
    """

    code: str
    text: str
    fix: str = ""
    cause: str = ""
    details: tuple[tuple[str, str], ...] = ()
    """Further facts, label and value, for a page that shows both calculations side by side."""


@dataclass(frozen=True, slots=True)
class Hold:
    """A person must decide first. A hold is an answer, not an error."""

    reason: Reason


@dataclass(frozen=True, slots=True)
class Excluded:
    """Deliberately not posted; `reason.code` names the rule."""

    reason: Reason


@dataclass(frozen=True, slots=True)
class Outcome:
    """The verdict on one order at one moment."""

    verdict: Verdict
    reason: Reason | None = None
    total: Money | None = None
    """The order's total in the currency of its documents."""
    until: datetime | None = None
    """Waiting: when it is tried again."""
