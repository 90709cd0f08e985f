"""What a decision has in its hands: one order, the policy, the books; and the two ways in which it may stop."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from zoneinfo import ZoneInfo

from ml_connector.domain.books import Books, KnownDocument, ZohoCurrency
from ml_connector.domain.documents import FieldReason, Kind, Operation, Ref
from ml_connector.domain.editions import Buyer, buyer_of
from ml_connector.domain.identities import Failed, Reading, check
from ml_connector.domain.money import Money, MoneyBag, Side
from ml_connector.domain.order import Order
from ml_connector.domain.outcome import Reason
from ml_connector.domain.policy import Policy, TaxRule
from ml_connector.domain.taxes import Place, place_of


class Stopped(Exception):
    """A person must decide first. Becomes a `Hold` where the planner answers; never leaves `plan`."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.text)
        self.reason = reason


class LeftOut(Exception):
    """A rule keeps the order out of the books. Becomes `Excluded` where the planner answers."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.text)
        self.reason = reason


class Prepare(Exception):
    """Master data has to be made before anything can be decided. Becomes a `Plan` with `more`."""

    def __init__(self, operations: tuple[Operation, ...]) -> None:
        super().__init__("master data first")
        self.operations = operations


def stop(code: str, text: str, fix: str = "", *, cause: str = "", details: tuple[tuple[str, str], ...] = ()) -> Stopped:
    """The exception that holds the order, with its reason."""
    return Stopped(Reason(code, text, fix, cause or code, details))


def because(field: str, value: object, source: str, rule: str, *rejected: str) -> FieldReason:
    """Why *field* is *value*."""
    return FieldReason(field, value.key if isinstance(value, Ref) else str(value), source, rule, rejected)


@dataclass(frozen=True)
class Case:
    """One order to be decided, with the questions that every part of the decision asks."""

    order: Order
    policy: Policy
    books: Books
    learned: dict[TaxRule, None] = field(default_factory=dict)
    """Mappings that were made by rule on the way: the only thing that is gathered here."""

    @cached_property
    def side(self) -> Side:
        return Side.SHOP if self.policy.currency == "shop" else Side.PRESENTMENT

    @cached_property
    def currency(self) -> str:
        """Of this order's documents."""
        return self.order.currency if self.side is Side.SHOP else self.order.presentment_currency

    @cached_property
    def zoho_currency(self) -> ZohoCurrency:
        found = self.books.currencies.get(self.currency)
        if found is None:
            raise stop(
                "currency_missing",
                f"Zoho has no {self.currency}, the currency of this order. Nothing was sent to Zoho.",
                f"Add {self.currency} in Zoho, or with one click here.",
                cause=f"currency_missing:{self.currency}",
            )
        return found

    @property
    def places(self) -> int:
        """Decimal places of the documents' currency in Zoho."""
        return self.zoho_currency.price_precision

    @cached_property
    def reading(self) -> Reading:
        """The one way in which the order, as it was sold, adds up.

        Raises:
            Stopped: it does not, or there are two.
        """
        found = check(self.order, self.side)
        if isinstance(found, Reading):
            return found
        raise Stopped(found.reason if isinstance(found, Failed) else found)

    @property
    def zero(self) -> Money:
        return Money.zero(self.currency)

    @cached_property
    def place(self) -> Place:
        return place_of(self.order, self.books.organisation)

    @cached_property
    def buyer(self) -> Buyer:
        return buyer_of(self.order, self.books.organisation)

    @cached_property
    def _zone(self) -> ZoneInfo:
        return ZoneInfo(self.books.organisation.zone)

    def money(self, bag: MoneyBag | None) -> Money:
        """The side of *bag* that documents are made in; zero for None."""
        return self.zero if bag is None else bag.side(self.side)

    def of(self, amount: Decimal) -> Money:
        return Money(amount, self.currency)

    def day(self, moment: datetime) -> date:
        """The date of *moment* where the organisation keeps its books."""
        return moment.astimezone(self._zone).date()

    def known(self, key: str) -> KnownDocument | None:
        return self.books.documents.get(key)

    def done(self, key: str) -> KnownDocument | None:
        """The document with this key, if Zoho surely holds it."""
        found = self.known(key)
        return found if found is not None and found.state == "done" else None

    @cached_property
    def invoiced(self) -> bool:
        """Whether anything but refunds that stand alone is in Zoho."""
        apart = ("contact:", "address:", "tax:", "item:", "credit-note:", "cash:")
        return any(one.state == "done" and not key.startswith(apart) for key, one in self.books.documents.items())

    @cached_property
    def billed_to(self) -> str:
        """Key of the contact that this order's documents stand with; empty while there are none.

        Zoho applies payments and credits only within one contact. So an order stays with its first document's, whoever
        Shopify names as its customer later: one it was merged into, or one that a guest became.
        """
        of_somebody = (Kind.INVOICE, Kind.PAYMENT, Kind.CREDIT_NOTE)
        made = (each for each in self.books.documents.values() if each.state == "done" and each.kind in of_somebody)
        return next((each.contact for each in made if each.contact), "")

    @cached_property
    def anything_done(self) -> bool:
        """Whether anything of this order but its contact is in Zoho already."""
        return any(
            document.state == "done" and not key.startswith(("contact:", "address:", "tax:", "item:"))
            for key, document in self.books.documents.items()
        )
