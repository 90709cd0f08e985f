"""Operators and tokens: what opens a door is shown once and kept as a hash."""

from __future__ import annotations

import asyncio
import io
from typing import TypeVar

import psycopg
import pytest
from tests.cli.conftest import KEY, Terminal

from ml_connector.jobs.operators import choose_password, sign_in
from ml_connector.store import Store
from ml_connector.store.keys import GivenKeys
from ml_connector.store.people import ApiToken, Operator

T = TypeVar("T")
PASSWORD = "correct horse battery"


def _open_door(url: str, name: str, password: str) -> Operator | None:
    async def tried() -> Operator | None:
        async with await Store.open(url, GivenKeys.parse(KEY)) as store:
            return (await sign_in(store, name, password)).operator

    return asyncio.run(tried())


def test_an_operator_without_a_password_is_given_a_one_time_address(settled: Terminal, migrated: str) -> None:
    settled.set(PUBLIC_URL="https://books.example.com")

    said = settled("operators", "add", "ada", "--role", "operator")

    assert said.status == 0, said.err
    start = "https://books.example.com/first-run/"
    assert said.out.startswith(start)
    word = said.out.removeprefix(start).strip()

    async def chosen() -> list[Operator | None]:
        async with await Store.open(migrated, GivenKeys.parse(KEY)) as store:
            return [await choose_password(store, word, PASSWORD) for _ in range(2)]

    first, again = asyncio.run(chosen())
    assert first is not None
    assert first.role == "operator"
    assert again is None
    assert _open_door(migrated, "ada", PASSWORD) is not None


def test_a_password_comes_from_standard_input_and_is_kept_as_argon2id(
    settled: Terminal, migrated: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{PASSWORD}\n"))

    said = settled("operators", "add", "grace", "--role", "admin", "--password-stdin", "--json")

    assert (said.json["operator"]["state"], said.json["link"]) == ("ok", None)
    with psycopg.connect(migrated) as connection:
        (kept,) = connection.execute(
            "SELECT password_hash FROM ml_connector.operators WHERE name = 'grace'"
        ).fetchone() or ("",)
    assert kept.startswith("$argon2id$")
    assert _open_door(migrated, "grace", PASSWORD) is not None


def test_a_poor_password_changes_nothing(settled: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("short\n"))

    said = settled("operators", "add", "poor", "--role", "viewer", "--password-stdin")

    assert said.status == 2
    assert "poor" not in settled("operators", "list").out


def test_a_link_made_anew_ends_the_one_before(settled: Terminal, migrated: str) -> None:
    settled("operators", "add", "twice", "--role", "viewer")
    first, second = (settled("operators", "link", "twice", "--json").json["link"] for _ in range(2))

    async def chosen(link: str) -> Operator | None:
        async with await Store.open(migrated, GivenKeys.parse(KEY)) as store:
            return await choose_password(store, link.rpartition("/")[2], PASSWORD)

    assert asyncio.run(chosen(first)) is None
    assert asyncio.run(chosen(second)) is not None


def test_a_disabled_operator_opens_nothing(settled: Terminal, migrated: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{PASSWORD}\n"))
    settled("operators", "add", "gone", "--role", "admin", "--password-stdin")

    said = settled("operators", "disable", "gone")

    assert said.status == 0
    assert _open_door(migrated, "gone", PASSWORD) is None
    assert "disabled" in settled("operators", "list").out


def test_a_token_is_shown_once_and_kept_as_a_hash(settled: Terminal, migrated: str) -> None:
    said = settled("tokens", "add", "warehouse", "--role", "viewer")
    secret = said.out.strip()

    async def used() -> ApiToken | None:
        async with await Store.open(migrated, GivenKeys.parse(KEY)) as store, store.at_once() as tx:
            return await store.api_tokens.use(tx, secret)

    assert said.status == 0, said.err
    assert len(secret) > 40
    found = asyncio.run(used())
    assert found is not None
    assert (found.name, found.role) == ("warehouse", "viewer")
    assert secret not in settled("tokens", "list", "--json").out
    assert settled("tokens", "add", "warehouse", "--role", "admin").status == 2

    assert settled("tokens", "revoke", "warehouse").status == 0
    assert asyncio.run(used()) is None
    assert settled("tokens", "revoke", "warehouse").status == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ("operators", "add", "ada"),
        ("operators", "add", "ada", "--role", "owner"),
        ("operators", "link", "nobody"),
        ("operators", "disable", "nobody"),
        ("tokens", "add", "  ", "--role", "viewer"),
    ],
)
def test_wrong_use_is_2(settled: Terminal, arguments: tuple[str, ...]) -> None:
    assert settled(*arguments).status == 2
