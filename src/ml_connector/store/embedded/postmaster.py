"""What `postmaster.pid` says, and whether it is still true.

Source: PostgreSQL 18, src/include/utils/pidfile.h.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import psutil


@dataclass(frozen=True, slots=True)
class Postmaster:
    """A server that was started on some data. `ready` says that it answers questions."""

    pid: int
    socket_folder: Path | None
    ready: bool


def noted(data: Path) -> Postmaster | None:
    """What the pid file says; None when there is none, or when it is still being written."""
    try:
        lines = (data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return None
    if not lines or not lines[0].strip().isdigit():
        return None
    folder = lines[4].strip() if len(lines) > 4 else ""
    status = lines[7].strip() if len(lines) > 7 else ""
    return Postmaster(int(lines[0]), Path(folder) if folder else None, ready=status == "ready")


def alive(pid: int, data: Path) -> bool:
    """Whether process *pid* is a server that works on *data*: numbers are used again, places are not."""
    return _place(pid) == data


def would_mislead(pid: int, data: Path) -> bool:
    """Whether *pid* exists and is surely not the server of *data* any more.

    PostgreSQL only asks whether the number is in use, and would take a stranger, or a dead process that nobody has
    buried (usual in containers), for its predecessor.
    """
    place = _place(pid)
    return place is not None and place != data


def forget(data: Path) -> None:
    """Remove the pid file of a server that is surely gone."""
    (data / "postmaster.pid").unlink(missing_ok=True)


_NOWHERE = Path()


def _place(pid: int) -> Path | None:
    """A process's working directory, which a server changes to its data; None when it is gone or not to be known."""
    try:
        process = psutil.Process(pid)
        return _NOWHERE if process.status() == psutil.STATUS_ZOMBIE else Path(process.cwd())
    except psutil.ZombieProcess:
        return _NOWHERE
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return None
