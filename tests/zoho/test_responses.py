"""What Zoho's answers mean, row by row."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from tests.zoho import reference
from tests.zoho.builders import INVOICE_KEY, a_read, a_write, answer, refusal

from ml_connector.domain.trouble import Acts, Remedy, Wrote
from ml_connector.net import HttpResponse
from ml_connector.sandbox.zoho.refusals import READINGS
from ml_connector.zoho import errors
from ml_connector.zoho.errors import ZohoTrouble
from ml_connector.zoho.limits import Allowance
from ml_connector.zoho.responses import understand

CODES = [
    (2, 400, errors.FieldRefused),
    (4, 400, errors.FieldRefused),
    (5, 404, errors.NotFound),
    (8, 400, errors.FieldNotAllowed),
    (9, 500, errors.InternalError),
    (9, 400, errors.InternalError),
    (1000, 500, errors.InternalError),
    (14, 401, errors.Unauthorised),
    (15, 400, errors.TooLong),
    (37, 405, errors.OurRequestWrong),
    (37, 400, errors.OurRequestWrong),
    (43, 429, errors.Blocked),
    (44, 429, errors.MinuteLimit),
    (45, 429, errors.DayLimit),
    (1070, 429, errors.InFlightLimit),
    (44, 200, errors.MinuteLimit),
    (999, 429, errors.RateLimited),
    (57, 401, errors.Unauthorised),
    (57, 200, errors.Unauthorised),
    (999, 401, errors.Unauthorised),
    (1001, 400, errors.ItemExists),
    (4001, 400, errors.Refused),
    (1002, 404, errors.NotFound),
    (1002, 400, errors.NotFound),
    (1002, 200, errors.NotFound),
    (3000, 400, errors.RecordInUse),
    (3032, 400, errors.WrongTaxKind),
    (3062, 400, errors.NameTaken),
    (4097, 400, errors.NumberMismatch),
    (6041, 400, errors.WrongOrganisation),
    (9017, 400, errors.NoOrganisation),
    (13011, 400, errors.DuplicateValue),
    (24016, 400, errors.OverApplied),
    (36023, 400, errors.LinesLocked),
    (71510, 400, errors.WrongTaxKind),
    (71512, 400, errors.WrongTaxKind),
    (103001, 400, errors.TrialOver),
    (103001, 200, errors.TrialOver),
    (110817, 400, errors.TaxesOff),
    (110942, 400, errors.TaxesOff),
    (108004, 400, errors.Refused),
    (120303, 400, errors.Refused),
    (999, 404, errors.NotFound),
    (999, 405, errors.OurRequestWrong),
    (999, 403, errors.Refused),
    (999, 200, errors.UnexpectedAnswer),
    (999, 503, errors.InternalError),
    (1002, 500, errors.InternalError),
]


@pytest.mark.parametrize(("code", "status", "kind"), CODES)
def test_each_code_has_its_class_whatever_the_status_pretends(code: int, status: int, kind: type[ZohoTrouble]):
    with pytest.raises(ZohoTrouble) as raised:
        understand(a_write("/items" if code == 1001 else "/invoices"), refusal(code, "Something", status))

    assert type(raised.value) is kind
    assert raised.value.vendor_code == code
    assert raised.value.vendor_message == "Something"
    assert raised.value.status == status
    assert raised.value.key == INVOICE_KEY


WORDS = [
    ("This transaction cannot be recorded as the period is locked.", errors.PeriodLocked),
    ("You cannot create transactions before the lock date", errors.PeriodLocked),
    ("The account PayPal USD is inactive", errors.RecordInactive),
    ("Item is inactive.", errors.RecordInactive),
    ("The currency of the customer cannot be changed", errors.CurrencyRefused),
    ("Invoice number INV-1 already exists.", errors.DuplicateValue),
    ("Duplicate value entered for Shopify id", errors.DuplicateValue),
    ("This value has been used; it is already in use", errors.DuplicateValue),
    ("Payment cannot be recorded for a draft invoice", errors.StateForbids),
    ("The invoice has been voided", errors.StateForbids),
    ("The amount entered is more than the balance due for the selected invoices.", errors.OverApplied),
    ("Your subscription has expired.", errors.TrialOver),
    ("Please upgrade to a paid plan", errors.TrialOver),
    ("Contact does not exist", errors.NotFound),
    ("Your request was blocked", errors.Refused),
    ("", errors.Refused),
]


@pytest.mark.parametrize(("message", "kind"), WORDS)
def test_a_code_that_nobody_documented_is_told_apart_by_words(message: str, kind: type[ZohoTrouble]):
    with pytest.raises(ZohoTrouble) as raised:
        understand(a_write(), refusal(999_999, message))

    assert type(raised.value) is kind


# Cases that no source tells, with what each believable answer to them has to mean.
UNTOLD = {
    "duplicate_number": errors.DuplicateValue,
    "duplicate_field": errors.DuplicateValue,
    "locked": errors.PeriodLocked,
    "inactive_item": errors.RecordInactive,
    "inactive_contact": errors.RecordInactive,
    "inactive_account": errors.RecordInactive,
    "payment_on_draft": errors.StateForbids,
    "payment_on_void": errors.StateForbids,
    "credit_on_draft": errors.StateForbids,
    "modify_closed": errors.StateForbids,
    "status_change": errors.StateForbids,
    "over_application": errors.OverApplied,
    "over_credit": errors.OverApplied,
    "over_refund": errors.OverApplied,
    "in_use": errors.RecordInUse,
    "no_unique_match": errors.NotFound,
    "unknown_unique_field": errors.UniqueFieldMissing,
    "organization_missing": errors.WrongOrganisation,
    "no_organization": errors.NoOrganisation,
    "trial_over": errors.TrialOver,
    "garbage_token": errors.Unauthorised,
    "currency_mismatch": (errors.CurrencyRefused, errors.FieldRefused),
    "currency_frozen": (errors.CurrencyRefused, errors.FieldRefused),
    "deposit_account": (errors.AccountRefused, errors.FieldRefused),
    "below_applied": (errors.StateForbids, errors.FieldRefused),
    "delete_applied": (errors.StateForbids, errors.RecordInUse),
    "exemption_required": (errors.Refused, errors.FieldRefused),
    "negative_total": (errors.Refused, errors.FieldRefused),
}


@pytest.mark.parametrize("case", list(UNTOLD))
def test_whatever_zoho_says_where_nobody_knows_it_comes_out_as_the_same(case: str):
    expected = UNTOLD[case]
    kinds = expected if isinstance(expected, tuple) else (expected,)
    values = {"value": "X1", "document": "invoice", "field": "Shopify id", "day": "2026-09-30", "status": "paid"}

    for status, code, text in READINGS[case]:
        with pytest.raises(ZohoTrouble) as raised:
            understand(a_write(), refusal(code, text.format(**values), status))
        assert type(raised.value) in kinds, (code, text)


def test_no_case_that_the_sandbox_varies_is_left_out():
    assert set(UNTOLD) == set(READINGS)


@pytest.mark.parametrize("index", range(23))
def test_every_recorded_refusal_is_understood(index: int):
    recorded = reference.example("error-envelopes")[index]
    headers = {name.lower(): value for name, value in recorded.get("headers", {}).items()}
    response = HttpResponse(recorded["http_status"], headers, json.dumps(recorded["body"]).encode())

    with pytest.raises(ZohoTrouble) as raised:
        understand(a_write(), response)

    assert raised.value.vendor_code == recorded["body"]["code"]
    assert type(raised.value) not in (ZohoTrouble, errors.Refused, errors.UnexpectedAnswer)


def test_a_wrong_path_is_our_own_fault_and_a_wrong_id_is_not():
    with pytest.raises(errors.OurRequestWrong):
        understand(a_read(), refusal(5, "Invalid URL Passed", 404))
    with pytest.raises(errors.NotFound):
        understand(a_read(), refusal(5, "We couldnt find any resource for the given ID", 404))


def test_zoho_s_own_fault_leaves_a_write_in_doubt_and_a_question_to_be_asked_again():
    with pytest.raises(errors.InternalError) as of_write:
        understand(a_write(), refusal(1000, "Internal error", 500))
    with pytest.raises(errors.ReadFailed) as of_read:
        understand(a_read(), refusal(1000, "Internal error", 500))

    assert (of_write.value.wrote, of_write.value.remedy) == (Wrote.UNKNOWN, Remedy.ASK_FIRST)
    assert (of_read.value.wrote, of_read.value.remedy) == (Wrote.NO, Remedy.LATER)


@pytest.mark.parametrize(
    "response",
    [
        HttpResponse(200, {}, b"<html>Bad gateway</html>"),
        HttpResponse(200, {}, b""),
        HttpResponse(200, {}, b"[]"),
        HttpResponse(200, {}, b'{"invoice": {}}'),
        HttpResponse(200, {}, b'{"code": null}'),
        HttpResponse(200, {}, b'{"code": true}'),
        HttpResponse(200, {}, b"\xff\xfe"),
        HttpResponse(302, {"location": "https://elsewhere.example"}, b""),
        HttpResponse(302, {}, b'{"code": 0}'),
        HttpResponse(400, {}, b'{"code": 0, "message": "success"}'),
        HttpResponse(413, {}, b"<html>too large</html>"),
    ],
)
def test_an_answer_that_says_nothing_leaves_a_write_in_doubt(response: HttpResponse):
    with pytest.raises(errors.UnexpectedAnswer) as of_write:
        understand(a_write(), response)
    with pytest.raises(errors.UnexpectedReadAnswer) as of_read:
        understand(a_read(), response)

    assert of_write.value.wrote is Wrote.UNKNOWN
    assert (of_read.value.wrote, of_read.value.remedy) == (Wrote.NO, Remedy.LATER)


@pytest.mark.parametrize(
    ("status", "kind"), [(401, errors.Unauthorised), (429, errors.RateLimited), (502, errors.InternalError)]
)
def test_a_page_in_html_is_told_by_its_status(status: int, kind: type[ZohoTrouble]):
    with pytest.raises(kind):
        understand(a_write(), HttpResponse(status, {}, b"<html></html>"))


def test_a_refusal_for_volume_says_how_long_to_wait():
    response = HttpResponse(429, {"retry-after": "3600"}, b'{"code": 43, "message": "blocked"}')

    with pytest.raises(errors.Blocked) as raised:
        understand(a_write(), response)

    assert raised.value.retry_after_s == 3600
    assert (raised.value.wrote, raised.value.remedy, raised.value.acts) == (Wrote.NO, Remedy.LATER, Acts.NOBODY)


def test_a_fault_of_zoho_s_passes_on_when_to_come_back():
    with pytest.raises(errors.InternalError) as raised:
        understand(a_write(), HttpResponse(503, {"retry-after": "30"}, b""))

    assert raised.value.retry_after_s == 30


def test_a_success_is_exact_and_tells_the_day_s_figures():
    body = b'{"code":0,"message":"ok","invoice":{"invoice_id":"3917264000000205003","total":2796.60,"rate":0.1}}'
    headers = {"x-rate-limit-limit": "2000", "x-rate-limit-remaining": "1879", "x-rate-limit-reset": "20421"}

    got = understand(a_write(), HttpResponse(201, headers, body))

    assert got.created
    assert got.message == "ok"
    assert got.record("invoice")["rate"] == Decimal("0.1")
    assert got.allowance == Allowance(2000, 1879, 20421.0)


def test_an_upsert_that_found_a_record_says_so():
    assert not understand(a_write(), answer(200, {"invoice": {}})).created
    assert understand(a_write(), answer(201, {"invoice": {}})).created


def test_a_code_written_as_a_string_counts():
    assert understand(a_read(), answer(200, {"code": "0"})).message == "success"
    with pytest.raises(errors.NotFound):
        understand(a_read(), answer(200, {"code": "1002"}))


@pytest.mark.parametrize("context", [{"has_more_page": True}, [{"has_more_page": True}], {"has_more_page": "true"}])
def test_a_list_goes_on_in_either_shape_of_its_context(context: object):
    assert understand(a_read(), answer(200, {"page_context": context})).more


def test_a_list_without_context_ends():
    assert not understand(a_read(), answer()).more


def test_the_echoed_filter_says_whether_zoho_searched():
    echo = {"search_criteria": [{"column_name": "reference_number", "search_text": "#1001", "comparator": "equal"}]}
    got = understand(a_read(), answer(200, {"page_context": echo}))

    assert got.applied("reference_number", "#1001") is True
    assert got.applied("reference_number", "#1002") is False
    assert understand(a_read(), answer()).applied("reference_number", "#1001") is None


@pytest.mark.parametrize(("code", "status"), [(code, status) for code, status, _ in CODES])
def test_no_sentence_of_ours_says_error_please_or_system(code: int, status: int):
    with pytest.raises(ZohoTrouble) as raised:
        understand(a_write(), refusal(code, "", status))

    words = raised.value.text.lower().replace(".", " ").split()
    assert not {"error", "please", "system", "oops"} & set(words)
    assert "!" not in raised.value.text
    assert raised.value.text.endswith((".", f"({code})"))
    assert raised.value.text[0].isupper()
