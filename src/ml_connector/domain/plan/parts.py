"""What was sold or taken back, as parts: each becomes one line of a document.

A part's amount is after discounts. It includes tax exactly when the order's prices do, whatever Shopify says of a
duty's or fee's own price; so a document's parts can simply be added up.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

from ml_connector.domain.identities import Reading
from ml_connector.domain.money import Money, total
from ml_connector.domain.order import AdditionalFee, Duty, Line, ShippingLine, TaxLine
from ml_connector.domain.plan.case import Case
from ml_connector.domain.words import visible


class What(StrEnum):
    """What kind of thing a part is; decides its account."""

    GOODS = "goods"
    GIFT_CARD = "gift_card"
    TIP = "tip"
    SHIPPING = "shipping"
    DUTY = "duty"
    FEE = "fee"
    CHANNEL_TAX = "channel_tax"
    TAX = "tax"
    ROUNDING = "rounding"
    ALLOWANCE = "allowance"


@dataclass(frozen=True, slots=True)
class PartTax:
    """One tax of a part, the amount as Shopify charged it."""

    title: str
    rate: Decimal
    amount: Money
    channel_liable: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """One line to be.

    Attributes:
        source: Where Shopify says it: `lineItems[0]`.
        subject: Id of the order line, shipping line, duty or fee.
        quantity: Whole, above zero.
        unit_price: As Shopify shows it, before discounts; None: only the amount is known.
        amount: For the whole quantity, after discounts.
        taxable: Whether the merchant marked it as taxable.
        untaxed_because: Why it bears no tax of ours, whatever Shopify charged; empty in the ordinary case.
        sku: What a Zoho item is found by: the line's own, or for shipping the policy's.
        claims: Ids of the ledger's sales that it accounts for.
        roundings: How often Shopify rounded on the way to each of its taxes: once for a sale; a part of a sale that
            goes back is a rounded share of a rounded tax, in a rounded price.
    """

    source: str
    what: What
    subject: str
    name: str
    quantity: int
    amount: Money
    unit_price: Money | None = None
    taxes: tuple[PartTax, ...] = ()
    description: str = ""
    sku: str = ""
    taxable: bool = True
    untaxed_because: str = ""
    claims: tuple[str, ...] = ()
    roundings: int = 1

    @property
    def tax(self) -> Money:
        return total((tax.amount for tax in self.taxes), self.amount.currency)


def sold_parts(case: Case, reading: Reading) -> tuple[Part, ...]:
    """The order as it was sold, from its lines: goods in order, then duties, shipping, fees and a tip apart.

    Only for an order whose lines nobody edited: afterwards they keep quantities and taxes that are not true any more.
    """
    return tuple(_sold(case, reading))


def _sold(case: Case, reading: Reading) -> Iterator[Part]:
    order = case.order
    for index, line in enumerate(order.lines):
        if line.quantity or case.money(line.original_total) or line.allocations or line.tax_lines:
            yield line_part(case, line, index)
    if not order.duties_included:
        for index, line in enumerate(order.lines):
            for at, duty in enumerate(line.duties):
                yield _duty(case, reading, duty, line, f"lineItems[{index}].duties[{at}]")
    for index, shipping in enumerate(order.shipping_lines):
        if not shipping.is_removed:
            yield _shipping(case, shipping, index)
    for index, fee in enumerate(order.additional_fees):
        yield _fee(case, reading, fee, index)
    if reading.tip_apart:
        tip = case.money(order.totals.total_tip_received)
        yield Part(
            "totalTipReceivedSet", What.TIP, "tip", "Tip", 1, tip, tip, taxable=False, claims=_sold_claim(case, "tip")
        )


def line_part(case: Case, line: Line, index: int) -> Part:
    off = total((case.money(one.amount) for one in line.allocations), case.currency)
    return Part(
        source=f"lineItems[{index}]",
        what=what_of(line),
        subject=line.id,
        name=name_of(line),
        quantity=line.quantity,
        amount=case.money(line.original_total) - off,
        unit_price=case.money(line.unit_price),
        taxes=taxes_of(case, line.tax_lines),
        description=_description(case, line),
        sku=line.sku or "",
        taxable=line.taxable,
        claims=_sold_claim(case, line.id),
    )


def _sold_claim(case: Case, subject: str) -> tuple[str, ...]:
    """What stands for the ledger's entry while the ledger was not read; no other order has it."""
    return (f"sold:{case.order.id}:{subject}",)


def what_of(line: Line) -> What:
    if line.is_tip:
        return What.TIP
    return What.GIFT_CARD if line.is_gift_card else What.GOODS


def name_of(line: Line) -> str:
    """Title and options, as the customer saw them."""
    title, variant = visible(line.title) or "Item", visible(line.variant_title)
    return f"{title} – {variant}" if variant and variant != "Default Title" else title


def _description(case: Case, line: Line) -> str:
    said = [f"SKU {line.sku}"] if line.sku else []
    said += [f"{name}: {value}" if name else value for name, value in line.attributes if not name.startswith("_")]
    titles = {one.index: one.title for one in case.order.discounts}
    named = dict.fromkeys(titles.get(one.application_index, "") for one in line.allocations)
    said += [f"Discount {title}" for title in named if title]
    return "\n".join(said)


def taxes_of(case: Case, lines: Iterable[TaxLine]) -> tuple[PartTax, ...]:
    return tuple(PartTax(one.title, one.rate, case.money(one.price), one.channel_liable) for one in lines)


def _shipping(case: Case, line: ShippingLine, index: int) -> Part:
    return Part(
        source=f"shippingLines[{index}]",
        what=What.SHIPPING,
        subject=line.id,
        name=visible(line.title) or "Shipping",
        quantity=1,
        amount=case.money(line.discounted_price),
        unit_price=case.money(line.original_price),
        taxes=taxes_of(case, line.tax_lines),
        sku=case.policy.shipping_item or "",
        claims=_sold_claim(case, line.id),
    )


def _duty(case: Case, reading: Reading, duty: Duty, line: Line, source: str) -> Part:
    code = f" ({duty.harmonized_system_code})" if duty.harmonized_system_code else ""
    part = Part(
        source=source,
        what=What.DUTY,
        subject=duty.id,
        name=f"Duty{code}: {line.title}",
        quantity=1,
        amount=case.money(duty.price),
        taxes=taxes_of(case, duty.tax_lines),
        taxable=bool(duty.tax_lines),
        claims=_sold_claim(case, duty.id),
    )
    return _as_order_prices(case, reading, part)


def _fee(case: Case, reading: Reading, fee: AdditionalFee, index: int) -> Part:
    part = Part(
        source=f"additionalFees[{index}]",
        what=What.FEE,
        subject=fee.id,
        name=visible(fee.name) or "Fee",
        quantity=1,
        amount=case.money(fee.price),
        taxes=taxes_of(case, fee.tax_lines),
        taxable=bool(fee.tax_lines),
        claims=_sold_claim(case, fee.id),
    )
    return _as_order_prices(case, reading, part)


def _as_order_prices(case: Case, reading: Reading, part: Part) -> Part:
    """The amount with tax in an order whose prices have it, without in the others."""
    inside, included = reading.extra_taxes == "in_price", case.order.taxes_included
    if included and not inside:
        return replace(part, amount=part.amount + part.tax)
    if inside and not included:
        return replace(part, amount=part.amount - part.tax)
    return part
