"""The client against scripted answers: what is asked, what is believed, and what never happens twice."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from tests.zoho import reference
from tests.zoho.builders import (
    FIELD,
    INVOICE_KEY,
    NOW,
    Permits,
    Reply,
    Script,
    Tokens,
    a_connection,
    a_read,
    a_token,
    a_write,
    answer,
    refusal,
)

from ml_connector.domain.books import Edition, ZohoCurrency
from ml_connector.domain.trouble import Remedy, Wrote
from ml_connector.net import AnswerLost, HttpRequest, HttpResponse, NotSent
from ml_connector.zoho import errors
from ml_connector.zoho.caller import Caller
from ml_connector.zoho.client import Settled, ZohoClient
from ml_connector.zoho.errors import ZohoTrouble
from ml_connector.zoho.exchange import Exchange
from ml_connector.zoho.limits import Allowance
from ml_connector.zoho.permits import Permit
from ml_connector.zoho.told import CONTACT, INVOICE, PAYMENT

UNAUTHORISED = refusal(57, "You are not authorized to perform this operation", 401)
ORGANISATIONS = {"organizations": [{"organization_id": "60041112223", "name": "Acme", "version": "uk"}]}
ORGANISATIONS_IN_PST = {"organizations": [{**ORGANISATIONS["organizations"][0], "time_zone": "PST"}]}


class Desk:
    """A client with everything around it in sight."""

    def __init__(self, *replies: Reply, moments: tuple[float, ...] = (), **connection: Any) -> None:
        self.script = Script(*replies)
        self._moments = list(moments)
        self.permits = Permits()
        self.tokens = Tokens()
        self.exchanges: list[Exchange] = []
        self.caller = Caller(
            a_connection(**connection),
            send=self.script,
            tokens=self.tokens,
            permits=self.permits,
            clock=lambda: NOW,
            monotonic=self._monotonic,
            record=self.exchanges.append,
        )
        self.client = ZohoClient(self.caller)

    def _monotonic(self) -> float:
        return self._moments.pop(0) if self._moments else 0.0

    @property
    def asked(self) -> list[str]:
        """What was asked, without host and organisation."""
        start = "https://www.zohoapis.eu/books/v3"
        return [
            url.removeprefix(start)
            .replace("organization_id=60041112223&", "")
            .removesuffix("?organization_id=60041112223")
            for url in self.script.urls
        ]


def _rows(
    name: str, *rows: dict[str, Any], searched: tuple[str, str] | None = None, more: bool = False
) -> HttpResponse:
    context: dict[str, Any] = {"has_more_page": more}
    if searched is not None:
        context["search_criteria"] = [{"column_name": searched[0], "search_text": searched[1], "comparator": "equal"}]
    return answer(200, {name: list(rows), "page_context": context})


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


async def test_the_organisation_is_read_from_list_and_detail():
    detail = {"organization": {"organization_id": "60041112223", "time_zone": "PST", "tax_settings": {}}}
    desk = Desk(answer(200, ORGANISATIONS), answer(200, detail))

    organisation = await desk.client.organisation()

    assert (organisation.edition, organisation.zone) == (Edition.UK, "America/Los_Angeles")
    assert desk.asked == ["/organizations", "/organizations/60041112223"]


@pytest.mark.parametrize(
    ("rows", "kind"), [([], errors.NoOrganisation), ([{"organization_id": "1"}], errors.WrongOrganisation)]
)
async def test_an_organisation_that_is_not_ours_is_said(rows: list[dict[str, Any]], kind: type[ZohoTrouble]):
    with pytest.raises(kind):
        await Desk(answer(200, {"organizations": rows})).client.organisation()


async def test_an_organisation_whose_day_cannot_be_known_is_refused():
    rows = [{"organization_id": "60041112223", "time_zone": "Mars/Olympus"}]

    with pytest.raises(errors.UnknownTimeZone, match="Mars/Olympus"):
        await Desk(answer(200, {"organizations": rows}), answer()).client.organisation()


async def test_organisations_can_be_listed_before_one_is_chosen():
    desk = Desk(answer(200, ORGANISATIONS), organization_id="")

    assert [each.name for each in await desk.client.organisations()] == ["Acme"]


async def test_a_group_is_asked_for_its_components():
    rows = reference.example("taxes")["taxes"]
    desk = Desk(answer(200, {"taxes": rows}), answer(200, reference.example("tax-group")))

    taxes = {tax.name: tax for tax in await desk.client.taxes()}

    assert [part.name for part in taxes["GST18"].components] == ["CGST9", "SGST9"]
    assert desk.asked[1] == "/settings/taxgroups/3917264000000014231"


async def test_an_edition_without_exemptions_has_none():
    assert await Desk(refusal(5, "Invalid URL Passed", 404)).client.exemptions() == ()


async def test_exemptions_accounts_and_currencies_are_read():
    exemptions = {"tax_exemptions": [{"tax_exemption_id": "1", "tax_exemption_code": "EXPORT"}]}
    desk = Desk(
        answer(200, exemptions),
        answer(200, reference.example("chartofaccounts")),
        answer(200, reference.example("bankaccounts")),
        answer(200, reference.example("currencies")),
        answer(200, reference.example("chartofaccounts")),
        answer(200, reference.example("bankaccounts")),
    )

    assert [each.code for each in await desk.client.exemptions()] == ["EXPORT"]
    assert len(await desk.client.accounts()) == 4
    assert set(await desk.client.currencies()) == {"INR", "USD", "JPY"}
    assert len(await desk.client.chart_of_accounts()) == 3
    assert len(await desk.client.bank_accounts()) == 1


async def test_custom_fields_are_asked_for_once_where_zoho_tells_all():
    desk = Desk(answer(200, reference.example("customfields")))

    fields = await desk.client.custom_fields() or ()

    assert {each.module for each in fields} == {"contact", "invoice"}


BARE = HttpResponse(404, {"content-type": "text/plain"}, b"404: Not Found")
"""What a server without Zoho's manners says of an address that it does not have."""


@pytest.mark.parametrize("absent", [BARE, refusal(5, "Invalid URL Passed", 404), HttpResponse(501, {}, b"{}")])
async def test_what_this_zoho_does_not_tell_is_unknown_and_no_failure(absent: HttpResponse):
    assert await Desk(absent, absent).client.custom_fields() is None
    assert await Desk(absent).client.exemptions() == ()
    assert await Desk(absent).client.bank_accounts() == ()
    assert (await Desk(absent, absent).client.transaction_lock()).known is False
    assert (await Desk(answer(200, ORGANISATIONS_IN_PST), absent).client.organisation()).edition is Edition.UK


async def test_what_may_pass_is_never_taken_for_absence():
    away = HttpResponse(503, {}, b"<html>Service Unavailable</html>")

    with pytest.raises(errors.ReadFailed):
        await Desk(away).client.bank_accounts()


@pytest.mark.parametrize("needed", ["currencies", "taxes", "chart_of_accounts"])
async def test_what_every_posting_needs_is_not_taken_for_empty(needed: str):
    with pytest.raises(errors.UnexpectedReadAnswer):
        await getattr(Desk(BARE).client, needed)()


async def test_custom_fields_are_asked_for_each_module_where_zoho_tells_one():
    def only(api_name: str) -> HttpResponse:
        return answer(200, {"customfields": [{"api_name": api_name}]})

    nowhere = refusal(5, "Invalid URL Passed", 404)
    desk = Desk(only("cf_a"), only("cf_b"), nowhere, nowhere, only("cf_d"), only("cf_e"))

    fields = await desk.client.custom_fields() or ()

    assert {each.module: each.api_name for each in fields} == {
        "invoice": "cf_a",
        "contact": "cf_b",
        "creditnote": "cf_d",
        "item": "cf_e",
    }


async def test_the_day_s_figures_and_the_token_in_use_are_told():
    desk = Desk(answer(200, {}, x_rate_limit_remaining="7"), answer())

    assert desk.client.allowance is None
    await desk.client.call(a_read())
    await desk.client.call(a_read())

    assert desk.client.allowance == Allowance(None, 7, None)
    assert (await desk.client.token()).api_domain == "https://www.zohoapis.eu"


async def test_the_lock_is_asked_in_a_second_place_when_the_first_does_not_say():
    lock = {"transaction_lock_status": "enabled", "transaction_lock_date": "2026-09-30"}
    desk = Desk(refusal(5, "Invalid URL Passed", 404), answer(200, {"transaction_locks": [lock]}))

    assert (await desk.client.transaction_lock()).until == date(2026, 9, 30)


async def test_a_lock_that_nobody_tells_is_not_known():
    desk = Desk(answer(), refusal(999, "No", 400))

    read = await desk.client.transaction_lock()

    assert (read.until, read.known) == (None, False)
    assert read.reason


async def test_a_lock_that_the_user_may_not_see_is_not_known():
    twice = (UNAUTHORISED, UNAUTHORISED, answer(200, ORGANISATIONS))
    desk = Desk(*twice, *twice)
    desk.tokens.tokens = [a_token(), a_token("1000.second"), a_token("1000.third")]

    assert not (await desk.client.transaction_lock()).known


async def test_the_rate_of_a_day_is_read():
    desk = Desk(answer(200, {"exchange_rates": [{"effective_date": "2026-11-01", "rate": 84.35}]}))

    rate = await desk.client.exchange_rate(ZohoCurrency("66", "USD", 2), date(2026, 11, 20))

    assert rate == Decimal("84.35")
    assert desk.asked == ["/settings/currencies/66/exchangerates?from_date=2026-11-20"]


async def test_items_are_read_page_by_page_each_once():
    first = [{"item_id": "1", "sku": "A"}, {"item_id": "2", "sku": "B"}]
    second = [{"item_id": "2", "sku": "B"}, {"item_id": "3", "sku": "C"}]
    desk = Desk(_rows("items", *first, more=True), _rows("items", *second))

    assert {sku: item.id for sku, item in (await desk.client.items()).items()} == {"A": "1", "B": "2", "C": "3"}
    assert [url.split("&page=")[1] for url in desk.asked] == ["1&per_page=200", "2&per_page=200"]


async def test_a_list_that_never_ends_is_left_when_it_repeats_itself():
    desk = Desk(*[_rows("items", {"item_id": "1", "sku": "A"}, more=True)] * 2)

    assert list(await desk.client.items()) == ["A"]


async def test_an_ignored_sku_filter_is_seen_and_proves_nothing():
    rows = ({"item_id": "1", "sku": "OTHER"}, {"item_id": "2", "sku": "LT-1"})

    ignored = await Desk(_rows("items", *rows)).client.find_item("LT-1")
    applied = await Desk(_rows("items", searched=("sku", "LT-1"))).client.find_item("LT-1")

    assert ([item.id for item in ignored.matches], ignored.searched) == (["2"], False)
    assert (applied.matches, applied.searched) == ((), True)


async def test_an_item_is_found_by_its_name_in_any_letter_case():
    desk = Desk(_rows("items", {"item_id": "1", "name": "THROW"}, {"item_id": "2", "name": "Throw 2"}))

    found = await desk.client.find_item_named("Throw")

    assert found.only is not None
    assert found.only.id == "1"


async def test_contacts_by_e_mail_are_compared_exactly_in_any_letter_case():
    rows = (
        {"contact_id": "1", "email": "ADA@mail.example", "contact_type": "customer"},
        {"contact_id": "2", "email": "not-ada@mail.example", "contact_type": "customer"},
        {"contact_id": "3", "email": "ada@mail.example", "contact_type": "vendor"},
    )
    desk = Desk(_rows("contacts", *rows, searched=("email", "ada@mail.example")))

    found = await desk.client.contacts_by_email("ada@mail.example")

    assert ([each.id for each in found.matches], found.searched) == (["1"], True)
    assert desk.asked == ["/contacts?email=ada%40mail.example"]


async def test_a_name_is_taken_by_vendors_too():
    rows = ({"contact_id": "3", "contact_name": "Ada Byron", "contact_type": "vendor"},)

    found = await Desk(_rows("contacts", *rows)).client.contacts_named("ada byron")

    assert [each.is_customer for each in found.matches] == [False]


async def test_a_contact_is_found_by_our_mark():
    key = "contact:gid://shopify/Customer/9:GBP"
    desk = Desk(_rows("contacts", {"contact_id": "1", FIELD: key}, {"contact_id": "2", FIELD: "contact:other"}))

    found = await desk.client.contact_by_mark(FIELD, key)

    assert found.only is not None
    assert found.only.id == "1"


async def test_changed_contacts_are_read_until_the_known_ones_begin():
    rows = [
        {"contact_id": "1", "last_modified_time": "2026-11-20T18:00:00+0530"},
        {"contact_id": "2", "last_modified_time": "2026-11-20T01:00:00+0530"},
    ]
    desk = Desk(_rows("contacts", *rows, more=True))

    changed = await desk.client.contacts_changed_since(datetime(2026, 11, 19, 20, 0, tzinfo=UTC))

    assert [each.id for each in changed] == ["1"]
    assert len(desk.script.sent) == 1


async def test_a_record_is_read_by_id_and_checked():
    desk = Desk(answer(200, reference.example("invoice")), answer(200, {"invoice": {"invoice_id": "other"}}))

    read = await desk.client.invoice("3917264000000205003", "invoice:1")

    assert (read.key, read.number) == ("invoice:1", "INV-000318")
    with pytest.raises(errors.UnexpectedReadAnswer):
        await desk.client.invoice("3917264000000205003")


async def test_payments_and_credit_notes_and_contacts_are_read_by_id():
    desk = Desk(
        answer(200, reference.example("customer-payment")),
        answer(200, reference.example("creditnote")),
        answer(200, reference.example("contact")),
    )

    assert (await desk.client.payment("3917264000000207001")).number == "412"
    assert (await desk.client.credit_note("3917264000000211001")).number == "CN-00027"
    assert (await desk.client.contact("3917264000000182001")).currency == "INR"


async def test_somebody_else_s_newest_invoice_is_never_taken_for_ours():
    row = {"invoice_id": "1", "reference_number": "#9999", FIELD: "invoice:other"}

    by_mark = await Desk(_rows("invoices", row)).client.find_by_mark(INVOICE, FIELD, INVOICE_KEY)
    by_reference = await Desk(_rows("invoices", row)).client.find_invoices("#1001")

    assert (by_mark.matches, by_mark.searched) == ((), False)
    assert (by_reference.matches, by_reference.searched) == ((), False)


async def test_a_document_is_found_by_our_mark():
    row = {"invoice_id": "1", "currency_code": "GBP", "total": 120, FIELD: INVOICE_KEY}
    desk = Desk(_rows("invoices", row, searched=(FIELD, INVOICE_KEY)))

    found = await desk.client.find_by_mark(INVOICE, FIELD, INVOICE_KEY)

    assert found.searched
    assert found.only is not None
    assert (found.only.zoho_id, found.only.key) == ("1", INVOICE_KEY)
    mark = "invoice%3Agid%3A%2F%2Fshopify%2FOrder%2F1001"
    assert desk.asked == [f"/invoices?cf_shopify_id={mark}&custom_field={mark}"]


async def test_a_document_whose_mark_cannot_be_searched_is_found_by_its_reference():
    others = ({"payment_id": "1", "reference_number": "4", FIELD: "payment:4"},)
    ours = {"payment_id": "2", "reference_number": "5", "customer_id": "700", FIELD: "payment:5"}
    not_ours = {"payment_id": "3", "reference_number": "5", "customer_id": "700", FIELD: "payment:other"}
    desk = Desk(
        _rows("customerpayments", *others),
        _rows("customerpayments", ours, not_ours, searched=("reference_number", "5")),
    )

    found = await desk.client.look_up(PAYMENT, "payment:5", unique_field=FIELD, reference="5", customer_id="700")

    assert ([each.zoho_id for each in found.matches], found.searched) == (["2"], True)


async def test_a_document_that_is_found_by_its_mark_is_not_looked_for_again():
    desk = Desk(_rows("invoices", {"invoice_id": "1", FIELD: INVOICE_KEY}, searched=(FIELD, INVOICE_KEY)))

    found = await desk.client.look_up(INVOICE, INVOICE_KEY, unique_field=FIELD, reference="#1001")

    assert [each.zoho_id for each in found.matches] == ["1"]


async def test_the_sixth_of_many_that_share_a_reference_is_found_too():
    rows = [{"invoice_id": str(n), "reference_number": "#1001", FIELD: f"invoice:{n}"} for n in range(9)]
    ours = {"invoice_id": "10", "reference_number": "#1001", FIELD: INVOICE_KEY}
    desk = Desk(_rows("invoices"), _rows("invoices", *rows, ours, searched=("reference_number", "#1001")))

    found = await desk.client.look_up(INVOICE, INVOICE_KEY, unique_field=FIELD, reference="#1001")

    assert ([each.zoho_id for each in found.matches], found.searched) == (["10"], True)


async def test_more_silent_rows_than_are_read_prove_nothing():
    rows = [{"invoice_id": str(n), "reference_number": "#1001"} for n in range(6)]
    details = [answer(200, {"invoice": {"invoice_id": str(n), "cf_shopify_id": ""}}) for n in range(5)]
    desk = Desk(_rows("invoices"), _rows("invoices", *rows, searched=("reference_number", "#1001")), *details)

    found = await desk.client.look_up(INVOICE, INVOICE_KEY, unique_field=FIELD, reference="#1001")

    assert (found.matches, found.searched) == ((), False)


async def test_without_a_field_and_without_a_reference_nothing_is_searched():
    desk = Desk(_rows("invoices", {"invoice_id": "1", "reference_number": "#1001"}))

    assert not (await desk.client.look_up(INVOICE, INVOICE_KEY)).searched
    assert (await desk.client.look_up(INVOICE, INVOICE_KEY, reference="#1001")).only is not None


async def test_a_row_that_does_not_tell_the_mark_is_read_by_id():
    desk = Desk(
        _rows("customerpayments", {"payment_id": "1"}, searched=("custom_field", "payment:5")),
        answer(200, {"payment": {"payment_id": "1", "custom_field_hash": {FIELD: "payment:5"}}}),
    )

    found = await desk.client.find_by_mark(PAYMENT, FIELD, "payment:5")

    assert [each.zoho_id for each in found.matches] == ["1"]


async def test_a_reference_counts_only_with_its_customer():
    rows = (
        {"invoice_id": "1", "reference_number": "#1001", "customer_id": "700"},
        {"invoice_id": "2", "reference_number": "#1001", "customer_id": "701"},
        {"invoice_id": "3", "reference_number": "#10011", "customer_id": "700"},
    )
    desk = Desk(_rows("invoices", *rows, searched=("reference_number", "#1001")))

    found = await desk.client.find_invoices("#1001", "700")

    assert ([each.zoho_id for each in found.matches], found.searched) == (["1"], True)
    assert desk.asked == ["/invoices?reference_number=%231001&customer_id=700"]


async def test_payments_are_listed_under_either_key_and_searched_by_the_cut_reference():
    long = "pay_" + "x" * 60
    row = {"payment_id": "1", "reference_number": "pay_" + "x" * 45 + "…"}
    desk = Desk(_rows("customer_payments", row), _rows("creditnotes"))

    assert len((await desk.client.find_payments(long)).matches) == 1
    assert (await desk.client.find_credit_notes("#1-R1")).only is None


async def test_a_customer_s_payments_are_read_until_somebody_else_s_appear():
    ours = {"payment_id": "1", "customer_id": "700"}
    others = {"payment_id": "2", "customer_id": "701"}

    applied = await Desk(_rows("customerpayments", ours)).client.of_customer(PAYMENT, "700")
    desk = Desk(_rows("customerpayments", ours, others, more=True))
    ignored = await desk.client.of_customer(PAYMENT, "700")

    assert ([each.zoho_id for each in applied.matches], applied.searched) == (["1"], True)
    assert ([each.zoho_id for each in ignored.matches], ignored.searched) == (["1"], False)
    assert len(desk.script.sent) == 1


async def test_a_period_is_read_whole_and_a_filter_that_was_ignored_does_no_harm():
    rows = [{"invoice_id": str(day), "date": f"2026-11-{day:02d}"} for day in (1, 15, 30)]
    desk = Desk(_rows("invoices", *rows))

    found = await desk.client.dated(INVOICE, date(2026, 11, 1), date(2026, 11, 15))

    assert [each.zoho_id for each in found] == ["1", "15"]


async def test_what_settled_a_document_is_read_by_id():
    desk = Desk(
        answer(200, reference.example("invoice-payments")),
        answer(200, {"credits": [{"creditnotes_invoice_id": "5", "creditnote_id": "900", "amount_applied": 4}]}),
        answer(200, {"invoices_credited": [{"creditnote_invoice_id": "5", "invoice_id": "8", "credited_amount": 4}]}),
        answer(200, {"creditnote_refunds": [{"creditnote_refund_id": "6", "creditnote_id": "900", "amount_fcy": 60}]}),
        answer(200, {"payment_refunds": [{"payment_refund_id": "7", "payment_id": "600", "amount": 10}]}),
    )

    (payment,) = await desk.client.invoice_payments("800")

    assert (payment.of, payment.amount, payment.reference_number) == (
        "3917264000000207001",
        Decimal("2796.6"),
        "pay_QK7h2Zs0aXbV1c",
    )
    assert await desk.client.invoice_credits("800") == (Settled("5", "900", Decimal(4)),)
    assert await desk.client.credit_note_invoices("900") == (Settled("5", "8", Decimal(4)),)
    assert await desk.client.credit_note_refunds("900") == (Settled("6", "900", Decimal(60)),)
    assert await desk.client.payment_refunds("600") == (Settled("7", "600", Decimal(10)),)


def test_a_connection_shows_no_secret_and_links_to_its_region():
    connection = a_connection()

    assert "client-secret" not in repr(connection)
    assert "1000.refresh" not in repr(connection)
    assert connection.link_to("customer_payment", "7").endswith("#/paymentsreceived/7")
    assert connection.link("contacts", "7") == "https://books.zoho.eu/app/60041112223#/contacts/7"
    assert replace(connection, region="in").accounts == "https://accounts.zoho.in"
    assert ZohoClient(Desk().caller).connection == connection
    assert CONTACT == "contact"
