"""The connector's tables for tests that need them empty: made once, and emptied for whoever comes next."""

from __future__ import annotations

from collections.abc import Callable, Collection

import psycopg
from psycopg import sql

from ml_connector.store.database import SCHEMA
from ml_connector.store.tables import metadata

_KEPT = frozenset({"schema_steps"})
_NUMBERS = "SELECT sequencename FROM pg_sequences WHERE schemaname = %s"
# a row that a test's forgotten transaction still holds is to be told, not waited for
_SESSION = f"-c search_path={SCHEMA} -c session_replication_role=replica -c lock_timeout=10s"


NewDatabase = Callable[[], str]
"""Makes one more database with all tables, empty; answers its libpq address."""


class Tables:
    """One database with all tables, shared by tests that empty it before they begin.

    Rows are deleted, not truncated: a test leaves a few dozen of them, which takes 3 ms, while TRUNCATE makes new files
    for each table and each index, which takes fifty times as long. Everything goes at once, so no foreign key is asked.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self._connection = self._connected()
        self._restart = self._numbers_begin_anew()

    def empty(self, *, but: Collection[str] = ()) -> str:
        """Forget every row except those in *but*, and begin all numbers at 1; answers the address."""
        emptied = [sql.Identifier(name) for name in metadata.tables if name not in _KEPT.union(but)]
        deleted = sql.SQL("; ").join(sql.SQL("DELETE FROM {}").format(each) for each in emptied)
        everything = sql.SQL("; ").join((deleted, self._restart))
        try:
            self._connection.execute(everything)
        except psycopg.OperationalError:
            if not self._connection.closed:
                raise
            # a test has ended every session of this database
            self._connection = self._connected()
            self._connection.execute(everything)
        return self.url

    def close(self) -> None:
        self._connection.close()

    def _connected(self) -> psycopg.Connection:
        return psycopg.connect(self.url, autocommit=True, options=_SESSION)

    def _numbers_begin_anew(self) -> sql.Composable:
        found = self._connection.execute(_NUMBERS, [SCHEMA]).fetchall()
        again = [sql.SQL("setval({}, 1, false)").format(sql.Literal(f"{SCHEMA}.{name}")) for (name,) in found]
        return sql.SQL("SELECT ") + sql.SQL(", ").join(again)
