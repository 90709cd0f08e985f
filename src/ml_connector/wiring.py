"""The one place that chooses: PostgreSQL embedded or given, BullMQ's back end, real companies or a sandbox."""

from __future__ import annotations

import asyncio
import signal
import uuid
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from random import Random
from urllib.parse import urlsplit

import structlog
from litestar.types import ControllerRouterHandler

from ml_connector.jobs.clock import Clock, SystemClock
from ml_connector.jobs.connecting.check import Listening
from ml_connector.jobs.connecting.connect import connect
from ml_connector.jobs.connecting.document import ConnectionDocument
from ml_connector.jobs.run_subject import SubjectRunner
from ml_connector.jobs.runtimes import ConnectionRuntimes, Endpoints
from ml_connector.jobs.sweep import sweep
from ml_connector.net import Send
from ml_connector.net.aiohttp_sender import AiohttpSender
from ml_connector.queue.back_end import BackEnd, PostgresBackEnd, RedisBackEnd
from ml_connector.queue.engine import Engine
from ml_connector.queue.schedule import Periodic, Schedule, StoredLeases
from ml_connector.queue.subjects import StoredBacklog
from ml_connector.queue.worker import Edge, WorkerSide
from ml_connector.settings import Settings
from ml_connector.store import Store
from ml_connector.store.embedded import EmbeddedPostgres
from ml_connector.store.keys import GivenKeys, KeyFile, KeySource
from ml_connector.store.migrate import SchemaState
from ml_connector.store.migrate import migrate as migrate_tables
from ml_connector.store.subjects import Knock, Subject
from ml_connector.web.app import Dependencies, IntakeNeeds, create_app
from ml_connector.web.figures import figures
from ml_connector.web.health import Check
from ml_connector.web.intake.stored import StoredInbox, StoredShopifySigners, StoredZohoSigners, nobody_listens
from ml_connector.web.oauth import OAuthNeeds, oauth_routes
from ml_connector.web.serving import Server

log = structlog.get_logger(__name__)

WEBHOOKS_PATH = "/webhooks/shopify"


@dataclass(frozen=True, slots=True)
class Application:
    """Everything a command or a process works with, opened and closed as one."""

    settings: Settings
    database_url: str = field(repr=False)
    store: Store
    runtimes: ConnectionRuntimes
    runner: SubjectRunner
    back_end: BackEnd
    clock: Clock
    send: Send

    def queue_engine(self) -> Engine:
        """BullMQ's queue; it opens its connection at the first call, and is closed by whoever asked for it."""
        return Engine(self.back_end)

    @property
    def listening(self) -> Listening:
        """Where Shopify's webhooks go: public https, or any address where plain HTTP is allowed, as in sandboxes."""
        public = self.settings.public_url.rstrip("/")
        reachable = self.settings.allow_http_endpoints or _is_public(public)
        return Listening(public + WEBHOOKS_PATH, reachable)


def _is_public(url: str) -> bool:
    parts = urlsplit(url)
    host = parts.hostname or ""
    local = host == "localhost" or host.startswith("127.") or host == "::1" or host.endswith(".local")
    return parts.scheme == "https" and bool(host) and not local


@asynccontextmanager
async def database(settings: Settings) -> AsyncIterator[str]:
    """The libpq address of the database that the settings name; the embedded one runs while the block does."""
    if settings.database_url is not None:
        yield settings.database_url.get_secret_value()
        return
    async with EmbeddedPostgres(settings.data_dir) as server:
        yield server.url


def key_source(settings: Settings) -> KeySource:
    if settings.secret_key is not None:
        return GivenKeys.parse(settings.secret_key.get_secret_value())
    return KeyFile(settings.data_dir / "secret.key")


def back_end(settings: Settings, database_url: str) -> BackEnd:
    if settings.redis_url is not None:
        return RedisBackEnd(settings.redis_url.get_secret_value())
    return PostgresBackEnd(database_url)


def endpoints(settings: Settings) -> Endpoints:
    return Endpoints(
        shopify=settings.shopify_endpoint,
        shopify_api_version=settings.shopify_api_version,
        zoho_accounts=settings.zoho_accounts_endpoint or "",
        zoho_api=settings.zoho_api_endpoint or "",
    )


async def migrate(settings: Settings) -> SchemaState:
    """Bring the tables and BullMQ's schema to this version.

    Raises:
        StoreUnavailable, ServerTooOld, QueueAway, EmbeddedTrouble.
    """
    async with database(settings) as url:
        return await _migrate(settings, url)


async def _migrate(settings: Settings, url: str) -> SchemaState:
    state = await asyncio.to_thread(migrate_tables, url)
    engine = Engine(back_end(settings, url))
    try:
        await engine.prepare()
    finally:
        await engine.close()
    return state


@asynccontextmanager
async def opened(
    settings: Settings, *, send: Send | None = None, clock: Clock | None = None, random: Random | None = None
) -> AsyncIterator[Application]:
    """Open everything that *settings* name. An embedded database is migrated by itself; a given one is checked.

    Args:
        send, clock, random: Stand-ins for proofs and tests.

    Raises:
        Unusable, EmbeddedTrouble, StoreUnavailable: the environment is not usable; the error says what to do.
    """
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(database(settings))
        if settings.database_url is None:
            await _migrate(settings, url)
        store = await stack.enter_async_context(
            await Store.open(url, key_source(settings), pool_size=settings.worker_concurrency + 8)
        )
        carry: Send = send if send is not None else await stack.enter_async_context(AiohttpSender())
        time = clock or SystemClock()
        runtimes = ConnectionRuntimes(store, carry, endpoints(settings), time, random or Random())
        stack.push_async_callback(runtimes.close)
        yield Application(
            settings=settings,
            database_url=url,
            store=store,
            runtimes=runtimes,
            runner=SubjectRunner(runtimes, f"{uuid.uuid4().hex[:12]}"),
            back_end=back_end(settings, url),
            clock=time,
            send=carry,
        )


Started = Callable[[str], None]
"""Told the address that is listened on, once requests are answered."""


class Process:
    """What `serve` runs: the web side, the worker side, or both, until it is told to stop."""

    def __init__(self, app: Application, role: str, host: str, port: int) -> None:
        self._app = app
        self._role = role
        self._engine = app.queue_engine()
        self._worker = self._worker_side() if role in ("all", "worker") else None
        self.server = Server(create_app(self._dependencies()), host, port)
        self._schedule = self._periodic() if self._worker else None
        self._stopping = asyncio.Event()

    async def run(self, started: Started) -> None:
        """Serve and work until `stop`, then drain: nothing new is taken, what runs is finished.

        Raises:
            OSError: the address cannot be listened on.
        """
        async with asyncio.TaskGroup() as group:
            group.create_task(self.server.run())
            group.create_task(self._told(started))
            if self._worker is not None and self._schedule is not None:
                group.create_task(self._worker.run())
                group.create_task(self._schedule.run())
            group.create_task(self._drained())
        await self._engine.close()

    def stop(self) -> None:
        """Begin to drain."""
        self._stopping.set()

    async def _told(self, started: Started) -> None:
        await self.server.listening()
        started(f"http://{self._app.settings.host}:{self.server.port}")

    async def _drained(self) -> None:
        await self._stopping.wait()
        if self._schedule is not None:
            self._schedule.stop()
        if self._worker is not None:
            await self._worker.drain()
        self.server.stop()

    def _worker_side(self) -> WorkerSide:
        app = self._app
        edge = Edge(app.runner, app.runner.unforeseen, self._knock)
        return WorkerSide(self._engine, StoredBacklog(app.store), edge, concurrency=app.settings.worker_concurrency)

    async def _knock(self, subject: Subject) -> None:
        async with self._app.store.at_once() as tx:
            await self._app.store.subjects.knock(tx, [Knock(subject)])

    def _dependencies(self) -> Dependencies:
        app = self._app
        intake = None
        routes: Sequence[ControllerRouterHandler] = ()
        if self._role in ("all", "web"):
            secret = app.settings.shopify_client_secret
            woken = self._worker.relay.wake if self._worker is not None else nobody_listens
            intake = IntakeNeeds(
                inbox=StoredInbox(app.store, woken),
                shopify_signers=StoredShopifySigners(
                    app.store, app.clock.now, secret.get_secret_value() if secret else None
                ),
                zoho_signers=StoredZohoSigners(app.store),
            )
            routes = oauth_routes(
                OAuthNeeds.of(app.settings, app.store, app.send, app.clock, finish=self._finish_connecting)
            )
        return Dependencies(
            role=self._role,
            intake=intake,
            checks=self._checks(),
            figures=partial(figures, app.store),
            routes=routes,
        )

    async def _finish_connecting(self, name: str) -> None:
        """After a sign-in: a policy and the webhooks of a connection that has both sides, and a look at it."""
        app = self._app
        await connect(ConnectionDocument(name), app.store, app.runtimes.of, app.listening, who="sign-in")

    def _checks(self) -> dict[str, Check]:
        async def store_answers() -> None:
            await self._app.store.now()

        checks: dict[str, Check] = {"database": store_answers}
        if self._role != "web":
            checks["queue"] = self._engine.reachable
        return checks

    def _periodic(self) -> Schedule:
        app = self._app
        return Schedule(
            self._activities,
            StoredLeases(app.store, app.runner.owner),
            app.clock,
            _unforeseen_activity,
        )

    async def _activities(self) -> list[Periodic]:
        """A sweep for each connection that is well."""
        app = self._app
        async with app.store.at_once() as tx:
            connections = await app.store.connections.all(tx)
        return [
            Periodic(f"sweep:{each.id}", app.settings.sweep_every_s, partial(self._sweep, each.id))
            for each in connections
            if each.health == "ok"
        ]

    async def _sweep(self, connection_id: int) -> None:
        await sweep(await self._app.runtimes.of(connection_id))


async def _unforeseen_activity(name: str, error: Exception) -> None:
    log.error("schedule.unforeseen", name=name, exc_info=error)


async def serve(settings: Settings, role: str, host: str, port: int, started: Started) -> None:
    """Run the connector until SIGTERM or SIGINT, then drain.

    Raises:
        Unusable, EmbeddedTrouble, StoreUnavailable: the environment is not usable.
        OSError: the address cannot be listened on.
    """
    async with opened(settings) as app:
        process = Process(app, role, host, port)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, process.stop)
        await process.run(started)
