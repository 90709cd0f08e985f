"""The estimate of a document's cost, held against what Shopify really charged."""

from __future__ import annotations

import pytest
from tests.shopify import reference

from ml_connector.shopify import cost
from ml_connector.shopify.graphql_shape import parse


def observations() -> list[tuple[int, int]]:
    """(estimated, requested) for every recorded document."""
    found = reference.payload("cost-observations-2026-04.json")
    texts = [(entry["query"].replace("#graphql", ""), entry) for entry in found]
    return [(cost.estimate(text, entry["variables"]), entry["requestedQueryCost"]) for text, entry in texts]


def test_nine_of_ten_recorded_documents_are_estimated_exactly() -> None:
    pairs = observations()

    exact = sum(1 for estimated, requested in pairs if estimated == requested)

    assert exact / len(pairs) > 0.9


def test_no_recorded_document_cost_much_more_than_we_thought() -> None:
    assert max(requested - estimated for estimated, requested in observations()) <= 4


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{ __typename }", 1),
        ("{ shop { id } }", 1),
        ("{ shop { currencyCode taxesIncluded } }", 1),
        ("{ orders(first: 1) { nodes { id } } }", 2 + 1 * 1),
        ("{ orders(first: 10) { nodes { id } } }", 2 + 4 * 1),
        ("{ orders(first: 250) { nodes { id } } }", 2 + 11 * 1),
        ("{ orders(first: 0) { nodes { id } } }", 2),
        ("{ orders(last: 10) { edges { cursor node { id } } pageInfo { hasNextPage } } }", 2 + 4 * 1),
        ("{ orders(first: 10) { nodes { id customer { id } } } }", 2 + 4 * 2),
        # money and addresses cost nothing themselves
        ("{ order(id: 1) { totalPriceSet { shopMoney { amount currencyCode } } } }", 1),
        ("{ order(id: 1) { billingAddress { zip } } }", 1),
        ("{ ordersCount { count precision } }", 10),
        # a list is one object, however long
        ("{ order(id: 1) { transactions(first: 100) { id } } }", 2),
        ("{ node(id: 1) { ... on Order { customer { id } } ... on Shop { id } } }", 2),
        ("query Q($n: Int = 10) { orders(first: $n) { nodes { id } } }", 2 + 4 * 1),
        ("query Q { order(id: 1) { ...F } } fragment F on Order { customer { id } }", 2),
        ("mutation M { customerUpdate(input: {id: 1}) { customer { id } userErrors { field message } } }", 10),
        ("mutation M { orderClose(input: {}) { order { customer { id } } userErrors { message } } }", 11),
    ],
)
def test_the_model_point_by_point(text: str, expected: int) -> None:
    assert cost.estimate(text) == expected


def test_a_variable_decides_over_its_default() -> None:
    text = "query Q($n: Int = 10) { orders(first: $n) { nodes { id } } }"

    assert cost.estimate(text, {"n": 1}) == 3


def test_a_field_asked_twice_counts_once() -> None:
    text = "{ order(id: 1) { customer { id } ...F } } fragment F on Order { customer { id } }"

    assert cost.estimate(text) == 2


def test_strings_comments_directives_and_objects_do_not_confuse_the_reader() -> None:
    text = """
    # a comment with { braces }
    query Q($a: [ID!]! = ["x"], $n: Int = 5) @live {
      a: orders(query: "tag:'}' {", first: $n, filter: {deep: [{x: 1}]}) @include(if: true) { nodes { id } }
    }
    """

    shape = parse(text)

    assert shape.defaults == {"n": 5}
    assert shape.selection.fields[0].name == "orders"
    assert shape.selection.fields[0].arguments["first"] == "n"


@pytest.mark.parametrize("text", ["{ order", "query Q", "schema { query: Q }"])
def test_what_is_no_document_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"document|begin"):
        parse(text)
