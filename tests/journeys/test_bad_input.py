"""What arrives and is no order: the right answer, a sentence a shop owner understands, and nothing lost."""

from __future__ import annotations

import base64
import hashlib
import hmac
import io
import json
from collections.abc import Iterator
from itertools import count

import aiohttp
import pytest
import structlog
from structlog.typing import EventDict
from tests.journeys.world import World

from ml_connector.cli.companies import SHOP
from ml_connector.sandbox.shopify import CLIENT_SECRET
from ml_connector.store.deliveries import KeptDelivery
from ml_connector.store.subjects import Subject
from ml_connector.wiring import WEBHOOKS_PATH

pytestmark = pytest.mark.asyncio(loop_scope="module")

_numbers = count()


@pytest.fixture(autouse=True)
def logged() -> Iterator[list[EventDict]]:
    """What is logged meanwhile; nobody's bad input is our bug, so there is never a traceback."""
    with structlog.testing.capture_logs() as lines:
        yield lines
    assert [line for line in lines if line.get("exc_info") or line["log_level"] == "error"] == []


def signed(body: bytes, secret: str = CLIENT_SECRET, **changed: str | None) -> dict[str, str]:
    """The headers Shopify would send; None leaves one out."""
    digest = base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()
    given: dict[str, str | None] = {
        "X-Shopify-Topic": "orders/create",
        "X-Shopify-Hmac-Sha256": digest,
        "X-Shopify-Shop-Domain": SHOP,
        "X-Shopify-Webhook-Id": f"bad-{next(_numbers)}",
        **{f"X-Shopify-{name.replace('_', '-')}": value for name, value in changed.items()},
    }
    return {name: value for name, value in given.items() if value is not None}


async def post(world: World, body: bytes, headers: dict[str, str]) -> tuple[int, str]:
    async with (
        aiohttp.ClientSession() as session,
        session.post(world.url + WEBHOOKS_PATH, data=io.BytesIO(body), headers=headers) as answer,
    ):
        return answer.status, (await answer.json())["message"]


async def kept(world: World, headers: dict[str, str]) -> KeptDelivery | None:
    """The delivery with its verdict, if it was kept."""
    async with world.app.store.at_once() as tx:
        page = await world.app.store.deliveries.page(tx, limit=100)
    return next((one for one in page if one.webhook_id == headers["X-Shopify-Webhook-Id"]), None)


def order_body(number: int) -> bytes:
    return json.dumps({"id": number, "admin_graphql_api_id": f"gid://shopify/Order/{number}"}).encode()


async def test_a_wrong_signature_is_refused_and_nothing_follows(world: World) -> None:
    headers = signed(b"{}", secret="somebody else's")

    assert await post(world, b"{}", headers) == (
        401,
        "The signature does not fit any secret that we know for the sender.",
    )
    assert await kept(world, headers) is None


async def test_a_body_that_was_changed_on_the_way_is_refused(world: World) -> None:
    headers = signed(order_body(1))

    assert (await post(world, order_body(2), headers))[0] == 401


@pytest.mark.parametrize("missing", ["Topic", "Hmac-Sha256", "Shop-Domain", "Webhook-Id"])
async def test_a_request_without_shopify_s_headers_is_told_which_one_is_missing(world: World, missing: str) -> None:
    headers = signed(b"{}")
    del headers[f"X-Shopify-{missing}"]

    status, sentence = await post(world, b"{}", headers)

    assert status == 400
    assert missing.lower() in sentence.lower()


async def test_a_shop_that_nobody_connected_is_refused(world: World) -> None:
    headers = signed(b"{}", Shop_Domain="nobody.myshopify.com")

    assert (await post(world, b"{}", headers))[0] == 401


async def test_what_is_no_json_is_kept_and_says_so(world: World) -> None:
    body = b"\xff\xfe<xml>"
    headers = signed(body)

    status, _ = await post(world, body, headers)

    found = await kept(world, headers)
    assert (status, found is not None) == (200, True)
    assert found is not None
    assert "not readable" in found.verdict


async def test_six_mebibytes_are_refused(world: World) -> None:
    body = b" " * (6 * 1024 * 1024)

    status, sentence = await post(world, body, signed(body))

    assert (status, sentence) == (413, "A webhook may have up to 5 MiB.")


async def test_a_topic_that_nobody_asked_for_is_kept_and_nothing_depends_on_it(world: World) -> None:
    headers = signed(b'{"id": 7}', Topic="themes/publish")

    status, _ = await post(world, b'{"id": 7}', headers)

    found = await kept(world, headers)
    assert (status, await world.outstanding()) == (200, 0)
    assert found is not None
    assert found.verdict == "Messages about themes/publish are kept, but nothing depends on them."


async def test_an_order_that_shopify_no_longer_has_is_excluded_with_a_reason(world: World) -> None:
    body = order_body(404_404)

    status, _ = await post(world, body, signed(body))
    await world.at_rest()

    async with world.app.store.at_once() as tx:
        row = await world.app.store.outcomes.get(tx, world.connection_id, "gid://shopify/Order/404404")
    assert status == 200
    assert row is not None
    assert row.reason is not None
    assert (row.verdict.value, row.reason.code) == ("excluded", "order_gone")
    assert row.reason.text.startswith("Shopify does not show this order")


async def test_the_same_webhook_twice_is_one_delivery(world: World) -> None:
    body = order_body(505_505)
    headers = signed(body)

    answers = [await post(world, body, headers) for _ in range(2)]
    await world.at_rest()

    found = await kept(world, headers)
    assert answers == [(200, "Accepted."), (200, "Accepted before.")]
    assert found is not None
    assert found.repeats == 1
    async with world.app.store.at_once() as tx:
        state = await world.app.store.subjects.state(
            tx, Subject(world.connection_id, "order", "gid://shopify/Order/505505")
        )
    assert state is not None
    assert state.knocked == 1
