"""What Shopify refuses is refused in its words: documents, variables, scopes, tokens, states of the shop."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from tests.sandbox.shopify.scene import DOMAIN, MONDAY, a_scene, an_order, graphql, post

from ml_connector.sandbox.http import Request, Response
from ml_connector.sandbox.shopify import App
from ml_connector.sandbox.shopify.catalogue import people
from ml_connector.sandbox.shopify.ids import gid

WRONG_DOCUMENTS: dict[str, tuple[str, dict[str, Any]]] = {
    "query Q { shop { nope } }": (
        "Field 'nope' doesn't exist on type 'Shop'",
        {"code": "undefinedField", "typeName": "Shop", "fieldName": "nope"},
    ),
    "query Q { bulkOperations(first: 1, client: 2) { nodes { id } } }": (
        "Field 'bulkOperations' doesn't accept argument 'client'",
        {"code": "argumentNotAccepted", "name": "bulkOperations", "typeName": "Field", "argumentName": "client"},
    ),
    "mutation Q { customerMerge(customerOneId: \"gid://shopify/Customer/1\") { resultingCustomerId } }": (
        "Field 'customerMerge' is missing required arguments: customerTwoId",
        {"code": "missingRequiredArguments", "className": "Field", "name": "customerMerge",
         "arguments": "customerTwoId"},
    ),
    "query Q($x: Int) { shop { id } }": (
        "Variable $x is declared by Q but not used",
        {"code": "variableNotUsed", "variableName": "x"},
    ),
    "mutation Q { appUninstall @retry { app { id } } }": (
        "Directive @retry is not defined",
        {"code": "undefinedDirective", "directiveName": "retry"},
    ),
    "mutation Q { appUninstall @idempotent { app { id } } }": (
        "Directive 'idempotent' is missing required arguments: key",
        {"code": "missingRequiredArguments", "className": "Directive", "name": "idempotent", "arguments": "key"},
    ),
    "query Q { webhookSubscriptions(first: 1, sortKey: TOPIC) { nodes { id } } }": (
        (
            "Argument 'sortKey' on Field 'webhookSubscriptions' has an invalid value (TOPIC). "
            "Expected type 'WebhookSubscriptionSortKeys'."
        ),
        {"code": "argumentLiteralsIncompatible", "typeName": "Field", "argumentName": "sortKey"},
    ),
    "mutation Q { customerUpdate(input: {ssn: 1}) { userErrors { message } } }": (
        "InputObject 'CustomerInput' doesn't accept argument 'ssn'",
        {"code": "argumentNotAccepted", "name": "CustomerInput", "typeName": "InputObject", "argumentName": "ssn"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("document", WRONG_DOCUMENTS)
def test_a_wrong_document_is_answered_with_200_and_the_recorded_words(document: str) -> None:
    scene = a_scene()

    body = scene.ask(document)

    message, extensions = WRONG_DOCUMENTS[document]
    assert scene.last.status == 200
    assert "data" not in body
    assert body["errors"][0]["message"] == message
    assert body["errors"][0]["extensions"] == extensions
    assert body["errors"][0]["path"][0].endswith(" Q")


def test_the_path_of_an_error_leads_from_the_operation_to_the_field() -> None:
    body = a_scene().ask("query Deep { orders(first: 1) { nodes { customer { shoeSize } } } }")

    assert body["errors"][0]["path"] == ["query Deep", "orders", "nodes", "customer", "shoeSize"]


def test_text_that_is_no_document_is_an_error_with_a_place() -> None:
    body = a_scene().ask("query {")

    assert body["errors"][0]["message"].startswith("syntax error")
    assert body["errors"][0]["locations"] == [{"line": 1, "column": 8}]


def test_a_bad_variable_comes_back_with_its_problems() -> None:
    body = a_scene().ask(
        "mutation M($input: CustomerInput!) { customerUpdate(input: $input) { userErrors { message } } }",
        input={"id": gid("Customer", 1), "taxExemptions": ["NOT_ONE"], "ssn": 5},
    )

    error = body["errors"][0]
    assert error["extensions"]["code"] == "INVALID_VARIABLE"
    assert error["extensions"]["value"]["ssn"] == 5
    assert {"path": ["ssn"], "explanation": "Field is not defined on CustomerInput"} in error["extensions"]["problems"]
    assert 'taxExemptions.0 (Expected "NOT_ONE" to be one of: ' in error["message"]


def test_a_variable_that_is_missing_or_no_global_id_is_refused() -> None:
    scene = a_scene()
    text = "query Q($id: ID!) { order(id: $id) { id } }"

    missing, wrong = scene.ask(text), scene.ask(text, id="1001")

    assert missing["errors"][0]["message"] == "Variable $id of type ID! was provided invalid value"
    assert missing["errors"][0]["extensions"]["problems"][0]["explanation"] == "Expected value to not be null"
    assert wrong["errors"][0]["extensions"]["problems"][0]["explanation"] == "Invalid global id '1001'"


def test_a_missing_scope_nulls_the_field_and_names_what_is_needed() -> None:
    scene = a_scene(scopes=("read_orders",))
    order = scene.shop.place_order(an_order())
    text = "query Q($id: ID!) { order(id: $id) { name paymentTerms { id } } shop { name } }"

    body = scene.ask(text, id=gid("Order", order.id))

    assert body["data"]["order"] == {"name": "#1001", "paymentTerms": None}
    assert body["errors"] == [{
        "message": "Access denied for paymentTerms field. Required access: `read_payment_terms` access scope.",
        "locations": [{"line": 1, "column": 43}],
        "extensions": {
            "code": "ACCESS_DENIED", "documentation": "https://shopify.dev/api/usage/access-scopes",
            "requiredAccess": "`read_payment_terms` access scope.",
        },
        "path": ["order", "paymentTerms"],
    }]  # fmt: skip


def test_a_list_behind_a_missing_scope_takes_all_the_data_with_it() -> None:
    body = a_scene(scopes=("read_products",)).ask("{ orders(first: 1) { nodes { id } } }")

    assert body["data"] is None
    assert body["errors"][0]["extensions"]["code"] == "ACCESS_DENIED"


def test_writing_includes_reading() -> None:
    scene = a_scene(scopes=("write_customers",))

    assert scene.data("{ customers(first: 1) { nodes { id } } }") == {"customers": {"nodes": []}}


def test_orders_older_than_sixty_days_need_a_scope_of_their_own() -> None:
    scene = a_scene(scopes=("read_orders",))
    old = scene.shop.place_order(an_order(created_at=MONDAY - timedelta(days=61)))
    scene.shop.place_order(an_order(created_at=MONDAY - timedelta(days=59)))
    text = "query Q($id: ID!) { order(id: $id) { name } orders(first: 9) { nodes { name } } }"

    seen = scene.data(text, id=gid("Order", old.id))
    scene.token = scene.company.install(DOMAIN, scopes=("read_orders", "read_all_orders")).value
    all_seen = scene.data(text, id=gid("Order", old.id))

    assert seen == {"order": None, "orders": {"nodes": [{"name": "#1002"}]}}
    assert [one["name"] for one in all_seen["orders"]["nodes"]] == ["#1001", "#1002"]
    assert all_seen["order"] == {"name": "#1001"}


def test_protected_fields_and_types_come_as_null_with_an_error_each() -> None:
    scene = a_scene()
    scene.company.apps["sandbox-app"].hidden = ("Customer.firstName", "MailingAddress")
    order = scene.shop.place_order(an_order(customer=people()[0]))

    body = scene.ask(
        "query Q($id: ID!) { order(id: $id) { customer { firstName lastName } shippingAddress { city } } }",
        id=gid("Order", order.id),
    )

    assert body["data"]["order"] == {"customer": {"firstName": None, "lastName": "Lindqvist"}, "shippingAddress": None}
    assert [one["path"][-1] for one in body["errors"]] == ["firstName", "shippingAddress"]
    assert "not approved to use the firstName field" in body["errors"][0]["message"]
    assert "not approved to access the MailingAddress object" in body["errors"][1]["message"]


@pytest.mark.parametrize("token", ["", "shpat_wrong"])
def test_a_wrong_token_is_401_with_a_string_of_errors(token: str) -> None:
    scene = a_scene()

    answer = scene.company.handle(graphql(token, "{ shop { id } }"))

    assert isinstance(answer, Response)
    assert answer.status == 401
    assert answer.json() == {"errors": "[API] Invalid API key or access token (unrecognized login or wrong password)"}


@pytest.mark.parametrize(("state", "status"), [("frozen", 402), ("locked", 423)])
def test_a_shop_that_is_not_open_says_so(state: str, status: int) -> None:
    scene = a_scene()
    scene.company.set_state(DOMAIN, state)

    scene.ask("{ shop { id } }")

    assert scene.last.status == status


def test_a_public_app_must_not_come_with_a_token_that_never_expires() -> None:
    scene = a_scene()
    scene.company.add_app(App("public", ["s"], ("read_orders",), needs_expiring=True))
    scene.token = scene.company.install(DOMAIN, "public").value

    body = scene.ask("{ shop { id } }")

    assert scene.last.status == 403
    assert "Non-expiring access tokens are no longer accepted" in body["errors"]


def test_requests_that_are_not_json_documents_are_refused_before_anything_else() -> None:
    scene = a_scene()
    headers = {"x-shopify-access-token": scene.token, "content-type": "application/json"}
    path = "/admin/api/2026-04/graphql.json"

    def status(request: Request) -> int:
        answer = scene.company.handle(request)
        assert isinstance(answer, Response)
        return answer.status

    assert status(Request("POST", path, headers=headers, body=b"not json")) == 400
    assert status(Request("POST", path, headers={**headers, "content-type": "text/plain"}, body=b"{}")) == 415
    assert status(Request("GET", path, headers=headers)) == 404
    assert status(post("/admin/api/2026-04/orders.json", {})) == 404


def test_every_answer_carries_the_date_of_the_clock() -> None:
    scene = a_scene()

    scene.ask("{ shop { id } }")

    assert scene.last.header("date") == "Mon, 23 Nov 2026 09:00:00 GMT"
