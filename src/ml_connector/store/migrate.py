"""Brings the tables to this version.

Steps are numbered 0001, 0002, …. Each says in `COMPATIBLE_FROM` from which step on a release can still work with the
tables it leaves (add first, remove a release later), and the database remembers that, so that an older release knows
whether it may go on beside a newer one.
"""

from __future__ import annotations

from alembic import command
from alembic.config import Config
from alembic.script import Script, ScriptDirectory
from sqlalchemy import Connection, text

from ml_connector.store.database import OLDEST_SERVER, SCHEMA, connect_for_migration, translated
from ml_connector.store.errors import ServerTooOld
from ml_connector.store.schema import FOUND, STEPS, SchemaState, head

VERSION_TABLE = "schema_version"
_LOCK = text("SELECT pg_advisory_lock(hashtextextended('ml_connector migrate ' || :schema, 0))")
_UNLOCK = text("SELECT pg_advisory_unlock(hashtextextended('ml_connector migrate ' || :schema, 0))")
_MARK = text("""
    INSERT INTO schema_steps (step, compatible_from) VALUES (:step, :compatible_from) ON CONFLICT (step) DO NOTHING
""")


def migrate(url: str, *, schema: str = SCHEMA) -> SchemaState:
    """Bring the tables at *url* to this version; nothing happens when they are already, or are newer.

    Two processes may do this at once: one waits for the other. Each step is one transaction. Blocks: call it in a
    thread from asynchronous code.

    Raises:
        StoreUnavailable: nobody answers.
        ServerTooOld: PostgreSQL older than 14.
    """
    engine = connect_for_migration(url, schema=schema)
    with translated(), engine.connect() as connection:
        _check_version(connection)
        connection.execute(_LOCK, {"schema": schema})
        connection.commit()
        try:
            _upgrade(connection, schema)
        finally:
            connection.rollback()
            connection.execute(_UNLOCK, {"schema": schema})
            connection.commit()
        state = _state(connection)
    engine.dispose()
    return state


def _check_version(connection: Connection) -> None:
    version = connection.dialect.server_version_info or (0,)
    if int(version[0]) < OLDEST_SERVER:
        raise ServerTooOld(".".join(str(part) for part in version))


def _upgrade(connection: Connection, schema: str) -> None:
    connection.exec_driver_sql(f'CREATE SCHEMA IF NOT EXISTS "{schema}"')
    connection.commit()
    if _state(connection).found > head():
        return
    config = configuration()
    config.attributes["connection"] = connection
    config.attributes["schema"] = schema
    command.upgrade(config, "head")
    connection.commit()
    for step in _steps(config):
        connection.execute(_MARK, {"step": int(step.revision), "compatible_from": step.module.COMPATIBLE_FROM})
    connection.commit()


def _state(connection: Connection) -> SchemaState:
    known = head()
    exists = connection.execute(text("SELECT to_regclass('schema_steps') IS NOT NULL")).scalar_one()
    if not exists:
        return SchemaState(0, known)
    row = connection.execute(FOUND).one_or_none()
    return SchemaState(row.step, known, row.compatible_from) if row else SchemaState(0, known)


def configuration() -> Config:
    """Alembic's configuration, without a file."""
    config = Config()
    config.set_main_option("script_location", str(STEPS.parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _steps(config: Config) -> list[Script]:
    return sorted(ScriptDirectory.from_config(config).walk_revisions(), key=lambda script: int(script.revision))
