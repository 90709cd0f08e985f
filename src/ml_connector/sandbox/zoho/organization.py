"""One organisation's books: everything it holds, in memory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from ml_connector.sandbox.zoho.arithmetic import Part
from ml_connector.sandbox.zoho.ledger import Ledger
from ml_connector.sandbox.zoho.limits import Allowance
from ml_connector.sandbox.zoho.lists import Index, Row
from ml_connector.sandbox.zoho.records import (
    Account,
    Contact,
    CreditNote,
    Currency,
    CustomField,
    Document,
    Invoice,
    Item,
    Journal,
    Lock,
    Payment,
    Tax,
)
from ml_connector.sandbox.zoho.refusals import Refusal, invalid_value, missing, read_as
from ml_connector.sandbox.zoho.switches import Switches
from ml_connector.sandbox.zoho.values import half_up, stamp
from ml_connector.sandbox.zoho.webhooks import Automation

ENTITIES = ("contact", "invoice", "creditnote", "customer_payment", "item")

_ZONES = {"PST": "America/Los_Angeles", "MST": "America/Denver", "CST": "America/Chicago", "EST": "America/New_York"}


@dataclass(frozen=True)
class Profile:
    """What an organisation is: its name, its country, its edition and its plan.

    Attributes:
        version: The edition as `GET /organizations` names it.
        time_zone: An IANA name or one of Zoho's short ones (`PST`).
        registered: Whether taxes are switched on.
    """

    name: str
    edition: str
    version: str
    country: str
    country_code: str
    state: str
    state_code: str
    time_zone: str
    currency_code: str
    currency_format: str = "#,###,###.##"
    email: str = "accounts@bookkeeping.example"
    contact_name: str = "Robin Keeper"
    plan_name: str = "STANDARD"
    plan_type: int = 20
    registered: bool = True
    tax_number: str = ""
    fiscal_month: int = 0
    sku_enabled: bool = True
    created: date = date(2024, 4, 11)

    @property
    def zone(self) -> ZoneInfo:
        """The time zone that decides which day it is."""
        return ZoneInfo(_ZONES.get(self.time_zone, self.time_zone))


@dataclass
class Mail:
    """An e-mail that Zoho sent to a customer; a connector should cause none unasked."""

    document_id: str
    to: tuple[str, ...]
    at: datetime


@dataclass
class Organization:
    """All that one organisation holds, and the small answers everybody needs about it."""

    organization_id: str
    region: str
    profile: Profile
    random: Random
    clock: Callable[[], datetime]
    id_prefix: str
    switches: Switches = field(default_factory=Switches)
    allowance: Allowance = field(default_factory=Allowance)
    ledger: Ledger = field(default_factory=Ledger)
    automation: Automation = field(default_factory=Automation)
    active: bool = True
    currencies: dict[str, Currency] = field(default_factory=dict)
    taxes: dict[str, Tax] = field(default_factory=dict)
    authorities: dict[str, dict[str, str]] = field(default_factory=dict)
    exemptions: dict[str, dict[str, str]] = field(default_factory=dict)
    accounts: dict[str, Account] = field(default_factory=dict)
    contacts: dict[str, Contact] = field(default_factory=dict)
    items: dict[str, Item] = field(default_factory=dict)
    invoices: dict[str, Invoice] = field(default_factory=dict)
    payments: dict[str, Payment] = field(default_factory=dict)
    creditnotes: dict[str, CreditNote] = field(default_factory=dict)
    journals: dict[str, Journal] = field(default_factory=dict)
    custom_fields: dict[str, list[CustomField]] = field(default_factory=lambda: {e: [] for e in ENTITIES})
    unique_values: dict[tuple[str, str], dict[str, str]] = field(default_factory=dict)
    names: dict[tuple[str, str], str] = field(default_factory=dict)
    numbers: dict[str, dict[str, str]] = field(default_factory=lambda: {"invoice": {}, "creditnote": {}})
    lock: Lock | None = None
    locations: list[dict[str, Any]] = field(default_factory=list)
    documents_of: dict[str, dict[str, str]] = field(default_factory=dict)
    mails: list[Mail] = field(default_factory=list)
    indexes: dict[str, Index] = field(default_factory=dict)
    counters: dict[str, int] = field(default_factory=dict)
    system_accounts: dict[str, str] = field(default_factory=dict)
    _serial: int = 160001

    def new_id(self) -> str:
        """A fresh 19-digit id."""
        self._serial += 2
        return f"{self.id_prefix}{self._serial:012d}"

    def next_number(self, series: str) -> int:
        """The next number of a series, without gaps."""
        self.counters[series] = self.counters.get(series, 0) + 1
        return self.counters[series]

    def now(self) -> datetime:
        """This moment in the organisation's time zone."""
        return self.clock().astimezone(self.profile.zone)

    def today(self) -> date:
        """The day it is in the organisation's time zone."""
        return self.now().date()

    @property
    def base(self) -> Currency:
        """The base currency."""
        return next(currency for currency in self.currencies.values() if currency.is_base)

    def currency(self, code: str) -> Currency:
        """A currency by its ISO code, for builders and tests."""
        return next(currency for currency in self.currencies.values() if currency.code == code)

    def account(self, name: str) -> Account:
        """An account by its exact name, for builders and tests."""
        return next(account for account in self.accounts.values() if account.name == name)

    def tax(self, name: str) -> Tax:
        """A tax or group by its exact name, for builders and tests."""
        return next(tax for tax in self.taxes.values() if tax.name == name)

    def refusal(self, case: str, **values: Any) -> Refusal:
        """An undocumented refusal, under this organisation's reading."""
        return read_as(self.switches.reading, case, **values)

    def index(self, module: str, render: Callable[[str], Row | None]) -> Index:
        """The list of a module, made when it is first needed."""
        if module not in self.indexes:
            self.indexes[module] = Index(render)
        return self.indexes[module]

    def touched(self, module: str, record_id: str) -> None:
        """Tell the module's list that a record changed."""
        if module in self.indexes:
            self.indexes[module].touch(record_id, self.clock(), self.switches.list_lag_s)

    def belongs(self, contact_id: str, kind: str, record_id: str) -> None:
        """Note that a document is a contact's; from then on the contact's currency is fixed."""
        self.documents_of.setdefault(contact_id, {})[record_id] = kind
        self.contacts[contact_id].has_transaction = True

    def parted(self, contact_id: str, record_id: str) -> None:
        """A document of a contact was deleted."""
        self.documents_of.get(contact_id, {}).pop(record_id, None)

    def standing(self, contact_id: str) -> tuple[Decimal, Decimal]:
        """What a contact owes on open invoices, and its unused credit, in its documents' currencies."""
        owed, unused = Decimal(0), Decimal(0)
        for record_id, kind in self.documents_of.get(contact_id, {}).items():
            if kind == "invoice":
                invoice = self.invoices[record_id]
                owed += invoice.balance if invoice.status == "sent" else 0
            elif kind == "payment":
                unused += self.payments[record_id].unused
            elif self.creditnotes[record_id].status == "open":
                unused += self.creditnotes[record_id].balance
        return owed, unused

    def standing_base(self, contact_id: str) -> tuple[Decimal, Decimal]:
        """The same in base currency, each document at its own rate."""
        owed, unused = Decimal(0), Decimal(0)
        for record_id, kind in self.documents_of.get(contact_id, {}).items():
            if kind == "invoice":
                invoice = self.invoices[record_id]
                if invoice.status == "sent":
                    owed += self.to_base(invoice.balance, invoice.exchange_rate)
            elif kind == "payment":
                payment = self.payments[record_id]
                unused += self.to_base(payment.unused, payment.exchange_rate)
            elif self.creditnotes[record_id].status == "open":
                note = self.creditnotes[record_id]
                unused += self.to_base(note.balance, note.exchange_rate)
        return owed, unused

    def check_lock(self, *days: date) -> None:
        """Refuse a change to a document dated on or before the lock date."""
        if self.lock is not None and any(day <= self.lock.day for day in days):
            raise self.refusal("locked", day=self.lock.day.isoformat())

    def check_own_lock(self, document: Document) -> None:
        """Refuse a change to an invoice or credit note that was locked by itself."""
        if document.lock_reason:
            raise self.refusal("locked", day=document.date.isoformat())

    def usable_account(self, account_id: str) -> Account:
        """The active account of that id."""
        account = self.accounts.get(account_id)
        if account is None:
            raise Refusal(400, 1002, "Account does not exist.")
        if not account.is_active:
            raise self.refusal("inactive_account", value=account.name)
        return account

    def customer(self, contact_id: str) -> Contact:
        """The active customer of that id, for a new document."""
        contact = self.contacts.get(contact_id)
        if contact is None or contact.kind != "customer":
            raise missing("Customer does not exist.")
        if contact.status != "active":
            raise self.refusal("inactive_contact", value=contact.name)
        return contact

    def known_currency(self, currency_id: str) -> Currency:
        """The currency of that id."""
        if currency_id not in self.currencies:
            raise invalid_value("currency_id")
        return self.currencies[currency_id]

    def parts(self, tax_id: str) -> tuple[Part, ...]:
        """What a tax id charges: itself, or the members of its group."""
        if not tax_id:
            return ()
        tax = self.taxes[tax_id]
        members = [self.taxes[member] for member in tax.members] if tax.kind == "tax_group" else [tax]
        return tuple(Part(m.tax_id, m.percentage, m.kind == "compound_tax") for m in members)

    def to_base(self, amount: Decimal, rate: Decimal) -> Decimal:
        """*amount* in base currency, rounded to its decimals."""
        return half_up(amount * rate, self.base.places)

    def seconds_to_midnight(self) -> int:
        """Seconds until the daily allowance begins anew."""
        now = self.now()
        tomorrow = datetime.combine(now.date() + timedelta(days=1), datetime.min.time(), now.tzinfo)
        return max(1, round((tomorrow - now).total_seconds()))

    def stamp(self, moment: datetime | None) -> str:
        """A moment as answers write it, in the organisation's time zone."""
        return stamp(moment.astimezone(self.profile.zone)) if moment else ""
