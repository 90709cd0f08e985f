"""How the pages look to machines: accessible, within their bounds, nothing moving sideways, colours with contrast."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from tests.browser.conftest import Window, sheet
from tests.browser.test_walk import an_operator, the_order

pytestmark = pytest.mark.asyncio(loop_scope="module")

LOOKS = ((1280, "light"), (390, "dark"))
SERIOUS = ("serious", "critical")
MOST_BYTES = 100_000


async def pages(window: Window) -> dict[str, str]:
    """Every page there is, by name."""
    held, posted = await the_order(window, "held"), await the_order(window, "posted")
    return {
        "today": "/",
        "orders": "/orders",
        "orders found": "/orders?q=nothing",
        "held": f"/orders/{held.id}",
        "posted": f"/orders/{posted.id}?why=expected",
        "preview": f"/orders/{held.id}/preview",
        "question": f"/orders/{posted.id}?ask=hold",
        "needs you": "/needs-you",
        "customers": "/customers",
        "deliveries": "/deliveries",
        "summary": "/summary",
        "policy": "/policy",
        "connections": "/connections",
        "connect": "/connect",
        "operators": "/operators",
        "system": "/system",
        "you": "/you",
        "more": "/more",
        "not found": "/orders/x",
    }


async def test_no_page_has_serious_findings_of_axe(window: Window, axe: str) -> None:
    await an_operator(window, "admin", "admin")
    await window.open("/login")
    found = [("login", await _axe(window, axe))]
    await window.log_in("admin")
    for name, path in (await pages(window)).items():
        for width, scheme in LOOKS:
            await window.page.set_viewport_size({"width": width, "height": 900})
            await window.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            await window.open(path)
            found.append((f"{name}, {width}, {scheme}", await _axe(window, axe)))

    assert {name: findings for name, findings in found if findings} == {}


async def _axe(window: Window, axe: str) -> list[str]:
    await window.page.evaluate(axe)
    result: dict[str, Any] = await window.page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{each['id']}: {each['help']}: {each['nodes'][0]['html'][:200]}"
        for each in result["violations"]
        if each["impact"] in SERIOUS
    ]


async def test_no_page_moves_sideways_or_weighs_too_much(window: Window) -> None:
    await an_operator(window, "admin", "admin")
    await window.log_in("admin")
    assets = sum([len(await _body(window, name)) for name in ("console.css", "console.js")])

    for name, path in (await pages(window)).items():
        await window.open(path)
        for width in (320, 390, 768, 1280, 1600):
            await window.page.set_viewport_size({"width": width, "height": 900})
            wide = await window.page.evaluate("document.documentElement.scrollWidth")
            assert wide <= width, f"{name} is {wide} wide at {width}"
        weight = len((await window.page.content()).encode()) + assets
        assert weight < MOST_BYTES, f"{name} weighs {weight}"


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
