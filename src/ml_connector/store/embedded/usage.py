"""Who uses the server: counted by the operating system, so that a kill counts as leaving.

Each process holds a shared lock on one file as long as it uses the server. Who can make it exclusive when leaving is
the last. A second file lets one process at a time start or stop the server.
"""

from __future__ import annotations

import fcntl
import os
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ml_connector.store.embedded.errors import DidNotStart

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ml_connector.store.embedded.account import Account

PATIENCE_S = 180.0
_LOOK_AGAIN_S = 0.05


class Usage:
    """This process's two locks in `DATA_DIR`. One per use: a second use in the same process has its own."""

    def __init__(self, data_dir: Path, account: Account) -> None:
        self._data_dir = data_dir
        self._users = account.open(data_dir / "postgres.users", os.O_RDWR)
        try:
            self._turn = account.open(data_dir / "postgres.turn", os.O_RDWR)
        except OSError:
            os.close(self._users)
            raise

    @contextmanager
    def turn(self, *, patience_s: float = PATIENCE_S) -> Iterator[None]:
        """Be the only one who starts or stops the server.

        Raises:
            DidNotStart: Another process has been at it for longer than *patience_s*.
        """
        deadline = time.monotonic() + patience_s
        while not _try(self._turn, fcntl.LOCK_EX):
            if time.monotonic() > deadline:
                raise DidNotStart(f"another process has been starting it for {patience_s:.0f} s", self._data_dir)
            time.sleep(_LOOK_AGAIN_S)
        try:
            yield
        finally:
            fcntl.flock(self._turn, fcntl.LOCK_UN)

    def join(self) -> None:
        """Count this process as a user. Call it in its turn."""
        fcntl.flock(self._users, fcntl.LOCK_SH)

    def alone(self) -> bool:
        """Whether nobody else uses the server. Call it in its turn: the shared lock is given up on the way."""
        if _try(self._users, fcntl.LOCK_EX):
            return True
        self.join()
        return False

    def close(self) -> None:
        """Count this process as gone."""
        os.close(self._users)
        os.close(self._turn)


def _try(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
