"""What a run that failed leaves behind does no harm to the next: what was intended, what may have been written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import text
from tests.jobs.desk import Desk, Doors, a_desk

from ml_connector.net import AnswerLost, HttpRequest, HttpResponse, Send
from ml_connector.sandbox.shopify.model import Order
from ml_connector.sandbox.shopify.stories import UNPAID
from ml_connector.store import Store
from ml_connector.zoho.values import ZohoRequest, body_of

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


def losing(number: int, path: str, *, lag_s: float = 0.0) -> Callable[[Doors], Send]:
    """Nothing carries our key, lists lag for *lag_s*, and the answers to the first *number* new records get lost."""

    def between(doors: Doors) -> Send:
        for organization in doors.zoho.organizations.values():
            organization.switches.set(list_lag_s=lag_s)
            for fields in organization.custom_fields.values():
                fields.clear()
        left = [path] * number

        async def send(request: HttpRequest, *, timeout_s: float) -> HttpResponse:
            answer = await doors(request, timeout_s=timeout_s)
            if left and request.method == "POST" and f"{path}?" in request.url and answer.status == 201:
                left.pop()
                raise AnswerLost("the connection broke")
            return answer

        return send

    return between


async def test_a_walk_in_whose_answers_were_lost_under_both_names_is_found_under_the_second(store: Store) -> None:
    desk = await a_desk(store, between=losing(2, "/contacts"))
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


def number_of(order: Order) -> str:
    """The number that an order gives its invoice under the policy `invoice_number: order`."""
    return order.name.removeprefix("#")


async def test_an_invoice_that_zoho_refuses_twice_by_its_number_is_ours_when_the_list_shows_it(store: Store) -> None:
    lost = losing(1, "/invoices", lag_s=300.0)
    desk = await a_desk(store, between=lost, policy={"invoice_number": "order", "lag_minutes": 1})
    order = desk.order()
    await desk.post(order)
    for _ in range(3):
        await desk.pass_for_the_tables(70)
        await desk.settle()
    refused = await desk.verdict(order)

    await desk.pass_for_the_tables(130)
    await desk.settle()

    assert refused == ("in_doubt", "duplicate_value")
    assert await desk.verdict(order) == ("posted", "")
    assert [each["invoice_number"] for each in desk.books.invoices()] == [number_of(order)]
    await desk.runtimes.close()


async def test_an_invoice_that_somebody_typed_under_the_order_s_number_is_for_a_person(store: Store) -> None:
    desk = await a_desk(store, policy={"invoice_number": "order", "lag_minutes": 1})
    order = desk.order()
    run = await desk.run()
    typed = await run.zoho.call(_post("/contacts", {"contact_name": "Typed by hand"}))
    line = {"name": "Tea", "rate": 1, "quantity": 1}
    body = {
        "customer_id": typed.body["contact"]["contact_id"],
        "invoice_number": number_of(order),
        "line_items": [line],
    }
    await run.zoho.call(_post("/invoices", body, ignore_auto_number_generation="true"))

    await desk.post(order)
    for _ in range(4):
        await desk.pass_for_the_tables(60)
        await desk.settle()

    assert await desk.verdict(order) == ("failed", "taken_by_another")
    assert len(desk.books.invoices()) == 1
    await desk.runtimes.close()


def _post(path: str, body: dict[str, Any], **query: str) -> ZohoRequest:
    return ZohoRequest("POST", path, query, body=body_of(body), headers={"content-type": "application/json"})
