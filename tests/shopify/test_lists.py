"""Orders listed, found by name and counted, and what else is asked in one question."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from tests.shopify.builders import (
    AT,
    Questions,
    a_bag,
    a_connection,
    a_line,
    an_answer,
    an_order_node,
    cost,
)
from tests.shopify.clients import a_client, order_gid

from ml_connector.shopify import errors
from ml_connector.shopify.client import Counted
from ml_connector.shopify.ids import gid
from ml_connector.shopify.listing import By


def a_glance(number: int, name: str | None = None) -> dict[str, Any]:
    return {
        "id": order_gid(number),
        "name": name or f"#{number}",
        "createdAt": AT,
        "processedAt": AT,
        "updatedAt": AT,
        "currentTotalPriceSet": a_bag(),
        "totalReceivedSet": a_bag(),
        "totalRefundedSet": a_bag(),
    }


async def test_updated_orders_are_listed_by_the_field_they_are_sorted_by() -> None:
    send = Questions(OrdersListed=lambda **_: an_answer({"orders": a_connection(a_glance(1), more="next")}))
    since, until = datetime(2026, 11, 23, 10, tzinfo=UTC), datetime(2026, 11, 23, 11, tzinfo=UTC)

    page = await a_client(send).orders_updated(since, until)

    assert send.asked[0][1] == {
        "first": 250,
        "after": None,
        "query": "updated_at:>='2026-11-23T10:00:00Z' AND updated_at:<'2026-11-23T11:00:00Z'",
        "sortKey": "UPDATED_AT",
    }
    assert [order.name for order in page.items] == ["#1"]
    assert page.cursor == "next"


async def test_the_last_page_has_no_cursor() -> None:
    send = Questions(OrdersListed=lambda **_: an_answer({"orders": a_connection()}))

    page = await a_client(send).orders_updated(None, None)

    assert page.cursor is None


async def test_an_ignored_filter_is_never_taken_for_all_orders() -> None:
    search = [{"path": ["orders"], "query": "x", "warnings": [{"field": "updated", "message": "Invalid search field"}]}]
    send = Questions(
        OrdersListed=lambda **_: an_answer({"orders": a_connection()}, extensions={"search": search, "cost": cost()})
    )

    with pytest.raises(errors.FilterIgnored, match="Invalid search field"):
        await a_client(send).orders_updated(None, None)


@pytest.mark.parametrize("name", ["#1001", "1001", " 1001 "])
async def test_an_order_is_found_by_its_exact_name(name: str) -> None:
    rows = [a_glance(1, "#10010"), a_glance(2, "#1001"), a_glance(3, "#1001-A")]
    send = Questions(OrdersListed=lambda **_: an_answer({"orders": a_connection(*rows)}))

    found = await a_client(send).find_orders(name)

    assert [order.id for order in found] == [order_gid(2)]
    assert send.asked[0][1]["query"] == "name:'1001'"


async def test_a_name_cannot_break_out_of_the_search() -> None:
    send = Questions(OrdersListed=lambda **_: an_answer({"orders": a_connection()}))

    await a_client(send).find_orders("x' OR name:'y")

    assert send.asked[0][1]["query"] == r"name:'x\' OR name:\'y'"


async def test_orders_are_counted() -> None:
    send = Questions(OrdersCount=lambda **_: an_answer({"ordersCount": {"count": 12, "precision": "AT_LEAST"}}))
    client = a_client(send)

    assert await client.orders_count(By.PROCESSED, None, None) == Counted(12, exact=False)


async def test_a_refused_change_says_what_shopify_said() -> None:
    payload = {"customer": None, "userErrors": [{"field": ["email"], "message": "Email has already been taken"}]}
    send = Questions(CustomerUpdate=lambda **_: an_answer({"customerUpdate": payload}))

    with pytest.raises(errors.Refused, match="Email has already been taken") as caught:
        await a_client(send).customer_update(gid("Customer", 1), {"email": "a@example.com"})

    assert caught.value.refusals[0].field == "email"


async def test_rates_are_exact() -> None:
    tax = {"title": "VAT", "rate": 0.255, "priceSet": a_bag("2.55")}
    node = an_order_node(42, lineItems=a_connection(a_line(taxLines=[tax])))
    send = Questions(OrdersByIds=lambda ids: an_answer({"nodes": [node]}))

    order = await a_client(send).order(order_gid(42))

    assert order is not None
    assert order.lines[0].tax_lines[0].rate == Decimal("0.255")
