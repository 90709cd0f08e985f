"""What a run that failed leaves behind does no harm to the next: what was intended, what may have been written."""

from __future__ import annotations

from typing import Any

from sqlalchemy import text
from tests.jobs.desk import Desk, Doors, a_desk

from ml_connector.net import AnswerLost, HttpRequest, HttpResponse, Send
from ml_connector.sandbox.shopify.stories import UNPAID
from ml_connector.store import Store

GUEST = {"email": None, "customer": None}


async def rows(desk: Desk, statement: str) -> list[tuple[Any, ...]]:
    async with desk.store.transaction() as tx:
        return [tuple(row) for row in await tx.execute(text(statement))]


async def test_an_order_that_is_left_out_intends_and_claims_nothing_more(desk: Desk) -> None:
    desk.zoho.fault("429_minute", method="PUT", path="/invoices")
    order = desk.order(payments=UNPAID)
    await desk.post(order)
    intended = await rows(desk, "SELECT kind FROM operations WHERE state = 'intended' ORDER BY kind")
    desk.shop.cancel(order)
    await desk.pass_for_the_tables(70)

    await desk.post(order)

    assert ("invoice",) in intended
    assert (await desk.verdict(order))[0] == "excluded"
    assert await rows(desk, "SELECT key FROM operations WHERE state = 'intended'") == []
    assert await rows(desk, "SELECT source_id FROM claims") == []
    assert desk.books.invoices() == []


def loses_two_new_contacts(doors: Doors) -> Send:
    """Nothing carries our key, and the answers of the first two contacts that are made get lost."""
    for organization in doors.zoho.organizations.values():
        for fields in organization.custom_fields.values():
            fields.clear()
    left = [1, 2]

    async def send(request: HttpRequest, *, timeout_s: float) -> HttpResponse:
        answer = await doors(request, timeout_s=timeout_s)
        if left and request.method == "POST" and "/contacts?" in request.url and answer.status == 201:
            left.pop()
            raise AnswerLost("the connection broke")
        return answer

    return send


async def test_a_walk_in_whose_answers_were_lost_under_both_names_is_found_under_the_second(store: Store) -> None:
    desk = await a_desk(store, between=loses_two_new_contacts)
    order = desk.order(**GUEST)
    await desk.post(order)

    for _ in range(12):
        await desk.pass_for_the_tables(130)
        await desk.settle()

    assert await desk.verdict(order) == ("posted", "")
    (invoice,) = desk.books.invoices()
    contacts = {each["contact_id"]: each["contact_name"] for each in desk.books.contacts()}
    assert len(contacts) == 2
    assert "(" in contacts[invoice["customer_id"]]
    await desk.runtimes.close()
