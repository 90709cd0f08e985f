"""The folder of the server's socket: short, ours alone, and the same again after a restart.

A socket's path may be about 100 bytes long, and `DATA_DIR` may be longer, or contain a space. So the socket is
elsewhere, and a note beside the data remembers where: addresses that running processes hold stay good.
"""

from __future__ import annotations

import os
import re
import shutil
import stat
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from ml_connector.store.embedded.account import first_closed
from ml_connector.store.embedded.errors import SocketUnusable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ml_connector.store.embedded.places import Places

PORT = 5432
LONGEST = 100 - len(f"/.s.PGSQL.{PORT}.lock")
"""Bytes that the folder's path may have."""

# goes through pg_ctl's shell and into an address, so nothing that either would read
_PLAIN = re.compile(r"[A-Za-z0-9/._-]+")
_OURS = "mlc-"


def socket_in(folder: Path) -> Path:
    """The socket that PostgreSQL makes in *folder*."""
    return folder / f".s.PGSQL.{PORT}"


def claim(places: Places, candidates: Iterable[Path] | None = None) -> Path:
    """The remembered folder if it is still ours, else a new one; empty either way. Call it when no server runs.

    Raises:
        SocketUnusable: None of the usual places can hold it.
    """
    noted = _noted(places)
    if noted is not None and _again(noted, places):
        _empty(noted)
        return noted
    folder = _new(places, _usual() if candidates is None else candidates)
    with os.fdopen(places.account.open(places.socket_note, os.O_WRONLY | os.O_TRUNC), "w", encoding="utf-8") as note:
        note.write(f"{folder}\n{places.data}\n")
    return folder


def discard(folder: Path) -> None:
    """Remove a folder that `claim` made, when the server has stopped. The note keeps its name."""
    if folder.name.startswith(_OURS):
        shutil.rmtree(folder, ignore_errors=True)


def _usual() -> list[Path]:
    run_time = os.environ.get("XDG_RUNTIME_DIR")
    return [Path("/tmp"), Path(tempfile.gettempdir()), *([Path(run_time)] if run_time else []), Path("/var/tmp")]  # noqa: S108


def _noted(places: Places) -> Path | None:
    """The folder that was used for this data before. A copy of `DATA_DIR` must not take its original's."""
    try:
        folder, data, *_ = [*places.socket_note.read_text(encoding="utf-8").split("\n"), ""]
    except FileNotFoundError:
        return None
    ours = data == str(places.data) and _PLAIN.fullmatch(folder) and Path(folder).name.startswith(_OURS)
    return Path(folder) if ours else None


def _empty(folder: Path) -> None:
    """Remove what a killed server left: its lock names a process whose number may be somebody else's by now."""
    for name in (socket_in(folder), socket_in(folder).with_name(f"{socket_in(folder).name}.lock")):
        name.unlink(missing_ok=True)


def _again(folder: Path, places: Places) -> bool:
    """Make the remembered folder again, or find it as we left it: a folder, 0700, its account's."""
    try:
        folder.mkdir(mode=0o700)
        places.account.own(folder)
    except FileExistsError:
        found = folder.lstat()
        return (
            stat.S_ISDIR(found.st_mode) and stat.S_IMODE(found.st_mode) == 0o700 and found.st_uid == places.account.uid
        )
    except OSError:
        return False
    return True


def _new(places: Places, candidates: Iterable[Path]) -> Path:
    tried = []
    for parent in candidates:
        if _fits(parent) and parent.is_dir() and not (places.account.switched and first_closed(parent, places.account)):
            try:
                return places.account.own(Path(tempfile.mkdtemp(prefix=_OURS, dir=parent)))
            except OSError as error:
                tried.append(f"{parent}: {error.strerror}")
        else:
            tried.append(f"{parent}: too long, closed or missing")
    raise SocketUnusable(
        f"no folder for its socket ({'; '.join(tried)})",
        fix="Make /tmp writable for this account, or set TMPDIR to a short path that is.",
    )


def _fits(parent: Path) -> bool:
    return bool(_PLAIN.fullmatch(str(parent))) and len(bytes(parent)) + len("/mlc-12345678") <= LONGEST
