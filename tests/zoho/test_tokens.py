"""One token for everybody: when it is renewed, and that it is renewed once."""

from __future__ import annotations

import asyncio
import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from tests.zoho.builders import NOW, Reply, Script, Shelf, a_connection, a_token

from ml_connector.domain.trouble import Remedy, Wrote
from ml_connector.net import AnswerLost, HttpResponse, NotSent
from ml_connector.zoho import errors, oauth_errors
from ml_connector.zoho.errors import ZohoTrouble
from ml_connector.zoho.token_source import TokenSource
from ml_connector.zoho.tokens import RENEWALS, needs_refresh, renewal_wait_s


def _granted(access: str = "1000.new", **changes: Any) -> HttpResponse:
    body = {"access_token": access, "api_domain": "https://www.zohoapis.eu", "expires_in": 3600, **changes}
    return HttpResponse(200, {}, json.dumps(body).encode())


def _source(shelf: Shelf, *replies: Reply, **changes: Any) -> tuple[TokenSource, Script]:
    script = Script(*replies)
    return TokenSource(a_connection(**changes), send=script, store=shelf, clock=lambda: NOW), script


@pytest.mark.parametrize(
    ("age", "wanted"),
    [(timedelta(0), False), (timedelta(minutes=54, seconds=59), False), (timedelta(minutes=55), True)],
)
def test_a_token_is_renewed_after_fifty_five_minutes(age: timedelta, wanted: bool):
    token = a_token(expires_at=NOW + timedelta(hours=1))

    assert needs_refresh(token, NOW + age) is wanted


def test_a_moment_without_a_timezone_is_a_bug():
    with pytest.raises(ValueError, match="timezone"):
        needs_refresh(a_token(), datetime(2026, 11, 20))  # noqa: DTZ001


def test_a_token_may_be_asked_for_until_the_window_is_full():
    attempts = [NOW - timedelta(seconds=10 * n) for n in range(RENEWALS)]

    assert renewal_wait_s(attempts[1:], NOW) == 0
    # the oldest of eight was 70 s ago, so the window opens in 530 s
    assert renewal_wait_s(attempts, NOW) == 530
    assert renewal_wait_s(attempts, NOW + timedelta(seconds=530)) == 0


async def test_a_good_token_is_given_without_asking_anybody():
    source, script = _source(Shelf(a_token("1000.stored")))

    assert [(await source.token()).access for _ in range(3)] == ["1000.stored"] * 3
    assert script.sent == []


async def test_sixteen_jobs_that_need_a_token_in_three_processes_renew_it_once():
    shelf = Shelf()
    script = Script(_granted())
    processes = [TokenSource(a_connection(), send=script, store=shelf, clock=lambda: NOW) for _ in range(3)]

    tokens = await asyncio.gather(*(processes[n % 3].token() for n in range(16)))

    assert {token.access for token in tokens} == {"1000.new"}
    assert len(script.sent) == len(shelf.attempts) == 1


async def test_sixteen_jobs_whose_token_was_refused_renew_it_once():
    old = a_token("1000.old")
    shelf = Shelf(old)
    script = Script(_granted())
    processes = [TokenSource(a_connection(), send=script, store=shelf, clock=lambda: NOW) for _ in range(3)]

    tokens = await asyncio.gather(*(processes[n % 3].renewed(old) for n in range(16)))

    assert {token.access for token in tokens} == {"1000.new"}
    assert len(script.sent) == 1


async def test_an_old_token_is_renewed_and_shared():
    shelf = Shelf(a_token("1000.old", expires_at=NOW + timedelta(minutes=4)))
    source, script = _source(shelf, _granted())

    token = await source.token()

    assert token.access == "1000.new"
    assert shelf.token == token
    assert script.urls == ["https://accounts.zoho.eu/oauth/v2/token"]


async def test_an_attempt_counts_before_it_is_made():
    shelf = Shelf()
    source, _ = _source(shelf, AnswerLost("time-out"))

    with pytest.raises(oauth_errors.TokenAnswerUnreadable):
        await source.token()

    assert shelf.attempts == [NOW]


async def test_zoho_s_allowance_is_never_used_up():
    shelf = Shelf(attempts=[NOW - timedelta(seconds=60)] * RENEWALS)
    source, script = _source(shelf)

    with pytest.raises(oauth_errors.TokenThrottled) as raised:
        await source.token()

    assert script.sent == []
    assert (raised.value.retry_after_s, raised.value.remedy) == (540, Remedy.LATER)


@pytest.mark.parametrize(
    ("failure", "kind"),
    [(NotSent("no name"), errors.NotSent), (AnswerLost("time-out"), oauth_errors.TokenAnswerUnreadable)],
)
async def test_an_accounts_server_that_does_not_answer_is_asked_later(failure: Exception, kind: type[ZohoTrouble]):
    source, _ = _source(Shelf(), failure)

    with pytest.raises(kind) as raised:
        await source.token()

    assert raised.value.__cause__ is failure
    assert (raised.value.remedy, raised.value.wrote) == (Remedy.LATER, Wrote.NO)


async def test_a_dead_connection_is_told_apart_from_a_busy_one():
    source, _ = _source(Shelf(), HttpResponse(200, {}, b'{"error": "invalid_code"}'))

    with pytest.raises(errors.ConnectionRevoked):
        await source.token()


async def test_a_sandbox_has_addresses_of_its_own():
    source, script = _source(
        Shelf(), _granted(), accounts_endpoint="http://127.0.0.1:9/accounts/", api_endpoint="http://127.0.0.1:9"
    )

    token = await source.token()

    assert script.urls == ["http://127.0.0.1:9/accounts/oauth/v2/token"]
    assert token.api_domain == "http://127.0.0.1:9"
