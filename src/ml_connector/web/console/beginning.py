"""The last step of connecting, and pausing later: nothing is written to Zoho before somebody says so here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from litestar import Response, get, post
from litestar.params import FromPath

from ml_connector.domain.outcome import Verdict
from ml_connector.jobs import resting
from ml_connector.jobs.report.asked import WrongUse
from ml_connector.store.connections import Connection
from ml_connector.store.order_lists import OLDEST
from ml_connector.store.outcomes import OutcomeRow, Wanted
from ml_connector.web.console.confirm import Question
from ml_connector.web.console.formats import number_of
from ml_connector.web.console.guards import may
from ml_connector.web.console.live import pieces
from ml_connector.web.console.visit import Visit, Visiting

FIRST_ORDERS = 5


@dataclass(frozen=True, slots=True)
class First:
    """What the last step shows.

    Attributes:
        rows: The orders that stand first in line; those that were let through once some were; the newest of a
            connection that posts.
        waiting: How many orders wait for posting to begin, those that were let through not among them.
    """

    rows: Sequence[OutcomeRow]
    waiting: int
    begun: bool
    looked: bool
    """Whether the first ones were let through, so that they can be looked at in Zoho."""


async def first_of(visit: Visit, found: Connection) -> First:
    """Two queries."""
    begun = not found.resting
    async with visit.store.at_once() as tx:
        counted = await visit.store.order_lists.counts(tx, _resting(found))
        if begun:
            page = await visit.store.outcomes.page(tx, Wanted(connection_id=found.id), limit=FIRST_ORDERS)
            rows = page.rows
        elif found.let_through:
            passed = Wanted(connection_id=found.id, order_ids=tuple(found.let_through))
            rows = (await visit.store.outcomes.page(tx, passed, limit=FIRST_ORDERS)).rows
        else:
            page_ = await visit.store.order_lists.page(tx, _resting(found), newer=OLDEST, limit=FIRST_ORDERS)
            rows = page_.rows[::-1]
    return First(rows, counted[Verdict.WAITING], begun, bool(found.let_through))


def _resting(found: Connection) -> Wanted:
    return Wanted(connection_id=found.id, verdict=Verdict.WAITING, cause=found.resting or resting.NOT_BEGUN)


async def last_step(visit: Visit, found: Connection) -> dict[str, object]:
    """What the template of the last step is given."""
    shown = await first_of(visit, found)
    rendered = {"first": visit.rendered("connect_first.html", first=shown, connection=found)}
    return {
        "first": shown,
        "pieces": rendered,
        "ask": question(visit, found, shown.waiting),
        "events": visit.href("/events", page="connect", connection=found.name, have=pieces(rendered)),
    }


async def changing(visit: Visit) -> dict[str, str]:
    """The first orders as they are now."""
    found = None if visit.chosen is None else await _now(visit, visit.chosen)
    if found is None:
        return {}
    shown = await first_of(visit, found)
    return {"first": visit.rendered("connect_first.html", first=shown, connection=found)}


async def _now(visit: Visit, connection: Connection) -> Connection | None:
    async with visit.store.at_once() as tx:
        return await visit.store.connections.get(tx, connection.id)


@post("/connect/first", guards=[may("admin")], include_in_schema=False)
async def post_first(visit: Visiting) -> Response[str]:
    """Post the orders that the form names, and no others yet."""
    found = _meant(visit)
    orders = [each for each in visit.form.get("orders", "").split(",") if each]
    async with visit.store.at_once() as tx:
        known = await visit.store.outcomes.page(
            tx, Wanted(connection_id=found.id, order_ids=tuple(orders[:FIRST_ORDERS])), limit=FIRST_ORDERS
        )
    await resting.post_first(visit.store, found, [row.order_id for row in known.rows], visit.name)
    visit.needs.knocked()
    return visit.go("/connect", connection=found.name, step=6, did="posting")


@post("/connect/begin", guards=[may("admin")], include_in_schema=False)
async def begin(visit: Visiting) -> Response[str]:
    """Post what waits, and from now on what comes."""
    found = _meant(visit)
    await resting.begin(visit.store, found, visit.name)
    visit.needs.knocked()
    if visit.form.get("back") == "connection":
        return visit.go(f"/connections/{found.id}", connection="", did="begun")
    return visit.go("/connect", connection=found.name, step=6, did="begun")


@get("/connect/begin", guards=[may("admin")], include_in_schema=False)
async def ask_begin(visit: Visiting) -> Response[str]:
    """The same question as a page of its own."""
    found = visit.frame.named(visit.asked("of"))
    if found is None:
        raise _nothing()
    shown = await first_of(visit, found)
    back = "connection" if visit.asked("back") else ""
    return visit.page("confirm.html", place="connections", question=question(visit, found, shown.waiting, back=back))


@get("/connections/{number:int}/pause", guards=[may("admin")], include_in_schema=False)
async def ask_pause(visit: Visiting, number: FromPath[int]) -> Response[str]:
    return visit.page("confirm.html", place="connections", question=question_of_pause(visit, visit.numbered(number)))


@post("/connections/{number:int}/pause", guards=[may("admin")], include_in_schema=False)
async def pause(visit: Visiting, number: FromPath[int]) -> Response[str]:
    """Write nothing more until somebody goes on."""
    found = visit.numbered(number)
    await resting.pause(visit.store, found, visit.name)
    return visit.go(f"/connections/{found.id}", did="paused")


def question(visit: Visit, found: Connection, waiting: int, *, back: str = "") -> Question:
    """Whether to begin, or to go on."""
    begins = found.resting != resting.PAUSED
    now = f"{number_of(waiting, 'order waits', 'orders wait')}: posted at once, oldest first." if waiting else ""
    said = (now, "From now on orders are posted as they come.", "What has to be decided first is held, as ever.")
    return Question(
        id="begin",
        label="Begin without looking…" if begins and not back else "Go on with posting…",
        title=f"Begin posting for {found.name}?" if begins else f"Go on posting for {found.name}?",
        consequences=tuple(each for each in said if each),
        yes="Begin posting" if begins else "Go on",
        action=visit.href("/connect/begin"),
        address=visit.href("/connect/begin", of=found.name, back=back),
        back=visit.href(f"/connections/{found.id}") if back else visit.href("/connect", connection=found.name, step=6),
        no="Not yet",
        fields={"of": found.name, "back": back},
    )


def question_of_pause(visit: Visit, found: Connection) -> Question:
    here = visit.href(f"/connections/{found.id}")
    address = visit.href(f"/connections/{found.id}/pause")
    return Question(
        id="pause",
        label="Pause…",
        title=f"Pause posting for {found.name}?",
        consequences=(
            "Nothing more is written to Zoho until somebody goes on; what is being sent right now is finished.",
            "Orders keep arriving and wait. None is lost.",
            "What is in Zoho stays as it is.",
        ),
        yes="Pause posting",
        action=address,
        address=address,
        back=here,
        no="Keep posting",
    )


def _meant(visit: Visit) -> Connection:
    found = visit.frame.named(visit.form.get("of", ""))
    if found is None:
        raise _nothing()
    return found


def _nothing() -> WrongUse:
    return WrongUse("This connection does not exist.", fix="Begin with connecting the shop.")
