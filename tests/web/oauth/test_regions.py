"""Where a code and a secret go: to the person's own data centre, and to nobody who only says so."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest
from tests.web.oauth.conftest import House, a_house
from tests.web.oauth.test_refusals import changed, is_calm

from ml_connector.jobs.connecting import kinds
from ml_connector.jobs.connecting.tokens import ZohoTokenStore
from ml_connector.store import Store
from ml_connector.zoho.oauth import SCOPES


@dataclass(frozen=True)
class Place:
    """One row of Zoho's own table."""

    code: str
    accounts: str
    api: str


# Source: Zoho Books API v3, Introduction (data centres); Zoho Accounts, multi-DC.
PLACES = (
    Place("us", "https://accounts.zoho.com", "https://www.zohoapis.com"),
    Place("eu", "https://accounts.zoho.eu", "https://www.zohoapis.eu"),
    Place("in", "https://accounts.zoho.in", "https://www.zohoapis.in"),
    Place("au", "https://accounts.zoho.com.au", "https://www.zohoapis.com.au"),
    Place("jp", "https://accounts.zoho.jp", "https://www.zohoapis.jp"),
    Place("ca", "https://accounts.zohocloud.ca", "https://www.zohoapis.ca"),
    Place("cn", "https://accounts.zoho.com.cn", "https://www.zohoapis.com.cn"),
    Place("sa", "https://accounts.zoho.sa", "https://www.zohoapis.sa"),
)


@pytest.fixture
async def real(store: Store) -> AsyncIterator[House]:
    """Zoho at its own addresses, with a shop connected already."""
    async with a_house(store, zoho_replaced=False) as house:
        await house.browser.open(house.start_shopify())
        house.carrier.went.clear()
        yield house


def lives_in(house: House, place: Place) -> str:
    """Sign a person of *place* in, who has one organisation there."""
    person = house.zoho.user(place.code, "Robin Keeper")
    house.zoho.signed_in = person
    return house.zoho.organization(place.code, user=person).organization_id


async def at_callback(house: House, **start: str) -> str:
    return (await house.browser.open(house.start_zoho(**start), until=house.callback("zoho"))).url


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.code)
async def test_a_person_of_any_data_centre_is_connected_there_wherever_the_sign_in_began(
    real: House, place: Place
) -> None:
    organization_id = lives_in(real, place)

    page = await real.browser.open(real.start_zoho(region="eu"))

    connection = await real.connection()
    assert page.url.endswith("/connect?connection=acme")
    assert (connection.zoho_region, connection.organization_id) == (place.code, organization_id)
    assert (connection.accounts_server, connection.api_domain) == (place.accounts, place.api)
    assert real.carrier.went == [f"{place.accounts}/oauth/v2/token", f"{place.api}/books/v3/organizations"]
    token = await ZohoTokenStore(real.store, connection.id).current("acme")
    assert token is not None
    assert token.api_domain == place.api


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.code)
async def test_a_sign_in_begins_where_it_is_told_to_with_the_least_that_we_need(real: House, place: Place) -> None:
    page = await real.browser.open(real.start_zoho(region=place.code), until=place.accounts)

    assert page.url.startswith(f"{place.accounts}/oauth/v2/auth?")
    asked = page.query
    assert (asked["access_type"], asked["prompt"], asked["response_type"]) == ("offline", "consent", "code")
    assert asked["redirect_uri"] == real.callback("zoho")
    assert asked["scope"].split(",") == list(SCOPES)


async def test_connecting_again_begins_where_the_connection_is(real: House) -> None:
    india = next(place for place in PLACES if place.code == "in")
    lives_in(real, india)
    await real.browser.open(real.start_zoho())

    page = await real.browser.open(real.start_zoho(), until="https://")

    assert urlsplit(page.url).netloc == "accounts.zoho.in"


@pytest.mark.parametrize(
    "change",
    [
        {"accounts-server": "https://accounts.evil.example"},
        {"accounts-server": "https://accounts.zoho.eu.evil.example"},
        {"accounts-server": "https://accounts.zoho.eu@evil.example"},
        {"accounts-server": "https://accounts.zoho.eu/evil"},
        {"accounts-server": "http://accounts.zoho.eu"},
        {"accounts-server": "https://accounts.zoho.in"},
        {"location": "in"},
        {"location": "mars"},
        {"accounts-server": None, "location": "mars"},
        {"accounts-server": None, "location": None},
    ],
    ids=str,
)
async def test_a_code_goes_nowhere_when_the_answer_does_not_name_one_of_zohos(
    real: House, change: dict[str, str | None]
) -> None:
    page = await real.browser.open(changed(await at_callback(real), **change))

    assert (page.status, is_calm(page)) == (400, True)
    assert real.carrier.went == []


async def test_a_location_alone_is_enough(real: House) -> None:
    page = await real.browser.open(changed(await at_callback(real), **{"accounts-server": None}))

    assert page.url.endswith("/connect?connection=acme")


async def test_a_token_of_another_data_centre_is_refused_and_given_to_nobody(real: House) -> None:
    address = await at_callback(real)
    real.zoho.api_domain = "https://www.zohoapis.in"

    page = await real.browser.open(address)

    assert page.status == 400
    assert "This connection is set to Europe, and its token belongs to India." in page.body
    assert kinds.ZOHO_REFRESH_TOKEN not in await real.secrets()


async def test_an_api_host_that_is_not_zohos_is_never_called(real: House) -> None:
    address = await at_callback(real)
    real.zoho.api_domain = "https://www.zohoapis.evil.example"

    page = await real.browser.open(address)

    assert page.status == 400
    assert real.carrier.went == ["https://accounts.zoho.eu/oauth/v2/token"]


async def test_a_user_of_another_data_centre_is_asked_before_the_books_move_there(real: House) -> None:
    await real.browser.open(real.start_zoho())
    before = await real.connection()
    japan = next(place for place in PLACES if place.code == "jp")
    lives_in(real, japan)

    page = await real.browser.open(real.start_zoho())

    assert "to which this Zoho user does not belong" in page.body
    assert (await real.connection()).zoho_region == before.zoho_region == "eu"
