"""Where everything of the embedded PostgreSQL is.

`DATA_DIR/postgres` is the data, or, where root's folders are closed to the account that runs PostgreSQL, a link to
the data in a folder under `/var/lib/ml-connector`. Nobody's existing folder is opened, ever.
"""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ml_connector.store.embedded import postmaster
from ml_connector.store.embedded.account import account_for, first_closed
from ml_connector.store.embedded.errors import DataMissing, NoPermission

if TYPE_CHECKING:
    from ml_connector.store.embedded.account import Account

SHARED_HOME = Path("/var/lib/ml-connector")
_ORIGIN = "data_dir"
_TEMPORARY = (Path("/tmp"),)  # noqa: S108 looked at, never written


@dataclass(frozen=True, slots=True)
class Places:
    """The folders of one embedded PostgreSQL, and the account that runs it."""

    data_dir: Path
    home: Path
    account: Account
    shared_home: Path = SHARED_HOME

    @property
    def data(self) -> Path:
        """PostgreSQL's data directory itself."""
        return self.home / "postgres"

    @property
    def unfinished(self) -> Path:
        """Where `initdb` works until it has succeeded."""
        return self.home / "postgres.new"

    @property
    def log(self) -> Path:
        """What PostgreSQL and its programs say."""
        return self.home / "postgres.log"

    @property
    def program_homes(self) -> tuple[Path, Path]:
        """Where a copy of the programs goes: one for all beside shared homes, else beside the data, else the spare."""
        spare = self.shared_home if self.account.switched else Path.home() / ".cache" / "ml-connector"
        return (spare if self.home.parent == self.shared_home else self.home), spare

    @property
    def socket_note(self) -> Path:
        """Remembers the folder of the socket, so that an address stays good after a restart."""
        return self.home / "postgres.socket"


def open_data_dir(data_dir: Path) -> tuple[Path, Account]:
    """Make `DATA_DIR` when it is not there; answers its real path and who will run PostgreSQL."""
    account = account_for(data_dir)
    make_folder(data_dir.absolute(), 0o711 if account.switched else 0o700)
    return data_dir.resolve(), account


def find(data_dir: Path, account: Account, *, shared_home: Path = SHARED_HOME) -> Places:
    """Say where the data is or shall be, and make the folder that will hold it.

    Raises:
        NoPermission: The data exists in a folder that is closed to its account.
        DataMissing: `DATA_DIR` points to data that is gone.
        OSError: A folder cannot be made.
    """
    link = data_dir / "postgres"
    if link.is_symlink():
        return Places(data_dir, _linked_home(link), account, shared_home)
    closed = first_closed(data_dir, account) if account.switched else None
    if closed is None:
        return Places(data_dir, data_dir, account, shared_home)
    if link.exists():
        raise NoPermission(closed, account.name)
    return Places(data_dir, _new_home(link, shared_home), account, shared_home)


def make_folder(folder: Path, mode: int) -> None:
    """Make *folder* with exactly *mode*; one that exists is left as it is."""
    if folder.is_dir():
        return
    folder.parent.mkdir(parents=True, exist_ok=True)
    try:
        folder.mkdir()
    except FileExistsError:  # another process was faster, or a file stands there
        if not folder.is_dir():
            raise
        return
    folder.chmod(mode)


def _linked_home(link: Path) -> Path:
    target = link.readlink()
    if not target.parent.is_dir():
        raise DataMissing(link, target)
    return target.parent


def _new_home(link: Path, shared_home: Path) -> Path:
    """A folder that nobody had before, so that a removed `DATA_DIR` never comes back with its old data."""
    make_folder(shared_home, 0o755)
    _remove_trials(shared_home)
    home = Path(tempfile.mkdtemp(prefix=f"{link.parent.parent.name or 'data'}-", dir=shared_home))
    home.chmod(0o711)
    (home / _ORIGIN).write_text(str(link.parent), encoding="utf-8")
    link.symlink_to(home / "postgres")
    return home


def _remove_trials(shared_home: Path) -> None:
    """Remove data whose `DATA_DIR` was in a temporary folder and is gone with it, as trials leave it.

    Any other is left where it is: its `DATA_DIR` may only be on a disk that is not mounted just now.
    """
    for note in shared_home.glob(f"*/{_ORIGIN}"):
        origin = Path(note.read_text(encoding="utf-8"))
        temporary = any(origin.is_relative_to(place) for place in _TEMPORARY)
        if temporary and not origin.exists() and not _in_use(note.parent / "postgres"):
            shutil.rmtree(note.parent, ignore_errors=True)


def _in_use(data: Path) -> bool:
    noted = postmaster.noted(data)
    return noted is not None and postmaster.alive(noted.pid, data)
