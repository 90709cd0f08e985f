"""`POST /webhooks/shopify`, attacked over loopback."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import aiohttp
import pytest
from tests.web.conftest import BODY, NOW, SECRET, SHOP, Site, a_site, shopify_headers, signature

from ml_connector.store.subjects import Knock, Lane, Subject
from ml_connector.web.app import Dependencies, IntakeNeeds, create_app
from ml_connector.web.intake.body import LIMIT
from ml_connector.web.intake.ports import Signer
from ml_connector.web.serving import Server


async def test_a_signed_delivery_is_kept_byte_for_byte_before_200(site: Site) -> None:
    body = b'{"id" : 42,\n "note":"caf\xc3\xa9"}'

    status, _, text = await site.post(body)

    [kept] = site.inbox.kept.values()
    assert (status, text) == (200, '{"message":"Accepted."}')
    assert (kept.body, kept.topic, kept.shop, kept.webhook_id) == (body, "orders/create", SHOP, "w-1")
    assert (kept.connection_id, kept.received_at) == (1, NOW)
    assert kept.knocks == (Knock(Subject(1, "order", "gid://shopify/Order/42"), Lane.LIVE),)
    assert kept.triggered_at == datetime(2026, 3, 30, 14, 30, 0, 123456, tzinfo=UTC)
    assert kept.headers["x-shopify-event-id"] == "e-1"


async def test_the_answer_waits_for_the_commit(site: Site) -> None:
    site.inbox.open.clear()

    delivering = asyncio.create_task(site.post())
    done, _ = await asyncio.wait({delivering}, timeout=0.1)
    site.inbox.open.set()

    assert not done
    assert (await delivering)[0] == 200


async def test_ten_at_once_of_one_delivery_are_one_and_nine_repeats(site: Site) -> None:
    answers = await asyncio.gather(*(site.post() for _ in range(10)))

    assert [status for status, _, _ in answers] == [200] * 10
    assert (len(site.inbox.kept), site.inbox.repeats) == (1, 9)


async def test_many_deliveries_share_few_commits(site: Site) -> None:
    site.inbox.open.clear()

    delivering = [
        asyncio.create_task(site.post(headers=shopify_headers(webhook_id=f"w-{number}"))) for number in range(50)
    ]
    await asyncio.wait(delivering, timeout=0.3)
    site.inbox.open.set()
    answers = await asyncio.gather(*delivering)

    assert {status for status, _, _ in answers} == {200}
    assert sum(site.inbox.commits) == 50
    assert len(site.inbox.commits) <= 10


@pytest.mark.parametrize("spelling", [str, str.lower, str.upper, lambda name: name.removeprefix("X-").lower()])
async def test_header_names_come_in_any_case_with_or_without_x(site: Site, spelling: object) -> None:
    assert callable(spelling)
    headers = {spelling(name): value for name, value in shopify_headers().items()}

    status, _, _ = await site.post(headers=headers)

    assert status == 200


@pytest.mark.parametrize("name", ["topic", "hmac-sha256", "shop-domain", "webhook-id"])
async def test_a_missing_header_is_400_and_named(site: Site, name: str) -> None:
    status, _, text = await site.post(headers=shopify_headers(**{name: ""}))

    assert status == 400
    assert name in text.lower()
    assert site.inbox.kept == {}


@pytest.mark.parametrize(
    ("what", "headers"),
    [
        ("another secret", shopify_headers(secret="guessed")),
        ("another body", shopify_headers(b"{}")),
        ("no base64", shopify_headers(hmac_sha256="not base64 at all")),
        ("hexadecimal", shopify_headers(hmac_sha256="00" * 32)),
        ("an unknown shop", shopify_headers(shop_domain="other.myshopify.com")),
        ("a shop that is no shop", shopify_headers(shop_domain="acme.myshopify.com.evil.example")),
        ("an empty secret", shopify_headers(hmac_sha256=signature(BODY, ""))),
    ],
)
async def test_what_no_secret_signs_is_401(site: Site, what: str, headers: dict[str, str]) -> None:
    status, _, text = await site.post(headers=headers)

    assert (what, status) == (what, 401)
    assert "secret" in text
    assert site.inbox.kept == {}


async def test_an_older_secret_still_signs(site: Site) -> None:
    status, _, _ = await site.post(headers=shopify_headers(secret="older"))

    assert status == 200


async def test_header_values_beyond_ascii_do_no_harm(site: Site) -> None:
    unsigned = await site.post(headers=shopify_headers(hmac_sha256="sígnéd"))
    signed = await site.post(headers=shopify_headers(topic="orders/créé", name="naïve ☃"))

    assert (unsigned[0], signed[0]) == (401, 200)


@pytest.mark.parametrize(
    ("topic", "body"),
    [
        ("orders/create", b"not json"),
        ("orders/create", b"[]"),
        ("orders/create", b""),
        ("unheard/of", b"{}"),
        ("orders/create", b"[" * 100_000),
        ("orders/create", b"\xff\xfe\x00"),
    ],
)
async def test_what_we_cannot_use_is_kept_with_a_verdict(site: Site, topic: str, body: bytes) -> None:
    status, _, _ = await site.post(body, shopify_headers(body, topic=topic))

    [kept] = site.inbox.kept.values()
    assert status == 200
    assert (kept.body, kept.subject, kept.knocks) == (body, None, ())
    assert kept.verdict


async def test_five_mebibytes_are_accepted_and_one_byte_more_is_not(site: Site) -> None:
    largest, too_large = b"x" * LIMIT, b"x" * (LIMIT + 1)

    accepted = await site.post(largest, shopify_headers(largest))
    refused = await site.post(too_large, shopify_headers(too_large, webhook_id="w-2"))

    assert (accepted[0], refused[0]) == (200, 413)
    assert "5 MiB" in refused[2]


async def test_size_is_judged_before_headers_and_signature(site: Site) -> None:
    status, _, _ = await site.post(b"x" * (6 * 1024 * 1024), {})

    assert status == 413


async def test_a_chunked_body_without_length_is_cut_off_at_five_mebibytes(site: Site) -> None:
    sent = 0

    async def chunks() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(6 * 16):
            sent += 65_536
            yield b"x" * 65_536

    async with site.client.post(f"{site.url}/webhooks/shopify", data=chunks(), headers=shopify_headers()) as answer:
        status = answer.status

    assert status == 413
    assert site.inbox.kept == {}


async def test_a_chunked_body_of_the_usual_size_is_accepted(site: Site) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        yield BODY[:10]
        yield BODY[10:]

    async with site.client.post(f"{site.url}/webhooks/shopify", data=chunks(), headers=shopify_headers()) as answer:
        assert answer.status == 200
    assert [kept.body for kept in site.inbox.kept.values()] == [BODY]


async def test_a_declared_length_over_the_limit_is_refused_before_the_body_is_sent(site: Site) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", site.port)
    writer.write(b"POST /webhooks/shopify HTTP/1.1\r\nHost: x\r\nContent-Length: 6000000\r\n\r\n")

    async with asyncio.timeout(5):
        first = await reader.readline()
    writer.close()
    await writer.wait_closed()

    assert b"413" in first


async def test_a_body_that_dribbles_is_given_up_and_others_are_served(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ml_connector.web.intake.body.READ_S", 0.3)
    reader, writer = await asyncio.open_connection("127.0.0.1", site.port)
    writer.write(b"POST /webhooks/shopify HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")

    served = await site.post()
    async with asyncio.timeout(5):
        said = await reader.read()
    writer.close()
    await writer.wait_closed()

    assert served[0] == 200
    assert b" 408 " in said.split(b"\r\n")[0]
    assert b"connection: close" in said.lower()


async def test_bodies_under_way_have_a_bound_in_memory(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    holding = b"POST /webhooks/shopify HTTP/1.1\r\nHost: x\r\nContent-Length: 5000000\r\n\r\n"
    connections = [await asyncio.open_connection("127.0.0.1", site.port) for _ in range(60)]
    for _, writer in connections:
        writer.write(holding)
        await writer.drain()

    large = b"x" * 5_000_000
    async with asyncio.timeout(10):
        while (answer := await site.post(large, shopify_headers(large)))[0] == 200:
            site.inbox.kept.clear()
    for _, writer in connections:
        writer.close()
        await writer.wait_closed()

    assert answer[0] == 503
    assert answer[1]["Retry-After"]


async def test_a_sender_that_hangs_up_leaves_nothing(site: Site) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", site.port)
    writer.write(b"POST /webhooks/shopify HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
    await writer.drain()
    writer.close()
    await writer.wait_closed()

    status, _, _ = await site.post()

    assert status == 200
    assert len(site.inbox.kept) == 1


async def test_without_the_database_it_is_503_with_a_time_and_then_works_again(site: Site) -> None:
    site.inbox.away = True
    away = await site.post()
    site.inbox.away = False
    back = await site.post()

    assert (away[0], back[0]) == (503, 200)
    assert int(away[1]["Retry-After"]) > 0
    assert "again" in away[2]


async def test_when_nobody_can_say_who_signs_it_is_503_not_401(site: Site) -> None:
    site.shopify_signers.away = True
    away = await site.post()
    site.shopify_signers.away = False
    back = await site.post()

    assert (away[0], back[0]) == (503, 200)


async def test_secrets_are_looked_up_once_not_for_every_request(site: Site) -> None:
    await asyncio.gather(*(site.post(headers=shopify_headers(webhook_id=f"w-{number}")) for number in range(20)))
    await site.post(headers=shopify_headers(webhook_id="last"))

    assert site.shopify_signers.asked == [SHOP]


async def test_one_delivery_that_cannot_be_stored_harms_no_other(site: Site) -> None:
    site.inbox.open.clear()
    poison = site.inbox.poison

    harmless = [
        asyncio.create_task(site.post(headers=shopify_headers(webhook_id=f"w-{number}"))) for number in range(5)
    ]
    poisonous = asyncio.create_task(site.post(poison, shopify_headers(poison, webhook_id="poison")))
    await asyncio.wait([*harmless, poisonous], timeout=0.2)
    site.inbox.open.set()

    assert {(await one)[0] for one in harmless} == {200}
    assert (await poisonous)[0] == 503


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
async def test_other_methods_are_405(site: Site, method: str) -> None:
    async with site.client.request(method, f"{site.url}/webhooks/shopify") as answer:
        assert (answer.status, answer.headers["Allow"]) == (405, "POST")


async def test_a_delivery_under_way_at_a_stop_still_gets_its_answer() -> None:
    site = a_site()
    site.inbox.open.clear()
    needs = Dependencies(role="web", intake=IntakeNeeds(site.inbox, site.shopify_signers, site.zoho_signers))
    server = Server(create_app(needs), "127.0.0.1", 0)
    running = asyncio.create_task(server.run())
    await server.listening()
    site.port = server.port

    async with aiohttp.ClientSession() as site.client:
        delivering = asyncio.create_task(site.post())
        await asyncio.wait({delivering}, timeout=0.2)
        server.stop()
        site.inbox.open.set()
        status, _, _ = await delivering

    await running
    assert status == 200
    assert len(site.inbox.kept) == 1


async def test_the_app_s_own_secret_signs_for_shops_that_nobody_connected(site: Site) -> None:
    site.shopify_signers.by_name["other.myshopify.com"] = (Signer(None, "app"),)

    status, _, _ = await site.post(headers=shopify_headers(shop_domain="Other.MyShopify.com", secret="app"))

    [kept] = site.inbox.kept.values()
    assert (status, kept.connection_id, kept.shop) == (200, None, "other.myshopify.com")


async def test_one_app_s_delivery_for_two_organisations_knocks_in_both(site: Site) -> None:
    site.shopify_signers.by_name[SHOP] = (Signer(2, SECRET), Signer(5, SECRET), Signer(6, "another"))

    await site.post()

    [kept] = site.inbox.kept.values()
    assert [knock.subject.connection_id for knock in kept.knocks] == [2, 5]


@pytest.mark.parametrize(
    ("topic", "body", "subject", "lane"),
    [
        ("refunds/create", b'{"order_id": 42}', Subject(1, "order", "gid://shopify/Order/42"), Lane.REFUNDS),
        ("customers/update", b'{"id": 7}', Subject(1, "customer", "gid://shopify/Customer/7"), Lane.REREADING),
        ("app/uninstalled", b"{}", Subject(1, "uninstalled", SHOP), Lane.LIVE),
        ("shop/redact", b"", Subject(1, "shop_redact", SHOP), Lane.LIVE),
        ("customers/redact", b"{}", Subject(1, "customer_redact", "w-1"), Lane.LIVE),
    ],
)
async def test_each_kind_knocks_in_its_lane(site: Site, topic: str, body: bytes, subject: Subject, lane: Lane) -> None:
    await site.post(body, shopify_headers(body, topic=topic))

    [kept] = site.inbox.kept.values()
    assert kept.knocks == (Knock(subject, lane),)
