"""What is, told: status, connections, orders, deliveries, customers, both systems compared."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated

from litestar import get
from litestar.params import FromPath, FromQuery, QueryParameter

from ml_connector.domain.policy import policy_schema
from ml_connector.jobs.connecting.pinging import ping_one
from ml_connector.jobs.preview import preview as preview_job
from ml_connector.jobs.reconcile import reconcile as reconcile_job
from ml_connector.jobs.report import contacts, delivery_list
from ml_connector.jobs.report import in_force as policy_report
from ml_connector.jobs.report import orders as orders_report
from ml_connector.jobs.report import show as show_report
from ml_connector.jobs.report import status as status_report
from ml_connector.jobs.report.asked import WrongUse, chosen
from ml_connector.jobs.report.dates import day_of, moment_of
from ml_connector.jobs.report.references import Meant, meant
from ml_connector.jobs.report.rounding import rounding as rounding_report
from ml_connector.jobs.summary.sending import summary as summary_job
from ml_connector.web.api import shapes
from ml_connector.web.api.needs import ApiNeeds, Needs
from ml_connector.web.api.refusals import refused
from ml_connector.web.api.shapes import shaped

Limit = Annotated[int, QueryParameter(ge=1, le=orders_report.MOST, description="How many, at most 500.")]
Since = Annotated[
    str | None,
    QueryParameter(description="RFC 3339, or a date: midnight in the organisation's zone. Inclusive."),
]
Until = Annotated[str | None, QueryParameter(description="As `since`, exclusive.")]
Only = Annotated[str | None, QueryParameter(description="Only this connection.")]
LONGEST = timedelta(days=366)
"""A reconciliation reads both systems; a year is a long answer already."""


async def order_meant(needs: ApiNeeds, order: str, connection: str | None) -> Meant:
    """
    Raises:
        NotThere: there is no such order.
        WrongUse: there are several.
    """
    return await meant(order, await chosen(needs.store, connection), needs.store, needs.runtime_of)


@get("/status", summary="Everything at a glance", tags=["status"], responses=refused(404))
async def status(needs: Needs, connection: Only = None) -> shapes.Status:
    """Counts of orders by outcome, outstanding work and its age, calls left today, per connection."""
    one = await needs.connection(connection) if connection else None
    return shaped(shapes.Status, status_report.status(await status_report.standing(needs.store, one)))


@get("/doctor", summary="Check the installation", tags=["status"], responses=refused())
async def doctor(needs: Needs) -> shapes.Doctor:
    """Database, queue, key, places and connections, each finding with what to do."""
    found = await needs.diagnose()
    document = {"ok": not any(each.bad for each in found), "findings": [each.as_json() for each in found]}
    return shaped(shapes.Doctor, document)


@get("/connections", summary="All connections", tags=["connections"], responses=refused())
async def connections(needs: Needs) -> shapes.Connections:
    """Every connection with its health, disconnected ones too."""
    return shaped(shapes.Connections, status_report.connections(await status_report.standing(needs.store)))


@get("/connections/{name:str}/ping", summary="Ask both sides", tags=["connections"], responses=refused(404))
async def ping(needs: Needs, name: FromPath[str]) -> shapes.Pings:
    """About fifteen read calls: what each side says of itself, and whether the webhooks match."""
    found = await ping_one(await needs.connection(name), needs.runtime_of, needs.listening)
    return shaped(shapes.Pings, {"connections": [found.as_json()]})


@get("/connections/{name:str}/policy", summary="The policy in force", tags=["policy"], responses=refused(404))
async def policy(needs: Needs, name: FromPath[str]) -> shapes.Policy:
    """Every name with its value, its version, who made it and when."""
    return shaped(shapes.Policy, await policy_report.policy(needs.store, await needs.connection(name)))


@get("/policy-schema", summary="What a policy may say", tags=["policy"], responses=refused())
async def schema() -> shapes.Json:
    """Names, values and defaults as JSON Schema."""
    return policy_schema()


@get("/orders", summary="Orders, newest change first", tags=["orders"], responses=refused(404))
async def orders(  # noqa: PLR0913, PLR0917 - the list's filters
    needs: Needs,
    connection: Only = None,
    outcome: Annotated[
        str | None, QueryParameter(description="posted, waiting, in_doubt, held, failed or excluded.")
    ] = None,
    error: Annotated[str | None, QueryParameter(description="A part of the reason's code or text.")] = None,
    since: Since = None,
    until: Until = None,
    after: Annotated[str | None, QueryParameter(description="`next` of the page before.")] = None,
    limit: Limit = orders_report.LIMIT,
) -> shapes.Orders:
    """One page; the moments are those of the last change."""
    found = await chosen(needs.store, connection)
    asked = orders_report.Asked(
        connection_id=found[0].id if connection else None,
        outcome=outcome,
        error=error,
        since=moment_of(since, found) if since else None,
        until=moment_of(until, found) if until else None,
        after=after,
        limit=limit,
    )
    names = {each.id: each.name for each in found}
    return shaped(shapes.Orders, await orders_report.orders(needs.store, asked, names))


@get("/orders/{order:str}", summary="Everything about one order", tags=["orders"], responses=refused(404, 409))
async def order(needs: Needs, order: FromPath[str], connection: Only = None) -> shapes.Shown:
    """By number (`1001`, `%231001`) or numeric id: documents, attempts, deliveries, reasons, what happened when."""
    which = await order_meant(needs, order, connection)
    return shaped(shapes.Shown, await show_report.show(needs.store, which.order, which.connection.name))


@get("/orders/{order:str}/preview", summary="What would be sent", tags=["orders"], responses=refused(404, 409))
async def preview(needs: Needs, order: FromPath[str], connection: Only = None) -> shapes.Preview:
    """What would be sent to Zoho now, with totals, without sending."""
    which = await order_meant(needs, order, connection)
    run = await needs.runtime_of(which.connection.id)
    return shaped(shapes.Preview, await preview_job(which.subject.id, run))


@get("/connections/{name:str}/reconciliation", summary="Compare", tags=["books"], responses=refused(404, 409))
async def reconciliation(
    needs: Needs,
    name: FromPath[str],
    begin: Annotated[str, QueryParameter(name="from", description="The first day.")],
    end: Annotated[str, QueryParameter(name="to", description="The last day, included.")],
) -> shapes.Reconciled:
    """Both systems as they are now, every order of the period in exactly one class. May take minutes for a long one."""
    first, last = day_of(begin), day_of(end)
    if not first <= last <= _beyond(first):
        raise WrongUse("This period ends before it begins, or is longer than a year.", fix="Give `from` and `to`.")
    return shaped(shapes.Reconciled, (await reconcile_job(await needs.run(name), first, last)).as_json())


def _beyond(first: date) -> date:
    return first + min(LONGEST, date.max - first)


@get("/connections/{name:str}/summaries/{day:str}", summary="A day", tags=["books"], responses=refused(404, 409))
async def summary(needs: Needs, name: FromPath[str], day: FromPath[str]) -> shapes.Summary:
    """The statement of a day as both sides are now, and whether it was sent."""
    return shaped(shapes.Summary, await summary_job(await needs.run(name), day_of(day)))


@get("/connections/{name:str}/rounding", summary="Rounding", tags=["books"], responses=refused(404))
async def rounding(
    needs: Needs,
    name: FromPath[str],
    begin: Annotated[str | None, QueryParameter(name="from", description="The first day.")] = None,
    end: Annotated[str | None, QueryParameter(name="to", description="The last day, included.")] = None,
) -> shapes.RoundingLedger:
    """What rounding put into the books, by month and currency: what arithmetic left, and what cash was rounded by."""
    first, last = (None if each is None else day_of(each) for each in (begin, end))
    found = await needs.connection(name)
    return shaped(shapes.RoundingLedger, await rounding_report(needs.store, found, first=first, last=last))


@get("/connections/{name:str}/customers", summary="Customers", tags=["customers"], responses=refused(404))
async def customers(
    needs: Needs, name: FromPath[str], after: FromQuery[str | None] = None, limit: Limit = orders_report.LIMIT
) -> shapes.Customers:
    """Zoho's contacts and whom each stands for, by key."""
    found = await needs.connection(name)
    return shaped(shapes.Customers, await contacts.customers(needs.store, found.id, after=after, limit=limit))


@get("/deliveries", summary="Webhooks that arrived", tags=["deliveries"], responses=refused(404))
async def deliveries(
    needs: Needs,
    connection: Only = None,
    before: Annotated[int | None, QueryParameter(ge=0, le=2**63 - 1, description="`next` of the page before.")] = None,
    limit: Limit = orders_report.LIMIT,
) -> shapes.Deliveries:
    """Newest first, with the verdict on each signature and how often it was repeated."""
    number = (await needs.connection(connection)).id if connection else None
    names = await needs.names()
    page = await delivery_list.deliveries(needs.store, names, connection_id=number, before=before, limit=limit)
    return shaped(shapes.Deliveries, page)
