"""What is refused at Shopify's side and at the start of both: with the right status, calmly, and without traces."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from tests.web.oauth.conftest import OTHER_SHOP, SHOP, House, Page
from tests.web.oauth.test_connecting import signed_start

from ml_connector.jobs.connecting import kinds
from ml_connector.sandbox.shopify import CLIENT_ID, CLIENT_SECRET, Fault
from ml_connector.shopify import signature


def changed(address: str, **values: str | None) -> str:
    """*address* with parameters replaced, or removed."""
    head, _, tail = address.partition("?")
    query = {**dict(parse_qsl(tail)), **values}
    return f"{head}?{urlencode({name: value for name, value in query.items() if value is not None})}"


def resigned(address: str, secret: str = CLIENT_SECRET, **values: str | None) -> str:
    """As `changed`, with a signature that fits again."""
    plain = changed(address, hmac=None, **values)
    return changed(plain, hmac=signature.sign_query(dict(parse_qsl(urlsplit(plain).query)), secret))


def is_calm(page: Page) -> bool:
    """A page of ours: HTML, the strict policy, no script, no style of its own, no traceback, no exclamation mark."""
    policy = page.headers["Content-Security-Policy"]
    plain = page.body.replace("<!doctype", "")
    return (
        page.headers["Content-Type"].startswith("text/html")
        and policy.startswith("default-src 'none'")
        and "unsafe" not in policy
        and page.headers["Cache-Control"] == "no-store"
        and page.headers["Referrer-Policy"] == "no-referrer"
        and not any(word in plain for word in ("<script", "<style", "style=", "Traceback", "!", "oops"))
    )


async def at_callback(house: House) -> str:
    """The address that Shopify sends the browser back to; a good one."""
    return (await house.browser.open(house.start_shopify(), until=house.callback("shopify"))).url


# -- the start ---------------------------------------------------------------------------------


@pytest.mark.parametrize("vendor", ["shopify", "zoho"])
async def test_nobody_starts_without_a_ticket(house: House, vendor: str) -> None:
    await house.browser.open(house.start_shopify())

    page = await house.browser.open(house.start(vendor, ticket=None, shop=SHOP))

    assert (page.status, is_calm(page)) == (401, True)
    assert "Connecting is started by an operator." in page.body


@pytest.mark.parametrize("vendor", ["shopify", "zoho"])
async def test_a_ticket_is_good_once(house: House, vendor: str) -> None:
    await house.browser.open(house.start_shopify())
    address = house.start(vendor, shop=SHOP)
    await house.browser.open(address)

    page = await house.browser.open(address)

    assert (page.status, is_calm(page)) == (403, True)


async def test_a_ticket_is_good_for_a_quarter_of_an_hour(house: House) -> None:
    early, late = house.start_shopify(), house.start_shopify()
    house.clock.forward(minutes=14)
    in_time = await house.browser.open(early)
    house.clock.forward(minutes=2)

    page = await house.browser.open(late)

    assert in_time.url.endswith("/connect?connection=acme")
    assert page.status == 403
    assert "This link is too old, or not one of ours." in page.body


async def test_a_ticket_is_for_one_connection(house: House) -> None:
    page = await house.browser.open(changed(house.start_shopify(), connection="other"))

    assert page.status == 403
    assert await house.connections() == []


async def test_a_mistake_at_the_start_does_not_use_the_ticket_up(house: House) -> None:
    address = house.start_shopify()
    wrong = await house.browser.open(changed(address, shop="acme.example"))

    page = await house.browser.open(address)

    assert wrong.status == 400
    assert page.url.endswith("/connect?connection=acme")


@pytest.mark.parametrize("ticket", ["x", "gAAAAA", "é", "a" * 5000])
async def test_a_made_up_ticket_is_refused(house: House, ticket: str) -> None:
    page = await house.browser.open(house.start_shopify(ticket=ticket))

    assert (page.status, is_calm(page)) == (403, True)


async def test_a_state_is_no_ticket(house: House) -> None:
    there = await house.browser.open(house.start_shopify(), until=house.settings.shopify_endpoint[:20])
    state = dict(parse_qsl(urlsplit(there.url).query))["state"]

    page = await house.browser.open(house.start_shopify(ticket=state))

    assert page.status == 403


@pytest.mark.parametrize(
    "shop",
    ["", "acme", "acme.example", f"{SHOP}.evil.example", f"{SHOP}/../x", f"evil.example/{SHOP}", f"{SHOP}\n", "a b"],
)
async def test_a_start_for_something_that_is_no_shop_goes_nowhere(house: House, shop: str) -> None:
    page = await house.browser.open(house.start_shopify(shop=shop))

    assert (page.status, is_calm(page)) == (400, True)
    assert house.carrier.went == []


async def test_a_start_in_shopifys_name_needs_shopifys_signature(house: House) -> None:
    forged = await house.browser.open(signed_start(house, secret="guessed"))
    # a good one, with another name put in
    renamed = await house.browser.open(changed(signed_start(house), connection="mine"))

    assert (forged.status, renamed.status) == (401, 401)
    assert await house.connections() == []


async def test_an_old_start_in_shopifys_name_is_refused(house: House) -> None:
    address = signed_start(house)
    house.clock.forward(minutes=11)

    page = await house.browser.open(address)

    assert page.status == 401


@pytest.mark.parametrize("name", ["a b", "../x", "x" * 65, "<script>"])
async def test_a_connection_has_a_plain_name(house: House, name: str) -> None:
    page = await house.browser.open(house.start_shopify(connection=name))

    assert (page.status, is_calm(page)) == (400, True)
    assert "letters, digits, - and _ only" in page.body


async def test_strangers_learn_nothing_about_connections(house: House) -> None:
    await house.browser.open(house.start_shopify())

    there = await house.browser.open(house.start_zoho(ticket=None))
    not_there = await house.browser.open(house.start_zoho(ticket=None, connection="nobody"))

    assert (there.status, there.body) == (not_there.status, not_there.body)


async def test_zoho_is_connected_to_a_connection_that_is_there(house: House) -> None:
    page = await house.browser.open(house.start_zoho(connection="nobody"))

    assert page.status == 400
    assert "There is no connection called “nobody”." in page.body


async def test_a_connection_keeps_its_shop(house: House) -> None:
    await house.browser.open(house.start_shopify())

    page = await house.browser.open(house.start_shopify(shop=OTHER_SHOP))

    assert page.status == 400
    assert f"belongs to {SHOP}, not to {OTHER_SHOP}" in page.body


async def test_a_parameter_given_twice_is_refused(house: House) -> None:
    page = await house.browser.open(house.start_shopify() + f"&shop={OTHER_SHOP}")

    assert (page.status, is_calm(page)) == (400, True)


# -- Shopify's callback ------------------------------------------------------------------------


async def nothing_was_exchanged(house: House) -> bool:
    return house.carrier.went == [] and await house.connections() == []


async def test_a_callback_of_another_browser_is_refused(house: House) -> None:
    address = await at_callback(house)
    stranger = await house.a_browser()

    page = await stranger.open(address)

    await stranger.session.close()
    assert (page.status, is_calm(page)) == (403, True)
    assert "was not started from this browser" in page.body
    assert await nothing_was_exchanged(house)


async def test_a_state_of_another_sign_in_of_this_browser_is_refused(house: House) -> None:
    """Both states are ours and have their cookies here; the signature covers the one that Shopify was given."""
    address, other = await at_callback(house), await at_callback(house)
    state = dict(parse_qsl(urlsplit(other).query))["state"]

    page = await house.browser.open(changed(address, state=state))

    assert page.status == 401
    assert await nothing_was_exchanged(house)


@pytest.mark.parametrize("state", [None, "", "guessed", "gAAAAABn"])
async def test_a_callback_without_our_state_is_refused_whoever_signed_it(house: House, state: str | None) -> None:
    page = await house.browser.open(resigned(await at_callback(house), state=state))

    assert page.status == 403
    assert await nothing_was_exchanged(house)


async def test_a_zoho_state_is_no_shopify_state(house: House) -> None:
    await house.browser.open(house.start_shopify(connection="other"))
    house.carrier.went.clear()
    there = await house.browser.open(house.start_zoho(connection="other"), until=house.callback("zoho"))
    state = dict(parse_qsl(urlsplit(there.url).query))["state"]

    page = await house.browser.open(resigned(await at_callback(house), state=state))

    assert page.status == 403
    assert house.carrier.went == []


async def test_a_callback_that_comes_too_late_is_refused(house: House) -> None:
    address = await at_callback(house)
    house.clock.forward(minutes=16)

    page = await house.browser.open(resigned(address, timestamp=str(int(house.clock().timestamp()))))

    assert page.status == 403
    assert await nothing_was_exchanged(house)


async def test_a_callback_that_shopify_signed_long_ago_is_refused(house: House) -> None:
    address = await at_callback(house)
    house.clock.forward(minutes=11)

    page = await house.browser.open(address)

    assert page.status == 401
    assert await nothing_was_exchanged(house)


@pytest.mark.parametrize("change", [{"code": "another"}, {"shop": OTHER_SHOP}, {"hmac": None}, {"hmac": "00"}])
async def test_a_callback_that_was_changed_on_its_way_is_refused(house: House, change: dict[str, str | None]) -> None:
    page = await house.browser.open(changed(await at_callback(house), **change))

    assert (page.status, is_calm(page)) == (401, True)
    assert await nothing_was_exchanged(house)


async def test_another_shop_that_answers_is_refused_although_shopify_signed_it(house: House) -> None:
    page = await house.browser.open(resigned(await at_callback(house), shop=OTHER_SHOP))

    assert page.status == 400
    assert f"started for {SHOP}, and {OTHER_SHOP} answered" in page.body
    assert await nothing_was_exchanged(house)


async def test_a_callback_without_a_code_is_refused(house: House) -> None:
    page = await house.browser.open(resigned(await at_callback(house), code=None))

    assert page.status == 400
    assert await nothing_was_exchanged(house)


async def test_a_merchant_who_says_no_reads_that_nothing_happened(house: House) -> None:
    address = await at_callback(house)
    declined = resigned(address, code=None, error="access_denied")

    page = await house.browser.open(declined)

    assert (page.status, is_calm(page)) == (403, True)
    assert "The access was not granted in Shopify." in page.body
    assert "Nothing was changed" in page.body
    assert await nothing_was_exchanged(house)


async def test_a_callback_that_is_replayed_changes_nothing(house: House) -> None:
    address = await at_callback(house)
    cookies = list(house.browser.session.cookie_jar)
    await house.browser.open(address)
    kept = await house.secrets()
    for cookie in cookies:
        house.browser.session.cookie_jar.update_cookies({cookie.key: cookie.value})

    page = await house.browser.open(address)

    assert page.status == 403
    assert "carried out before" in page.body
    assert await house.secrets() == kept
    assert len(house.carrier.went) == 1


async def test_a_code_that_was_used_before_is_told_as_that(house: House) -> None:
    address = await at_callback(house)
    for code in house.shopify.tokens.codes.values():
        code.used = True

    page = await house.browser.open(address)

    assert (page.status, is_calm(page)) == (400, True)
    assert "Shopify did not accept the code of this sign-in" in page.body
    assert await house.connections() == []


async def test_an_app_with_a_wrong_secret_is_a_matter_of_the_operator(house: House) -> None:
    address = await at_callback(house)
    house.shopify.apps[CLIENT_ID].secrets[:] = ["another"]

    page = await house.browser.open(address)

    assert page.status == 502
    assert "its client id or its client secret is wrong" in page.body


async def test_shopify_that_does_not_answer_is_not_our_visitors_fault(house: House) -> None:
    address = await at_callback(house)
    house.shopify.faults.add(Fault("cut_before", matches="access_token"))

    page = await house.browser.open(address)

    assert (page.status, is_calm(page)) == (503, True)
    assert int(page.headers["Retry-After"]) > 0


async def test_access_without_orders_is_kept_and_said(house: House) -> None:
    """A person can change the scopes in the address. The token is kept: it has ended every earlier one."""
    there = await house.browser.open(house.start_shopify(), until=house.settings.shopify_endpoint[:20])

    page = await house.browser.open(changed(there.url, scope="read_products"))

    assert (page.status, is_calm(page)) == (403, True)
    assert "Not granted: read_orders." in page.body
    assert (await house.secrets())[kinds.SHOPIFY_ACCESS_TOKEN]
    assert (await house.connection()).health == "paused"


async def test_an_installation_without_an_app_says_what_to_set(bare: House) -> None:
    shopify = await bare.browser.open(bare.start_shopify())
    async with bare.store.at_once() as tx:
        await bare.store.connections.save(tx, "acme", shop=SHOP)
    zoho = await bare.browser.open(bare.start_zoho())

    assert (shopify.status, zoho.status) == (503, 503)
    assert "ML_CONNECTOR_SHOPIFY_CLIENT_ID" in shopify.body
    assert "ML_CONNECTOR_ZOHO_CLIENT_ID" in zoho.body


async def test_our_own_fault_is_a_calm_page_too(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(_nonce: str) -> bool:
        raise RuntimeError("shpss_in_the_message")

    monkeypatch.setattr(house.needs.grants, "once", broken)

    page = await house.browser.open(house.start_shopify())

    assert (page.status, is_calm(page)) == (500, True)
    assert "that is our fault" in page.body
    assert "shpss" not in page.body
