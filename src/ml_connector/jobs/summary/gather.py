"""Puts one day together: what Shopify says now, and what Zoho told us when it was last written to.

An order whose row of Shopify's list does not close is read once more in full, because cash rounding and money back for
no goods are only there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

import structlog

from ml_connector.domain.money import Money, Side, total
from ml_connector.domain.order import Order
from ml_connector.domain.policy import Policy
from ml_connector.domain.trouble import Trouble
from ml_connector.jobs.beginning import connection_of
from ml_connector.jobs.reconcile.comparing import at_a_glance, in_full, in_zoho
from ml_connector.jobs.report.dates import zone_of
from ml_connector.jobs.runtime import Runtime
from ml_connector.jobs.summary.days import Day
from ml_connector.jobs.summary.facts import DayMove, DayOrder, Facts
from ml_connector.jobs.summary.moves import Move
from ml_connector.jobs.summary.remembered import Remembered, remember
from ml_connector.jobs.summary.told import Told, ask_shopify
from ml_connector.store.connections import Connection

log = structlog.get_logger(__name__)

TOGETHER = 50
"""Orders that are read in full at once."""


def zone_for(policy: Policy, connection: Connection) -> ZoneInfo:
    """The zone of a connection's days: the policy's, else the organisation's."""
    return ZoneInfo(policy.summary_zone) if policy.summary_zone else zone_of(connection)


async def gather(run: Runtime, on: date, *, ask: bool = True) -> Facts:
    """Everything about one day. Never raises for a company that does not answer: the facts say so.

    Args:
        ask: False takes what Shopify said when each order was last read; nothing leaves the machine.
    """
    connection = await connection_of(run)
    day = Day(on, zone_for(run.policy, connection))
    told = await ask_shopify(run, day) if ask else Told()
    known = await remember(run, day, [each.id for each in told.orders] + [each.order_id for each in told.moves or ()])
    now = run.clock.now()
    return Facts(
        connection=connection.name,
        shop=connection.shop,
        organisation=str(connection.zoho_facts.get("name") or ""),
        region=connection.zoho_region,
        date=on,
        zone=str(day.zone),
        orders=await _Orders(run, told, known, Side(run.policy.currency)).all(),
        moves=None if told.moves is None else tuple(_move(each, known) for each in told.moves),
        read_at=now,
        shopify_read_at=now if told.answered else None,
        shopify_trouble=told.trouble,
        taxes=known.taxes,
        month=known.month,
        calls=known.calls,
        calls_limit=known.calls_limit,
    )


@dataclass(frozen=True, slots=True)
class _Orders:
    """The day's orders, each with what it comes to on Shopify's side and its documents in Zoho."""

    run: Runtime
    told: Told
    known: Remembered
    side: Side

    async def all(self) -> tuple[DayOrder, ...]:
        listed = {order.id: order.name for order in self.told.orders}
        goods = {order.id: at_a_glance(order, self.side).figures.goods for order in self.told.orders}
        goods |= await self._in_full([each for each, amount in goods.items() if self._apart(each, amount)])
        found = [self._order(each, listed[each], goods[each]) for each in listed]
        unlisted = (self.known.rows[each] for each in self.known.placed if each not in listed)
        found += [
            self._order(row.order_id, row.facts.name, row.facts.total)
            for row in unlisted
            if row.facts.total is not None
        ]
        return tuple(found)

    def _order(self, order_id: str, name: str, goods: Money) -> DayOrder:
        return DayOrder(order_id, name, self.known.standing(order_id), goods, self.known.documents.get(order_id, ()))

    def _apart(self, order_id: str, goods: Money) -> bool:
        """Whether it is in the books, and comes to something else there than the list says."""
        standing = self.known.standing(order_id)
        return not standing.open and not standing.excluded and self._there(order_id, goods) != goods

    def _there(self, order_id: str, like: Money) -> Money:
        held = self.known.held(order_id)
        return in_zoho(held, like.currency).goods if held.currencies() <= {like.currency} else like

    async def _in_full(self, ids: Sequence[str]) -> dict[str, Money]:
        """The reading of the whole order under which it comes to the same in Zoho, else its first."""
        found: dict[str, Money] = {}
        for begin in range(0, len(ids), TOGETHER):
            for order in await self._whole(ids[begin : begin + TOGETHER]):
                sold = in_full(order, self.side)
                readings = [sold.figures.goods, *(each.goods for each in sold.others)]
                there = self._there(order.id, readings[0])
                found[order.id] = there if there in readings else readings[0]
        return found

    async def _whole(self, ids: Sequence[str]) -> Iterable[Order]:
        try:
            answers = await self.run.shopify.orders(ids, background=True)
        except Trouble as trouble:  # the rows of the list stand, and what does not close shows as a difference
            log.info("summary.not_in_full", connection=self.run.name, code=trouble.code)
            return ()
        return [each for each in answers if isinstance(each, Order)]


def _move(move: Move, known: Remembered) -> DayMove:
    currency = move.amount.currency
    if move.incoming:
        documents = (each.document for each in known.documents.get(move.order_id, ()))
        amounts = [each.total for each in documents if each.key == move.key and each.total is not None]
    else:
        amounts = [each for key, each in known.cash.items() if key == move.key or key.startswith(f"{move.key}:")]
    there = total((each for each in amounts if each.currency == currency), currency)
    return DayMove(move.id, move.incoming, known.standing(move.order_id), move.amount, there)
