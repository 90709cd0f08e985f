"""The way to PostgreSQL: every address, every failure with its remedy, and how often we ask."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterator
from pathlib import Path

import psycopg
import pytest
from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from sqlalchemy import text
from tests.store.builders import ORGANIZATION, a_delivery, a_lease, an_intent, an_order, ask, counted, do, send

from ml_connector.domain.trouble import Remedy, Trouble
from ml_connector.store import Store, errors
from ml_connector.store.database import at_once, check_server, connect, transaction
from ml_connector.store.errors import ServerTooOld, StoreBusy, StoreTrouble, StoreUnavailable
from ml_connector.store.keys import GivenKeys, Key
from ml_connector.store.operations import Step
from ml_connector.store.sql import driver, run
from ml_connector.store.subjects import Knock, Lane


async def test_whatever_libpq_accepts_is_an_address(tables_url: str, a_key: Key) -> None:
    parts = conninfo_to_dict(tables_url)
    folder, name, user, port = (str(parts[word]) for word in ("host", "dbname", "user", "port"))
    quoted = folder.replace("/", "%2F")

    for url in (
        make_conninfo(tables_url),
        f"postgresql://{user}@{quoted}:{port}/{name}",
        f"postgres:///{name}?host={folder}&user={user}&port={port}",
    ):
        engine = connect(url)
        await check_server(engine)
        await engine.dispose()


async def test_times_are_aware_and_in_utc(store: Store) -> None:
    assert (await store.now()).tzname() == "UTC"


async def test_a_session_that_sleeps_in_a_transaction_is_ended_by_the_server(store: Store) -> None:
    async with store.transaction() as tx:
        settings = (
            await tx.execute(
                text(
                    """SELECT current_setting('idle_in_transaction_session_timeout'),
                              current_setting('statement_timeout')"""
                )
            )
        ).one()

    assert tuple(settings) == ("30s", "1min")


async def test_nobody_there_is_said_in_a_sentence(tmp_path: Path) -> None:
    engine = connect(f"postgresql:///x?host={tmp_path}")

    with pytest.raises(StoreUnavailable) as away:
        await check_server(engine)

    assert away.value.remedy is Remedy.LATER
    assert "database" in away.value.text
    assert isinstance(away.value.__cause__, Exception)


async def test_a_database_that_is_not_there_is_said_too(tables_url: str) -> None:
    engine = connect(make_conninfo(tables_url, dbname="nowhere"))

    with pytest.raises(StoreUnavailable, match="nowhere"):
        await check_server(engine)


async def test_a_broken_connection_is_told_once_and_replaced(store: Store) -> None:
    with pytest.raises(StoreUnavailable):
        async with store.transaction() as tx:
            await tx.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))

    assert await ask(store, "SELECT 1") == 1


async def test_a_session_that_froze_in_a_transaction_is_ended_and_told_as_away(store: Store) -> None:
    async def freezing() -> None:
        async with store.transaction() as tx:
            number = (await tx.execute(text("SELECT pg_backend_pid()"))).scalar_one()
            await tx.execute(text("SET LOCAL idle_in_transaction_session_timeout = 1"))
            while await ask(store, f"SELECT count(*) FROM pg_stat_activity WHERE pid = {number}"):
                continue
            await run(tx, text("SELECT 1"))

    with pytest.raises(StoreUnavailable, match="idle-in-transaction"):
        await freezing()

    assert await ask(store, "SELECT 1") == 1


async def test_who_held_a_connection_while_another_broke_has_it_closed_and_not_forgotten(tables_url: str) -> None:
    pool = connect(tables_url)

    async with at_once(pool) as held:
        with pytest.raises(StoreUnavailable):
            async with at_once(pool) as tx:
                await run(tx, text("SELECT pg_terminate_backend(pg_backend_pid())"))
        old = driver(held)
    async with at_once(pool) as tx:
        new = driver(tx)
    async with at_once(pool) as tx:
        again = driver(tx)

    assert old.closed
    assert new is not old
    assert again is new
    await pool.dispose()
    assert new.closed


async def test_what_is_in_use_when_the_pool_is_let_go_is_closed_when_it_comes_back(tables_url: str) -> None:
    pool = connect(tables_url)

    async with at_once(pool) as tx:
        await pool.dispose()
        assert not driver(tx).closed
        used = driver(tx)

    assert used.closed


async def test_a_full_pool_is_said_and_not_waited_for_for_ever(tables_url: str) -> None:
    engine = connect(tables_url, pool_size=1, pool_timeout_s=0.05)

    with pytest.raises(StoreUnavailable, match="in use"):
        async with at_once(engine), at_once(engine):
            pytest.fail("two connections from a pool of one")

    await engine.dispose()


async def test_who_waits_for_a_connection_gets_the_next_one_that_comes_back(tables_url: str) -> None:
    pool = connect(tables_url, pool_size=1, pool_timeout_s=5.0)
    told: list[int] = []

    async def said() -> None:
        async with at_once(pool) as tx:
            told.append(driver(tx).info.backend_pid)
            await run(tx, text("SELECT 1"))

    await asyncio.gather(*(said() for _ in range(5)))
    await said()

    assert len(told) == 6
    assert len(set(told)) == 1
    await pool.dispose()


async def test_a_deadlock_is_undone_for_one_and_can_be_done_again(store: Store) -> None:
    await do(store, "INSERT INTO leases (name) VALUES ('a'), ('b')")
    both = asyncio.Barrier(2)

    async def lock(first: str, second: str) -> None:
        async with store.transaction() as tx:
            await tx.execute(text("SET LOCAL deadlock_timeout = '10ms'"))
            await tx.execute(text("UPDATE leases SET fence = 1 WHERE name = :name"), {"name": first})
            await both.wait()
            await tx.execute(text("UPDATE leases SET fence = 1 WHERE name = :name"), {"name": second})

    answers = await asyncio.gather(lock("a", "b"), lock("b", "a"), return_exceptions=True)

    assert sorted(type(answer) for answer in answers if answer) == [StoreBusy]


async def test_our_own_mistakes_are_not_dressed_up(store: Store) -> None:
    with pytest.raises(ProgrammingError):
        await do(store, "SELECT nothing FROM nowhere")


async def test_an_old_server_is_refused(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    from ml_connector.store import database

    monkeypatch.setattr(database, "OLDEST_SERVER", 99)

    with pytest.raises(ServerTooOld, match="newer"):
        await check_server(store.engine)


async def test_what_is_raised_inside_undoes_the_transaction_and_stays_itself(store: Store) -> None:
    class Stop(Exception):
        pass

    async def stopped() -> None:
        async with transaction(store.engine) as tx:
            await tx.execute(text("INSERT INTO leases (name) VALUES ('a')"))
            raise Stop

    with pytest.raises(Stop):
        await stopped()

    assert await ask(store, "SELECT count(*) FROM leases") == 0


async def test_a_password_is_in_no_engines_name() -> None:
    engine = connect("postgresql://anne:s3cret@localhost/x")

    assert "s3cret" not in repr(engine) + str(engine.url)


@pytest.mark.parametrize(
    "kind",
    [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, StoreTrouble)],
)
def test_every_error_answers_the_three_questions(kind: type[StoreTrouble]) -> None:
    named = [base for base in kind.__mro__ if "code" in vars(base)]

    assert named[0] is kind, "an error has a code of its own"
    assert issubclass(kind, Trouble)
    assert kind.remedy is not None
    assert kind.acts is not None
    assert kind.__doc__ or issubclass(kind, errors.Unusable)


async def test_the_hot_paths_are_one_round_trip_each(store: Store, connection_id: int) -> None:
    """From a delivery to a settled operation: eight statements, each its own commit when nothing else belongs to it."""
    order = an_order(connection_id)
    key = an_intent().key
    async with store.at_once() as tx:
        await store.allowances.open(tx, ORGANIZATION)

    with counted() as sent:
        async with store.at_once() as tx:
            await store.deliveries.accept_many(tx, [a_delivery(connection_id, f"w{n}") for n in range(100)])
            await store.subjects.take_due(tx, window=60, limit=500, lost_after_s=120)
        lease = await a_lease(store, order)
        async with store.at_once() as tx:
            await store.operations.of_subject(tx, order)
            await store.operations.intend(tx, lease, [an_intent()])
        await send(store, lease, key)
        async with store.transaction() as tx:
            await store.operations.settle(tx, lease, [Step(key, "done")])
            await store.subjects.answered(tx, lease)

    assert len(sent) == 8


async def test_knocking_for_many_is_one_round_trip(store: Store, connection_id: int) -> None:
    with counted() as sent:
        async with store.at_once() as tx:
            await store.subjects.knock(tx, [Knock(an_order(connection_id, n), Lane.BACKFILL) for n in range(500)])

    assert len(sent) == 1


@pytest.fixture
async def other_store(tables_url: str, a_key: Key) -> AsyncIterator[Store]:
    """Another process's store on the same database."""
    opened = await Store.open(tables_url, GivenKeys((a_key,)))
    yield opened
    await opened.close()


async def test_two_processes_see_each_others_commits(store: Store, other_store: Store, connection_id: int) -> None:
    async with other_store.at_once() as tx:
        connection = await other_store.connections.get(tx, connection_id)

    assert connection is not None


def test_psycopg_reads_our_addresses() -> None:
    assert psycopg.conninfo.conninfo_to_dict("postgresql:///x?host=/tmp/a%20b")["host"] == "/tmp/a b"


async def test_a_statement_that_was_interrupted_twice_leaves_nobody_a_busy_connection(tables_url: str) -> None:
    """Frameworks cancel again and again until a task has ended: the driver's own tidying up is interrupted too."""
    engine = connect(tables_url, pool_size=1)
    under_way = asyncio.Event()

    async def look() -> None:
        async with at_once(engine) as tx:
            await run(tx, text("SELECT 1"))
            under_way.set()
            await run(tx, text("SELECT pg_sleep(30)"))

    looking = asyncio.create_task(look())
    await under_way.wait()
    while not looking.done():
        await asyncio.sleep(0)
        looking.cancel()

    async with at_once(engine) as tx:
        await run(tx, text("SELECT 1"))
    await engine.dispose()
