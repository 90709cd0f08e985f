"""Needs you: each cause once, with what settles it; a replay in four steps, started once however often pressed."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from tests.web.console.conftest import Browser, Page, Site
from tests.web.console.settled import FINLAND, HOSTILE, REFUSED, TIPS, a_shop

from ml_connector.domain.outcome import Reason, Verdict

pytestmark = pytest.mark.asyncio(loop_scope="module")


def hidden(page: Page, path: str) -> dict[str, str]:
    """The hidden fields of the form that goes to *path*."""
    form = re.search(rf'<form method="post" action="{re.escape(path)}[^"]*".*?</form>', page.body, re.DOTALL)
    assert form is not None, page.text
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form[0]))


async def an_operator(site: Site, browser: Browser, role: str = "operator") -> None:
    await site.operator("maeve", role)
    await browser.log_in("maeve")


async def test_nothing_needs_you_says_so(clean: Site, browser: Browser) -> None:
    await a_shop(clean.store)
    await an_operator(clean, browser)

    page = await browser.open("/needs-you")

    assert page.heading == "Nothing needs you."


async def test_orders_stand_under_their_cause_with_money_and_the_one_action(clean: Site, browser: Browser) -> None:
    shop = await a_shop(clean.store)
    for number in (1, 2, 3):
        await shop.order(number, Verdict.HELD, FINLAND)
    await shop.order(4, Verdict.FAILED, REFUSED)
    await shop.order(5, Verdict.POSTED)
    await an_operator(clean, browser)

    page = await browser.open("/needs-you")

    assert page.heading == "2 causes, 4 orders."
    assert "EUR 291.15" in page.text.replace("\N{NO-BREAK SPACE}", " ")
    assert page.text.index("Finland") < page.text.index("two payments")
    assert any(link.startswith("/policy/taxes?") and "alv%4025.5" in link for link in page.links)


async def test_a_viewer_sees_the_causes_and_no_button(clean: Site, browser: Browser) -> None:
    shop = await a_shop(clean.store)
    await shop.order(1, Verdict.HELD, FINLAND)
    await an_operator(clean, browser, "viewer")

    page = await browser.open("/needs-you?plan=held:tax_unmapped:FI:alv@25.5&of=kestrel")

    assert "An operator can settle these." in page.text
    assert page.forms == ["/logout"]
    assert (await browser.send("/needs-you/replays", plan="held:x", of="kestrel")).status == 403


async def test_a_replay_is_planned_started_once_and_followed(clean: Site, browser: Browser) -> None:
    shop = await a_shop(clean.store)
    for number in (1, 2):
        await shop.order(number, Verdict.FAILED, REFUSED)
    await an_operator(clean, browser)
    clean.clock.moment += timedelta(days=3650)  # the tables have a clock of their own
    planned = await browser.open("/needs-you?plan=failed:field_refused&of=kestrel")
    assert "Nothing has happened yet." in planned.text
    fields = hidden(planned, "/needs-you/replays")
    await shop.order(3, Verdict.FAILED, REFUSED)

    started = await browser.send("/needs-you/replays", **{**fields, "as_of": "2036-01-01T00:00:00+00:00"})
    again = await browser.send("/needs-you/replays", **fields)

    assert "The replay has started." in started.text
    assert again.text.count("to go") == 1
    assert await shop.outstanding() >= {"#1", "#2"}
    assert clean.knocks


async def test_a_replay_that_has_not_begun_is_taken_back(clean: Site, browser: Browser) -> None:
    shop = await a_shop(clean.store)
    await shop.order(1, Verdict.HELD, TIPS)
    await an_operator(clean, browser)
    page = await browser.open("/needs-you?plan=held:account_unmapped:tips&of=kestrel")
    fields = hidden(page, "/needs-you/replays")
    page = await browser.send("/needs-you/replays", **{**fields, "as_of": "2036-01-01T00:00:00+00:00"})

    stop = next(form for form in page.forms if form.endswith("/stop"))
    page = await browser.send(stop)

    assert "1 order taken back." in page.text
    assert await shop.outstanding() == set()
    assert "Finished" in page.text


async def test_a_cause_that_somebody_else_settled_is_said(clean: Site, browser: Browser) -> None:
    await a_shop(clean.store)
    await an_operator(clean, browser)

    page = await browser.open("/needs-you?plan=held:gone&of=kestrel")

    assert "Somebody else settled this cause meanwhile" in page.text


async def test_hostile_words_are_shown_as_text(clean: Site, browser: Browser) -> None:
    shop = await a_shop(clean.store)
    await shop.order(1, Verdict.HELD, Reason("rule", HOSTILE, cause=HOSTILE))
    await an_operator(clean, browser)

    page = await browser.open("/needs-you")

    assert "<script>alert" not in page.body
    assert "<script>alert(1)</script> مرحبا 🎉" in page.text
