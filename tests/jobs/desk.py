"""Both companies in this process, a real PostgreSQL, and the connector's jobs between them, without queue and web.

Time is a value that only moves when it is told; it begins an hour ago, so that what happens in the shop has happened
before PostgreSQL's clock.
"""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from sqlalchemy import text

from ml_connector.domain.outcome import Outcome
from ml_connector.jobs.connecting.check import Listening
from ml_connector.jobs.connecting.connect import Connected, connect
from ml_connector.jobs.connecting.document import read_document
from ml_connector.jobs.connecting.zoho_hooks import repair_hooks
from ml_connector.jobs.run_subject import SubjectRunner
from ml_connector.jobs.runtime import Runtime
from ml_connector.jobs.runtimes import ConnectionRuntimes, Endpoints
from ml_connector.net import AnswerLost, HttpRequest, HttpResponse, NotSent, Send
from ml_connector.sandbox.http import Answer, NoAnswer, Request, Slow
from ml_connector.sandbox.shopify import CLIENT_ID, CLIENT_SECRET, ShopifyCompany, ShopSettings
from ml_connector.sandbox.shopify.ids import gid
from ml_connector.sandbox.shopify.model import Address, Customer, Order
from ml_connector.sandbox.shopify.shop import Shop
from ml_connector.sandbox.shopify.spec import CustomerSpec, LineSpec, OrderSpec, TaxSpec
from ml_connector.sandbox.zoho import ZohoCompany
from ml_connector.sandbox.zoho.organization import Organization
from ml_connector.sandbox.zoho.readmodel import Books
from ml_connector.shopify import knocks
from ml_connector.shopify.topics import from_enum
from ml_connector.store import Store
from ml_connector.store.deliveries import Delivery
from ml_connector.store.outcomes import OutcomeRow
from ml_connector.store.subjects import Knock, Lane, Subject
from ml_connector.web.intake.secrets import ShortMemory
from ml_connector.web.intake.stored import StoredZohoSigners
from ml_connector.web.intake.zoho import inspector

DOMAIN = "acme.myshopify.com"
REGION = "eu"
VAT = (TaxSpec("MwSt", Decimal("0.19")),)
BERLIN = Address(
    first_name="Ada",
    last_name="Lovelace",
    address1="Lindenallee 1",
    city="Berlin",
    zip="10115",
    country_code="DE",
)
POLICY: Mapping[str, Any] = {
    "start_date": "2020-01-01",
    "unknown_tax": "create",
    "gateways": {"*": {"mode": "others", "deposit": "Shopify Clearing", "refund_from": "Shopify Clearing"}},
    "accounts": {"rounding": "Rounding", "allowances": "Allowances"},
}
NOBODY_REACHES_US = Listening("", reachable=False)
ZOHO_ADDRESS = "https://connector.example/webhooks/zoho/acme"
_numbers = itertools.count(1)


@dataclass
class DeskClock:
    """A `jobs.clock.Clock` that stands still. Who sleeps lets the time pass, and others have a turn."""

    moment: datetime = field(default_factory=lambda: datetime.now(UTC) - timedelta(hours=1))

    def __call__(self) -> datetime:
        return self.moment

    def now(self) -> datetime:
        return self.moment

    def monotonic(self) -> float:
        return self.moment.timestamp()

    async def sleep(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)
        await asyncio.sleep(0)

    def forward(self, **by: float) -> None:
        self.moment += timedelta(**by)


@dataclass
class Doors:
    """A `Send` that hands each request to the company whose host it names; what was asked is remembered."""

    shopify: ShopifyCompany
    zoho: ZohoCompany
    requests: list[HttpRequest] = field(default_factory=list)

    async def __call__(self, request: HttpRequest, *, timeout_s: float) -> HttpResponse:
        await asyncio.sleep(0)
        self.requests.append(request)
        parts = urlsplit(request.url)
        headers = {name.lower(): value for name, value in request.headers.items()} | {"host": parts.netloc}
        query = tuple(parse_qsl(parts.query, keep_blank_values=True))
        company = self.zoho if parts.netloc == "zoho.example" else self.shopify
        return _received(company.handle(Request(request.method, parts.path, query, headers, request.body)), timeout_s)

    def asked(self, host: str, method: str = "") -> list[HttpRequest]:
        """Requests to *host*, of *method* where one is named; sign-in aside."""
        return [
            one
            for one in self.requests
            if urlsplit(one.url).netloc == host and "/oauth/" not in one.url and method in ("", one.method)
        ]

    @property
    def to_zoho(self) -> list[HttpRequest]:
        return self.asked("zoho.example")

    @property
    def writes(self) -> list[HttpRequest]:
        """Requests that change something in Zoho."""
        return [one for one in self.to_zoho if one.method != "GET"]

    @property
    def to_shopify(self) -> list[HttpRequest]:
        return self.asked(DOMAIN)


def _received(answer: Answer, timeout_s: float) -> HttpResponse:
    if isinstance(answer, Slow):
        if answer.seconds >= timeout_s:
            raise AnswerLost("no answer in time")
        return _received(answer.answer, timeout_s)
    if isinstance(answer, NoAnswer):
        raise AnswerLost("the connection broke") if answer.committed else NotSent("the connection was refused")
    headers = {name.lower(): value for name, value in answer.headers.items()}
    return HttpResponse(answer.status, headers, answer.body, 0.01)


@dataclass
class Desk:
    """One shop, one organisation, one connection between them."""

    clock: DeskClock
    doors: Doors
    shop: Shop
    organization: Organization
    store: Store
    runtimes: ConnectionRuntimes
    runner: SubjectRunner
    connected: Connected

    @property
    def connection_id(self) -> int:
        return self.connected.connection.id

    @property
    def shopify(self) -> ShopifyCompany:
        return self.doors.shopify

    @property
    def zoho(self) -> ZohoCompany:
        return self.doors.zoho

    @property
    def books(self) -> Books:
        """Zoho's books, past the API."""
        return self.zoho.books(self.organization)

    async def run(self) -> Runtime:
        """The connection's runtime, as a job gets it now."""
        return await self.runtimes.of(self.connection_id)

    def order(self, *, silent: bool = True, **changed: Any) -> Order:
        """An ordinary paid order is placed, announced to nobody unless asked."""
        lines = changed.pop("lines", (LineSpec(title="Tea", price=Decimal("10.00"), quantity=2),))
        ordinary = {"taxes": VAT, "shipping_address": BERLIN, "email": "guest@example.com"}
        return self.shop.place_order(OrderSpec(lines=lines, **{**ordinary, **changed}), silent=silent)

    def subject(self, of: Order | Customer | str, kind: str = "order") -> Subject:
        if isinstance(of, Customer):
            return Subject(self.connection_id, "customer", gid("Customer", of.id))
        return Subject(self.connection_id, kind, of if isinstance(of, str) else gid("Order", of.id))

    async def knock(self, *subjects: Subject, lane: Lane = Lane.LIVE) -> None:
        async with self.store.at_once() as tx:
            await self.store.subjects.knock(tx, [Knock(subject, lane) for subject in subjects])

    async def outstanding(self) -> list[Subject]:
        """What the relay would hand out now, by lane and age; taken as it does."""
        async with self.store.at_once() as tx:
            due = await self.store.subjects.take_due(tx, window=1000, limit=1000, lost_after_s=0)
        return [one.subject for one in sorted(due, key=lambda one: (one.lane, one.turn))]

    async def settle(self) -> list[Outcome | None]:
        """Run what is due until nothing is."""
        outcomes: list[Outcome | None] = []
        while due := await self.outstanding():
            outcomes += [await self.runner(subject) for subject in due]
        return outcomes

    async def post(self, *orders: Order) -> None:
        """Knock for *orders* and run them."""
        await self.knock(*(self.subject(order) for order in orders))
        await self.settle()

    async def outcome(self, of: Order) -> OutcomeRow | None:
        async with self.store.at_once() as tx:
            return await self.store.outcomes.get(tx, self.connection_id, gid("Order", of.id))

    async def verdict(self, of: Order) -> tuple[str, str]:
        """The verdict, and the code of its reason or nothing."""
        row = await self.outcome(of)
        if row is None:
            return "unread", ""
        return row.verdict.value, row.reason.code if row.reason else ""

    async def pass_for_the_tables(self, seconds: float) -> None:
        """As if so much time had passed on PostgreSQL's clock since the last commit."""
        moments = {
            "subjects": ("due_at", "lease_until", "waiting_since", "first_failed_at"),
            "operations": ("send_before", "answer_before", "first_in_doubt_at", "last_lookup_at", "sent_at"),
            "contact_links": ("checked_at",),
            "customer_writes": ("answer_before",),
            "masters": ("fetched_at",),
            "leases": ("until",),
            "connections": ("paused_until",),
            "allowances": ("blocked_until",),
        }
        async with self.store.transaction() as tx:
            for table, columns in moments.items():
                changes = ", ".join(f"{one} = {one} - make_interval(secs => :seconds)" for one in columns)
                await tx.execute(text(f"UPDATE {table} SET {changes}"), {"seconds": seconds})
        self.clock.forward(seconds=seconds)

    async def deliver(self, topic: str, body: Mapping[str, Any], *, subject_id: str = "") -> Subject:
        """A delivery is accepted as the intake does it: kept, and its subject knocked for."""
        content = json.dumps(body).encode()
        asked = knocks.knock(topic, content)
        about_shop = asked.kind in ("uninstalled", "scopes", "shop", "shop_redact")
        number = next(_numbers)
        name = subject_id or (DOMAIN if about_shop else asked.id or f"w-{number}")
        subject = Subject(self.connection_id, asked.kind.value, name)
        delivery = Delivery(
            source="shopify",
            shop=DOMAIN,
            webhook_id=f"w-{number}",
            topic=topic,
            body=content,
            received_at=self.clock.now(),
            triggered_at=self.clock.now(),
            connection_id=self.connection_id,
            subject=subject,
            knocks=(Knock(subject),),
        )
        async with self.store.at_once() as tx:
            await self.store.deliveries.accept_many(tx, [delivery])
        return subject

    async def deliver_all(self) -> list[str]:
        """Bring what the shop has announced since; the topics."""
        told = []
        for one in self.shopify.outbox.deliveries:
            if one.state == "waiting":
                topic = one.topic if "/" in one.topic else from_enum(one.topic)
                await self.deliver(topic, json.loads(one.body))
                one.state = "delivered"
                told.append(topic)
        return told

    async def listen_to_shopify(self, *topics: str) -> None:
        """Shopify tells of *topics*."""
        run = await self.run()
        for topic in topics:
            await run.shopify.webhook_subscription_create(topic, "https://connector.example/webhooks/shopify")

    async def listen_to_zoho(self) -> None:
        """Zoho's webhooks are made, as `connect` does it where Zoho can reach us."""
        assert await repair_hooks(await self.run(), ZOHO_ADDRESS) == []

    async def hear_zoho(self, *, order: Random | None = None) -> list[str]:
        """Bring what Zoho's rules have announced since, judged as the intake judges it; the topics."""
        inspect = inspector(ShortMemory(StoredZohoSigners(self.store), self.clock.monotonic), self.clock.now)
        waiting = self.organization.automation.due(self.clock.now())
        if order is not None:
            order.shuffle(waiting)
        told = []
        for one in waiting:
            parts = urlsplit(one.url)
            headers = [(name.lower().encode(), value.encode()) for name, value in one.headers.items()]
            scope = {"path": parts.path, "query_string": parts.query.encode(), "headers": headers}
            delivery = await inspect(scope, one.body)
            assert isinstance(delivery, Delivery), delivery
            async with self.store.at_once() as tx:
                await self.store.deliveries.accept_many(tx, [delivery])
            self.organization.automation.delivered(one.delivery_id, 200, self.clock.now())
            told.append(delivery.topic)
        return told


def unchanged(doors: Doors) -> Send:
    """Both companies as they are."""
    return doors


async def a_desk(
    store: Store,
    *,
    policy: Mapping[str, Any] | None = None,
    between: Callable[[Doors], Send] = unchanged,
    listening: Listening = NOBODY_REACHES_US,
    **settings: Any,
) -> Desk:
    """Open both companies and connect them.

    Args:
        between: What stands between us and them, e.g. something that answers otherwise.
        settings: Of the shop.
    """
    clock = DeskClock()
    shopify, zoho = ShopifyCompany(clock), ZohoCompany(clock)
    shop = shopify.open_shop(ShopSettings(DOMAIN, **settings))
    token = shopify.install(DOMAIN)
    organization = zoho.organization(REGION)
    organization.switches.set(minute_limit=1_000_000, day_limit=1_000_000, minute_block=2_000_000)
    client = zoho.client(["https://here.example/oauth/zoho/callback"], home=REGION)
    doors = Doors(shopify, zoho)
    ends = Endpoints(zoho_accounts="https://zoho.example", zoho_api="https://zoho.example")
    runtimes = ConnectionRuntimes(store, between(doors), ends, clock, Random(7))
    document = {
        "name": "acme",
        "shopify": {"shop": DOMAIN, "access_token": token.value, "client_secret": CLIENT_SECRET},
        "zoho": {
            "region": REGION,
            "client_id": client.client_id,
            "client_secret": client.secrets[REGION],
            "refresh_token": zoho.connect(client),
            "organization_id": organization.organization_id,
        },
        "policy": {**POLICY, **(policy or {})},
    }
    read = read_document(json.dumps(document))
    connected = await connect(read, store, runtimes.of, listening, who="test")
    async with store.at_once() as tx:
        await store.allowances.configure(tx, connected.connection.organization, per_minute=1_000_000)
    return Desk(clock, doors, shop, organization, store, runtimes, SubjectRunner.of(runtimes), connected)


def a_customer(**changed: Any) -> CustomerSpec:
    return CustomerSpec(**{"first_name": "Ada", "last_name": "Lovelace", "email": "ada@example.com", **changed})


__all__ = ["CLIENT_ID", "DOMAIN", "Desk", "DeskClock", "a_customer", "a_desk"]
