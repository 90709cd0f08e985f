"""What we want to exist in Zoho Books: drafts of documents, each with a key that never changes.

A draft says *what*, in accountants' terms; `zoho/requests.py` says how Zoho is told. Where a draft points at another
document whose Zoho id may not exist yet, it carries that document's key (`Ref`), which is replaced by the id when the
request is made.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from ml_connector.domain.money import Money
from ml_connector.domain.order import Address
from ml_connector.domain.outcome import Reason
from ml_connector.domain.policy import TaxRule


class Kind(StrEnum):
    """What an operation makes or changes in Zoho."""

    CONTACT = "contact"
    CONTACT_UPDATE = "contact_update"
    CONTACT_ADDRESS = "contact_address"
    ITEM = "item"
    TAX = "tax"
    INVOICE = "invoice"
    INVOICE_UPDATE = "invoice_update"
    MARK_SENT = "mark_sent"
    PAYMENT = "payment"
    APPLY_PAYMENT = "apply_payment"
    PAYMENT_REFUND = "payment_refund"
    CREDIT_NOTE = "credit_note"
    APPLY_CREDIT = "apply_credit"
    CASH = "cash"
    VOID = "void"


@dataclass(frozen=True, slots=True)
class Ref:
    """The Zoho id of the document with this key, known at the latest when the request is made."""

    key: str


@dataclass(frozen=True, slots=True)
class FieldReason:
    """Why one field of a document is what it is."""

    field: str
    """`exchange_rate`, `line_items[0].tax_id`"""
    value: str
    source: str
    """Path and value in Shopify: `lineItems[0].taxLines: VAT 20 % 4.00`."""
    rule: str
    """The policy or rule that decided, in words."""
    rejected: tuple[str, ...] = ()
    """Alternatives that were not taken, each with its reason."""


@dataclass(frozen=True, slots=True)
class ContactDraft:
    key: str
    name: str
    """`contact_name`, unique in the organisation, deterministic."""
    fallback_name: str
    """The name with its deterministic suffix, used when `name` belongs to somebody else (3062)."""
    currency_id: str
    currency: str
    company_name: str = ""
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    phone: str = ""
    sub_type: str = "individual"
    """individual | business"""
    billing: Address | None = None
    shipping: Address | None = None
    notes: str = ""
    edition_fields: Mapping[str, str] = field(default_factory=dict)
    """`gst_treatment`, `vat_treatment`, … of the organisation's edition, ready to send."""
    zoho_id: str | None = None
    """Set when an existing contact is updated."""
    contact_person_id: str | None = None
    """The primary person that an update keeps; a person without its id would be replaced."""
    person_fields: Mapping[str, str] = field(default_factory=dict)
    """What else Zoho holds of the primary person (mobile, salutation, …), in its own words, sent again to stay."""
    other_persons: tuple[Mapping[str, str], ...] = ()
    """The contact's other persons as Zoho holds them: an update that leaves them out would remove them."""
    cleared: tuple[str, ...] = ()
    """Fields that an update empties; what is merely empty is left out, and Zoho keeps what it has."""


@dataclass(frozen=True, slots=True)
class AddressDraft:
    """One more address of a contact. Those it has stay, because open documents show them."""

    key: str
    contact: Ref | str
    address: Address


@dataclass(frozen=True, slots=True)
class ItemDraft:
    key: str
    name: str
    """Unique in the organisation, so it includes the variant's options."""
    rate: Decimal
    sku: str = ""
    description: str = ""
    product_type: str = "goods"
    """goods | service | digital_service"""
    account_id: str | None = None
    tax_id: str | None = None
    tax_exemption_id: str | None = None
    """Mandatory in Zoho when the item is not taxable."""
    edition_fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TaxDraft:
    """A tax, or a tax group when it has components. `percentage` is 20 for 20 %."""

    key: str
    name: str
    percentage: Decimal
    components: tuple[Ref | str, ...] = ()
    edition_fields: Mapping[str, str] = field(default_factory=dict)
    """`country_code`, `tax_specific_type`, `tax_authority_id`, …"""


@dataclass(frozen=True, slots=True)
class DraftLine:
    """One line of an invoice or credit note. `discount` is for the whole line, positive."""

    name: str
    rate: Decimal
    quantity: Decimal
    discount: Decimal = Decimal(0)
    description: str = ""
    item_id: str | None = None
    tax_id: str | None = None
    tax_exemption_id: str | None = None
    account_id: str | None = None
    edition_fields: Mapping[str, str] = field(default_factory=dict)
    line_item_id: str | None = None
    """Zoho's id of the line when an invoice is updated in place."""
    invoice_item_id: str | None = None
    """Credit notes: the sold line this one takes back."""
    invoice_ref: Ref | str | None = None
    sold_position: int | None = None
    """Credit notes: position of the sold line in the invoice `invoice_ref`, while Zoho's id of it is not known."""


@dataclass(frozen=True, slots=True)
class ExpectedTax:
    """What Zoho will say for one tax: compared with its answer."""

    tax_id: str
    amount: Money


@dataclass(frozen=True, slots=True)
class Expected:
    """What Zoho will compute, as our emulation of it says."""

    total: Money
    taxes: tuple[ExpectedTax, ...] = ()
    or_taxes: tuple[tuple[ExpectedTax, ...], ...] = ()
    """What it would say under the other ways of rounding that are possible, where that differs."""


@dataclass(frozen=True, slots=True)
class Rounding:
    """What rounding puts into the books with one document: above zero where it is the shop's gain.

    Counted by month and currency and compared with nothing: the document's own figures say it already.

    Attributes:
        residue: Shopify's total less what Zoho's arithmetic makes of the lines; of a credit note the other way round.
        cash: Cash that was rounded, in payments or refunds.
    """

    residue: Decimal = Decimal(0)
    cash: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class InvoiceDraft:
    key: str
    contact: Ref | str
    currency_id: str
    currency: str
    exchange_rate: Decimal | None
    """Base-currency units for one invoice unit; None when the invoice is in the base currency."""
    dated: date
    due_date: date | None
    reference_number: str
    lines: tuple[DraftLine, ...]
    is_inclusive_tax: bool
    expected: Expected
    number: str | None = None
    """None: Zoho's own series."""
    adjustment: Decimal = Decimal(0)
    adjustment_description: str = ""
    notes: str = ""
    custom_fields: Mapping[str, str] = field(default_factory=dict)
    edition_fields: Mapping[str, str] = field(default_factory=dict)
    zoho_id: str | None = None
    """Set when an existing invoice is updated in place."""
    billing_address: Ref | str | None = None
    """An address id of the contact; None: the contact's own."""
    shipping_address: Ref | str | None = None
    shipping_charge: Decimal = Decimal(0)
    """Only with the policy `shipping: shipping_charge`; otherwise shipping is a line."""
    shipping_charge_tax_id: str | None = None
    shipping_charge_account_id: str | None = None
    rounding: Rounding = Rounding()


@dataclass(frozen=True, slots=True)
class Applied:
    """A part of a payment or credit put against one invoice."""

    invoice: Ref | str
    amount: Money


@dataclass(frozen=True, slots=True)
class PaymentDraft:
    key: str
    contact: Ref | str
    amount: Money
    exchange_rate: Decimal | None
    dated: date
    mode: str
    account_id: str
    reference_number: str
    applied: tuple[Applied, ...] = ()
    description: str = ""
    bank_charges: Money | None = None
    """The gateway's fee, in the payment's currency; only where policy records fees with the payment."""
    bank_charges_account_id: str | None = None


@dataclass(frozen=True, slots=True)
class ApplyPaymentDraft:
    """Puts an unapplied rest of a recorded payment, or a credit note, against an invoice."""

    key: str
    invoice: Ref | str
    amount: Money
    payment: Ref | str | None = None
    credit_note: Ref | str | None = None


@dataclass(frozen=True, slots=True)
class CreditNoteDraft:
    key: str
    contact: Ref | str
    currency_id: str
    currency: str
    exchange_rate: Decimal | None
    dated: date
    reference_number: str
    lines: tuple[DraftLine, ...]
    is_inclusive_tax: bool
    expected: Expected
    invoice: Ref | str | None = None
    notes: str = ""
    reason: str = ""
    custom_fields: Mapping[str, str] = field(default_factory=dict)
    edition_fields: Mapping[str, str] = field(default_factory=dict)
    rounding: Rounding = Rounding()


@dataclass(frozen=True, slots=True)
class CashDraft:
    """Money out: a refund of a credit note or of an unapplied payment, from a gateway's account."""

    key: str
    source: Ref | str
    """The credit note's or the payment's key."""
    of_payment: bool
    amount: Money
    exchange_rate: Decimal | None
    dated: date
    mode: str
    from_account_id: str
    reference_number: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class StatusDraft:
    """Mark as sent, or void."""

    key: str
    document: Ref | str
    status: str
    """sent | void"""


Draft = (
    ContactDraft
    | AddressDraft
    | ItemDraft
    | TaxDraft
    | InvoiceDraft
    | PaymentDraft
    | ApplyPaymentDraft
    | CreditNoteDraft
    | CashDraft
    | StatusDraft
)


@dataclass(frozen=True, slots=True)
class Operation:
    """One document we want in Zoho, or one step of it, and why each field is what it is."""

    key: str
    kind: Kind
    draft: Draft
    reasons: tuple[FieldReason, ...] = ()
    claims: tuple[str, ...] = ()
    """Ids of Shopify sales and transactions that this document accounts for; each belongs to one document."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What Zoho must be told, in order. Empty when the books already agree.

    `total` is the order's total in the documents' currency; `closing` are the closing equations, checked by the
    planner: label, left, right.
    """

    operations: tuple[Operation, ...] = ()
    total: Money | None = None
    policy_version: int = 0
    closing: tuple[tuple[str, Money, Money], ...] = ()
    more: bool = False
    """These operations only prepare (a tax, an item): when they are done the decision is made again."""
    learned: tuple[TaxRule, ...] = ()
    """Mappings that a rule made while deciding, to be recorded in the policy: shown and revocable."""
    waits: tuple[Reason, ...] = ()
    """What is deliberately not done yet, e.g. payments that wait until a draft is approved in Zoho."""
