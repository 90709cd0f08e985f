"""Both companies, the connector between them, and what can be said about its books.

    Shopify (sandbox) ──signed webhooks──► our web server ──► PostgreSQL ──► BullMQ ──► worker ──► Zoho (sandbox)

Everything speaks HTTP over loopback. A journey lets something happen in the shop, waits until the connector is at
rest, and looks into Zoho's books past the API.
"""

from __future__ import annotations

import asyncio
import base64
import json
import re
import socket
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.pace import quick_companies

from ml_connector.cli.companies import SHOP, Companies
from ml_connector.jobs.connecting.connect import Connected, connect
from ml_connector.jobs.connecting.document import read_document
from ml_connector.sandbox.shopify import Habits, money, totals
from ml_connector.sandbox.shopify.ids import gid
from ml_connector.sandbox.shopify.model import Order
from ml_connector.sandbox.shopify.shop import Shop
from ml_connector.sandbox.zoho import currencies
from ml_connector.sandbox.zoho.organization import Organization
from ml_connector.sandbox.zoho.readmodel import Books
from ml_connector.settings import Settings, full_name, load_settings
from ml_connector.store.outcomes import OutcomeRow
from ml_connector.store.subjects import Knock, Subject
from ml_connector.wiring import Application, migrate, opened
from ml_connector.wiring.process import Process

NAME = "acme"
UNLIMITED = 1_000_000
"""Calls a minute and a day, for journeys that are about money and not about pace."""

POLICY: Mapping[str, Any] = {
    "start_date": "2020-01-01",
    "unknown_tax": "create",
    "gateways": {
        "*": {"mode": "others", "deposit": "Shopify Clearing", "refund_from": "Shopify Clearing"},
        "paypal": {"mode": "others", "deposit": "PayPal", "refund_from": "PayPal"},
        "manual": {"mode": "banktransfer", "deposit": "Main Bank", "refund_from": "Main Bank"},
        "cash": {"mode": "cash", "deposit": "Petty Cash", "refund_from": "Petty Cash"},
        "gift_card": {"mode": "others", "deposit": "Gift Card Clearing", "refund_from": "Gift Card Clearing"},
        "shopify_store_credit": {
            "mode": "others",
            "deposit": "Store Credit Clearing",
            "refund_from": "Store Credit Clearing",
        },
    },
    "accounts": {
        "gift_cards": "Gift cards",
        "store_credit": "Store credit",
        "tips": "Tips",
        "duties": "Duties",
        "fees": "Fees",
        "rounding": "Rounding",
        "allowances": "Allowances",
        "channel_tax": "Channel tax",
        "tax_payable": "Tax Payable",
    },
}
"""What the bookkeeper of the sandbox's organisation would choose."""

ADDED: Mapping[str, str] = {"SEK": "0.089", "CHF": "1.0616"}
"""Currencies that the bookkeeper has added, with Zoho's rate in the organisation's own."""

_GID = re.compile(r"gid://shopify/\w+/\d+")


@dataclass(frozen=True)
class Documents:
    """Everything in Zoho that carries a mark of one order, as the API would show it, void documents left out."""

    invoices: list[dict[str, Any]] = field(default_factory=list)
    creditnotes: list[dict[str, Any]] = field(default_factory=list)
    payments: list[dict[str, Any]] = field(default_factory=list)
    void: list[dict[str, Any]] = field(default_factory=list)

    @property
    def invoice(self) -> dict[str, Any]:
        """The one invoice."""
        (found,) = self.invoices
        return found

    @property
    def goods(self) -> Decimal:
        """What was invoiced and not credited again."""
        return _sum(self.invoices, "total") - _sum(self.creditnotes, "total")

    @property
    def tax(self) -> Decimal:
        return _sum(self.invoices, "tax_total") - _sum(self.creditnotes, "tax_total")

    @property
    def rounding(self) -> Decimal:
        """What makes Zoho's own sum equal to Shopify's total; cash rounding is another thing."""
        named = [one for one in self.invoices if "cash" not in str(one.get("adjustment_description", "")).lower()]
        return _sum(named, "adjustment")

    @property
    def cash_in(self) -> Decimal:
        return _sum(self.payments, "amount")

    @property
    def cash_out(self) -> Decimal:
        """Paid out of credit notes, and returned from payments."""
        refunds = [each for one in (*self.creditnotes, *self.payments) for each in refunds_of(one)]
        return _sum(refunds, "amount")

    @property
    def owed(self) -> Decimal:
        """Open invoices less open credit and money that is not applied."""
        return _sum(self.invoices, "balance") - _sum(self.creditnotes, "balance") - _sum(self.payments, "unused_amount")


def refunds_of(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    for name in ("creditnote_refunds", "payment_refunds", "refunds"):
        if name in document:
            found: list[dict[str, Any]] = document[name]
            return found
    return []


def _sum(rows: Iterable[Mapping[str, Any]], name: str) -> Decimal:
    return sum((Decimal(str(row.get(name) or 0)) for row in rows), Decimal(0))


@dataclass
class World:
    """One shop, one organisation, and the connector between them."""

    companies: Companies
    app: Application
    connected: Connected
    url: str
    environment: dict[str, str]

    @property
    def shop(self) -> Shop:
        return self.companies.shopify.shop(SHOP)

    @property
    def books(self) -> Books:
        """Zoho's books, past the API."""
        return self.companies.zoho.books(self.companies.organization)

    @property
    def connection_id(self) -> int:
        return self.connected.connection.id

    # -- waiting ------------------------------------------------------------------------------

    async def at_rest(self, *, within_s: float = 30.0) -> None:
        """Return when every webhook has been delivered and nothing is outstanding; fail when that takes too long."""
        try:
            async with asyncio.timeout(within_s):
                while self.undelivered or await self.outstanding():  # noqa: ASYNC110 - other processes have no event for us
                    await asyncio.sleep(0.02)
        except TimeoutError:
            raise AssertionError(f"not at rest after {within_s} s: {await self._waiting()}") from None
        refused = [one for one in self.companies.shopify.outbox.deliveries if one.state == "given_up"]
        assert not refused, f"webhooks were not taken: {[(one.topic, one.uri, one.statuses) for one in refused[:5]]}"

    @property
    def undelivered(self) -> int:
        """Webhooks that Shopify still has to bring."""
        return sum(one.state in ("waiting", "flying") for one in self.companies.shopify.outbox.deliveries)

    async def outstanding(self) -> int:
        """What is not at rest, of whatever kind."""
        async with self.app.store.at_once() as tx:
            return sum(work.outstanding for work in await self.app.store.subjects.work(tx, self.connection_id))

    async def _waiting(self) -> str:
        deliveries = self.companies.shopify.outbox.deliveries
        late = [f"{one.topic} {one.statuses}" for one in deliveries if one.state in ("waiting", "flying")]
        lines = [f"{len(late)} webhooks undelivered: {', '.join(late[:5])}"]
        for order in self.shop.orders.values():
            row = await self.outcome(order)
            if row is None or row.outstanding:
                lines.append(f"{order.name}: {row.verdict.value if row else 'unread'} {row.reason if row else ''}")
        return "; ".join(lines)

    # -- our side -----------------------------------------------------------------------------

    async def outcome(self, order: Order) -> OutcomeRow | None:
        async with self.app.store.at_once() as tx:
            return await self.app.store.outcomes.get(tx, self.connection_id, order_gid(order))

    async def verdict(self, order: Order) -> tuple[str, str]:
        """The verdict and the code of its reason, if any."""
        row = await self.outcome(order)
        if row is None:
            return "unread", ""
        return row.verdict.value, row.reason.code if row.reason else ""

    async def sentence(self, order: Order) -> str:
        """What a shop owner reads about *order*."""
        row = await self.outcome(order)
        return "" if row is None or row.reason is None else f"{row.reason.text} {row.reason.fix}".strip()

    def subject(self, order: Order) -> Subject:
        return Subject(self.connection_id, "order", order_gid(order))

    async def knock(self, order: Order) -> None:
        """Ask that *order* be looked at, as the console's button does."""
        async with self.app.store.at_once() as tx:
            await self.app.store.subjects.knock(tx, [Knock(self.subject(order))])

    # -- Zoho's side --------------------------------------------------------------------------

    def documents(self, order: Order) -> Documents:
        """Whatever in Zoho carries the mark of this order, its payments, refunds or edits."""
        return self.marked(gids_of(order))

    def marked(self, marks: set[str]) -> Documents:
        """Whatever in Zoho carries one of these marks."""
        found = self.books.marked(lambda mark: bool(marks & gids_in(mark)))
        void = [one for kind in ("invoices", "creditnotes") for one in found[kind] if one["status"] == "void"]
        return Documents(
            invoices=[one for one in found["invoices"] if one["status"] != "void"],
            creditnotes=[one for one in found["creditnotes"] if one["status"] != "void"],
            payments=found["payments"],
            void=void,
        )

    def contacts_of(self, documents: Documents) -> list[dict[str, Any]]:
        """The contacts that these documents were made for."""
        ids = {one["customer_id"] for one in (*documents.invoices, *documents.creditnotes, *documents.payments)}
        return self.books.contacts(ids)


def order_gid(order: Order) -> str:
    return gid("Order", order.id)


def gids_of(order: Order) -> set[str]:
    """The global ids of an order and of everything of it that becomes a document."""
    return {
        order_gid(order),
        *(gid("OrderTransaction", one.id) for one in order.transactions),
        *(gid("Refund", one.id) for one in order.refunds),
        *(gid("SalesAgreement", one.id) for one in order.agreements),
        *(gid(kind, one.id) for one in order.agreements for kind in _AGREEMENTS),
    }


_AGREEMENTS = ("OrderAgreement", "OrderEditAgreement", "RefundAgreement", "ReturnAgreement")


def gids_in(mark: str) -> set[str]:
    return set(_GID.findall(mark))


def mark_of(document: Mapping[str, Any]) -> str:
    """The stable key in a document's unique field."""
    return str(document["custom_field_hash"].get("cf_shopify_id") or "")


def differences(order: Order, found: Documents) -> dict[str, tuple[Decimal, Decimal]]:
    """Where the books and the shop disagree on *order*: what was compared, with Shopify's figure and Zoho's.

    Everything in the buyer's currency. Money given back for no goods (goodwill) lowers the books and not the order, so
    it is taken into account as what Shopify calls a discrepancy.
    """
    now = totals.current(order)
    goodwill = goodwill_of(order)
    expected = {
        "goods": now.price.presentment + totals.rounding(order, refunds=False).presentment - goodwill,
        "money in": totals.received(order).presentment,
        "money out": totals.refunded(order).presentment,
    }
    held = {"goods": found.goods, "money in": found.cash_in, "money out": found.cash_out}
    expected["owed"] = expected["goods"] - expected["money in"] + expected["money out"]
    held["owed"] = found.owed
    different = {name: (expected[name], held[name]) for name in expected if expected[name] != held[name]}
    ours = sum((tax.amount.presentment for tax in now.tax_lines if not tax.channel_liable), Decimal(0))
    if not goodwill and abs(ours - found.tax) > _half_a_unit_for_each_figure(order):
        different["tax"] = (ours, found.tax)
    if abs(found.rounding) > 5 * _unit(order):
        different["rounding"] = (Decimal(0), found.rounding)
    return different


def _unit(order: Order) -> Decimal:
    return Decimal(1).scaleb(-money.places(order.currencies.presentment))


def _half_a_unit_for_each_figure(order: Order) -> Decimal:
    """Shopify rounds the tax of each line, Zoho that of each rate; so the sums may be apart by this and no more."""
    figures = sum(len(sale.taxes) for sale in order.sales)
    return figures * _unit(order) / 2


def goodwill_of(order: Order) -> Decimal:
    """Money that went back beyond what the goods, delivery and open credit covered; what is on its way is not that."""
    adjustments = (one for each in order.refunds for one in each.adjustments if not one.reason.startswith("PENDING"))
    return -sum((one.amount.presentment + one.tax.presentment for one in adjustments), Decimal(0))


@asynccontextmanager
async def a_world(
    database_url: str | None,
    folder: Path,
    *,
    redis_url: str | None = None,
    policy: Mapping[str, Any] | None = None,
    role: str = "all",
    list_lag_s: float = 0.0,
    region: str = "eu",
    edition: str | None = None,
    base_currency: str | None = None,
    furnish: Callable[[Organization], None] = lambda organization: None,
) -> AsyncIterator[World]:
    """Open both companies and the connector, and connect them.

    Args:
        database_url: None takes the embedded PostgreSQL, in *folder*.
        role: What this process runs of the connector.
        region: Zoho's data centre, and with it the edition of the organisation: `in` is India's.
        edition: Of the organisation, where it is another one.
        base_currency: Of the organisation; its region\'s own by default.
        furnish: What the bookkeeper adds to the organisation before it is connected.
    """
    own = {"edition": edition, "currency_code": base_currency}
    organization = {name: value for name, value in own.items() if value is not None}
    async with quick_companies(region=region, organization=organization) as companies:
        furnish(companies.organization)
        companies.organization.switches.set(
            minute_limit=UNLIMITED, day_limit=UNLIMITED, minute_block=UNLIMITED, list_lag_s=list_lag_s
        )
        for code, rate in ADDED.items():
            currencies.add(companies.organization, code, Decimal(rate))
        # on a busy machine a delivery may miss its five seconds; the next try need not be half a minute away
        companies.shopify.set_habits(Habits(retry_delays_s=(0.5,) * 8))
        settings = _settings(companies, database_url, folder, redis_url)
        await migrate(settings)
        async with opened(settings) as app, _running(app, role) as url:
            assert url == settings.public_url
            document = companies.credentials.document(NAME, {**POLICY, **(policy or {})})
            connected = await connect(
                read_document(json.dumps(document)),
                app.store,
                app.runtimes.of,
                app.listening,
                who="a journey",
                with_zoho_hooks=False,  # the process does it meanwhile
            )
            async with app.store.at_once() as tx:
                organization = app.runtimes.permits_of(connected.connection.organization).organization
                await app.store.allowances.configure(tx, organization, per_minute=UNLIMITED)
            yield World(companies, app, connected, url, environment(settings))


def _settings(companies: Companies, database_url: str | None, folder: Path, redis_url: str | None) -> Settings:
    port = _free_port()
    return load_settings(
        env_file=None,
        data_dir=folder,
        database_url=database_url,
        redis_url=redis_url,
        secret_key=base64.urlsafe_b64encode(b"k" * 32).decode(),
        shopify_endpoint=companies.credentials.shopify_endpoint,
        zoho_accounts_endpoint=companies.credentials.zoho_endpoint,
        zoho_api_endpoint=companies.credentials.zoho_endpoint,
        allow_http_endpoints=True,
        port=port,
        # every process that shares the database has to know it: each repairs the shop's subscriptions
        public_url=f"http://127.0.0.1:{port}",
    )


def _free_port() -> int:
    """A port of the kernel's choice, known before anybody listens on it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(settings: Settings) -> dict[str, str]:
    """The same settings for another process."""
    given = {name: getattr(settings, name) for name in settings.model_fields_set}
    shown = {
        name: value.get_secret_value() if hasattr(value, "get_secret_value") else str(value)
        for name, value in given.items()
        if value is not None
    }
    return {full_name(name): value for name, value in shown.items()}


@asynccontextmanager
async def _running(app: Application, role: str) -> AsyncIterator[str]:
    """The connector in this process, drained at the end; the address it listens on."""
    process = Process(app, role, app.settings.host, app.settings.port)
    up: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    running = asyncio.create_task(process.run(up.set_result))
    await asyncio.wait({up, running}, return_when=asyncio.FIRST_COMPLETED)
    try:
        yield await up
    finally:
        process.stop()
        await running


__all__ = ["NAME", "POLICY", "UNLIMITED", "Documents", "World", "a_world", "differences"]
