"""Money given back without goods: a line on the allowances account, with the tax that Shopify or the policy says."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from ml_connector.domain.money import Money, total
from ml_connector.domain.order import Refund
from ml_connector.domain.plan.accounts import special
from ml_connector.domain.plan.case import Case, Stopped, stop
from ml_connector.domain.plan.parts import Part, PartTax, What
from ml_connector.domain.plan.taxing import Taxed, tax_parts
from ml_connector.domain.taxes import Choice


def goodwill(case: Case, amount: Money, refund: Refund | None, sold: Sequence[Part], day: date) -> tuple[Taxed, ...]:
    """The lines for *amount*, tax included.

    Args:
        sold: The parts of the invoice, whose taxes it may bear.

    Raises:
        Stopped: the tax cannot be said with the taxes of the order.
    """
    if case.policy.goodwill_tax == "proportional":
        return _proportional(case, amount, sold, day)
    tax = _shopifys_tax(case, amount, refund)
    if not tax:
        rule = "Shopify gave it back without tax (policy “goodwill_tax: as_shopify”)."
        return (_line(case, amount, Choice(rule=rule), case.zero),)
    for choice in _choices(case, sold, day):
        exact = amount.amount * choice.percentage / (100 + choice.percentage)
        if abs(exact - tax.amount) <= tax.unit:
            return (_line(case, amount, choice, tax),)
    raise stop(
        "goodwill_tax",
        f"Shopify gave {amount} back without goods, {tax.text} of it tax, which no tax of this order explains.",
        "Set the policy “goodwill_tax” to proportional, or post this refund by hand.",
    )


def _shopifys_tax(case: Case, amount: Money, refund: Refund | None) -> Money:
    """The tax of the refund's adjustments, whatever their sign; its share when only a part of them is goodwill."""
    adjustments = refund.adjustments if refund else ()
    tax = abs(total((case.money(one.tax) for one in adjustments), case.currency))
    whole = abs(total((case.money(one.amount) + case.money(one.tax) for one in adjustments), case.currency))
    if not tax or not whole or whole <= amount:
        return tax
    return (tax * (amount.amount / whole.amount)).rounded()


def _choices(case: Case, sold: Sequence[Part], day: date) -> list[Choice]:
    """The taxes of the order, each once."""
    found = {one.choice.tax_id: one.choice for one in tax_parts(case, sold, day).parts if one.choice.components}
    return list(found.values())


def _proportional(case: Case, amount: Money, sold: Sequence[Part], day: date) -> tuple[Taxed, ...]:
    """Spread over the order's taxes by what was sold under each; the largest takes what rounding leaves."""
    weights: dict[str | None, tuple[Choice, Decimal]] = {}
    for one in tax_parts(case, sold, day).parts:
        gross = one.part.amount if case.order.taxes_included else one.part.amount + one.part.tax
        choice, known = weights.get(one.choice.tax_id, (one.choice, Decimal(0)))
        weights[one.choice.tax_id] = (choice, known + gross.amount)
    pairs = [(choice, weight) for choice, weight in weights.values() if weight]
    whole = sum((weight for _, weight in pairs), Decimal(0))
    if not whole:
        raise _nothing_to_spread_over(amount)
    shares = [(amount * (weight / whole)).rounded() for _, weight in pairs]
    largest = shares.index(max(shares))
    shares[largest] = shares[largest] + amount - total(shares, case.currency)
    return tuple(_share(case, share, choice) for share, (choice, _) in zip(shares, pairs, strict=True) if share)


def _share(case: Case, gross: Money, choice: Choice) -> Taxed:
    return _line(case, gross, choice, (gross * (choice.percentage / (100 + choice.percentage))).rounded())


def _nothing_to_spread_over(amount: Money) -> Stopped:
    return stop(
        "goodwill_tax",
        f"Shopify gave {amount} back without goods, and the order has no price whose tax it could bear.",
        "Set the policy “goodwill_tax” to as_shopify, or post this refund by hand.",
    )


def _line(case: Case, gross: Money, choice: Choice, tax: Money) -> Taxed:
    taxes = (PartTax("Tax", choice.percentage / 100, tax),) if choice.components else ()
    amount = gross if case.order.taxes_included else gross - tax
    part = Part("refund.orderAdjustments", What.ALLOWANCE, "", "Allowance", 1, amount, taxes=taxes, roundings=3)
    return Taxed(part, choice, special(case, "allowances"))
