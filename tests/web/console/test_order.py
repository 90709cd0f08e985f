"""One order: both sides, why so, what happened, and a person's word on it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from tests.web.console.builders import HOSTILE, UNMAPPED, a_connection, an_attempt, an_order, gid, in_zoho, read
from tests.web.console.conftest import Browser, Page, Site, a_browser

from ml_connector.domain.money import Money
from ml_connector.domain.outcome import Reason
from ml_connector.domain.reading import ReadLine

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module")
async def acme(clean: Site) -> AsyncIterator[int]:
    yield await a_connection(clean.store)


@pytest_asyncio.fixture(loop_scope="module")
async def operator(clean: Site, acme: int, browser: Browser) -> AsyncIterator[Browser]:
    await clean.operator("maeve", "operator")
    await browser.log_in("maeve")
    yield browser


async def posted(site: Site, acme: int, number: int = 1) -> None:
    await an_order(site.store, acme, number, invoice=f"INV-{number:06}")
    await read(site.store, acme, number)
    await in_zoho(site.store, acme, number)
    await an_attempt(site.store, acme, number)


async def test_both_systems_stand_side_by_side_and_agree(clean: Site, acme: int, operator: Browser) -> None:
    await posted(clean, acme)

    page = await operator.open("/orders/1")

    assert "Posted, equal to the cent." in page.text
    assert "Linen throw 1 × 112.32 112.32 equal 112.32" in page.text
    assert "ALV 25.5 % 22.83 equal 22.83" in page.text
    assert "Paid, Shopify Payments 112.32 equal 112.32" in page.text
    assert "Still owed 0.00 equal 0.00" in page.text
    assert "differs" not in page.text


async def test_a_difference_is_marked_with_its_amount(clean: Site, acme: int, operator: Browser) -> None:
    await an_order(clean.store, acme, 1, invoice="INV-000001")
    await read(clean.store, acme, 1)
    await in_zoho(clean.store, acme, 1, "112.30")

    page = await operator.open("/orders/1")

    assert "Posted, and 3 figures differ now." in page.text
    assert "Total 112.32 differs 112.30 −0.02 less in Zoho" in page.text


async def test_the_links_lead_to_the_right_shop_and_region(clean: Site, acme: int, operator: Browser) -> None:
    await posted(clean, acme)

    page = await operator.open("/orders/1")

    assert "https://admin.shopify.com/store/acme/orders/1" in page.links
    assert "https://books.zoho.eu/app/20070000001#/invoices/460001" in page.links


async def test_why_fills_the_rail_with_source_rule_and_what_was_not_used(
    clean: Site, acme: int, operator: Browser
) -> None:
    await posted(clean, acme)

    total = await operator.open("/orders/1?why=expected")
    line = await operator.open("/orders/1?why=line_items%5B0%5D")
    nothing = await operator.open("/orders/1?why=nothing")

    assert "Why EUR 112.32? Close Where it comes from processedAt The rule Zoho's total, computed before." in total.text
    assert "Price 112.32 As in Shopify. lineItems[0]: unit price Not used: the list price" in line.text
    assert nothing.status == 200


async def test_why_not_shows_the_gates_up_to_the_one_that_stopped_it(clean: Site, acme: int, operator: Browser) -> None:
    await an_order(clean.store, acme, 1, "held", reason=UNMAPPED)
    await an_order(clean.store, acme, 2, "held", reason=UNMAPPED)
    await read(clean.store, acme, 1)

    page = await operator.open("/orders/1")

    assert "Held: Zoho has no tax of 25.5 % for Finland." in page.text
    assert "Nothing was sent to Zoho for this order." in page.text
    assert "1 more order waits for the same answer, EUR 224.64 in all." in page.text.replace("\xa0", " ")
    assert "Customer Tax : stopped here Currency : not asked" in page.text
    assert "112.32 – Not in Zoho" in page.text


async def test_the_timeline_keeps_secrets_to_itself(clean: Site, acme: int, operator: Browser) -> None:
    await posted(clean, acme)
    page = await operator.open("/orders/1")
    address = next(link for link in page.links if "/attempts/" in link)

    whole, piece = await operator.open(address), await operator.open(f"{address}?piece=1")

    assert "Invoice INV-000001 posted" in page.text
    assert '"reference_number": "#1"' in whole.text
    assert "1000.x" not in whole.body + piece.body
    assert "<html" not in piece.body
    assert (await operator.open("/orders/1/attempts/999999")).status == 404


async def test_holding_an_order_says_what_it_does_and_is_remembered(clean: Site, acme: int, operator: Browser) -> None:
    await posted(clean, acme)

    asked = await operator.open("/orders/1?ask=hold")
    page = await operator.send("/orders/1/hold", note="  the buyer\nrang ")

    assert "Hold #1?" in asked.text
    assert "Nothing more is written to Zoho for it" in asked.text
    assert page.path == "/orders/1?did=hold"
    assert "Held. Nothing more is written" in page.text
    assert "maeve held this order. “the buyer rang”." in page.text
    assert len(clean.knocks) == 1
    async with clean.store.at_once() as tx:
        decision = await clean.store.decisions.of(tx, acme, gid(1))
        entries = await clean.store.audit.page(tx)
    assert decision is not None
    assert (decision.kind, decision.who) == ("hold", "maeve")
    assert (entries[0].who, entries[0].action, entries[0].object) == ("maeve", "order.held_by_hand", gid(1))


async def test_a_word_is_taken_back_once(clean: Site, acme: int, operator: Browser) -> None:
    await posted(clean, acme)
    await operator.open("/orders/1")
    await operator.send("/orders/1/hold")

    released = await operator.send("/orders/1/release")
    again = await operator.send("/orders/1/release")

    assert "Released. The rules decide again" in released.text
    assert "There was nothing to release." in again.text


async def test_zohos_version_is_kept_where_somebody_changed_it(clean: Site, acme: int, operator: Browser) -> None:
    changed = Reason("changed_in_zoho", "INV-1 was changed in Zoho.", "Keep it.", details=(("Date", "2 → 1"),))
    await an_order(clean.store, acme, 1, "held", reason=changed)
    await read(clean.store, acme, 1)
    page = await operator.open("/orders/1")

    kept = await operator.send("/orders/1/keep", note="agreed")

    assert "Nothing is written over it." in page.text
    assert "Date: 2 → 1." in page.text
    assert "Zoho’s version is kept." in kept.text
    assert "maeve kept Zoho's version of this order. “agreed”." in kept.text


async def test_only_what_waits_for_this_choice_takes_it(clean: Site, acme: int, operator: Browser) -> None:
    await an_order(clean.store, acme, 1, "held", reason=UNMAPPED)
    page = await operator.open("/orders/1")

    refused = await operator.send("/orders/1/keep")

    assert "Keep Zoho" not in page.text
    assert refused.status == 400


async def test_an_order_that_is_in_the_books_cannot_be_excluded(clean: Site, acme: int, operator: Browser) -> None:
    await posted(clean, acme)
    page = await operator.open("/orders/1")

    refused = await operator.send("/orders/1/exclude")

    assert "Exclude…" not in page.text
    assert refused.status == 400
    assert refused.heading == "Zoho holds documents of this order already, so it cannot be excluded."


async def test_an_order_that_is_not_in_the_books_can_be_excluded(clean: Site, acme: int, operator: Browser) -> None:
    await an_order(clean.store, acme, 1, "held", reason=UNMAPPED)
    page = await operator.open("/orders/1")

    page = await operator.send("/orders/1/exclude", note="a test order")

    assert "Excluded. It is not posted; the day's summary names it." in page.text
    assert "Release…" in page.text
    assert "Hold…" not in page.text


@pytest.mark.parametrize("action", ["sync", "hold", "exclude", "keep", "release"])
async def test_a_viewer_sees_no_button_and_may_not_act(clean: Site, acme: int, browser: Browser, action: str) -> None:
    await posted(clean, acme)
    await clean.operator("ann", "viewer")
    await browser.log_in("ann")
    page = await browser.open("/orders/1")

    refused = await browser.send(f"/orders/1/{action}")

    assert not [form for form in page.forms if form.startswith("/orders")]
    assert (refused.status, refused.heading) == (403, "An operator can do this.")
    assert clean.knocks == []


@pytest.mark.parametrize("action", ["sync", "hold", "exclude", "keep", "release"])
async def test_an_action_without_our_word_is_refused(clean: Site, acme: int, operator: Browser, action: str) -> None:
    await posted(clean, acme)
    await operator.open("/orders/1")

    refused = await operator.send(f"/orders/1/{action}", token="")

    assert refused.status == 403
    assert clean.knocks == []


async def test_a_stranger_may_not_act_either(clean: Site, acme: int) -> None:
    await posted(clean, acme)
    async with a_browser(clean) as stranger:
        page = await stranger.send("/orders/1/hold", token="x")

    assert page.heading == "Log in."
    async with clean.store.at_once() as tx:
        assert await clean.store.decisions.of(tx, acme, gid(1)) is None


@pytest.mark.parametrize("path", ["/orders/x", "/orders/1%27--", "/orders/99999999999999999999999999999"])
async def test_what_is_no_order_is_not_found(clean: Site, acme: int, operator: Browser, path: str) -> None:
    page = await operator.open(path)

    assert (page.status, page.heading) == (404, "There is no such order.")


@pytest.mark.parametrize("name", HOSTILE)
async def test_hostile_names_and_titles_are_shown_as_text(clean: Site, acme: int, operator: Browser, name: str) -> None:
    await an_order(clean.store, acme, 1, customer=name)
    await read(clean.store, acme, 1, lines=(ReadLine("lineItems[0]", name, Money.of("1.00", "EUR")),), country=name)

    page: Page = await operator.open("/orders/1")

    assert " ".join(name.split()) in page.text
    assert "<script>alert" not in page.body
    assert "<img" not in page.body
