"""The two simulated companies on loopback, with a shop, an organisation and the credentials of both."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from typing import Any

from ml_connector.sandbox.shopify import CLIENT_ID, CLIENT_SECRET, ShopifyCompany, ShopSettings
from ml_connector.sandbox.shopify import server as shopify_server
from ml_connector.sandbox.zoho import ZohoCompany
from ml_connector.sandbox.zoho import server as zoho_server
from ml_connector.sandbox.zoho.organization import Organization

SHOP = "acme.myshopify.com"
PUBLIC_URL = "http://127.0.0.1:8000"
"""Where a connector listens unless it is told otherwise."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a connection to these two companies needs."""

    shopify_endpoint: str
    zoho_endpoint: str
    shop: str
    access_token: str
    shopify_client_id: str
    shopify_client_secret: str
    region: str
    zoho_client_id: str
    zoho_client_secret: str
    refresh_token: str
    organization_id: str

    def document(self, name: str, policy: dict[str, Any]) -> dict[str, Any]:
        """The document that `connect --file` takes."""
        return {
            "name": name,
            "shopify": {
                "shop": self.shop,
                "access_token": self.access_token,
                "client_secret": self.shopify_client_secret,
            },
            "zoho": {
                "region": self.region,
                "client_id": self.zoho_client_id,
                "client_secret": self.zoho_client_secret,
                "refresh_token": self.refresh_token,
                "organization_id": self.organization_id,
            },
            "policy": policy,
        }

    def settings(self) -> dict[str, str]:
        """The settings that lead the connector here."""
        return {
            "ML_CONNECTOR_SHOPIFY_ENDPOINT": self.shopify_endpoint,
            "ML_CONNECTOR_ZOHO_ACCOUNTS_ENDPOINT": self.zoho_endpoint,
            "ML_CONNECTOR_ZOHO_API_ENDPOINT": self.zoho_endpoint,
            "ML_CONNECTOR_ALLOW_HTTP_ENDPOINTS": "true",
            "ML_CONNECTOR_SHOPIFY_CLIENT_ID": self.shopify_client_id,
            "ML_CONNECTOR_SHOPIFY_CLIENT_SECRET": self.shopify_client_secret,
            "ML_CONNECTOR_ZOHO_CLIENT_ID": self.zoho_client_id,
            "ML_CONNECTOR_ZOHO_CLIENT_SECRET": self.zoho_client_secret,
        }

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Companies:
    """Both companies, running."""

    shopify: ShopifyCompany
    zoho: ZohoCompany
    organization: Organization
    credentials: Credentials


@asynccontextmanager
async def two_companies(
    *,
    host: str = "127.0.0.1",
    shopify_port: int = 0,
    zoho_port: int = 0,
    region: str = "eu",
    organization: Mapping[str, Any] | None = None,
    shop: str = SHOP,
    public_url: str = PUBLIC_URL,
) -> AsyncIterator[Companies]:
    """Open a shop and an organisation and serve both until the block ends.

    Args:
        organization: What is not its region's own of it: `edition`, `currency_code`.
        public_url: Where the connector is, to which both companies send browsers back.

    Raises:
        OSError: a port cannot be listened on.
    """
    clock = shopify_server.AdvancingClock()
    shopify = ShopifyCompany(clock)
    shopify.open_shop(ShopSettings(shop, http_webhooks=True))
    shopify.apps[CLIENT_ID].redirect_uris = (f"{public_url}/oauth/shopify/callback",)
    token = shopify.install(shop)
    zoho = ZohoCompany(clock=clock)
    books = zoho.organization(region, **(organization or {}))
    client = zoho.client([f"{public_url}/oauth/zoho/callback"], home=region)
    refresh_token = zoho.connect(client)
    left = await shopify_server.start(shopify, host, shopify_port)
    try:
        right = await zoho_server.start(zoho, host, zoho_port)
        try:
            yield Companies(
                shopify,
                zoho,
                books,
                Credentials(
                    shopify_endpoint=left.url,
                    zoho_endpoint=right.url,
                    shop=shop,
                    access_token=token.value,
                    shopify_client_id=CLIENT_ID,
                    shopify_client_secret=CLIENT_SECRET,
                    region=region,
                    zoho_client_id=client.client_id,
                    zoho_client_secret=client.secrets[region],
                    refresh_token=refresh_token,
                    organization_id=books.organization_id,
                ),
            )
        finally:
            await right.close()
    finally:
        await left.close()
