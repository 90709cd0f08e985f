"""Where worker processes come from: a process that has read the program once, and forks.

A worker that reads the program for itself needs a second of a processor before it does anything; most of them live for
less. What is forked is a process like any other, and dies like one.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import msgspec
import structlog

from ml_connector.prove.worker import Told, work

DEAD_S = 0.001
"""How often one looks whether a killed process is gone."""


@dataclass(frozen=True, slots=True)
class Nursery:
    """Starts workers. One at a time is asked for."""

    _process: asyncio.subprocess.Process

    async def start(self, told: Told) -> int:
        """The id of a new worker process that is ready to work.

        Raises:
            RuntimeError: it did not come up.
        """
        asks, tells = self._process.stdin, self._process.stdout
        assert asks is not None
        assert tells is not None
        asks.write(msgspec.json.encode(told) + b"\n")
        await asks.drain()
        line = await tells.readline()
        if not line:
            raise RuntimeError("no worker came up")
        return int(line)


@asynccontextmanager
async def nursery() -> AsyncIterator[Nursery]:
    """A nursery; its workers end with it."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "ml_connector.prove.nursery",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        yield Nursery(process)
    finally:
        process.kill()
        await process.wait()


async def kill(pid: int) -> None:
    """SIGKILL, and until the process is gone."""
    os.kill(pid, signal.SIGKILL)
    while True:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return
        await asyncio.sleep(DEAD_S)


def _main() -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the dead
    alive, held = os.pipe()
    for line in iter(sys.stdin.buffer.readline, b""):
        if os.fork() == 0:
            os.close(held)
            _be_a_worker(msgspec.json.decode(line, type=Told), alive)


def _be_a_worker(told: Told, alive: int) -> None:
    """Work until killed, or until the nursery is gone: it holds the other end of *alive*."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    try:
        asyncio.run(work(told, ready=_ready, until_closed=alive))
    finally:
        os._exit(1)


def _ready() -> None:
    os.write(sys.stdout.fileno(), f"{os.getpid()}\n".encode())


if __name__ == "__main__":
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    _main()
