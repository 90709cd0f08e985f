"""From nothing to a database, and back again tomorrow."""

from __future__ import annotations

import asyncio
import stat
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import psutil
import psycopg
import pytest

from ml_connector.store.embedded import EmbeddedPostgres

from .conftest import ask, is_running, server_pid, tell


def socket_folder(url: str) -> Path:
    return Path(parse_qs(urlsplit(url).query)["host"][0])


def test_the_first_start_makes_a_database_and_the_next_one_finds_what_was_written(open_folder: Path) -> None:
    data_dir = open_folder / "data"
    with EmbeddedPostgres(data_dir) as server:
        tell(server.url, "CREATE TABLE kept AS SELECT 42 AS answer")

    with EmbeddedPostgres(data_dir) as server:
        found = ask(server.url, "SELECT answer FROM kept")

    assert found == 42
    assert not is_running(data_dir / "postgres")


@pytest.mark.parametrize("name", ["with a space", 'Bücher & "quotes" $HOME `id`', "long " * 40])
def test_the_folder_may_have_any_name(open_folder: Path, name: str) -> None:
    with EmbeddedPostgres(open_folder / name.strip() / "data", shared_home=open_folder / "var-lib") as server:
        assert ask(server.url, "SELECT 1") == 1
        assert len(bytes(socket_folder(server.url))) < 85


def test_it_listens_on_a_socket_that_is_ours_alone_and_never_on_tcp(postgres: EmbeddedPostgres) -> None:
    folder = socket_folder(postgres.url)
    data = Path(str(ask(postgres.url, "SHOW data_directory")))

    listening = [c for c in psutil.Process(server_pid(data)).net_connections("inet") if c.status == psutil.CONN_LISTEN]

    assert listening == []
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert ask(postgres.url, "SHOW listen_addresses") == ""


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("fsync", "on"),
        ("full_page_writes", "on"),
        ("synchronous_commit", "on"),
        ("data_checksums", "on"),
        ("server_encoding", "UTF8"),
        ("TimeZone", "UTC"),
        ("log_min_error_statement", "panic"),
    ],
)
def test_what_was_committed_is_kept_and_no_statement_is_logged(
    postgres: EmbeddedPostgres, setting: str, value: str
) -> None:
    assert ask(postgres.url, f"SHOW {setting}") == value


def test_variables_meant_for_other_servers_and_a_broken_locale_change_nothing(
    open_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {
        "PGPORT": "1",
        "PGDATA": "/nowhere",
        "PGHOST": "example",
        "LC_ALL": "xx_YY",
        "LANG": "no",
    }.items():
        monkeypatch.setenv(name, value)

    with EmbeddedPostgres(open_folder / "data") as server:
        sorted_words = ask(server.url, "SELECT string_agg(w, ' ' ORDER BY w) FROM unnest('{b,a,B,ä,Z}'::text[]) w")

    assert sorted_words == "B Z a b ä"


def test_the_server_runs_until_the_last_user_has_left(open_folder: Path) -> None:
    data_dir, running = open_folder / "data", []

    with ExitStack() as first, EmbeddedPostgres(data_dir) as second:
        url = first.enter_context(EmbeddedPostgres(data_dir)).url
        running.append(second.url == url)
        first.close()
        running.append(ask(second.url, "SELECT 1") == 1)
    running.append(is_running(data_dir / "postgres"))

    assert running == [True, True, False]


def test_the_address_is_the_same_after_a_restart(open_folder: Path) -> None:
    urls = []
    for _ in range(2):
        with EmbeddedPostgres(open_folder / "data") as server:
            urls.append(server.url)

    assert urls[0] == urls[1]
    assert not socket_folder(urls[0]).exists()


def test_leaving_twice_does_no_harm(open_folder: Path) -> None:
    server = EmbeddedPostgres(open_folder / "data").start()
    server.stop()

    server.stop()

    assert not is_running(open_folder / "data" / "postgres")


def test_outside_its_context_it_has_no_address(open_folder: Path) -> None:
    server = EmbeddedPostgres(open_folder / "data")

    with pytest.raises(RuntimeError, match="outside its context"):
        _ = server.url


async def test_asynchronous_code_uses_it_without_blocking(open_folder: Path) -> None:
    async with EmbeddedPostgres(open_folder / "data") as server:
        answer = await asyncio.to_thread(ask, server.url, "SELECT 1")

    assert answer == 1
    assert not is_running(open_folder / "data" / "postgres")


async def test_a_start_that_is_cancelled_leaves_nothing_running(open_folder: Path) -> None:
    async def use() -> None:
        async with EmbeddedPostgres(open_folder / "data"):
            raise AssertionError("it was cancelled before")

    task = asyncio.create_task(use())
    await asyncio.sleep(0)  # lets it begin
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task
    assert not is_running(open_folder / "data" / "postgres")


def test_a_fresh_database_is_empty_although_somebody_is_connected_to_the_old_one(postgres: EmbeddedPostgres) -> None:
    url = postgres.fresh_database("again")
    tell(url, "CREATE TABLE leftover (id int)")

    with psycopg.connect(url):
        fresh = postgres.fresh_database("again")

    assert ask(fresh, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == 0


def test_a_fresh_database_can_be_a_copy(postgres: EmbeddedPostgres) -> None:
    tell(postgres.fresh_database("original"), "CREATE TABLE copied AS SELECT 7 AS n")

    copy = postgres.fresh_database("copy", template="original")

    assert ask(copy, "SELECT n FROM copied") == 7
