"""One click adds the currency that Zoho lacks, once, and posts what waited for it."""

from __future__ import annotations

from decimal import Decimal

from tests.jobs.desk import Desk

from ml_connector.jobs.currencies import add_currency
from ml_connector.sandbox.shopify.model import Order


async def an_order_in_francs(desk: Desk) -> Order:
    order = desk.order(presentment_currency="CHF", rate=Decimal("0.95"))
    await desk.post(order)
    return order


def currencies_made(desk: Desk) -> int:
    return sum(request.url.split("?")[0].endswith("/settings/currencies") for request in desk.doors.writes)


async def test_the_currency_is_added_and_the_order_is_posted(desk: Desk) -> None:
    order = await an_order_in_francs(desk)
    assert await desk.verdict(order) == ("held", "currency_missing")

    looked_at = await add_currency(await desk.run(), "CHF", who="maeve", word="w1")
    await desk.settle()

    assert looked_at == 1
    assert await desk.verdict(order) == ("posted", "")


async def test_a_second_click_adds_nothing(desk: Desk) -> None:
    await an_order_in_francs(desk)
    await add_currency(await desk.run(), "CHF", who="maeve", word="w1")

    again = await add_currency(await desk.run(), "CHF", who="maeve", word="w1")

    assert again == 0
    assert currencies_made(desk) == 1
