"""`shopify.app.toml`, read back as Shopify's command line reads it."""

from __future__ import annotations

import tomllib

import pytest

from ml_connector.shopify.app_file import app_file
from ml_connector.shopify.topics import COMPLIANCE, SUBSCRIBED

HERE = "https://books.acme.example"


def test_the_file_names_our_addresses_scopes_and_the_compliance_topics() -> None:
    read = tomllib.loads(app_file(client_id="c1", public_url=HERE, api_version="2026-04"))

    assert read["client_id"] == "c1"
    assert read["application_url"] == f"{HERE}/oauth/shopify/start"
    assert read["auth"]["redirect_urls"] == [f"{HERE}/oauth/shopify/callback"]
    assert {"read_orders", "read_all_orders"} <= set(read["access_scopes"]["scopes"].split(","))
    (compliance,) = read["webhooks"]["subscriptions"]
    assert set(compliance["compliance_topics"]) == COMPLIANCE
    assert compliance["uri"] == f"{HERE}/webhooks/shopify"


def test_all_topics_can_be_declared_there_too() -> None:
    read = tomllib.loads(app_file(client_id="", public_url=HERE, api_version="2026-04", all_topics=True))

    assert "CLIENT ID" in read["client_id"]
    assert set(read["webhooks"]["subscriptions"][1]["topics"]) == set(SUBSCRIBED)


@pytest.mark.parametrize("client_id", ['a"b', "a\\b", "a\nb"])
def test_nothing_breaks_out_of_its_place(client_id: str) -> None:
    assert tomllib.loads(app_file(client_id=client_id, public_url=HERE, api_version="x"))["client_id"] == client_id
