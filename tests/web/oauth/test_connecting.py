"""From the first click to both sides connected, and connecting again."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from tests.web.oauth.conftest import OTHER_SHOP, SHOP, House

from ml_connector.jobs.connecting import kinds
from ml_connector.sandbox.shopify import CLIENT_SECRET
from ml_connector.sandbox.zoho.organization import Organization
from ml_connector.shopify import signature


def signed_start(house: House, shop: str = SHOP, secret: str = CLIENT_SECRET, **more: str) -> str:
    """As Shopify sends a merchant who opens or installs the app."""
    query = {"shop": shop, "timestamp": str(int(house.clock().timestamp())), "host": "YWRtaW4", **more}
    query["hmac"] = signature.sign_query(query, secret)
    return f"{house.settings.public_url}/oauth/shopify/start?{urlencode(query)}"


async def test_one_click_connects_the_shop_and_then_the_organisation(house: House) -> None:
    page = await house.both()

    assert page.url == f"{house.settings.public_url}/connect?connection=acme"
    connection = await house.connection()
    (organisation,) = house.zoho.organizations
    assert (connection.shop, connection.zoho_region, connection.organization_id) == (SHOP, "eu", organisation)
    assert connection.health == "ok"
    assert house.finished == ["acme"]
    secrets = await house.secrets()
    assert secrets[kinds.SHOPIFY_ACCESS_TOKEN] in house.shopify.tokens.access
    assert secrets[kinds.SHOPIFY_REFRESH_TOKEN] in house.shopify.tokens.refresh
    assert [secrets[kinds.ZOHO_REFRESH_TOKEN]] == house.refresh_tokens()


async def test_the_token_of_a_shop_expires_and_names_what_was_granted(house: House) -> None:
    await house.browser.open(house.start_shopify())

    token = house.shopify.tokens.access[(await house.secrets())[kinds.SHOPIFY_ACCESS_TOKEN]]
    assert token.expires_at is not None
    assert (await house.connection()).shop_facts["scopes"] == sorted(token.scopes)


async def test_with_a_shop_alone_the_connection_waits_and_says_for_what(house: House) -> None:
    page = await house.browser.open(house.start_shopify())

    connection = await house.connection()
    assert page.url.endswith("/connect?connection=acme")
    assert (connection.health, connection.health_reason) == ("paused", "Zoho Books is not connected yet.")
    assert house.finished == []


async def test_a_merchant_who_comes_from_shopify_needs_no_ticket(house: House) -> None:
    page = await house.browser.open(signed_start(house))

    assert page.url.endswith("/connect?connection=acme")
    assert (await house.connection()).shop == SHOP


async def test_a_merchant_who_comes_from_shopify_finds_her_connection_under_its_own_name(house: House) -> None:
    await house.browser.open(house.start_shopify(connection="tea-and-cups"))

    page = await house.browser.open(signed_start(house))

    assert page.url.endswith("/connect?connection=tea-and-cups")
    assert await house.connections() == ["tea-and-cups"]


async def test_a_new_shop_gets_another_name_where_its_own_is_taken(house: House) -> None:
    house.shopify.shop(OTHER_SHOP)
    await house.browser.open(house.start_shopify(shop=OTHER_SHOP, connection="acme"))

    page = await house.browser.open(signed_start(house))

    assert page.url.endswith("/connect?connection=acme-2")
    assert (await house.connection("acme-2")).shop == SHOP


async def test_lists_in_shopifys_query_are_signed_as_lists(house: House) -> None:
    query = {"shop": SHOP, "timestamp": str(int(house.clock().timestamp())), "ids[]": ["1", "2"]}
    query["hmac"] = signature.sign_query(query, CLIENT_SECRET)

    page = await house.browser.open(f"{house.settings.public_url}/oauth/shopify/start?{urlencode(query, doseq=True)}")

    assert page.url.endswith("/connect?connection=acme")


async def test_an_operator_of_the_console_needs_no_ticket_either(house: House) -> None:
    house.operator.here = True

    page = await house.browser.open(house.start_shopify(ticket=None))

    assert page.url.endswith("/connect?connection=acme")


async def test_no_secret_is_in_an_address_a_page_or_a_log(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    page = await house.both()

    written = capsys.readouterr()
    everything = " ".join([*house.browser.visited, page.body, written.out, written.err])
    for kind, secret in (await house.secrets()).items():
        assert kind in {kinds.SHOPIFY_CLIENT_ID, kinds.ZOHO_CLIENT_ID} or not secret or secret not in everything


async def test_the_cookie_is_for_this_browser_and_these_addresses_and_is_gone_afterwards(house: House) -> None:
    address = house.start_shopify()
    async with house.browser.session.get(address, allow_redirects=False) as answer:
        (cookie,) = answer.headers.getall("Set-Cookie")

    await house.browser.open(answer.headers["Location"])

    assert {"HttpOnly", "Path=/oauth", "SameSite=lax", "Max-Age=900"} <= set(cookie.split("; "))
    assert [each.key for each in house.browser.session.cookie_jar] == []


async def test_two_tabs_do_not_disturb_each_other(house: House) -> None:
    house.shopify.shop(OTHER_SHOP)
    first = await house.browser.open(house.start_shopify(), until=house.callback("shopify"))
    await house.browser.open(house.start_shopify(shop=OTHER_SHOP, connection="other"))

    page = await house.browser.open(first.url)

    assert page.url.endswith("/connect?connection=acme")
    assert await house.connections() == ["acme", "other"]


# -- which organisation ------------------------------------------------------------------------


def second_and_third(house: House) -> tuple[Organization, Organization]:
    return house.zoho.organization("eu", name="Bolt & Sons"), house.zoho.organization("eu", name="Cups <Ltd>")


async def test_a_user_with_three_organisations_chooses_one(house: House) -> None:
    _, third = second_and_third(house)

    page = await house.both()

    assert page.status == 200
    assert "Which organisation keeps the books of “acme”?" in page.body
    assert "Bolt &amp; Sons" in page.body
    assert "Cups &lt;Ltd&gt;" in page.body
    assert len(page.links) == 3
    waiting = await house.connection()
    assert (waiting.organization_id, waiting.health) == ("", "paused")

    done = await house.browser.open(page.links[2])

    assert done.url.endswith("/connect?connection=acme")
    assert (await house.connection()).organization_id == third.organization_id
    assert (await house.connection()).health == "ok"
    assert house.finished == ["acme"]


async def test_the_first_choice_counts_and_a_double_click_is_harmless(house: House) -> None:
    second, _ = second_and_third(house)
    page = await house.both()
    await house.browser.open(page.links[1])
    kept = await house.connection()

    again = await house.browser.open(page.links[1])
    other = await house.browser.open(page.links[0])

    assert (kept.organization_id, (await house.connection()).organization_id) == (second.organization_id,) * 2
    assert again.url.endswith("/connect?connection=acme")
    assert other.status == 403
    assert "An organisation was chosen before." in other.body


async def test_another_browser_cannot_choose(house: House) -> None:
    second_and_third(house)
    page = await house.both()
    stranger = await house.a_browser()

    refused = await stranger.open(page.links[0])

    await stranger.session.close()
    assert refused.status == 403
    assert (await house.connection()).organization_id == ""


async def test_an_abandoned_choice_is_given_back_when_somebody_connects_again(house: House) -> None:
    second_and_third(house)
    await house.both()
    (abandoned,) = house.refresh_tokens()

    await house.browser.open(house.start_zoho())

    assert abandoned not in house.refresh_tokens()
    assert len(house.refresh_tokens()) == 1


# -- connecting again --------------------------------------------------------------------------


async def test_connecting_again_keeps_the_organisation_and_gives_the_old_access_back(house: House) -> None:
    await house.both()
    before, (old,) = await house.connection(), house.refresh_tokens()
    second_and_third(house)

    page = await house.browser.open(house.start_zoho())

    assert page.url.endswith("/connect?connection=acme")
    assert (await house.connection()).organization_id == before.organization_id
    assert old not in house.refresh_tokens()
    assert house.refresh_tokens() == [(await house.secrets())[kinds.ZOHO_REFRESH_TOKEN]]


async def test_twenty_one_reconnections_end_nobody_elses_access(house: House) -> None:
    """The 21st refresh token of a user and client silently deletes the oldest, which is another connection's here."""
    await house.both(connection="first")
    (theirs,) = house.refresh_tokens()
    house.shopify.shop(OTHER_SHOP)
    await house.browser.open(house.start_shopify(shop=OTHER_SHOP, connection="acme"))

    for _ in range(21):
        page = await house.browser.open(house.start_zoho(connection="acme"))
        assert page.url.endswith("/connect?connection=acme")
        house.clock.forward(minutes=2)

    assert theirs in house.refresh_tokens()
    assert len(house.refresh_tokens()) == 2


async def test_a_user_of_another_organisation_is_asked_before_the_books_change(house: House) -> None:
    await house.both()
    before, kept = await house.connection(), await house.secrets()
    stranger = house.zoho.user("eu", "Somebody Else")
    other = house.zoho.organization("eu", user=stranger, name="Other Books")
    house.zoho.signed_in = stranger

    page = await house.browser.open(house.start_zoho())

    assert f"So far “acme” posts to {before.zoho_facts['name']}".replace("&", "&amp;") in page.body
    assert (await house.secrets())[kinds.ZOHO_REFRESH_TOKEN] == kept[kinds.ZOHO_REFRESH_TOKEN]
    assert (await house.connection()).health == "ok"

    await house.browser.open(page.links[0])

    assert (await house.connection()).organization_id == other.organization_id
    assert kept[kinds.ZOHO_REFRESH_TOKEN] not in house.refresh_tokens()


async def test_access_that_cannot_be_given_back_does_not_stop_the_connection(house: House) -> None:
    await house.both()
    house.zoho.fault("503", path="/oauth/v2/token/revoke")

    page = await house.browser.open(house.start_zoho())

    assert page.url.endswith("/connect?connection=acme")
    assert len(house.refresh_tokens()) == 2


async def test_connecting_the_shop_again_leaves_zoho_alone(house: House) -> None:
    await house.both()
    zoho = (await house.secrets())[kinds.ZOHO_REFRESH_TOKEN]
    shopify = (await house.secrets())[kinds.SHOPIFY_REFRESH_TOKEN]

    page = await house.browser.open(house.start_shopify())

    assert page.url.endswith("/connect?connection=acme")
    secrets = await house.secrets()
    assert secrets[kinds.ZOHO_REFRESH_TOKEN] == zoho
    assert secrets[kinds.SHOPIFY_REFRESH_TOKEN] != shopify
    assert (await house.connection()).health == "ok"


async def test_a_paused_connection_goes_on_when_it_is_connected_again(house: House) -> None:
    await house.both()
    connection = await house.connection()
    async with house.store.at_once() as tx:
        await house.store.connections.set_health(tx, connection.id, "paused", "Zoho no longer accepts us.")

    await house.browser.open(house.start_zoho())

    assert (await house.connection()).health == "ok"
