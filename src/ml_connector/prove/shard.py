"""One process's share of the runs inside one process: a database of its own, each run told as a line of JSON."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import threading
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

import msgspec
import structlog

from ml_connector.prove.bench import bench
from ml_connector.prove.run import Ran

LONGEST_LINE = 2**26
"""Bytes; a run that was violated tells its last steps too."""


@dataclass(frozen=True, slots=True)
class Share:
    """What a process is started with, as JSON in its one argument: every *step*th seed from *first* on."""

    url: str
    first: int
    beyond: int
    step: int


async def runs_of(share: Share) -> AsyncIterator[Ran]:
    """The runs of *share*, in a process of their own, each when it is over.

    Raises:
        RuntimeError: the process ended before its share was done.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "ml_connector.prove.shard", msgspec.json.encode(share).decode(),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=LONGEST_LINE,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        while line := await process.stdout.readline():
            yield msgspec.json.decode(line, type=Ran)
        if await process.wait():
            raise RuntimeError(f"a process with a share of the runs ended with status {process.returncode}")
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def _run(share: Share) -> None:
    async with bench(share.url) as on:
        for seed in range(share.first, share.beyond, share.step):
            ran = await on.run(seed)
            sys.stdout.write(msgspec.json.encode(ran if ran.violations else replace(ran, trace=[])).decode() + "\n")
            sys.stdout.flush()


def _end_with_parent() -> None:
    """Whoever started us holds the other end: when that process is gone, nobody reads what we find."""
    sys.stdin.read()
    os._exit(1)


if __name__ == "__main__":
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    threading.Thread(target=_end_with_parent, daemon=True).start()
    asyncio.run(_run(msgspec.json.decode(sys.argv[1], type=Share)))
