"""Who runs PostgreSQL, where its files go then, and that nobody's folders are opened for it."""

from __future__ import annotations

import os
import pwd
import shutil
import stat
from pathlib import Path

import psutil
import pytest

from ml_connector.store.embedded import EmbeddedPostgres, binaries, places
from ml_connector.store.embedded.account import Account, account_for, first_closed
from ml_connector.store.embedded.binaries import Binaries
from ml_connector.store.embedded.errors import NoPermission

from .conftest import StartUser, ask, is_running, server_pid, tell

SOMEBODY = 12345


def an_account(*, uid: int = SOMEBODY, gid: int = SOMEBODY, groups: frozenset[int] = frozenset()) -> Account:
    return Account(uid, gid, "somebody", groups | {gid}, switched=True)


def modes(path: Path) -> dict[Path, tuple[int, int, int]]:
    """Mode and owner of a folder and of all above it."""
    found = {folder: folder.stat() for folder in (path, *path.parents)}
    return {folder: (stat.S_IMODE(is_.st_mode), is_.st_uid, is_.st_gid) for folder, is_ in found.items()}


@pytest.fixture
def closed_folder(open_folder: Path) -> Path:
    """A folder as `/root` is: nobody but its owner may enter."""
    folder = open_folder / "closed"
    folder.mkdir(mode=0o700)
    return folder


@pytest.fixture
def shared_home(open_folder: Path) -> Path:
    """Stands for /var/lib/ml-connector."""
    return open_folder / "var-lib"


def a_wheel(target: Path) -> Binaries:
    """The programs as if they had been installed in *target*."""
    wheel = binaries.installed()
    shutil.copytree(wheel.bin.parent, target / binaries.PACKAGE / wheel.bin.parent.name, symlinks=True)
    libraries = wheel.root / f"{binaries.PACKAGE}.libs"
    if libraries.is_dir():
        shutil.copytree(libraries, target / libraries.name)
    return Binaries(target)


@pytest.fixture
def closed_wheel(closed_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Binaries:
    """The programs as they are installed in a checkout under `/root`."""
    wheel = a_wheel(closed_folder / "site-packages")
    monkeypatch.setattr(binaries, "installed", lambda: wheel)
    return wheel


@pytest.mark.parametrize("name", ["`id`", "$HOME", 'a "quoted" one'])
def test_a_checkout_whose_path_a_shell_would_read_runs_a_copy_from_elsewhere(
    open_folder: Path, shared_home: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    wheel = a_wheel(open_folder / name / "site-packages")
    monkeypatch.setattr(binaries, "installed", lambda: wheel)
    monkeypatch.setenv("HOME", str(open_folder / "home"))

    with EmbeddedPostgres(open_folder / name / "data", shared_home=shared_home) as server:
        answer = ask(server.url, "SELECT 1")

    assert answer == 1
    assert list(open_folder.glob("var-lib/programs-*")) or list(open_folder.glob("home/.cache/ml-connector/programs-*"))


def test_a_user_runs_it_as_himself(open_folder: Path, start_user: StartUser, unprivileged: int | None) -> None:
    home = open_folder / "home"
    home.mkdir(mode=0o700)
    if unprivileged is not None:
        os.chown(home, unprivileged, unprivileged)

    user = start_user(home / "data", uid=unprivileged)
    url = user.first_line()
    running_as = psutil.Process(server_pid(home / "data" / "postgres")).uids().real
    status = user.leave()

    assert url.startswith("postgresql://")
    assert running_as == (os.geteuid() if unprivileged is None else unprivileged)
    assert status == 0
    assert not is_running(home / "data" / "postgres")
    assert stat.S_IMODE((home / "data").stat().st_mode) == 0o700


@pytest.mark.usefixtures("only_root")
def test_root_hands_it_to_nobody(open_folder: Path) -> None:
    with EmbeddedPostgres(open_folder / "data"):
        running_as = psutil.Process(server_pid(open_folder / "data" / "postgres")).uids().real

    assert running_as == account_for(Path("/")).uid
    assert running_as != 0


@pytest.mark.usefixtures("only_root")
def test_root_hands_it_to_the_owner_of_the_folder_who_can_go_on_alone(open_folder: Path) -> None:
    owner = pwd.getpwnam("daemon").pw_uid
    data_dir = open_folder / "data"
    data_dir.mkdir(mode=0o700)
    os.chown(data_dir, owner, owner)

    with EmbeddedPostgres(data_dir):
        running_as = psutil.Process(server_pid(data_dir / "postgres")).uids().real

    owners = {path.stat().st_uid for path in data_dir.iterdir()}
    assert running_as == owner
    assert owners == {owner}
    assert stat.S_IMODE(data_dir.stat().st_mode) == 0o700


@pytest.mark.usefixtures("only_root")
def test_an_owner_without_a_name_as_mounted_folders_have_them_leaves_it_to_nobody(open_folder: Path) -> None:
    data_dir = open_folder / "data"
    data_dir.mkdir(mode=0o755)
    os.chown(data_dir, SOMEBODY, SOMEBODY)

    with EmbeddedPostgres(data_dir) as server:
        assert ask(server.url, "SELECT 1") == 1

    assert data_dir.stat().st_uid == SOMEBODY
    assert (data_dir / "postgres").stat().st_uid == account_for(Path("/")).uid


@pytest.mark.usefixtures("only_root")
def test_data_of_a_closed_folder_lives_elsewhere_and_no_folder_is_opened(
    closed_folder: Path, shared_home: Path
) -> None:
    before = modes(closed_folder)

    with EmbeddedPostgres(closed_folder / "data", shared_home=shared_home) as server:
        tell(server.url, "CREATE TABLE kept AS SELECT 1 AS n")
    with EmbeddedPostgres(closed_folder / "data", shared_home=shared_home) as server:
        found = ask(server.url, "SELECT n FROM kept")

    link = closed_folder / "data" / "postgres"
    assert found == 1
    assert modes(closed_folder) == before
    assert link.readlink().is_relative_to(shared_home)
    assert not is_running(link.readlink())


@pytest.mark.usefixtures("only_root")
def test_a_folder_that_was_removed_and_made_again_begins_empty(closed_folder: Path, shared_home: Path) -> None:
    data_dir = closed_folder / "data"
    with EmbeddedPostgres(data_dir, shared_home=shared_home) as server:
        tell(server.url, "CREATE TABLE old (n int)")
    shutil.rmtree(data_dir)

    with EmbeddedPostgres(data_dir, shared_home=shared_home) as server:
        tables = ask(server.url, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")

    assert tables == 0


@pytest.mark.usefixtures("only_root")
@pytest.mark.parametrize(("temporary", "left"), [(True, 1), (False, 2)])
def test_the_data_of_a_trial_in_a_temporary_folder_goes_when_the_folder_has_gone(
    closed_folder: Path, shared_home: Path, monkeypatch: pytest.MonkeyPatch, temporary: bool, left: int
) -> None:
    monkeypatch.setattr(places, "_TEMPORARY", (closed_folder if temporary else Path("/somewhere/else"),))
    with EmbeddedPostgres(closed_folder / "trial", shared_home=shared_home):
        pass
    shutil.rmtree(closed_folder / "trial")

    with EmbeddedPostgres(closed_folder / "next", shared_home=shared_home):
        homes = len(list(shared_home.glob("*/postgres")))

    assert homes == left


@pytest.mark.usefixtures("only_root")
def test_programs_in_a_closed_folder_are_copied_once_to_where_they_can_be_run(
    closed_folder: Path, closed_wheel: Binaries, shared_home: Path
) -> None:
    before = modes(closed_wheel.bin)
    copies = []

    for _ in range(2):
        with EmbeddedPostgres(closed_folder / "data", shared_home=shared_home) as server:
            assert ask(server.url, "SELECT 1") == 1
        copies.append({path: path.stat().st_mtime_ns for path in shared_home.glob("programs-*")})

    assert modes(closed_wheel.bin) == before
    assert len(copies[0]) == 1
    assert copies[0] == copies[1]


@pytest.mark.usefixtures("only_root")
def test_existing_data_that_its_account_cannot_reach_any_more_is_said_with_the_folder(open_folder: Path) -> None:
    with EmbeddedPostgres(open_folder / "place" / "data"):
        pass
    (open_folder / "place").chmod(0o700)

    with pytest.raises(NoPermission, match=str(open_folder / "place")) as caught:
        EmbeddedPostgres(open_folder / "place" / "data").start()

    assert caught.value.account == "nobody"


@pytest.mark.usefixtures("only_root")
def test_data_that_belongs_to_somebody_else_is_said_with_the_account(open_folder: Path) -> None:
    data = open_folder / "data" / "postgres"
    with EmbeddedPostgres(open_folder / "data"):
        pass
    os.chown(data, SOMEBODY, SOMEBODY)

    with pytest.raises(NoPermission, match="as nobody"):
        EmbeddedPostgres(open_folder / "data").start()


def test_a_folder_of_another_user_is_refused_with_a_sentence(
    open_folder: Path, start_user: StartUser, unprivileged: int | None
) -> None:
    theirs = open_folder / "theirs"
    theirs.mkdir(mode=0o500)

    lines = start_user(theirs / "data", uid=unprivileged).rest().splitlines()

    assert lines[0] == "NoPermission"
    assert str(theirs) in lines[1]
    assert "ML_CONNECTOR_DATA_DIR" in lines[2]


@pytest.mark.parametrize(
    ("mode", "account", "open_"),
    [
        (0o711, an_account(), True),
        (0o700, an_account(), False),
        (0o710, an_account(gid=1, groups=frozenset({os.getegid()})), True),
        (0o701, an_account(gid=1, groups=frozenset({os.getegid()})), False),
        (0o100, an_account(uid=os.geteuid()), True),
        (0o677, an_account(uid=os.geteuid()), False),
    ],
)
def test_a_mode_lets_pass_by_the_first_class_that_fits(
    open_folder: Path, mode: int, account: Account, open_: bool
) -> None:
    folder = open_folder / "folder"
    folder.mkdir()
    folder.chmod(mode)

    assert account.may_enter(folder) is open_
    folder.chmod(0o700)


def test_the_way_to_a_file_is_closed_by_its_first_closed_folder(open_folder: Path) -> None:
    inner = open_folder / "open" / "closed" / "inner"
    inner.mkdir(parents=True)
    inner.parent.chmod(0o700)

    found = first_closed(inner / "not-there-yet", an_account())

    assert found == inner.parent.resolve()
