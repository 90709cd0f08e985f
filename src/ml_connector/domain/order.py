"""A Shopify order as we understand it: values only, both currency sides kept.

Names are Shopify's (Admin GraphQL `Order` and what hangs on it). Lists are tuples in Shopify's order.
`shopify/normalise.py` makes these from answers; nothing here knows where they came from.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from ml_connector.domain.money import MoneyBag


@dataclass(frozen=True, slots=True)
class TaxLine:
    """One tax on a line. `rate` is a fraction: 0.2 for 20 %. `price` is truth; never recompute it from the rate."""

    title: str
    rate: Decimal
    price: MoneyBag
    channel_liable: bool = False
    source: str | None = None


@dataclass(frozen=True, slots=True)
class Allocation:
    """A part of a discount that fell on a line, for the line's original quantity."""

    amount: MoneyBag
    application_index: int = 0


@dataclass(frozen=True, slots=True)
class Duty:
    id: str
    price: MoneyBag
    tax_lines: tuple[TaxLine, ...] = ()
    harmonized_system_code: str | None = None
    country_of_origin: str | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """An order line. `quantity` is the original one, `current_quantity` what edits and refunds left of it."""

    id: str
    title: str
    quantity: int
    current_quantity: int
    unit_price: MoneyBag
    """`originalUnitPriceSet`: before any discount; includes tax when the order's `taxes_included` says so."""
    original_total: MoneyBag
    variant_title: str | None = None
    sku: str | None = None
    vendor: str | None = None
    is_gift_card: bool = False
    is_tip: bool = False
    taxable: bool = True
    requires_shipping: bool = True
    product_id: str | None = None
    variant_id: str | None = None
    allocations: tuple[Allocation, ...] = ()
    tax_lines: tuple[TaxLine, ...] = ()
    duties: tuple[Duty, ...] = ()
    attributes: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ShippingLine:
    id: str
    title: str
    original_price: MoneyBag
    discounted_price: MoneyBag
    current_discounted_price: MoneyBag
    code: str | None = None
    is_removed: bool = False
    allocations: tuple[Allocation, ...] = ()
    tax_lines: tuple[TaxLine, ...] = ()


@dataclass(frozen=True, slots=True)
class AdditionalFee:
    id: str
    name: str
    price: MoneyBag
    tax_lines: tuple[TaxLine, ...] = ()


@dataclass(frozen=True, slots=True)
class DiscountApplication:
    """What the discount was called; its results are the allocations."""

    index: int
    kind: str
    """code | automatic | manual | script"""
    title: str
    target: str = "LINE_ITEM"
    """LINE_ITEM | SHIPPING_LINE"""


class TransactionKind(StrEnum):
    SALE = "SALE"
    CAPTURE = "CAPTURE"
    AUTHORIZATION = "AUTHORIZATION"
    EMV_AUTHORIZATION = "EMV_AUTHORIZATION"
    SUGGESTED_REFUND = "SUGGESTED_REFUND"
    REFUND = "REFUND"
    VOID = "VOID"
    CHANGE = "CHANGE"


class TransactionStatus(StrEnum):
    SUCCESS = "SUCCESS"
    PENDING = "PENDING"
    FAILURE = "FAILURE"
    ERROR = "ERROR"
    AWAITING_RESPONSE = "AWAITING_RESPONSE"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True)
class Transaction:
    """One movement (or attempt) of money. `amount` is positive whatever the kind."""

    id: str
    kind: TransactionKind
    status: TransactionStatus
    gateway: str
    amount: MoneyBag
    processed_at: datetime
    formatted_gateway: str = ""
    manual: bool = False
    test: bool = False
    rounding: MoneyBag | None = None
    parent_id: str | None = None
    payment_id: str | None = None
    fees: tuple[MoneyBag, ...] = ()


@dataclass(frozen=True, slots=True)
class RefundLine:
    id: str
    line_id: str
    quantity: int
    subtotal: MoneyBag
    total_tax: MoneyBag
    price: MoneyBag
    restock_type: str = "NO_RESTOCK"


@dataclass(frozen=True, slots=True)
class RefundShipping:
    id: str
    shipping_line_id: str | None
    subtotal: MoneyBag
    tax: MoneyBag


@dataclass(frozen=True, slots=True)
class RefundAdjustment:
    """`orderAdjustments` of a refund. Sum them; never post each on sight; never trust a field's sign."""

    id: str
    reason: str
    amount: MoneyBag
    tax: MoneyBag


@dataclass(frozen=True, slots=True)
class RefundDuty:
    original_duty_id: str | None
    amount: MoneyBag


@dataclass(frozen=True, slots=True)
class Refund:
    id: str
    created_at: datetime
    processed_at: datetime
    total_refunded: MoneyBag
    note: str | None = None
    return_id: str | None = None
    lines: tuple[RefundLine, ...] = ()
    shipping: tuple[RefundShipping, ...] = ()
    adjustments: tuple[RefundAdjustment, ...] = ()
    duties: tuple[RefundDuty, ...] = ()
    transaction_ids: tuple[str, ...] = ()
    """Its money, found in `Order.transactions`."""


@dataclass(frozen=True, slots=True)
class SaleTax:
    id: str
    title: str
    rate: Decimal
    amount: MoneyBag
    channel_liable: bool = False


@dataclass(frozen=True, slots=True)
class Sale:
    """One entry of Shopify's append-only ledger. Amounts are signed: what goes back is negative.

    `total` includes `tax` and the effect of discounts. Source: Shopify Admin GraphQL, Sale.
    """

    id: str
    action_type: str
    """ORDER | RETURN | UPDATE | UNKNOWN"""
    line_type: str
    """PRODUCT | SHIPPING | TIP | GIFT_CARD | DUTY | ADDITIONAL_FEE | FEE | ADJUSTMENT | UNKNOWN"""
    total: MoneyBag
    tax: MoneyBag
    quantity: int | None = None
    subject_id: str | None = None
    """The order line, shipping line, duty or fee that was sold or given back."""
    discount_before_tax: MoneyBag | None = None
    discount_after_tax: MoneyBag | None = None
    taxes: tuple[SaleTax, ...] = ()


@dataclass(frozen=True, slots=True)
class Agreement:
    """A moment at which the merchant and the customer agreed: the order, an edit, a refund, a return."""

    id: str
    reason: str
    """ORDER | ORDER_EDIT | REFUND | RETURN | USAGE..."""
    happened_at: datetime
    sales: tuple[Sale, ...] = ()
    refund_id: str | None = None
    return_id: str | None = None


@dataclass(frozen=True, slots=True)
class Address:
    first_name: str | None = None
    last_name: str | None = None
    name: str | None = None
    company: str | None = None
    address1: str | None = None
    address2: str | None = None
    city: str | None = None
    province: str | None = None
    province_code: str | None = None
    zip: str | None = None
    country: str | None = None
    """English name, as Zoho wants it."""
    country_code: str | None = None
    phone: str | None = None


@dataclass(frozen=True, slots=True)
class Customer:
    id: str
    first_name: str | None = None
    last_name: str | None = None
    display_name: str | None = None
    email: str | None = None
    phone: str | None = None
    note: str | None = None
    tags: tuple[str, ...] = ()
    tax_exempt: bool = False
    tax_exemptions: tuple[str, ...] = ()
    updated_at: datetime | None = None
    default_address: Address | None = None
    default_address_id: str | None = None
    """Shopify's id of that address, needed to change it."""


@dataclass(frozen=True, slots=True)
class PurchasingCompany:
    """The company and location of a B2B order."""

    company_id: str
    company_name: str
    location_id: str
    location_name: str
    external_id: str | None = None
    tax_registration_id: str | None = None
    tax_exempt: bool = False


@dataclass(frozen=True, slots=True)
class PaymentSchedule:
    due_at: datetime | None
    completed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Totals:
    """The order's own figures, named as Shopify names them (without `Set`). None where Shopify gave none."""

    subtotal_price: MoneyBag
    total_discounts: MoneyBag
    total_shipping_price: MoneyBag
    total_tax: MoneyBag
    total_price: MoneyBag
    original_total_price: MoneyBag
    current_total_price: MoneyBag
    current_total_tax: MoneyBag
    current_subtotal_price: MoneyBag
    total_received: MoneyBag
    total_refunded: MoneyBag
    total_outstanding: MoneyBag
    net_payment: MoneyBag
    total_tip_received: MoneyBag
    original_total_duties: MoneyBag | None = None
    current_total_duties: MoneyBag | None = None
    original_total_additional_fees: MoneyBag | None = None
    current_total_additional_fees: MoneyBag | None = None
    current_shipping_price: MoneyBag | None = None
    refund_discrepancy: MoneyBag | None = None
    cash_rounding_payment: MoneyBag | None = None
    cash_rounding_refund: MoneyBag | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """One Shopify order, as it is now."""

    id: str
    """`gid://shopify/Order/…`"""
    name: str
    """`#1001`; not unique over time or shops."""
    created_at: datetime
    processed_at: datetime
    """The business date; imports back-date it."""
    updated_at: datetime
    currency: str
    """The shop's currency, `currencyCode`."""
    presentment_currency: str
    taxes_included: bool
    totals: Totals
    lines: tuple[Line, ...]
    shipping_lines: tuple[ShippingLine, ...] = ()
    additional_fees: tuple[AdditionalFee, ...] = ()
    tax_lines: tuple[TaxLine, ...] = ()
    current_tax_lines: tuple[TaxLine, ...] = ()
    discounts: tuple[DiscountApplication, ...] = ()
    transactions: tuple[Transaction, ...] = ()
    refunds: tuple[Refund, ...] = ()
    agreements: tuple[Agreement, ...] | None = None
    """The ledger of sales; None when it was not read (an unedited, unrefunded order does not need it)."""
    exchange_line_ids: frozenset[str] = frozenset()
    """Order lines that came in as replacement goods of a return."""
    customer: Customer | None = None
    company: PurchasingCompany | None = None
    email: str | None = None
    phone: str | None = None
    billing_address: Address | None = None
    shipping_address: Address | None = None
    retail_location_id: str | None = None
    retail_location_address: Address | None = None
    source_name: str | None = None
    channel: str | None = None
    app_id: str | None = None
    merchant_of_record: str | None = None
    """Name of the app that is the seller in our place; None in the ordinary case."""
    tags: tuple[str, ...] = ()
    note: str | None = None
    po_number: str | None = None
    attributes: tuple[tuple[str, str], ...] = ()
    test: bool = False
    edited: bool = False
    tax_exempt: bool = False
    duties_included: bool = False
    estimated_taxes: bool = False
    cancelled_at: datetime | None = None
    cancel_reason: str | None = None
    closed_at: datetime | None = None
    financial_status: str | None = None
    fulfillment_status: str | None = None
    fulfilled_at: datetime | None = None
    payment_gateways: tuple[str, ...] = ()
    payment_terms_name: str | None = None
    payment_schedules: tuple[PaymentSchedule, ...] = ()
    disputes: tuple[str, ...] = ()
    unread: tuple[str, ...] = field(default=())
    """Paths that Shopify would not show us (a missing scope, protected data), in Shopify's words."""
