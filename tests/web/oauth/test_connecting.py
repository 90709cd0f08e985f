"""From the first click to both sides connected."""

from __future__ import annotations

from tests.web.oauth.conftest import SHOP, House

from ml_connector.jobs.connecting import kinds


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
