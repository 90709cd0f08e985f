"""Orders that meet at a record which belongs to none of them: a tax, a contact's address."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from sqlalchemy import text
from tests.jobs.desk import BERLIN, Desk, a_customer

from ml_connector.domain.documents import Kind, Plan
from ml_connector.jobs import settling
from ml_connector.jobs.runtime import Runtime
from ml_connector.sandbox.shopify.model import Order
from ml_connector.sandbox.shopify.spec import TaxSpec
from ml_connector.store.subjects import Lease

MOMS = (TaxSpec("Moms", Decimal("0.25")),)
PARIS = replace(BERLIN, address1="Rue de Rivoli 1", city="Paris", zip="75001", country_code="FR")


def goes_between(desk: Desk, patch: pytest.MonkeyPatch, first: Order, second: Order, kind: Kind) -> None:
    """Once *first* intends a record of *kind*, all of *second* happens before anything of it is sent."""
    intend = settling.intend
    waiting = [desk.subject(second)]

    async def intended(plan: Plan, lease: Lease, run: Runtime) -> frozenset[str]:
        kept = await intend(plan, lease, run)
        if lease.subject == desk.subject(first) and waiting and any(each.kind is kind for each in plan.operations):
            await desk.runner(waiting.pop())
        return kept

    patch.setattr(settling, "intend", intended)


async def test_a_tax_that_another_order_makes_meanwhile_is_waited_for_and_used(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = desk.order(taxes=MOMS), desk.order(taxes=MOMS)
    goes_between(desk, monkeypatch, first, second, Kind.TAX)
    await desk.knock(desk.subject(first), desk.subject(second))

    outcome = await desk.runner(desk.subject(first))
    await desk.pass_for_the_tables(10)
    await desk.settle()

    assert outcome is not None
    assert outcome.reason is not None
    assert outcome.reason.code == "under_way_elsewhere"
    assert [await desk.verdict(each) for each in (first, second)] == [("posted", ""), ("posted", "")]
    assert sum(request.url.partition("?")[0].endswith("/settings/taxes") for request in desk.doors.writes) == 1


async def test_an_address_that_another_order_added_is_used_even_where_the_link_forgot_it(desk: Desk) -> None:
    customer = desk.shop.add_customer(a_customer())
    home, away = [desk.order(customer=customer, shipping_address=each) for each in (BERLIN, PARIS)]
    await desk.post(home)
    await desk.post(away)
    async with desk.store.transaction() as tx:
        await tx.execute(text("UPDATE contact_links SET agreed = agreed - 'addresses'"))
    again = desk.order(customer=customer, shipping_address=PARIS)

    await desk.post(again)
    last = desk.order(customer=customer, shipping_address=PARIS)
    await desk.post(last)

    (contact,) = desk.books.contacts()
    invoices = {each["reference_number"]: each for each in desk.books.invoices()}
    assert [await desk.verdict(each) for each in (again, last)] == [("posted", ""), ("posted", "")]
    assert [each["city"] for each in contact["addresses"]].count("Paris") == 1
    assert {invoices[each.name]["shipping_address"]["city"] for each in (away, again, last)} == {"Paris"}
