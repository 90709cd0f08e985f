"""India: the kind of tax that Shopify charged is posted, and one that disagrees with the place is asked about.

And where taxes are switched off in Zoho: tax as lines, or after somebody said so in an adjustment.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
import pytest_asyncio
from tests.conftest import a_folder
from tests.journeys.world import World, a_world
from tests.tables import NewDatabase

from ml_connector.sandbox.shopify import LineSpec, OrderSpec
from ml_connector.sandbox.shopify.catalogue import people, taxes_in
from ml_connector.sandbox.shopify.model import Order
from ml_connector.sandbox.zoho.organization import Organization

pytestmark = pytest.mark.asyncio(loop_scope="module")

FOREIGN = ("vat_treatment", "tax_treatment", "tax_authority_id", "vat_reg_no", "tax_reg_no", "avatax_use_code")
"""Fields that only other editions have."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def india(new_database: NewDatabase) -> AsyncIterator[World]:
    """An organisation in Karnataka that is registered for GST."""
    with a_folder() as folder:
        database = new_database()
        async with a_world(database, folder, region="in", policy={"unknown_tax": "match"}) as made:
            yield made


def switch_taxes_off(organization: Organization) -> None:
    organization.profile = replace(organization.profile, registered=False)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def without_taxes(new_database: NewDatabase) -> AsyncIterator[World]:
    """An organisation in India in which nobody switched taxes on."""
    with a_folder() as folder:
        database = new_database()
        async with a_world(database, folder, region="in", furnish=switch_taxes_off, policy={"tax": "lines"}) as made:
            yield made


async def sold(world: World, lives_in: str, *, charged_as_in: str | None = None) -> Order:
    """A box of tea for 1,000.00 and 18 % to somebody in a state of India."""
    buyer = next(one for one in people() if one.address is not None and one.address.province_code == lives_in)
    line = LineSpec(title="Tea", price=Decimal("1000.00"))
    spec = OrderSpec((line,), buyer, taxes=taxes_in("IN", charged_as_in or lives_in), presentment_currency="INR")
    order = world.shop.place_order(spec)
    await world.at_rest()
    return order


def components(invoice: dict[str, Any]) -> dict[str, Decimal]:
    rows = [row for line in invoice["line_items"] for row in line["line_item_taxes"]]
    return {row["tax_name"].split(" ")[0]: Decimal(str(row["tax_amount"])) for row in rows}


async def test_within_the_state_the_group_of_central_and_state_tax_is_posted(india: World) -> None:
    order = await sold(india, "KA")

    assert await india.verdict(order) == ("posted", "")
    invoice = india.documents(order).invoice
    assert components(invoice) == {"CGST9": Decimal(90), "SGST9": Decimal(90)}
    assert (invoice["place_of_supply"], invoice["gst_treatment"]) == ("KA", "consumer")
    assert Decimal(str(invoice["total"])) == Decimal(1180)


async def test_between_states_the_integrated_tax_is_posted(india: World) -> None:
    order = await sold(india, "MH")

    assert await india.verdict(order) == ("posted", "")
    invoice = india.documents(order).invoice
    assert components(invoice) == {"IGST18": Decimal(180)}
    assert invoice["place_of_supply"] == "MH"


@pytest.mark.parametrize(("lives_in", "charged_as_in"), [("MH", "KA"), ("KA", "MH")])
async def test_a_kind_of_tax_that_disagrees_with_the_place_is_held_and_never_taxed_anew(
    india: World, lives_in: str, charged_as_in: str
) -> None:
    order = await sold(india, lives_in, charged_as_in=charged_as_in)

    assert await india.verdict(order) == ("held", "tax_kind_and_place")
    assert india.documents(order).invoices == []


async def test_no_field_of_another_edition_is_sent(india: World) -> None:
    await sold(india, "KA")

    bodies = [entry.body for entry in india.companies.zoho.log if entry.method in ("POST", "PUT") and entry.body]
    assert bodies
    assert [name for body in bodies for name in FOREIGN if f'"{name}"' in body.decode()] == []


async def test_where_taxes_are_switched_off_tax_is_lines_on_the_tax_account(without_taxes: World) -> None:
    order = await sold(without_taxes, "KA")

    assert await without_taxes.verdict(order) == ("posted", "")
    invoice = without_taxes.documents(order).invoice
    assert Decimal(str(invoice["total"])) == Decimal(1180)
    assert [line["account_name"] for line in invoice["line_items"]][1:] == ["Tax Payable", "Tax Payable"]
    assert not any(line["tax_id"] for line in invoice["line_items"])
    log = without_taxes.companies.zoho.log
    sent = [json.loads(one.body) for one in log if one.path.endswith("/invoices") and one.body]
    assert not any("gst" in name or name == "place_of_supply" for body in sent for name in body)
