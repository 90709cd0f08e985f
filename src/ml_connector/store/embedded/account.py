"""Who runs PostgreSQL: it refuses to run as root, so root hands it to somebody else."""

from __future__ import annotations

import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

NOBODY = 65534


class ChildIdentity(TypedDict, total=False):
    """The arguments of `subprocess.run` that change who the child is."""

    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True, slots=True)
class Account:
    """An account of the operating system; `switched` when it is another than the one we run as."""

    uid: int
    gid: int
    name: str
    groups: frozenset[int]
    switched: bool

    @property
    def child(self) -> ChildIdentity:
        """How a child process becomes this account."""
        return ChildIdentity(user=self.uid, group=self.gid, extra_groups=[]) if self.switched else ChildIdentity()

    def own(self, path: Path) -> Path:
        """Give *path*, which we have just made, to this account."""
        if self.switched:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)
        return path

    def open(self, path: Path, flags: int) -> int:
        """Open a file of ours, made 0600 when it is not there. In a folder of this account it belongs to it.

        Never through a link: as root we also work in folders where others may have put one.
        """
        descriptor = os.open(path, flags | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        if self.switched and path.parent.stat().st_uid == self.uid:
            os.fchown(descriptor, self.uid, self.gid)
        return descriptor

    def may_enter(self, folder: Path) -> bool:
        """Whether this account can pass through *folder* itself, by its mode."""
        found = folder.stat()
        if found.st_uid == self.uid:
            return bool(found.st_mode & stat.S_IXUSR)
        if found.st_gid in self.groups:
            return bool(found.st_mode & stat.S_IXGRP)
        return bool(found.st_mode & stat.S_IXOTH)


def account_for(data_dir: Path) -> Account:
    """Ourselves; as root, the owner of *data_dir* if that is not root, else nobody.

    PostgreSQL refuses an account without a name. A folder that is mounted into a container often has such an owner,
    and then nobody does it, too.
    """
    if os.geteuid() != 0:
        return _ourselves()
    owner = data_dir.stat().st_uid if data_dir.exists() else 0
    return (_named(owner) if owner else None) or _nobody()


def first_closed(path: Path, account: Account) -> Path | None:
    """The first folder on the way to *path* that *account* cannot pass; None when the way is open.

    Looks at modes only: an access list that says otherwise is noticed when PostgreSQL starts.
    """
    real = path.resolve()
    way = [folder for folder in (*reversed(real.parents), real) if folder.is_dir()]
    return next((folder for folder in way if not account.may_enter(folder)), None)


def _ourselves() -> Account:
    uid = os.geteuid()
    return Account(uid, os.getegid(), _name(uid), frozenset({os.getegid(), *os.getgroups()}), switched=False)


def _named(uid: int) -> Account | None:
    try:
        found = pwd.getpwuid(uid)
    except KeyError:
        return None
    return Account(uid, found.pw_gid, found.pw_name, frozenset({found.pw_gid}), switched=True)


def _nobody() -> Account:
    try:
        found = pwd.getpwnam("nobody")
    except KeyError:
        return Account(NOBODY, NOBODY, "nobody", frozenset({NOBODY}), switched=True)
    return Account(found.pw_uid, found.pw_gid, "nobody", frozenset({found.pw_gid}), switched=True)


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"
