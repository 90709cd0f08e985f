"""Secrets are asked for rarely, and never for longer than a few seconds."""

from __future__ import annotations

import asyncio

import pytest

from ml_connector.web.intake.secrets import FRESH_S, KEPT_AT_MOST, ShortMemory


class Vault:
    def __init__(self) -> None:
        self.asked: list[str] = []
        self.broken = False

    async def find(self, name: str) -> str:
        self.asked.append(name)
        await asyncio.sleep(0)
        if self.broken:
            raise OSError("away")
        return f"secret of {name}"


class Time:
    now = 100.0

    def __call__(self) -> float:
        return self.now


async def test_a_crowd_at_the_same_moment_asks_once() -> None:
    vault = Vault()
    memory = ShortMemory(vault.find, Time())

    found = await asyncio.gather(*(memory.of("acme") for _ in range(50)))

    assert set(found) == {"secret of acme"}
    assert vault.asked == ["acme"]


async def test_it_asks_again_after_its_time() -> None:
    vault, time = Vault(), Time()
    memory = ShortMemory(vault.find, time)

    await memory.of("acme")
    time.now += FRESH_S - 0.1
    await memory.of("acme")
    time.now += 0.2
    await memory.of("acme")

    assert vault.asked == ["acme", "acme"]


async def test_a_failure_is_told_to_all_who_wait_and_not_remembered() -> None:
    vault = Vault()
    memory = ShortMemory(vault.find, Time())
    vault.broken = True
    failed = await asyncio.gather(memory.of("acme"), memory.of("acme"), return_exceptions=True)

    vault.broken = False

    assert all(isinstance(failure, OSError) for failure in failed)
    assert await memory.of("acme") == "secret of acme"


async def test_one_who_stops_waiting_does_not_take_the_answer_from_the_others() -> None:
    vault = Vault()
    memory = ShortMemory(vault.find, Time())
    first, second = asyncio.create_task(memory.of("acme")), asyncio.create_task(memory.of("acme"))
    await asyncio.sleep(0)

    first.cancel()

    assert await second == "secret of acme"
    with pytest.raises(asyncio.CancelledError):
        await first


async def test_invented_names_do_not_fill_memory() -> None:
    memory = ShortMemory(Vault().find, Time())

    for number in range(KEPT_AT_MOST + 10):
        await memory.of(f"shop-{number}")

    assert len(memory._known) <= KEPT_AT_MOST
