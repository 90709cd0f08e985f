"""One process of the connector: the web side, the worker side, or both, until it is told to stop."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Sequence
from functools import partial

import structlog
from litestar.types import ControllerRouterHandler

from ml_connector.jobs.connecting.connect import connect
from ml_connector.jobs.connecting.document import ConnectionDocument
from ml_connector.jobs.operators import first_link
from ml_connector.jobs.restored import notice_restore
from ml_connector.jobs.schedules import Rounds
from ml_connector.queue.schedule import Periodic, Schedule, StoredLeases
from ml_connector.queue.subjects import StoredBacklog
from ml_connector.queue.worker import Edge, WorkerSide
from ml_connector.settings import Settings
from ml_connector.store.subjects import Knock, Subject
from ml_connector.store.unlock import rotate
from ml_connector.web.api import ApiNeeds, api_routes, openapi
from ml_connector.web.api.background import Background
from ml_connector.web.app import Dependencies, IntakeNeeds, create_app
from ml_connector.web.console import ConsoleNeeds, console_routes, for_browsers, may_connect
from ml_connector.web.console.static import address
from ml_connector.web.figures import figures
from ml_connector.web.health import Check
from ml_connector.web.intake.stored import StoredInbox, StoredShopifySigners, StoredZohoSigners, nobody_listens
from ml_connector.web.oauth import OAuthNeeds, oauth_routes
from ml_connector.web.serving import Server
from ml_connector.wiring.application import Application, key_source, opened
from ml_connector.wiring.diagnosis import of_running

log = structlog.get_logger(__name__)

Started = Callable[[str], None]
"""Told the address that is listened on, once requests are answered."""


class Process:
    """What `serve` runs: the web side, the worker side, or both, until it is told to stop."""

    def __init__(self, app: Application, role: str, host: str, port: int) -> None:
        self._app = app
        self._role = role
        self._host = host
        self._engine = app.queue_engine()
        self._background = Background()
        self._stopping = asyncio.Event()
        self._worker = self._worker_side() if role in ("all", "worker") else None
        self.server = Server(create_app(self._dependencies()), host, port)
        self._schedule = self._periodic() if self._worker else None

    async def run(self, started: Started) -> None:
        """Serve and work until `stop`, then drain: nothing new is taken, what runs is finished.

        Raises:
            OSError: the address cannot be listened on.
            QueueAway: the embedded database does not answer.
        """
        if self._app.settings.database_url is None:  # ours to keep up to date, BullMQ's part of it too
            await self._engine.prepare()
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self.server.run())
                group.create_task(self._told(started))
                if self._worker is not None and self._schedule is not None:
                    group.create_task(self._worker.run())
                    group.create_task(self._schedule.run())
                group.create_task(self._drained())
        finally:
            await self._engine.close()

    def stop(self) -> None:
        """Begin to drain."""
        self._stopping.set()

    async def _told(self, started: Started) -> None:
        await self.server.listening()
        host = f"[{self._host}]" if ":" in self._host else self._host
        started(f"http://{host}:{self.server.port}")

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
        pages = None
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
            console = self._console(woken)
            routes, pages = self._routes(console), for_browsers(console)
        return Dependencies(
            role=self._role,
            intake=intake,
            checks=self._checks(),
            figures=partial(figures, app.store),
            routes=routes,
            for_browsers=pages,
            openapi=openapi() if routes else None,
            closing=[self._background.close],
        )

    def _console(self, woken: Callable[[], None]) -> ConsoleNeeds:
        app = self._app
        return ConsoleNeeds(
            store=app.store,
            runtime_of=app.runtimes.of,
            clock=app.clock,
            public_url=app.settings.public_url,
            knocked=woken,
            listening=app.listening,
            sign_ins=_sign_ins(app.settings),
            stopping=self._stopping,
            post=app.post,
            diagnose=partial(of_running, app),
            rotate=partial(rotate, app.store.engine, app.store.vault, key_source(app.settings)),
        )

    def _routes(self, console: ConsoleNeeds) -> Sequence[ControllerRouterHandler]:
        """The pages for people, the sign-ins at both companies, and the API for programs."""
        app = self._app
        sign_ins = OAuthNeeds.of(
            app.settings,
            app.store,
            app.send,
            app.clock,
            may_start=partial(may_connect, console),
            finish=self._finish_connecting,
            stylesheet=address("console.css", console.base),
        )
        api = ApiNeeds(
            store=app.store,
            runtime_of=app.runtimes.of,
            clock=app.clock,
            public_url=app.settings.public_url,
            listening=app.listening,
            diagnose=partial(of_running, app),
            post=app.post,
            knocked=console.knocked,
            background=self._background,
        )
        return [*oauth_routes(sign_ins), *console_routes(console), *api_routes(api)]

    async def _finish_connecting(self, name: str) -> None:
        """After a sign-in: a policy and the webhooks of a connection that has both sides, and a look at it."""
        app = self._app
        document = ConnectionDocument(name)
        await connect(document, app.store, app.runtimes.of, app.listening, who="sign-in", with_zoho_hooks=False)

    def _checks(self) -> dict[str, Check]:
        async def store_answers() -> None:
            await self._app.store.now()

        checks: dict[str, Check] = {"database": store_answers, "key": self._app.store.check_keys}
        if self._role != "web":
            checks["queue"] = self._engine.reachable
        return checks

    def _periodic(self) -> Schedule:
        app = self._app
        self._rounds = Rounds(
            app.runtimes,
            app.store,
            app.listening,
            sweep_every_s=app.settings.sweep_every_s,
            retention_days=app.settings.retention_days,
            post=app.post,
        )
        return Schedule(
            self._activities,
            StoredLeases(app.store, app.runner.owner),
            app.clock,
            _unforeseen_activity,
        )

    async def _activities(self) -> list[Periodic]:
        # at every look, because no job comes for a subject that is still leased
        await self._app.runner.let_go()
        return [Periodic(each.name, each.every_s, each.run) for each in await self._rounds()]


def _sign_ins(settings: Settings) -> frozenset[str]:
    """The companies that an app of ours is registered with."""
    given = {"shopify": settings.shopify_client_id, "zoho": settings.zoho_client_id}
    return frozenset(name for name, client_id in given.items() if client_id)


async def _unforeseen_activity(name: str, error: Exception) -> None:
    log.error("schedule.unforeseen", name=name, exc_info=error)


async def serve(
    settings: Settings, role: str, host: str, port: int, started: Started, invited: Started | None = None
) -> None:
    """Run the connector until SIGTERM or SIGINT, then drain.

    Args:
        invited: Told the one-time address for the first operator's password, while nobody can log in.

    Raises:
        Unusable, EmbeddedTrouble, StoreUnavailable: the environment is not usable.
        OSError: the address cannot be listened on.
    """
    async with opened(settings) as app:
        await notice_restore(app.store)  # before anything is sent
        process = Process(app, role, host, port)
        if invited is not None and role != "worker":
            link = await first_link(app.store, settings.public_url)
            if link is not None:
                invited(link)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, process.stop)
        await process.run(started)
