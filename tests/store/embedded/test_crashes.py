"""Kills, leftovers and two at the same moment."""

from __future__ import annotations

import os
import shutil
import signal
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from ml_connector.store.embedded import EmbeddedPostgres
from ml_connector.store.embedded.account import account_for
from ml_connector.store.embedded.errors import DataMissing, DataVanished, SocketUnusable

from .conftest import StartUser, ask, is_running, server_pid, tell
from .killing import kill_server


def test_a_user_that_is_killed_counts_as_gone_and_the_next_last_one_stops_the_server(
    open_folder: Path, start_user: StartUser
) -> None:
    data_dir = open_folder / "data"
    killed = start_user(data_dir)
    url = killed.first_line()
    killed.kill()
    left_running = is_running(data_dir / "postgres")

    with EmbeddedPostgres(data_dir) as server:
        same = server.url == url and ask(server.url, "SELECT 1") == 1

    assert (left_running, same) == (True, True)
    assert not is_running(data_dir / "postgres")


def test_after_a_kill_of_everything_what_was_committed_is_there(open_folder: Path, start_user: StartUser) -> None:
    data_dir = open_folder / "data"
    user = start_user(data_dir)
    url = user.first_line()
    tell(url, "CREATE TABLE kept AS SELECT generate_series(1, 1000) AS n")
    user.kill()
    kill_server(data_dir / "postgres")
    stale = (data_dir / "postgres" / "postmaster.pid").exists()

    with EmbeddedPostgres(data_dir) as server:
        found = ask(server.url, "SELECT count(*) FROM kept")

    assert (stale, found) == (True, 1000)


def test_only_the_server_was_killed_and_its_children_are_still_going(open_folder: Path, start_user: StartUser) -> None:
    data_dir = open_folder / "data"
    user = start_user(data_dir)
    user.first_line()
    os.kill(server_pid(data_dir / "postgres"), signal.SIGKILL)
    user.kill()

    with EmbeddedPostgres(data_dir) as server:
        assert ask(server.url, "SELECT 1") == 1


def test_a_user_that_was_there_before_a_crash_reaches_the_restarted_server_at_the_same_address(
    open_folder: Path,
) -> None:
    with EmbeddedPostgres(open_folder / "data") as survivor:
        kill_server(open_folder / "data" / "postgres")

        with EmbeddedPostgres(open_folder / "data"):
            answer = ask(survivor.url, "SELECT 1")

    assert answer == 1
    assert not is_running(open_folder / "data" / "postgres")


def test_a_user_whose_server_has_died_can_start_it_again_at_the_same_address(open_folder: Path) -> None:
    with EmbeddedPostgres(open_folder / "data") as server:
        url = server.url
        kill_server(open_folder / "data" / "postgres")

        server.revive()
        server.revive()

        assert server.url == url
        assert ask(url, "SELECT 1") == 1
    assert not is_running(open_folder / "data" / "postgres")


def test_data_that_vanished_under_a_running_server_is_never_begun_anew(open_folder: Path) -> None:
    data = open_folder / "data" / "postgres"
    with EmbeddedPostgres(open_folder / "data") as server:
        kill_server(data)
        shutil.rmtree(data)

        with pytest.raises(DataVanished, match="nothing is there any more"):
            server.revive()

        assert not data.exists()


def test_a_stale_pid_file_whose_number_belongs_to_another_process_now(open_folder: Path, start_user: StartUser) -> None:
    data_dir = open_folder / "data"
    with EmbeddedPostgres(data_dir):
        pid_file = (data_dir / "postgres" / "postmaster.pid").read_text()
    somebody = start_user(open_folder / "other")
    somebody.first_line()
    other_server = server_pid(open_folder / "other" / "postgres")
    left = data_dir / "postgres" / "postmaster.pid"
    left.write_text("\n".join([str(other_server), *pid_file.splitlines()[1:]]) + "\n")
    account_for(data_dir).own(left)

    with EmbeddedPostgres(data_dir) as server:
        answer = ask(server.url, "SELECT 1")

    assert answer == 1
    assert is_running(open_folder / "other" / "postgres")
    somebody.leave()


def test_a_first_start_that_was_interrupted_is_made_again(open_folder: Path) -> None:
    unfinished = open_folder / "data" / "postgres.new"
    unfinished.mkdir(parents=True)
    (unfinished / "PG_VERSION").write_text("18\n")
    (open_folder / "data").chmod(0o711)

    with EmbeddedPostgres(open_folder / "data") as server:
        assert ask(server.url, "SELECT 1") == 1


def test_many_that_start_at_the_same_moment_share_one_server(open_folder: Path, start_user: StartUser) -> None:
    users = [start_user(open_folder / "data") for _ in range(4)]

    urls = {user.first_line() for user in users}
    answers = [ask(url, "SELECT 1") for url in urls]
    statuses = [user.leave() for user in users]

    assert len(urls) == 1
    assert answers == [1]
    assert statuses == [0, 0, 0, 0]
    assert not is_running(open_folder / "data" / "postgres")


def test_leaving_and_arriving_cross_without_harm(open_folder: Path, start_user: StartUser) -> None:
    statuses = []
    last = start_user(open_folder / "data")
    for _ in range(4):
        last.first_line()
        arriving = start_user(open_folder / "data")
        statuses.append(last.leave())
        last = arriving
    answer = ask(last.first_line(), "SELECT 1")
    statuses.append(last.leave())

    assert answer == 1
    assert statuses == [0] * 5


def socket_folder(url: str) -> Path:
    return Path(parse_qs(urlsplit(url).query)["host"][0])


def test_a_cleaner_removed_the_socket_and_nobody_else_needs_the_server(
    open_folder: Path, start_user: StartUser
) -> None:
    user = start_user(open_folder / "data")
    shutil.rmtree(socket_folder(user.first_line()))
    user.kill()

    with EmbeddedPostgres(open_folder / "data") as server:
        assert ask(server.url, "SELECT 1") == 1


def test_a_cleaner_removed_the_socket_while_others_use_the_server(open_folder: Path) -> None:
    with EmbeddedPostgres(open_folder / "data") as user:
        shutil.rmtree(socket_folder(user.url))

        with pytest.raises(SocketUnusable, match="other processes still use it") as caught:
            EmbeddedPostgres(open_folder / "data").start()

    assert "Stop the other" in caught.value.fix
    assert not is_running(open_folder / "data" / "postgres")


def test_somebody_else_took_the_name_of_the_socket_folder(open_folder: Path) -> None:
    with EmbeddedPostgres(open_folder / "data") as server:
        before = socket_folder(server.url)
    before.mkdir()
    before.chmod(0o755)

    try:
        with EmbeddedPostgres(open_folder / "data") as server:
            after = socket_folder(server.url)
            answer = ask(server.url, "SELECT 1")
    finally:
        before.rmdir()

    assert answer == 1
    assert after != before


def test_a_link_to_data_that_is_gone_is_not_taken_for_a_first_start(open_folder: Path) -> None:
    (open_folder / "data").mkdir()
    (open_folder / "data" / "postgres").symlink_to(open_folder / "elsewhere" / "postgres")

    with pytest.raises(DataMissing, match="nothing is there") as caught:
        EmbeddedPostgres(open_folder / "data").start()

    assert "backup" in caught.value.fix


def test_a_long_log_is_put_aside(open_folder: Path) -> None:
    data_dir = open_folder / "data"
    data_dir.mkdir(mode=0o711)
    (data_dir / "postgres.log").write_bytes(b"x" * 6_000_000)

    with EmbeddedPostgres(data_dir):
        pass

    assert (data_dir / "postgres.log.1").stat().st_size == 6_000_000
    assert (data_dir / "postgres.log").stat().st_size < 100_000
