"""Master data is read part by part, once for everybody who waits, and only when it may have changed."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from urllib.parse import urlsplit

from sqlalchemy import text
from tests.jobs.desk import Desk

from ml_connector.jobs.masters import FRESH_FOR, STUMBLED, Part, forget_masters, masters_of, stumbled

TAXES = {"/settings/taxes", "/settings/taxexemptions"}


def asked(desk: Desk) -> list[str]:
    """What Zoho was asked, without the groups of taxes that belong to the list of taxes."""
    paths = [urlsplit(request.url).path.partition("/books/v3")[2] for request in desk.doors.to_zoho]
    return [path for path in paths if not path.startswith("/settings/taxgroups/")]


async def test_what_is_fresh_costs_no_call(desk: Desk) -> None:
    run = await desk.run()
    desk.doors.requests.clear()

    await masters_of(run)
    nothing = await stumbled(run, {Part.TAXES})

    assert not nothing
    assert asked(desk) == []


async def test_a_decision_that_stumbles_reads_only_what_it_stumbled_over(desk: Desk) -> None:
    run = await desk.run()
    desk.doors.requests.clear()
    await desk.pass_for_the_tables(STUMBLED.total_seconds() + 1)

    again = await stumbled(run, {Part.TAXES})

    assert again
    assert set(asked(desk)) == TAXES


async def test_everybody_who_waits_is_served_by_one_reading(desk: Desk) -> None:
    run = await desk.run()
    desk.doors.requests.clear()
    await desk.pass_for_the_tables(STUMBLED.total_seconds() + 1)

    await asyncio.gather(*(stumbled(run, {Part.TAXES}) for _ in range(8)))

    assert sorted(asked(desk)) == sorted(TAXES)


async def test_a_part_that_was_forgotten_is_read_alone(desk: Desk) -> None:
    run = await desk.run()
    await forget_masters(run, {Part.LOCK})
    desk.doors.requests.clear()

    kept = await masters_of(run)

    assert asked(desk) == ["/transactionlock"]
    assert kept.asked_at.keys() == set(Part)


async def test_each_part_has_an_age_of_its_own(desk: Desk) -> None:
    run = await desk.run()
    async with desk.store.transaction() as tx:
        older = text("UPDATE masters SET fetched_at = fetched_at - CAST(:age AS interval) WHERE kind = 'accounts'")
        await tx.execute(older, {"age": FRESH_FOR + timedelta(hours=2)})
    desk.doors.requests.clear()

    await masters_of(run)

    assert asked(desk) == ["/chartofaccounts", "/bankaccounts"]
