"""The statement of a day as a value: what was composed, ready to be shown, printed, mailed or kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from ml_connector.domain.money import Money
from ml_connector.domain.outcome import Verdict
from ml_connector.store.documents import Rounded


@dataclass(frozen=True, slots=True)
class Row:
    """One currency: Shopify less what is excluded and what is still open is expected in Zoho.

    Attributes:
        number: Orders, payments or refunds.
        shopify: None when Shopify could not be asked.
        open: What is not in Zoho yet of orders that wait or need a person.
    """

    currency: str
    number: int
    shopify: Money | None
    excluded: Money
    open: Money
    zoho: Money

    @property
    def expected(self) -> Money | None:
        return None if self.shopify is None else self.shopify - self.excluded - self.open

    @property
    def difference(self) -> Money | None:
        """Zoho's figure less the expected one; zero is the proof."""
        return None if self.expected is None else self.zoho - self.expected


@dataclass(frozen=True, slots=True)
class TaxRow:
    """One tax in one currency, credit notes taken off. `net` and `gross` are None where Zoho's lines do not tell."""

    name: str
    percentage: Decimal | None
    tax: Money
    net: Money | None

    @property
    def gross(self) -> Money | None:
        return None if self.net is None else self.net + self.tax


@dataclass(frozen=True, slots=True)
class Group:
    """Orders with one reason: what waits, what failed and why, or the rule that excluded them."""

    verdict: Verdict
    code: str
    text: str
    fix: str
    orders: int
    money: tuple[Money, ...]
    names: tuple[str, ...] = ()
    """Of the first few."""


@dataclass(frozen=True, slots=True)
class Tally:
    """So many documents, and what they come to."""

    number: int
    money: Money


@dataclass(frozen=True, slots=True)
class Statement:
    """One day of one connection.

    Attributes:
        rounding, cash_rounding: Of the day's orders; above zero: the shop's gain.
        month: The ledger of rounding of the day's month, up to the day, whichever orders it is of.
    """

    connection: str
    shop: str
    organisation: str
    region: str
    date: date
    zone: str
    read_at: datetime
    shopify_read_at: datetime | None
    shopify_trouble: str
    outcomes: Mapping[Verdict, int]
    invoices: tuple[Row, ...]
    payments: tuple[Row, ...] | None
    refunds: tuple[Row, ...] | None
    taxes: tuple[TaxRow, ...]
    open: tuple[Group, ...]
    excluded: tuple[Group, ...]
    unpaid: tuple[Tally, ...]
    rounding: tuple[Tally, ...]
    cash_rounding: tuple[Tally, ...]
    month: tuple[Rounded, ...]
    calls: int | None
    calls_limit: int | None

    @property
    def orders(self) -> int:
        return sum(self.outcomes.values())

    @property
    def differences(self) -> tuple[Money, ...]:
        """What is unexplained, in whichever table."""
        rows = (*self.invoices, *(self.payments or ()), *(self.refunds or ()))
        return tuple(row.difference for row in rows if row.difference)

    @property
    def known(self) -> bool:
        """Whether Shopify's own figures of the day are what was compared."""
        return self.shopify_read_at is not None and self.payments is not None

    @property
    def complete(self) -> bool:
        """Nothing is open and nothing differs, by both sides' own figures."""
        return self.known and not self.open and not self.differences
