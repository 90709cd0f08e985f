"""Whether the tables fit this release: read at every start, without the library that changes them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from psycopg.errors import InvalidSchemaName, UndefinedTable
from sqlalchemy import text

from ml_connector.store.database import at_once
from ml_connector.store.errors import SchemaMissing, SchemaNewer, SchemaOlder
from ml_connector.store.pool import Pool
from ml_connector.store.sql import one_row

STEPS = Path(__file__).parent / "migrations" / "versions"
FOUND = text("SELECT step, compatible_from FROM schema_steps ORDER BY step DESC LIMIT 1")


@dataclass(frozen=True, slots=True)
class SchemaState:
    """The database's step, this release's, and from which step on a release can work with the database."""

    found: int
    """0: never migrated."""
    known: int
    compatible_from: int = 0

    @property
    def fits(self) -> bool:
        return self.found == self.known or (self.found > self.known >= self.compatible_from)


def head() -> int:
    """The step that this release knows: the highest number among `step_NNNN_….py`."""
    return max(int(path.name.split("_")[1]) for path in STEPS.glob("step_*.py"))


async def schema_state(engine: Pool) -> SchemaState:
    """How the database's tables stand to this release. One round trip."""
    known = head()
    async with at_once(engine) as tx:
        try:
            row = await one_row(tx, FOUND)
        except (UndefinedTable, InvalidSchemaName):
            return SchemaState(0, known)
    return SchemaState(row.step, known, row.compatible_from) if row else SchemaState(0, known)


async def check_schema(engine: Pool) -> SchemaState:
    """Whether this release can work with the tables.

    Raises:
        SchemaMissing, SchemaOlder: `ml-connector migrate` is due.
        SchemaNewer: they belong to a later release, and are not marked as compatible with ours.
    """
    state = await schema_state(engine)
    if state.found == 0:
        raise SchemaMissing
    if state.found < state.known:
        raise SchemaOlder(state.found, state.known)
    if not state.fits:
        raise SchemaNewer(state.found, state.known)
    return state
