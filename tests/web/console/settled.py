"""A shop whose orders have verdicts: what the console's pages are about."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tests.store.builders import an_order

from ml_connector.domain.books import Account, Edition, Organisation, TaxExemption, ZohoTax
from ml_connector.domain.money import Money
from ml_connector.domain.outcome import Outcome, Reason, Verdict
from ml_connector.jobs.masters import Masters
from ml_connector.store import Store
from ml_connector.store.outcomes import InvoiceFacts, OrderFacts, Wanted
from ml_connector.store.subjects import Knock
from ml_connector.store.values import plain

FINLAND = Reason(
    "tax_unmapped", "Zoho has no tax of 25.5 % for Finland.", "Map the tax.", cause="tax_unmapped:FI:alv@25.5"
)
TIPS = Reason("account_unmapped", "A tip is usually owed to your staff.", "Choose it.", cause="account_unmapped:tips")
KLARNA = Reason("gateway_unmapped", "No account for Klarna.", "Choose it.", cause="gateway_unmapped:klarna:EUR")
REFUSED = Reason("field_refused", "Zoho refused two payments.", "Correct the value, then post again.")
HOSTILE = "<script>alert(1)</script> مرحبا 🎉 " + "long " * 50


@dataclass(frozen=True)
class Shop:
    """A connection with a policy, Zoho's masters, and orders."""

    store: Store
    id: int

    async def order(self, number: int, verdict: Verdict, reason: Reason | None = None, **facts: Any) -> str:
        """An order of EUR 97.05 that was read and has its verdict."""
        subject = an_order(self.id, number)
        total = facts.pop("total", Money(Decimal("97.05"), "EUR"))
        async with self.store.transaction() as tx:
            await self.store.subjects.knock(tx, [Knock(subject)])
            lease = await self.store.subjects.take_lease(tx, subject, owner="test", for_s=60)
            assert lease is not None
            await self.store.subjects.answered(tx, lease)
            await self.store.outcomes.record(
                tx,
                self.id,
                subject.id,
                Outcome(verdict, reason),
                facts=OrderFacts(name=f"#{number}", total=total, customer=facts.pop("customer", "Aino"), **facts),
                invoice=InvoiceFacts(f"46{number}", f"INV-{number}", total) if verdict is Verdict.POSTED else None,
                policy_version=1,
            )
        return subject.id

    async def outstanding(self) -> set[str]:
        async with self.store.at_once() as tx:
            page = await self.store.outcomes.page(tx, Wanted(connection_id=self.id))
        return {row.facts.name for row in page.rows if row.outstanding}

    async def policy(self) -> Any:
        async with self.store.at_once() as tx:
            return await self.store.connections.policy(tx, self.id)


MASTERS = Masters(
    Organisation("1", "Kestrel & Loom", "EUR", "c1", "Europe/Dublin", "Europe/Dublin", "IE", Edition.EU),
    taxes=(ZohoTax("t255", "ALV 25.5", Decimal("25.5")), ZohoTax("t24", "ALV 24", Decimal(24))),
    exemptions=(TaxExemption("e1", "EXPORT"),),
    accounts=(
        Account("a1", "Tips owed", "other_current_liability"),
        Account("a2", "Main bank", "bank"),
        Account("a3", "Klarna clearing", "bank"),
    ),
)


async def a_shop(store: Store, name: str = "kestrel") -> Shop:
    async with store.transaction() as tx:
        connection = await store.connections.save(
            tx,
            name,
            shop=f"{name}.myshopify.com",
            zoho_region="eu",
            organization_id="1",
            zoho_facts={"currency": "EUR"},
        )
        await store.connections.set_policy(tx, connection.id, {"start_date": "2026-11-01"}, who="connect")
        await store.masters.put(tx, connection.id, "organisation", plain(MASTERS))
    return Shop(store, connection.id)
