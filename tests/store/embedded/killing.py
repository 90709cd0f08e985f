"""The end that a PostgreSQL meets when a machine runs out of memory."""

from __future__ import annotations

import contextlib
from pathlib import Path

import psutil

from ml_connector.store.embedded import postmaster


def kill_server(data: Path) -> None:
    """As the system does when memory runs out: the server, and its children with it."""
    noted = postmaster.noted(data)
    assert noted is not None
    family = [*psutil.Process(noted.pid).children(recursive=True), psutil.Process(noted.pid)]
    for process in family:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(family, timeout=10)
