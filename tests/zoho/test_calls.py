"""One call: its permit, its token, what a missing answer means, and what never happens twice."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from tests.zoho.builders import (
    INVOICE_KEY,
    Reply,
    a_read,
    a_token,
    a_write,
    answer,
    refusal,
)
from tests.zoho.desk import ORGANISATIONS, UNAUTHORISED, Desk

from ml_connector.domain.trouble import Remedy, Wrote
from ml_connector.net import AnswerLost, HttpRequest, HttpResponse, NotSent
from ml_connector.zoho import errors
from ml_connector.zoho.errors import ZohoTrouble
from ml_connector.zoho.limits import Allowance
from ml_connector.zoho.permits import Permit


async def test_a_call_takes_a_permit_carries_the_token_and_is_recorded():
    desk = Desk(answer(201, {"invoice": {}}, x_rate_limit_remaining="7"))

    got = await desk.client.in_lane("backfill").call(a_write())

    assert got.created
    assert desk.permits.taken == [("backfill", True)]
    assert desk.script.sent[0].headers["Authorization"] == "Zoho-oauthtoken 1000.first"
    assert desk.permits.over[0][1] == Allowance(None, 7, None)
    assert (desk.exchanges[0].status, desk.exchanges[0].trouble) == (201, None)
    assert desk.exchanges[0].connection == "acme"


async def test_no_token_is_ever_recorded():
    desk = Desk(answer())

    await desk.client.call(a_read())

    assert "1000.first" not in repr(desk.exchanges)


async def test_a_request_that_may_not_leave_any_more_does_not_leave():
    desk = Desk(moments=(10.0,))

    with pytest.raises(errors.PermitExpired) as raised:
        await desk.client.call(a_write())

    assert desk.script.sent == []
    assert (raised.value.wrote, raised.value.remedy, raised.value.key) == (Wrote.NO, Remedy.LATER, INVOICE_KEY)
    assert len(desk.permits.over) == 1


async def test_waiting_ends_when_somebody_else_may_take_the_operation_up():
    desk = Desk(answer(), moments=(9.5,))

    await desk.client.call(a_write())

    # the permit answers before 40, and 9.5 have passed
    assert desk.script.timeouts == [30.5]


async def test_a_permit_that_was_taken_with_the_intent_is_used():
    desk = Desk(answer())

    await desk.client.call(a_write(), permit=Permit(1, 2, id="step b"))

    assert desk.permits.taken == []
    assert [permit.id for permit, _, _ in desk.permits.over] == ["step b"]


@pytest.mark.parametrize(
    ("failure", "of_write", "of_read"),
    [
        (NotSent("no name"), errors.NotSent, errors.NotSent),
        (AnswerLost("time-out"), errors.AnswerLost, errors.ReadLost),
    ],
)
async def test_an_answer_that_is_missing_is_doubt_only_where_something_was_written(
    failure: Exception, of_write: type[ZohoTrouble], of_read: type[ZohoTrouble]
):
    with pytest.raises(ZohoTrouble) as write:
        await Desk(failure).client.call(a_write())
    with pytest.raises(ZohoTrouble) as read:
        await Desk(failure).client.call(a_read())

    assert type(write.value) is of_write
    assert type(read.value) is of_read
    assert write.value.key == INVOICE_KEY
    assert write.value.__cause__ is failure
    assert read.value.wrote is Wrote.NO


async def test_a_lost_answer_is_sent_once_and_recorded_without_one():
    desk = Desk(AnswerLost("time-out"))

    with pytest.raises(errors.AnswerLost):
        await desk.client.call(a_write())

    assert len(desk.script.sent) == 1
    assert (desk.exchanges[0].status, type(desk.exchanges[0].trouble)) == (None, errors.AnswerLost)


@pytest.mark.parametrize("request_", [a_read(), a_write()])
async def test_a_refused_token_is_renewed_once_and_the_request_sent_once_more(request_: Any):
    desk = Desk(UNAUTHORISED, answer())

    await desk.client.call(request_)

    tokens = [sent.headers["Authorization"] for sent in desk.script.sent]
    assert tokens == ["Zoho-oauthtoken 1000.first", "Zoho-oauthtoken 1000.second"]
    assert desk.tokens.refused == [a_token()]
    assert len(desk.permits.taken) == len(desk.permits.over) == 2


async def test_the_second_sending_of_a_write_keeps_the_first_one_s_deadline():
    desk = Desk(UNAUTHORISED, moments=(0.0, 1.5))

    with pytest.raises(errors.PermitExpired):
        await desk.client.call(a_write(), permit=Permit(1, 2))

    assert len(desk.script.sent) == 1


DIAGNOSES = [
    (answer(200, ORGANISATIONS), errors.PermissionMissing),
    (answer(200, {"organizations": [{"organization_id": "1"}]}), errors.WrongOrganisation),
    (answer(200, {"organizations": []}), errors.NoOrganisation),
    (UNAUTHORISED, errors.ConnectionRevoked),
    (refusal(1000, "Internal error", 500), errors.Unauthorised),
    (AnswerLost("time-out"), errors.Unauthorised),
]


@pytest.mark.parametrize(("diagnosis", "kind"), DIAGNOSES)
async def test_a_second_refusal_is_explained_by_the_list_of_organisations(diagnosis: Reply, kind: type[ZohoTrouble]):
    desk = Desk(UNAUTHORISED, UNAUTHORISED, diagnosis)

    with pytest.raises(ZohoTrouble) as raised:
        await desk.client.call(a_read())

    assert type(raised.value) is kind
    assert raised.value.remedy is Remedy.CONNECTION
    assert desk.asked == ["/invoices/800", "/invoices/800", "/organizations"]


async def test_a_good_token_is_not_renewed_for_another_missing_permission():
    desk = Desk(UNAUTHORISED, UNAUTHORISED, answer(200, ORGANISATIONS), UNAUTHORISED, answer(200, ORGANISATIONS))
    desk.tokens.tokens[0] = desk.tokens.tokens[1]  # the second is in use from then on

    for _ in range(2):
        with pytest.raises(errors.PermissionMissing):
            await desk.client.call(a_read())

    assert len(desk.tokens.refused) == 1


async def test_a_good_token_that_died_since_is_renewed():
    desk = Desk(UNAUTHORISED, UNAUTHORISED, answer(200, ORGANISATIONS), UNAUTHORISED, UNAUTHORISED, answer())
    desk.tokens.tokens[0] = desk.tokens.tokens[1]
    with pytest.raises(errors.PermissionMissing):
        await desk.client.call(a_read())
    desk.tokens.tokens.append(a_token("1000.third"))

    await desk.client.call(a_read())

    assert len(desk.tokens.refused) == 2


async def test_a_token_that_cannot_even_list_organisations_is_dead():
    desk = Desk(UNAUTHORISED, UNAUTHORISED)

    with pytest.raises(errors.ConnectionRevoked):
        await desk.client.organisations()


async def test_a_refusal_for_volume_is_told_to_who_gives_permits():
    desk = Desk(HttpResponse(429, {}, b'{"code": 44, "message": "slow"}'))

    with pytest.raises(errors.MinuteLimit) as raised:
        await desk.client.call(a_read())

    assert desk.permits.over[0][2] is raised.value
    assert len(desk.script.sent) == 1


async def test_a_call_that_is_cancelled_gives_its_permit_back():
    entered = asyncio.Event()

    async def never(_: HttpRequest, *, timeout_s: float) -> HttpResponse:
        entered.set()
        await asyncio.Event().wait()
        raise AssertionError

    desk = Desk()
    desk.caller._send = never
    running = asyncio.create_task(desk.client.call(a_read()))
    await entered.wait()

    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running

    assert len(desk.permits.over) == 1


async def test_a_sandbox_is_reached_at_its_own_address():
    desk = Desk(answer(), api_endpoint="http://127.0.0.1:9")

    await desk.client.call(a_read())

    assert desk.script.urls == ["http://127.0.0.1:9/books/v3/invoices/800?organization_id=60041112223"]
