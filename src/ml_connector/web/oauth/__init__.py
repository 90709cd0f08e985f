"""Connecting a shop and an organisation through the browser: `/oauth/shopify/…` and `/oauth/zoho/…`."""

from ml_connector.web.oauth.needs import OAuthNeeds
from ml_connector.web.oauth.routes import oauth_routes

__all__ = ["OAuthNeeds", "oauth_routes"]
