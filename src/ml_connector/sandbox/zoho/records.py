"""What an organisation's books consist of: masters, documents and what ties them together.

Records are changed only by the operations of this package, after everything about a request has
been checked; nothing else holds on to them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from ml_connector.sandbox.zoho.arithmetic import Totals
from ml_connector.sandbox.zoho.values import ZERO

Address = dict[str, str]
Person = dict[str, Any]


@dataclass(slots=True)
class ExchangeRate:
    """Base-currency units for one unit of the currency, from a day on."""

    exchange_rate_id: str
    effective_date: date
    rate: Decimal


@dataclass(slots=True)
class Currency:
    """A currency the organisation trades in; `places` are its decimals."""

    currency_id: str
    code: str
    name: str
    symbol: str
    places: int
    format: str
    is_base: bool
    rates: list[ExchangeRate] = field(default_factory=list)

    def rate_on(self, day: date) -> Decimal | None:
        """The latest stored rate that holds on *day*; the base currency is always 1."""
        if self.is_base:
            return Decimal(1)
        known = [rate for rate in self.rates if rate.effective_date <= day]
        return max(known, key=lambda rate: rate.effective_date).rate if known else None


@dataclass(slots=True)
class Tax:
    """A tax, or a group of taxes (`tax_group`) whose members are charged together."""

    tax_id: str
    name: str
    percentage: Decimal
    kind: str = "tax"
    specific_type: str = ""
    specification: str = ""
    members: tuple[str, ...] = ()
    authority_id: str = ""
    account_id: str = ""
    country_code: str = ""
    is_default: bool = False


@dataclass(slots=True)
class Account:
    """An account of the chart; bank, cash and card accounts carry the bank's facts too."""

    account_id: str
    name: str
    kind: str
    code: str = ""
    currency_id: str = ""
    is_active: bool = True
    is_system: bool = False
    parent_id: str = ""
    description: str = ""
    account_number: str = ""
    bank_name: str = ""
    is_primary: bool = False
    is_paypal: bool = False
    created: datetime | None = None
    modified: datetime | None = None


@dataclass(slots=True)
class CustomField:
    """The definition of a custom field; `unique` forbids a value twice."""

    customfield_id: str
    index: int
    label: str
    api_name: str
    data_type: str = "string"
    unique: bool = False
    values: tuple[str, ...] = ()


@dataclass(slots=True)
class Contact:
    """A customer or vendor."""

    contact_id: str
    name: str
    kind: str
    number: str
    currency_id: str
    created: datetime
    modified: datetime
    status: str = "active"
    persons: list[Person] = field(default_factory=list)
    billing: Address = field(default_factory=dict)
    shipping: Address = field(default_factory=dict)
    addresses: list[Address] = field(default_factory=list)
    custom: dict[str, str] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    has_transaction: bool = False

    @property
    def primary(self) -> Person:
        """The primary contact person, or an empty one."""
        first: Person = self.persons[0] if self.persons else {}
        return next((person for person in self.persons if person["is_primary_contact"]), first)


@dataclass(slots=True)
class Item:
    """A product or service of the catalogue."""

    item_id: str
    name: str
    rate: Decimal
    created: datetime
    modified: datetime
    sku: str = ""
    status: str = "active"
    tax_id: str = ""
    account_id: str = ""
    preferences: list[dict[str, str]] = field(default_factory=list)
    custom: dict[str, str] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    stock: Decimal = ZERO
    used: bool = False


@dataclass(slots=True)
class Line:
    """A line of an invoice or a credit note, as it was sent and understood."""

    line_item_id: str
    name: str
    rate: Decimal
    quantity: Decimal
    item_id: str = ""
    description: str = ""
    unit: str = ""
    discount: str = ""
    account_id: str = ""
    tax_id: str = ""
    exemption_id: str = ""
    category: str = "line_item"
    facts: dict[str, Any] = field(default_factory=dict)
    invoice_id: str = ""
    invoice_item_id: str = ""


@dataclass(slots=True)
class Application:
    """Money or credit that was put against an invoice."""

    application_id: str
    invoice_id: str
    source: str
    source_id: str
    amount: Decimal
    date: date
    withheld: Decimal = ZERO


@dataclass(slots=True)
class Refund:
    """Money paid back out of a credit note or an unapplied payment."""

    refund_id: str
    date: date
    amount: Decimal
    from_account_id: str
    mode: str
    reference: str
    description: str
    exchange_rate: Decimal


@dataclass(slots=True)
class Document:
    """What invoices and credit notes have in common."""

    id: str
    number: str
    customer_id: str
    date: date
    currency_id: str
    exchange_rate: Decimal
    lines: list[Line]
    totals: Totals
    created: datetime
    modified: datetime
    reference: str = ""
    status: str = "draft"
    inclusive: bool = False
    discount: str = ""
    discount_type: str = ""
    discount_before_tax: bool = True
    shipping_charge: Decimal = ZERO
    shipping_tax_id: str = ""
    shipping_account_id: str = ""
    adjustment: Decimal = ZERO
    adjustment_description: str = "Adjustment"
    billing: Address = field(default_factory=dict)
    shipping: Address = field(default_factory=dict)
    persons: list[str] = field(default_factory=list)
    custom: dict[str, str] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    notes: str = ""
    terms: str = ""
    source: str = "Api"
    lock_reason: str = ""


@dataclass(slots=True)
class Invoice(Document):
    """An invoice; `status` is draft, sent or void, the rest follows from money and the day."""

    due_date: date = date.min
    payment_terms: int = 0
    payment_terms_label: str = "Due On Receipt"
    applied: dict[str, Application] = field(default_factory=dict)
    written_off: Decimal = ZERO
    is_emailed: bool = False
    is_viewed: bool = False

    @property
    def paid(self) -> Decimal:
        """What payments have covered."""
        return sum((a.amount for a in self.applied.values() if a.source == "payment"), ZERO)

    @property
    def withheld(self) -> Decimal:
        """Tax that customers kept back."""
        return sum((a.withheld for a in self.applied.values()), ZERO)

    @property
    def credited(self) -> Decimal:
        """What credit notes have covered."""
        return sum((a.amount for a in self.applied.values() if a.source == "creditnote"), ZERO)

    @property
    def settled(self) -> Decimal:
        """Everything that lowers the balance."""
        return self.paid + self.credited + self.withheld + self.written_off

    @property
    def balance(self) -> Decimal:
        """What is still owed; a void invoice owes nothing."""
        return ZERO if self.status == "void" else self.totals.total - self.settled

    def state(self, today: date) -> str:
        """The status that Zoho shows on *today*."""
        if self.status in ("draft", "void"):
            return self.status
        balance = self.balance
        if balance <= 0:
            return "paid"
        if self.due_date < today:
            return "overdue"
        if self.settled:
            return "partially_paid"
        return "viewed" if self.is_viewed else "sent"


@dataclass(slots=True)
class CreditNote(Document):
    """A credit note; `status` is draft, open or void, and an open one without balance is closed."""

    invoice_id: str = ""
    applied: dict[str, Application] = field(default_factory=dict)
    refunds: dict[str, Refund] = field(default_factory=dict)

    @property
    def balance(self) -> Decimal:
        """The credit that is left."""
        if self.status == "void":
            return ZERO
        used = sum((a.amount for a in self.applied.values()), ZERO)
        return self.totals.total - used - sum((r.amount for r in self.refunds.values()), ZERO)

    @property
    def state(self) -> str:
        """The status that Zoho shows."""
        return "closed" if self.status == "open" and self.balance <= 0 else self.status


@dataclass(slots=True)
class Payment:
    """A customer payment."""

    payment_id: str
    number: str
    customer_id: str
    amount: Decimal
    date: date
    mode: str
    currency_id: str
    exchange_rate: Decimal
    account_id: str
    created: datetime
    modified: datetime
    reference: str = ""
    description: str = ""
    bank_charges: Decimal = ZERO
    bank_charges_account_id: str = ""
    applied: dict[str, Application] = field(default_factory=dict)
    refunds: dict[str, Refund] = field(default_factory=dict)
    custom: dict[str, str] = field(default_factory=dict)

    @property
    def refunded(self) -> Decimal:
        """What was paid back of it."""
        return sum((refund.amount for refund in self.refunds.values()), ZERO)

    @property
    def unused(self) -> Decimal:
        """What is neither applied nor refunded."""
        return self.amount - sum((a.amount for a in self.applied.values()), ZERO) - self.refunded


@dataclass(slots=True)
class Journal:
    """A manual journal; its lines are kept as they were sent."""

    journal_id: str
    number: str
    date: date
    lines: list[dict[str, Any]]
    created: datetime
    modified: datetime
    currency_id: str
    exchange_rate: Decimal
    reference: str = ""
    notes: str = ""
    status: str = "published"


@dataclass(slots=True)
class Lock:
    """The transaction lock; documents dated on or before `day` stay as they are."""

    lock_id: str
    day: date
    reason: str = ""


@dataclass(slots=True)
class User:
    """Somebody who can sign in to one data centre."""

    user_id: str
    region: str
    name: str
    email: str
    role: str = "admin"
    organizations: list[str] = field(default_factory=list)
