"""Customers with both sides, conflicts first; and whether the installation is sound."""

from __future__ import annotations

import pytest
from tests.web.console.conftest import Browser, Site
from tests.web.console.settled import HOSTILE, Shop, a_shop
from tests.web.console.test_needs_you import an_operator

from ml_connector.domain.books import ContactLink
from ml_connector.store.customers import Conflict

pytestmark = pytest.mark.asyncio(loop_scope="module")

AINO = "gid://shopify/Customer/7"


async def aino(site: Site, name: str = "Aino") -> Shop:
    """A customer whose phone was changed on both sides."""
    shop = await a_shop(site.store)
    link = ContactLink(
        key=f"contact:{AINO}:EUR", contact_id="46007", currency="EUR", name=name, checked_at=site.clock.now()
    )
    async with site.store.transaction() as tx:
        await site.store.contacts.put(tx, shop.id, link, customer_id=AINO, agreed={})
        found = Conflict(AINO, link.key, "phone", "+358 1", "+358 2", "refused", "Shopify does not take the phone.")
        await site.store.customer_conflicts.note(tx, shop.id, [found])
    return shop


async def test_customers_in_conflict_come_first_and_open(clean: Site, browser: Browser) -> None:
    await aino(clean)
    await an_operator(clean, browser, "viewer")

    listed = await browser.open("/customers")
    one = await browser.open("/customers/7")

    assert listed.heading == "1 customer waits for a decision."
    assert "1 decision to make" in one.heading
    assert "Shopify does not take the phone." in one.text
    assert one.forms == ["/logout"]


async def test_a_conflict_is_settled_by_one_choice(clean: Site, browser: Browser) -> None:
    await aino(clean)
    await an_operator(clean, browser)
    page = await browser.open("/customers/7")
    form = next(each for each in page.forms if "/conflicts/" in each)

    page = await browser.send(form, choice="apart")

    assert "Settled." in page.text
    assert clean.knocks
    refused = await browser.send(form, choice="zoho")
    assert refused.status >= 400


async def test_a_hostile_name_is_text(clean: Site, browser: Browser) -> None:
    await aino(clean, HOSTILE)
    await an_operator(clean, browser)

    for path in ("/customers", "/customers/7"):
        page = await browser.open(path)

        assert "<script>alert" not in page.body
        assert "alert(1)" in page.text
    assert (await browser.open("/customers/999")).status == 404


async def test_health_shows_keys_and_says_when_all_is_well(clean: Site, browser: Browser) -> None:
    await an_operator(clean, browser, "viewer")

    page = await browser.open("/system")

    assert page.heading == "The installation is sound."
    assert "encrypts" in page.text
    assert page.forms == ["/logout"]
