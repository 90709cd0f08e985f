"""The worker's edge: what is foreseen, what is not, and how a process stops."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest
from tests.queue.rows import Rows
from tests.queue.test_relay import a_shop
from tests.queue.waiting import at_rest, eventually

from ml_connector.domain.outcome import Outcome, Reason, Verdict
from ml_connector.queue import Engine, Wanted
from ml_connector.queue.running import JobSeen
from ml_connector.queue.subjects import Subject, name_of, subject_of
from ml_connector.queue.worker import Edge, WorkerSide
from ml_connector.store.errors import StoreBusy, StoreTrouble, StoreUnavailable


class Jobs:
    """What a run does, as a test wants it: answers every subject, unless it is told otherwise."""

    def __init__(self, rows: Rows) -> None:
        self.rows = rows
        self.ran: list[Subject] = []
        self.unforeseen: list[tuple[Subject, Exception]] = []
        self.error: Exception | None = None
        self.outcome: Outcome | None = None
        self.gate: asyncio.Event | None = None

    async def process(self, subject: Subject) -> Outcome | None:
        self.ran.append(subject)
        if self.gate is not None:
            await self.gate.wait()
        if self.error is not None:
            raise self.error
        await self.rows.answer(subject)
        return self.outcome

    async def write_down(self, subject: Subject, error: Exception) -> Outcome | None:
        self.unforeseen.append((subject, error))
        await self.rows.answer(subject)
        return None

    def side(self, engine: Engine) -> WorkerSide:
        return WorkerSide(
            engine, self.rows.backlog, Edge(self.process, self.write_down, self.rows.knock), concurrency=4
        )


async def at_work(side: WorkerSide) -> asyncio.Task[None]:
    task = asyncio.create_task(side.run())
    await asyncio.sleep(0)
    return task


async def test_knocked_rows_are_worked_off(engine: Engine, rows: Rows) -> None:
    jobs = Jobs(rows)
    keys = await a_shop(rows, 25)
    side = jobs.side(engine)

    task = await at_work(side)
    await eventually(lambda: _none_left(rows))
    await side.drain(within_s=5)
    await task

    assert sorted(jobs.ran, key=name_of) == sorted(keys, key=name_of)


async def _none_left(rows: Rows) -> bool:
    return await rows.outstanding() == 0


async def test_what_nobody_foresaw_is_written_down_and_the_next_subject_runs(engine: Engine, rows: Rows) -> None:
    jobs = Jobs(rows)
    jobs.error = ZeroDivisionError("a bug of ours")
    keys = await a_shop(rows, 3)
    side = jobs.side(engine)

    task = await at_work(side)
    await eventually(lambda: _none_left(rows))
    await at_rest(engine)
    await side.drain(within_s=5)
    await task

    assert sorted((subject for subject, _ in jobs.unforeseen), key=name_of) == keys
    assert {type(error) for _, error in jobs.unforeseen} == {ZeroDivisionError}
    assert await engine.failed() == ()


async def test_a_failure_that_cannot_even_be_written_down_stops_nobody(engine: Engine, rows: Rows) -> None:
    jobs = Jobs(rows)

    async def write_down(_subject: Subject, _error: Exception) -> None:
        raise OSError("the disk is full")

    edge = Edge(jobs.process, write_down, rows.knock)
    jobs.error = ZeroDivisionError()

    assert await edge._run(Subject(1, "order", "42"), retried=False) is None


@pytest.mark.parametrize("trouble", [StoreUnavailable("it is starting"), StoreBusy("a deadlock")])
async def test_a_database_that_is_away_is_nobodys_bug_and_leaves_the_row_as_it_is(trouble: StoreTrouble) -> None:
    written_down: list[Subject] = []

    async def process(_: Subject) -> Outcome | None:
        raise trouble

    async def write_down(subject: Subject, _: Exception) -> Outcome | None:
        written_down.append(subject)
        return None

    async def knock(_: Subject) -> None:
        raise AssertionError("the row is outstanding as it is")

    await Edge(process, write_down, knock)(JobSeen("1:order:1", retried=False, added_at=datetime.now(UTC)))

    assert written_down == []


async def test_a_final_failure_is_shown_among_the_queue_s_failed_jobs(engine: Engine, rows: Rows) -> None:
    jobs = Jobs(rows)
    jobs.outcome = Outcome(Verdict.FAILED, Reason("refused", "Zoho refused the invoice for good."))
    [key] = await a_shop(rows, 1)
    side = jobs.side(engine)

    task = await at_work(side)
    await eventually(lambda: _has_failed(engine))
    await side.drain(within_s=5)
    await task

    [failed] = await engine.failed()
    assert (failed.subject, failed.reason) == (name_of(key), "Zoho refused the invoice for good.")


async def _has_failed(engine: Engine) -> bool:
    return (await engine.counts()).failed > 0


async def test_a_retry_in_the_queue_s_tools_is_a_knock(engine: Engine, rows: Rows) -> None:
    jobs = Jobs(rows)
    jobs.outcome = Outcome(Verdict.FAILED, Reason("refused", "Zoho refused."))
    [key] = await a_shop(rows, 1)
    side = jobs.side(engine)
    task = await at_work(side)
    await eventually(lambda: _has_failed(engine))
    jobs.outcome = None

    [failed] = await engine.failed()
    await engine.retry(failed.job_id)
    await eventually(lambda: _ran(jobs, 2))
    await at_rest(engine)
    await side.drain(within_s=5)
    await task

    assert await rows.knocked(key) == 2
    assert await rows.outstanding() == 0
    assert await engine.failed() == ()


async def _ran(jobs: Jobs, times: int) -> bool:
    return len(jobs.ran) >= times


async def test_a_job_that_is_not_ours_ends_among_the_failed(engine: Engine, rows: Rows) -> None:
    jobs = Jobs(rows)
    side = jobs.side(engine)
    task = await at_work(side)

    await engine.add([Wanted("somebody else's", "other", 1)])
    await eventually(lambda: _has_failed(engine))
    await side.drain(within_s=5)
    await task

    assert jobs.ran == []


async def test_a_stop_finishes_what_runs_and_another_process_does_the_rest(engine: Engine, rows: Rows) -> None:
    first, second = Jobs(rows), Jobs(rows)
    first.gate = asyncio.Event()
    keys = await a_shop(rows, 30)
    side = first.side(engine)
    task = await at_work(side)
    await eventually(lambda: _ran(first, 4))

    draining = asyncio.create_task(side.drain(within_s=5))
    await asyncio.sleep(0)
    first.gate.set()
    await draining
    await task
    done_by_first = len(first.ran)

    other = second.side(engine)
    task = await at_work(other)
    await eventually(lambda: _none_left(rows))
    await other.drain(within_s=5)
    await task

    assert done_by_first == 4
    assert sorted([*first.ran, *second.ran], key=name_of) == sorted(keys, key=name_of)


@pytest.mark.parametrize("text", ["", "order", "x:order:42", "1:order"])
def test_a_subject_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        subject_of(text)


def test_a_subject_s_name_survives_the_way_through_the_queue() -> None:
    key = Subject(7, "order", "gid://shopify/Order/42")

    assert subject_of(name_of(key)) == key
