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
    """The remembered folder if it is still ours, else a new one.

    Raises:
        SocketUnusable: None of the usual places can hold it.
    """
    noted = _noted(places)
    if noted is not None and _again(noted, places):
        return noted
    folder = _new(places, _usual() if candidates is None else candidates)
    places.socket_note.write_text(f"{folder}\n", encoding="utf-8")
    return folder


def discard(folder: Path) -> None:
    """Remove a folder that `claim` made, when the server has stopped. The note keeps its name."""
    if folder.name.startswith(_OURS):
        shutil.rmtree(folder, ignore_errors=True)


def _usual() -> list[Path]:
    run_time = os.environ.get("XDG_RUNTIME_DIR")
    return [Path("/tmp"), Path(tempfile.gettempdir()), *([Path(run_time)] if run_time else []), Path("/var/tmp")]  # noqa: S108


def _noted(places: Places) -> Path | None:
    try:
        text = places.socket_note.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return None
    return Path(text) if _PLAIN.fullmatch(text) and Path(text).name.startswith(_OURS) else None


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
