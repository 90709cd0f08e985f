"""Orders as Shopify would write them: placed, paid, edited, refunded, returned, cancelled; with a ledger that agrees.

Every figure is kept on both sides and rounded on each for itself, so each side's parts add up to its own totals. Made
for proofs and tests: what is asked of a till is what a shop does, and `order()` is what Shopify would show afterwards.
Each module adds one thing that happens: `ledger`, `counter`, `edits`, `returns`.

Source: Shopify Admin GraphQL, Order, SalesAgreement; money identities of recorded orders.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ml_connector.domain.order import Address, Customer, Order, Totals
from ml_connector.prove.till.amounts import minus, plus, summed
from ml_connector.prove.till.ledger import START, Rates
from ml_connector.prove.till.returns import Returns

__all__ = ["HOME", "START", "Rates", "Till"]

HOME = Address(
    first_name="Ada", last_name="Lovelace", name="Ada Lovelace", address1="12 St James's Square", city="London",
    zip="SW1Y 4JH", country="United Kingdom", country_code="GB",
)  # fmt: skip


class Till(Returns):
    """One order while it is made, and what Shopify shows of it."""

    def order(self, **changes: Any) -> Order:
        """The order as it is now."""
        facts: dict[str, Any] = {
            "customer": Customer("gid://shopify/Customer/9", "Ada", "Lovelace", email="ada@example.com"),
            "email": "ada@example.com",
            "billing_address": HOME,
            "shipping_address": HOME,
            "source_name": "web",
        }
        history = len(self.agreements) > 1 or self.edited or bool(self.refunds) or bool(self.tip_apart.presentment)
        last = max([self.at, *(one.processed_at for one in self.transactions)])
        base = Order(
            id=f"gid://shopify/Order/{self.number}",
            name=f"#{self.number}",
            created_at=self.at,
            processed_at=self.at,
            updated_at=last,
            currency=self.currency,
            presentment_currency=self.presentment,
            taxes_included=self.included,
            totals=self.totals(),
            lines=tuple(self.lines),
            shipping_lines=tuple(self.shipping_lines),
            additional_fees=tuple(self.fees),
            discounts=tuple(self.discounts),
            transactions=tuple(self.transactions),
            refunds=tuple(self.refunds),
            agreements=tuple(self.agreements) if history else None,
            exchange_line_ids=self.exchange_line_ids,
            edited=self.edited,
            cancelled_at=self.cancelled_at,
            fulfilled_at=self.fulfilled_at,
            payment_gateways=tuple(dict.fromkeys(one.gateway for one in self.transactions)),
        )
        return replace(base, **{**facts, **self.facts, **changes})

    def totals(self) -> Totals:
        duties_included = bool(self.facts.get("duties_included"))
        duties = [duty for line in self.lines for duty in line.duties]
        off = summed(self.zero, (one.amount for line in self.lines for one in line.allocations))
        ship_off = summed(self.zero, (one.amount for line in self.shipping_lines for one in line.allocations))
        gross = summed(self.zero, (line.original_total for line in self.lines))
        shipping = summed(self.zero, (line.original_price for line in self.shipping_lines))
        taxes = [one for line in self.lines for one in line.tax_lines]
        taxes += [one for delivery in self.shipping_lines for one in delivery.tax_lines]
        taxes += [one for fee in self.fees for one in fee.tax_lines]
        taxes += [] if duties_included else [one for duty in duties for one in duty.tax_lines]
        tax = summed(self.zero, (one.price for one in taxes))
        extras = summed(self.tip_apart, (fee.price for fee in self.fees))
        extras = extras if duties_included else summed(extras, (duty.price for duty in duties))
        price = plus(plus(minus(gross, off), minus(shipping, ship_off)), extras)
        sales = [sale for one in self.agreements for sale in one.sales]
        tips = summed(self.tip_apart, (line.original_total for line in self.lines if line.is_tip))
        discrepancy = summed(
            self.zero, (a.amount for one in self.refunds for a in one.adjustments if "PENDING" not in a.reason)
        )
        discrepancy = summed(
            discrepancy, (a.tax for one in self.refunds for a in one.adjustments if "PENDING" not in a.reason)
        )
        return Totals(
            subtotal_price=minus(gross, off),
            total_discounts=plus(off, ship_off),
            total_shipping_price=shipping,
            total_tax=tax,
            total_price=price if self.included else plus(price, tax),
            original_total_price=self.original,
            current_total_price=self.current(),
            current_total_tax=summed(self.zero, (sale.tax for sale in sales)),
            current_subtotal_price=minus(gross, off),
            total_received=self.money("in"),
            total_refunded=self.money("out"),
            total_outstanding=plus(self.outstanding(), discrepancy),
            net_payment=minus(self.money("in"), self.money("out")),
            total_tip_received=tips,
            cash_rounding_payment=self.rounded("in"),
            cash_rounding_refund=self.rounded("out"),
        )
