"""An order that is edited: lines added, quantities and discounts changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Self

from ml_connector.domain.money import MoneyBag
from ml_connector.prove.till.amounts import many, minus, plus, summed, times
from ml_connector.prove.till.counter import Counter


class Edits(Counter):
    """What staff changes after the order was placed."""

    def edit(
        self,
        *,
        add: Sequence[tuple[str, int]] = (),
        quantities: Sequence[tuple[int, int]] = (),
        discount: Sequence[tuple[int, str]] = (),
        after: timedelta = timedelta(hours=1),
    ) -> Self:
        """Change what was ordered: new lines by price and quantity, new quantities, discounts on lines."""
        for at, off in discount:
            self._discounted(at, self.bag(off))
        for at, quantity in quantities:
            self._to_quantity(at, quantity)
        for price, quantity in add:
            self.line(price, quantity)
        self.agree("ORDER_EDIT", self.at + after)
        self.edited = True
        return self

    def _discounted(self, at: int, off: MoneyBag) -> None:
        line, thing = self.lines[at], self.things[self.lines[at].id]
        base = summed(minus(line.original_total, off), (times(one.amount, Decimal(-1)) for one in line.allocations))
        taxes = self.taxes(base, thing.rates)
        change = [
            replace(new, price=minus(new.price, old.price)) for new, old in zip(taxes, line.tax_lines, strict=True)
        ]
        self.sell(thing.line_type, line.id, 0, times(off, Decimal(-1)), change, thing.rates, off, action="UPDATE")
        self.lines[at] = replace(
            line, tax_lines=taxes, allocations=(*line.allocations, *self.allocation(off, "LINE_ITEM"))
        )

    def _to_quantity(self, at: int, quantity: int) -> None:
        line, thing = self.lines[at], self.things[self.lines[at].id]
        more = quantity - line.current_quantity
        if more < 0:
            self.take_back(line.id, -more)
            self.lines[at] = replace(line, current_quantity=quantity)
            return
        taxes = self.taxes(many(line.unit_price, more), thing.rates)
        self.sell(thing.line_type, line.id, more, many(line.unit_price, more), taxes, thing.rates)
        merged = tuple(
            replace(old, price=plus(old.price, new.price)) for old, new in zip(line.tax_lines, taxes, strict=True)
        )
        self.lines[at] = replace(
            line,
            quantity=line.quantity + more,
            current_quantity=quantity,
            tax_lines=merged,
            original_total=many(line.unit_price, line.quantity + more),
        )
