"""The two back ends as a test sees them: an address, and the power to take it away and give it back."""

from __future__ import annotations

import subprocess
from contextlib import closing
from pathlib import Path
from typing import Protocol

import psycopg
import redis
from tests import conftest

from ml_connector.queue import BackEnd, PostgresBackEnd, RedisBackEnd


class Place(Protocol):
    """Somewhere to keep jobs, and its failures on request."""

    back_end: BackEnd

    def drop_connections(self) -> None:
        """Cut every connection; new ones are welcome."""

    def go_away(self) -> None:
        """Cut every connection and accept no more."""

    def come_back(self) -> None: ...


class PostgresPlace:
    """One database of the suite's server."""

    def __init__(self, url: str) -> None:
        self.back_end: BackEnd = PostgresBackEnd(url)
        self._database = psycopg.conninfo.conninfo_to_dict(url)["dbname"]
        self._elsewhere = psycopg.conninfo.make_conninfo(url, dbname="postgres")

    def drop_connections(self) -> None:
        self._do("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", self._database)

    def go_away(self) -> None:
        self._do(f'ALTER DATABASE "{self._database}" WITH ALLOW_CONNECTIONS false')
        self.drop_connections()

    def come_back(self) -> None:
        self._do(f'ALTER DATABASE "{self._database}" WITH ALLOW_CONNECTIONS true')

    def _do(self, statement: str, *values: object) -> None:
        with psycopg.connect(self._elsewhere, autocommit=True) as connection:
            connection.execute(statement.encode(), values or None)


class RedisPlace:
    """A Redis of its own that keeps nothing on disk: when it comes back it is empty."""

    def __init__(self, program: str, folder: Path) -> None:
        self._program = program
        self._folder = folder
        self._port = conftest._free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self.url = f"redis://127.0.0.1:{self._port}/0"
        self.back_end: BackEnd = RedisBackEnd(self.url)

    def drop_connections(self) -> None:
        with closing(redis.Redis(port=self._port)) as client:
            client.execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")

    def go_away(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait(10)
            self._process = None

    def come_back(self) -> None:
        options = ("--port", str(self._port), "--bind", "127.0.0.1", "--save", "", "--dir", str(self._folder))
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen([self._program, *options], stdout=log, stderr=log)
        conftest._wait_for_redis(self._port, self._process)
