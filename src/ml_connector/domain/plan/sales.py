"""Entries of Shopify's ledger as parts of a document: what belongs to one thing is added up."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from ml_connector.domain.money import Money, total
from ml_connector.domain.order import Sale
from ml_connector.domain.plan.case import Case, stop
from ml_connector.domain.plan.parts import Part, PartTax, What, line_part
from ml_connector.domain.words import visible

_WHAT = {
    "PRODUCT": What.GOODS,
    "GIFT_CARD": What.GIFT_CARD,
    "TIP": What.TIP,
    "SHIPPING": What.SHIPPING,
    "DUTY": What.DUTY,
    "ADDITIONAL_FEE": What.FEE,
    "FEE": What.FEE,
    "ADJUSTMENT": What.FEE,
}
_NAMES = {
    What.TIP: "Tip",
    What.SHIPPING: "Shipping",
    What.DUTY: "Duty",
    What.FEE: "Fee",
    What.GIFT_CARD: "Gift card",
    What.GOODS: "Item",
}


def of_sales(case: Case, sales: Iterable[Sale], source: str) -> tuple[Part, ...]:
    """One part for each thing that was sold or taken back, signed as the ledger is; what cancels out is left away.

    In the order in which an invoice from the order's own lines has them, so that a line keeps its place.
    """
    groups: dict[tuple[str, str], list[Sale]] = {}
    for sale in sales:
        groups.setdefault((sale.line_type, sale.subject_id or sale.id), []).append(sale)
    places = _places(case)
    ordered = sorted(groups.items(), key=lambda group: places.get(group[0][1], (_LAST, 0)))
    parts = [_part(case, subject, group, source) for (_, subject), group in ordered]
    return tuple(part for part in parts if part is not None)


_LAST = 4


def _places(case: Case) -> dict[str, tuple[int, int]]:
    """Where each thing stands: lines, duties, shipping, fees; a tip apart comes last."""
    order = case.order
    duties = [duty.id for line in order.lines for duty in line.duties]
    lists = ([line.id for line in order.lines], duties, [one.id for one in order.shipping_lines],
             [fee.id for fee in order.additional_fees])  # fmt: skip
    return {subject: (at, index) for at, ids in enumerate(lists) for index, subject in enumerate(ids)}


def _part(case: Case, subject: str, sales: Sequence[Sale], source: str) -> Part | None:
    amount = total((_amount(case, sale) for sale in sales), case.currency)
    taxes = _taxes(case, sales)
    quantity = sum(sale.quantity or 0 for sale in sales)
    if not amount and not quantity and not _free(case, sales):
        return None
    what = _WHAT[sales[0].line_type]
    seen = _as_seen(case, subject, what)
    units = abs(quantity) if quantity and (quantity > 0) == (amount.amount >= 0) else 1
    keeps_price = quantity or what is What.SHIPPING
    return replace(
        seen,
        source=f"{source}, {seen.source}",
        subject=subject,
        quantity=units,
        amount=amount,
        taxes=taxes,
        unit_price=seen.unit_price if keeps_price else None,
        claims=tuple(sale.id for sale in sales),
        roundings=sum(1 if sale.action_type == "ORDER" else 3 for sale in sales),
    )


def _free(case: Case, sales: Sequence[Sale]) -> bool:
    """Whether something was given for nothing, such as free delivery, and is still to be shown."""
    return sales[0].line_type in ("SHIPPING", "DUTY", "ADDITIONAL_FEE") and all(
        sale.action_type == "ORDER" and not case.money(sale.total) for sale in sales
    )


def _amount(case: Case, sale: Sale) -> Money:
    """The sale as the order's prices are: the ledger's total always includes tax."""
    amount = case.money(sale.total)
    return amount if case.order.taxes_included else amount - case.money(sale.tax)


def _taxes(case: Case, sales: Sequence[Sale]) -> tuple[PartTax, ...]:
    sums: dict[tuple[str, str, bool], PartTax] = {}
    for sale in sales:
        said = [PartTax(tax.title, tax.rate, case.money(tax.amount), tax.channel_liable) for tax in sale.taxes]
        if total((tax.amount for tax in said), case.currency) != case.money(sale.tax):
            raise stop(
                "ledger_tax_differs",
                f"Shopify's ledger says {case.money(sale.tax)} tax for a sale, and names other taxes for it.",
                "Post this order by hand, or exclude it.",
                details=(("Sale", sale.id),),
            )
        for tax in said:
            key = (tax.title, f"{tax.rate.normalize():f}", tax.channel_liable)
            known = sums.get(key)
            sums[key] = tax if known is None else replace(tax, amount=known.amount + tax.amount)
    return tuple(sums.values())


def _as_seen(case: Case, subject: str, what: What) -> Part:
    """The thing as the order shows it: name, options, unit price, whether it is taxable."""
    for index, line in enumerate(case.order.lines):
        if line.id == subject:
            return line_part(case, line, index)
        for duty in line.duties:
            if duty.id == subject:
                return _named(case, what, f"Duty: {line.title}", f"lineItems[{index}].duties", bool(duty.tax_lines))
    for index, shipping in enumerate(case.order.shipping_lines):
        if shipping.id == subject:
            price = case.money(shipping.original_price)
            part = _named(case, what, visible(shipping.title) or "Shipping", f"shippingLines[{index}]", True)
            return replace(part, unit_price=price, sku=case.policy.shipping_item or "")
    for index, fee in enumerate(case.order.additional_fees):
        if fee.id == subject:
            return _named(case, what, visible(fee.name) or "Fee", f"additionalFees[{index}]", bool(fee.tax_lines))
    return _named(case, what, _NAMES[what], "sale", what is What.GOODS)


def _named(case: Case, what: What, name: str, source: str, taxable: bool) -> Part:
    return Part(source, what, "", name, 1, case.zero, taxable=taxable)


def negated(parts: Iterable[Part]) -> tuple[Part, ...]:
    """What was taken back, as the positive parts of a credit note."""
    return tuple(
        replace(part, amount=-part.amount, taxes=tuple(replace(tax, amount=-tax.amount) for tax in part.taxes))
        for part in parts
    )
