"""From the first click, or the first document, to the first invoice: in each data centre, with each kind of grant."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from tests.web.oauth.conftest import SHOP, House, a_house
from tests.web.oauth.test_regions import PLACES, Place, lives_in

from ml_connector.domain.outcome import Verdict
from ml_connector.jobs.connecting.check import Listening
from ml_connector.jobs.connecting.connect import connect, disconnect, save
from ml_connector.jobs.connecting.document import ConnectionDocument, ZohoSide, read_document
from ml_connector.jobs.run_subject import SubjectRunner
from ml_connector.jobs.runtimes import ConnectionRuntimes, Endpoints
from ml_connector.sandbox.shopify import CLIENT_ID, CLIENT_SECRET, LineSpec, OrderSpec, TaxSpec
from ml_connector.sandbox.shopify.catalogue import person_in
from ml_connector.sandbox.shopify.ids import gid
from ml_connector.store import Store
from ml_connector.store.subjects import Knock, Subject

POLICY: Mapping[str, Any] = {
    "start_date": "2020-01-01",
    "tax": "lines",  # so that one order fits the taxes of every edition
    "accounts": {"tax_payable": "Tax Payable", "rounding": "Rounding"},
    "gateways": {"*": {"mode": "others", "deposit": "Shopify Clearing", "refund_from": "Shopify Clearing"}},
}
UNREACHED = Listening("", reachable=False)


@pytest.fixture
async def real(store: Store) -> AsyncIterator[House]:
    """Zoho at its own addresses; nothing is connected."""
    async with a_house(store, zoho_replaced=False) as house:
        yield house


async def invoiced(house: House, runtimes: ConnectionRuntimes) -> Decimal:
    """Place an order, post it, and give the total of its invoice in the books of the organisation that is connected."""
    connection = await house.connection()
    line = LineSpec(title="Tea", price=Decimal("10.00"))
    tax = TaxSpec("MwSt", Decimal("0.19"))
    order = house.shopify.shop(SHOP).place_order(
        OrderSpec(lines=(line,), customer=person_in("DE"), taxes=(tax,)), silent=True
    )
    subject = Subject(connection.id, "order", gid("Order", order.id))
    async with house.store.at_once() as tx:
        await house.store.subjects.knock(tx, [Knock(subject)])
    outcome = await SubjectRunner.of(runtimes)(subject)
    assert outcome is not None
    assert outcome.verdict is Verdict.POSTED, outcome.reason
    books = house.zoho.books(house.zoho.organizations[connection.organization_id])
    (invoice,) = [one for one in books.invoices() if one["reference_number"] == order.name]
    return Decimal(str(invoice["total"]))


def runtimes_of(house: House) -> ConnectionRuntimes:
    settings = house.settings
    ends = Endpoints(
        shopify=settings.shopify_endpoint,
        zoho_accounts=settings.zoho_accounts_endpoint or "",
        zoho_api=settings.zoho_api_endpoint or "",
        shopify_client_id=settings.shopify_client_id or "",
    )
    return ConnectionRuntimes(house.store, house.carrier, ends, house.clock, Random(3))


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.code)
async def test_from_the_first_click_to_the_first_invoice_in_every_data_centre(real: House, place: Place) -> None:
    lives_in(real, place)
    runtimes = runtimes_of(real)

    await real.both(region="us")
    await save(ConnectionDocument("acme", policy=POLICY), real.store, who="a test")
    await connect(ConnectionDocument("acme"), real.store, runtimes.of, UNREACHED, who="a test")

    assert await invoiced(real, runtimes) == Decimal("11.90")
    assert (await real.connection()).zoho_region == place.code
    after_sign_in = [each for each in real.carrier.went if "/books/v3/invoices" in each]
    assert after_sign_in
    assert all(each.startswith(f"{place.api}/books/v3/") for each in after_sign_in)
    await runtimes.close()


def static(house: House) -> dict[str, Any]:
    return {"access_token": house.shopify.install(SHOP).value, "client_secret": CLIENT_SECRET}


def client_credentials(house: House) -> dict[str, Any]:
    house.shopify.apps[CLIENT_ID].client_credentials = True
    return {"client_id": CLIENT_ID, "client_secret": [CLIENT_SECRET, "an older one"]}


def expiring(house: House) -> dict[str, Any]:
    app = house.shopify.apps[CLIENT_ID]
    pair = house.shopify.tokens.pair(SHOP, CLIENT_ID, app.scopes, house.clock())
    assert pair.expires_at is not None
    house.clock.forward(hours=2)  # it is renewed before it is used
    return {
        "access_token": pair.value,
        "refresh_token": pair.refresh,
        "expires_at": pair.expires_at.isoformat(),
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
    }


def expiring_of_the_installations_app(house: House) -> dict[str, Any]:
    return {name: value for name, value in expiring(house).items() if name != "client_id"}


def migrated(house: House) -> dict[str, Any]:
    house.shopify.apps[CLIENT_ID].needs_expiring = True
    return {**static(house), "client_id": CLIENT_ID}


@pytest.mark.parametrize("grant", [static, client_credentials, expiring, expiring_of_the_installations_app, migrated])
async def test_from_the_first_document_to_the_first_invoice_with_every_grant(house: House, grant: Any) -> None:
    client, runtimes = house.zoho_client, runtimes_of(house)
    document = {
        "name": "acme",
        "shopify": {"shop": SHOP, **grant(house)},
        "zoho": {
            "region": "eu",
            "client_id": client.client_id,
            "client_secret": client.secrets["eu"],
            "refresh_token": house.zoho.connect(client),
        },
        "policy": dict(POLICY),
    }

    connected = await connect(read_document(json.dumps(document)), house.store, runtimes.of, UNREACHED, who="t")

    assert connected.checked.ok, connected.checked
    assert await invoiced(house, runtimes) == Decimal("11.90")
    await runtimes.close()


async def test_access_granted_in_a_browser_is_given_back_at_the_end(house: House) -> None:
    await house.both()
    runtimes = runtimes_of(house)
    await save(ConnectionDocument("acme", policy=POLICY), house.store, who="a test")
    assert len(house.refresh_tokens()) == 1

    left = await disconnect(await runtimes.of((await house.connection()).id), UNREACHED)

    assert left == []
    assert house.refresh_tokens() == []
    await runtimes.close()


async def test_a_refresh_token_from_a_document_is_its_owners(house: House) -> None:
    await house.both()
    runtimes, client = runtimes_of(house), house.zoho_client
    given = house.zoho.connect(client)
    await save(ConnectionDocument("acme", zoho=ZohoSide(refresh_token=given)), house.store, who="a test")

    await disconnect(await runtimes.of((await house.connection()).id), UNREACHED)

    assert given in house.refresh_tokens()
    await runtimes.close()
