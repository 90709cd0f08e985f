"""Each day's summary reaches people once, whatever happens meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from aiohttp import web
from tests.jobs.desk import Desk
from tests.jobs.summary.letterbox import Letterbox, a_letterbox
from tests.store.builders import ask, do

from ml_connector.jobs.runtime import Runtime
from ml_connector.jobs.summary.days import Day
from ml_connector.jobs.summary.sending import IN_DOUBT, NOT_SENT, Post, send_day, send_due, summary
from ml_connector.net.notify import Targets
from ml_connector.sandbox.shopify.faults import Fault

BERLIN = ZoneInfo("Europe/Berlin")
TO = "finance@example.com"


@pytest.fixture
async def letterbox() -> AsyncIterator[Letterbox]:
    async with a_letterbox() as made:
        yield made


@pytest.fixture
def post(letterbox: Letterbox) -> Post:
    return Post(
        letterbox.server(TO), link=lambda name, day: f"https://connector.example/summary/{day}?connection={name}"
    )


async def a_run(desk: Desk, **policy: object) -> Runtime:
    run = await desk.run()
    return replace(run, policy=replace(run.policy, **policy))  # type: ignore[arg-type]


def yesterday(desk: Desk) -> date:
    return (desk.clock.now() - timedelta(days=1)).astimezone(BERLIN).date()


def due(desk: Desk) -> datetime:
    """The minute at which yesterday's is due."""
    return Day(yesterday(desk), BERLIN).due_at(7)


async def looked_after_since(desk: Desk, day: date) -> None:
    """As if this installation had been running on *day*."""
    await do(desk.store, f"INSERT INTO summaries (connection_id, date) VALUES ({desk.connection_id}, '{day}')")


async def noted(desk: Desk, day: date) -> str:
    return str(await ask(desk.store, f"SELECT state FROM summaries WHERE date = '{day}'"))


async def open_notices(desk: Desk) -> list[str]:
    async with desk.store.at_once() as tx:
        return [each.code for each in await desk.store.notices.are_open(tx, desk.connection_id)]


async def test_the_mail_arrives_with_the_day_in_html_and_in_plain_text(
    desk: Desk, letterbox: Letterbox, post: Post
) -> None:
    day = yesterday(desk)
    desk.clock.moment = datetime(day.year, day.month, day.day, 12, tzinfo=BERLIN)
    await desk.post(desk.order(), desk.order(test=True))

    state = await send_day(await a_run(desk, summary_to=("owner@example.com",)), post, day)

    assert state == "sent"
    (mail,) = letterbox.mails
    assert letterbox.recipients == [["owner@example.com", TO]]
    assert mail["Subject"] == f"acme, {day:%A} {day.day} {day:%B} {day.year}: Complete, equal to the cent"
    assert mail["From"] == "books@connector.example"
    text, html = (mail.get_body((kind,)) for kind in ("plain", "html"))
    assert text is not None
    assert html is not None
    for part in (text.get_content(), html.get_content()):
        assert "2 orders. 1 was posted, 1 was excluded by rule, none waits and none failed." in part
        assert "47.60" in part
        assert "MwSt 19" in part
        assert f"https://connector.example/summary/{day}?connection=acme" in part


async def test_names_are_text_in_the_mail(desk: Desk, letterbox: Letterbox, post: Post) -> None:
    day = yesterday(desk)
    desk.clock.moment = datetime(day.year, day.month, day.day, 12, tzinfo=BERLIN)
    await desk.post(desk.order(test=True))
    await do(desk.store, "UPDATE outcomes SET verdict = 'held', reason_text = 'Tax <script>alert(1)</script>.'")
    await do(desk.store, "UPDATE connections SET zoho_facts = jsonb_set(zoho_facts, '{name}', '\"Tea & <i>Co</i>\"')")

    await send_day(await a_run(desk), post, day)

    (mail,) = letterbox.mails
    html = mail.get_body(("html",))
    assert html is not None
    content = html.get_content()
    assert "<script>" not in content
    assert "Tax &lt;script&gt;alert(1)&lt;/script&gt;." in content
    assert "Tea &amp; &lt;i&gt;Co&lt;/i&gt;" in content


# Once


async def test_it_is_sent_at_its_minute_and_not_before(desk: Desk, letterbox: Letterbox, post: Post) -> None:
    run = await a_run(desk)
    await looked_after_since(desk, yesterday(desk))

    before = await send_due(run, post, now=due(desk) - timedelta(seconds=1))
    at = await send_due(run, post, now=due(desk))
    after = await send_due(run, post, now=due(desk) + timedelta(hours=5))

    assert (before, at, after) == ([], [yesterday(desk)], [])
    assert len(letterbox.mails) == 1


async def test_processes_that_begin_at_the_very_minute_send_one(desk: Desk, letterbox: Letterbox, post: Post) -> None:
    run = await a_run(desk)
    await looked_after_since(desk, yesterday(desk))

    sent = await asyncio.gather(*(send_due(run, post, now=due(desk)) for _ in range(3)))

    assert sorted(map(len, sent)) == [0, 0, 1]
    assert len(letterbox.mails) == 1


@pytest.mark.parametrize("change", [date(2026, 3, 29), date(2026, 10, 25)])
async def test_the_days_on_which_clocks_change_have_one_each(
    desk: Desk, letterbox: Letterbox, post: Post, change: date
) -> None:
    run = await a_run(desk, summary_hour=2)  # skipped on the one day, repeated on the other
    begin = datetime(change.year, change.month, change.day, tzinfo=BERLIN).astimezone(UTC) - timedelta(hours=20)

    sent = [await send_due(run, post, now=begin + timedelta(hours=step)) for step in range(80)]

    days = [day for some in sent for day in some]
    assert days == [change - timedelta(days=1), change, change + timedelta(days=1)]
    assert len(letterbox.mails) == 3


async def test_missed_days_are_caught_up_oldest_first(desk: Desk, letterbox: Letterbox, post: Post) -> None:
    run, last = await a_run(desk), yesterday(desk)
    await send_due(run, post, now=due(desk) - timedelta(days=3))

    sent = await send_due(run, post, now=due(desk))

    assert sent == [last - timedelta(days=2), last - timedelta(days=1), last]
    assert len(letterbox.mails) == 3


async def test_a_process_that_died_on_the_way_leaves_it_in_doubt_and_nobody_sends_again(
    desk: Desk, letterbox: Letterbox, post: Post
) -> None:
    run, day = await a_run(desk), yesterday(desk)
    async with desk.store.at_once() as tx:
        assert await desk.store.summaries.claim(tx, desk.connection_id, day, {}, owner="dead")

    soon = await send_due(run, post, now=due(desk))
    state = await noted(desk, day)
    await do(desk.store, "UPDATE summaries SET claimed_at = claimed_at - interval '11 minutes'")
    later = await send_due(run, post, now=due(desk))

    assert (soon, state, later) == ([], "sending", [])
    assert await noted(desk, day) == "in_doubt"
    assert await open_notices(desk) == [IN_DOUBT]
    assert letterbox.mails == []


async def test_an_answer_that_was_lost_is_decided_towards_not_sending_twice(
    desk: Desk, letterbox: Letterbox, post: Post
) -> None:
    run = await a_run(desk)
    await looked_after_since(desk, yesterday(desk))
    letterbox.hangs_up = True

    first = await send_due(run, post, now=due(desk))
    letterbox.hangs_up = False
    second = await send_due(run, post, now=due(desk) + timedelta(hours=1))

    assert (first, second) == ([], [])
    assert len(letterbox.mails) == 1
    assert await noted(desk, yesterday(desk)) == "in_doubt"
    assert await open_notices(desk) == [IN_DOUBT]


async def test_a_person_may_send_it_again_and_a_second_click_does_nothing(
    desk: Desk, letterbox: Letterbox, post: Post
) -> None:
    run, day = await a_run(desk), yesterday(desk)
    await send_day(run, post, day)
    async with desk.store.at_once() as tx:
        seen = await desk.store.summaries.get(tx, desk.connection_id, day)
    assert seen is not None

    for _ in range(2):
        await send_day(run, post, day, again=True, seen=seen.claimed_at)

    assert len(letterbox.mails) == 2
    assert len({mail["Message-ID"] for mail in letterbox.mails}) == 2


# What goes wrong


async def test_a_mail_that_was_refused_is_tried_again_after_a_while(
    desk: Desk, letterbox: Letterbox, post: Post
) -> None:
    run, day = await a_run(desk), yesterday(desk)
    await looked_after_since(desk, day)
    letterbox.refuses = ["451 try later"]

    refused = await send_due(run, post, now=due(desk))
    notices = await open_notices(desk)
    pause = f"UPDATE summaries SET retry_at = '{due(desk) + timedelta(minutes=10)}' WHERE retry_at IS NOT NULL"
    await do(desk.store, pause)
    too_soon = await send_due(run, post, now=due(desk) + timedelta(minutes=9))
    taken = await send_due(run, post, now=due(desk) + timedelta(minutes=10))

    assert (refused, too_soon, taken) == ([], [], [day])
    assert notices == [NOT_SENT]
    assert await open_notices(desk) == []
    assert len(letterbox.mails) == 1


async def test_a_recipient_that_is_not_known_is_named(desk: Desk, letterbox: Letterbox, post: Post) -> None:
    letterbox.unknown = {"gone@example.com"}
    run, day = await a_run(desk, summary_to=("gone@example.com",)), yesterday(desk)

    await send_day(run, post, day)

    told = (await summary(run, day))["delivery"]["told"]
    assert [(each["to"], each["result"], each["text"]) for each in told] == [
        ("gone@example.com", "refused", "550 no such person"),
        (TO, "sent", None),
    ]


async def test_it_waits_for_shopify_and_then_goes_without(desk: Desk, letterbox: Letterbox, post: Post) -> None:
    run, day = await a_run(desk), yesterday(desk)
    await looked_after_since(desk, day)
    desk.shopify.faults.add(Fault("server_error", times=1000))

    early = await send_due(run, post, now=due(desk))
    put_off = str(await ask(desk.store, f"SELECT trouble FROM summaries WHERE date = '{day}'"))
    late = await send_due(run, post, now=await desk.store.now() + timedelta(hours=30))

    assert early == []
    assert put_off
    assert late[0] == day
    plain = letterbox.mails[0].get_body(("plain",))
    assert plain is not None
    assert "without Shopify's own figures" in plain.get_content()


async def test_without_anybody_to_tell_it_is_kept(desk: Desk) -> None:
    run, day = await a_run(desk), yesterday(desk)
    await looked_after_since(desk, day)

    await send_due(run, Post(), now=due(desk))

    assert await noted(desk, day) == "kept"
    async with desk.store.at_once() as tx:
        last = await desk.store.summaries.last(tx, desk.connection_id)
    assert last is not None
    assert last.document["connection"] == "acme"


async def test_an_operator_who_wants_none_gets_none_later_either(desk: Desk, letterbox: Letterbox, post: Post) -> None:
    await send_due(await a_run(desk, summary_hour=None), post, now=due(desk))

    await send_due(await a_run(desk), post, now=due(desk))

    assert await noted(desk, yesterday(desk)) == "skipped"
    assert letterbox.mails == []


async def test_the_calls_of_a_day_are_counted_while_it_runs(desk: Desk, post: Post) -> None:
    run = await a_run(desk)
    organization = run.permits.organization
    at = due(desk) + timedelta(minutes=5)
    await send_due(run, post, now=at)
    before = int(await ask(desk.store, f"SELECT calls FROM summaries WHERE date = '{at.astimezone(BERLIN).date()}'"))

    await do(desk.store, f"UPDATE allowances SET calls_today = calls_today + 7 WHERE organization = '{organization}'")
    await send_due(run, post, now=at)
    anew = "UPDATE allowances SET calls_today = 2, calls_since = now()"
    await do(desk.store, f"{anew} WHERE organization = '{organization}'")
    await send_due(run, post, now=at)

    found = await summary(run, at.astimezone(BERLIN).date())
    assert found["calls"]["used"] == before + 7 + 2


# Others than mail


async def test_chats_are_told_through_apprise(desk: Desk, letterbox: Letterbox) -> None:
    heard: list[str] = []

    async def hear(request: web.Request) -> web.Response:
        heard.append((await request.json())["message"])
        return web.Response()

    chat = web.Application()
    chat.router.add_post("/{tail:.*}", hear)
    runner = web.AppRunner(chat)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    targets = Targets((f"json://127.0.0.1:{port}/told", "json://127.0.0.1:1/nobody"))
    run, day = await a_run(desk), yesterday(desk)
    try:
        await send_day(run, Post(letterbox.server(), targets), day)
    finally:
        await runner.cleanup()

    assert len(heard) == 1
    assert "No order was placed on this day." in heard[0]
    told = (await summary(run, day))["delivery"]["told"]
    assert [(each["to"], each["result"]) for each in told] == [("json", "sent"), ("json 2", "unknown")]
    assert await noted(desk, day) == "sent"
