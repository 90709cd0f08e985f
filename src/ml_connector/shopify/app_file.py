"""The app's own configuration file, `shopify.app.toml`, for whoever lets Shopify's command line install the app.

Only there can the compliance topics be declared; and subscriptions declared there are not removed when deliveries fail.

Source: Shopify, app configuration; webhooks, app-specific subscriptions.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from ml_connector.shopify import topics
from ml_connector.shopify.scopes import REQUIRED, WANTED


def app_file(*, client_id: str, public_url: str, api_version: str, all_topics: bool = False) -> str:
    """The file's text.

    Args:
        client_id: Empty leaves a place to fill in.
        public_url: Where we are reached, without closing slash.
        all_topics: Also the topics that we otherwise subscribe to by the API. Each is then announced twice, which does
            no harm: one order is looked at once.
    """
    webhooks = f"{public_url}/webhooks/shopify"
    scopes = ",".join(sorted(REQUIRED | WANTED.keys()))
    parts = [
        "# Made by `ml-connector shopify-app`. Deploy it with Shopify's own command line: shopify app deploy",
        _pair("client_id", client_id or "PUT THE APP'S CLIENT ID HERE"),
        _pair("name", "ml-connector"),
        _pair("application_url", f"{public_url}/oauth/shopify/start"),
        "embedded = false",
        "",
        "[access_scopes]",
        _pair("scopes", scopes),
        "use_legacy_install_flow = false",
        "",
        "[auth]",
        f"redirect_urls = [{_text(f'{public_url}/oauth/shopify/callback')}]",
        "",
        "[webhooks]",
        _pair("api_version", api_version),
        *_subscription("compliance_topics", sorted(topics.COMPLIANCE), webhooks),
    ]
    if all_topics:
        parts += _subscription("topics", sorted(topics.SUBSCRIBED), webhooks)
    return "\n".join(parts) + "\n"


def _subscription(kind: str, names: Iterable[str], uri: str) -> list[str]:
    listed = ", ".join(_text(name) for name in names)
    return ["", "[[webhooks.subscriptions]]", f"{kind} = [{listed}]", _pair("uri", uri)]


def _pair(name: str, value: str) -> str:
    return f"{name} = {_text(value)}"


def _text(value: str) -> str:
    """A basic string of TOML, which for our characters is a string of JSON."""
    return json.dumps(value)
