"""The runtime of a connection: one for all runs of a process, and a new one when the connection changes."""

from __future__ import annotations

import asyncio

from tests.jobs.desk import Desk


async def changed(desk: Desk) -> None:
    """A restore is one of the things that make a connection another one."""
    async with desk.store.at_once() as tx:
        await desk.store.connections.restored(tx)


async def test_runs_that_start_side_by_side_share_one(desk: Desk) -> None:
    await changed(desk)

    made = await asyncio.gather(*(desk.runtimes.of(desk.connection_id) for _ in range(8)))

    assert len({id(each) for each in made}) == 1


async def test_a_changed_connection_has_a_new_one_that_marks_together_with_runs_of_the_old(desk: Desk) -> None:
    before = await desk.runtimes.of(desk.connection_id)
    await changed(desk)

    after = await desk.runtimes.of(desk.connection_id)

    assert after is not before
    assert after.together is before.together
