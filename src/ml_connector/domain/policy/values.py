"""The operator's choices as one value: typed, named as the console names them, with defaults that are safe."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Gateway:
    """How the money of one gateway is recorded.

    Attributes:
        mode: Zoho's payment mode, e.g. `creditcard`.
        deposit: Account, by id or exact name, that payments go to.
        refund_from: Account that money back is taken from; None: the deposit account.
        clearing: Whether `deposit` is a clearing account, which alone may bear the gateway's fees.
    """

    mode: str
    deposit: str
    refund_from: str | None = None
    clearing: bool = False


@dataclass(frozen=True, slots=True)
class Accounts:
    """Accounts for what is no ordinary sale, by id or exact name. None: not decided, so such an order is held.

    `sales` and `shipping` may stay None: then Zoho's own account for the item or line is used.
    """

    gift_cards: str | None = None
    store_credit: str | None = None
    tips: str | None = None
    duties: str | None = None
    fees: str | None = None
    rounding: str | None = None
    allowances: str | None = None
    channel_tax: str | None = None
    tax_payable: str | None = None
    gateway_fees: str | None = None
    sales: str | None = None
    shipping: str | None = None


@dataclass(frozen=True, slots=True)
class TaxTitle:
    """One tax line of a set, as Shopify names it. `rate` is a fraction."""

    title: str
    rate: Decimal


@dataclass(frozen=True, slots=True)
class TaxRule:
    """Which Zoho tax stands for a set of tax lines in one place, and from when to when.

    Attributes:
        country: ISO code of the jurisdiction.
        province: Its province's code; None: any province.
        lines: The set. Empty: no tax lines, for the reason in `reason`.
        tax: Zoho tax, tax group or exemption, by id or exact name.
        reason: Why there is no tax: `gift_card`, `not_taxable`, `exempt`, `export`, `reverse_charge`,
            `not_registered`; empty when there are lines.
        kind: Overrules what the titles say about the kind of tax, `CGST+SGST` for two; empty: as the titles say.
        since: First day it counts, None: always.
        until: Last day it counts, None: still.
        made_by_rule: Recorded by `unknown_tax: match` or `create`, shown and revocable.
        revoked: A person took back what a rule had made: the set is unmapped, and no rule makes it again.
    """

    country: str
    province: str | None
    lines: tuple[TaxTitle, ...]
    tax: str
    reason: str = ""
    kind: str = ""
    since: date | None = None
    until: date | None = None
    made_by_rule: bool = False
    revoked: bool = False


@dataclass(frozen=True, slots=True)
class Exclusion:
    """A rule that keeps orders out of the books. All of its conditions have to hold.

    `total_below` and `total_from` compare the order's total in the currency of its documents.
    """

    name: str
    tag: str | None = None
    channel: str | None = None
    gateway: str | None = None
    total_below: Decimal | None = None
    total_from: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """Everything an operator may choose. Read by `read_policy`, which explains each name."""

    post_when: str = "created"
    currency: str = "presentment"
    unique_field: str = "cf_shopify_id"
    start_date: date | None = None
    gateways: Mapping[str, Gateway] = field(default_factory=dict)
    gateway_fees: str = "off"
    accounts: Accounts = field(default_factory=Accounts)
    unknown_tax: str = "match"
    taxes: tuple[TaxRule, ...] = ()
    tax: str = "mapped"
    shipping: str = "line"
    shipping_item: str | None = None
    items: str = "link"
    invoice_number: str = "zoho"
    invoice_number_prefix: str = ""
    invoice_state: str = "sent"
    walk_in: str = "shared"
    contact_per_currency: bool = True
    customers: str = "all"
    customers_back: str = "off"
    orphan_refund: str = "hold"
    cancel_unpaid: str = "void"
    locked_period: str = "hold"
    goodwill_tax: str = "as_shopify"
    exclude: tuple[Exclusion, ...] = ()
    test_orders: str = "exclude"
    po_number_field: str | None = None
    rounding_limit_units: int = 5
    freshness_minutes: int = 15
    lag_minutes: int = 10
    retention_days: int | None = None
    summary_hour: int | None = 7
    summary_zone: str | None = None
    summary_to: tuple[str, ...] = ()
