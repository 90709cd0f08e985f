"""One question on its way: lost, throttled, refused, renewed, recorded."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from tests.shopify.builders import (
    Clock,
    Questions,
    an_answer,
    cost,
    raw,
)
from tests.shopify.clients import a_client, all_orders, order_gid

from ml_connector.net import AnswerLost, HttpRequest, HttpResponse, NotSent
from ml_connector.shopify import errors
from ml_connector.shopify.exchange import Exchange
from ml_connector.shopify.ids import gid


class Failing:
    """A `Send` that raises what it is given, then answers."""

    def __init__(self, *failures: Exception | HttpResponse) -> None:
        self.failures = list(failures)
        self.requests: list[HttpRequest] = []

    async def __call__(self, request: HttpRequest, *, timeout_s: float) -> HttpResponse:
        self.requests.append(request)
        failure = self.failures.pop(0)
        if isinstance(failure, Exception):
            raise failure
        return failure


async def test_a_request_that_did_not_leave_is_unreachable_and_keeps_its_cause() -> None:
    cause = NotSent("no route")

    with pytest.raises(errors.Unreachable) as caught:
        await a_client(Failing(cause)).scopes()

    assert caught.value.__cause__ is cause


async def test_a_lost_answer_to_a_question_may_be_asked_again() -> None:
    with pytest.raises(errors.NoAnswer):
        await a_client(Failing(AnswerLost("reset"))).scopes()


async def test_a_lost_answer_to_a_change_is_in_doubt() -> None:
    with pytest.raises(errors.WriteInDoubt):
        await a_client(Failing(AnswerLost("reset"))).customer_update(gid("Customer", 1), {"firstName": "Ann"})


THROTTLED = {"message": "Throttled", "extensions": {"code": "THROTTLED"}}


async def test_a_short_throttling_is_waited_for() -> None:
    clock = Clock()
    refused = an_answer(errors=[THROTTLED], extensions={"cost": cost(94, available=0, actualQueryCost=None)})
    installed = an_answer({"currentAppInstallation": {"id": "1", "accessScopes": [{"handle": "read_orders"}]}})

    scopes = await a_client(Failing(refused, installed), clock).scopes()

    assert scopes == {"read_orders"}
    assert clock.slept[0] == pytest.approx(1.0)


async def test_an_endless_throttling_is_told_with_its_wait() -> None:
    refused = an_answer(errors=[THROTTLED], extensions={"cost": cost(1000, available=0)})

    with pytest.raises(errors.Throttled) as caught:
        await a_client(Failing(*[refused] * 4)).scopes()

    assert caught.value.retry_after_s == pytest.approx(10.0)


class Renewing:
    """A token provider with one renewal in hand."""

    def __init__(self) -> None:
        self.current = "old"
        self.refused: list[str] = []

    async def token(self, *, refused: str | None = None) -> str:
        if refused is not None:
            self.refused.append(refused)
            self.current = "new"
        return self.current


UNAUTHORISED = raw('{"errors":"[API] Invalid API key or access token"}', 401)
INSTALLED = an_answer({"currentAppInstallation": {"id": "1", "accessScopes": []}})


async def test_a_refused_token_is_renewed_once() -> None:
    tokens = Renewing()
    send = Failing(UNAUTHORISED, INSTALLED)

    await a_client(send, tokens=tokens).scopes()

    assert tokens.refused == ["old"]
    assert [request.headers["X-Shopify-Access-Token"] for request in send.requests] == ["old", "new"]


async def test_a_token_refused_twice_stops_the_connection() -> None:
    with pytest.raises(errors.TokenRefused):
        await a_client(Failing(UNAUTHORISED, UNAUTHORISED), tokens=Renewing()).scopes()


async def test_a_token_that_cannot_be_renewed_stops_the_connection() -> None:
    with pytest.raises(errors.TokenRefused):
        await a_client(Failing(UNAUTHORISED)).scopes()


async def test_every_exchange_is_recorded_without_its_token() -> None:
    seen: list[Exchange] = []
    client = a_client(Questions(OrdersByIds=all_orders), record=seen.append)

    await client.order(order_gid(42))

    (exchange,) = seen
    assert (exchange.method, exchange.path) == ("POST", "/admin/api/2026-04/graphql.json")
    assert (exchange.operation, exchange.status, exchange.took_s) == ("OrdersByIds", 200, 0.1)
    assert exchange.subjects == (order_gid(42),)
    assert b"shpat_1" not in exchange.request + exchange.answer


async def test_an_exchange_without_answer_is_recorded_too() -> None:
    seen: list[Exchange] = []

    with pytest.raises(errors.NoAnswer):
        await a_client(Failing(AnswerLost("reset by peer")), record=seen.append).scopes()

    assert seen[0].status is None
    assert seen[0].failure == "reset by peer"


async def test_shopifys_clock_is_known_after_an_answer() -> None:
    answer = raw(INSTALLED.body, date="Mon, 23 Nov 2026 10:00:00 GMT")
    client = a_client(Failing(answer))

    await client.scopes()

    assert client.server_time == datetime(2026, 11, 23, 10, tzinfo=UTC)


@pytest.mark.parametrize("date", ["", "yesterday"])
async def test_a_date_that_cannot_be_read_changes_nothing(date: str) -> None:
    client = a_client(Failing(raw(INSTALLED.body, date=date)))

    await client.scopes()

    assert client.server_time is None


async def test_the_endpoint_may_be_elsewhere() -> None:
    send = Failing(INSTALLED)

    await a_client(send, endpoint="http://127.0.0.1:9/", api_version="2026-07").scopes()

    assert send.requests[0].url == "http://127.0.0.1:9/admin/api/2026-07/graphql.json"


async def test_a_version_that_is_gone_is_a_warning() -> None:
    client = a_client(Failing(raw(INSTALLED.body, x_shopify_api_version="2027-01")))

    await client.scopes()

    assert client.warnings == ("Shopify no longer serves API version 2026-04 and answered with 2027-01.",)
