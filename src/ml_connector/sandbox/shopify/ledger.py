"""The ledger of sales: how things enter it, what is left of them, and what it adds up to.

Source: Shopify Admin API, SalesAgreement and Sale.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from ml_connector.sandbox.shopify.ids import Numbers
from ml_connector.sandbox.shopify.model import AdditionalFee, Duty, Line, Order, Sale, ShippingLine, Tax
from ml_connector.sandbox.shopify.money import NOTHING, Bag
from ml_connector.sandbox.shopify.pricing import tax_total

Subject = tuple[str, int]


@dataclass(frozen=True)
class Balance:
    """What is left of one thing in the ledger.

    Attributes:
        quantity: Units not yet taken back; nothing for what has no units.
        amount: With taxes.
    """

    quantity: int
    amount: Bag
    taxes: tuple[Tax, ...]
    discount: Bag

    @property
    def tax(self) -> Bag:
        """All its taxes together."""
        return tax_total(self.taxes)


def balance(order: Order, subject: Subject) -> Balance:
    """What the ledger still holds of *subject*."""
    sales = [sale for sale in order.sales if sale.subject == subject]
    return Balance(
        quantity=sum(sale.quantity or 0 for sale in sales),
        amount=sum((sale.amount for sale in sales), NOTHING),
        taxes=tuple(merge_taxes(tax for sale in sales for tax in sale.taxes)),
        discount=sum((sale.discount for sale in sales), NOTHING),
    )


def merge_taxes(taxes: Iterable[Tax]) -> list[Tax]:
    """*taxes* of the same title and rate added together, in the order they first appear."""
    merged: dict[tuple[str, Decimal, bool | None], Tax] = {}
    for tax in taxes:
        key = (tax.title, tax.rate, tax.channel_liable)
        known = merged.get(key)
        merged[key] = tax if known is None else replace(tax, amount=known.amount + tax.amount)
    return list(merged.values())


class Bookkeeper:
    """Writes sales for one order, in its currencies and its way of including tax."""

    def __init__(self, order: Order, numbers: Numbers) -> None:
        self._order = order
        self._numbers = numbers

    def sold_line(self, line: Line, action: str = "ORDER") -> list[Sale]:
        """A line entering the ledger, with its duties."""
        subject = ("LineItem", line.id)
        net = line.gross - line.discount
        goods = self._sale(action, _line_type(line), subject, line.quantity, net, line.taxes, line.discount)
        return [goods, *(self.sold_duty(duty, action) for duty in line.duties)]

    def sold_units(self, line: Line, units: int, taxes: Sequence[Tax]) -> Sale:
        """More units of a line that is in the ledger already, at full price."""
        net = line.unit_price * units
        return self._sale("ORDER", _line_type(line), ("LineItem", line.id), units, net, taxes)

    def sold_duty(self, duty: Duty, action: str = "ORDER") -> Sale:
        """Customs duty; free of charge here when the prices include it."""
        price = NOTHING if self._order.duties_included else duty.price
        taxes = () if self._order.duties_included else duty.taxes
        return self._sale(action, "DUTY", ("Duty", duty.id), None, price, taxes)

    def sold_shipping(self, line: ShippingLine, action: str = "ORDER") -> Sale:
        """A delivery charge."""
        net = line.price - line.discount
        return self._sale(action, "SHIPPING", ("ShippingLine", line.id), None, net, line.taxes, line.discount)

    def sold_fee(self, fee: AdditionalFee) -> Sale:
        """A fee on the order."""
        subject = ("AdditionalFee", fee.id)
        return self._sale("ORDER", "ADDITIONAL_FEE", subject, None, fee.price, fee.taxes)

    def sold_tip(self, line: Line, amount: Bag) -> Sale:
        """A tip; it belongs to a line that need not be among the order's lines."""
        return self._sale("ORDER", "TIP", ("LineItem", line.id), None, amount, ())

    def charged(self, kind: str, subject_id: int, amount: Bag) -> Sale:
        """A fee for a return, charged when the goods come back."""
        return self._sale("ORDER", "FEE", (kind, subject_id), None, amount, ())

    def adjusted(self, amount: Bag, tax: Bag) -> Sale:
        """Money given or kept without goods, as a line of its own."""
        taxes = (Tax("Adjustment", Decimal(0), tax),) if tax else ()
        return Sale(self._numbers.next(), "RETURN", "ADJUSTMENT", None, None, amount + tax, taxes)

    def discounted(self, line: Line, discount: Bag, taxes: Sequence[Tax]) -> Sale:
        """A discount given later: the price falls, and with it the tax."""
        return self._sale("UPDATE", _line_type(line), ("LineItem", line.id), 0, -discount, taxes, discount)

    def taken_back(self, subject: Subject, line_type: str, units: int | None) -> Sale:
        """Some *units* of what is left of *subject*, or all of it; the last unit takes the rest."""
        left = balance(self._order, subject)
        part, whole = (1, 1) if units is None else (units, left.quantity)
        return self._returned(subject, line_type, units, left, Decimal(part), Decimal(whole))

    def taken_back_amount(self, subject: Subject, line_type: str, presentment: Decimal) -> Sale:
        """So much of what is left of *subject*, tax in proportion.

        Args:
            presentment: In the buyer's currency, with tax.
        """
        left = balance(self._order, subject)
        return self._returned(subject, line_type, None, left, presentment, left.amount.presentment or Decimal(1))

    def _returned(
        self,
        subject: Subject,
        line_type: str,
        units: int | None,
        left: Balance,
        part: Decimal,
        whole: Decimal,
    ) -> Sale:
        share = self._order.currencies.portion
        taxes = tuple(replace(tax, amount=-share(tax.amount, part, whole)) for tax in left.taxes)
        discount = -share(left.discount, part, whole)
        quantity = None if units is None else -units
        if units is None:
            amount = -share(left.amount, part, whole)
            return Sale(self._numbers.next(), "RETURN", line_type, subject, quantity, amount, taxes, discount)
        net = -share(left.amount if self._order.taxes_included else left.amount - left.tax, part, whole)
        return self._sale("RETURN", line_type, subject, quantity, net, taxes, discount)

    def _sale(
        self,
        action: str,
        line_type: str,
        subject: Subject,
        quantity: int | None,
        net: Bag,
        taxes: Sequence[Tax],
        discount: Bag = NOTHING,
    ) -> Sale:
        amount = net if self._order.taxes_included else net + tax_total(taxes)
        return Sale(self._numbers.next(), action, line_type, subject, quantity, amount, tuple(taxes), discount)


def _line_type(line: Line) -> str:
    if line.tip:
        return "TIP"
    return "GIFT_CARD" if line.gift_card else "PRODUCT"


def line_type_of(line: Line) -> str:
    """What kind of sale *line* is."""
    return _line_type(line)
