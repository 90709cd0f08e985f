"""How a shop tells the world: every action has one event id, and a body for each topic.

Bodies are made only where somebody subscribed.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from ml_connector.sandbox.shopify import orders, totals
from ml_connector.sandbox.shopify.changes import House
from ml_connector.sandbox.shopify.ids import gid
from ml_connector.sandbox.shopify.model import Customer, Order, Refund, Transaction
from ml_connector.sandbox.shopify.money_view import refund as refund_view
from ml_connector.sandbox.shopify.money_view import transaction as transaction_view
from ml_connector.sandbox.shopify.orders import Desk
from ml_connector.sandbox.shopify.premises import Premises
from ml_connector.sandbox.shopify.rest import RestWriter
from ml_connector.sandbox.shopify.search import wants
from ml_connector.sandbox.shopify.shop_view import shop_body
from ml_connector.sandbox.shopify.views import Ref


class Office(Premises):
    """A shop that announces what happens in it."""

    def announce(self, topic: str, body: dict[str, Any], event_id: str) -> None:
        """Post *body* to everybody who subscribed to *topic*."""
        for subscription in list(self.subscriptions.values()):
            if subscription.topic == topic and wants(subscription.filter, body):
                self.outbox.post(
                    subscription,
                    shop=self.domain,
                    topic=subscription.topic_name,
                    body=_reduced(body, subscription.include_fields),
                    secret=self.secrets.get(subscription.client_id, ""),
                    event_id=event_id,
                    now=self.clock(),
                )

    def announce_again(self, topic: str, order_id: int) -> None:
        """Tell an order's present state once more, as a new event."""
        self.announce(topic, self.order_body(order_id), self.outbox.uuid())

    def _announce_order(self, topic: str, order: Order, event: str) -> None:
        if any(one.topic == topic for one in self.subscriptions.values()):
            self.announce(topic, self.order_body(order.id), event)

    def _announce_customer(self, topic: str, customer: Customer, event: str) -> None:
        if any(one.topic == topic for one in self.subscriptions.values()):
            view = self.view(Ref("Customer", customer.id))
            if view is not None:
                self.announce(topic, self.writer.customer(view), event)

    def order_body(self, order_id: int) -> dict[str, Any]:
        """An order as webhook bodies hold it; an imported REST document verbatim.

        Raises:
            KeyError: No such order.
        """
        if order_id in self.imported_bodies:
            return self.imported_bodies[order_id]
        view = self.order_view(order_id)
        if view is None:
            raise KeyError(order_id)
        return self.writer.order(view)

    def moment(self, when: datetime) -> str | None:
        """A moment as webhook bodies write it: in the shop's zone."""
        return self.writer.moment(when.isoformat())

    @property
    def writer(self) -> RestWriter:
        """Writes webhook bodies in this shop's zone."""
        return RestWriter(self.settings.zone, self.view)

    def body(self) -> dict[str, Any]:
        """The shop itself, as `app/uninstalled` and `shop/update` hold it."""
        return shop_body(self.settings, self.id, self.moment(self.opened_at))

    def _announce_new(self, order: Order, customer: Customer | None, is_new: bool) -> None:
        event = self.outbox.uuid()
        if customer is not None:
            self._announce_customer("CUSTOMERS_CREATE" if is_new else "CUSTOMERS_UPDATE", customer, event)
        self._announce_order("ORDERS_CREATE", order, event)
        self._announce_money(order, order.transactions, event, was_paid=False)
        self._announce_order("ORDERS_UPDATED", order, event)

    def _announce_money(self, order: Order, entries: Sequence[Transaction], event: str, *, was_paid: bool) -> None:
        for entry in entries:
            body = self.writer.transaction(transaction_view(order, entry), gid("Order", order.id))
            self.announce("ORDER_TRANSACTIONS_CREATE", body, event)
        if not was_paid and totals.financial_status(order) == "PAID":
            self._announce_order("ORDERS_PAID", order, event)

    def _announce_refund(self, order: Order, record: Refund, event: str | None = None) -> None:
        event = event or self._changed(order)
        entries = [order.transaction(number) for number in record.transaction_ids]
        body = self.writer.refund(refund_view(order, record), gid("Order", order.id))
        self.announce("REFUNDS_CREATE", body, event)
        self._announce_money(order, entries, event, was_paid=True)
        self._announce_order("ORDERS_UPDATED", order, event)

    def _edit_body(self, order: Order, edit_id: int, before: dict[int, int]) -> dict[str, Any]:
        now = {line.id: orders.current_quantity(order, line) for line in order.lines}
        deltas = {key: count - before.get(key, 0) for key, count in now.items()}
        moment = self.moment(self.clock())
        return {
            "order_edit": {
                "id": edit_id,
                "app_id": None,
                "created_at": moment,
                "committed_at": moment,
                "notify_customer": False,
                "order_id": order.id,
                "staff_note": "",
                "user_id": None,
                "line_items": {
                    "additions": [{"id": key, "delta": n} for key, n in deltas.items() if n > 0],
                    "removals": [{"id": key, "delta": -n} for key, n in deltas.items() if n < 0],
                },
                "discounts": {"line_item": {"additions": [], "removals": []}},
                "shipping_lines": {"additions": [], "removals": []},
            }
        }

    @property
    def _house(self) -> House:
        return House(next(iter(self.places)))

    def _desk(self) -> Desk:
        return Desk(self.clock(), self.numbers, self.variants)

    def _changed(self, order: Order) -> str:
        """Note that *order* changed now; gives the event id to announce it with."""
        now = self.clock()
        if order.index_from is not None and order.index_from <= now:
            order.indexed_at = order.updated_at
        order.version += 1
        order.updated_at = now
        order.index_from = self._index_from(now)
        return self.outbox.uuid()

    def _index_from(self, now: datetime) -> datetime:
        return now + timedelta(seconds=self.settings.index_lag_s)


def _reduced(body: dict[str, Any], paths: Sequence[str]) -> dict[str, Any]:
    """Only the dotted *paths* of *body*; all of it for none."""
    if not paths:
        return body
    reduced: dict[str, Any] = {}
    for path in paths:
        _copy(body, reduced, path.split("."))
    return reduced


def _copy(source: dict[str, Any], target: dict[str, Any], path: list[str]) -> None:
    head, *rest = path
    if head not in source:
        return
    value = source[head]
    if not rest:
        target[head] = value
    elif isinstance(value, dict):
        _copy(value, target.setdefault(head, {}), rest)
    elif isinstance(value, list):
        rows = target.setdefault(head, [{} for _ in value])
        for row, item in zip(rows, value, strict=True):
            _copy(item, row, rest)
