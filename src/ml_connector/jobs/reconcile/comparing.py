"""One order of Shopify's against its documents in Zoho. Pure.

Three figures: invoices less credit notes, money that came in, and what is still owed. Money that went out follows from
them, because balances say what invoices, payments, credits and refunds have left.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from ml_connector.domain.books import KnownDocument
from ml_connector.domain.documents import Kind
from ml_connector.domain.money import Money, Side, total
from ml_connector.domain.order import Order, Refund
from ml_connector.shopify.listing import OrderGlance


@dataclass(frozen=True, slots=True)
class Held:
    """What Zoho holds of one order."""

    documents: tuple[KnownDocument, ...] = ()

    def adding(self, document: KnownDocument) -> Held:
        if document.zoho_id in {each.zoho_id for each in self.documents}:
            return self
        return replace(self, documents=(*self.documents, document))

    def of(self, kind: Kind) -> list[KnownDocument]:
        """Those of *kind* that count: void ones are in the books with nothing."""
        return [each for each in self.documents if each.kind is kind and each.status != "void"]

    @property
    def has_invoice(self) -> bool:
        """Whether there is or was an invoice; a void one too."""
        return any(each.kind is Kind.INVOICE for each in self.documents)

    def currencies(self) -> set[str]:
        return {each.total.currency for each in self.documents if each.total is not None}


@dataclass(frozen=True, slots=True)
class Figures:
    """What both sides are compared by, in one currency."""

    goods: Money
    received: Money
    owed: Money


@dataclass(frozen=True, slots=True)
class Sold:
    """An order's figures, and the other readings under which they may come to the same.

    `others`: where money moved without goods or cash was rounded, what the documents may come to instead.
    """

    figures: Figures
    others: tuple[Figures, ...] = ()
    remarks: tuple[str, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Unlike:
    """The figure that differs: Shopify's, Zoho's, and a sentence."""

    shopify: Money
    zoho: Money
    text: str


def at_a_glance(order: OrderGlance, side: Side) -> Sold:
    """From a row of the list: right for every order without cash rounding and without money back for no goods."""
    goods = order.current_total.side(side)
    return Sold(_figures(goods, order.total_received.side(side), order.total_refunded.side(side)))


def in_full(order: Order, side: Side) -> Sold:
    """From the whole order: cash rounding and discrepancies too."""
    totals = order.totals
    current = totals.current_total_price.side(side)
    received, refunded = totals.total_received.side(side), totals.total_refunded.side(side)
    rounding = totals.cash_rounding_payment.side(side) if totals.cash_rounding_payment else Money.zero(current.currency)
    back = totals.cash_rounding_refund.side(side) if totals.cash_rounding_refund else Money.zero(current.currency)
    parts = (each for refund in order.refunds for each in refund.adjustments)
    moved = total((part.amount.side(side) + part.tax.side(side) for part in parts), current.currency)
    given = _beyond_goods(order, side)
    goods = current + rounding
    # whether the current total counts such money already is not documented, nor whether Shopify always lists it as an
    # adjustment, so either is taken
    readings = dict.fromkeys(
        (
            goods,
            goods + moved,
            goods + moved + back,
            goods + back,
            goods + moved - back,
            goods - given,
        )
    )
    found = [_figures(each, received, refunded) for each in readings]
    remarks = ("A dispute is open on this order.",) if order.disputes else ()
    return Sold(found[0], tuple(found[1:]), remarks)


def _beyond_goods(order: Order, side: Side) -> Money:
    """The money of refunds that is more than the goods they take back: computed, whatever adjustments say."""
    nothing = Money.zero(order.totals.current_total_price.side(side).currency)
    return total((max(_money_less_goods(order, refund, side), nothing) for refund in order.refunds), nothing.currency)


def _money_less_goods(order: Order, refund: Refund, side: Side) -> Money:
    lines = [each.subtotal.side(side) for each in refund.lines] + [each.subtotal.side(side) for each in refund.shipping]
    taxes = [each.total_tax.side(side) for each in refund.lines] + [each.tax.side(side) for each in refund.shipping]
    duties = [each.amount.side(side) for each in refund.duties]
    money = refund.total_refunded.side(side)
    goods = [*lines, *duties] if order.taxes_included else [*lines, *taxes, *duties]
    return money - total(goods, money.currency)


def _figures(goods: Money, received: Money, refunded: Money) -> Figures:
    return Figures(goods, received, goods - received + refunded)


def in_zoho(held: Held, currency: str) -> Figures:
    """The same three figures as Zoho's documents say them."""
    invoices, notes, payments = (held.of(kind) for kind in (Kind.INVOICE, Kind.CREDIT_NOTE, Kind.PAYMENT))
    owed = total(_each(invoices, "balance"), currency) - total(_each([*notes, *payments], "unused"), currency)
    return Figures(
        goods=total(_each(invoices, "total"), currency) - total(_each(notes, "total"), currency),
        received=total(_each(payments, "total"), currency),
        owed=owed,
    )


def _each(documents: Iterable[KnownDocument], name: str) -> Iterator[Money]:
    for document in documents:
        found: Money | None = getattr(document, name)
        if found is not None:
            yield found


def unlike(sold: Sold, held: Held) -> Unlike | None:
    """The first figure in which the two sides differ under every reading; None when they agree."""
    wanted = sold.figures
    others = held.currencies() - {wanted.goods.currency}
    if others:
        foreign = next(each.total for each in held.documents if each.total and each.total.currency in others)
        text = f"Zoho holds {foreign} for an order in {wanted.goods.currency}."
        return Unlike(wanted.goods, foreign, text)
    found = in_zoho(held, wanted.goods.currency)
    if found in (wanted, *sold.others):
        return None
    if found.goods not in (wanted.goods, *(each.goods for each in sold.others)):
        return _said("Invoices less credit notes come to", wanted.goods, found.goods)
    if found.received != wanted.received:
        return _said("Payments come to", wanted.received, found.received)
    return _said("What is still owed is", _owed_for(found, sold), found.owed)


def _owed_for(found: Figures, sold: Sold) -> Money:
    """What should be owed under the reading whose goods agree."""
    return next(each.owed for each in (sold.figures, *sold.others) if each.goods == found.goods)


def _said(what: str, wanted: Money, found: Money) -> Unlike:
    less = found - wanted
    way = "more" if less > Money.zero(less.currency) else "less"
    text = f"{what} {found.text} in Zoho, Shopify says {wanted.text} {wanted.currency}: {abs(less).text} {way} in Zoho."
    return Unlike(wanted, found, text)
