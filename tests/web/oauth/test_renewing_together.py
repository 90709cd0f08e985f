"""Sixteen jobs in three processes that need a token at the same moment: one renewal, and never too many."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

import pytest
from tests.conftest import ROOT
from tests.tables import Tables
from tests.web.oauth.conftest import House

from ml_connector.sandbox.zoho import faults

JOBS = (6, 5, 5)
ALLOWANCE = 10
"""Access tokens that Zoho gives for one refresh token in ten minutes."""


class Processes:
    """Three processes that have started and wait for the word."""

    def __init__(self, house: House, url: str) -> None:
        self._house = house
        self._told = {
            "database": url,
            "key": house.store.vault.ring.first.text,
            "endpoints": {
                "shopify": house.settings.shopify_endpoint,
                "zoho_accounts": house.settings.zoho_accounts_endpoint,
                "zoho_api": house.settings.zoho_api_endpoint,
            },
        }

    async def __call__(self, *, times: int = 1) -> list[str]:
        """What became of each job, all let go at once. With more *times* than one they ask Zoho for something."""
        number, now = (await self._house.connection()).id, str(self._house.clock.now())
        told = {**self._told, "connection_id": number, "now": now, "times": times}
        started = [await self._started({**told, "jobs": number}) for number in JOBS]
        for each in started:
            assert await each.stdout.readline() == b"ready\n"  # type: ignore[union-attr]
        answers = await asyncio.gather(*(each.communicate(b"go\n") for each in started))
        assert [each.returncode for each in started] == [0, 0, 0]
        return [word for said, _ in answers for word in json.loads(said)]

    @staticmethod
    async def _started(told: dict[str, Any]) -> asyncio.subprocess.Process:
        made = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.web.oauth.renewing",
            cwd=ROOT,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        assert made.stdin is not None
        made.stdin.write(json.dumps(told).encode() + b"\n")
        return made


@pytest.fixture
async def processes(house: House, tables: Tables) -> Processes:
    await house.both()
    return Processes(house, tables.url)


def given(house: House) -> tuple[int, int]:
    """How many access tokens each company has given so far."""
    return len(house.shopify.tokens.access), len(house.zoho.centres["eu"].access_tokens)


async def test_at_fifty_five_minutes_each_token_is_renewed_once(house: House, processes: Processes) -> None:
    before = given(house)
    house.clock.forward(minutes=55)

    became = await processes()

    assert became == ["answered"] * 2 * sum(JOBS)
    assert given(house) == (before[0] + 1, before[1] + 1)


async def test_a_zoho_that_refuses_every_token_is_not_asked_for_more_than_it_gives(
    house: House, processes: Processes
) -> None:
    house.zoho.faults.add(faults.make("401", path="/organizations", times=None))
    house.zoho.log.clear()

    assert "answered" not in await processes(times=12)

    asked = [each for each in house.zoho.log if each.path.endswith("/oauth/v2/token")]
    assert 0 < len(asked) <= ALLOWANCE
    assert all(each.status == 200 for each in asked)
