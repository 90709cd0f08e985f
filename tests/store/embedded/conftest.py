"""Ways to look at an embedded PostgreSQL from outside, and other processes that use it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from ml_connector.store.embedded import postmaster
from ml_connector.store.embedded.account import Account, account_for, first_closed

ROOT = Path(__file__).parents[3]
PACKAGES = Path(psycopg.__file__).parents[1]
A_USER = Path(__file__).with_name("a_user.py")


@dataclass(frozen=True)
class OtherUser:
    """A process that uses the server; `first_line` is its address, or the name of what went wrong."""

    process: subprocess.Popen[str]

    def first_line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def leave(self) -> int:
        """Let it end in order; answers its status."""
        self.process.communicate("leave\n", timeout=60)
        return self.process.returncode

    def rest(self) -> str:
        return self.process.communicate("leave\n", timeout=60)[0]

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(10)


StartUser = Callable[..., OtherUser]


@pytest.fixture
def start_user() -> Iterator[StartUser]:
    """Starts other processes; those that still run after the test are killed."""
    started: list[subprocess.Popen[str]] = []

    def start(data_dir: Path, *more: Path, uid: int | None = None, **environment: str) -> OtherUser:
        process = subprocess.Popen(
            [sys.executable if uid is None else a_python(uid), str(A_USER), str(data_dir), *map(str, more)],
            env={
                **os.environ,
                "PYTHONPATH": f"{ROOT / 'src'}:{PACKAGES}",
                "PYTHONDONTWRITEBYTECODE": "1",
                **environment,
            },
            cwd="/",
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            **({} if uid is None else {"user": uid, "group": uid, "extra_groups": []}),
        )
        started.append(process)
        return OtherUser(process)

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate(timeout=10)


@pytest.fixture
def unprivileged() -> int | None:
    """The user id under which another process has no rights: for root another one, else our own (None)."""
    if os.geteuid() != 0:
        return None
    nobody = account_for(Path("/"))
    for path in (Path(a_python(nobody.uid)), A_USER, PACKAGES):
        if closed := first_closed(path, nobody):
            pytest.skip(f"not run: {closed} is closed to others; run the suite as a user for the unprivileged half")
    return nobody.uid


@pytest.fixture
def only_root() -> None:
    """Says aloud that the half which needs root was not run."""
    if os.geteuid() != 0:
        pytest.skip("not run: this half needs root, and we are not")


def a_python(uid: int) -> str:
    """This Python, or the system's of the same version where ours is in a folder closed to *uid* (as pyenv's are)."""
    same = [str(sys.executable), f"/usr/bin/python{sys.version_info.major}.{sys.version_info.minor}"]
    account = Account(uid, uid, str(uid), frozenset({uid}), switched=True)
    reachable = [path for path in same if Path(path).exists() and first_closed(Path(path), account) is None]
    return reachable[0] if reachable else sys.executable


def ask(url: str, question: str) -> object:
    """The first value of the first row."""
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(question.encode()).fetchone()
    return row and row[0]


def tell(url: str, statement: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement.encode())


def is_running(data: Path) -> bool:
    """Whether a server works on this data directory."""
    noted = postmaster.noted(data)
    return noted is not None and postmaster.alive(noted.pid, data.resolve())


def server_pid(data: Path) -> int:
    noted = postmaster.noted(data)
    assert noted is not None
    return noted.pid
