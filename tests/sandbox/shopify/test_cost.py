"""The price of a document, against what Shopify charged for recorded ones."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from graphql import GraphQLSyntaxError, OperationDefinitionNode, OperationType, parse
from tests.sandbox.shopify.scene import a_line, a_scene, an_order
from tests.sandbox.shopify.test_schema import real_schema

from ml_connector.sandbox.shopify.cost import page_weight, requested
from ml_connector.sandbox.shopify.ids import gid


@pytest.mark.parametrize(
    ("count", "weight"),
    [(0, 0), (1, 1), (2, 1), (3, 2), (5, 3), (10, 4), (20, 5), (50, 7), (100, 9), (200, 10), (250, 11)],
)
def test_a_page_weighs_by_the_logarithm_of_its_length(count: int, weight: int) -> None:
    assert page_weight(count) == weight


def test_the_estimate_hits_nearly_every_recorded_document(shared: Path) -> None:
    real = real_schema(shared, "2026-04")
    recorded = json.loads((shared / "reference/shopify/payloads/cost-observations-2026-04.json").read_text("utf-8"))
    hits, tried = {"query": 0, "mutation": 0}, {"query": 0, "mutation": 0}

    for one in recorded:
        try:
            document = parse(one["query"].replace("#graphql", ""))
        except GraphQLSyntaxError:
            continue  # cut short in the recording
        operation = next(part for part in document.definitions if isinstance(part, OperationDefinitionNode))
        kind = "mutation" if operation.operation is OperationType.MUTATION else "query"
        tried[kind] += 1
        hits[kind] += requested(real, document, one["variables"] or {}, operation) == one["requestedQueryCost"]

    assert sum(tried.values()) >= 300
    assert hits["query"] / tried["query"] > 0.9, (hits, tried)
    assert hits["mutation"] / tried["mutation"] > 0.95, (hits, tried)


def test_the_bucket_pays_what_was_really_returned_and_refills_with_time() -> None:
    scene = a_scene()
    order = scene.shop.place_order(an_order(a_line(), a_line()))
    text = "query Q($id: ID!) { order(id: $id) { lineItems(first: 250) { nodes { id } } } }"

    cost = scene.ask(text, id=gid("Order", order.id))["extensions"]["cost"]
    scene.clock.pass_s(1)
    later = scene.ask("{ shop { id } }")["extensions"]["cost"]

    assert cost["requestedQueryCost"] == 14  # 1 + 2 + 11
    assert cost["actualQueryCost"] == 4  # 1 + 2 + 1 for two lines
    assert cost["throttleStatus"] == {"maximumAvailable": 2000, "currentlyAvailable": 1996, "restoreRate": 100}
    assert later["throttleStatus"]["currentlyAvailable"] == 1999  # full again, less this one


def test_an_empty_bucket_throttles_with_200_and_no_data() -> None:
    scene = a_scene()
    scene.company.bucket(scene.shop, "sandbox-app").level = 3

    body = scene.ask("{ orders(first: 250) { nodes { id } } }")

    assert scene.last.status == 200
    assert "data" not in body
    assert body["errors"][0]["message"] == "Throttled"
    assert body["errors"][0]["extensions"]["code"] == "THROTTLED"
    assert body["extensions"]["cost"] == {
        "requestedQueryCost": 13,
        "actualQueryCost": None,
        "throttleStatus": {"maximumAvailable": 2000, "currentlyAvailable": 3, "restoreRate": 100},
    }


def test_a_document_beyond_a_thousand_points_is_refused_for_good() -> None:
    scene = a_scene()
    lines = "lineItems(first: 250) { nodes { id taxLines { title } duties { id } } }"  # 2 + 11 x 3 = 35
    refunds = "returns(first: 250) { nodes { returnLineItems(first: 250) { nodes { id } } } }"  # 2 + 11 x (1 + 13)

    dear = scene.ask(f"{{ orders(first: 250) {{ nodes {{ id {lines} }} }} }}")
    too_dear = scene.ask(f"{{ orders(first: 250) {{ nodes {{ id {lines} {refunds} }} }} }}")

    assert dear["extensions"]["cost"]["requestedQueryCost"] == 398  # 2 + 11 x (1 + 35)
    assert too_dear["errors"][0]["extensions"]["code"] == "MAX_COST_EXCEEDED"
    assert too_dear["errors"][0]["message"].startswith("Query cost is 2114, which exceeds")  # 2 + 11 x (1 + 35 + 156)
