"""Which order somebody means by `#1001`, `1001`, `4711002` or `gid://shopify/Order/4711002`."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from ml_connector.domain.money import Money, Side
from ml_connector.domain.outcome import Reason, Verdict
from ml_connector.jobs.report.asked import NotThere, WrongUse
from ml_connector.jobs.runtime import Runtime
from ml_connector.shopify.ids import gid, is_gid
from ml_connector.store import Store
from ml_connector.store.connections import Connection
from ml_connector.store.outcomes import OrderFacts, OutcomeRow
from ml_connector.store.subjects import Subject

RuntimeOf = Callable[[int], Awaitable[Runtime]]

_NUMBER = re.compile(r"[0-9]{1,20}")
NOT_LOOKED_AT = Reason(
    "not_looked_at",
    "Shopify has this order, and nobody has told us about it yet.",
    "The next sweep finds it if it belongs in the books; `ml-connector sync` looks now.",
)


@dataclass(frozen=True, slots=True)
class Meant:
    """The order that was meant, as our list has it; `known` is False when only Shopify told us of it."""

    connection: Connection
    order: OutcomeRow
    known: bool = True

    @property
    def subject(self) -> Subject:
        return Subject(self.connection.id, "order", self.order.order_id)


async def meant(text: str, connections: Sequence[Connection], store: Store, runtime_of: RuntimeOf) -> Meant:
    """The one order in *connections* that *text* names.

    One query for an order that we know; for another one a question or two to each shop.

    Raises:
        WrongUse: there is no such order, or there are several; it says how to name the right one.
        Trouble: a shop had to be asked and could not be.
    """
    found = await _known(text.strip(), connections, store)
    if not found:
        found = await _in_shopify(text.strip(), connections, store, runtime_of)
    if not found:
        raise NotThere(f"There is no order {text}.", fix=_where(connections))
    if len(found) > 1:
        raise WrongUse(f"{text} names {len(found)} orders: {_named(found)}.", fix=_settled(found))
    return found[0]


async def _known(text: str, connections: Sequence[Connection], store: Store) -> list[Meant]:
    only = connections[0].id if len(connections) == 1 else None
    async with store.at_once() as tx:
        rows = await store.outcomes.find(tx, text, connection_id=only)
    by_id = {connection.id: connection for connection in connections}
    found = [Meant(by_id[row.connection_id], row) for row in rows if row.connection_id in by_id]
    # What people call a number is a name: it goes before an id of the same digits.
    named = [each for each in found if each.order.facts.name.removeprefix("#") == text.removeprefix("#")]
    return named or found


async def _in_shopify(text: str, connections: Sequence[Connection], store: Store, runtime_of: RuntimeOf) -> list[Meant]:
    """Orders that we have not heard of, in all shops of *connections* that are connected."""
    found: list[Meant] = []
    for connection in connections:
        if connection.disconnected_at is None:
            for row in await _asked(text, connection, await runtime_of(connection.id)):
                async with store.at_once() as tx:
                    known = await store.outcomes.get(tx, connection.id, row.order_id)
                found.append(Meant(connection, known or row, known=known is not None))
    return found


async def _asked(text: str, connection: Connection, run: Runtime) -> list[OutcomeRow]:
    """By name, else by number or global id: one question or two."""
    side = Side(run.policy.currency)
    if not is_gid("Order", text):
        named = await run.shopify.find_orders(text)
        if named:
            return [
                _row(connection, each.id, each.name, each.processed_at, each.current_total.side(side)) for each in named
            ]
    wanted = text if is_gid("Order", text) else gid("Order", text) if _NUMBER.fullmatch(text) else None
    order = await run.shopify.order(wanted) if wanted else None
    if order is None:
        return []
    total = order.totals.current_total_price.side(side)
    return [_row(connection, order.id, order.name, order.processed_at, total)]


def _row(connection: Connection, order_id: str, name: str, placed_at: datetime, total: Money) -> OutcomeRow:
    """An order that only Shopify knows of, in the shape of ours."""
    return OutcomeRow(
        connection_id=connection.id,
        order_id=order_id,
        facts=OrderFacts(name, placed_at, total),
        verdict=Verdict.WAITING,
        reason=NOT_LOOKED_AT,
        until=None,
        invoice=None,
        changed_at=placed_at,
        policy_version=connection.policy_version,
        outstanding=False,
    )


def _named(found: Iterable[Meant]) -> str:
    return ", ".join(f"{each.order.order_id} of {each.connection.name}" for each in found)


def _settled(found: Sequence[Meant]) -> str:
    names = sorted({each.connection.name for each in found})
    if len(names) > 1:
        return f"Choose the shop with --connection {' or --connection '.join(names)}."
    return "Use the id of the one you mean."


def _where(connections: Sequence[Connection]) -> str:
    if not connections:
        return "Make a connection first: `ml-connector connect --file F`."
    shops = ", ".join(connection.name for connection in connections[:20])
    return f"Looked for in {shops}, here and in Shopify. Write #1001, the numeric id, or gid://shopify/Order/…"
