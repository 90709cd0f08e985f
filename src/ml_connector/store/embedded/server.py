"""The embedded PostgreSQL, as a context: inside it the server runs.

Its states, each change made by one process in its turn:

    (nothing) ──a──► data ──b──► running ──c──► data
                                    │  d
                                    └─────────► data, with a stale pid file ──b──► running

a: initdb, on first use. b: the first user starts it. c: the last user stops it. d: a crash or kill −9; the next
start recovers. A user that is killed is gone at once; the server it leaves runs until the next last user leaves.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from pathlib import Path
from typing import TYPE_CHECKING, Self

import psycopg
import structlog
from psycopg import sql

from ml_connector.store.embedded import addresses, binaries, places, socket_folder
from ml_connector.store.embedded.cluster import RECOVERY_S, Cluster
from ml_connector.store.embedded.errors import DataVanished, DidNotStart, EmbeddedTrouble, SocketUnusable, from_os
from ml_connector.store.embedded.usage import Usage

if TYPE_CHECKING:
    from collections.abc import Awaitable
    from types import TracebackType

log = structlog.get_logger(__name__)

LOOK_S = 1.0
"""How often it is looked whether the server still runs; one look reads one small file."""


class EmbeddedPostgres:
    """PostgreSQL in `DATA_DIR`, shared by every process that names the same folder.

    Args:
        data_dir: Made when it is not there. May be long, may contain spaces.
        shared_home: Where the data goes when we are root and `DATA_DIR` is closed to the account that runs
            PostgreSQL.

    Raises on entering:
        EmbeddedTrouble: With a sentence and what to do; nothing is left locked or half started.

    It blocks, for a second on first use, so `async with` does the same in a thread. One object is for one use.
    """

    def __init__(self, data_dir: Path, *, shared_home: Path = places.SHARED_HOME) -> None:
        self._data_dir = Path(data_dir)
        self._shared_home = shared_home
        self._usage: Usage | None = None
        self._cluster: Cluster | None = None
        self._socket_folder: Path | None = None

    @property
    def url(self) -> str:
        """A libpq address for psycopg and BullMQ. Good as long as the context, also across restarts by others."""
        return addresses.address(self._folder())

    def fresh_database(self, name: str, *, template: str = "template1") -> str:
        """Make *name* anew as a copy of *template*, and answer its libpq address. For tests.

        What the database held before is gone, and who was connected to it is disconnected.
        """
        with psycopg.connect(addresses.address(self._folder(), "postgres"), autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
            connection.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
            )
        return addresses.address(self._folder(), name)

    def start(self) -> Self:
        """Join the users of the server, starting it if it does not run. `with` is the better way to call it."""
        try:
            data_dir, account = places.open_data_dir(self._data_dir)
        except OSError as error:
            raise from_os(error, self._data_dir, "this user") from error
        try:
            self._usage = Usage(data_dir, account)
            with self._usage.turn():
                self._usage.join()
                found = places.find(data_dir, account, shared_home=self._shared_home)
                self._cluster = Cluster(found, binaries.reachable(binaries.installed(), found))
                self._ensure_running()
        except OSError as error:
            self.stop()
            raise from_os(error, data_dir, account.name) from error
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """Leave the users of the server; the last one stops it. Twice is as good as once."""
        usage, self._usage = self._usage, None
        if usage is None:
            return
        try:
            with usage.turn():
                if self._cluster is not None and usage.alone() and self._cluster.running() is not None:
                    self._stop_server(self._cluster)
        finally:
            usage.close()

    def revive(self) -> None:
        """Start the server again if it has died under us; the address stays. Costs a connection when it runs.

        Raises:
            EmbeddedTrouble: It cannot be started. The context stays open, so a later attempt may succeed.
        """
        cluster = self._in_use()
        if self._usage is None:
            raise RuntimeError("the embedded PostgreSQL is used outside its context")
        if not (cluster.places.data / "PG_VERSION").exists():
            raise DataVanished(cluster.places.data)
        try:
            with self._usage.turn():
                self._ensure_running()
        except OSError as error:
            raise from_os(error, cluster.places.home, cluster.places.account.name) from error

    async def keep_running(self, leaving: asyncio.Event) -> None:
        """Look every `LOOK_S` seconds whether the server has died, and start it again, until *leaving*.

        Whoever has no PostgreSQL of their own has nobody who would start it, as when memory ran out. A start that
        fails is said once, and tried again at each look.
        """
        said = ""
        while not await _within(LOOK_S, leaving.wait()):
            if self._in_use().running() is not None:
                continue
            try:
                await asyncio.to_thread(self.revive)
            except EmbeddedTrouble as trouble:
                if trouble.code != said:
                    log.warning("embedded.not_revived", code=trouble.code, text=trouble.text)
                said = trouble.code
            else:
                log.warning("embedded.revived")
                said = ""

    def _ensure_running(self) -> None:
        """Start the server or find it running; once more when it dies while we look, as after a kill."""
        cluster = self._in_use()
        cluster.initialise()
        self._socket_folder = self._running_folder(cluster)
        try:
            _make_database(self._socket_folder)
        except SocketUnusable:
            if cluster.running() is not None:
                raise
            self._socket_folder = self._running_folder(cluster)
            _make_database(self._socket_folder)

    def _running_folder(self, cluster: Cluster) -> Path:
        """The socket's folder of a server that runs now."""
        running = cluster.running()
        if running is not None and running.ready and not _reachable(running.socket_folder):
            self._restart_or_refuse(cluster, running.pid)
        elif running is not None and (folder := self._folder_of_starting(cluster)) is not None:
            return folder
        folder = socket_folder.claim(cluster.places)
        try:
            cluster.start(folder)
        except EmbeddedTrouble:
            socket_folder.discard(folder)
            raise
        return folder

    def _restart_or_refuse(self, cluster: Cluster, pid: int) -> None:
        """The socket was removed from under a running server, as cleaners of /tmp do."""
        assert self._usage is not None
        if not self._usage.alone():
            raise SocketUnusable(
                f"it runs as process {pid}, its socket is gone, and other processes still use it",
                fix="Stop the other ml-connector processes of this DATA_DIR and start again.",
            )
        log.warning("embedded.socket_lost", pid=pid)
        cluster.stop()
        self._usage.join()

    def _folder_of_starting(self, cluster: Cluster) -> Path | None:
        """Where the socket is, as soon as a server that was left while starting says so; None when it has ended."""
        deadline = time.monotonic() + RECOVERY_S
        while (running := cluster.running()) is not None:
            if running.ready and running.socket_folder is not None:
                return running.socket_folder
            if time.monotonic() > deadline:
                raise DidNotStart("a server that was found starting did not become ready", cluster.places.log)
            time.sleep(0.05)
        return None

    def _stop_server(self, cluster: Cluster) -> None:
        folder = self._socket_folder
        cluster.stop()
        if folder is not None and cluster.running() is None:
            socket_folder.discard(folder)

    def _in_use(self) -> Cluster:
        if self._cluster is None:
            raise RuntimeError("the embedded PostgreSQL is used outside its context")
        return self._cluster

    def _folder(self) -> Path:
        if self._socket_folder is None:
            raise RuntimeError("the embedded PostgreSQL is used outside its context")
        return self._socket_folder

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    async def __aenter__(self) -> Self:
        starting = asyncio.create_task(asyncio.to_thread(self.start))
        try:
            return await asyncio.shield(starting)
        except asyncio.CancelledError:  # the thread goes on: what it starts must not be forgotten
            with contextlib.suppress(EmbeddedTrouble):
                await starting
            await asyncio.to_thread(self.stop)
            raise

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await asyncio.to_thread(self.stop)


async def _within(seconds: float, wait: Awaitable[object]) -> bool:
    """Whether it came within *seconds*."""
    try:
        await asyncio.wait_for(wait, seconds)
    except TimeoutError:
        return False
    return True


def _reachable(folder: Path | None) -> bool:
    return folder is not None and socket_folder.socket_in(folder).exists()


def _make_database(folder: Path) -> None:
    """Make our database on first use, which also proves that the server answers."""
    try:
        with psycopg.connect(addresses.address(folder, "postgres"), autocommit=True, connect_timeout=10) as connection:
            known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [addresses.DATABASE]).fetchone()
            if known is None:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(addresses.DATABASE)))
    except psycopg.OperationalError as error:
        raise SocketUnusable(
            str(error).strip().splitlines()[-1].rstrip("."),
            fix="Check that /tmp is the same for all ml-connector processes; `ml-connector doctor` tells more.",
        ) from error
