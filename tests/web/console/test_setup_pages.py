"""Deliveries, operators, connections, and the first steps of connecting: what is so, and who may change it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from urllib.parse import urlencode

import pytest
import pytest_asyncio
from tests.store.builders import a_delivery
from tests.web.conftest import serving
from tests.web.console.conftest import Browser, Site, a_browser, no_company
from tests.web.console.settled import HOSTILE, a_shop
from tests.web.console.test_needs_you import an_operator

from ml_connector.web.app import Dependencies
from ml_connector.web.console import ConsoleNeeds, console_routes, for_browsers

pytestmark = pytest.mark.asyncio(loop_scope="module")


# -- deliveries


async def test_the_inbox_shows_what_came_and_what_came_again(clean: Site, browser: Browser) -> None:
    shop = await a_shop(clean.store)
    async with clean.store.transaction() as tx:
        once = a_delivery(shop.id, "w-1", received_at=clean.clock.now())
        await clean.store.deliveries.accept_many(tx, [once, a_delivery(shop.id, "w-2", received_at=clean.clock.now())])
        await clean.store.deliveries.accept_many(tx, [once])
    await an_operator(clean, browser, "viewer")

    page = await browser.open("/deliveries")

    assert page.heading == "2 messages arrived today, 1 came again."
    assert "/orders/42" in page.links


async def test_one_delivery_shows_its_body_as_text_and_as_a_file(clean: Site, browser: Browser) -> None:
    shop = await a_shop(clean.store)
    raw = ('{"note": "' + HOSTILE + '"}').encode() + b"\xff" + b" " * 20_000
    async with clean.store.transaction() as tx:
        await clean.store.deliveries.accept_many(tx, [a_delivery(shop.id, "w-1", body=raw), a_delivery(shop.id, "w-2")])
    await an_operator(clean, browser, "viewer")
    await browser.open("/deliveries")
    links = [link for link in browser.page.links if re.fullmatch(r"/deliveries/\d+", link)]

    page = await browser.open(links[-1])

    assert "<script>alert" not in page.body
    assert "more bytes are in the file" in page.text
    assert links[0] in page.links
    async with browser.session.get(f"{browser.url}{links[-1]}/body") as answer:
        assert (await answer.read(), answer.headers["Content-Type"]) == (raw, "application/octet-stream")
        assert "attachment" in answer.headers["Content-Disposition"]


@pytest.mark.parametrize("path", ["/deliveries/999999", "/deliveries?before=x", "/connections/999999"])
async def test_what_does_not_exist_is_said(clean: Site, browser: Browser, path: str) -> None:
    await a_shop(clean.store)
    await an_operator(clean, browser)

    assert (await browser.open(path)).status in (400, 404)


# -- operators


async def test_an_admin_lets_somebody_in_by_a_link_that_is_shown_once(clean: Site, browser: Browser) -> None:
    await an_operator(clean, browser, "admin")
    await browser.open("/operators")

    page = await browser.send("/operators", name="cormac", role="operator")
    link = re.search(r"http://127\.0\.0\.1:8000(/first-run/[\w-]+)", page.body)

    assert link is not None
    assert link[1] not in (await browser.open("/operators")).body
    async with a_browser(clean) as other:
        first = await other.open(link[1])
        assert first.heading == "Choose your password."
    assert "operator: link made" in browser.page.text


async def test_somebody_who_is_locked_out_is_out_at_once(clean: Site, browser: Browser) -> None:
    await an_operator(clean, browser, "admin")
    await clean.operator("cormac", "operator")
    async with a_browser(clean) as other:
        await other.log_in("cormac")
        assert (await other.open("/needs-you")).status == 200

        await browser.open("/operators")
        page = await browser.send("/operators/disable", name="cormac")

        assert "Locked out" in page.text
        assert "login" in (await other.open("/needs-you")).path


async def test_nobody_takes_their_own_rights_away(clean: Site, browser: Browser) -> None:
    await an_operator(clean, browser, "admin")
    await browser.open("/operators")

    assert (await browser.send("/operators", name="maeve", role="viewer")).status >= 400
    await browser.open("/operators")
    assert (await browser.send("/operators/disable", name="maeve")).status >= 400


@pytest.mark.parametrize("role", ["viewer", "operator"])
async def test_only_an_admin_may_change_who_comes_in(clean: Site, browser: Browser, role: str) -> None:
    await an_operator(clean, browser, role)
    page = await browser.open("/operators")

    assert page.forms == ["/logout"]
    for path in ("/operators", "/operators/link", "/operators/disable", "/operators/sessions", "/connect/first"):
        assert (await browser.send(path, name="maeve", role="admin", of="x")).status == 403
    assert (await browser.open("/connect")).status == 403


# -- connections and connecting


async def test_connections_say_how_they_are(clean: Site, browser: Browser) -> None:
    shop = await a_shop(clean.store)
    async with clean.store.at_once() as tx:
        await clean.store.connections.set_health(tx, shop.id, "paused", "Zoho no longer accepts our connection.")
    await an_operator(clean, browser)

    listed = await browser.open("/connections")
    one = await browser.open(f"/connections/{shop.id}")

    assert listed.heading == "1 connection needs a look."
    assert (one.heading, "Zoho no longer accepts our connection." in one.text) == ("Posting has paused.", True)


async def test_disconnecting_asks_to_type_the_name(clean: Site, browser: Browser) -> None:
    shop = await a_shop(clean.store)
    await an_operator(clean, browser, "admin")

    page = await browser.open(f"/connections/{shop.id}/disconnect")
    assert page.text_of("h2") == "Disconnect kestrel?"
    wrong = await browser.send(f"/connections/{shop.id}/disconnect", typed="other")

    assert wrong.status == 422
    async with clean.store.at_once() as tx:
        kept = await clean.store.connections.get(tx, shop.id)
    assert kept is not None
    assert kept.health == "ok"


async def test_a_new_shop_without_an_app_says_who_can_help(clean: Site, browser: Browser) -> None:
    await an_operator(clean, browser, "admin")

    page = await browser.open("/connect")

    assert page.heading == "Which shop?"
    assert "SHOPIFY_CLIENT_ID" in page.text


@pytest_asyncio.fixture(loop_scope="module")
async def signing_in(clean: Site) -> AsyncIterator[Browser]:
    """Where apps of ours are registered with both companies."""
    apps = frozenset({"shopify", "zoho"})
    needs = ConsoleNeeds(clean.store, no_company, clean.clock, "http://127.0.0.1:8000", sign_ins=apps)
    pages = Dependencies(role="web", intake=None, routes=console_routes(needs), for_browsers=for_browsers(needs))
    async with serving(pages) as port, a_browser(replace(clean, url=f"http://127.0.0.1:{port}")) as browser:
        await an_operator(clean, browser, "admin")
        yield browser


@pytest.mark.parametrize("typed", ["acme.myshopify.com", " Acme.myshopify.com", "https://acme.myshopify.com/admin"])
async def test_a_shop_is_typed_or_pasted_and_its_sign_in_is_a_link(signing_in: Browser, typed: str) -> None:
    empty = await signing_in.open("/connect")
    page = await signing_in.open(f"/connect?{urlencode({'new': 'yes', 'shop': typed})}")

    assert empty.heading == page.heading == "Which shop?"
    assert "/oauth/shopify/start?shop=acme.myshopify.com&connection=&set_up=yes" in page.links


@pytest.mark.parametrize("typed", ["acme.example", "acme", "acme.myshopify.com.example", "<script>alert(1)</script>"])
async def test_what_is_no_shop_is_said_and_leads_nowhere(signing_in: Browser, typed: str) -> None:
    page = await signing_in.open(f"/connect?{urlencode({'new': 'yes', 'shop': typed})}")

    assert "That is no shop's address." in page.text
    assert not [link for link in page.links if "/oauth/" in link]
    assert "<script>alert" not in page.body


async def test_the_shop_is_followed_by_where_its_books_are(clean: Site, signing_in: Browser) -> None:
    async with clean.store.at_once() as tx:
        await clean.store.connections.save(tx, "half", shop="half.myshopify.com")

    page = await signing_in.open("/connect?connection=half")

    assert page.heading == "Where are its books?"
    assert "/oauth/zoho/start?connection=half&region=eu&set_up=yes" in page.links


async def test_coming_back_continues_at_the_step_that_is_due(clean: Site, browser: Browser) -> None:
    async with clean.store.at_once() as tx:
        await clean.store.connections.save(tx, "half", shop="half.myshopify.com")
    await an_operator(clean, browser, "admin")

    page = await browser.open("/connect?connection=half&step=6")

    assert page.heading == "Where are its books?"


async def test_accounts_and_taxes_of_a_new_connection_are_counted(clean: Site, browser: Browser) -> None:
    await a_shop(clean.store)
    await an_operator(clean, browser, "admin")

    page = await browser.open("/connect?step=4")

    assert page.heading == "Say where money is booked."
    assert "gift cards" in page.text
