"""What we know of Zoho when we decide: the organisation's masters, and this order's documents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from ml_connector.domain.documents import Kind
from ml_connector.domain.money import Money


class Edition(StrEnum):
    """The tax edition of a Zoho Books organisation (`version`), which decides the fields it knows."""

    GLOBAL = "global"
    INDIA = "india"
    UK = "uk"
    EU = "eu"
    US = "us"
    CANADA = "canada"
    AUSTRALIA = "australia"
    GCC = "gcc"
    MEXICO = "mexico"
    KENYA = "kenya"
    SOUTH_AFRICA = "south_africa"


@dataclass(frozen=True, slots=True)
class Organisation:
    id: str
    name: str
    currency: str
    currency_id: str
    time_zone: str
    """IANA or Zoho name as Zoho gave it; `zone` is what we use."""
    zone: str
    """IANA name."""
    country_code: str
    edition: Edition
    state_code: str = ""
    price_precision: int = 2
    tax_registered: bool = True
    """Whether a `tax_id` may be sent at all."""
    sales_inclusive: bool = True
    plan: str = ""
    tax_rounding: str | None = None
    """`item_level` or `entity_level` when an answer has shown it; None while unknown."""
    active: bool = True


@dataclass(frozen=True, slots=True)
class ZohoCurrency:
    id: str
    code: str
    price_precision: int
    is_base: bool = False
    exchange_rate: Decimal | None = None


@dataclass(frozen=True, slots=True)
class TaxComponent:
    id: str
    name: str
    percentage: Decimal


@dataclass(frozen=True, slots=True)
class ZohoTax:
    """A tax or a tax group. `percentage` is 20 for 20 %. A group has its components, a plain tax has none."""

    id: str
    name: str
    percentage: Decimal
    tax_type: str = "tax"
    """tax | compound_tax | tax_group"""
    specific_type: str = ""
    """India: igst | cgst | sgst | nil | cess"""
    specification: str = ""
    """India: intra | inter"""
    components: tuple[TaxComponent, ...] = ()
    country_code: str = ""
    authority_id: str = ""
    active: bool = True


@dataclass(frozen=True, slots=True)
class TaxExemption:
    id: str
    code: str
    type: str = "item"


@dataclass(frozen=True, slots=True)
class Account:
    id: str
    name: str
    type: str
    active: bool = True
    currency: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    id: str
    name: str
    sku: str
    active: bool = True
    account_id: str = ""
    tax_id: str = ""


@dataclass(frozen=True, slots=True)
class KnownLine:
    """A line of a document that exists in Zoho."""

    line_item_id: str
    name: str
    rate: Decimal
    quantity: Decimal
    discount: Decimal
    item_total: Decimal
    tax_id: str = ""
    account_id: str = ""
    item_id: str = ""


@dataclass(frozen=True, slots=True)
class KnownDocument:
    """One document of ours that Zoho is known to hold (or whose operation is not settled).

    `state` is the operation's state: intended | sent | done | refused | in_doubt | dropped.
    `status` is Zoho's own: draft, sent, partially_paid, paid, void, open, closed.
    """

    key: str
    kind: Kind
    state: str
    zoho_id: str = ""
    number: str = ""
    status: str = ""
    dated: date | None = None
    total: Money | None = None
    balance: Money | None = None
    unused: Money | None = None
    """Payments and credit notes: what is not applied yet."""
    exchange_rate: Decimal | None = None
    last_modified: str = ""
    fingerprint: str = ""
    """Digest of the request that made it: equal when the same document would be sent again."""
    lines: tuple[KnownLine, ...] = ()
    claims: tuple[str, ...] = ()
    contact: str = ""
    """Key of the contact that it was made for; empty for what is no document of anybody's."""
    policy_version: int = 0
    changed_by_person: bool = False
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ContactLink:
    """The Zoho contact that stands for a Shopify customer in one currency."""

    key: str
    contact_id: str
    currency: str
    name: str = ""
    checked_at: datetime | None = None
    matched_by: str = ""
    """link | unique_field | email | created"""
    fingerprint: str = ""
    """Digest of the fields that we last wrote or agreed on."""
    addresses: Mapping[str, str] = field(default_factory=dict)
    """Digest of an address (`plan.contact.address_digest`) -> Zoho's id of that additional address; and
    `billing:<digest>`, `shipping:<digest>` for the contact's own, from `plan.contact.own_addresses`."""


@dataclass(frozen=True, slots=True)
class Books:
    """Everything Zoho-sided that a decision about one order reads."""

    organisation: Organisation
    today: date
    """The current date in the organisation's zone: asked before, not looked up."""
    currencies: Mapping[str, ZohoCurrency] = field(default_factory=dict)
    """By code."""
    taxes: tuple[ZohoTax, ...] = ()
    exemptions: tuple[TaxExemption, ...] = ()
    accounts: tuple[Account, ...] = ()
    items: Mapping[str, Item] = field(default_factory=dict)
    """By SKU, verified; only the SKUs of this order matter."""
    documents: Mapping[str, KnownDocument] = field(default_factory=dict)
    """By key: all documents of this order."""
    contacts: Mapping[str, ContactLink] = field(default_factory=dict)
    """By key."""
    rates: Mapping[tuple[str, date], Decimal] = field(default_factory=dict)
    """Zoho's exchange rates by (currency code, date)."""
    locked_until: date | None = None
    """Documents dated on or before this day are refused."""
    other_claims: Mapping[str, str] = field(default_factory=dict)
    """Sale or transaction id -> key of the document that claims it."""
    guest_salt: bytes = field(default=b"", repr=False)
    """The connection's secret under which guests' e-mail addresses become keys."""
    backfill: bool = False
    """Whether an operator asked for historical orders: the only way to one from before the start date."""
