"""A preview is what would be sent, byte for byte, and sends nothing."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.jobs.desk import Desk, a_customer

from ml_connector.jobs.preview import preview
from ml_connector.net import HttpRequest
from ml_connector.sandbox.shopify.changes import RefundSpec
from ml_connector.sandbox.shopify.ids import gid
from ml_connector.sandbox.shopify.model import Order
from ml_connector.store.values import dumps, loads
from ml_connector.zoho.exact import encode_object


async def previewed(desk: Desk, order: Order, **more: Any) -> dict[str, Any]:
    return await preview(gid("Order", order.id), await desk.run(), **more)


def left(request: HttpRequest) -> tuple[str, str, dict[str, str], Any]:
    """A request as a preview shows it."""
    parts = urlsplit(request.url)
    query = {name: value for name, value in parse_qsl(parts.query) if name != "organization_id"}
    path = parts.path.split("/books/v3", 1)[1]
    return request.method, path, query, loads(request.body) if request.body else {}


def shown(operation: dict[str, Any], ids: dict[str, str]) -> tuple[str, str, dict[str, str], Any]:
    """An operation of a preview, with the ids that Zoho has given meanwhile."""
    text = dumps([operation["path"], operation["body"]])
    for key, zoho_id in ids.items():
        text = text.replace(dumps({"$ref": key}), f'"{zoho_id}"').replace("{" + key + "}", zoho_id)
    path, body = loads(text)
    return operation["method"], path, operation["query"], body


async def test_a_preview_is_what_is_then_sent_byte_for_byte(desk: Desk) -> None:
    known = desk.order(customer=a_customer())
    await desk.post(known)
    order = desk.order(customer=a_customer())

    told = await previewed(desk, order)
    desk.doors.requests.clear()
    await desk.post(order)

    async with desk.store.at_once() as tx:
        documents = await desk.store.documents.of_order(tx, desk.connection_id, gid("Order", order.id))
    ids = {key: each.zoho_id for key, each in documents.items()}
    assert await desk.verdict(order) == ("posted", "")
    assert told["hold"] is None
    assert [shown(each, ids) for each in told["operations"]] == [left(request) for request in desk.doors.writes]


async def test_the_bytes_of_the_first_request_are_the_same(desk: Desk) -> None:
    order = desk.order(customer=a_customer())

    told = await previewed(desk, order)
    told = await previewed(desk, order) if told["more"] else told
    desk.doors.requests.clear()
    await desk.post(order)

    first = next(one for one in desk.doors.writes if "/contacts" in one.url)
    body = next(each for each in told["operations"] if each["kind"] == "contact")["body"]
    assert encode_object(body) == first.body


async def test_a_preview_writes_nothing(desk: Desk) -> None:
    order = desk.order()

    await previewed(desk, order)

    assert desk.doors.writes == []
    assert await desk.verdict(order) == ("unread", "")
    assert desk.books.invoices() == []


async def test_each_document_comes_with_its_total(desk: Desk) -> None:
    order = desk.order(customer=a_customer())
    await desk.post(desk.order(customer=a_customer()))

    told = await previewed(desk, order)

    totals = {each["kind"]: each["total"] for each in told["operations"]}
    euros = {"amount": "23.80", "currency": "EUR"}
    assert totals["invoice"] == totals["payment"] == told["total"] == euros
    assert totals["mark_sent"] is None


async def test_an_id_that_zoho_has_yet_to_give_is_named_by_its_key(desk: Desk) -> None:
    order = desk.order(customer=a_customer())
    await desk.post(desk.order(customer=a_customer()))

    told = await previewed(desk, order)

    payment = next(each for each in told["operations"] if each["kind"] == "payment")
    invoice = f"invoice:{gid('Order', order.id)}"
    assert payment["body"]["invoices"][0]["invoice_id"] == {"$ref": invoice}
    assert payment["needs"] == [invoice]


async def test_an_order_that_is_in_the_books_needs_nothing(desk: Desk) -> None:
    order = desk.order()
    await desk.post(order)

    told = await previewed(desk, order)

    assert (told["operations"], told["hold"], told["excluded"]) == ([], None, None)


async def test_an_order_that_is_held_says_why(desk: Desk) -> None:
    order = desk.order(tip=Decimal("2.00"))

    told = await previewed(desk, order)

    assert told["operations"] == []
    assert told["hold"]["code"] == "account_unmapped"
    assert told["hold"]["fix"]


async def test_a_test_order_is_excluded_which_is_no_bad_news(desk: Desk) -> None:
    order = desk.order(test=True)

    told = await previewed(desk, order)

    assert told["hold"] is None
    assert told["excluded"]["code"] == "test_order"


async def test_an_order_from_before_the_start_date_is_posted_only_where_a_backfill_asks(desk: Desk) -> None:
    order = desk.order(created_at=desk.clock.now() - timedelta(days=8000), payments=())

    plain = await previewed(desk, order)
    asked = await previewed(desk, order, backfill=True)

    assert plain["excluded"]["code"] == "before_start_date"
    assert asked["operations"]


async def test_a_lost_answer_is_asked_for_before_anything_is_shown(desk: Desk) -> None:
    order = desk.order(customer=a_customer())
    await desk.post(desk.order(customer=a_customer()))
    desk.zoho.fault("commit_then_no_answer", method="PUT", path="/invoices", times=1)
    await desk.post(order)

    told = await previewed(desk, order)

    assert told["hold"]["code"] == "answer_lost"
    assert told["operations"] == []


async def test_an_order_that_shopify_does_not_show_is_excluded(desk: Desk) -> None:
    told = await preview("gid://shopify/Order/1", await desk.run())

    assert told["excluded"]["code"] == "order_gone"


async def test_a_refund_is_shown_with_its_credit_note_and_its_money(desk: Desk) -> None:
    order = desk.order()
    await desk.post(order)
    desk.clock.forward(minutes=1)
    desk.shop.refund(order, RefundSpec(everything=True))

    told = await previewed(desk, order)

    kinds = [each["kind"] for each in told["operations"]]
    assert kinds[0] == "credit_note"
    assert "cash" in kinds
