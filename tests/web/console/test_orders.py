"""The list of orders: what it counts, how it is searched and paged, and the same as a file."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
import pytest_asyncio
from tests.web.console.builders import HOSTILE, UNMAPPED, a_connection, an_order
from tests.web.console.conftest import NOW, Browser, Page, Site

from ml_connector.domain.books import ContactLink

pytestmark = pytest.mark.asyncio(loop_scope="module")


@dataclass
class Desk:
    """A browser that is logged in, and one shop."""

    site: Site
    browser: Browser
    acme: int

    async def order(self, number: int, verdict: str = "posted", **more: object) -> str:
        return await an_order(self.site.store, self.acme, number, verdict, **more)  # type: ignore[arg-type]

    async def open(self, path: str) -> Page:
        return await self.browser.open(path)


@pytest_asyncio.fixture(loop_scope="module")
async def desk(clean: Site, browser: Browser) -> AsyncIterator[Desk]:
    await clean.operator("maeve", "viewer")
    await browser.log_in("maeve")
    yield Desk(clean, browser, await a_connection(clean.store))


def rows(page: Page) -> list[str]:
    """The names of the orders that are listed."""
    return [part.split("</a>")[0].rsplit(">", 1)[-1] for part in page.body.split('class="name"><a href=')[1:]]


async def test_a_search_shows_customers_of_that_name_or_address_above_the_orders(desk: Desk) -> None:
    aino = "gid://shopify/Customer/9"
    link = ContactLink(f"contact:{aino}:EUR", "46001", "EUR", "Aino Lehtonen")
    async with desk.site.store.at_once() as tx:
        await desk.site.store.contacts.put(tx, desk.acme, link, customer_id=aino, agreed={})
    await desk.order(1)
    await desk.order(2)

    by_name, by_mail = await desk.open("/orders?q=leht"), await desk.open("/orders?q=aino@example.com")
    nobody = await desk.open("/orders?q=112.32")

    for page in (by_name, by_mail):
        assert "1 customer Aino Lehtonen" in page.text
        assert "/customers/9?connection=acme" in page.links
        assert rows(page) == ["#2", "#1"]
    assert "1 customer" not in nobody.text


async def test_the_heading_counts_what_is_shown(desk: Desk) -> None:
    await desk.order(1)
    await desk.order(2, "held", reason=UNMAPPED)
    await desk.order(3, placed_at=NOW - timedelta(days=1))

    today = await desk.open("/orders")
    held = await desk.open("/orders?outcome=held")
    ever = await desk.open("/orders?day=all")

    assert (today.heading, rows(today)) == ("2 orders today", ["#2", "#1"])
    assert (held.heading, rows(held)) == ("1 held order today", ["#2"])
    assert (ever.heading, rows(ever)) == ("3 orders", ["#2", "#1", "#3"])
    assert "Zoho has no tax of 25.5 % for Finland." in held.text


async def test_an_order_that_was_knocked_again_is_counted_as_waiting_and_nowhere_else(desk: Desk) -> None:
    await desk.order(1, outstanding=True)
    await desk.order(2)

    waiting, posted = await desk.open("/orders?outcome=waiting"), await desk.open("/orders?outcome=posted")

    assert (waiting.heading, rows(waiting)) == ("1 waiting order today", ["#1"])
    assert (posted.heading, rows(posted)) == ("1 posted order today", ["#2"])


async def test_older_and_newer_walk_the_same_list_both_ways(desk: Desk) -> None:
    for number in range(120):
        await desk.order(1000 + number, placed_at=NOW - timedelta(minutes=number))

    first = await desk.open("/orders?day=all")
    second = await desk.open(next(link for link in first.links if "older=" in link))
    third = await desk.open(next(link for link in second.links if "older=" in link))
    back = await desk.open(next(link for link in third.links if "newer=" in link))

    walked = rows(first) + rows(second) + rows(third)
    assert walked == [f"#{1000 + number}" for number in range(120)]
    assert rows(back) == rows(second)
    assert not [link for link in third.links if "older=" in link]
    assert not [link for link in first.links if "newer=" in link]


@pytest.mark.parametrize("text", ["1001", "%231001", "INV-000042", "inv-000042"])
async def test_one_exact_hit_opens_at_once(desk: Desk, text: str) -> None:
    await desk.order(1001, invoice="INV-000042")
    await desk.order(10010)

    page = await desk.open(f"/orders?q={text}")

    assert page.path == "/orders/1001"


@pytest.mark.parametrize(
    "text", ["lehtonen", "AINO+LEHTO", "aino@example", "145.00", "145", "GBP+145", "gbp145.00", "inv-0000"]
)
async def test_an_order_is_found_by_name_address_amount_and_zoho_number(desk: Desk, text: str) -> None:
    await desk.order(1, total="145.00", currency="GBP", invoice="INV-000042", placed_at=NOW - timedelta(days=400))
    await desk.order(2, customer="Somebody Else", email="else@example.com", total="9.00", invoice="X-1")

    assert rows(await desk.open(f"/orders?q={text}")) == ["#1"]


async def test_an_empty_answer_says_what_was_searched_and_offers_to_ask_shopify(desk: Desk) -> None:
    page = await desk.open("/orders?q=nothing%20like%20it")

    assert "No orders match. Searched: number, customer, e-mail, amount, Zoho number." in page.text
    assert "/orders/look-up?q=nothing+like+it" in page.links


@pytest.mark.parametrize(
    "query", ["outcome=lost", "day=someday", "day=9999-99-99", "older=abc", "newer=AAAA", "older=WzEsMiwzXQ"]
)
async def test_what_is_no_filter_is_said_and_not_guessed(desk: Desk, query: str) -> None:
    page = await desk.open(f"/orders?{query}")

    assert page.status == 400
    assert "no outcome" in page.text or "no day" in page.text or "no place in this list" in page.text


async def test_a_cause_shows_its_orders_of_any_day(desk: Desk) -> None:
    await desk.order(1, "held", reason=UNMAPPED, placed_at=NOW - timedelta(days=9))
    await desk.order(2, "held")

    page = await desk.open(f"/orders?outcome=held&cause={UNMAPPED.cause}")

    assert (page.heading, rows(page)) == ("1 held order", ["#1"])


async def test_the_connection_is_kept_from_page_to_page(desk: Desk) -> None:
    other = await a_connection(desk.site.store, "other")
    await an_order(desk.site.store, other, 5)
    await desk.order(1)

    both, one = await desk.open("/orders"), await desk.open("/orders?connection=other")

    assert (rows(both), rows(one)) == (["#5", "#1"], ["#5"])
    assert {"/orders?connection=other", "/needs-you?connection=other", "/?connection=other"} <= set(one.links)
    assert "/orders/5?connection=other" in both.links
    assert (await desk.open("/orders?connection=nowhere")).status == 404


async def test_the_file_holds_exactly_the_view_and_no_formulas(desk: Desk) -> None:
    for number in range(60):
        await desk.order(100 + number, "held", customer="=HYPERLINK(1)", reason=UNMAPPED)
    await desk.order(1)

    page = await desk.open("/orders.csv?outcome=held&day=today")

    assert page.headers["Content-Type"] == "text/csv; charset=utf-8"
    lines = list(csv.DictReader(io.StringIO(page.body.removeprefix("\ufeff"))))
    assert len(lines) == 60
    assert {line["outcome"] for line in lines} == {"held"}
    assert {line["customer"] for line in lines} == {"'=HYPERLINK(1)"}
    assert {line["reason"] for line in lines} == {UNMAPPED.text}


@pytest.mark.parametrize("name", HOSTILE)
async def test_a_hostile_name_is_shown_as_text(desk: Desk, name: str) -> None:
    await desk.order(1, customer=name, email=None)

    page = await desk.open("/orders")

    assert name in page.text or " ".join(name.split()) in page.text
    assert "<script>alert" not in page.body
    assert "<img" not in page.body
    assert "onfocus='x" not in page.body


@pytest.mark.parametrize("text", [*HOSTILE, "'", "a:* & !b", "\\", "%00x", "((("])
async def test_whatever_is_typed_is_searched_for_as_text(desk: Desk, text: str) -> None:
    page = await desk.browser.open("/orders?q=" + "".join(f"%{byte:02X}" for byte in text.encode()))

    assert page.status == 200
    assert "<script>alert" not in page.body
