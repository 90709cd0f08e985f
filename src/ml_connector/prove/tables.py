"""The proof's database: the real tables on a clock that stands still until it is told otherwise.

Our statements say `clock_timestamp()`. In this database a function of that name stands before PostgreSQL's own in the
search path, so not one statement of the store is changed.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import psycopg
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from ml_connector.store.database import SCHEMA
from ml_connector.store.migrate import migrate

SEARCH_PATH = f"{SCHEMA}, pg_catalog"

_CLOCK = f"""
    CREATE UNLOGGED TABLE IF NOT EXISTS {SCHEMA}.proof_clock (moment timestamptz NOT NULL);
    DELETE FROM {SCHEMA}.proof_clock;
    INSERT INTO {SCHEMA}.proof_clock VALUES (now());
    CREATE OR REPLACE FUNCTION {SCHEMA}.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE
        AS 'SELECT moment FROM {SCHEMA}.proof_clock';
"""  # noqa: S608 - names of our own
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
_WELL = "UPDATE connections SET health = 'ok', health_reason = NULL, paused_until = NULL, restored_at = NULL"
_SET = text("UPDATE proof_clock SET moment = :moment")

KEPT = frozenset(
    {"connections", "keys", "policies", "schema_steps", "schema_version", "secrets", "proof_clock"}
    | {"proof_masters_marked", "proof_masters_unmarked"}
)
"""What a run leaves as it was."""


def prepare(url: str, *, stands_still: bool = True) -> None:
    """Make the tables in the empty database at *url*, and put the clock before PostgreSQL's own.

    *stands_still*: the clock moves only when it is told to; else it goes, and can be put forward.
    """
    migrate(url)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute((_CLOCK if stands_still else _GOES_ON).encode())
        for table, column in connection.execute(_DEFAULTS, [SCHEMA]).fetchall():
            change = f'ALTER TABLE {SCHEMA}."{table}" ALTER "{column}" SET DEFAULT {SCHEMA}.clock_timestamp()'
            connection.execute(change.encode())
        name = connection.info.dbname
        # durability is attacked by the proof with real processes; here it would only cost time, as would planning
        for setting in ("synchronous_commit = off", "plan_cache_mode = force_generic_plan", "jit = off"):
            connection.execute(f'ALTER DATABASE "{name}" SET {setting}'.encode())


class Tables:
    """The proof's own hand in the database: its clock, a fresh start, and what it looks up."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._empty = ""
        self._told: datetime | None = None

    async def set_clock(self, moment: datetime) -> None:
        """PostgreSQL's time is *moment*."""
        if moment == self._told:
            return
        async with self._engine.connect() as tx:
            await tx.execute(_SET, {"moment": moment})
        self._told = moment

    async def set_ahead(self, ahead: timedelta) -> None:
        """PostgreSQL's time is the machine's, *ahead*."""
        async with self._engine.connect() as tx:
            await tx.execute(_AHEAD, {"ahead": ahead})

    async def keep_masters(self, *, marked: bool) -> None:
        """Remember the masters that are kept now, for `empty`."""
        async with self._engine.connect() as tx:
            await tx.exec_driver_sql(f"CREATE TABLE {_masters(marked)} AS SELECT * FROM masters")  # noqa: S608

    async def empty(self, *, masters: bool, marked: bool) -> None:
        """Forget all work: what is left is a connection with its secrets and its policy, and the masters if wanted."""
        async with self._engine.connect() as tx:
            if not self._empty:
                names = text("SELECT tablename FROM pg_tables WHERE schemaname = :schema ORDER BY tablename")
                found = (await tx.execute(names, {"schema": SCHEMA})).scalars()
                own = [name for name in found if name not in KEPT]
                self._empty = "; ".join("DELETE FROM " + name for name in own)  # noqa: S608 - names that the database told
            await tx.exec_driver_sql(self._empty)
            if masters:
                await tx.exec_driver_sql(f"INSERT INTO masters SELECT * FROM {_masters(marked)}")  # noqa: S608
            await tx.exec_driver_sql(_WELL)

    async def rows(self, statement: str, **values: Any) -> list[Any]:
        """What *statement* finds."""
        async with self._engine.connect() as tx:
            return list((await tx.execute(text(statement), values)).all())


def _masters(marked: bool) -> str:
    return "proof_masters_marked" if marked else "proof_masters_unmarked"
