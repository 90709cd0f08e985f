"""BullMQ's Node library, on which its other tools stand, sees the same queues and retries the same jobs."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from tests.conftest import a_folder
from tests.queue.back_ends import Place
from tests.queue.test_conformance import an_order
from tests.queue.waiting import Recorder, at_rest, running

from ml_connector.queue import Engine, GivenUp, JobSeen, PostgresBackEnd, RedisBackEnd
from ml_connector.queue.back_end import SCHEMA

VERSIONS = ("bullmq@6.7.0", "pg@8.23.1", "ioredis@6.0.0")
"""What was tried; docs/howto/bullmq-tools.md says the same."""
LOOK = Path(__file__).with_name("look.mjs")
INSTALLING_S = 120


@pytest.fixture(scope="module")
def node() -> Iterator[Path]:
    """A folder in which Node finds BullMQ. Nothing of it is kept."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        pytest.skip("npm and node are not here")
    with a_folder() as folder:
        options = ("--no-audit", "--no-fund", "--ignore-scripts", "--prefer-offline", "--loglevel=error")
        try:
            subprocess.run(
                [npm, "install", *options, *VERSIONS], cwd=folder, check=True, capture_output=True, timeout=INSTALLING_S
            )
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
            pytest.skip(f"npm could not install {VERSIONS[0]}: {error}")
        shutil.copy(LOOK, folder)
        yield folder


def connection_of(place: Place) -> dict[str, Any]:
    """The back end's address as Node's clients take it."""
    back_end = place.back_end
    if isinstance(back_end, RedisBackEnd):
        parts = urlsplit(back_end.url)
        return {"host": parts.hostname, "port": parts.port}
    assert isinstance(back_end, PostgresBackEnd)
    told = psycopg.conninfo.conninfo_to_dict(back_end.url)
    names = {"host": "host", "port": "port", "user": "user", "password": "password", "dbname": "database"}
    given = {ours: told[name] for name, ours in names.items() if name in told}
    # the schema is brought up to date by `ml-connector migrate`, never by a tool that looks
    return {**given, "schema": SCHEMA, "skipMigrations": True}


async def look(node: Path, place: Place, engine: Engine, *more: str) -> Any:
    command = ("node", "look.mjs", place.back_end.where, engine.name, json.dumps(connection_of(place)), *more)
    process = await asyncio.create_subprocess_exec(
        *command, cwd=node, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    out, said = await process.communicate()
    assert process.returncode == 0, said.decode()
    return json.loads(out)


async def test_other_bullmq_tools_see_our_jobs_and_retry_them(node: Path, place: Place, engine: Engine) -> None:
    async def refuse_once(_job: JobSeen) -> None:
        if len(recorder.seen) == 1:
            raise GivenUp("Zoho refused the invoice.")

    recorder = Recorder(refuse_once)
    async with running(engine, recorder):
        await engine.add([an_order(1)])
        await at_rest(engine)
    await engine.add([an_order(2, priority=7)])

    told = await look(node, place, engine, "retry")

    (waiting,), (failed,) = told["waiting"], told["failed"]
    assert told["counts"] == {"prioritized": 1, "active": 0, "failed": 1}
    assert "1:order:2" in json.dumps(waiting)
    assert "1:order:1" in json.dumps(failed)
    assert failed[2] == "Zoho refused the invoice."
    async with running(engine, recorder):
        await recorder.saw(3)
        await at_rest(engine)
    assert any(job.retried for job in recorder.seen)
