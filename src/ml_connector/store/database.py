"""The way to PostgreSQL: addresses, pools, and foreign errors turned into ours.

An address is libpq's (`postgresql://user@host/name`, `postgresql:///name?host=/socket/folder`, or `host=… dbname=…`)
and is read by libpq itself, so whatever `psql` accepts is accepted here. The password never enters an SQLAlchemy URL.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg.types.array import ListBinaryDumper
from sqlalchemy import Engine, NullPool, create_engine, event, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from ml_connector.store.errors import ServerTooOld, StoreBusy, StoreUnavailable
from ml_connector.store.pool import Pool
from ml_connector.store.sql import driver, one_row
from ml_connector.store.values import dumps, loads

SCHEMA = "ml_connector"
OLDEST_SERVER = 14
CONNECT_TIMEOUT_S = 10
MOST_PREPARED = 400
"""More than there are statements, so that PostgreSQL keeps all of them ready in each session."""
# A process that freezes inside a transaction must not hold a subject's row for ever: the server ends it.
IDLE_IN_TRANSACTION_S = 30
STATEMENT_TIMEOUT_S = 60

# deadlock_detected, serialization_failure, lock_not_available, query_canceled
_BUSY = frozenset({"40P01", "40001", "55P03", "57014"})
# the server was not there, is starting or stopping, is full, or has ended a session that froze in a transaction
_AWAY = ("08", "53", "57P", "25P03")
_VERSION = text("SELECT current_setting('server_version_num')::int AS number")
_NOT_DURABLE = b"SET LOCAL synchronous_commit TO off"


def connect(url: str, *, schema: str = SCHEMA, pool_size: int = 10, pool_timeout_s: float = 10.0) -> Pool:
    """A pool for *url*; connections are made when they are first needed.

    Args:
        url: libpq's address, direct or session-pooled. A transaction pool would lose our session settings.
        schema: The PostgreSQL schema that holds our tables.
        pool_size: The most connections that this engine has at once.
        pool_timeout_s: How long one waits for a free connection before `StoreUnavailable`.
    """
    arguments = _arguments(url)

    async def connection() -> psycopg.AsyncConnection[Any]:
        made: psycopg.AsyncConnection[Any] = await psycopg.AsyncConnection.connect(url, **arguments)
        # as text, each quotation mark of each JSON document in a list would be escaped by a regular expression
        made.adapters.register_dumper(list, ListBinaryDumper)
        # our statements are few and long: reading and planning one costs many times what carrying it out does
        made.prepare_threshold, made.prepared_max = 0, MOST_PREPARED
        return made

    engine = create_async_engine(
        "postgresql+psycopg://",
        async_creator=connection,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=pool_timeout_s,
        # nothing is ever left open by `transaction` or `at_once`, so nothing has to be taken back
        pool_reset_on_return=None,
        isolation_level="AUTOCOMMIT",
        json_serializer=dumps,
        json_deserializer=loads,
    )
    event.listen(engine.sync_engine, "connect", _settle_session(schema, autocommit=True))
    return Pool(engine.sync_engine)


def connect_for_migration(url: str, *, schema: str = SCHEMA) -> Engine:
    """A plain, unpooled engine without time limits, as a migration needs it."""
    arguments = _arguments(url)
    engine = create_engine(
        "postgresql+psycopg://", creator=lambda: psycopg.connect(url, **arguments), poolclass=NullPool
    )
    event.listen(engine, "connect", _settle_session(schema, autocommit=False))
    return engine


def _arguments(url: str) -> dict[str, Any]:
    given = conninfo_to_dict(url)
    defaults = {"connect_timeout": CONNECT_TIMEOUT_S, "application_name": "ml-connector"}
    return {name: value for name, value in defaults.items() if name not in given}


def _settle_session(schema: str, *, autocommit: bool) -> Any:
    """What each new session is told, in one round trip; time limits too where statements commit by themselves."""
    settings = {"search_path": schema, "timezone": "UTC", "client_encoding": "UTF8"}
    if autocommit:
        settings["statement_timeout"] = f"{STATEMENT_TIMEOUT_S}s"
        settings["idle_in_transaction_session_timeout"] = f"{IDLE_IN_TRANSACTION_S}s"
    names = ", ".join("set_config(%s, %s, false)" for _ in settings)
    values = [word for pair in settings.items() for word in pair]

    def settle(connection: Any, record: Any) -> None:
        connection.autocommit = True
        cursor = connection.cursor()
        cursor.execute(f"SELECT {names}", values)
        cursor.close()
        connection.autocommit = autocommit

    return settle


@contextmanager
def translated() -> Iterator[None]:
    """Turns the driver's errors into ours.

    Raises:
        StoreUnavailable: no connection, or it broke. Whether a commit that was under way happened is not known.
        StoreBusy: undone because of a deadlock or a time limit.
    """
    try:
        yield
    except PoolTimeout as error:
        raise StoreUnavailable("all connections are in use") from error
    except DBAPIError as error:
        _raise_ours(error.orig if isinstance(error.orig, psycopg.Error) else error, cause=error)
        raise
    except psycopg.Error as error:
        _raise_ours(error, cause=error)
        raise


def _raise_ours(error: BaseException, *, cause: Exception) -> None:
    """Raise what *error* means to us; nothing when it is our own mistake."""
    state = str(getattr(error, "sqlstate", None) or "")
    if state in _BUSY:
        raise StoreBusy(_sentence(error)) from cause
    if state.startswith(_AWAY) or (not state and isinstance(error, psycopg.OperationalError | psycopg.InterfaceError)):
        raise StoreUnavailable(_sentence(error)) from cause


def _sentence(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__


@asynccontextmanager
async def transaction(engine: Pool, *, durable: bool = True) -> AsyncIterator[AsyncConnection]:
    """One transaction: kept when the block ends, undone when it raises. Two round trips besides its statements.

    Args:
        durable: False does not wait for the disk (and costs one more, quick round trip): a crash of PostgreSQL may lose
            the commit, unless a durable one followed it. Right for an intent, because step b is durable.
    """
    async with at_once(engine) as connection, driver(connection).transaction():
        if not durable:
            await driver(connection).execute(_NOT_DURABLE)
        yield connection


@asynccontextmanager
async def at_once(engine: Pool) -> AsyncIterator[AsyncConnection]:
    """Each statement is its own commit: no round trip besides the statements."""
    with translated():
        connection = await engine.lend()
        try:
            yield connection
        except psycopg.Error:
            if driver(connection).closed:
                await engine.broke(connection)
            raise
        finally:
            await engine.take_back(connection)


async def check_server(engine: Pool) -> None:
    """Whether this PostgreSQL is new enough. One round trip.

    Raises:
        ServerTooOld: older than 14.
        StoreUnavailable: nobody answers.
    """
    async with at_once(engine) as connection:
        row = await one_row(connection, _VERSION)
    number = row.number if row else 0
    if number < OLDEST_SERVER * 10_000:
        raise ServerTooOld(f"{number // 10_000}.{number % 10_000}")
