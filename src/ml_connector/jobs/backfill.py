"""Historical orders, because an operator asks for them: oldest first, behind what happens now, resumable.

Only this lets an order from before the start date into the books, and what was asked for once stays allowed, whoever
knocks for it afterwards. Each page of orders is one commit: its knocks and how far the list has been read.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

import structlog

from ml_connector.domain.outcome import Verdict
from ml_connector.domain.policy import Policy
from ml_connector.jobs.beginning import connection_of, first_moment
from ml_connector.jobs.paging import Place, orders_at
from ml_connector.jobs.report.shapes import Json, moment
from ml_connector.jobs.runtime import Runtime
from ml_connector.jobs.turns import Turn, turn
from ml_connector.shopify.listing import By, OrderGlance
from ml_connector.store.allowances import AllowanceState
from ml_connector.store.outcomes import Wanted
from ml_connector.store.subjects import Knock, Lane, Subject

log = structlog.get_logger(__name__)

NAME = "backfill"
LOOKED_AT = 20
"""So many pages are looked at for a plan; what is beyond is reckoned from them."""
MINUTE_S, DAY_S = 60.0, 86_400.0
AHEAD = timedelta(hours=1)
"""Without an end, so far beyond now: our clock may be behind Shopify's, whose search knows whole seconds only."""

Progress = Callable[[int], None]
"""Told how many orders have been queued so far."""


@dataclass(frozen=True, slots=True)
class Planned:
    """What a backfill would do.

    Attributes:
        orders: Orders that would be looked at; those in the books already are left out.
        calls: About how many calls to Zoho that takes.
        before_start: How many of them are from before the start date, which only a backfill posts.
        exact: Whether every order was looked at, or the rest was reckoned from the first.
    """

    orders: int
    calls: int
    before_start: int = 0
    exact: bool = True
    forecast_s: float | None = None

    def as_json(self) -> Json:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Started:
    """Orders that were queued, and those that were in the books already."""

    queued: int
    skipped: int


@dataclass(frozen=True, slots=True)
class Going:
    """How a backfill stands.

    Attributes:
        since, until: The orders that were asked for.
        listing: Whether the list has not been read to its end: start again to go on.
        queued: Orders that were queued, all together.
        waiting: Those that are not at rest yet, with everything else that waits behind what happens now.
        forecast_s: About how long they take; None when the allowance is not known.
    """

    since: datetime
    until: datetime
    listing: bool
    queued: int
    waiting: int
    forecast_s: float | None

    def as_json(self) -> Json:
        return {**asdict(self), "since": moment(self.since), "until": moment(self.until)}


# Before


async def plan(run: Runtime, since: datetime, until: datetime | None = None) -> Planned:
    """What a backfill of the orders placed from *since* on, before *until*, would do; nothing is changed.

    A question to Shopify for each 250 orders, at most `LOOKED_AT` and one for the count of the rest.
    """
    beyond = until or run.clock.now() + AHEAD
    start = await first_moment(run)
    place: Place | None = Place(since, beyond)
    seen = orders = calls = before = 0
    for _ in range(LOOKED_AT):
        if place is None:
            break
        piece = await orders_at(run, By.PROCESSED, place)
        wanted = await _wanted(run, piece.items)
        seen, orders = seen + len(piece.items), orders + len(wanted)
        calls += sum(calls_for(order, run.policy) for order in wanted)
        before += sum(order.processed_at < start for order in wanted)
        place = piece.next
    if place is not None:
        counted = await run.shopify.orders_count(By.PROCESSED, since, beyond)
        share = max(counted.count, seen) / seen
        orders, calls, before = round(orders * share), round(calls * share), round(before * share)
    return Planned(orders, calls, before, exact=place is None, forecast_s=await _forecast(run, calls))


def calls_for(order: OrderGlance, policy: Policy) -> int:
    """About how many calls to Zoho an order takes: contact, invoice, marking it sent, payment, credit note, money back.

    A customer's further orders spare the contact, orders that are held or excluded everything.
    """
    received = bool(order.total_received.presentment)
    if order.test and policy.test_orders == "exclude":
        return 0
    if order.cancelled_at is not None and not received:
        return 0
    sent = int(policy.invoice_state == "sent")
    return 2 + sent + int(received) + (2 if order.total_refunded.presentment else 0)


async def _wanted(run: Runtime, orders: Sequence[OrderGlance]) -> list[OrderGlance]:
    """Those of *orders* that are not in the books as they are now."""
    if not orders:
        return []
    number = run.connection_id
    posted = Wanted(connection_id=number, verdict=Verdict.POSTED, order_ids=tuple(order.id for order in orders))
    async with run.store.at_once() as tx:
        page = await run.store.outcomes.page(tx, posted, limit=len(orders))
        known = {row.order_id for row in page.rows}
        updated = {order.id: order.updated_at for order in orders if order.id in known}
        news = await run.store.subjects.unanswered(tx, number, "order", updated)
    return [order for order in orders if order.id not in known or order.id in news]


# Doing it


async def start(
    run: Runtime, since: datetime, until: datetime | None = None, *, progress: Progress = lambda queued: None
) -> Started:
    """Queue the orders placed from *since* on, before *until*, oldest first; go on where an earlier one stopped.

    Raises:
        Elsewhere: another process is at it.
        ShopifyError, StoreTrouble: what was queued so far stays queued; start it again with the same dates to go on.
    """
    async with turn(f"backfill of {run.connection_id}", run.store) as ours:
        begun = await _begun(run, since, until)
        place: Place | None = begun.place
        queued, skipped = begun.queued, 0
        while place is not None:
            piece = await orders_at(run, By.PROCESSED, place)
            wanted = await _wanted(run, piece.items)
            queued, skipped = queued + len(wanted), skipped + len(piece.items) - len(wanted)
            place = piece.next
            await _commit(run, ours, wanted, _Begun(begun.since, begun.until, place, queued))
            progress(queued)
    log.info("backfill.queued", connection=run.name, queued=queued, skipped=skipped)
    return Started(queued, skipped)


@dataclass(frozen=True, slots=True)
class _Begun:
    """A backfill as the watermark keeps it; `place` None: its list has been read to the end."""

    since: datetime
    until: datetime
    place: Place | None
    queued: int = 0

    def as_json(self) -> Json:
        place = self.place.as_json() if self.place else None
        return {"since": self.since, "until": self.until, "place": place, "queued": self.queued}


async def _begun(run: Runtime, since: datetime, until: datetime | None) -> _Begun:
    """The backfill that was interrupted, when it is the one that is asked for; else a new one."""
    left = await _left(run)
    same = left is not None and left.place is not None and left.since == since
    if same and left is not None and until in (None, left.until):
        return left
    beyond = until or run.clock.now() + AHEAD
    return _Begun(since, beyond, Place(since, beyond))


async def _left(run: Runtime) -> _Begun | None:
    async with run.store.at_once() as tx:
        mark = await run.store.watermarks.get(tx, run.connection_id, NAME)
    if mark is None or "since" not in mark.body:
        return None
    since, until = (datetime.fromisoformat(mark.body[name]) for name in ("since", "until"))
    return _Begun(since, until, Place.of(mark.body.get("place") or {}), int(mark.body.get("queued", 0)))


async def _commit(run: Runtime, ours: Turn, wanted: Sequence[OrderGlance], begun: _Begun) -> None:
    """One page: knocks in the order in which the orders were placed, leave for each, and how far the list was read."""
    number, store = run.connection_id, run.store
    now = await store.now()
    knocks = [
        Knock(Subject(number, "order", order.id), Lane.BACKFILL, now + timedelta(microseconds=place))
        for place, order in enumerate(wanted)
    ]
    async with store.transaction() as tx:
        await ours.keep(tx)
        if knocks:
            await store.subjects.knock(tx, knocks)
            await store.subjects.let_backfill(tx, number, [knock.subject.id for knock in knocks])
        cursor = begun.place.cursor if begun.place else ""
        await store.watermarks.put(tx, number, NAME, at=now, cursor=cursor, body=begun.as_json())


# Meanwhile


async def going(run: Runtime) -> Going | None:
    """How the last backfill stands; None when there never was one. Four queries."""
    left = await _left(run)
    if left is None:
        return None
    async with run.store.at_once() as tx:
        lanes = await run.store.subjects.by_lane(tx, run.connection_id)
    waiting = lanes.get(Lane.BACKFILL, 0)
    usual = 3 + int(run.policy.invoice_state == "sent")
    return Going(
        left.since, left.until, left.place is not None, left.queued, waiting, await _forecast(run, waiting * usual)
    )


async def _forecast(run: Runtime, calls: int) -> float | None:
    connection = await connection_of(run)
    async with run.store.at_once() as tx:
        state = await run.store.allowances.state(tx, connection.organization)
    return None if state is None else forecast_s(calls, state, run.clock.now())


def forecast_s(calls: int, state: AllowanceState, now: datetime) -> float:
    """About how many seconds *calls* take when nothing else is done: the minute's allowance, then the day's."""
    minutes_s = calls / max(state.per_minute, 1) * MINUTE_S
    if state.day_limit is None or state.day_remaining is None or calls <= state.day_remaining:
        return minutes_s
    left = calls - state.day_remaining
    until_reset_s = DAY_S if state.day_reset_at is None else max((state.day_reset_at - now).total_seconds(), 0.0)
    days, rest = divmod(left, max(state.day_limit, 1))
    return until_reset_s + days * DAY_S + rest / max(state.per_minute, 1) * MINUTE_S
