"""The orders of the references, served as they are: those whose figures add up are posted to the cent, the others held.

None of them is in this repository. Without the folder of references these journeys are skipped and say so.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from tests.conftest import ROOT, a_folder
from tests.journeys.samples import Sample, all_samples, failing
from tests.journeys.world import World, a_world, gids_in

from ml_connector.sandbox.shopify.importing import import_order
from ml_connector.sandbox.zoho.records import ExchangeRate
from ml_connector.store.outcomes import OutcomeRow
from ml_connector.store.subjects import Knock, Subject

pytestmark = pytest.mark.asyncio(loop_scope="module")

PAYLOADS = ROOT.parent / "shared/reference/shopify/payloads"
SAMPLES = {sample.name: sample for sample in all_samples(PAYLOADS)} if PAYLOADS.is_dir() else {}

POLICY = {
    "start_date": "2000-01-01",
    "test_orders": "post",
    # the documentation's orders bear no tax and say nothing of why, which only the bookkeeper can
    "taxes": [
        {"country": code, "lines": [], "reason": "not_registered", "tax": "No Sales Tax"} for code in ("US", "CA")
    ],
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def america(database_url: str) -> AsyncIterator[World]:
    """An American organisation whose books go back to the oldest of the orders."""
    with a_folder() as folder:
        async with a_world(database_url, folder, region="us", policy=POLICY) as world:
            for currency in world.companies.organization.currencies.values():
                if not currency.is_base:
                    currency.rates.append(ExchangeRate(f"rate-{currency.code}", date(2000, 1, 1), Decimal("0.9")))
            yield world


@pytest.fixture(scope="session")
def references(shared: Path) -> Path:
    """The folder of samples; what is not there is said."""
    return shared


async def read(world: World, sample: Sample) -> OutcomeRow:
    """The order as Shopify would serve it, looked at until the connector is at rest."""
    number = import_order(world.shop, sample.document, transactions=sample.transactions)
    gid = f"gid://shopify/Order/{number}"
    async with world.app.store.at_once() as tx:
        await world.app.store.subjects.knock(tx, [Knock(Subject(world.connection_id, "order", gid))])
    await world.at_rest()
    async with world.app.store.at_once() as tx:
        found = await world.app.store.outcomes.get(tx, world.connection_id, gid)
    assert found is not None
    return found


@pytest.mark.parametrize("name", SAMPLES or ["the samples of ../shared"])
async def test_a_sample_is_posted_to_the_cent_or_held_by_the_identity_that_fails(
    america: World, references: Path, name: str
) -> None:
    sample = SAMPLES[name]

    found = await read(america, sample)

    order = america.shop.imported[int(found.order_id.rsplit("/", 1)[-1])]
    wrong = failing(order)
    if wrong:
        assert (found.verdict, found.reason.code if found.reason else "") == ("held", "does_not_add_up")
        assert dict(found.reason.details)["Identity"] in wrong if found.reason else False
        return
    assert (found.verdict, found.reason) == ("posted", None)
    books = america.marked(gids_in(json.dumps(order)))
    assert books.goods == amount(order, "currentTotalPriceSet")
    assert abs(books.tax - amount(order, "totalTaxSet")) <= half_a_unit_for_each_figure(order)
    assert books.cash_in == amount(order, "totalReceivedSet")
    assert books.owed == amount(order, "currentTotalPriceSet") - amount(order, "totalReceivedSet")


def amount(order: dict[str, Any], name: str) -> Decimal:
    return Decimal(order[name]["presentmentMoney"]["amount"])


def half_a_unit_for_each_figure(order: dict[str, Any]) -> Decimal:
    taxes = [tax for one in (*order["lineItems"], *order["shippingLines"]) for tax in one.get("taxLines") or ()]
    return Decimal("0.005") * len(taxes)


async def test_there_are_samples_of_every_origin_and_of_both_ends(references: Path) -> None:
    origins = {name.split("/")[0] for name in SAMPLES}

    assert len(SAMPLES) >= 29
    assert origins >= {"rest-docs-2026-04", "real", "official-2026-04", "official-2026-07", "2025-01"}
