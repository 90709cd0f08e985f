"""Everything a command works with, opened and closed as one: the place where it is chosen what is behind each door."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from random import Random
from urllib.parse import quote, urlsplit

from ml_connector.jobs.clock import Clock, SystemClock
from ml_connector.jobs.connecting.check import Listening
from ml_connector.jobs.run_subject import SubjectRunner
from ml_connector.jobs.runtimes import ConnectionRuntimes, Endpoints
from ml_connector.jobs.summary.sending import Post
from ml_connector.net import Send
from ml_connector.net.aiohttp_sender import AiohttpSender
from ml_connector.net.mail import MailServer
from ml_connector.net.notify import Targets
from ml_connector.queue.back_end import BackEnd, PostgresBackEnd, RedisBackEnd
from ml_connector.queue.engine import Engine
from ml_connector.settings import Settings
from ml_connector.store import Store
from ml_connector.store.embedded import EmbeddedPostgres
from ml_connector.store.errors import SchemaMissing, SchemaOlder
from ml_connector.store.keys import GivenKeys, KeyFile, KeySource
from ml_connector.store.schema import SchemaState

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
    def post(self) -> Post:
        """How summaries leave."""
        return post(self.settings)

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


def post(settings: Settings) -> Post:
    """Mail by SMTP_URL, other targets by NOTIFY_URLS; a summary's page is under PUBLIC_URL."""
    public = settings.public_url.rstrip("/")
    sender = f"ml-connector@{urlsplit(public).hostname}"
    mail = None
    if settings.smtp_url is not None:
        mail = MailServer.parse(settings.smtp_url.get_secret_value(), sender=sender)
    return Post(
        mail=mail,
        targets=Targets(settings.notices) if settings.notices else None,
        link=lambda name, day: f"{public}/summary/{day.isoformat()}?connection={quote(name)}",
        home=public,
    )


@asynccontextmanager
async def database(settings: Settings) -> AsyncIterator[str]:
    """The libpq address of the database that the settings name; inside the block the embedded one is kept running."""
    if settings.database_url is not None:
        yield settings.database_url.get_secret_value()
        return
    async with EmbeddedPostgres(settings.data_dir) as server:
        leaving = asyncio.Event()
        keeping = asyncio.create_task(server.keep_running(leaving))
        try:
            yield server.url
        finally:
            # not cancelled: a start that is under way has to end before the server is left
            leaving.set()
            await keeping


def key_source(settings: Settings) -> KeySource:
    if settings.secret_key is not None:
        return GivenKeys.parse(settings.secret_key.get_secret_value())
    return KeyFile(settings.data_dir / "secret.key")


def back_end(settings: Settings, database_url: str) -> BackEnd:
    if settings.redis_url is not None:
        return RedisBackEnd(settings.redis_url.get_secret_value())
    return PostgresBackEnd(database_url)


def endpoints(settings: Settings) -> Endpoints:
    secret = settings.shopify_client_secret
    return Endpoints(
        shopify=settings.shopify_endpoint,
        shopify_api_version=settings.shopify_api_version,
        zoho_accounts=settings.zoho_accounts_endpoint or "",
        zoho_api=settings.zoho_api_endpoint or "",
        shopify_client_id=settings.shopify_client_id or "",
        shopify_client_secret=secret.get_secret_value() if secret else "",
    )


async def migrate(settings: Settings) -> SchemaState:
    """Bring the tables and BullMQ's schema to this version.

    Raises:
        StoreUnavailable, ServerTooOld, QueueAway, EmbeddedTrouble.
    """
    async with database(settings) as url:
        return await _migrate(settings, url)


async def _migrate(settings: Settings, url: str) -> SchemaState:
    from ml_connector.store.migrate import migrate as migrate_tables  # noqa: PLC0415 - only who migrates loads Alembic

    state = await asyncio.to_thread(migrate_tables, url)
    engine = Engine(back_end(settings, url))
    try:
        await engine.prepare()
    finally:
        await engine.close()
    return state


async def _store(settings: Settings, url: str) -> Store:
    """The store, after the embedded database was brought to this version where it is not."""

    async def fitting() -> Store:
        return await Store.open(url, key_source(settings), pool_size=settings.worker_concurrency + 8)

    try:
        return await fitting()
    except (SchemaMissing, SchemaOlder):
        if settings.database_url is not None:
            raise
    await _migrate(settings, url)
    return await fitting()


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
        store = await stack.enter_async_context(await _store(settings, url))
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
