"""What is refused on the way back from Zoho, and that nothing is left behind there."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

import pytest
from tests.web.oauth.conftest import House
from tests.web.oauth.test_refusals import changed, is_calm

from ml_connector.jobs.connecting import kinds


async def at_callback(house: House) -> str:
    """The address that Zoho sends the browser back to; a good one."""
    await house.browser.open(house.start_shopify())
    house.carrier.went.clear()
    return (await house.browser.open(house.start_zoho(), until=house.callback("zoho"))).url


async def nothing_was_kept(house: House) -> bool:
    secrets = await house.secrets()
    return kinds.ZOHO_REFRESH_TOKEN not in secrets and house.refresh_tokens() == []


async def test_a_person_who_says_no_reads_that_nothing_happened(house: House) -> None:
    house.zoho.refuse_consent = True

    page = await house.browser.open(await at_callback(house))

    assert (page.status, is_calm(page)) == (403, True)
    assert "Zoho was told not to connect us." in page.body
    assert house.carrier.went == []


async def test_a_callback_of_another_browser_is_refused(house: House) -> None:
    address = await at_callback(house)
    stranger = await house.a_browser()

    page = await stranger.open(address)

    await stranger.session.close()
    assert (page.status, is_calm(page)) == (403, True)
    assert house.carrier.went == []


async def test_a_state_of_shopifys_side_is_refused(house: House) -> None:
    address = await at_callback(house)
    there = await house.browser.open(house.start_shopify(), until=house.callback("shopify"))
    state = dict(parse_qsl(urlsplit(there.url).query))["state"]

    page = await house.browser.open(changed(address, state=state))

    assert page.status == 403
    assert house.carrier.went == []


async def test_a_callback_that_comes_too_late_is_refused(house: House) -> None:
    address = await at_callback(house)
    house.clock.forward(minutes=16)

    page = await house.browser.open(address)

    assert page.status == 403


async def test_a_callback_without_a_code_is_refused(house: House) -> None:
    page = await house.browser.open(changed(await at_callback(house), code=None))

    assert page.status == 400
    assert house.carrier.went == []


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
    assert house.refresh_tokens() == [kept[kinds.ZOHO_REFRESH_TOKEN]]


async def test_a_code_that_is_too_old_is_told_as_that(house: House) -> None:
    address = await at_callback(house)
    house.clock.forward(seconds=61)

    page = await house.browser.open(address)

    assert (page.status, is_calm(page)) == (400, True)
    assert "Zoho no longer takes this code." in page.body
    assert await nothing_was_kept(house)


async def test_a_code_that_was_used_before_is_told_as_that(house: House) -> None:
    address = await at_callback(house)
    house.zoho.centres["eu"].grants.clear()

    page = await house.browser.open(address)

    assert page.status == 400
    assert await nothing_was_kept(house)


async def test_a_client_that_zoho_does_not_know_is_a_matter_of_the_operator(house: House) -> None:
    address = await at_callback(house)
    house.zoho_client.secrets["eu"] = "another"

    page = await house.browser.open(address)

    assert page.status == 502
    assert "invalid_client_secret" in page.body


async def test_zoho_that_gives_no_tokens_for_a_while_is_asked_again_later(house: House) -> None:
    address = await at_callback(house)
    house.zoho.fault("access_denied")

    page = await house.browser.open(address)

    assert page.status == 503
    assert page.headers["Retry-After"] == "600"


async def test_a_user_without_an_organisation_reads_what_to_do(house: House) -> None:
    house.zoho.signed_in = house.zoho.user("eu", "Nobody Yet")

    page = await house.browser.open(await at_callback(house))

    assert (page.status, is_calm(page)) == (403, True)
    assert "(no_organisation)" in page.body
    assert "Create an organisation in Zoho Books" in page.body
    assert await nothing_was_kept(house)


async def test_an_organisation_that_is_not_active_is_not_offered(house: House) -> None:
    (organisation,) = house.zoho.organizations.values()
    organisation.active = False

    page = await house.browser.open(await at_callback(house))

    assert page.status == 403
    assert await nothing_was_kept(house)


async def test_a_user_without_an_organisation_does_not_disturb_a_connection_that_works(house: House) -> None:
    await house.both()
    kept = await house.secrets()
    house.zoho.signed_in = house.zoho.user("eu", "Nobody Yet")

    page = await house.browser.open(house.start_zoho())

    assert page.status == 403
    assert await house.secrets() == kept
    assert house.refresh_tokens() == [kept[kinds.ZOHO_REFRESH_TOKEN]]


async def test_less_than_we_need_is_not_kept(house: House) -> None:
    await house.browser.open(house.start_shopify())
    there = await house.browser.open(house.start_zoho(), until=house.browser.zoho_url)

    page = await house.browser.open(changed(there.url, scope="ZohoBooks.invoices.ALL,ZohoBooks.settings.READ"))

    assert (page.status, is_calm(page)) == (403, True)
    assert "ZohoBooks.creditnotes.ALL" in page.body
    assert await nothing_was_kept(house)


async def test_access_that_would_not_last_is_not_kept(house: House) -> None:
    await house.browser.open(house.start_shopify())
    there = await house.browser.open(house.start_zoho(), until=house.browser.zoho_url)

    page = await house.browser.open(changed(there.url, access_type="online"))

    assert page.status == 403
    assert "for one hour only" in page.body


async def test_organisations_that_cannot_be_listed_leave_nothing_behind(house: House) -> None:
    address = await at_callback(house)
    house.zoho.fault("no_answer_before_commit", path="/organizations")

    page = await house.browser.open(address)

    assert page.status == 503
    assert await nothing_was_kept(house)


@pytest.mark.parametrize("region", ["mars", "EU ", "https://evil.example"])
async def test_a_start_goes_to_a_data_centre_of_zoho(house: House, region: str) -> None:
    await house.browser.open(house.start_shopify())

    page = await house.browser.open(house.start_zoho(region=region))

    assert (page.status == 400) == (region.strip().lower() != "eu")
