"""What a statement is composed from: each order of the day, each movement of money, and what Zoho is known to hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from ml_connector.domain.books import KnownDocument
from ml_connector.domain.documents import Kind
from ml_connector.domain.money import Money
from ml_connector.domain.outcome import Reason, Verdict
from ml_connector.jobs.reconcile.comparing import Held
from ml_connector.store.documents import Kept, Rounded

NOT_LOOKED_AT = Reason(
    "not_looked_at", "Nobody has looked at this order yet.", "The next sweep finds it; nothing has to be done."
)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an order stands: its verdict, and why."""

    verdict: Verdict
    reason: Reason | None = None

    @property
    def excluded(self) -> bool:
        return self.verdict is Verdict.EXCLUDED

    @property
    def open(self) -> bool:
        """Not in the books as it should be in the end; also a posted order of which something waits on purpose."""
        if self.verdict is Verdict.POSTED:
            return self.reason is not None and self.reason.code.startswith("waits")
        return not self.excluded


UNREAD = Standing(Verdict.WAITING, NOT_LOOKED_AT)


@dataclass(frozen=True, slots=True)
class DayOrder:
    """One order that was placed on the day.

    Attributes:
        shopify: What it comes to now, after returns, in the currency of its documents.
        kept: Its documents in Zoho.
    """

    id: str
    name: str
    standing: Standing
    shopify: Money
    kept: tuple[Kept, ...] = ()

    @property
    def held(self) -> Held:
        return Held(tuple(each.document for each in self.kept))

    def documents(self, kind: Kind) -> list[KnownDocument]:
        """Those of *kind* that count: void ones are in the books with nothing."""
        return self.held.of(kind)


@dataclass(frozen=True, slots=True)
class DayMove:
    """Money that moved on the day. `zoho` is what Zoho holds of it, zero when it holds nothing."""

    id: str
    incoming: bool
    standing: Standing
    shopify: Money
    zoho: Money


@dataclass(frozen=True, slots=True)
class TaxName:
    """A Zoho tax as people know it. `percentage` is 20 for 20 %."""

    name: str
    percentage: Decimal


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything about one day of one connection.

    Attributes:
        moves: None when Shopify could not be asked for them.
        month: What rounding put into the books in the day's month, up to the day.
        calls, calls_limit: Zoho calls of that day and what the plan allows in one; None when not known.
        shopify_read_at: None when Shopify did not answer; then its figures are those that it said when each order
            was last read, and *shopify_trouble* says why.
    """

    connection: str
    shop: str
    organisation: str
    region: str
    date: date
    zone: str
    orders: tuple[DayOrder, ...]
    moves: tuple[DayMove, ...] | None
    read_at: datetime
    shopify_read_at: datetime | None
    shopify_trouble: str = ""
    taxes: Mapping[str, TaxName] = field(default_factory=dict)
    month: tuple[Rounded, ...] = ()
    calls: int | None = None
    calls_limit: int | None = None
