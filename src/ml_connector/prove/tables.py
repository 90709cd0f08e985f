"""The proof's database: the real tables on a clock that stands still until it is told otherwise.

Our statements say `clock_timestamp()`. In this database a function of that name stands before PostgreSQL's own in the
search path, so not one statement of the store is changed.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import psycopg
from psycopg import waiting
from psycopg.abc import PQGen
from sqlalchemy import TextClause

from ml_connector.store.database import SCHEMA, at_once
from ml_connector.store.migrate import migrate
from ml_connector.store.pool import Pool
from ml_connector.store.sql import Row, all_rows, driver, one_row, run, text

ANSWER_S = 60.0
"""How often one who waits on the spot looks up in between; an answer comes at once."""
SEARCH_PATH = f"{SCHEMA}, pg_catalog"

_CLOCK = f"""
    CREATE FUNCTION {SCHEMA}.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE
        AS 'SELECT current_setting(''proof.moment'')::timestamptz';
"""
_GOES_ON = f"""
    CREATE UNLOGGED TABLE {SCHEMA}.proof_clock (ahead interval NOT NULL);
    INSERT INTO {SCHEMA}.proof_clock VALUES ('0');
    CREATE FUNCTION {SCHEMA}.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE
        AS 'SELECT pg_catalog.clock_timestamp() + ahead FROM {SCHEMA}.proof_clock';
"""  # noqa: S608 - names of our own
_AHEAD = text("UPDATE proof_clock SET ahead = :ahead")
_DEFAULTS = """
    SELECT table_name, column_name FROM information_schema.columns
    WHERE table_schema = %s AND column_default = 'clock_timestamp()'
"""
_WELL = b"""
    ; DELETE FROM policies WHERE version > 1
    ; UPDATE connections SET health = 'ok', health_reason = NULL, paused_until = NULL, restored_at = NULL,
                             policy_version = 1, changed_at = clock_timestamp()
"""
_SET = text("SELECT set_config('proof.moment', :moment, false)")
_NAMES = text("SELECT tablename FROM pg_tables WHERE schemaname = :schema ORDER BY tablename")

_BEGINNING = "proof.moment = '2000-01-01T00:00:00Z'"

KEPT = frozenset(
    {"connections", "keys", "policies", "schema_steps", "schema_version", "secrets", "proof_clock"}
    | {"proof_masters_marked", "proof_masters_unmarked"}
)
"""What a run leaves as it was."""


def prepare(url: str, *, stands_still: bool = True) -> None:
    """Make the tables in the empty database at *url*, and put the clock before PostgreSQL's own.

    *stands_still*: the clock moves only when it is told to, in the one session that `pool_size=1` gives; else it goes,
    and can be put forward.
    """
    migrate(url)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute((_CLOCK if stands_still else _GOES_ON).encode())
        for table, column in connection.execute(_DEFAULTS, [SCHEMA]).fetchall():
            change = f'ALTER TABLE {SCHEMA}."{table}" ALTER "{column}" SET DEFAULT {SCHEMA}.clock_timestamp()'
            connection.execute(change.encode())
        name = connection.info.dbname
        # durability is attacked by the proof with real processes; here it would only cost time, as would planning
        for setting in ("synchronous_commit = off", "plan_cache_mode = force_generic_plan", "jit = off", _BEGINNING):
            connection.execute(f'ALTER DATABASE "{name}" SET {setting}'.encode())


def hurry(url: str) -> None:
    """Let the server at *url*, which is nobody else's, not wait for the disk: no proof of ours pulls its plug."""
    with psycopg.connect(url, autocommit=True) as connection:
        for setting in ("fsync", "full_page_writes"):
            connection.execute(f"ALTER SYSTEM SET {setting} = off".encode())
        connection.execute("SELECT pg_reload_conf()")


async def wait_on_the_spot(engine: Pool) -> None:
    """Let the one session of *engine* stop the whole process until PostgreSQL has answered.

    While a statement is under way nobody else may go on anyway, and turns of the event loop cost as much as it does.
    """
    async with at_once(engine) as tx:
        session = driver(tx)

        async def wait(gen: PQGen[Any], interval: float = 0.0, timeout: float | None = None) -> Any:  # noqa: ASYNC109
            return waiting.wait(gen, session.pgconn.socket, ANSWER_S, timeout)

        session.wait = wait  # type: ignore[method-assign]


class Tables:
    """The proof's own hand in the database: its clock, a fresh start, and what it looks up."""

    def __init__(self, engine: Pool) -> None:
        self._engine = engine
        self._empty = b""
        self._told: datetime | None = None

    async def set_clock(self, moment: datetime) -> None:
        """PostgreSQL's time is *moment*."""
        if moment == self._told:
            return
        async with at_once(self._engine) as tx:
            await one_row(tx, _SET, moment=moment.isoformat())
        self._told = moment

    async def set_ahead(self, ahead: timedelta) -> None:
        """PostgreSQL's time is the machine's, *ahead*."""
        async with at_once(self._engine) as tx:
            await run(tx, _AHEAD, ahead=ahead)

    async def keep_masters(self, *, marked: bool) -> None:
        """Remember the masters that are kept now, for `empty`."""
        await self._do(f"CREATE TABLE {_masters(marked)} AS SELECT * FROM masters".encode())  # noqa: S608 - a name of ours

    async def empty(self, *, masters: bool, marked: bool) -> None:
        """Forget all work: what is left is a connection with its secrets and its policy, and the masters if wanted."""
        if not self._empty:
            own = [row.tablename for row in await self.rows(_NAMES, schema=SCHEMA) if row.tablename not in KEPT]
            self._empty = "; ".join(f"DELETE FROM {name}" for name in own).encode()  # noqa: S608 - the database's own names
        again = f"; INSERT INTO masters SELECT * FROM {_masters(marked)}" if masters else ""  # noqa: S608
        await self._do(self._empty + again.encode() + _WELL)

    async def rows(self, statement: TextClause, **values: Any) -> list[Row]:
        """What *statement* finds."""
        async with at_once(self._engine) as tx:
            return await all_rows(tx, statement, **values)

    async def _do(self, statements: bytes) -> None:
        async with at_once(self._engine) as tx:
            await driver(tx).execute(statements, prepare=False)  # several at once


def _masters(marked: bool) -> str:
    return "proof_masters_marked" if marked else "proof_masters_unmarked"
