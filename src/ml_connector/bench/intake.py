"""How many webhooks one process makes durable in a second, over loopback, into a real PostgreSQL.

The server is a process of its own with its embedded PostgreSQL (fsync on); the senders share the remaining core, so on
a small machine the figure is a lower bound. Each request is one signed delivery of its own; the answer is 200 only
after the commit.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime

import psycopg
import uvloop

from ml_connector.store import Store
from ml_connector.store.credentials import SHOPIFY_CLIENT_SECRET
from ml_connector.store.keys import GivenKeys, Key
from ml_connector.web.app import Dependencies, IntakeNeeds, create_app
from ml_connector.web.intake.stored import StoredInbox, StoredShopifySigners, StoredZohoSigners
from ml_connector.web.serving import Server

SHOP, SECRET = "bench.myshopify.com", "bench-secret"


@dataclass(frozen=True, slots=True)
class Intake:
    """What was measured. Times in milliseconds, from the first byte sent to the whole answer.

    `stored`: how many are in the table; fewer than `deliveries` would be a broken promise.
    """

    deliveries: int
    per_second: float
    p50_ms: float
    p99_ms: float
    stored: int


async def serve(url: str) -> None:
    """The web side; says its port on standard output."""
    async with await Store.open(url, GivenKeys((Key.made(),))) as store:
        async with store.at_once() as tx:
            connection = await store.connections.save(tx, "bench", shop=SHOP)
            await store.credentials.put(tx, connection.id, {SHOPIFY_CLIENT_SECRET: SECRET.encode()})
        signers = StoredShopifySigners(store, lambda: datetime.now(UTC))
        needs = IntakeNeeds(StoredInbox(store), signers, StoredZohoSigners(store))
        server = Server(create_app(Dependencies(role="web", intake=needs)), "127.0.0.1", 0)
        running = asyncio.create_task(server.run())
        await server.listening()
        sys.stdout.write(f"{server.port}\n")
        sys.stdout.flush()
        await running


def request(body: bytes, signature: bytes, number: int) -> bytes:
    """One delivery as it goes over the wire."""
    return (
        b"POST /webhooks/shopify HTTP/1.1\r\nHost: bench\r\nX-Shopify-Topic: orders/create\r\nX-Shopify-Hmac-Sha256: "
        + signature
        + b"\r\nX-Shopify-Shop-Domain: %s\r\nX-Shopify-Webhook-Id: w-%d\r\n" % (SHOP.encode(), number)
        + b"Content-Length: %d\r\n\r\n" % len(body)
        + body
    )


async def send(port: int, sender: int, until: float, size: int, took: list[float]) -> None:
    """Deliver one after the other over one kept connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    number = sender * 10_000_000
    while time.perf_counter() < until:
        number += 1
        body = b'{"id": %d, "note": "%s"}' % (number, b"x" * size)
        signature = base64.b64encode(hmac.new(SECRET.encode(), body, hashlib.sha256).digest())
        began = time.perf_counter()
        writer.write(request(body, signature, number))
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            raise SystemExit(f"not accepted: {head.decode('latin-1').splitlines()[0]}")
        await reader.readexactly(int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0]))
        took.append(time.perf_counter() - began)
    writer.close()
    await writer.wait_closed()


async def measure(url: str, seconds: float, senders: int, size: int) -> Intake:
    """Start the server, send, and count what is in the table."""
    arguments = (sys.executable, "-m", "ml_connector.bench.intake", url)
    server = await asyncio.create_subprocess_exec(*arguments, stdout=asyncio.subprocess.PIPE)
    assert server.stdout is not None
    port = int(await server.stdout.readline())
    took: list[float] = []
    began = time.perf_counter()
    await asyncio.gather(*(send(port, sender, began + seconds, size, took) for sender in range(1, senders + 1)))
    lasted = time.perf_counter() - began
    server.terminate()
    await server.wait()
    took.sort()
    return Intake(
        deliveries=len(took),
        per_second=round(len(took) / lasted, 1),
        p50_ms=round(took[len(took) // 2] * 1000, 1),
        p99_ms=round(took[int(len(took) * 0.99)] * 1000, 1),
        stored=count(url),
    )


def count(url: str) -> int:
    """How many deliveries are kept."""
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT count(*) FROM ml_connector.deliveries").fetchone()
    return int(row[0]) if row else 0


if __name__ == "__main__":
    uvloop.run(serve(sys.argv[1]))
