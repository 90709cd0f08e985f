"""How long the console's pages take to answer, and what they weigh, at many stored orders.

    python bench/console.py [--orders 100000] [--times 20] [--json]

Fills an embedded PostgreSQL with orders of a year (most of them posted, some of each other outcome, each with its
reading, and an invoice where it is posted) and 50,000 customers, serves the console from the same process, logs in and
asks for each page over loopback. Told are the median and the slowest of the answers after the first one, in
milliseconds.
"""

# ruff: noqa: INP001 - a script, not a package
from __future__ import annotations

import argparse
import asyncio
import re
import statistics
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import aiohttp
import msgspec
import uvloop

from ml_connector.jobs.clock import SystemClock
from ml_connector.jobs.operators import hash_password
from ml_connector.jobs.runtime import Runtime
from ml_connector.store import Store
from ml_connector.store.embedded import EmbeddedPostgres
from ml_connector.store.keys import GivenKeys, Key
from ml_connector.store.migrate import migrate
from ml_connector.store.sql import run, text
from ml_connector.web.app import Dependencies, create_app
from ml_connector.web.console import ConsoleNeeds, console_routes
from ml_connector.web.serving import Server

PASSWORD = "a password for a benchmark"  # noqa: S105 - it opens nothing else
AT_ONCE = 50_000

_OUTCOMES = text("""
    INSERT INTO outcomes (connection_id, order_id, name, verdict, reason_code, reason_text, cause, currency, total,
                          placed_at, changed_at, customer_id, customer, email, invoice_id, invoice_number,
                          invoice_currency, invoice_total, policy_version, search)
    SELECT :connection_id, 'gid://shopify/Order/' || n, '#' || n, verdict,
           CASE WHEN verdict IN ('held', 'failed') THEN 'tax_unmapped' END,
           CASE WHEN verdict IN ('held', 'failed') THEN 'Zoho has no tax of 25.5 % for Finland.' END,
           CASE WHEN verdict IN ('held', 'failed') THEN 'tax_unmapped:' || n % 7 END,
           'EUR', total, at, at, 'gid://shopify/Customer/' || n % 50000, 'Buyer Number' || n % 50000,
           'buyer' || n % 50000 || '@example.com', CASE WHEN verdict = 'posted' THEN '46' || n ELSE '' END,
           CASE WHEN verdict = 'posted' THEN 'INV-' || n ELSE '' END, 'EUR',
           total, 1,
           array_to_tsvector(ARRAY['#' || n, n::text, 'buyer', 'number' || n % 50000,
                                   'buyer' || n % 50000 || '@example.com', total::text, 'eur', 'inv-' || n])
    FROM (SELECT n, clock_timestamp() - (:of - n) * interval '365 days' / :of AS at,
                 (n % 20000)::numeric / 100 AS total,
                 CASE WHEN n % 400 = 0 THEN 'held' WHEN n % 601 = 0 THEN 'failed' WHEN n % 97 = 0 THEN 'excluded'
                      ELSE 'posted' END AS verdict
          FROM generate_series(CAST(:first AS int), CAST(:last AS int)) AS n) AS made
""")
_READINGS = text("""
    INSERT INTO readings (connection_id, order_id, body)
    SELECT connection_id, order_id, jsonb_build_object(
        'currency', 'EUR', 'taxes_included', true, 'lines', '[]'::jsonb, 'taxes', '[]'::jsonb, 'money', '[]'::jsonb,
        'total', m, 'now', m, 'billed', m, 'owed', jsonb_build_object('amount', 0, 'currency', 'EUR'))
    FROM (SELECT *, jsonb_build_object('amount', total, 'currency', 'EUR') AS m FROM outcomes) AS o
""")
_DOCUMENTS = text("""
    INSERT INTO documents (connection_id, key, kind, order_id, zoho_id, number, status, currency, total, balance)
    SELECT connection_id, 'invoice:' || order_id, 'invoice', order_id, invoice_id, invoice_number, 'paid', currency,
           total, 0
    FROM outcomes WHERE verdict = 'posted'
""")

_CONTACTS = text("""
    INSERT INTO contact_links (connection_id, key, contact_id, currency, name, customer_id)
    SELECT DISTINCT connection_id, 'contact:' || customer_id || '\\:EUR', '9' || length(customer_id), 'EUR', customer,
           customer_id
    FROM outcomes
""")


@dataclass(frozen=True)
class Measured:
    """One page: milliseconds until its last byte, of this process's processor (asking included), and bytes of HTML."""

    page: str
    median_ms: float
    cpu_ms: float
    slowest_ms: float
    bytes: int


async def filled(store: Store, orders: int) -> None:
    async with store.at_once() as tx:
        connection = await store.connections.save(
            tx, "bench", shop="bench.myshopify.com", zoho_region="eu", organization_id="1",
            zoho_facts={"currency": "EUR", "zone": "Europe/Dublin"},
        )  # fmt: skip
        for first in range(1, orders + 1, AT_ONCE):
            last = min(first + AT_ONCE - 1, orders)
            await run(tx, _OUTCOMES, connection_id=connection.id, first=first, last=last, of=orders)
        await run(tx, _READINGS)
        await run(tx, _DOCUMENTS)
        await run(tx, _CONTACTS)
        for table in ("outcomes", "readings", "documents", "subjects", "contact_links"):
            await run(tx, text(f"VACUUM (ANALYZE) {table}"))


async def measured(url: str, orders: int, times: int) -> list[Measured]:
    middle = orders // 2
    paths = {
        "Today": "/",
        "Orders today": "/orders",
        "Orders, any day": "/orders?day=all",
        "Orders held, any day": "/orders?day=all&outcome=held",
        "Search by name": "/orders?q=number4711",
        "Search by e-mail": "/orders?q=buyer4711@example.com",
        "Search by amount": "/orders?q=145.00",
        "Search for a word of all": "/orders?q=buyer",
        "One order": f"/orders/{middle}",
        "Needs you": "/needs-you",
        "Customers": "/customers",
        "Deliveries": "/deliveries",
        "Taxes": "/policy/taxes",
        "Rules": "/policy/rules",
        "Connections": "/connections",
        "Operators": "/operators",
        "Keys and health": "/system",
    }
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        await _logged_in(session, url)
        older = await _after(session, url, "/orders?day=all", 40)
        paths["Orders, page 40"] = older
        return [await _page(session, name, url + path, times) for name, path in paths.items()]


async def _logged_in(session: aiohttp.ClientSession, url: str) -> None:
    async with session.get(f"{url}/login") as answer:
        found = re.search(r'name="form" value="([^"]*)"', await answer.text())
    assert found is not None
    data = {"form": found[1], "name": "bench", "password": PASSWORD}
    async with session.post(f"{url}/login", data=data) as answer:
        assert answer.url.path == "/", await answer.text()


async def _after(session: aiohttp.ClientSession, url: str, path: str, pages: int) -> str:
    """Where "Older" leads after so many pages; fewer where the list ends before."""
    for _ in range(pages):
        async with session.get(url + path) as answer:
            found = re.search(r'data-key-older href="([^"]*)"', await answer.text())
        if found is None:
            break
        path = found[1].replace("&amp;", "&")
    return path


async def _page(session: aiohttp.ClientSession, name: str, address: str, times: int) -> Measured:
    took, worked = [], []
    size = 0
    for _ in range(times + 1):
        begun, used = time.perf_counter(), time.process_time()
        async with session.get(address) as answer:
            assert answer.status == 200, f"{address}: {answer.status}"
            size = len(await answer.read())
        took.append((time.perf_counter() - begun) * 1000)
        worked.append((time.process_time() - used) * 1000)
    median, cpu = statistics.median(took[1:]), statistics.median(worked[1:])
    return Measured(name, round(median, 1), round(cpu, 1), round(max(took[1:]), 1), size)


async def no_company(_connection_id: int) -> Runtime:
    raise AssertionError("no page of this benchmark asks a company")


async def benched(folder: Path, orders: int, times: int) -> list[Measured]:
    with EmbeddedPostgres(folder / "data") as postgres:
        url = postgres.fresh_database("bench")
        await asyncio.to_thread(migrate, url)
        async with await Store.open(url, GivenKeys((Key.made(),))) as store:
            await filled(store, orders)
            async with store.at_once() as tx:
                await store.operators.save(tx, "bench", "viewer", password_hash=await hash_password(PASSWORD))
            needs = ConsoleNeeds(store, no_company, SystemClock(), "http://127.0.0.1:8000")
            app = create_app(Dependencies(role="web", intake=None, routes=console_routes(needs)))
            server = Server(app, "127.0.0.1", 0)
            running = asyncio.create_task(server.run())
            await server.listening()
            try:
                return await measured(f"http://127.0.0.1:{server.port}", orders, times)
            finally:
                server.stop()
                await running


def main() -> None:
    given = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    given.add_argument("--orders", type=int, default=100_000)
    given.add_argument("--times", type=int, default=20)
    given.add_argument("--json", action="store_true")
    asked = given.parse_args()
    with tempfile.TemporaryDirectory(prefix="mlc-bench-") as name:
        Path(name).chmod(0o711)
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            found = runner.run(benched(Path(name), asked.orders, asked.times))
    if asked.json:
        sys.stdout.buffer.write(msgspec.json.encode([asdict(each) for each in found]) + b"\n")
        return
    for each in found:
        answered = f"{each.median_ms:8.1f} ms {each.slowest_ms:8.1f} ms {each.cpu_ms:6.1f} ms cpu"
        sys.stdout.write(f"{each.page:26} {answered} {each.bytes:8,} bytes\n")


if __name__ == "__main__":
    main()
