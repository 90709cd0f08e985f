"""The store as one value: the engine, the vault, and a repository for each idea."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Self

from sqlalchemy.ext.asyncio import AsyncConnection

from ml_connector.store import database
from ml_connector.store.allowances import Allowances
from ml_connector.store.connections import Connections
from ml_connector.store.contacts import Contacts
from ml_connector.store.credentials import Credentials
from ml_connector.store.customer_lists import CustomerLists
from ml_connector.store.customers import CustomerConflicts, CustomerWrites
from ml_connector.store.days import Days
from ml_connector.store.decisions import Decisions
from ml_connector.store.deliveries import Deliveries
from ml_connector.store.documents import Documents
from ml_connector.store.erasing import Erasing
from ml_connector.store.exchanges import Exchanges, Timeline
from ml_connector.store.keys import KeySource
from ml_connector.store.leases import Leases
from ml_connector.store.masters import Items, Masters, Watermarks
from ml_connector.store.notices import Audit, Mappings, Notices
from ml_connector.store.operations import Operations
from ml_connector.store.order_lists import OrderLists
from ml_connector.store.outcomes import Outcomes
from ml_connector.store.people import ApiTokens, Operators, Sessions, SignInTries
from ml_connector.store.pool import Pool
from ml_connector.store.pruning import Pruning
from ml_connector.store.readings import Readings
from ml_connector.store.replays import Replays
from ml_connector.store.schema import check_schema
from ml_connector.store.subjects import Subjects
from ml_connector.store.summaries import Summaries
from ml_connector.store.telling import Telling
from ml_connector.store.tokens import Tokens
from ml_connector.store.unlock import check_keys, unlock
from ml_connector.store.vault import Vault


class Store:
    """What we remember.

    Repositories take the connection that `transaction` or `at_once` gives, so that several can share one commit:

        async with store.transaction() as tx:
            await store.operations.settle(tx, lease, steps)
            await store.documents.put(tx, connection_id, Put(document))
    """

    def __init__(self, engine: Pool, vault: Vault) -> None:
        self.engine = engine
        self.vault = vault
        self.allowances = Allowances()
        self.api_tokens = ApiTokens()
        self.audit = Audit()
        self.connections = Connections()
        self.contacts = Contacts()
        self.credentials = Credentials(vault)
        self.days = Days()
        self.decisions = Decisions()
        self.customer_lists = CustomerLists()
        self.customer_conflicts = CustomerConflicts()
        self.customer_writes = CustomerWrites()
        self.deliveries = Deliveries()
        self.documents = Documents()
        self.erasing = Erasing()
        self.exchanges = Exchanges()
        self.items = Items()
        self.leases = Leases()
        self.mappings = Mappings()
        self.masters = Masters()
        self.notices = Notices()
        self.operations = Operations()
        self.operators = Operators()
        self.order_lists = OrderLists()
        self.outcomes = Outcomes()
        self.pruning = Pruning()
        self.readings = Readings()
        self.replays = Replays()
        self.sessions = Sessions()
        self.sign_in_tries = SignInTries()
        self.subjects = Subjects()
        self.summaries = Summaries()
        self.telling = Telling()
        self.timeline = Timeline()
        self.tokens = Tokens(vault)
        self.watermarks = Watermarks()

    @classmethod
    async def open(
        cls,
        url: str,
        keys: KeySource,
        *,
        schema: str = database.SCHEMA,
        pool_size: int = 10,
        pool_timeout_s: float = 10.0,
    ) -> Self:
        """The store at *url* (libpq's address), after proof that server, tables and keys fit.

        Raises:
            Unusable: server, schema or key do not; the error says what to do.
            StoreUnavailable: nobody answers.
        """
        engine = database.connect(url, schema=schema, pool_size=pool_size, pool_timeout_s=pool_timeout_s)
        try:
            await database.check_server(engine)
            await check_schema(engine)
            return cls(engine, await unlock(engine, keys))
        except BaseException:
            await engine.dispose()
            raise

    def transaction(self, *, durable: bool = True) -> AbstractAsyncContextManager[AsyncConnection]:
        """One transaction: kept when the block ends, undone when it raises. Two round trips besides its statements.

        Args:
            durable: False does not wait for the disk; see `database.transaction`.

        Raises:
            StoreUnavailable, StoreBusy: see `database.translated`.
        """
        return database.transaction(self.engine, durable=durable)

    def at_once(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """A connection on which each statement is its own commit: for a single statement, and for reading."""
        return database.at_once(self.engine)

    async def now(self) -> datetime:
        """PostgreSQL's clock. One round trip."""
        async with self.at_once() as tx:
            return await self.masters.moment(tx)

    async def check_keys(self) -> None:
        """Whether what is kept can be opened here. One round trip.

        Raises:
            KeyMissing, KeyInvalid: see `unlock.check_keys`.
        """
        async with self.at_once() as tx:
            await check_keys(tx, self.vault)

    async def close(self) -> None:
        """Let all connections go."""
        await self.engine.dispose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()
