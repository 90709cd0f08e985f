"""What comes back: goods, delivery and money, as refunds, exchanges and cancellations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Self

from ml_connector.domain.money import MoneyBag
from ml_connector.domain.order import (
    Refund,
    RefundAdjustment,
    RefundLine,
    RefundShipping,
    Sale,
    SaleTax,
    Transaction,
    TransactionKind,
    TransactionStatus,
)
from ml_connector.prove.till.amounts import minus, plus, summed, times
from ml_connector.prove.till.edits import Edits


class Returns(Edits):
    """What the buyer gives back, and what she gets for it."""

    def refund(  # noqa: PLR0913 - each names one thing that a test may want
        self,
        *lines: tuple[int, int],
        shipping: bool = False,
        shipping_share: str | None = None,
        everything: bool = False,
        amount: str | None = None,
        gateway: str = "shopify_payments",
        pending: bool = False,
        adjustment_sale: bool = True,
        goodwill_tax: str = "0",
        rounding: str | None = None,
        after: timedelta = timedelta(days=1),
        return_id: str | None = None,
    ) -> Self:
        """Goods, delivery and money back as one refund; *amount* left out: what Shopify would suggest."""
        at, refund_id = self.at + after, self.gid("Refund")
        refund_lines, refund_shipping = self.goods_back(lines, shipping, shipping_share, everything)
        value = times(summed(self.zero, (sale.total for sale in self.sales_now)), Decimal(-1))
        agreement = self.agree("REFUND", at, refund_id)
        suggested = self._suggested(value)
        if amount is None and suggested.presentment <= abs(self.bag(rounding or 0).presentment):
            rounding = None  # there is no cash to round
        moved = plus(suggested, self.bag(rounding or 0)) if amount is None else self.bag(amount)
        transactions = self._money_back(moved, gateway, pending, at, rounding)
        adjustments: tuple[RefundAdjustment, ...] = ()
        difference = minus(suggested, self.zero if pending else moved)
        if rounding is not None:
            difference = plus(difference, self.bag(rounding))
        if difference.presentment:
            reason = "PENDING_REFUND_DISCREPANCY" if pending else "REFUND_DISCREPANCY"
            tax = self.bag(-Decimal(goodwill_tax))
            adjustments = (RefundAdjustment(self.gid("OrderAdjustment"), reason, minus(difference, tax), tax),)
            if adjustment_sale and not pending:
                own = () if not tax.presentment else (SaleTax(self.gid("SaleTax"), "Adjustment", Decimal(0), tax),)
                sale = Sale(self.gid("AdjustmentSale"), "RETURN", "ADJUSTMENT", difference, tax, taxes=own)
                self.agreements[-1] = replace(agreement, sales=(*agreement.sales, sale))
        self.refunds.append(
            Refund(
                refund_id,
                at,
                at,
                moved,
                return_id=return_id,
                lines=refund_lines,
                shipping=refund_shipping,
                adjustments=adjustments,
                transaction_ids=tuple(one.id for one in transactions),
            )
        )
        return self

    def goods_back(
        self, lines: Sequence[tuple[int, int]], shipping: bool, share: str | None, everything: bool
    ) -> tuple[tuple[RefundLine, ...], tuple[RefundShipping, ...]]:
        wanted = list(lines)
        if everything:
            wanted = [(at, self.left(one.id)[0]) for at, one in enumerate(self.lines) if self.left(one.id)[0]]
        back = []
        for at, units in wanted:
            line = self.lines[at]
            sale = self.take_back(line.id, units)
            self.lines[at] = replace(line, current_quantity=line.current_quantity - units)
            net = sale.total if self.included else minus(sale.total, sale.tax)
            back.append(
                RefundLine(
                    self.gid("RefundLineItem"),
                    line.id,
                    units,
                    times(net, Decimal(-1)),
                    times(sale.tax, Decimal(-1)),
                    line.unit_price,
                )
            )
        sent = []
        if shipping or everything or share:
            for delivery in self.shipping_lines:
                if self.left(delivery.id)[1].presentment:
                    sale = self.take_back(delivery.id, share=None if share is None else Decimal(share))
                    net = sale.total if self.included else minus(sale.total, sale.tax)
                    sent.append(
                        RefundShipping(
                            self.gid("RefundShippingLine"),
                            delivery.id,
                            times(net, Decimal(-1)),
                            times(sale.tax, Decimal(-1)),
                        )
                    )
        if everything:
            for thing in list(self.things.values()):
                if thing.line_type in ("DUTY", "ADDITIONAL_FEE", "TIP") and self.left(thing.subject)[1].presentment:
                    self.take_back(thing.subject)
        return tuple(back), tuple(sent)

    def _suggested(self, value: MoneyBag) -> MoneyBag:
        over = times(self.outstanding(), Decimal(-1))
        if over.presentment >= value.presentment:
            return value
        return self.as_money(over) if over.presentment.amount > 0 else self.zero

    def _money_back(
        self, amount: MoneyBag, gateway: str, pending: bool, at: datetime, rounding: str | None
    ) -> list[Transaction]:
        if not amount.presentment:
            return []
        status = TransactionStatus.PENDING if pending else TransactionStatus.SUCCESS
        one = Transaction(
            self.gid("OrderTransaction"),
            TransactionKind.REFUND,
            status,
            gateway,
            amount,
            at,
            rounding=None if rounding is None else self.bag(rounding),
        )
        self.transactions.append(one)
        return [one]

    def settle(self, *, after: timedelta = timedelta(days=2)) -> Self:
        """Pending refunds' money moves at last."""
        self.transactions = [
            replace(one, status=TransactionStatus.SUCCESS, processed_at=self.at + after)
            if one.status is TransactionStatus.PENDING and one.kind is TransactionKind.REFUND
            else one
            for one in self.transactions
        ]
        self.refunds = [
            replace(one, adjustments=tuple(a for a in one.adjustments if "PENDING" not in a.reason))
            for one in self.refunds
        ]
        return self

    def exchange(
        self,
        *lines: tuple[int, int],
        add: Sequence[tuple[str, int]] = (),
        fee: str | None = None,
        after: timedelta = timedelta(days=3),
        gateway: str = "shopify_payments",
    ) -> Self:
        """Goods come back as a return, perhaps others go out, perhaps for a fee; the difference is paid back."""
        at, return_id, refund_id = self.at + after, self.gid("Return"), self.gid("Refund")
        back, _ = self.goods_back(lines, False, None, False)
        before = len(self.lines)
        for price, quantity in add:
            self.line(price, quantity)
        self.exchange_line_ids |= {line.id for line in self.lines[before:]}
        if fee is not None:
            self.sell("FEE", self.gid("ReturnShippingFee"), None, self.bag(fee), (), ())
        self.agree("RETURN", at, return_id=return_id)
        over = times(self.outstanding(), Decimal(-1))
        moved = self.as_money(over) if over.presentment.amount > 0 else self.zero
        transactions = self._money_back(moved, gateway, False, at, None)
        self.agree("REFUND", at, refund_id)
        self.refunds.append(
            Refund(
                refund_id,
                at,
                at,
                moved,
                return_id=return_id,
                lines=back,
                transaction_ids=tuple(one.id for one in transactions),
            )
        )
        return self

    def cancel(self, *, pay_back: bool = True, after: timedelta = timedelta(days=1)) -> Self:
        """The order is cancelled: goods taken back, money returned if wanted."""
        self.refund(everything=True, amount=None if pay_back else "0", adjustment_sale=False, after=after)
        self.refunds[-1] = replace(self.refunds[-1], adjustments=())
        self.cancelled_at = self.at + after
        return self
