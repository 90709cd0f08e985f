"""Every edition of Zoho Books gets its own tax fields, on contact, invoice and credit note, and no other edition's.

India has a page of its own, because its tax has two kinds.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest
from tests.conftest import a_folder
from tests.journeys.world import World, a_world

from ml_connector.sandbox.shopify import LineSpec, OrderSpec
from ml_connector.sandbox.shopify.catalogue import person_in, taxes_in
from ml_connector.sandbox.shopify.model import Order
from ml_connector.store.embedded import EmbeddedPostgres

pytestmark = pytest.mark.asyncio

FIELDS = {
    "gst_treatment", "gst_no", "place_of_contact", "place_of_supply", "vat_treatment", "vat_reg_no", "tax_treatment",
    "tax_reg_no", "is_taxable", "tax_exemption_id", "tax_authority_id", "avatax_use_code", "tax_regime",
}  # fmt: skip
"""Tax fields that some editions have and others refuse."""


@dataclass(frozen=True)
class Kind:
    """What an organisation of one edition is told of a sale at home.

    Attributes:
        taxes: By component, of 100.00 without tax.
    """

    region: str
    country: str
    taxes: Mapping[str, str]
    province: str | None = None
    contact: Mapping[str, str] = field(default_factory=dict)
    document: Mapping[str, str] = field(default_factory=dict)


CALIFORNIA = {"US-CA California State Tax 6\u202f%": "6.00", "US-CA Alameda County Tax 4.25\u202f%": "4.25"}
EDITIONS = {
    "uk": Kind("eu", "GB", {"Standard Rate": "20.00"}, contact={"vat_treatment": "uk"},
               document={"vat_treatment": "uk"}),
    "eu": Kind("eu", "DE", {"MwSt 19": "19.00"}),
    "gcc": Kind("us", "AE", {"Standard Rate": "5.00"},
                contact={"tax_treatment": "vat_not_registered", "place_of_contact": "DU"},
                document={"tax_treatment": "vat_not_registered", "place_of_supply": "DU"}),
    "us": Kind("us", "US", CALIFORNIA, "CA"),
    "canada": Kind("ca", "CA", {"GST": "5.00", "QST": "9.98"}, "QC"),
    "australia": Kind("au", "AU", {"GST": "10.00"}),
}  # fmt: skip


@pytest.mark.parametrize("edition", EDITIONS)
async def test_an_edition_gets_its_own_fields_and_taxes(edition: str, postgres: EmbeddedPostgres) -> None:
    kind = EDITIONS[edition]
    with a_folder() as folder:
        database = postgres.fresh_database(f"edition_{edition}")
        async with a_world(database, folder, region=kind.region, edition=edition) as world:
            order = await sold_and_taken_back(world, kind)

            assert await world.verdict(order) == ("posted", "")
            books = world.documents(order)
            assert components(books.invoice) == {name: Decimal(tax) for name, tax in kind.taxes.items()}
            assert (books.goods, books.tax, books.owed) == (0, 0, 0)
            told = sent(world)
            assert told["contacts"]
            assert all(each == kind.contact for each in told["contacts"])
            assert told["invoices"] == told["creditnotes"] == [dict(kind.document)]


async def sold_and_taken_back(world: World, kind: Kind) -> Order:
    """A box of tea for 100.00 and tax to somebody at home, and all of it comes back."""
    line = LineSpec(title="Tea", price=Decimal("100.00"))
    base = world.companies.organization.profile.currency_code
    taxes = taxes_in(kind.country, kind.province)
    spec = OrderSpec((line,), person_in(kind.country), taxes=taxes, taxes_included=False, presentment_currency=base)
    order = world.shop.place_order(spec)
    await world.at_rest()
    world.shop.refund(order)
    await world.at_rest()
    return order


def components(invoice: Mapping[str, Any]) -> dict[str, Decimal]:
    rows = [row for line in invoice["line_items"] for row in line["line_item_taxes"]]
    return {row["tax_name"].split(" (")[0]: Decimal(str(row["tax_amount"])) for row in rows}


def sent(world: World) -> dict[str, list[dict[str, str]]]:
    """The tax fields of every contact, invoice and credit note that was sent, by module."""
    found: dict[str, list[dict[str, str]]] = {"contacts": [], "invoices": [], "creditnotes": []}
    for entry in world.companies.zoho.log:
        module = entry.path.rsplit("/", 1)[-1]
        if entry.method in ("POST", "PUT") and entry.body and module in found:
            body = json.loads(entry.body)
            found[module].append({name: said for name, said in body.items() if name in FIELDS})
    return found
