"""Making, starting and stopping one PostgreSQL, by its own programs.

Nothing here locks: the caller has its turn.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from ml_connector.store.disk import sync_folder
from ml_connector.store.embedded import errors, postmaster
from ml_connector.store.embedded.addresses import USER
from ml_connector.store.embedded.binaries import MAJOR
from ml_connector.store.embedded.socket_folder import PORT

if TYPE_CHECKING:
    from pathlib import Path

    from ml_connector.store.embedded.binaries import Binaries
    from ml_connector.store.embedded.places import Places

log = structlog.get_logger(__name__)

RECOVERY_S = 300
"""How long a server may take to start: after a crash it reads its log of changes again."""
STOP_S = 60
_ORPHANS_S = 15.0
_LOG_LIMIT = 5_000_000

# A restart must find what was committed, so nothing here trades safety for speed. Errors of statements stay out of
# the log: their texts hold customers' data, and the client sees them anyhow.
_PROMISES = {
    "listen_addresses": "",
    "port": str(PORT),
    "unix_socket_permissions": "0700",
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    "max_connections": "200",
    "max_parallel_workers_per_gather": "0",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "lc_messages": "C",
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_checkpoints": "off",
    "logging_collector": "off",
}


@dataclass(frozen=True, slots=True)
class Cluster:
    """One data directory and the programs that work on it."""

    places: Places
    binaries: Binaries

    def initialise(self) -> None:
        """Make the data when there is none; complete or not at all.

        Raises:
            WrongVersion: The data that is here is another major version's.
        """
        data = self.places.data
        version = data / "PG_VERSION"
        if version.exists():
            found = version.read_text(encoding="utf-8").strip()
            if found != MAJOR:
                raise errors.WrongVersion(data, found=found, expected=MAJOR)
            return
        log.info("embedded.initialising", data=str(data), account=self.places.account.name)
        self._initdb(self.places.unfinished)
        self.places.unfinished.rename(data)
        sync_folder(self.places.home)

    def running(self) -> postmaster.Postmaster | None:
        """The server that works on this data now, if any."""
        noted = postmaster.noted(self.places.data)
        return noted if noted is not None and postmaster.alive(noted.pid, self.places.data) else None

    def start(self, socket_folder: Path) -> None:
        """Start the server and wait until it answers; after a crash that includes its recovery.

        Raises:
            EmbeddedTrouble: It did not start, for the reason named.
        """
        self._forget_misleading_number()
        options = {**_PROMISES, "unix_socket_directories": str(socket_folder)}
        words = shlex.join(part for name, value in options.items() for part in ("-c", f"{name}={value}"))
        deadline = time.monotonic() + _ORPHANS_S
        while said := self._run("pg_ctl", "start", "-s", "-w", "-t", str(RECOVERY_S), "-o", words):
            if "pre-existing shared memory block" not in said or time.monotonic() > deadline:
                raise self._trouble(said)
            time.sleep(0.2)  # the children of a killed server notice within moments that it is gone
        log.info("embedded.started", data=str(self.places.data), socket=str(socket_folder))

    def stop(self) -> None:
        """Stop the server in order. One that takes longer than `STOP_S` is left to finish by itself."""
        said = self._run("pg_ctl", "stop", "-s", "-w", "-m", "fast", "-t", str(STOP_S))
        if said and self.running() is not None:
            log.warning("embedded.still_stopping", data=str(self.places.data), said=errors.last_complaint(said))
        else:
            log.info("embedded.stopped", data=str(self.places.data))

    def _initdb(self, target: Path) -> None:
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir(mode=0o700)
        self.places.account.own(target)
        said = self._run(
            "initdb",
            *("--pgdata", str(target), "--username", USER, "--auth-local=trust", "--auth-host=reject"),
            # a locale of PostgreSQL's own: the machine's may be missing, wrong, or change with its next update
            *("--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
            *("--no-instructions", "--data-checksums"),
        )
        if said:
            raise self._trouble(said)

    def _run(self, program: str, *arguments: str) -> str:
        """Run a program as the account; empty when it succeeded, else what it and the server said.

        Their output goes to the log file: a pipe would stay open as long as the server lives.
        """
        places = self.places
        _keep_short(places.log)
        with os.fdopen(places.account.open(places.log, os.O_WRONLY | os.O_APPEND), "ab") as out:
            before = out.seek(0, os.SEEK_END)
            try:
                result = subprocess.run(  # noqa: S603 our own arguments, no shell
                    [self.binaries.program(program), *arguments],
                    stdin=subprocess.DEVNULL,
                    stdout=out,
                    stderr=out,
                    env=_environment(places.data),
                    cwd="/",
                    umask=0o077,
                    start_new_session=True,  # Ctrl-C in a terminal is for us, not for the server
                    check=False,
                    **places.account.child,
                )
            except OSError as error:
                raise errors.NoBinaries(f"{error.filename}: {error.strerror}") from error
            except subprocess.SubprocessError as error:
                raise errors.NoPermission(places.home, places.account.name) from error
        if result.returncode == 0:
            return ""
        with places.log.open("rb") as written:
            written.seek(before)
            return written.read().decode("utf-8", "replace") or f"{program} ended with status {result.returncode}"

    def _trouble(self, said: str) -> errors.EmbeddedTrouble:
        return errors.from_words(said, self.places.home, self.places.account.name, self.places.log)

    def _forget_misleading_number(self) -> None:
        noted = postmaster.noted(self.places.data)
        if noted is not None and postmaster.would_mislead(noted.pid, self.places.data):
            log.info("embedded.stale_pid_file", pid=noted.pid)
            postmaster.forget(self.places.data)


def _environment(data: Path) -> dict[str, str]:
    """Ours without what would change PostgreSQL's mind: its own variables, and the machine's language."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANG"))}
    return {**kept, "LC_ALL": "C", "PGDATA": str(data)}


def _keep_short(path: Path) -> None:
    """Put a long log aside, one generation of it."""
    if path.exists() and path.stat().st_size > _LOG_LIMIT:
        path.replace(path.with_name(f"{path.name}.1"))
