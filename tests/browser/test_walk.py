"""The console in a real browser: what a bookkeeper does on her first morning, and what she may not do."""

from __future__ import annotations

import pytest
from playwright.async_api import expect
from sqlalchemy import text
from tests.browser.conftest import PASSWORD, Window
from tests.journeys.world import order_gid

from ml_connector.jobs import operators
from ml_connector.sandbox.shopify.model import Order

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def an_operator(window: Window, name: str, role: str) -> None:
    store = window.world.app.store
    kept = await operators.hash_password(PASSWORD)
    async with store.at_once() as tx:
        await store.operators.save(tx, name, role, password_hash=kept)


async def the_order(window: Window, verdict: str) -> Order:
    """One order of the shop with this verdict."""
    for order in window.world.shop.orders.values():
        if (await window.world.verdict(order))[0] == verdict:
            return order
    raise AssertionError(f"no order is {verdict}")


async def test_from_the_printed_link_to_a_hold_and_its_reason_and_out_again(window: Window) -> None:
    page = window.page
    await window.first_run()
    await expect(page.get_by_role("heading", level=1)).to_contain_text("orders are in the books.")

    # the held order, and why
    await page.get_by_role("navigation", name="Orders of today by outcome").get_by_role("link", name="Held").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("1 held order today")
    held = await the_order(window, "held")
    await page.get_by_role("link", name=held.name).click()
    await expect(page.get_by_role("heading", name="Held:")).to_be_visible()
    await expect(page.get_by_role("heading", name="Why not posted")).to_be_visible()

    # a posted one: both sides, and the why of a line
    posted = await the_order(window, "posted")
    await page.keyboard.press("/")
    await page.keyboard.type(posted.name)
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Posted, equal to the cent.")).to_be_visible()
    assert window.path == f"/orders/{posted.id}"
    await page.locator(".ledger a").first.click()
    await expect(page.locator("#why h3").first).to_be_visible()
    await page.get_by_text("Request and answer").first.click()
    await expect(page.locator(".wire pre").first).to_contain_text("Authorization: removed")

    # and out
    await page.get_by_role("button", name="Log out").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Log in.")
    await page.go_back()
    await page.reload()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Log in.")
    assert window.complaints == []
    assert window.hosts == {window.world.url.removeprefix("http://")}


async def test_an_order_is_held_by_hand_and_released_again(window: Window) -> None:
    await an_operator(window, "maeve", "operator")
    order = await the_order(window, "posted")
    page = window.page
    await window.log_in("maeve", f"/login?next=/orders/{order.id}")
    assert window.path == f"/orders/{order.id}"

    await page.get_by_role("link", name="Hold…").click()
    dialog = page.get_by_role("dialog")
    await expect(dialog).to_contain_text(f"Hold {order.name}?")
    await expect(dialog.get_by_role("link", name="Leave it as it is")).to_be_focused()
    await dialog.get_by_label("Why?").fill("the buyer rang")
    await dialog.get_by_role("button", name="Hold it").dblclick()
    await expect(page.get_by_text("Held. Nothing more is written")).to_be_visible()
    await window.world.at_rest()
    await page.reload()
    await expect(page.get_by_role("heading", name="Held: maeve held this order. “the buyer rang”.")).to_be_visible()

    await page.get_by_role("link", name="Release…").click()
    await page.get_by_role("dialog").get_by_role("button", name="Release it").click()
    await expect(page.get_by_text("Released. The rules decide again")).to_be_visible()
    await window.world.at_rest()
    await page.reload()
    await expect(page.get_by_role("heading", name="Posted, equal to the cent.")).to_be_visible()
    async with window.world.app.store.at_once() as tx:
        entries = await window.world.app.store.audit.page(tx, who="maeve")
    mine = [entry.action for entry in entries if entry.object == order_gid(order)]
    assert mine == ["order.released_by_hand", "order.held_by_hand"], "a double click is one word"


async def test_a_viewer_looks_and_may_not_act(window: Window) -> None:
    await an_operator(window, "ann", "viewer")
    order = await the_order(window, "held")

    await window.log_in("ann", f"/login?next=/orders/{order.id}")

    await expect(window.page.get_by_role("link", name="See preview")).to_be_visible()
    assert await window.page.get_by_text("Hold…").count() == 0
    answer = await window.context.request.post(f"{window.world.url}/orders/{order.id}/hold", form={"form": "x"})
    assert answer.status == 403


async def test_a_session_that_ended_comes_back_to_the_page_and_sends_nothing_by_itself(window: Window) -> None:
    await an_operator(window, "maeve", "operator")
    order = await the_order(window, "held")
    page = window.page
    await window.log_in("maeve", f"/login?next=/orders/{order.id}")
    await page.get_by_role("link", name="Exclude…").click()
    async with window.world.app.store.at_once() as tx:
        await tx.execute(text("UPDATE sessions SET until = clock_timestamp()"))

    await page.get_by_role("dialog").get_by_role("button", name="Exclude it").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Log in.")
    await page.get_by_label("Name").fill("maeve")
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Log in").click()

    await expect(page.get_by_role("heading", level=1)).to_contain_text(order.name)
    assert window.path == f"/orders/{order.id}"
    async with window.world.app.store.at_once() as tx:
        assert await window.world.app.store.decisions.of(tx, window.world.connection_id, order_gid(order)) is None


async def test_today_changes_by_itself_while_somebody_looks(window: Window) -> None:
    await an_operator(window, "maeve", "operator")
    page = window.page
    await window.log_in("maeve")
    await expect(page.locator("[data-live-state]")).to_contain_text("Live, ")
    posted = page.locator(".strip a", has_text="Posted").locator("b")
    before = int(await posted.inner_text())

    order = await the_order(window, "posted")
    async with window.world.app.store.at_once() as tx:
        await tx.execute(
            text("UPDATE outcomes SET verdict = 'excluded' WHERE order_id = :id"), {"id": order_gid(order)}
        )

    await expect(posted).to_have_text(str(before - 1))
    async with window.world.app.store.at_once() as tx:
        await tx.execute(text("UPDATE outcomes SET verdict = 'posted' WHERE order_id = :id"), {"id": order_gid(order)})


async def test_without_scripting_everything_works(window: Window) -> None:
    await an_operator(window, "maeve", "operator")
    order = await the_order(window, "posted")
    browser = window.context.browser
    assert browser is not None
    context = await browser.new_context(java_script_enabled=False)
    try:
        still = Window(window.world, context, await context.new_page())
        await still.log_in("maeve", f"/login?next=/orders/{order.id}")
        await still.page.get_by_role("link", name="Sync now…").click()
        await expect(still.page.get_by_role("heading", level=2)).to_have_text(f"Sync {order.name} now?")
        await still.page.get_by_role("button", name="Sync now").click()
        await expect(still.page.get_by_text("Asked for. The order is being read")).to_be_visible()
    finally:
        await context.close()
    await window.world.at_rest()
