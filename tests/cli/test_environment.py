"""3: the environment is not usable, and what to do about it."""

from __future__ import annotations

import base64
import os
import stat
from pathlib import Path

import pytest
from tests.cli.conftest import KEY, Terminal

from ml_connector.store.embedded import EmbeddedPostgres

REPORTS = ("status", "orders", "connections", "doctor")


@pytest.mark.parametrize("command", REPORTS)
def test_a_database_that_cannot_be_reached_is_3(terminal: Terminal, command: str, tmp_path: Path) -> None:
    terminal.set(DATABASE_URL=f"postgresql:///nobody?host={tmp_path}", SECRET_KEY=KEY)

    said = terminal(command)

    assert said.status == 3
    assert "database" in said.err.lower()
    assert "Traceback" not in said.err


def test_a_database_that_was_never_prepared_is_3_and_leads_to_migrate(
    terminal: Terminal, postgres: EmbeddedPostgres
) -> None:
    terminal.set(DATABASE_URL=postgres.fresh_database("bare"), SECRET_KEY=KEY)

    said = terminal("status", "--json")

    assert (said.status, said.out) == (3, "")
    assert "ml-connector migrate" in said.err


def test_migrate_prepares_it_and_may_be_repeated(terminal: Terminal, postgres: EmbeddedPostgres) -> None:
    terminal.set(DATABASE_URL=postgres.fresh_database("bare"), SECRET_KEY=KEY)

    first, again = terminal("migrate", "--json"), terminal("migrate")

    assert (first.status, again.status) == (0, 0)
    assert first.json["schema"]["found"] == first.json["schema"]["known"]
    assert terminal("status", "--json").status == 0


def test_another_key_than_the_databases_is_3_and_names_the_one_that_is_needed(settled: Terminal) -> None:
    assert settled("status").status == 0
    settled.set(SECRET_KEY=base64.urlsafe_b64encode(b"x" * 32).decode())

    said = settled("status")

    assert said.status == 3
    assert "was encrypted with the key" in said.err


@pytest.mark.parametrize(
    ("name", "value"),
    [("PORT", "many"), ("DATABASE_URL", "mysql://x"), ("SHOPIFY_ENDPOINT", "http://plain"), ("LOG_LEVEL", "loud")],
)
def test_a_setting_that_cannot_be_used_is_3_and_is_named(terminal: Terminal, name: str, value: str) -> None:
    terminal.set(**{name: value})

    said = terminal("status")

    assert said.status == 3
    assert f"ML_CONNECTOR_{name}" in said.err


def test_the_embedded_database_needs_nothing_said(terminal: Terminal, folder: Path) -> None:
    terminal.set(DATA_DIR=str(folder / "data"))

    said = terminal("status", "--json")

    assert said.status == 0, said.err
    assert said.json["outstanding"] == 0
    assert stat.S_IMODE(os.stat(folder / "data" / "secret.key").st_mode) == 0o600  # noqa: PTH116


def test_doctor_finds_nothing_bad_on_a_fresh_installation(terminal: Terminal, folder: Path) -> None:
    terminal.set(DATA_DIR=str(folder / "data"))

    said = terminal("doctor", "--json")

    assert said.status == 0, said.err
    assert said.json["ok"] is True
    found = {finding["code"]: finding["severity"] for finding in said.json["findings"]}
    assert found == dict.fromkeys(("no_worker", "nobody_told", "not_public"), "info")


def test_doctor_tells_as_json_too_when_nothing_can_be_opened(terminal: Terminal, tmp_path: Path) -> None:
    terminal.set(DATABASE_URL=f"postgresql:///nobody?host={tmp_path}", SECRET_KEY=KEY)

    said = terminal("doctor", "--json")

    assert said.status == 3
    assert said.json["ok"] is False
    assert said.json["findings"][0]["fix"]


def test_a_key_file_that_others_can_read_is_bad_news_from_doctor(terminal: Terminal, folder: Path) -> None:
    terminal.set(DATA_DIR=str(folder / "data"))
    terminal("status")
    key_file = folder / "data" / "secret.key"
    key_file.chmod(0o644)

    said = terminal("doctor", "--json")
    key_file.chmod(0o600)

    assert said.status == 1
    assert "key_file_open" in [finding["code"] for finding in said.json["findings"]]


def test_a_key_is_rotated_while_it_is_in_a_file(terminal: Terminal, folder: Path) -> None:
    terminal.set(DATA_DIR=str(folder / "data"))
    terminal("status")
    before = (folder / "data" / "secret.key").read_text().split()

    said = terminal("keys", "rotate", "--json")

    assert said.status == 0, said.err
    after = (folder / "data" / "secret.key").read_text().split()
    assert after[1:] == before
    assert len(said.json["retired"]) == 1
    assert terminal("status").status == 0


def test_a_key_given_by_a_setting_is_made_outside(settled: Terminal) -> None:
    said = settled("keys", "rotate")

    assert said.status == 3
    assert "put a new one in front" in said.err
