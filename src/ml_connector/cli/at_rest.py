"""Running subjects in this process until they are at rest, beside whatever other processes do."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from ml_connector.queue.running import GivenUp, JobSeen
from ml_connector.queue.subjects import name_of
from ml_connector.queue.worker import Edge
from ml_connector.store.subjects import Knock, Lane, Subject, SubjectState
from ml_connector.wiring import Application

LOOK_S = 0.2
"""How often a subject is looked at while another process has it."""


async def knock(app: Application, subjects: Sequence[Subject]) -> None:
    """Ask that each be looked at now, before everything else."""
    async with app.store.at_once() as tx:
        await app.store.subjects.knock(tx, [Knock(subject, Lane.LIVE) for subject in subjects])


async def until_at_rest(app: Application, subjects: Sequence[Subject], *, timeout_s: float) -> bool:
    """Run *subjects* until none is outstanding, or waits for a person to let its connection post.

    False when *timeout_s* seconds were not enough.
    """
    room = asyncio.Semaphore(app.settings.worker_concurrency)

    async def settle(subject: Subject) -> None:
        async with room:
            await _settle(app, subject)

    try:
        async with asyncio.timeout(timeout_s), asyncio.TaskGroup() as group:
            for subject in subjects:
                group.create_task(settle(subject))
    except TimeoutError:
        return False
    return True


async def _settle(app: Application, subject: Subject) -> None:
    edge = Edge(app.runner, app.runner.unforeseen, lambda again: knock(app, [again]))
    while (state := await _state(app, subject)) is not None and state.outstanding:
        wait = await _wait_s(app, state)
        if wait > 0 and await _rests(app, state):
            return
        if wait > 0:
            await app.clock.sleep(wait)
            continue
        try:
            await edge(JobSeen(name_of(subject), retried=False, added_at=app.clock.now()))
        except GivenUp:  # said by its outcome, which is at rest
            continue


async def _state(app: Application, subject: Subject) -> SubjectState | None:
    async with app.store.at_once() as tx:
        return await app.store.subjects.state(tx, subject)


async def _rests(app: Application, state: SubjectState) -> bool:
    """Whether it was planned, and waits only because its connection rests."""
    run = await app.runtimes.of(state.subject.connection_id)
    return run.resting is not None and state.lease_until is None and not run.resting.lets(state.subject)


async def _wait_s(app: Application, state: SubjectState) -> float:
    """Seconds until it is worth running: never before it is due, and in small steps while somebody else has it."""
    now = await app.store.now()
    if state.lease_until is not None and state.lease_until > now:
        return LOOK_S
    return min(max((state.due_at - now).total_seconds(), 0.0), 1.0)
