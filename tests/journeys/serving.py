"""The connector as a process of its own, as an operator starts it."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass
class Serving:
    """A `serve` process. `said` is what it wrote so far."""

    process: asyncio.subprocess.Process
    said: list[str]
    reading: asyncio.Task[None]

    async def stop(self, *, within_s: float = 30.0) -> int:
        """Send SIGTERM and give its exit status."""
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(within_s):
            status = await self.process.wait()
            await self.reading
        return status

    @property
    def log(self) -> str:
        return "".join(self.said)


@asynccontextmanager
async def serving(environment: Mapping[str, str], folder: Path, role: str) -> AsyncIterator[Serving]:
    """`ml-connector serve` with these settings, listening; killed at the end if it has not ended by itself."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "ml_connector", "serve", "--role", role, "--host", "127.0.0.1", "--port", "0"),
        env={**_without_settings(), **environment},
        cwd=folder,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    listening = asyncio.Event()
    said: list[str] = []
    reading = asyncio.create_task(_read(process, said, listening))
    try:
        async with asyncio.timeout(30):
            await asyncio.wait({reading, asyncio.ensure_future(listening.wait())}, return_when=asyncio.FIRST_COMPLETED)
        assert listening.is_set(), f"it ended with {process.returncode}: {''.join(said)}"
        yield Serving(process, said, reading)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
        await reading


@asynccontextmanager
async def several(number: int, environment: Mapping[str, str], folder: Path, role: str) -> AsyncIterator[list[Serving]]:
    """*number* such processes, started side by side."""
    async with AsyncExitStack() as stack:
        starting = [serving(environment, folder, role) for _ in range(number)]
        yield list(await asyncio.gather(*(stack.enter_async_context(one) for one in starting)))


async def _read(process: asyncio.subprocess.Process, said: list[str], listening: asyncio.Event) -> None:
    assert process.stderr is not None
    async for line in process.stderr:
        said.append(line.decode("utf-8", "replace"))
        if "listens on" in said[-1]:
            listening.set()


def _without_settings() -> dict[str, str]:
    source = str(Path(__file__).parents[2] / "src")
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ML_CONNECTOR_")}
    return {**kept, "PYTHONPATH": source}
