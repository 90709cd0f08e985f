"""What a shop holds: orders with their ledger, customers, companies, places.

An order is never recalculated from its first state. What happened is appended: sales to the
ledger, transactions, refunds, returns. Everything Shopify shows of it is derived from those.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from ml_connector.sandbox.shopify.money import NOTHING, Bag, Currencies


@dataclass(frozen=True)
class Address:
    """A postal address, empty where the buyer left it empty."""

    first_name: str | None = None
    last_name: str | None = None
    company: str | None = None
    address1: str | None = None
    address2: str | None = None
    city: str | None = None
    province: str | None = None
    province_code: str | None = None
    zip: str | None = None
    country: str | None = None
    country_code: str | None = None
    phone: str | None = None
    id: int = 0

    @property
    def name(self) -> str | None:
        """First and last name, or nothing when both are empty."""
        return " ".join(part for part in (self.first_name, self.last_name) if part) or None


@dataclass
class Customer:
    """A person who buys. `merged_into` names the customer that replaced this one."""

    id: int
    created_at: datetime
    updated_at: datetime
    first_name: str | None = None
    last_name: str | None = None
    email: str | None = None
    phone: str | None = None
    note: str | None = None
    tags: list[str] = field(default_factory=list)
    locale: str = "en"
    tax_exempt: bool = False
    tax_exemptions: list[str] = field(default_factory=list)
    state: str = "DISABLED"
    verified_email: bool = True
    addresses: list[Address] = field(default_factory=list)
    default_address: int | None = None
    company_contacts: list[int] = field(default_factory=list)
    metafields: dict[tuple[str, str], str] = field(default_factory=dict)
    index_from: datetime | None = None

    @property
    def display_name(self) -> str:
        """The name Shopify shows: the person's, else the e-mail, else the phone."""
        name = " ".join(part for part in (self.first_name, self.last_name) if part)
        return name or self.email or self.phone or ""


@dataclass
class CompanyLocation:
    """A branch of a company, with the tax settings that its orders follow."""

    id: int
    company_id: int
    name: str
    address: Address
    created_at: datetime
    updated_at: datetime
    tax_registration_id: str | None = None
    tax_exempt: bool = False
    tax_exemptions: list[str] = field(default_factory=list)
    currency: str = "EUR"
    external_id: str | None = None


@dataclass
class Company:
    """A business customer (B2B)."""

    id: int
    name: str
    created_at: datetime
    updated_at: datetime
    external_id: str | None = None
    note: str | None = None
    contact_id: int | None = None
    customer_id: int | None = None
    location_ids: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class Place:
    """A location of the shop: a store or a warehouse."""

    id: int
    name: str
    address: Address
    active: bool = True


@dataclass(frozen=True)
class Tax:
    """One tax on one thing. `rate` is a fraction (0.2 for 20 %)."""

    title: str
    rate: Decimal
    amount: Bag
    channel_liable: bool | None = False
    source: str | None = None


@dataclass(frozen=True)
class Application:
    """A discount as it was promised; what it came to is in the allocations."""

    kind: str
    title: str
    value: Decimal
    percentage: bool
    target: str
    method: str
    selection: str


@dataclass(frozen=True)
class Allocation:
    """What one discount took off one line. `application` is its index in the order."""

    application: int
    amount: Bag


@dataclass(frozen=True)
class Duty:
    """Customs duty on a line's goods."""

    id: int
    price: Bag
    harmonized_code: str | None = None
    origin: str | None = None
    taxes: tuple[Tax, ...] = ()


@dataclass
class Line:
    """Something sold. `quantity` counts removed units too; the ledger knows what is left."""

    id: int
    title: str
    quantity: int
    unit_price: Bag
    sku: str | None = None
    variant_title: str | None = None
    vendor: str | None = None
    gift_card: bool = False
    tip: bool = False
    taxable: bool = True
    requires_shipping: bool = True
    product_id: int | None = None
    variant_id: int | None = None
    inventory_item_id: int | None = None
    properties: tuple[tuple[str, str], ...] = ()
    allocations: list[Allocation] = field(default_factory=list)
    taxes: list[Tax] = field(default_factory=list)
    duties: list[Duty] = field(default_factory=list)
    group: tuple[int, str] | None = None
    selling_plan: str | None = None
    fulfilled: int = 0

    @property
    def name(self) -> str:
        """Title and variant, as documents show it."""
        return f"{self.title} - {self.variant_title}" if self.variant_title else self.title

    @property
    def discount(self) -> Bag:
        """Everything its allocations take off."""
        return sum((allocation.amount for allocation in self.allocations), NOTHING)

    @property
    def gross(self) -> Bag:
        """Price times quantity."""
        return self.unit_price * self.quantity


@dataclass
class ShippingLine:
    """A delivery charge."""

    id: int
    title: str
    price: Bag
    code: str | None = None
    source: str | None = "shopify"
    allocations: list[Allocation] = field(default_factory=list)
    taxes: list[Tax] = field(default_factory=list)
    removed: bool = False

    @property
    def discount(self) -> Bag:
        """Everything its allocations take off."""
        return sum((allocation.amount for allocation in self.allocations), NOTHING)


@dataclass(frozen=True)
class AdditionalFee:
    """A fee on the whole order, such as a cash-on-delivery charge."""

    id: int
    name: str
    price: Bag
    taxes: tuple[Tax, ...] = ()


@dataclass(frozen=True)
class Sale:
    """One entry of the ledger, negative where something was taken back.

    Attributes:
        subject: Which thing it is about: `("LineItem", 7)`, or nothing for an adjustment.
        amount: After discounts and with taxes.
        discount: What discounts took off the price, in the terms of the price itself.
    """

    id: int
    action: str
    line_type: str
    subject: tuple[str, int] | None
    quantity: int | None
    amount: Bag
    taxes: tuple[Tax, ...]
    discount: Bag = NOTHING

    @property
    def tax(self) -> Bag:
        """All its taxes together."""
        return sum((tax.amount for tax in self.taxes), NOTHING)


@dataclass(frozen=True)
class Agreement:
    """What buyer and seller agreed at one moment: an order, an edit, a refund, a return."""

    id: int
    reason: str
    happened_at: datetime
    sales: tuple[Sale, ...]
    source: tuple[str, int] | None = None


@dataclass
class Transaction:
    """Money asked for, taken, given back, or promised."""

    id: int
    kind: str
    status: str
    gateway: str
    amount: Bag
    created_at: datetime
    processed_at: datetime
    parent: int | None = None
    rounding: Bag | None = None
    fees: tuple[tuple[str, Decimal, Decimal], ...] = ()
    error_code: str | None = None
    test: bool = False
    manual: bool = False
    expires_at: datetime | None = None
    exchange_adjustment: Decimal | None = None

    @property
    def succeeded(self) -> bool:
        """Whether the money really moved (or was really promised)."""
        return self.status == "SUCCESS"


@dataclass(frozen=True)
class RefundLine:
    """Goods given back. `subtotal` is without tax unless prices include it."""

    id: int
    line_id: int
    quantity: int
    restock: str
    location_id: int | None
    price: Bag
    subtotal: Bag
    tax: Bag


@dataclass(frozen=True)
class RefundShipping:
    """Delivery charge given back."""

    id: int
    shipping_line_id: int
    subtotal: Bag
    tax: Bag


@dataclass(frozen=True)
class Adjustment:
    """The part of a refund that is neither goods nor delivery. Positive: less was paid back."""

    id: int
    reason: str
    amount: Bag
    tax: Bag


@dataclass
class Refund:
    """What the merchant gave back at one moment."""

    id: int
    created_at: datetime
    processed_at: datetime
    updated_at: datetime
    note: str | None = None
    lines: list[RefundLine] = field(default_factory=list)
    shipping: list[RefundShipping] = field(default_factory=list)
    duties: list[tuple[int, Bag]] = field(default_factory=list)
    adjustments: list[Adjustment] = field(default_factory=list)
    transaction_ids: list[int] = field(default_factory=list)
    return_id: int | None = None
    suggested: Bag = NOTHING


@dataclass
class Return:
    """Goods on their way back, perhaps against other goods."""

    id: int
    name: str
    created_at: datetime
    status: str = "OPEN"
    closed_at: datetime | None = None
    lines: list[tuple[int, int, int]] = field(default_factory=list)
    exchange: list[tuple[int, int, int]] = field(default_factory=list)
    fees: list[tuple[int, Bag]] = field(default_factory=list)
    refund_ids: list[int] = field(default_factory=list)


@dataclass
class Fulfillment:
    """Goods sent."""

    id: int
    name: str
    created_at: datetime
    location_id: int | None
    lines: list[tuple[int, int, int]]


@dataclass
class Schedule:
    """When a part of a pay-later order is due."""

    id: int
    issued_at: datetime | None
    due_at: datetime | None
    completed_at: datetime | None = None


@dataclass
class Terms:
    """Payment terms such as "Net 30"."""

    id: int
    name: str
    type: str
    due_in_days: int | None
    schedules: list[Schedule]


@dataclass(frozen=True)
class Readings:
    """What Shopify's documentation leaves open, decided for one shop.

    Attributes:
        adjustment_sales: Money without goods is a sale of its own in the ledger.
        rounding_in_amount: A rounded cash payment's amount is what was handed over; else it is
            what was due, and the rounding stands beside it.
        negative_quantities: Sales that take something back count its units below zero.
    """

    adjustment_sales: bool = True
    rounding_in_amount: bool = True
    negative_quantities: bool = True


@dataclass
class Order:
    """An order and everything that happened to it.

    Attributes:
        index_from: From when its latest change can be found by searching for `updated_at`.
        indexed_at: The `updated_at` that is found until then; nothing: it is not found at all.
        version: Grows with every change, so that views can be kept.
    """

    id: int
    number: int
    name: str
    currencies: Currencies
    created_at: datetime
    processed_at: datetime
    updated_at: datetime
    taxes_included: bool
    duties_included: bool = False
    lines: list[Line] = field(default_factory=list)
    shipping: list[ShippingLine] = field(default_factory=list)
    fees: list[AdditionalFee] = field(default_factory=list)
    applications: list[Application] = field(default_factory=list)
    tip: Bag = NOTHING
    tip_line: Line | None = None
    agreements: list[Agreement] = field(default_factory=list)
    transactions: list[Transaction] = field(default_factory=list)
    refunds: list[Refund] = field(default_factory=list)
    returns: list[Return] = field(default_factory=list)
    fulfillments: list[Fulfillment] = field(default_factory=list)
    terms: Terms | None = None
    disputes: list[tuple[int, str, str]] = field(default_factory=list)
    original_total: Bag = NOTHING
    original_duties: Bag | None = None
    original_fees: Bag | None = None
    refunds_suggested_less: Bag = NOTHING
    customer_id: int | None = None
    company_location_id: int | None = None
    email: str | None = None
    phone: str | None = None
    billing: Address | None = None
    shipping_address: Address | None = None
    test: bool = False
    tags: list[str] = field(default_factory=list)
    note: str | None = None
    po_number: str | None = None
    attributes: tuple[tuple[str, str], ...] = ()
    source_name: str = "web"
    app: tuple[int, str] | None = (580111, "Online Store")
    merchant_of_record: tuple[int, str] | None = None
    channel: str | None = "online_store"
    location_id: int | None = None
    gateways: list[str] = field(default_factory=list)
    cancelled_at: datetime | None = None
    cancel_reason: str | None = None
    closed_at: datetime | None = None
    edited: bool = False
    expired: bool = False
    tax_exempt: bool = False
    confirmation: str = ""
    readings: Readings = Readings()
    index_from: datetime | None = None
    indexed_at: datetime | None = None
    version: int = 0

    @property
    def sales(self) -> list[Sale]:
        """Every entry of the ledger, oldest first."""
        return [sale for agreement in self.agreements for sale in agreement.sales]

    def line(self, line_id: int) -> Line:
        """The line with that id.

        Raises:
            KeyError: The order has no such line.
        """
        for line in self.lines:
            if line.id == line_id:
                return line
        raise KeyError(line_id)

    def transaction(self, transaction_id: int) -> Transaction:
        """The transaction with that id.

        Raises:
            KeyError: The order has no such transaction.
        """
        for transaction in self.transactions:
            if transaction.id == transaction_id:
                return transaction
        raise KeyError(transaction_id)
