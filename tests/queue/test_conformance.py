"""What we count on from BullMQ, the same on PostgreSQL and on Redis. Every test here runs on both."""

from __future__ import annotations

import asyncio
import os
import sys

import pytest
from tests.conftest import ROOT
from tests.queue.back_ends import Place
from tests.queue.waiting import QUICK, Recorder, at_rest, eventually, running

from ml_connector.queue import Counts, Engine, GivenUp, JobSeen, QueueAway, Wanted


def an_order(number: int, *, priority: int = 1) -> Wanted:
    return Wanted(f"1:order:{number}", "order", priority)


async def test_a_job_carries_its_subject_and_leaves_nothing_behind(engine: Engine) -> None:
    recorder = Recorder()
    await engine.add([an_order(42)])

    async with running(engine, recorder):
        await recorder.saw(1)
        await at_rest(engine)

    assert recorder.subjects == ["1:order:42"]
    assert await engine.counts() == Counts(waiting=0, active=0, delayed=0, failed=0)


async def test_the_smaller_priority_is_served_first_whoever_came_first(engine: Engine) -> None:
    recorder = Recorder()
    await engine.add([an_order(1, priority=300)])
    await engine.add([an_order(2, priority=200)])
    await engine.add([an_order(3, priority=1)])

    async with running(engine, recorder, concurrency=1):
        seen = await recorder.saw(3)

    assert seen == ["1:order:3", "1:order:2", "1:order:1"]


async def test_equal_priorities_are_served_in_the_order_of_arrival(engine: Engine) -> None:
    recorder = Recorder()
    for number in (5, 3, 9, 1):
        await engine.add([an_order(number)])

    async with running(engine, recorder, concurrency=1):
        seen = await recorder.saw(4)

    assert seen == ["1:order:5", "1:order:3", "1:order:9", "1:order:1"]


async def test_a_waiting_job_can_be_given_an_earlier_turn(engine: Engine) -> None:
    recorder = Recorder()
    await engine.add([an_order(1, priority=100), an_order(2, priority=100)])
    [late] = await engine.add([an_order(3, priority=500)])

    changed = await engine.reprioritise(late, 1)

    async with running(engine, recorder, concurrency=1):
        assert (await recorder.saw(3))[0] == "1:order:3"
    assert changed


async def test_an_ended_job_has_no_turn_to_change(engine: Engine) -> None:
    recorder = Recorder()
    [job_id] = await engine.add([an_order(1)])
    async with running(engine, recorder):
        await recorder.saw(1)
        await at_rest(engine)

    assert not await engine.reprioritise(job_id, 5)


async def test_a_subject_that_waits_is_not_added_twice(engine: Engine) -> None:
    [first] = await engine.add([an_order(1)])

    again = await engine.add([an_order(1, priority=7), an_order(1, priority=3)])

    assert again == (first, first)
    assert (await engine.counts()).waiting == 1


async def test_a_running_subject_gets_one_more_run_however_often_it_is_knocked(engine: Engine) -> None:
    go_on = asyncio.Event()
    recorder = Recorder(lambda _job: asyncio.wait_for(go_on.wait(), 10))
    await engine.add([an_order(1)])

    async with running(engine, recorder):
        await recorder.saw(1)
        for _ in range(5):
            await engine.add([an_order(1)])
        while_running = await engine.counts()
        go_on.set()
        await recorder.saw(2)
        await at_rest(engine)

    assert (while_running.active, while_running.waiting) == (1, 0)
    assert recorder.subjects == ["1:order:1", "1:order:1"]


async def test_one_subject_never_runs_twice_at_once(engine: Engine) -> None:
    busy: set[str] = set()
    overlaps: list[str] = []

    async def work(job: JobSeen) -> None:
        if job.subject in busy:
            overlaps.append(job.subject)
        busy.add(job.subject)
        await asyncio.sleep(0)
        await engine.reachable()
        busy.discard(job.subject)

    recorder = Recorder(work)
    async with running(engine, recorder, concurrency=8):
        for _ in range(30):
            await engine.add([an_order(number) for number in range(5)])
        await at_rest(engine)

    assert overlaps == []


async def test_a_final_failure_is_among_the_failed_with_its_sentence(engine: Engine) -> None:
    async def refuse(_job: JobSeen) -> None:
        raise GivenUp("Zoho refused the invoice.")

    async with running(engine, refuse):
        await engine.add([an_order(1)])
        await at_rest(engine)

    [failed] = await engine.failed()
    assert (failed.subject, failed.reason) == ("1:order:1", "Zoho refused the invoice.")
    assert failed.failed_at is not None
    assert failed.failed_at.tzinfo is not None


async def test_nothing_failed_is_an_empty_list(engine: Engine) -> None:
    assert await engine.failed() == ()


async def test_a_failed_subject_may_be_added_again(engine: Engine) -> None:
    async def refuse_once(job: JobSeen) -> None:
        if len(recorder.seen) == 1:
            raise GivenUp("not today")

    recorder = Recorder(refuse_once)
    async with running(engine, recorder):
        await engine.add([an_order(1)])
        await at_rest(engine)
        await engine.add([an_order(1)])
        await recorder.saw(2)
        await at_rest(engine)

    assert [job.retried for job in recorder.seen] == [False, False]


async def test_a_retry_in_the_queue_s_own_tools_runs_and_says_that_it_is_one(engine: Engine) -> None:
    async def refuse_once(job: JobSeen) -> None:
        if len(recorder.seen) == 1:
            raise GivenUp("not today")

    recorder = Recorder(refuse_once)
    async with running(engine, recorder):
        await engine.add([an_order(1)])
        await at_rest(engine)
        [failed] = await engine.failed()
        retried = await engine.retry(failed.job_id)
        await recorder.saw(2)
        await at_rest(engine)

    assert retried
    assert [job.retried for job in recorder.seen] == [False, True]
    assert await engine.failed() == ()


async def test_only_what_failed_can_be_retried(engine: Engine) -> None:
    [waiting] = await engine.add([an_order(1)])

    assert not await engine.retry(waiting)
    assert not await engine.retry("no-such-job")


async def test_a_killed_process_loses_its_job_to_another_however_often(engine: Engine, place: Place) -> None:
    recorder = Recorder()
    await engine.add([an_order(1)])

    for _ in range(3):  # BullMQ would fail the job at the second time, unless told otherwise
        await _take_and_die(engine, place)
    async with running(engine, recorder):
        await recorder.saw(1)
        await at_rest(engine)

    assert recorder.subjects == ["1:order:1"]
    assert await engine.failed() == ()


async def _take_and_die(engine: Engine, place: Place) -> None:
    """Start a process, let it take a job, and kill it."""
    url = str(getattr(place.back_end, "url", ""))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.queue.killed_worker", engine.where, url, engine.name),
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT / "src"), str(ROOT)))},
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    async with asyncio.timeout(20):
        taken = await process.stdout.readline()
    process.kill()
    await process.wait()
    assert taken


async def test_an_emptied_queue_takes_the_same_subjects_again(engine: Engine) -> None:
    recorder = Recorder()
    await engine.add([an_order(number) for number in range(10)])

    await engine.empty()
    assert (await engine.counts()).alive == 0
    await engine.add([an_order(number) for number in reversed(range(10))])

    async with running(engine, recorder):
        await recorder.saw(10)
        await at_rest(engine)
    assert sorted(recorder.subjects) == [f"1:order:{number}" for number in range(10)]


async def test_emptied_under_a_running_job_the_worker_goes_on(engine: Engine) -> None:
    go_on = asyncio.Event()
    recorder = Recorder(lambda _job: asyncio.wait_for(go_on.wait(), 10))
    async with running(engine, recorder):
        await engine.add([an_order(1)])
        await recorder.saw(1)

        await engine.empty()
        go_on.set()
        await engine.add([an_order(1), an_order(2)])

        await recorder.saw(3)
        await at_rest(engine)
    # job numbers begin anew in an emptied queue, so the old job's end may disturb a new one: it runs again
    assert set(recorder.subjects[1:]) == {"1:order:1", "1:order:2"}


async def test_stops_in_a_row_under_load_lose_nothing_and_run_nothing_twice(engine: Engine) -> None:
    subjects = [f"1:order:{number}" for number in range(120)]
    recorder = Recorder(lambda _job: engine.reachable())
    await engine.add([Wanted(subject, "order", 1) for subject in subjects])

    for stop_after in range(10, 60, 10):
        worker = engine.running(recorder, concurrency=8, timings=QUICK)
        task = asyncio.create_task(worker.run())
        await recorder.saw(stop_after)
        await worker.drain(within_s=5)
        await task
        assert (await engine.counts()).active == 0
        await engine.add([Wanted(subject, "order", 1) for subject in worker.handed_back])
    async with running(engine, recorder):
        await at_rest(engine)

    assert sorted(recorder.subjects) == sorted(subjects)


async def test_a_drain_finishes_what_runs_and_leaves_the_rest_waiting(engine: Engine) -> None:
    go_on = asyncio.Event()
    recorder = Recorder(lambda _job: asyncio.wait_for(go_on.wait(), 10))
    await engine.add([an_order(number, priority=number + 1) for number in range(20)])
    worker = engine.running(recorder, concurrency=4, timings=QUICK)
    task = asyncio.create_task(worker.run())
    await recorder.saw(4)

    draining = asyncio.create_task(worker.drain(within_s=5))
    await asyncio.sleep(0)
    go_on.set()
    await draining
    await task

    left = await engine.counts()
    assert left.active == 0
    assert left.waiting + len(worker.handed_back) == 16
    assert len(recorder.seen) == 4


async def test_a_drain_that_lasts_too_long_ends_like_a_kill(engine: Engine) -> None:
    recorder = Recorder(lambda _job: asyncio.Event().wait())  # type: ignore[arg-type, return-value]
    await engine.add([an_order(1)])
    worker = engine.running(recorder, concurrency=4, timings=QUICK)
    task = asyncio.create_task(worker.run())
    await recorder.saw(1)

    await worker.drain(within_s=0.05)
    await task

    second = Recorder()
    async with running(engine, second):
        assert await second.saw(1) == ["1:order:1"]


async def test_a_worker_that_never_ran_drains_at_once(engine: Engine) -> None:
    await engine.running(Recorder(), concurrency=1).drain()


async def test_cut_connections_are_not_even_noticed(engine: Engine, place: Place) -> None:
    recorder = Recorder()
    async with running(engine, recorder):
        await engine.add([an_order(1)])
        await recorder.saw(1)

        place.drop_connections()
        await engine.add([an_order(2)])

        await recorder.saw(2)
        await at_rest(engine)
    assert recorder.subjects == ["1:order:1", "1:order:2"]


async def test_an_absent_back_end_is_said_so_and_work_goes_on_when_it_is_back(engine: Engine, place: Place) -> None:
    recorder = Recorder()
    async with running(engine, recorder):
        await engine.add([an_order(1)])
        await recorder.saw(1)
        place.go_away()
        try:
            with pytest.raises(QueueAway):
                await engine.add([an_order(2)])
            with pytest.raises(QueueAway):
                await engine.reachable()
        finally:
            place.come_back()

        await engine.add([an_order(3)])
        await recorder.saw(2)
    assert recorder.subjects == ["1:order:1", "1:order:3"]


async def test_a_worker_started_before_its_back_end_begins_when_it_comes(engine: Engine, place: Place) -> None:
    recorder = Recorder()
    place.go_away()
    try:
        worker = engine.running(recorder, concurrency=2, timings=QUICK)
        task = asyncio.create_task(worker.run())
        await asyncio.sleep(0)
    finally:
        place.come_back()

    async def added() -> bool:
        try:
            await engine.add([an_order(1)])
        except QueueAway:
            return False
        return True

    await eventually(added)
    assert await recorder.saw(1) == ["1:order:1"]
    await worker.drain(within_s=5)
    await task


async def test_a_stop_while_the_back_end_is_away_does_not_wait_for_it(engine: Engine, place: Place) -> None:
    recorder = Recorder()
    worker = engine.running(recorder, concurrency=2, timings=QUICK)
    task = asyncio.create_task(worker.run())
    await engine.add([an_order(1)])
    await recorder.saw(1)
    await at_rest(engine)

    place.go_away()
    try:
        async with asyncio.timeout(15):
            await worker.drain(within_s=1)
            await task
    finally:
        place.come_back()
    assert recorder.subjects == ["1:order:1"]
