"""Customers: who is this in Zoho, and where do the two sides not agree?"""

from __future__ import annotations

from litestar import Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from ml_connector.jobs.report import customers as report
from ml_connector.jobs.report.asked import WrongUse
from ml_connector.store.connections import Connection
from ml_connector.web.console.guards import may
from ml_connector.web.console.visit import Visit, Visiting

GID = "gid://shopify/Customer/"


@get("/customers", include_in_schema=False)
async def customers(visit: Visiting) -> Response[str]:
    """Everybody who is linked to a contact, those in conflict first."""
    found = await report.customers(
        visit.store,
        visit.chosen,
        conflicts_only=visit.asked("only") == "conflicts",
        after=visit.asked("after") or None,
    )
    waiting = sum(1 for each in found["customers"] if each["conflicts"])
    return visit.page("customers.html", place="customers", found=found, waiting=waiting)


@get("/customers/{number:str}", include_in_schema=False)
async def customer(visit: Visiting, number: FromPath[str]) -> Response[str]:
    """One customer: each contact with both sides, and what was agreed."""
    connection = _connection(visit)
    try:
        found = await report.customer(visit.store, connection, _gid(number))
    except WrongUse as unknown:
        raise NotFoundException(unknown.text) from unknown
    return visit.page("customer.html", place="customers", customer=found, number=number, connection=connection)


@post("/customers/{number:str}/conflicts/{conflict:int}", guards=[may("operator")], include_in_schema=False)
async def settle(visit: Visiting, number: FromPath[str], conflict: FromPath[int]) -> Response[str]:
    """Use the left side, use the right, or keep apart."""
    connection = _connection(visit)
    await report.resolve(visit.store, connection, conflict, visit.form.get("choice", ""), who=visit.name)
    visit.needs.knocked()
    return visit.go(f"/customers/{number}", connection=connection.name, did="settled")


def _connection(visit: Visit) -> Connection:
    if visit.chosen is None:
        raise NotFoundException("Choose a connection first.")
    return visit.chosen


def _gid(number: str) -> str:
    """Shopify's id, from the number in the address; what is no number names something else that we made up."""
    return f"{GID}{number}" if number.isdecimal() else number.replace("\0", "")
