"""A worker process that takes one job, says so, and never ends it: to be killed."""

from __future__ import annotations

import asyncio
import sys

from tests.queue.waiting import QUICK

from ml_connector.queue import Engine, JobSeen, PostgresBackEnd, RedisBackEnd


async def main(kind: str, url: str, name: str) -> None:
    engine = Engine(PostgresBackEnd(url) if kind == "PostgreSQL" else RedisBackEnd(url), name=name)

    async def hold(job: JobSeen) -> None:
        sys.stdout.write(f"{job.subject}\n")
        sys.stdout.flush()
        await asyncio.Event().wait()

    await engine.running(hold, concurrency=1, timings=QUICK).run()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
