"""Whether an order's parts add up to its total, and under which documented reading.

Nothing is posted for an order that does not add up, or that adds up in two ways that would be posted differently.

I1  a line's total      = unit price * quantity
I2  total_discounts     = line allocations + shipping allocations
I3  subtotal_price      = lines - line allocations
I4  total_shipping      = shipping before discount; discounted price = price - allocations
I5  total_tax           = taxes of lines and shipping (and of duties and fees)
I6  total_price         = subtotal + shipping after discount + taxes unless included + tip + duties + fees

Source: Shopify Admin GraphQL, Order; REST Order resource.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import product

from ml_connector.domain.money import Money, Side, total
from ml_connector.domain.order import Agreement, Order, ShippingLine, TaxLine
from ml_connector.domain.outcome import Reason


@dataclass(frozen=True, slots=True)
class Reading:
    """How the order's own figures are meant, where the documentation leaves more than one way.

    Attributes:
        tip_apart: The tip is in the total and in no line.
        extra_taxes: Taxes of duties and fees: `none` there are none, `on_top` added to their price,
            `in_price` part of it already.
        channel_tax_charged: Tax that the channel remits is contained in the total.
    """

    tip_apart: bool = False
    extra_taxes: str = "none"
    channel_tax_charged: bool = False


@dataclass(frozen=True, slots=True)
class Failed:
    """An identity that does not hold: its name, and both figures."""

    name: str
    meaning: str
    stated: Money
    computed: Money

    @property
    def reason(self) -> Reason:
        difference = abs(self.stated - self.computed)
        return Reason(
            code="does_not_add_up",
            text=(
                f"Shopify's figures differ by {difference.text}: {self.meaning}. "
                f"Shopify says {self.stated}, its parts make {self.computed.text}. Nothing was sent to Zoho."
            ),
            fix="Compare the order in Shopify; an app may have written it. Then replay it, or exclude it.",
            cause=f"does_not_add_up:{self.name}",
            details=(
                ("Identity", self.name),
                ("Shopify says", str(self.stated)),
                ("The parts make", str(self.computed)),
            ),
        )


@dataclass(frozen=True, slots=True)
class _Sums:
    """What an order's parts come to, on one side."""

    lines: Money
    allocations: Money
    shipping: Money
    shipping_allocations: Money
    tax: Money
    channel_tax: Money
    extra_tax: Money
    duties: Money
    fees: Money


def check(order: Order, side: Side) -> Reading | Failed | Reason:
    """The one reading under which the order, as it was sold, adds up on *side*; or what fails; or why two remain.

    Uses the lines with their original quantities and the `total*` figures, which belong together whether or not
    anything came back since. Says nothing about edits: those are the ledger's.
    """
    sums = _sums(order, side)
    failed = next(_plain_identities(order, side, sums), None)
    if failed is not None:
        return failed
    fitting = [reading for reading in _readings(order, side, sums) if _taxed(order, side, sums, reading) is None]
    if len(fitting) == 1:
        return fitting[0]
    if not fitting:
        return _first_failure(order, side, sums)
    return _ambiguous(fitting)


def _ambiguous(fitting: list[Reading]) -> Reason:
    return Reason(
        code="two_readings",
        text="The order adds up to its total in two different ways, so we cannot know which amounts are meant.",
        fix="Compare the order's tip, duties and fees in Shopify, then exclude it or post it by hand.",
        details=tuple((f"Reading {number}", str(reading)) for number, reading in enumerate(fitting, start=1)),
    )


def _sums(order: Order, side: Side) -> _Sums:
    currency = order.totals.total_price.side(side).currency
    taxes = [*_line_taxes(order)]
    extra = [*_extra_taxes(order)]
    duties = [duty.price.side(side) for line in order.lines for duty in line.duties]
    return _Sums(
        lines=total((line.original_total.side(side) for line in order.lines), currency),
        allocations=total((a.amount.side(side) for line in order.lines for a in line.allocations), currency),
        shipping=total((line.original_price.side(side) for line in _shipping(order)), currency),
        shipping_allocations=total(
            (a.amount.side(side) for line in _shipping(order) for a in line.allocations), currency
        ),
        tax=total((tax.price.side(side) for tax in taxes), currency),
        channel_tax=total((tax.price.side(side) for tax in taxes if tax.channel_liable), currency),
        extra_tax=total((tax.price.side(side) for tax in extra), currency),
        duties=Money.zero(currency) if order.duties_included else total(duties, currency),
        fees=total((fee.price.side(side) for fee in order.additional_fees), currency),
    )


def _shipping(order: Order) -> list[ShippingLine]:
    return [line for line in order.shipping_lines if not line.is_removed]


def _line_taxes(order: Order) -> Iterator[TaxLine]:
    for line in order.lines:
        yield from line.tax_lines
    for shipping in _shipping(order):
        yield from shipping.tax_lines


def _extra_taxes(order: Order) -> Iterator[TaxLine]:
    if not order.duties_included:
        for line in order.lines:
            for duty in line.duties:
                yield from duty.tax_lines
    for fee in order.additional_fees:
        yield from fee.tax_lines


def _plain_identities(order: Order, side: Side, sums: _Sums) -> Iterator[Failed]:
    """I1 to I4, which have only one reading."""
    for line in order.lines:
        stated, computed = line.original_total.side(side), line.unit_price.side(side) * line.quantity
        if stated != computed:
            yield Failed("I1", f"“{line.title}” is not its unit price times {line.quantity}", stated, computed)
    totals = order.totals
    discounts = sums.allocations + sums.shipping_allocations
    yield from _compare("I2", "the discounts are not what was taken off", totals.total_discounts.side(side), discounts)
    subtotal = sums.lines - sums.allocations
    yield from _compare("I3", "the subtotal is not lines less discounts", totals.subtotal_price.side(side), subtotal)
    yield from _compare(
        "I4", "the shipping price is not the sum of its lines", totals.total_shipping_price.side(side), sums.shipping
    )
    for shipping in _shipping(order):
        off = total((a.amount.side(side) for a in shipping.allocations), sums.lines.currency)
        left = shipping.original_price.side(side) - off
        meaning = f"“{shipping.title}” is not its price less its discount"
        yield from _compare("I4", meaning, shipping.discounted_price.side(side), left)


def _compare(name: str, meaning: str, stated: Money, computed: Money) -> Iterator[Failed]:
    if stated != computed:
        yield Failed(name, meaning, stated, computed)


def _readings(order: Order, side: Side, sums: _Sums) -> list[Reading]:
    """Every documented reading that differs in effect from the others."""
    tip = order.totals.total_tip_received.side(side)
    tip_is_line = any(line.is_tip for line in order.lines)
    tips = (False,) if not tip or tip_is_line else (True, False)
    if tip and order.agreements is not None:
        tips = (not tip_is_line,)  # the ledger says which lines are tips
    extra = ("on_top", "in_price") if sums.extra_tax else ("none",)
    channel = (True, False) if sums.channel_tax and not order.taxes_included else (bool(sums.channel_tax),)
    return [Reading(*choice) for choice in product(tips, extra, channel)]


def _taxed(order: Order, side: Side, sums: _Sums, reading: Reading) -> Failed | None:
    """What fails of I5 and I6 under *reading*."""
    totals = order.totals
    stated_tax, likely = totals.total_tax.side(side), sums.tax + sums.extra_tax
    if stated_tax not in _total_taxes(sums, reading):
        return Failed("I5", "the tax is not the sum of its lines", stated_tax, likely)
    computed = sums.lines - sums.allocations + sums.shipping - sums.shipping_allocations + sums.duties + sums.fees
    if reading.tip_apart:
        computed = computed + totals.total_tip_received.side(side)
    computed = computed + _on_top(order, sums, reading)
    stated = totals.total_price.side(side)
    return None if stated == computed else Failed("I6", "the total is not the sum of its parts", stated, computed)


def _total_taxes(sums: _Sums, reading: Reading) -> list[Money]:
    """What the total tax may be: a tax inside a price, or of the channel, need not be counted."""
    extra = [sums.extra_tax] if reading.extra_taxes == "on_top" else [sums.extra_tax, sums.extra_tax * 0]
    return [sums.tax + one - left for one in extra for left in (sums.channel_tax * 0, sums.channel_tax)]


def _on_top(order: Order, sums: _Sums, reading: Reading) -> Money:
    """The tax that is added to the prices."""
    extra = sums.extra_tax if reading.extra_taxes == "on_top" else sums.extra_tax * 0
    if order.taxes_included:
        return extra
    return sums.tax + extra - (sums.channel_tax * 0 if reading.channel_tax_charged else sums.channel_tax)


def _first_failure(order: Order, side: Side, sums: _Sums) -> Failed:
    failures = [_taxed(order, side, sums, reading) for reading in _readings(order, side, sums)]
    return next(failure for failure in failures if failure is not None)


def check_ledger(order: Order, agreements: Iterable[Agreement], side: Side) -> Failed | None:
    """Whether the ledger comes to the order's original and current total; None when it does.

    Whether money kept or given without goods counts in the current total is not documented, nor whether it is in the
    ledger too (ADJUSTMENT) or only among a refund's adjustments, of either sign: any of these is taken here, and the
    closing equations decide whether the books can agree with it.
    """
    agreements = tuple(agreements)
    currency = order.totals.total_price.side(side).currency
    first = total((sale.total.side(side) for a in agreements if a.reason == "ORDER" for sale in a.sales), currency)
    original = order.totals.original_total_price.side(side)
    if first != original:
        return Failed("L1", "what the ledger sold first is not the original total", original, first)
    sales = [sale for agreement in agreements for sale in agreement.sales]
    everything = total((sale.total.side(side) for sale in sales), currency)
    goods = total((sale.total.side(side) for sale in sales if sale.line_type != "ADJUSTMENT"), currency)
    adjustments = (each for refund in order.refunds for each in refund.adjustments)
    apart = total((each.amount.side(side) + each.tax.side(side) for each in adjustments), currency)
    current = order.totals.current_total_price.side(side)
    if current not in (everything, goods, goods + apart, goods - apart):
        return Failed("L2", "what the ledger holds is not the current total", current, goods)
    return None
