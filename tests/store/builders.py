"""Valid things to keep; a test names only what matters to it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from typing import Any
from unittest import mock

import psycopg
from sqlalchemy.ext.asyncio import AsyncConnection

from ml_connector.store import Store
from ml_connector.store.deliveries import Delivery
from ml_connector.store.operations import Intent, Sending
from ml_connector.store.sql import all_rows, run, text
from ml_connector.store.subjects import Knock, Lane, Lease, Subject

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
ORGANIZATION = "eu:20070000001"

_names = count(1)


async def a_connection(store: Store, name: str = "", **more: Any) -> int:
    async with store.at_once() as tx:
        number = next(_names)
        kept = await store.connections.save(
            tx, name or f"acme-{number}", **{"shop": f"acme-{number}.myshopify.com", **more}
        )
    return kept.id


def an_order(connection_id: int, number: int = 42) -> Subject:
    return Subject(connection_id, "order", f"gid://shopify/Order/{number}")


def a_delivery(connection_id: int | None = None, webhook_id: str = "w-1", **more: Any) -> Delivery:
    """A delivery of `orders/create`; with a connection it knocks for order 42."""
    subject = None if connection_id is None else an_order(connection_id)
    plain = Delivery(
        source="shopify",
        shop="acme.myshopify.com",
        webhook_id=webhook_id,
        topic="orders/create",
        body=json.dumps({"id": 42}).encode(),
        received_at=NOON,
        connection_id=connection_id,
        subject=subject,
        knocks=() if subject is None else (Knock(subject),),
        headers={"x-shopify-topic": "orders/create"},
    )
    return replace(plain, **more)


def an_intent(key: str = "invoice:gid://shopify/Order/42", **more: Any) -> Intent:
    plain = Intent(
        key=key,
        kind="invoice",
        draft={"key": key, "total": "118.00"},
        reasons=[],
        claims=("gid://shopify/Sale/1",),
        order_id="gid://shopify/Order/42",
        policy_version=1,
    )
    return replace(plain, **more)


async def a_lease(store: Store, subject: Subject, *, owner: str = "w1", for_s: float = 60) -> Lease:
    async with store.at_once() as tx:
        lease = await store.subjects.take_lease(tx, subject, owner=owner, for_s=for_s)
    assert lease is not None
    return lease


async def knock(store: Store, *subjects: Subject, lane: Lane = Lane.LIVE) -> None:
    async with store.at_once() as tx:
        await store.subjects.knock(tx, [Knock(subject, lane) for subject in subjects])


async def expire(store: Store, lease: Lease) -> None:
    """As if the time of *lease* had passed."""
    await do(
        store,
        "UPDATE subjects SET lease_until = clock_timestamp() - interval '1 second' WHERE id = :id",
        id=lease.subject.id,
    )


async def send(store: Store, lease: Lease, *keys: str, **more: Any) -> Sending:
    """Step b, which has to succeed."""
    async with store.at_once() as tx:
        sending = await store.operations.permit_and_send(
            tx,
            lease,
            keys,
            **{"organization": ORGANIZATION, "lane": Lane.LIVE, "request": {}, "request_sha": "abc", **more},
        )
    assert isinstance(sending, Sending)
    return sending


async def do(store: Store, statement: str, **values: Any) -> None:
    async with store.at_once() as tx:
        await run(tx, text(statement), **values)


async def ask(store: Store, statement: str, **values: Any) -> Any:
    """The single value that *statement* gives."""
    async with store.at_once() as tx:
        ((value,),) = await all_rows(tx, text(statement), **values)
    return value


@asynccontextmanager
async def two_transactions(store: Store) -> AsyncIterator[tuple[AsyncConnection, AsyncConnection]]:
    async with store.transaction() as first, store.transaction() as second:
        yield first, second


@contextmanager
def counted() -> Iterator[list[str]]:
    """The statements that this process sends while the block runs."""
    sent: list[str] = []
    execute = psycopg.AsyncCursor.execute

    async def noted(cursor: Any, query: Any, *rest: Any, **more: Any) -> Any:
        sent.append(query if isinstance(query, str) else bytes(query).decode())
        return await execute(cursor, query, *rest, **more)

    with mock.patch.object(psycopg.AsyncCursor, "execute", noted):
        yield sent
