"""A shop's access tokens afterwards: four kinds of grant, one renewal for everybody, kept before it is used."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, timedelta

import pytest
from tests.web.oauth.conftest import SHOP, House

from ml_connector.jobs.connecting import kinds
from ml_connector.jobs.connecting.connect import save
from ml_connector.jobs.connecting.document import ConnectionDocument, ShopifySide, ZohoSide
from ml_connector.jobs.connecting.tokens import SHOPIFY, ShopifyTokens
from ml_connector.net import Send
from ml_connector.sandbox.shopify import CLIENT_ID, CLIENT_SECRET, Fault
from ml_connector.shopify import errors, oauth_errors
from ml_connector.shopify.client import ShopifyClient
from ml_connector.shopify.wire import Time
from ml_connector.store import Store
from ml_connector.store.errors import StoreUnavailable
from ml_connector.store.tokens import HeldToken

ZOHO = ZohoSide(region="eu", client_id="1000.A", client_secret="s", refresh_token="1000.a.b", organization_id="1")


async def a_connection(house: House, **shopify: object) -> None:
    """A connection as `connect --file` keeps it."""
    side = ShopifySide(**{"shop": SHOP, **shopify})  # type: ignore[arg-type]
    await save(ConnectionDocument("acme", side, ZOHO), house.store, who="a test")


async def tokens(house: House, store: Store | None = None, send: Send | None = None) -> ShopifyTokens:
    """As a process has them that has just started."""
    kept = store or house.store
    connection = await house.connection()
    async with kept.at_once() as tx:
        secrets: Mapping[str, bytes] = await kept.credentials.of(tx, connection.id)
    endpoint = house.settings.shopify_endpoint
    return ShopifyTokens.of(kept, connection, secrets, send or house.carrier, endpoint, house.clock)


async def a_client(house: House) -> ShopifyClient:
    return ShopifyClient(
        house.carrier,
        SHOP,
        await tokens(house),
        endpoint=house.settings.shopify_endpoint,
        time=Time(house.clock.now, house.clock.monotonic, house.clock.sleep),
    )


def asked(house: House) -> int:
    """How often Shopify was asked for a token."""
    return sum(address.endswith("/access_token") for address in house.carrier.went)


# -- expiring tokens ---------------------------------------------------------------------------


async def test_a_young_token_is_used_as_it_is(house: House) -> None:
    await house.browser.open(house.start_shopify())
    given, before = await house.secrets(), asked(house)

    token = await (await tokens(house)).token()

    assert token == given[kinds.SHOPIFY_ACCESS_TOKEN]
    assert asked(house) == before


async def test_a_token_is_renewed_five_minutes_early_and_every_process_gets_the_new_one(house: House) -> None:
    await house.browser.open(house.start_shopify())
    first, second = await tokens(house), await tokens(house)
    old = await first.token()
    house.clock.forward(minutes=56)

    renewed = await first.token()

    assert renewed != old
    assert await second.token() == renewed
    assert await (await tokens(house)).token() == renewed
    assert asked(house) == 2


async def test_many_jobs_of_many_processes_renew_once(house: House) -> None:
    await house.browser.open(house.start_shopify())
    processes = [await tokens(house) for _ in range(4)]
    house.clock.forward(hours=2)

    found = await asyncio.gather(*(processes[number % 4].token() for number in range(16)))

    assert len(set(found)) == 1
    assert asked(house) == 2


async def test_a_shop_is_renewed_for_months_by_processes_that_come_and_go(house: House) -> None:
    await house.browser.open(house.start_shopify())

    for _ in range(6):
        house.clock.forward(days=60)
        token = await (await tokens(house)).token()
        assert house.shopify.tokens.access[token].alive(house.clock())


async def test_an_answer_that_was_lost_is_asked_for_again_at_once(house: House) -> None:
    await house.browser.open(house.start_shopify())
    house.clock.forward(hours=2)
    house.shopify.faults.add(Fault("cut_after", matches="access_token", times=2))

    token = await (await tokens(house)).token()

    assert house.shopify.tokens.access[token].alive(house.clock())
    assert asked(house) == 4


async def test_an_answer_that_stays_lost_is_asked_for_later_with_the_same_token(house: House) -> None:
    await house.browser.open(house.start_shopify())
    house.clock.forward(hours=2)
    house.shopify.faults.add(Fault("cut_after", matches="access_token", times=3))
    process = await tokens(house)
    with pytest.raises(oauth_errors.RefreshInDoubt):
        await process.token()
    house.clock.forward(seconds=20)

    token = await process.token()

    assert house.shopify.tokens.access[token].alive(house.clock())


async def test_a_token_that_the_store_did_not_take_is_kept_before_anything_is_asked_again(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    await house.browser.open(house.start_shopify())
    house.clock.forward(hours=2)
    process = await tokens(house)
    with monkeypatch.context() as away:

        async def keep(*_: object) -> None:
            raise StoreUnavailable("connection refused")

        away.setattr(HeldToken, "keep", keep)
        with pytest.raises(StoreUnavailable):
            await process.token()
    # by now the lost-answer window is over
    house.clock.forward(minutes=10)

    token = await process.token()

    assert asked(house) == 2
    assert await (await tokens(house)).token() == token


async def test_a_token_that_is_refused_although_it_is_young_is_renewed(house: House) -> None:
    await house.browser.open(house.start_shopify())
    process = await tokens(house)
    refused = await process.token()

    token = await process.token(refused=refused)

    assert token != refused
    assert await process.token(refused=refused) == token


async def test_a_shop_that_took_the_app_away_pauses_the_connection(house: House) -> None:
    await house.browser.open(house.start_shopify())
    client = await a_client(house)
    await client.shop()
    house.shopify.uninstall(SHOP)

    with pytest.raises(errors.ConnectionTrouble) as refused:
        await client.shop()

    assert "connect the shop again" in refused.value.fix
    await client.close()


async def test_a_refresh_token_older_than_ninety_days_needs_the_merchant(house: House) -> None:
    await house.browser.open(house.start_shopify())
    house.clock.forward(days=91)

    with pytest.raises(oauth_errors.RefreshDead):
        await (await tokens(house)).token()


async def test_connecting_again_heals_what_was_revoked_also_for_a_process_that_runs(house: House) -> None:
    await house.browser.open(house.start_shopify())
    process = await tokens(house)
    old = await process.token()
    house.shopify.uninstall(SHOP)
    with pytest.raises(oauth_errors.RefreshDead):
        await process.token(refused=old)

    await house.browser.open(house.start_shopify())

    token = await process.token(refused=old)
    assert house.shopify.tokens.access[token].alive(house.clock())


async def test_connecting_zoho_again_leaves_a_renewed_token_of_the_shop_alone(house: House) -> None:
    """Shopify's newest refresh token is nowhere but in the store."""
    await house.both()
    house.clock.forward(hours=2)
    renewed = await (await tokens(house)).token()

    await house.browser.open(house.start_zoho())

    assert await (await tokens(house)).token() == renewed
    house.clock.forward(hours=2)
    assert await (await tokens(house)).token() != renewed


# -- the other kinds ---------------------------------------------------------------------------


async def test_a_static_token_is_used_as_it_is_and_refused_once_is_refused_for_good(house: House) -> None:
    static = house.shopify.install(SHOP).value
    await a_connection(house, access_token=static, client_id=CLIENT_ID, client_secrets=(CLIENT_SECRET,))
    process = await tokens(house)
    house.clock.forward(days=400)

    assert await process.token() == static
    with pytest.raises(errors.TokenRefused):
        await process.token(refused=static)
    assert asked(house) == 0


async def test_client_credentials_are_asked_for_again_when_a_day_is_over(house: House) -> None:
    house.shopify.apps[CLIENT_ID].client_credentials = True
    await a_connection(house, client_id=CLIENT_ID, client_secrets=(CLIENT_SECRET,))

    first = await (await tokens(house)).token()
    same = await (await tokens(house)).token()
    house.clock.forward(hours=24)
    second = await (await tokens(house)).token()

    assert first == same != second
    assert asked(house) == 2


async def test_an_app_of_another_organisation_gets_no_client_credentials(house: House) -> None:
    await a_connection(house, client_id=CLIENT_ID, client_secrets=(CLIENT_SECRET,))

    with pytest.raises(oauth_errors.GrantRefused):
        await (await tokens(house)).token()


async def test_a_token_with_its_refresh_token_from_a_document_is_renewed(house: House) -> None:
    pair = house.shopify.tokens.pair(SHOP, CLIENT_ID, ("read_orders",), house.clock())
    assert pair.expires_at is not None
    await a_connection(
        house,
        access_token=pair.value,
        refresh_token=pair.refresh,
        expires_at=pair.expires_at.astimezone(UTC),
        client_id=CLIENT_ID,
        client_secrets=(CLIENT_SECRET,),
    )
    assert await (await tokens(house)).token() == pair.value
    house.clock.forward(hours=1)

    token = await (await tokens(house)).token()

    assert token != pair.value
    assert house.shopify.tokens.access[token].alive(house.clock())


async def test_the_same_document_again_does_not_bring_back_a_refresh_token_that_was_used(house: House) -> None:
    pair = house.shopify.tokens.pair(SHOP, CLIENT_ID, ("read_orders",), house.clock())
    document = {
        "access_token": pair.value,
        "refresh_token": pair.refresh,
        "expires_at": pair.expires_at,
        "client_id": CLIENT_ID,
        "client_secrets": (CLIENT_SECRET,),
    }
    await a_connection(house, **document)
    house.clock.forward(hours=2)
    renewed = await (await tokens(house)).token()

    await a_connection(house, **document)

    assert await (await tokens(house)).token() == renewed
    house.clock.forward(hours=2)
    assert await (await tokens(house)).token() != renewed


async def test_a_static_token_put_over_an_expiring_one_does_not_expire(house: House) -> None:
    await house.both()
    static = house.shopify.install(SHOP).value

    await a_connection(house, access_token=static)

    house.clock.forward(days=2)
    assert await (await tokens(house)).token() == static


async def test_a_static_token_whose_kind_shopify_takes_no_longer_is_exchanged_once(house: House) -> None:
    static = house.shopify.install(SHOP)
    await a_connection(house, access_token=static.value, client_id=CLIENT_ID, client_secrets=(CLIENT_SECRET,))
    house.shopify.apps[CLIENT_ID].needs_expiring = True
    client, other = await a_client(house), await a_client(house)

    shop = await client.shop()
    # another process, which had not heard of it
    again = await other.shop()

    assert shop.domain == again.domain == SHOP
    assert static.revoked
    assert asked(house) == 1
    async with house.store.at_once() as tx:
        kept = await house.store.tokens.current(tx, (await house.connection()).id, SHOPIFY)
    assert kept is not None
    assert kept.expires_at == house.clock() + timedelta(hours=1)
    await client.close()
    await other.close()


async def test_a_static_token_without_its_app_cannot_be_exchanged(house: House) -> None:
    static = house.shopify.install(SHOP).value
    await a_connection(house, access_token=static)
    house.shopify.apps[CLIENT_ID].needs_expiring = True
    client = await a_client(house)

    with pytest.raises(errors.NonExpiringToken):
        await client.shop()

    await client.close()
