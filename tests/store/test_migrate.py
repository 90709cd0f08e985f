"""A migrated database equals a fresh one, and everybody knows whether it fits."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

from ml_connector.store import Store
from ml_connector.store.database import connect, connect_for_migration
from ml_connector.store.embedded import EmbeddedPostgres
from ml_connector.store.errors import KeyMissing, SchemaMissing, SchemaNewer, SchemaOlder
from ml_connector.store.keys import GivenKeys, Key
from ml_connector.store.migrate import VERSION_TABLE, configuration, migrate
from ml_connector.store.schema import check_schema, head, schema_state
from ml_connector.store.tables import metadata

_CATALOGUE = {
    "columns": """
        SELECT table_name, column_name, ordinal_position, data_type, udt_name, is_nullable, column_default, is_identity,
               numeric_precision, datetime_precision
        FROM information_schema.columns WHERE table_schema = :schema AND table_name <> :versions ORDER BY 1, 3""",
    "constraints": """
        SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
        WHERE connamespace = CAST(:schema AS regnamespace) AND conrelid::regclass::text NOT LIKE '%' || :versions
        ORDER BY 1, 2""",
    "indexes": """
        SELECT tablename, indexname, indexdef FROM pg_indexes
        WHERE schemaname = :schema AND tablename <> :versions ORDER BY 1, 2""",
}


def catalogue(connection: Connection, schema: str) -> dict[str, list[tuple[str, ...]]]:
    """Everything that tables are, as PostgreSQL tells it, without the schema's name."""
    told = {}
    for name, statement in _CATALOGUE.items():
        rows = connection.execute(text(statement), {"schema": schema, "versions": VERSION_TABLE})
        told[name] = [tuple(re.sub(rf"\b{schema}\.", "", str(value)) for value in row) for row in rows]
    return told


@pytest.fixture(scope="module")
def database_url(postgres: EmbeddedPostgres) -> str:
    """An empty database, without any table."""
    return postgres.fresh_database("to_migrate")


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """An engine on a schema that is not there yet."""
    made = connect_for_migration(database_url, schema="fresh")
    yield made
    with made.begin() as connection:
        connection.exec_driver_sql("DROP SCHEMA IF EXISTS fresh CASCADE")
        connection.exec_driver_sql("DROP SCHEMA IF EXISTS migrated CASCADE")


def test_a_migrated_database_equals_a_fresh_one(database_url: str, engine: Engine) -> None:
    migrate(database_url, schema="migrated")
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE SCHEMA fresh")
        metadata.create_all(connection)

    with engine.connect() as connection:
        fresh, migrated = catalogue(connection, "fresh"), catalogue(connection, "migrated")

    for name in _CATALOGUE:
        assert migrated[name] == fresh[name]
    assert len(fresh["columns"]) > 250


def test_alembic_finds_nothing_to_add(database_url: str, engine: Engine) -> None:
    migrate(database_url, schema="migrated")

    with connect_for_migration(database_url, schema="migrated").connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_server_default": True, "version_table": VERSION_TABLE}
        )
        differences = compare_metadata(context, metadata)

    assert differences == []


def test_migrating_again_changes_nothing(database_url: str, engine: Engine) -> None:
    first = migrate(database_url, schema="migrated")

    second = migrate(database_url, schema="migrated")

    assert first == second
    assert first.fits


def test_two_processes_may_migrate_at_once(database_url: str, engine: Engine) -> None:
    with ThreadPoolExecutor(4) as pool:
        states = list(pool.map(lambda _: migrate(database_url, schema="migrated"), range(4)))

    assert all(state.found == head() for state in states)


def test_steps_are_numbered_without_a_gap_and_say_who_can_work_with_them() -> None:
    steps = sorted(ScriptDirectory.from_config(configuration()).walk_revisions(), key=lambda step: step.revision)

    assert [step.revision for step in steps] == [f"{number:04}" for number in range(1, len(steps) + 1)]
    assert all(1 <= step.module.COMPATIBLE_FROM <= int(step.revision) for step in steps)


async def test_an_unprepared_database_says_what_to_do(database_url: str, engine: Engine) -> None:
    with pytest.raises(SchemaMissing, match="prepared") as missing:
        await Store.open(database_url, GivenKeys((Key.made(),)), schema="fresh")

    assert "migrate" in missing.value.fix


async def test_an_older_database_is_refused(database_url: str, engine: Engine) -> None:
    await asyncio.to_thread(migrate, database_url, schema="migrated")
    opened = connect(database_url, schema="migrated")
    _remember(engine, step=head() - 1, compatible_from=1, only=True)

    if head() > 1:
        with pytest.raises(SchemaOlder):
            await check_schema(opened)
    else:  # step 0 is a database that was never migrated
        with pytest.raises(SchemaMissing):
            await check_schema(opened)
    await opened.dispose()


async def test_a_newer_database_is_used_if_it_is_marked_compatible(database_url: str, engine: Engine) -> None:
    await asyncio.to_thread(migrate, database_url, schema="migrated")
    opened = connect(database_url, schema="migrated")

    _remember(engine, step=head() + 2, compatible_from=head())
    state = await check_schema(opened)
    again = await asyncio.to_thread(migrate, database_url, schema="migrated")

    assert state.fits
    assert (state.found, again.found) == (head() + 2, head() + 2)
    await opened.dispose()


async def test_a_newer_database_is_refused_otherwise(database_url: str, engine: Engine) -> None:
    await asyncio.to_thread(migrate, database_url, schema="migrated")
    opened = connect(database_url, schema="migrated")

    _remember(engine, step=head() + 2, compatible_from=head() + 1)
    with pytest.raises(SchemaNewer) as newer:
        await check_schema(opened)

    assert (newer.value.found, newer.value.known) == (head() + 2, head())
    assert (await schema_state(opened)).compatible_from == head() + 1
    await opened.dispose()


async def test_a_store_that_cannot_be_opened_leaves_no_connection_behind(database_url: str, engine: Engine) -> None:
    await asyncio.to_thread(migrate, database_url, schema="migrated")
    first = await Store.open(database_url, GivenKeys((Key.made(),)), schema="migrated")

    with pytest.raises(KeyMissing):
        await Store.open(database_url, GivenKeys((Key.made(),)), schema="migrated")

    await first.close()


def _remember(engine: Engine, *, step: int, compatible_from: int, only: bool = False) -> None:
    with engine.begin() as connection:
        if only:
            connection.exec_driver_sql("DELETE FROM migrated.schema_steps")
        if step:
            connection.execute(
                text("INSERT INTO migrated.schema_steps (step, compatible_from) VALUES (:step, :compatible_from)"),
                {"step": step, "compatible_from": compatible_from},
            )
