"""The console in a real browser, from the printed link to a settled hold: both companies are connected by clicks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from decimal import Decimal
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from playwright.async_api import Locator, expect
from tests.browser.conftest import Window
from tests.conftest import a_folder
from tests.web.oauth.conftest import a_port
from tests.web.oauth.running import Running, running

from ml_connector.cli.companies import SHOP
from ml_connector.sandbox.shopify import LineSpec, OrderSpec, TaxSpec
from ml_connector.sandbox.shopify.catalogue import person_in
from ml_connector.sandbox.shopify.model import Order
from ml_connector.sandbox.zoho.seed import add_tax
from ml_connector.sandbox.zoho.seeddata import SeedTax
from ml_connector.store.outcomes import Wanted

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(database_url: str, chromium: str) -> AsyncIterator[Running]:
    """Both companies, on another site than the connector; nobody has connected anything."""
    with a_folder() as folder, a_port() as port:
        async with running(database_url, folder, port, companies_at="localhost") as made:
            yield made


def a_french_order(world: Running) -> Order:
    """A candle to France, paid: 20.00 + 20 %, a rate that the German books do not know."""
    line = LineSpec(title="Candle", price=Decimal("20.00"))
    spec = OrderSpec(lines=(line,), customer=person_in("FR"), taxes=(TaxSpec("TVA", Decimal("0.2")),))
    return world.companies.shopify.shop(SHOP).place_order(spec)


async def test_first_run_connecting_by_clicks_a_hold_its_tax_and_out_again(window: Window) -> None:
    world = window.world

    await window.first_run()
    await expect(heading(window)).to_have_text("No shop is connected yet.")
    await connect_both(window)
    await say_where_money_goes(window)
    german, french = world.order(), [a_french_order(world), a_french_order(world)]
    await planned(world, 3)
    await post_the_first_five(window, german)
    await world.at_rest()
    await map_the_tax_and_replay(window)
    assert [await world.invoiced(order) for order in french] == [Decimal("24.00")] * 2
    await look_at_the_why(window, french[0])
    await log_out(window)

    settings = world.app.settings
    places = (world.url, settings.shopify_endpoint, settings.zoho_accounts_endpoint)
    assert window.hosts == {urlsplit(place).netloc for place in places}
    assert window.complaints == []


def heading(window: Window) -> Locator:
    return window.page.get_by_role("heading", level=1)


async def connect_both(window: Window) -> None:
    """Each side asks on a site of its own, and leads back to the step that is due."""
    page = window.page
    await page.get_by_role("link", name="Connect a shop").click()
    await page.get_by_label("Address of the shop").fill(SHOP)
    await page.get_by_role("button", name="Go on").click()
    sign_in = page.get_by_role("link", name="Sign in at Shopify")
    await expect(sign_in).to_be_focused()
    await sign_in.click()

    await expect(heading(window)).to_have_text("Where are its books?")
    assert window.path == "/connect?connection=acme"
    await page.get_by_role("navigation", name="Regions").get_by_role("link", name="Europe").click()

    await expect(heading(window)).to_contain_text("Both sides")
    assert window.path == "/connect?connection=acme"


async def say_where_money_goes(window: Window) -> None:
    page = window.page
    await page.get_by_role("link", name="Accounts and taxes").last.click()
    await expect(heading(window)).to_have_text("Say where money is booked.")
    await page.get_by_role("link", name="Gateways", exact=True).click()
    await page.get_by_label("Gateway as Shopify writes it").fill("*")
    await page.get_by_label("Payment mode in Zoho").select_option("others")
    await page.get_by_label("Booked to").select_option(label="Shopify Clearing (EUR)")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("status")).to_contain_text("Saved.")


async def planned(world: Running, orders: int) -> None:
    """Return when all of them were read: nothing is posted yet, so none of them is at rest but what is held."""
    connection = await world.connection()
    async with asyncio.timeout(30):
        while True:
            async with world.app.store.at_once() as tx:
                rows = (await world.app.store.outcomes.page(tx, Wanted(connection_id=connection.id))).rows
            if sum(row.reason is not None for row in rows) == orders:
                return
            await asyncio.sleep(0.05)


async def post_the_first_five(window: Window, order: Order) -> None:
    page = window.page
    await page.get_by_role("link", name="Set-up, step by step").click()
    await expect(heading(window)).not_to_have_text("Say where money is booked.")
    await page.get_by_role("link", name="Preview on your orders").last.click()
    await expect(heading(window)).to_have_text("What your last orders would become.")
    await page.get_by_role("link", name="Post the first five").last.click()
    await expect(heading(window)).to_have_text("Post the first one, and look.")
    assert window.world.companies.zoho.books(window.world.companies.organization).invoices() == []
    await page.get_by_role("button", name="Post this order").dblclick()
    await expect(heading(window)).to_have_text("Look at the first ones.")
    await window.world.invoiced(order)
    await expect(page.locator("[data-region=first]")).to_contain_text("Posted as INV-")  # without a reload
    await page.get_by_role("button", name="Begin posting").dblclick()
    await expect(heading(window)).to_have_text("Orders are being posted.")
    await page.get_by_role("link", name="Go to Today").click()


async def map_the_tax_and_replay(window: Window) -> None:
    """One cause for both of its orders. The tax is made in Zoho meanwhile; a double click is one replay."""
    page, world = window.page, window.world
    await page.get_by_role("navigation", name="Console", exact=True).get_by_role("link", name="Needs you").click()
    await expect(heading(window)).to_have_text("1 cause, 2 orders.")
    cause = page.locator(".cause")
    await expect(cause).to_contain_text("Zoho has no tax of 20 % for France.")

    await cause.get_by_role("link", name="Map the tax").click()
    await expect(heading(window)).to_have_text("1 tax waits for an answer.")
    await expect(page.get_by_text("Zoho has no tax with this rate.")).to_be_visible()
    add_tax(world.companies.organization, SeedTax("FR TVA 20"), Decimal(20))
    await page.get_by_role("button", name="Read Zoho again").click()
    await expect(page.get_by_label("FR TVA 20")).to_be_checked()

    await page.get_by_role("button", name="Map the tax and post 2 orders").dblclick()
    await expect(page.get_by_role("status").filter(has_text="Settled.")).to_be_focused()
    await world.at_rest()
    await page.reload()
    await expect(heading(window)).to_have_text("Nothing needs you.")
    finished = page.get_by_role("table", name="Replays of the last 30 days").locator("tbody tr")
    await expect(finished).to_have_count(1)
    await expect(finished).to_contain_text("2 posted")


async def look_at_the_why(window: Window, order: Order) -> None:
    page = window.page
    await page.get_by_label("Search").fill(order.name)
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Posted, equal to the cent.")).to_be_visible()
    await page.locator(".ledger a", has_text="TVA").first.click()
    await expect(page.locator("#why")).to_contain_text("FR TVA 20")


async def log_out(window: Window) -> None:
    await window.page.get_by_role("button", name="Log out").click()
    await expect(heading(window)).to_have_text("Log in.")
