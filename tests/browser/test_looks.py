"""How the pages look to machines: accessible, within their bounds, nothing moving sideways, colours with contrast."""

from __future__ import annotations

import asyncio
import json
import re
from dataclasses import replace
from decimal import Decimal
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from tests.browser.conftest import PASSWORD, Window, sheet
from tests.journeys.world import NAME, World

from ml_connector.domain.policy import Exclusion
from ml_connector.jobs import decided, operators
from ml_connector.jobs.policies import change_policy
from ml_connector.sandbox.shopify import LineSpec, OrderSpec, TaxSpec
from ml_connector.sandbox.shopify.model import Order
from ml_connector.sandbox.shopify.spec import CustomerSpec
from ml_connector.web.console.policy.page import TABS

pytestmark = pytest.mark.asyncio(loop_scope="module")

ON_A_PHONE = ("today", "orders", "held", "needs you", "policy, taxes", "connections")
"""Pages whose layout is another one there, one for each kind."""
SERIOUS = ("serious", "critical")
MOST_BYTES = 100_000
WIDTHS = (320, 390, 768, 1600, 1280)
"""The last one is that of the window, so that the next page begins there."""
NAMES = (
    "<script>alert(1)</script>",
    "مريم الهاشمي \u202egnp.exe",
    "🏴‍☠️ 高橋 由紀 👩‍👩‍👧‍👦",
    "n" * 300,
    "{{ 7 * 7 }} {% raw %}",
    "\"><img src=x onerror=alert(1)>' onfocus='x",
)
"""Who buys, what is bought, and who looks on: whatever somebody may have typed."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def hostile(world: World) -> World:
    """The shop with customers, goods, rules, notes and operators of such names."""
    for number, name in enumerate(NAMES):
        buyer = CustomerSpec(first_name=name, last_name=name[:100], email=f"buyer{number}@example.com")
        line = LineSpec(title=name, price=Decimal("10.00"))
        world.shop.place_order(OrderSpec(lines=(line,), customer=buyer, taxes=(TaxSpec("MwSt", Decimal("0.19")),)))
    await world.at_rest()
    store, number_ = world.app.store, world.connection_id
    rules = tuple(Exclusion(name, tag=name) for name in NAMES)
    for name in NAMES:
        await change_policy(store, number_, lambda policy: replace(policy, exclude=rules), who=name, note=name)
    kept = await operators.hash_password(PASSWORD)
    async with store.at_once() as tx:
        for name in NAMES:
            await store.operators.save(tx, name, "admin", password_hash=kept)
    (first, *_) = [order for order in world.shop.orders.values() if (await world.verdict(order))[0] == "posted"]
    await decided.hold(store, world.subject(first), NAMES[0], NAMES[5])
    await world.at_rest()
    return world


async def pages(world: World) -> dict[str, str]:
    """Every page there is, by name."""
    found: dict[str, Order] = {}
    for order in world.shop.orders.values():
        found[(await world.verdict(order))[0]] = order
    held, posted = found["held"], found["posted"]
    async with world.app.store.at_once() as tx:
        delivery = (await world.app.store.deliveries.page(tx, limit=1))[0].id
        attempt = (await world.app.store.exchanges.of_subject(tx, world.subject(posted)))[0].id
        buyer = (await world.app.store.customer_lists.page(tx, world.connection_id, limit=1))[0]
    connection = f"/connections/{world.connection_id}"
    return {
        "today": "/",
        "orders": "/orders",
        "orders found": "/orders?q=%3Cscript",
        "orders not found": "/orders?q=%22%3E%3Cimg",
        "held": f"/orders/{held.id}",
        "posted": f"/orders/{posted.id}?why=expected",
        "preview": f"/orders/{held.id}/preview",
        "question": f"/orders/{posted.id}?ask=hold",
        "attempt": f"/orders/{posted.id}/attempts/{attempt}",
        "needs you": "/needs-you",
        "customers": "/customers",
        "customer": f"/customers/{buyer.customer_id.rpartition('/')[2]}",
        "deliveries": "/deliveries",
        "delivery": f"/deliveries/{delivery}",
        "summary": f"/summary/{world.app.clock.now().date().isoformat()}",
        **{f"policy, {tab}": f"/policy/{tab}" for tab in TABS},
        "connections": "/connections",
        "connection": connection,
        "pause": f"{connection}/pause",
        "disconnect": f"{connection}/disconnect",
        **{f"connect, step {step}": f"/connect?connection={NAME}&step={step}" for step in range(1, 7)},
        "operators": "/operators",
        "system": "/system",
        "you": "/you",
        "more": "/more",
        "not found": "/orders/x",
    }


async def test_no_page_has_serious_findings_of_axe_light_or_dark(window: Window, hostile: World, axe: str) -> None:
    """Colours are all that differs between light and dark, so only they are looked at twice."""
    found: dict[str, list[str]] = {}
    await window.open("/login")
    await _light_and_dark(window, axe, "login", found)
    await window.log_in(NAMES[0])
    waiting = iter((await pages(hostile)).items())

    async def walk(tab: Window) -> None:
        for name, path in waiting:
            await tab.open(path)
            await _light_and_dark(tab, axe, name, found)

    # one tab is judged while the other loads
    await asyncio.gather(walk(window), walk(Window(hostile, window.context, await window.context.new_page())))
    assert {name: findings for name, findings in found.items() if findings} == {}


async def _light_and_dark(window: Window, axe: str, name: str, found: dict[str, list[str]]) -> None:
    """Everything about the page as it was loaded, and again what differs in the dark or on a phone."""
    page, size = window.page, {"width": 1280, "height": 900}
    # colours on their way from light to dark would be neither
    await page.emulate_media(color_scheme="light", reduced_motion="reduce")
    # without a value, because the browser would send the whole of axe back
    await page.evaluate(f"{axe}; undefined")
    found[name] = await _axe(window)
    if name in ON_A_PHONE:
        await page.set_viewport_size({**size, "width": 390})
        found[f"{name}, on a phone"] = await _axe(window)
        await page.set_viewport_size(size)
    await page.emulate_media(color_scheme="dark")
    # what stands around every page is the same on all of them
    found[f"{name}, dark"] = await _axe(window, within="main", only="color-contrast")


_RUN_AXE = """async ([within, only, serious]) => {
  const which = only ? { runOnly: [only] } : {};
  const { violations } = await axe.run(within, { ...which, preload: false, resultTypes: ["violations"] });
  const found = violations.filter((each) => serious.includes(each.impact));
  return found.map((each) => `${each.id}: ${each.help}: ${each.nodes[0].html.slice(0, 200)}`);
}"""


async def _axe(window: Window, *, within: str = "html", only: str | None = None) -> list[str]:
    found: list[str] = await window.page.evaluate(_RUN_AXE, [within, only, SERIOUS])
    return found


async def test_whatever_somebody_is_called_is_text_and_moves_nothing(window: Window, hostile: World) -> None:
    opened: list[str] = []
    window.page.on("dialog", lambda dialog: opened.append(dialog.message))
    assets = sum([len(await _body(window, name)) for name in ("console.css", "console.js")])
    await window.log_in(NAMES[5])
    wrong: list[str] = []

    for name, path in (await pages(hostile)).items():
        await window.open(path)
        if name != "not found" and await window.page.locator(".side-foot bdi").first.inner_text() != NAMES[5]:
            wrong.append(f"{name} does not say who looks")
        if await window.page.locator("img, main script, [onerror], [onfocus]").count():
            wrong.append(f"{name} took a name for markup")
        for width in WIDTHS:
            await window.page.set_viewport_size({"width": width, "height": 900})
            wide = await window.page.evaluate("document.documentElement.scrollWidth")
            if wide > width:
                wrong.append(f"{name} is {wide} wide at {width}")
        weight = len((await window.page.content()).encode()) + assets
        if weight > MOST_BYTES:
            wrong.append(f"{name} weighs {weight}")

    for path in ("/orders", "/customers"):
        await window.open(path)
        shown = await window.page.locator("main").inner_text()
        wrong += [f"{path} does not show {name}" for name in NAMES if name not in shown]
    assert wrong == []
    assert opened == []
    assert window.hosts == {urlsplit(hostile.url).netloc}
    assert window.complaints == [message for message in window.complaints if "404" in message]


async def _body(window: Window, name: str) -> bytes:
    return await (await window.context.request.get(f"{window.world.url}/static/{name}")).body()


GROUNDS = ("bg", "surface", "sunken")
TEXTS = ("ink", "ink-2", "ink-3", "accent", "posted", "waiting", "doubt", "held", "failed", "excluded")
TINTED = ("posted", "waiting", "doubt", "held", "failed", "excluded")
FILLS = ("fill-posted", "fill-way", "fill-needs", "fill-excluded", "edge")


def tokens() -> dict[str, tuple[str, str]]:
    """Every colour of the sheet, light and dark."""
    found = re.findall(r"--([a-z0-9-]+): light-dark\((#[0-9A-Fa-f]{6}), (#[0-9A-Fa-f]{6})\)", sheet())
    return {name: (light, dark) for name, light, dark in found}


def luminance(colour: str) -> float:
    """Source: WCAG 2.2, relative luminance."""
    channels = [int(colour[index : index + 2], 16) / 255 for index in (1, 3, 5)]
    red, green, blue = (each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
async def test_text_has_four_and_a_half_to_one_and_edges_three(scheme: int) -> None:
    colours = {name: pair[scheme] for name, pair in tokens().items()}

    pairs = [(text, ground, 4.5) for text in TEXTS for ground in GROUNDS]
    pairs += [(text, f"{text}-tint", 4.5) for text in TINTED]
    pairs += [("ink", f"{tint}-tint", 4.5) for tint in TINTED]
    pairs += [(fill, "surface", 3.0) for fill in FILLS]
    weak = {
        f"{text} on {ground}": round(contrast(colours[text], colours[ground]), 2)
        for text, ground, least in pairs
        if contrast(colours[text], colours[ground]) < least
    }

    assert weak == {}


async def test_the_sheet_and_the_script_bring_nothing_from_elsewhere() -> None:
    assert not re.findall(r"url\(|@import|https?:", sheet())
    assert json.dumps(sheet())
