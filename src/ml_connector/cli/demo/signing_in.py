"""Connecting over real OAuth, with a browser that agrees to everything."""

from __future__ import annotations

from urllib.parse import urlsplit

import aiohttp

from ml_connector.cli.companies import Companies
from ml_connector.cli.exits import bad_news
from ml_connector.jobs.connecting.grants import StoredGrants
from ml_connector.wiring import Application

NAME = "acme"
CONNECTED = "/connect"
"""Where a browser is led when both sides have agreed; behind the console's login, which a ticket does not open."""


async def signed_in(app: Application, companies: Companies, address: str) -> None:
    """Follow the redirects from the shop's consent to Zoho's and back, as an operator with a one-time link does.

    Raises:
        Stop: the browser ended somewhere else.
    """
    credentials = companies.credentials
    grants = StoredGrants(
        app.store, app.send, app.clock, zoho_accounts=credentials.zoho_endpoint, zoho_api=credentials.zoho_endpoint
    )
    query = {
        "shop": credentials.shop,
        "connection": NAME,
        "region": credentials.region,
        "then": "zoho",
        "ticket": grants.ticket(NAME),
    }
    # addresses instead of names, so the jar has to be told to keep their cookies
    jar = aiohttp.CookieJar(unsafe=True)
    async with (
        aiohttp.ClientSession(cookie_jar=jar) as browser,
        browser.get(f"{address}/oauth/shopify/start", params=query) as answer,
    ):
        paths = [urlsplit(str(each.url)).path for each in (*answer.history, answer)]
        if CONNECTED not in paths:
            raise bad_news(
                f"Signing in ended at {paths[-1]} with status {answer.status}.",
                fix="This is our fault: the simulated companies agree to everything.",
            )
