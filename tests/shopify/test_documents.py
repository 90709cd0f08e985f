"""Our GraphQL documents are valid for every API version that we may meet, and fit into one question."""

from __future__ import annotations

import itertools

import pytest
from tests.shopify import reference

from ml_connector.shopify import documents, scopes

OPTIONAL = sorted(
    {
        "read_customers",
        "read_products",
        "read_returns",
        "read_payment_terms",
        "read_locations",
        "read_inventory",
        "read_companies",
        "read_shopify_payments_disputes",
    }
)
COMPOSITIONS: list[frozenset[str] | None] = [
    None,
    frozenset({"read_orders"}),
    *(frozenset({"read_orders", scope}) for scope in OPTIONAL),
    *(frozenset({"read_orders", *pair}) for pair in itertools.combinations(OPTIONAL, len(OPTIONAL) - 1)),
]
NEEDS = {"OrderReturns": "read_returns"}


def compositions(name: str) -> list[frozenset[str] | None]:
    """The scope sets under which *name* is ever asked."""
    needed = NEEDS.get(name)
    return [one for one in COMPOSITIONS if one is None or needed is None or needed in one]


@pytest.mark.parametrize("version", reference.VERSIONS)
@pytest.mark.parametrize("name", sorted(documents.names()))
def test_every_document_is_valid_for_every_version_and_every_set_of_scopes(name: str, version: str) -> None:
    schema = reference.schema(version)
    import graphql

    texts = {documents.document(name, granted).text for granted in compositions(name)}
    problems = [str(error) for text in texts for error in graphql.validate(schema, graphql.parse(text))]

    assert problems == []


@pytest.mark.parametrize("name", sorted(documents.names()))
def test_no_document_costs_more_than_one_question_may(name: str) -> None:
    assert documents.document(name).cost(first=250) < 1000


def test_a_missing_scope_leaves_its_fields_out() -> None:
    text = documents.document("OrdersByIds", {"read_orders"}).text

    assert "customer {" not in text
    assert "fragment CustomerNow" not in text
    assert "product {" not in text


def test_a_granted_scope_brings_its_fields_in() -> None:
    text = documents.document("OrdersByIds", {"read_orders", "read_customers"}).text

    assert "customer { ...CustomerNow }" in text
    assert "fragment CustomerNow" in text


def test_a_write_scope_stands_for_its_read_scope() -> None:
    assert "customer {" in documents.document("OrdersByIds", {"read_orders", "write_customers"}).text


def test_either_of_two_scopes_is_enough() -> None:
    assert "retailLocation" in documents.document("OrdersByIds", {"read_inventory"}).text
    assert "retailLocation" in documents.document("OrdersByIds", {"read_locations"}).text


def test_unknown_scopes_ask_for_everything() -> None:
    text = documents.document("OrdersByIds", None).text

    assert all(word in text for word in ("customer {", "disputes {", "paymentTerms {", "retailLocation {"))


def test_comments_do_not_travel() -> None:
    assert all("#" not in documents.document(name).text for name in documents.names())


def test_a_document_knows_whether_it_changes_something() -> None:
    assert documents.document("CustomerUpdate").mutates
    assert not documents.document("OrdersByIds").mutates


def test_every_amount_is_asked_on_both_sides() -> None:
    for name in documents.names():
        text = documents.document(name).text
        assert text.count("shopMoney") == text.count("presentmentMoney"), name


def test_every_scope_that_a_line_needs_is_one_we_ask_for_or_explain() -> None:
    needed = {"read_inventory"} | set(scopes.WANTED)

    assert set(OPTIONAL) <= needed
