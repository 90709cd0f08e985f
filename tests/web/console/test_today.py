"""Today: the verdict, the arithmetic that proves it, and how it keeps itself up to date."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio
from tests.web.console.builders import UNMAPPED, a_connection, an_order, in_zoho, read
from tests.web.console.conftest import NOW, Browser, Page, Site

from ml_connector.jobs.report import today as report

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture(autouse=True)
def nothing_from_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """The past days are read anew for each page."""
    monkeypatch.setattr(report, "KEPT_S", -1.0)


@pytest_asyncio.fixture(loop_scope="module")
async def acme(clean: Site) -> AsyncIterator[int]:
    yield await a_connection(clean.store)


@pytest_asyncio.fixture(loop_scope="module")
async def reader(clean: Site, acme: int, browser: Browser) -> AsyncIterator[Browser]:
    await clean.operator("maeve", "viewer")
    await browser.log_in("maeve")
    yield browser


async def in_the_books(site: Site, acme: int, number: int, total: str = "112.32") -> None:
    await an_order(site.store, acme, number, invoice=f"INV-{number:06}")
    await read(site.store, acme, number)
    await in_zoho(site.store, acme, number, total)


def money(page: Page) -> str:
    """The rows of the money table."""
    return page.text.split("Left over", 1)[1].split("Last 30 days", 1)[0].strip()


async def test_without_a_connection_it_says_what_comes_first(clean: Site, browser: Browser) -> None:
    await clean.operator("maeve", "admin")

    page = await browser.log_in("maeve")

    assert page.heading == "No shop is connected yet."
    assert "/connect" in page.links


async def test_before_the_first_order_it_shows_yesterday(clean: Site, acme: int, reader: Browser) -> None:
    await an_order(clean.store, acme, 1, placed_at=NOW - timedelta(days=1))

    page = await reader.open("/")

    assert page.heading == "Nothing sold yet today."
    assert "/orders?day=yesterday&outcome=posted" in page.links


async def test_every_order_is_in_exactly_one_column_and_the_line_closes(
    clean: Site, acme: int, reader: Browser
) -> None:
    await in_the_books(clean, acme, 1)
    await an_order(clean.store, acme, 2, "held", total="57.00", reason=UNMAPPED)
    await an_order(clean.store, acme, 3, "excluded", total="19.00")
    await an_order(clean.store, acme, 4, total="20.00", outstanding=True)
    await an_order(clean.store, acme, 5, "failed", total="12650", currency="JPY", reason=UNMAPPED)

    page = await reader.open("/")

    assert page.heading == "1 of 5 orders is in the books."
    assert "2 need you, 1 is on its way, 1 was excluded by rule." in page.text
    assert money(page) == "EUR 4 208.32 112.32 20.00 57.00 19.00 0.00 JPY 1 12,650 0 0 12,650 0 0"


async def test_when_all_is_well_it_says_so(clean: Site, acme: int, reader: Browser) -> None:
    await in_the_books(clean, acme, 1)
    await an_order(clean.store, acme, 2, total="0.00")

    page = await reader.open("/")

    assert page.heading == "All 2 orders are in the books."
    assert "Nothing needs you." in page.text


async def test_what_nobody_explains_becomes_the_verdict_and_opens_the_orders(
    clean: Site, acme: int, reader: Browser
) -> None:
    await in_the_books(clean, acme, 1, total="100.32")

    page = await reader.open("/")

    assert page.heading.replace("\xa0", " ") == "EUR 12.00 is unexplained."
    assert "Unexplained Posted, and the two sides differ Order Shopify In Zoho #1 112.32 EUR 100.32 EUR" in page.text
    assert "/orders/1" in page.links


async def test_thirty_days_are_told_in_bars_and_in_a_table(clean: Site, acme: int, reader: Browser) -> None:
    for number, days in enumerate((0, 0, 1, 29, 30)):
        await an_order(clean.store, acme, number, placed_at=NOW - timedelta(days=days))

    page = await reader.open("/")

    assert page.body.count('class="b-day"') == 30
    assert "Tue 24 Nov: 2 orders, 2 posted" in page.body
    assert "Mon 26 Oct: 1 order, 1 posted" in page.body
    assert "Tue 24 Nov 2 0 0 0 Mon 23 Nov 1 0 0 0" in page.text


async def test_each_connection_has_its_own_day(clean: Site, acme: int, reader: Browser) -> None:
    other = await a_connection(clean.store, "other")
    await in_the_books(clean, acme, 1)
    await an_order(clean.store, other, 2, "held", reason=UNMAPPED)

    assert (await reader.open("/")).heading == "1 of 2 orders is in the books."
    assert (await reader.open("/?connection=acme")).heading == "The one order is in the books."
    assert (await reader.open("/?connection=other")).heading == "None of 1 order is in the books yet."


async def listened(reader: Browser, address: str, **headers: str) -> AsyncGenerator[tuple[str, str, str]]:
    """The events of a stream: name, data, id."""
    async with reader.session.get(reader.url + address, headers=headers) as answer:
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        event: dict[str, str] = {}
        async for raw in answer.content:
            line = raw.decode().rstrip("\r\n")
            if not line and event:
                yield event.get("event", ""), event.get("data", ""), event.get("id", "")
                event = {}
            elif ":" in line:
                name, _, value = line.partition(":")
                event[name] = value.strip()


def events_of(page: Page) -> str:
    return page.body.split('data-events="', 1)[1].split('"', 1)[0].replace("&amp;", "&")


async def test_the_stream_is_silent_until_something_changes(clean: Site, acme: int, reader: Browser) -> None:
    await in_the_books(clean, acme, 1)
    page = await reader.open("/")

    async with asyncio.timeout(20):
        stream = listened(reader, events_of(page))
        first = await anext(stream)
        await stream.aclose()
        await an_order(clean.store, acme, 2, "held", reason=UNMAPPED)
        again = listened(reader, events_of(page), **{"Last-Event-ID": first[2]})
        changed = [await anext(again) for _ in range(3)]
        await again.aclose()

    assert first[:2] == ("now", "10:42")
    pieces = {json.loads(data)["name"]: json.loads(data)["html"] for name, data, _ in changed if name == "region"}
    assert {"verdict", "strip", "money"} <= set(pieces)
    assert "1 of 2 orders is in the books." in pieces["verdict"]


async def test_a_stream_ends_with_its_session(clean: Site, acme: int, reader: Browser) -> None:
    page = await reader.open("/")
    address = events_of(page)
    await reader.send("/logout")

    async with reader.session.get(reader.url + address) as answer:
        assert answer.url.path == "/login"


async def test_there_is_nothing_to_hear_of_a_page_that_is_still(clean: Site, acme: int, reader: Browser) -> None:
    assert (await reader.open("/events?page=policy")).status == 404


async def test_a_stream_of_what_there_is_not_ends_in_order(clean: Site, acme: int, reader: Browser) -> None:
    for what in ("page=orders&top=nothing", "page=order&order=nothing"):
        assert (await reader.open(f"/events?{what}")).status == 200


async def first_change(reader: Browser, page: Page) -> dict[str, str]:
    """The first piece that a page is sent."""
    stream = listened(reader, events_of(page))
    async with asyncio.timeout(20):
        async for name, data, _ in stream:
            if name == "region":
                await stream.aclose()
                return dict(json.loads(data))
    raise AssertionError("nothing changed")


async def test_a_list_says_how_many_newer_orders_there_are_and_does_not_grow(
    clean: Site, acme: int, reader: Browser
) -> None:
    await an_order(clean.store, acme, 1, placed_at=NOW - timedelta(minutes=9))
    page = await reader.open("/orders?outcome=posted")
    for number in (2, 3):
        await an_order(clean.store, acme, number)
    await an_order(clean.store, acme, 4, "held", reason=UNMAPPED)

    piece = await first_change(reader, page)

    assert piece["name"] == "newer"
    assert "2 newer orders" in piece["html"]
    assert 'href="/orders?outcome=posted"' in piece["html"]


async def test_an_orders_verdict_changes_while_somebody_looks(clean: Site, acme: int, reader: Browser) -> None:
    await in_the_books(clean, acme, 1)
    page = await reader.open("/orders/1")
    await an_order(clean.store, acme, 1, "held", reason=UNMAPPED)

    piece = await first_change(reader, page)

    assert piece["name"] == "order"
    assert "Held: Zoho has no tax of 25.5 % for Finland." in piece["html"]
