"""Only the two simulated companies, and how to reach them."""

from __future__ import annotations

import asyncio
import shlex
import signal
from contextlib import AbstractAsyncContextManager

from ml_connector.cli.companies import Companies, Credentials, two_companies
from ml_connector.cli.exits import not_usable
from ml_connector.cli.output import print_json, say
from ml_connector.cli.running import waited


def run(shopify_port: int, zoho_port: int, region: str, public_url: str, *, as_json: bool) -> None:
    """Serve both until SIGTERM or Ctrl-C.

    Raises:
        Stop: a port cannot be listened on.
    """
    companies = two_companies(
        shopify_port=shopify_port, zoho_port=zoho_port, region=region, public_url=public_url.rstrip("/")
    )
    waited(_run(companies, as_json=as_json))


async def _run(opening: AbstractAsyncContextManager[Companies], *, as_json: bool) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    try:
        async with opening as companies:
            _tell(companies.credentials, as_json)
            await stop.wait()
    except OSError as error:
        raise not_usable(
            f"The sandbox cannot listen: {error.strerror or error}.",
            fix="Choose other ports with --shopify-port and --zoho-port; 0 takes any free one.",
        ) from error


def _tell(credentials: Credentials, as_json: bool) -> None:
    if as_json:
        print_json(
            {
                **credentials.as_json(),
                "settings": credentials.settings(),
                "connect": credentials.document("acme", {}),
            }
        )
        return
    say("Two companies are open for business. Ctrl-C closes them.\n")
    say("Point the connector at them:")
    for name, value in credentials.settings().items():
        say(f"  export {name}={shlex.quote(value)}")
    say("\nand connect with `ml-connector connect --file -` and the document that `sandbox --json` prints.")
    say(f"Place orders: POST {credentials.shopify_endpoint}/_sandbox/shops/{credentials.shop}/kinds")
    say(f"See the books: {credentials.zoho_endpoint}/_sandbox/books")
