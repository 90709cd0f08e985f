"""Every way in which Shopify says no: which error it becomes, who acts, and the sentence that is shown."""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from tests.shopify.builders import an_answer, cost, raw

from ml_connector.domain.trouble import Acts, Remedy, Trouble, Wrote
from ml_connector.net import HttpResponse
from ml_connector.shopify import errors, graphql, judging, oauth_errors


def refusing(message: str, code: str | None = None, *, data: Any = None, path: Any = None, **more: Any) -> HttpResponse:
    entry: dict[str, Any] = {"message": message}
    if code:
        entry["extensions"] = {"code": code, **more}
    if path:
        entry["path"] = path
    return an_answer(data, errors=[entry])


@dataclass(frozen=True)
class Case:
    name: str
    response: HttpResponse
    error: type[errors.ShopifyError]
    remedy: Remedy
    acts: Acts
    text: str


NO_TOKEN = '{"errors":"[API] Invalid API key or access token (unrecognized login or wrong password)"}'
NON_EXPIRING = '{"errors":"Non-expiring access tokens are no longer accepted for the Admin API"}'
LATER, BUG, CONNECTION = Remedy.LATER, Remedy.BUG, Remedy.CONNECTION
NOBODY, US, OPERATOR, MERCHANT = Acts.NOBODY, Acts.US, Acts.OPERATOR, Acts.MERCHANT_IN_SHOPIFY

TABLE = [
    Case("unknown field", refusing("Field 'x' doesn't exist on type 'Order'", "undefinedField"),
         errors.QueryRefused, BUG, US, "did not understand our question: Field 'x'"),
    Case("argument", refusing("doesn't accept argument", "argumentNotAccepted"),
         errors.QueryRefused, BUG, US, "doesn't accept argument"),
    Case("missing argument", refusing("missing required arguments", "missingRequiredArguments"),
         errors.QueryRefused, BUG, US, "missing required"),
    Case("literal", refusing("Invalid global id ''", "argumentLiteralsIncompatible"),
         errors.QueryRefused, BUG, US, "Invalid global id"),
    Case("unused variable", refusing("declared but not used", "variableNotUsed"),
         errors.QueryRefused, BUG, US, "not used"),
    Case("unknown type", refusing("No such type X", "undefinedType"), errors.QueryRefused, BUG, US, "No such type"),
    Case("unknown directive", refusing("Directive @idempotent is not defined", "undefinedDirective"),
         errors.QueryRefused, BUG, US, "@idempotent"),
    Case("bad variable", refusing("was provided invalid value", "INVALID_VARIABLE", value={}, problems=[]),
         errors.QueryRefused, BUG, US, "invalid value"),
    Case("malformed gid", refusing("Invalid id: gid://shopify/Product/1", "RESOURCE_NOT_FOUND", data={"order": None}),
         errors.QueryRefused, BUG, US, "Invalid id"),
    Case("no page size", refusing("you must provide one of first or last", "BAD_REQUEST"),
         errors.QueryRefused, BUG, US, "first or last"),
    Case("array too long", refusing("maximum of 250", "MAX_INPUT_SIZE_EXCEEDED"),
         errors.QueryRefused, BUG, US, "250"),
    Case("error as text", raw('{"errors":"Not Acceptable"}'), errors.QueryRefused, BUG, US, "Not Acceptable"),
    Case("error as object", raw('{"errors":{"query":"Required parameter missing"}}'),
         errors.QueryRefused, BUG, US, "Required parameter"),
    Case("errors as texts", raw('{"errors":["one","two"]}'), errors.QueryRefused, BUG, US, "one; two"),
    Case("400", raw('{"errors":{"query":"Required parameter missing or invalid"}}', 400),
         errors.QueryRefused, BUG, US, "query: Required parameter"),
    Case("406", raw("", 406), errors.QueryRefused, BUG, US, "HTTP 406"),
    Case("409", raw("", 409), errors.QueryRefused, BUG, US, "HTTP 409"),
    Case("414", raw("", 414), errors.QueryRefused, BUG, US, "HTTP 414"),
    Case("415", raw("", 415), errors.QueryRefused, BUG, US, "HTTP 415"),
    Case("422", raw("", 422), errors.QueryRefused, BUG, US, "HTTP 422"),
    Case("too dear", refusing("Query cost is 1600, which exceeds the single query max cost limit (1000).",
                              "MAX_COST_EXCEEDED"), errors.TooExpensive, BUG, US, "1600"),
    Case("throttled", refusing("Throttled", "THROTTLED"), errors.Throttled, LATER, NOBODY, "wait"),
    Case("throttled without code", refusing("Throttled"), errors.Throttled, LATER, NOBODY, "wait"),
    Case("429", raw('{"errors":"Exceeded 2 calls per second"}', 429, retry_after="2.0"),
         errors.Throttled, LATER, NOBODY, "wait 2 s"),
    Case("server fault", refusing("Something went wrong", "INTERNAL_SERVER_ERROR"),
         errors.ServerFault, LATER, NOBODY, "went wrong at Shopify"),
    Case("server fault beside data", refusing("Something went wrong", "INTERNAL_SERVER_ERROR", data={"shop": {}}),
         errors.ServerFault, LATER, NOBODY, "went wrong"),
    *(Case(str(status), raw("<html>", status), errors.ServerFault, LATER, NOBODY, f"status {status}")
      for status in (500, 501, 502, 503, 504, 530, 540)),
    Case("an HTML page with 200", raw("<html>hello</html>"), errors.ServerFault, LATER, NOBODY, "not JSON"),
    Case("an empty answer", raw(""), errors.ServerFault, LATER, NOBODY, "not JSON"),
    Case("a JSON list", raw("[]"), errors.ServerFault, LATER, NOBODY, "not JSON"),
    Case("no data", raw("{}"), errors.NotUnderstood, BUG, US, "at data"),
    Case("ignored filter", an_answer({}, extensions={"search": [{"warnings": [{"message": "Invalid field"}]}]}),
         errors.FilterIgnored, BUG, US, "Invalid field"),
    Case("401", raw(NO_TOKEN, 401), errors.TokenRefused, CONNECTION, MERCHANT, "not accept our access"),
    Case("402", raw('{"errors":"Unavailable Shop"}', 402), errors.ShopFrozen, CONNECTION, MERCHANT, "frozen"),
    Case("403", raw('{"errors":"[API] This action requires merchant approval."}', 403),
         errors.Forbidden, CONNECTION, MERCHANT, "in: [API] This action requires merchant approval."),
    Case("403 non-expiring", raw(NON_EXPIRING, 403), errors.NonExpiringToken, CONNECTION, OPERATOR, "expiring"),
    Case("404", raw('{"errors":"Not Found"}', 404), errors.ShopUnknown, CONNECTION, OPERATOR, "no such shop"),
    Case("redirect", raw("", 301), errors.ShopUnknown, CONNECTION, OPERATOR, "no such shop"),
    Case("423", raw("", 423), errors.ShopLocked, CONNECTION, MERCHANT, "locked"),
    Case("430", raw("", 430), errors.SecurityRejected, CONNECTION, OPERATOR, "suspicious"),
    Case("missing scope", refusing("Access denied for orders field.", "ACCESS_DENIED", data={"orders": None},
                                   path=["orders"], requiredAccess="`read_orders` access scope."),
         errors.ScopeMissing, CONNECTION, MERCHANT, "Access denied for orders"),
    Case("everything denied", refusing("Access denied for orders field.", "ACCESS_DENIED", path=["orders"]),
         errors.ScopeMissing, CONNECTION, MERCHANT, "Access denied"),
    Case("protected type", refusing("This app is not approved to access the Customer object.", data={"customer": None},
                                    path=["customer"]), errors.ScopeMissing, CONNECTION, MERCHANT, "not approved"),
]  # fmt: skip


@pytest.mark.parametrize("case", TABLE, ids=lambda case: case.name)
def test_what_an_answer_means(case: Case) -> None:
    with pytest.raises(errors.ShopifyError) as caught:
        graphql.understand(case.response)

    error = caught.value
    assert type(error) is case.error
    assert (error.wrote, error.remedy, error.acts) == (Wrote.NO, case.remedy, case.acts)
    assert case.text in error.text
    assert ".." not in error.text


@pytest.mark.parametrize("case", TABLE, ids=lambda case: case.name)
def test_a_change_is_in_doubt_exactly_where_shopify_had_a_fault(case: Case) -> None:
    with pytest.raises(errors.ShopifyError) as caught:
        graphql.understand(case.response, mutates=True)

    in_doubt = isinstance(caught.value, errors.WriteInDoubt)
    assert in_doubt == (case.error is errors.ServerFault)


@pytest.mark.parametrize(
    ("requested", "available", "wait"),
    [(94, 0, 1.0), (500, 100, 4.0), (1000, 0, 10.0), (94, 90, 1.0), (5000, 0, 20.0)],
)
def test_a_throttled_request_waits_for_the_points_it_lacks(requested: float, available: float, wait: float) -> None:
    body = an_answer(
        errors=[{"message": "Throttled", "extensions": {"code": "THROTTLED"}}],
        extensions={"cost": cost(requested, available, actualQueryCost=None)},
    )

    with pytest.raises(errors.Throttled) as caught:
        graphql.understand(body)

    assert caught.value.retry_after_s == wait


@pytest.mark.parametrize(("given", "wait"), [("7", 7.0), ("-1", 2.0), ("nan", 2.0), ("soon", 2.0), ("", 2.0)])
def test_a_wish_to_wait_is_followed_when_it_is_one(given: str, wait: float) -> None:
    with pytest.raises(errors.Throttled) as caught:
        graphql.understand(raw("", 429, retry_after=given))

    assert caught.value.retry_after_s == wait


def test_the_request_id_travels_with_the_error() -> None:
    with pytest.raises(errors.ServerFault) as caught:
        graphql.understand(raw("", 500, x_request_id="r-1"))

    assert caught.value.request_id == "r-1"


def test_a_field_that_is_not_shown_leaves_the_rest_usable() -> None:
    response = refusing(
        "not approved to use the phoneNumber field",
        data={"customer": {"id": "1", "phone": None}},
        path=["customer", "phone"],
    )

    answer = graphql.understand(response)

    assert answer.data["customer"]["id"] == "1"
    assert [place.text for place in answer.unread] == ["customer.phone: not approved to use the phoneNumber field"]


def test_decimals_are_exact() -> None:
    answer = graphql.understand(raw('{"data":{"rate":0.1}}'))

    assert str(answer.data["rate"]) == "0.1"


def test_the_served_version_is_compared_with_the_asked_one() -> None:
    same = raw('{"data":{}}', x_shopify_api_version="2026-04")
    other = raw('{"data":{}}', x_shopify_api_version="2026-10")

    assert graphql.understand(same, version="2026-04").warnings == ()
    assert "2026-10" in graphql.understand(other, version="2026-04").warnings[0]


@pytest.mark.parametrize(
    ("entry", "field", "code"),
    [
        ({"field": ["input", "email"], "message": "is invalid", "code": "INVALID"}, "input.email", "INVALID"),
        ({"field": None, "message": "is invalid"}, "", ""),
        ({"field": "email", "message": "is invalid"}, "email", ""),
        ({"field": ["lines", 0], "message": "is invalid"}, "lines.0", ""),
    ],
)
def test_user_errors_become_refusals(entry: dict[str, Any], field: str, code: str) -> None:
    with pytest.raises(errors.Refused) as caught:
        judging.refuse({"userErrors": [entry]})

    assert caught.value.refusals == (errors.FieldRefusal(field, "is invalid", code),)


@pytest.mark.parametrize("payload", [{}, {"userErrors": []}, {"userErrors": None}])
def test_no_user_errors_are_no_refusal(payload: dict[str, Any]) -> None:
    judging.refuse(payload)


def family() -> Iterator[type[errors.ShopifyError]]:
    for module in (errors, oauth_errors):
        for _, found in inspect.getmembers(module, inspect.isclass):
            if issubclass(found, errors.ShopifyError) and found.__module__ == module.__name__:
                yield found


def test_every_error_declares_its_own_answers_and_a_code_of_its_own() -> None:
    codes = [found.code for found in family()]

    assert len(set(codes)) == len(codes)
    for found in set(family()) - {errors.ShopifyError}:
        declared = {name for base in found.__mro__ if base not in (errors.ShopifyError, Trouble) for name in vars(base)}
        assert found.__doc__, found
        assert found.code.startswith("shopify_"), found
        assert {"wrote", "remedy", "acts"} <= declared, found


def test_the_tree_in_the_docstrings_names_every_error() -> None:
    trees = (errors.__doc__ or "") + (oauth_errors.__doc__ or "")

    assert [found.__name__ for found in family() if found.__name__ not in trees] == []


def test_an_error_that_somebody_must_act_on_says_what_to_do() -> None:
    samples = [case for case in TABLE if case.acts is not NOBODY]

    for case in samples:
        with pytest.raises(errors.ShopifyError) as caught:
            graphql.understand(case.response)
        assert caught.value.fix.endswith("."), case.name


def test_messages_are_whole_sentences() -> None:
    for case in TABLE:
        with pytest.raises(errors.ShopifyError) as caught:
            graphql.understand(case.response)
        assert caught.value.text[0].isupper(), case.name
        assert json.dumps(caught.value.text)
