"""Pictures of the console's pages for docs/console: `python scripts/screenshots.py [--only today,order]`.

Starts everything by itself: the two simulated companies, the connector, a morning of orders, a month of history before
it, and Debian's Chromium. Each page is taken at 1280 and 390 pixels, light and dark, and written as a PNG with few
colours, so that all of them together stay small.
"""

from __future__ import annotations

import argparse
import asyncio
import math
import random
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

from PIL import Image
from playwright.async_api import Browser, async_playwright

from ml_connector.cli.demo.play import play
from ml_connector.cli.demo.stage import Stage, stage
from ml_connector.domain.money import Money
from ml_connector.domain.outcome import Outcome, Reason, Verdict
from ml_connector.jobs.operators import hash_password
from ml_connector.jobs.report.shapes import number
from ml_connector.settings import load_settings
from ml_connector.store.outcomes import InvoiceFacts, OrderFacts, Wanted
from ml_connector.store.sql import run, text

FLAGS = (
    "--headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --hide-scrollbars"
).split()
FOLDER = Path(__file__).parents[1] / "docs" / "console"
SIZES = {1280: 900, 390: 844}
SCHEMES = ("light", "dark")
TALLEST = {1280: 1_300, 390: 1_800}
"""Pixels of a page that are shown; nobody reads a picture further down."""
NAME, PASSWORD = "Maeve Doyle", "a picture of a password"
STORIES = 40
BUYERS = (
    "Aino Lehtonen", "Siobhán Ní Bhriain", "Tomasz Wiśniewski", "Camille Rousseau", "Jordan Whitfield", "Lukas Brandt",
    "Niamh Gallagher", "Oliver Pemberton", "مريم الهاشمي", "Studio Nord ApS", "高橋 由紀", "Greta Lindqvist",
)  # fmt: skip


async def history(on: Stage, now: datetime) -> None:
    """Thirty days before this one, busier towards the weekend, with a bad day in between."""
    chance, store = random.Random(24), on.app.store
    serial = 5_000
    for ago in range(30, 0, -1):
        day = now - timedelta(days=ago)
        orders = int(24 + 8 * math.sin(day.weekday()) + chance.randint(0, 9))
        async with store.transaction(durable=False) as tx:
            for _ in range(orders):
                serial += 1
                verdict = Verdict.POSTED
                if chance.random() < 0.03:
                    verdict = Verdict.EXCLUDED
                money = Money(Decimal(chance.randint(900, 18_000)) / 100, "EUR")
                reason = Reason("tagged", "Tag “staff”") if verdict is Verdict.EXCLUDED else None
                invoice = InvoiceFacts(f"9{serial}", f"INV-{serial:06}", money) if verdict is Verdict.POSTED else None
                facts = OrderFacts(f"#{serial - 4_000}", day - timedelta(minutes=chance.randint(0, 600)), money,
                                   None, chance.choice(BUYERS), None)  # fmt: skip
                await store.outcomes.record(
                    tx, on.connection_id, f"gid://shopify/Order/{serial}", Outcome(verdict, reason, money), facts=facts,
                    invoice=invoice, policy_version=1,
                )  # fmt: skip
            await run(
                tx,
                text("""
                    INSERT INTO documents (connection_id, key, kind, order_id, zoho_id, number, status, currency, total)
                    SELECT connection_id, 'invoice:' || order_id, 'invoice', order_id, invoice_id, invoice_number,
                           'paid', currency, invoice_total
                    FROM outcomes WHERE verdict = 'posted' AND length(order_id) < 26
                    ON CONFLICT DO NOTHING
                """),
            )


LATER = (
    ("waiting", "calls_used_up", "Zoho asks us to slow down. Sending goes on in a minute."),
    ("waiting", "retry", "Zoho was busy."),
    ("in_doubt", None, None),
    ("excluded", "tagged", "Tag “staff”"),
    ("failed", "account_inactive", "Zoho refused the deposit account: “PayPal” is inactive."),
    ("excluded", "tagged", "Tag “staff”"),
)
"""What else a morning brings: the simulated companies answer too quickly and too well."""


async def a_busy_morning(on: Stage, now: datetime) -> None:
    """The same orders, bought by different people over some hours, and a few of them on their way."""
    async with on.app.store.at_once() as tx:
        rows = (await on.app.store.order_lists.page(tx, Wanted(connection_id=on.connection_id), limit=STORIES)).rows
        for place, row in enumerate(rows):
            later = LATER[place // 3] if place % 3 == 1 and place // 3 < len(LATER) else None
            posted = row.verdict is Verdict.POSTED
            verdict, code, reason = later if later and posted else (row.verdict.value, None, None)
            await run(tx, _MORNING, id=row.order_id, customer=BUYERS[place % len(BUYERS)],
                      placed_at=now - timedelta(minutes=4 * place + 2), verdict=verdict, code=code,
                      reason=reason)  # fmt: skip


_MORNING = text("""
    UPDATE outcomes SET customer = :customer, placed_at = :placed_at, verdict = :verdict,
        reason_code = coalesce(:code, reason_code), reason_text = coalesce(:reason, reason_text),
        cause = coalesce(:code, cause)
    WHERE order_id = :id
""")


async def places(on: Stage) -> dict[str, str]:
    """What is taken, by the name of its picture."""
    store, id_ = on.app.store, on.connection_id
    async with store.at_once() as tx:
        rows = (await store.order_lists.page(tx, Wanted(connection_id=id_), limit=200)).rows
    found = {row.order_id: row for row in rows}
    refunded = await _with(on, "credit_note", [key for key, row in found.items() if row.verdict is Verdict.POSTED])
    held = next((key for key, row in found.items() if row.verdict is Verdict.HELD), "")
    return {
        "today": "/",
        "orders": "/orders",
        "order-held": f"/orders/{number(held)}",
        "order-posted": f"/orders/{number(refunded)}?why=expected",
        "needs-you": "/needs-you",
        "customers": "/customers",
        "deliveries": "/deliveries",
        "summary": "/summary",
        "policy": "/policy",
        "connections": "/connections",
        "connect": "/connect",
        "operators": "/operators",
        "system": "/system",
        "you": "/you",
    }


async def _with(on: Stage, kind: str, among: Sequence[str]) -> str:
    async with on.app.store.at_once() as tx:
        for order_id in among:
            documents = await on.app.store.documents.of_order(tx, on.connection_id, order_id)
            if any(each.kind.value == kind and each.state == "done" for each in documents.values()):
                return order_id
    return among[0]


@asynccontextmanager
async def a_browser() -> AsyncIterator[Browser]:
    program = next((path for name in ("chromium", "google-chrome") if (path := shutil.which(name))), None)
    if program is None:
        sys.exit("There is no Chromium on the path. On Debian: apt-get install chromium")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield browser
        await browser.close()


async def take(on: Stage, browser: Browser, only: frozenset[str]) -> None:
    for width, height in SIZES.items():
        context = await browser.new_context(viewport={"width": width, "height": height}, reduced_motion="reduce")
        page = await context.new_page()
        await page.goto(f"{on.address}/login")
        if width == 1280 and (not only or "login" in only):
            await page.screenshot(path=FOLDER / "login-1280-light.png")
        await page.get_by_label("Name").fill(NAME)
        await page.get_by_label("Password").fill(PASSWORD)
        await page.get_by_role("button", name="Log in").click()
        for name, path in (await places(on)).items():
            for scheme in SCHEMES if not only or name in only else ():
                await page.emulate_media(color_scheme=scheme)
                await page.goto(on.address + path)
                await page.wait_for_timeout(400)
                tall = min(int(await page.evaluate("document.documentElement.scrollHeight")), TALLEST[width])
                await page.set_viewport_size({"width": width, "height": max(tall, height)})
                await page.screenshot(path=FOLDER / f"{name}-{width}-{scheme}.png")
                await page.set_viewport_size({"width": width, "height": height})
        await context.close()


def shrink() -> None:
    """Few colours are enough for a page: about a third of the size."""
    total = 0
    for path in sorted(FOLDER.glob("*.png")):
        with Image.open(path) as picture:
            few = _with_few_colours(picture.convert("RGB"))
        few.save(path, optimize=True)
        total += path.stat().st_size
        print(f"{path.name:34} {path.stat().st_size // 1024:4} KB")
    print(f"{'all':34} {total // 1024:4} KB")


def _with_few_colours(picture: Image.Image) -> Image.Image:
    """128 colours, each the most frequent of those that it stands for: surfaces keep theirs exactly."""
    few = picture.quantize(128, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    half = (picture.width // 2, picture.height // 2)
    small = [each.resize(half, Image.Resampling.NEAREST).get_flattened_data() for each in (few, picture)]
    palette = few.getpalette() or []
    known: set[int] = set()
    for (index, colour), _ in Counter(zip(*small, strict=True)).most_common():
        if index not in known:
            known.add(index)
            palette[3 * index : 3 * index + 3] = colour
    few.putpalette(palette)
    return few


async def taken(folder: Path, only: frozenset[str]) -> None:
    """Open everything, let the morning happen, and take the pictures."""
    async with stage(load_settings(env_file=None, data_dir=folder), 0) as on, a_browser() as browser:
        kept = await hash_password(PASSWORD)
        async with on.app.store.at_once() as tx:
            await on.app.store.operators.save(tx, NAME, "admin", password_hash=kept)
        await history(on, on.app.clock.now())
        await play(on, STORIES, 3, lambda _done, _of: None)
        await a_busy_morning(on, on.app.clock.now())
        await take(on, browser, only)


def main() -> None:
    given = argparse.ArgumentParser(description=__doc__)
    given.add_argument("--only", default="", help="names of pages, comma separated")
    only = frozenset(given.parse_args().only.split(",")) - {""}
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="mlc-pictures-") as folder:
        Path(folder).chmod(0o711)
        asyncio.run(taken(Path(folder), only))
    shrink()


if __name__ == "__main__":
    main()
