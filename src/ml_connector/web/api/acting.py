"""What an operator may do: look at orders again, replay, backfill, send a summary. Work goes on after the answer."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from functools import partial
from typing import Annotated, Any

import msgspec
from litestar import get, post
from litestar.params import FromPath, HeaderParameter, JSONBody, QueryParameter

from ml_connector.jobs import backfill as backfill_job
from ml_connector.jobs import decided
from ml_connector.jobs import replay as replay_job
from ml_connector.jobs.kept_versions import keep_zohos
from ml_connector.jobs.replay import REPLAYABLE, ReplayPlan, plan_replay
from ml_connector.jobs.report.asked import NotThere, WrongUse, chosen
from ml_connector.jobs.report.dates import day_of, moment_of
from ml_connector.jobs.report.orders import Asked, row, verdict_of
from ml_connector.jobs.report.references import Meant
from ml_connector.jobs.report.replays import replay as replay_shape
from ml_connector.jobs.summary.sending import send_day
from ml_connector.jobs.summary.sending import summary as summary_job
from ml_connector.store.replays import Replay
from ml_connector.store.subjects import Knock, Lane
from ml_connector.web.api import shapes
from ml_connector.web.api.access import Who, may
from ml_connector.web.api.needs import ApiNeeds, Needs
from ml_connector.web.api.reading import order_meant
from ml_connector.web.api.refusals import API, refused
from ml_connector.web.api.shapes import shaped

OPERATOR: Any = {"guards": [may("operator")], "responses": refused(404, 409)}
"""What every handler here has."""
AT_ONCE = 500


class SyncBody(msgspec.Struct, forbid_unknown_fields=True):
    """Orders by number, numeric id or global id."""

    orders: Annotated[list[str], msgspec.Meta(min_length=1, max_length=AT_ONCE)]
    connection: str | None = None


class ReplayBody(msgspec.Struct, forbid_unknown_fields=True):
    """Orders by name, or what describes held and failed ones. Without `start` only the plan is made."""

    orders: Annotated[list[str], msgspec.Meta(max_length=AT_ONCE)] | None = None
    connection: str | None = None
    outcome: str | None = None
    error: str | None = None
    since: str | None = None
    until: str | None = None
    start: bool = False


class BackfillBody(msgspec.Struct, forbid_unknown_fields=True):
    """Orders placed from `since` on, before `until` (now). Without `start` only the plan is made."""

    since: str
    until: str | None = None
    start: bool = False


class SendBody(msgspec.Struct, forbid_unknown_fields=True):
    """`again`: send once more what was sent or is in doubt, having seen that it was last claimed at `claimed_at`."""

    again: bool = False
    claimed_at: str | None = None


@post(
    "/sync",
    summary="Look at orders now",
    tags=["orders"],
    status_code=202,
    **OPERATOR,
)
async def sync(needs: Needs, who: Who, data: JSONBody[SyncBody]) -> shapes.Asked:
    """Knock for orders, before everything else. A worker looks at them; ask for each until its outcome is at rest."""
    which = await _all_meant(needs, data.orders, data.connection)
    async with needs.store.transaction() as tx:
        await needs.store.subjects.knock(tx, [Knock(each.subject, Lane.LIVE) for each in which])
        for each in which:
            on = each.order.facts.name or each.subject.id
            await needs.store.audit.note(tx, who.name, "order.synced", connection_id=each.connection.id, on=on)
    needs.knocked()
    rows = [await _row(needs, each) for each in which]
    return shaped(shapes.Asked, {"orders": rows, "ask": f"{API}/orders/{{order}}"})


async def _all_meant(needs: ApiNeeds, orders: Sequence[str], connection: str | None) -> list[Meant]:
    """Each order once, in the order given."""
    found = [await order_meant(needs, text, connection) for text in orders]
    return list({each.subject: each for each in found}.values())


async def _row(needs: ApiNeeds, which: Meant) -> shapes.Json:
    async with needs.store.at_once() as tx:
        now = await needs.store.outcomes.get(tx, which.connection.id, which.order.order_id)
    return row(now or which.order, which.connection.name)


# A person's word


class WordBody(msgspec.Struct, forbid_unknown_fields=True):
    """Why, in a few words; it is shown with the order."""

    note: Annotated[str, msgspec.Meta(max_length=300)] = ""
    connection: str | None = None


@post("/orders/{order:str}/hold", summary="Hold an order", tags=["orders"], status_code=202, **OPERATOR)
async def hold(needs: Needs, who: Who, order: FromPath[str], data: JSONBody[WordBody]) -> shapes.OrderRow:
    """Nothing more is written to Zoho for it until somebody releases it."""
    which = await order_meant(needs, order, data.connection)
    await decided.hold(needs.store, which.subject, who.name, data.note)
    return await _decided(needs, which)


@post("/orders/{order:str}/exclude", summary="Exclude an order", tags=["orders"], status_code=202, **OPERATOR)
async def exclude(needs: Needs, who: Who, order: FromPath[str], data: JSONBody[WordBody]) -> shapes.OrderRow:
    """Keep it out of the books; refused where Zoho holds a document of it."""
    which = await order_meant(needs, order, data.connection)
    await decided.exclude(needs.store, which.subject, who.name, data.note)
    return await _decided(needs, which)


@post("/orders/{order:str}/keep-zoho", summary="Keep Zoho's version", tags=["orders"], status_code=202, **OPERATOR)
async def keep_zoho(needs: Needs, who: Who, order: FromPath[str], data: JSONBody[WordBody]) -> shapes.OrderRow:
    """What a person changed in Zoho is right: it stays as it is, and nothing is written over it."""
    which = await order_meant(needs, order, data.connection)
    await keep_zohos(needs.store, which.subject, who.name, data.note)
    return await _decided(needs, which)


@post("/orders/{order:str}/release", summary="Release an order", tags=["orders"], status_code=202, **OPERATOR)
async def release(needs: Needs, who: Who, order: FromPath[str], data: JSONBody[WordBody]) -> shapes.OrderRow:
    """Take the word back, so that the rules decide again."""
    which = await order_meant(needs, order, data.connection)
    if not await decided.release(needs.store, which.subject, who.name):
        raise WrongUse("Nobody held or excluded this order.", fix="`sync` looks at it again.")
    return await _decided(needs, which)


async def _decided(needs: ApiNeeds, which: Meant) -> shapes.OrderRow:
    needs.knocked()
    return shaped(shapes.OrderRow, await _row(needs, which))


# Replays


@post(
    "/replays",
    summary="Plan or start a replay",
    tags=["replays"],
    status_code=202,
    **OPERATOR,
)
async def start_replay(
    needs: Needs,
    who: Who,
    data: JSONBody[ReplayBody],
    word: Annotated[
        str | None,
        HeaderParameter(name="Idempotency-Key", max_length=200, description="The same key starts one replay, once."),
    ] = None,
) -> shapes.ReplayPlanned:
    """How many orders and calls it takes; with `start` they are queued again, behind live ones."""
    plan, connection_id = await _planned(needs, data)
    document: shapes.Json = {"plan": {"orders": len(plan.subjects), "calls": plan.calls}, "queued": 0}
    if not data.start or not plan.subjects:
        return shaped(shapes.ReplayPlanned, {**document, "replay": None, "ask": None})
    async with needs.store.transaction() as tx:
        started = await replay_job.start_replay(
            tx,
            needs.store,
            plan,
            word=f"api:{who.token.id}:{word or secrets.token_hex(16)}",
            who=who.name,
            title=data.error or data.outcome or "",
            connection_id=connection_id,
        )
    needs.knocked()
    document["queued"] = len(plan.subjects)
    told = replay_shape(started, await needs.names())
    return shaped(shapes.ReplayPlanned, {**document, "replay": told, "ask": f"{API}/replays/{started.id}"})


async def _planned(needs: ApiNeeds, data: ReplayBody) -> tuple[ReplayPlan, int | None]:
    """What it is about, and the connection where it is about one."""
    if data.orders and (data.outcome or data.error or data.since or data.until):
        raise WrongUse("Name the orders or describe them, not both.")
    if data.outcome is not None and verdict_of(data.outcome) not in REPLAYABLE:
        raise WrongUse("Only failed and held orders are replayed in numbers.", fix="Name the others in `orders`.")
    found = await chosen(needs.store, data.connection)
    number = found[0].id if data.connection else None
    if data.orders:
        return ReplayPlan.of([each.order for each in await _all_meant(needs, data.orders, data.connection)]), number
    asked = Asked(
        connection_id=number,
        outcome=data.outcome,
        error=data.error,
        since=moment_of(data.since, found) if data.since else None,
        until=moment_of(data.until, found) if data.until else None,
    )
    return await plan_replay(needs.store, asked.wanted()), number


@get("/replays", summary="Replays of the last 30 days", tags=["replays"], responses=refused(404))
async def replays(
    needs: Needs, connection: Annotated[str | None, QueryParameter(description="Only this connection.")] = None
) -> shapes.Replays:
    """Newest first, with how far each is."""
    number = (await needs.connection(connection)).id if connection else None
    async with needs.store.at_once() as tx:
        found = await needs.store.replays.recent(tx, number)
    names = await needs.names()
    return shaped(shapes.Replays, {"replays": [replay_shape(each, names) for each in found]})


@get("/replays/{number:int}", summary="How far a replay is", tags=["replays"], responses=refused(404))
async def replay(needs: Needs, number: FromPath[int]) -> shapes.Replay:
    """Results so far, and how many orders are to go."""
    return shaped(shapes.Replay, replay_shape(await _kept(needs, number), await needs.names()))


@post(
    "/replays/{number:int}/stop",
    summary="Stop a replay",
    tags=["replays"],
    status_code=200,
    **OPERATOR,
)
async def stop_replay(needs: Needs, who: Who, number: FromPath[int]) -> shapes.Replay:
    """Take back the orders that have not started; what has begun goes on to its end."""
    await _kept(needs, number)
    await replay_job.stop_replay(needs.store, number, who=who.name)
    return shaped(shapes.Replay, replay_shape(await _kept(needs, number), await needs.names()))


async def _kept(needs: ApiNeeds, number: int) -> Replay:
    found = None
    if 0 < number < 2**63:
        async with needs.store.at_once() as tx:
            found = await needs.store.replays.get(tx, number)
    if found is None:
        raise NotThere(f"There is no replay {number}.", fix=f"{API}/replays lists them.")
    return found


# Backfill


@post(
    "/connections/{name:str}/backfill",
    summary="Plan or start a backfill",
    tags=["backfill"],
    status_code=202,
    **OPERATOR,
)
async def start_backfill(needs: Needs, who: Who, name: FromPath[str], data: JSONBody[BackfillBody]) -> shapes.Backfill:
    """Historical orders, oldest first, behind live ones. Interrupted, the same question goes on where it stopped."""
    found = await needs.connection(name)
    run = await needs.runtime_of(found.id)
    since = moment_of(data.since, (found,))
    until = moment_of(data.until, (found,)) if data.until else None
    if until is not None and until <= since:
        raise WrongUse("This period ends before it begins.", fix="Give an `until` behind `since`.")
    planned = await backfill_job.plan(run, since, until)
    begun = data.start and planned.orders > 0
    if begun:
        details = {"since": since, "until": until, "orders": planned.orders, "calls": planned.calls}
        async with needs.store.at_once() as tx:
            await needs.store.audit.note(tx, who.name, "backfill.started", connection_id=found.id, details=details)
        needs.background.begin(f"backfill:{found.id}", partial(backfill_job.start, run, since, until))
    ask = f"{API}/connections/{name}/backfill" if begun else None
    queued = planned.orders if begun else 0
    return shaped(shapes.Backfill, {"plan": planned.as_json(), "queued": queued, "ask": ask})


@get(
    "/connections/{name:str}/backfill", summary="How a backfill stands", tags=["backfill"], responses=refused(404, 409)
)
async def backfill(needs: Needs, name: FromPath[str]) -> shapes.BackfillGoing:
    """The last one of this connection."""
    going = await backfill_job.going(await needs.run(name))
    if going is None:
        raise NotThere(f"{name} never had a backfill.", fix="Start one with POST.")
    return shaped(shapes.BackfillGoing, going.as_json())


# The summary of a day


@post(
    "/connections/{name:str}/summaries/{day:str}",
    summary="Send a day",
    tags=["books"],
    status_code=200,
    **OPERATOR,
)
async def send_summary(
    needs: Needs, who: Who, name: FromPath[str], day: FromPath[str], data: JSONBody[SendBody]
) -> shapes.Summary:
    """Make and send the summary of a day, unless it was sent already; `delivery` says how that stands."""
    on, run = day_of(day), await needs.run(name)
    seen = moment_of(data.claimed_at, ()) if data.claimed_at else None
    state = await send_day(run, needs.post, on, without_shopify=True, again=data.again, seen=seen)
    async with needs.store.at_once() as tx:
        await needs.store.audit.note(
            tx, who.name, "summary.sent", connection_id=run.connection_id, on=on.isoformat(), details={"state": state}
        )
    return shaped(shapes.Summary, await summary_job(run, on))
