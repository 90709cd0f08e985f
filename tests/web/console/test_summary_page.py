"""The statement of a day as a page: its figures, who may send it, and that a second click sends nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import aiohttp
import pytest
from tests.jobs.conftest import desk, store  # noqa: F401 - their fixtures are ours
from tests.jobs.desk import Desk
from tests.jobs.summary.letterbox import Letterbox, a_letterbox
from tests.store.builders import do
from tests.web.conftest import serving
from tests.web.console.conftest import PASSWORD, Browser

from ml_connector.jobs import operators
from ml_connector.jobs.summary.sending import Post
from ml_connector.web.app import Dependencies
from ml_connector.web.console import ConsoleNeeds, console_routes

BERLIN = ZoneInfo("Europe/Berlin")


@dataclass
class Stage:
    """A day with orders, a mail server, and a console before them."""

    desk: Desk
    box: Letterbox
    browser: Browser
    day: date = field(default_factory=lambda: date(2026, 11, 23))

    @property
    def path(self) -> str:
        return f"/summary/{self.day}"


@pytest.fixture
async def stage(desk: Desk) -> AsyncIterator[Stage]:  # noqa: F811
    today = desk.clock.now().astimezone(BERLIN).date()
    day = today - timedelta(days=1)
    desk.clock.moment = datetime(day.year, day.month, day.day, 12, tzinfo=BERLIN)
    await desk.post(desk.order(), desk.order(payments=()), desk.order(test=True))
    desk.clock.moment = datetime(today.year, today.month, today.day, 8, tzinfo=BERLIN)
    kept = await operators.hash_password(PASSWORD)
    async with desk.store.transaction() as tx:
        for role in ("viewer", "operator"):
            await desk.store.operators.save(tx, role, role, password_hash=kept)
    async with a_letterbox() as box, aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        needs = ConsoleNeeds(
            desk.store,
            desk.runtimes.of,
            desk.clock,
            "http://127.0.0.1:8000",
            post=Post(box.server("finance@example.com")),
        )
        async with serving(Dependencies(role="web", intake=None, routes=console_routes(needs))) as port:
            yield Stage(desk, box, Browser(f"http://127.0.0.1:{port}", session), day)


async def test_the_statement_of_yesterday_is_the_first_page(stage: Stage) -> None:
    await stage.browser.log_in("viewer")

    page = await stage.browser.open("/summary")

    assert page.path == stage.path
    assert "3 orders. 2 were posted, 1 was excluded by rule, none waits and none failed." in page.text
    for figure in ("71.40", "23.80", "47.60", "MwSt 19", "Not paid yet, 1 invoice", "Not compared with Shopify"):
        assert figure in page.text
    assert [each for each in page.forms if "summary" in each] == []


async def test_looking_at_a_day_asks_nobody(stage: Stage) -> None:
    await stage.browser.log_in("viewer")
    before = len(stage.desk.doors.requests)

    await stage.browser.open(stage.path)

    assert len(stage.desk.doors.requests) == before


async def test_an_operator_sends_it_once_however_often_it_is_clicked(stage: Stage) -> None:
    await stage.browser.log_in("operator")
    asked = await stage.browser.open(f"{stage.path}/send")

    first = await stage.browser.send(f"{stage.path}/send", seen="")
    stage.browser.page = asked
    second = await stage.browser.send(f"{stage.path}/send", seen="")

    assert "Send the summary of" in asked.text
    assert "Complete, equal to the cent" in first.text
    assert "to finance@example.com" in first.text
    assert second.path.startswith(stage.path)
    assert len(stage.box.mails) == 1


@pytest.mark.parametrize("seen", ["lately", "2026-11-23"])
async def test_a_form_that_was_not_ours_sends_nothing(stage: Stage, seen: str) -> None:
    await stage.browser.log_in("operator")
    await stage.browser.open(f"{stage.path}/send")

    page = await stage.browser.send(f"{stage.path}/send", seen=seen)

    assert (page.status, page.heading) == (400, "This form is not complete.")
    assert stage.box.mails == []


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "2026-02-30"])
async def test_a_day_that_is_none_has_no_statement(stage: Stage, day: str) -> None:
    await stage.browser.log_in("viewer")

    page = await stage.browser.open(f"/summary/{day}")

    assert (page.status, page.heading) == (400, f"'{day}' is not a date.")


async def test_a_viewer_may_not_send_it(stage: Stage) -> None:
    await stage.browser.log_in("viewer")
    await stage.browser.open(stage.path)

    page = await stage.browser.send(f"{stage.path}/send", seen="")

    assert page.status == 403
    assert stage.box.mails == []


async def test_its_figures_are_a_table_that_no_spreadsheet_takes_for_formulas(stage: Stage) -> None:
    await do(stage.desk.store, "UPDATE outcomes SET reason_text = '=1+1' WHERE verdict = 'excluded'")
    await stage.browser.log_in("viewer")

    page = await stage.browser.open(f"{stage.path}/csv")

    rows = page.body.split("\r\n")
    assert "invoices,EUR,3,zoho,47.60,EUR" in rows
    assert "excluded,'=1+1,1,test_order,23.80,EUR" in rows


async def test_names_of_shops_are_text(stage: Stage) -> None:
    await do(
        stage.desk.store,
        "UPDATE connections SET zoho_facts = jsonb_set(zoho_facts, '{name}', '\"<script>alert(1)</script>\"')",
    )
    await stage.browser.log_in("viewer")

    page = await stage.browser.open(stage.path)

    assert "<script>alert" not in page.body
    assert "<bdi>&lt;script&gt;alert(1)&lt;/script&gt;</bdi>" in page.body


async def test_what_is_no_day_is_said(stage: Stage) -> None:
    await stage.browser.log_in("viewer")

    page = await stage.browser.open("/summary/yesterday")

    assert (page.status, "Write 2026-11-23." in page.text) == (400, True)
