"""Orders as the store keeps them, valid by default; a test names only what matters to it."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from tests.web.console.conftest import NOW

from ml_connector.domain.books import KnownDocument, KnownLine
from ml_connector.domain.documents import FieldReason, Kind
from ml_connector.domain.money import Money
from ml_connector.domain.outcome import Outcome, Reason, Verdict
from ml_connector.domain.reading import ReadLine, ReadMoney, ReadOrder, ReadTax
from ml_connector.store import Store
from ml_connector.store.documents import Put
from ml_connector.store.exchanges import Exchange
from ml_connector.store.outcomes import InvoiceFacts, OrderFacts
from ml_connector.store.subjects import Knock, Subject

UNMAPPED = Reason(
    "tax_unmapped", "Zoho has no tax of 25.5 % for Finland.", "Map the tax.", cause="tax_unmapped:FI:0.255"
)
HOSTILE = (
    "<script>alert(1)</script>",
    "مريم الهاشمي \u202egnp.exe",
    "🏴‍☠️ 高橋 由紀 👩‍👩‍👧‍👦",
    "n" * 300,
    "{{ 7 * 7 }} {% raw %}",
    "\"><img src=x onerror=alert(1)>' onfocus='x",
)


def gid(number: int) -> str:
    return f"gid://shopify/Order/{number}"


async def a_connection(store: Store, name: str = "acme", *, currency: str = "EUR") -> int:
    async with store.at_once() as tx:
        kept = await store.connections.save(
            tx,
            name,
            shop=f"{name}.myshopify.com",
            zoho_region="eu",
            organization_id="20070000001",
            shop_facts={"currency": currency, "time_zone": "Europe/Dublin"},
            zoho_facts={"currency": currency, "zone": "Europe/Dublin", "plan": "STANDARD"},
        )
    return kept.id


async def an_order(
    store: Store,
    connection_id: int,
    number: int,
    verdict: str = "posted",
    *,
    customer: str | None = "Aino Lehtonen",
    email: str | None = "aino@example.com",
    total: str = "112.32",
    currency: str = "EUR",
    placed_at: datetime = NOW,
    reason: Reason | None = None,
    invoice: str = "",
    outstanding: bool = False,
) -> str:
    """One order in the lists; with *invoice* it has one in Zoho."""
    money = Money.of(total, currency)
    facts = OrderFacts(f"#{number}", placed_at, money, "gid://shopify/Customer/9", customer, email)
    kept = Outcome(Verdict(verdict), reason, money)
    known = InvoiceFacts(f"46000{number}", invoice, money) if invoice else None
    async with store.transaction() as tx:
        await store.outcomes.record(tx, connection_id, gid(number), kept, facts=facts, invoice=known)
        if outstanding:
            await store.subjects.knock(tx, [Knock(Subject(connection_id, "order", gid(number)))])
    return gid(number)


async def read(store: Store, connection_id: int, number: int, **changes: Any) -> None:
    """What Shopify said of it: one line, one tax, one payment."""
    money = Money.of("112.32", "EUR")
    facts: dict[str, Any] = {
        "currency": "EUR",
        "taxes_included": True,
        "total": money,
        "now": money,
        "billed": money,
        "owed": Money.zero("EUR"),
        "lines": (ReadLine("lineItems[0]", "Linen throw", money, "1 × 112.32"),),
        "taxes": (ReadTax("ALV", Decimal("0.255"), Money.of("22.83", "EUR")),),
        "money": (ReadMoney("gid://shopify/OrderTransaction/7", "Shopify Payments", money, NOW),),
        "country": "Finland",
        "placed_at": NOW,
        **changes,
    }
    async with store.at_once() as tx:
        await store.readings.put(tx, connection_id, gid(number), ReadOrder(**facts))


async def in_zoho(store: Store, connection_id: int, number: int, total: str = "112.32", **changes: Any) -> None:
    """The order's invoice and its payment, as Zoho holds them."""
    money = Money.of(total, "EUR")
    why = (
        FieldReason("line_items[0].name", "Linen throw", "lineItems[0]", "Title and options."),
        FieldReason("line_items[0].rate", total, "lineItems[0]: unit price", "As in Shopify.", ("the list price",)),
        FieldReason("expected", f"EUR {total}", "processedAt", "Zoho's total, computed before."),
    )
    facts: dict[str, Any] = {
        "zoho_id": f"46000{number}",
        "number": f"INV-{number:06}",
        "status": "paid",
        "total": money,
        "balance": Money.zero("EUR"),
        "lines": (KnownLine("1", "Linen throw", Decimal(total), Decimal(1), Decimal(0), Decimal(total)),),
        "policy_version": 1,
        **changes,
    }
    invoice = KnownDocument(f"invoice:{gid(number)}", Kind.INVOICE, "done", **facts)
    payment = KnownDocument(
        "payment:gid://shopify/OrderTransaction/7", Kind.PAYMENT, "done", zoho_id="9", number="7", total=money,
        unused=Money.zero("EUR"),
    )  # fmt: skip
    async with store.at_once() as tx:
        await store.documents.put(
            tx,
            connection_id,
            Put(invoice, gid(number), fields=why, confirmed=True),
            Put(payment, gid(number), fields=(), confirmed=True),
        )


async def an_attempt(store: Store, connection_id: int, number: int, **changes: Any) -> None:
    """The invoice was sent, and Zoho took it."""
    facts: dict[str, Any] = {
        "key": f"invoice:{gid(number)}",
        "status": 201,
        "request": {"body": {"reference_number": f"#{number}"}, "headers": {"Authorization": "Zoho-oauthtoken 1000.x"}},
        "answer": {"invoice": {"taxes": [{"tax_name": "ALV", "tax_amount": 22.83}]}},
        "verdict": "done",
        "took_s": 0.4,
        **changes,
    }
    subject = Subject(connection_id, "order", gid(number))
    async with store.at_once() as tx:
        await store.exchanges.record(tx, [Exchange(connection_id, "zoho", "PUT", "/invoices", subject, **facts)])
