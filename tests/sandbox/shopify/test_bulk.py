"""Bulk operations: started, watched, fetched."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.sandbox.shopify.scene import Scene, a_line, a_scene, an_order

from ml_connector.sandbox.http import Request, Response
from ml_connector.sandbox.shopify.ids import gid

RUN = """mutation R($q: String!, $g: Boolean!) { bulkOperationRunQuery(query: $q, groupObjects: $g) {
  bulkOperation { id status } userErrors { field message code } } }"""
STATUS = "query S($id: ID!) { bulkOperation(id: $id) { status url objectCount rootObjectCount completedAt } }"
ORDERS = "{ orders { edges { node { id name lineItems { edges { node { id } } } } } } }"


def run(scene: Scene, query: str = ORDERS, *, grouped: bool = True) -> str:
    answer = scene.data(RUN, q=query, g=grouped)["bulkOperationRunQuery"]
    assert answer["userErrors"] == []
    assert answer["bulkOperation"]["status"] == "CREATED"
    return str(answer["bulkOperation"]["id"])


def result(scene: Scene, number: str) -> list[dict[str, object]]:
    url = scene.data(STATUS, id=number)["bulkOperation"]["url"]
    answer = scene.company.handle(Request("GET", "/shops/" + url.split("/shops/")[1]))
    assert isinstance(answer, Response)
    return [json.loads(line) for line in answer.body.decode().splitlines()]


def test_an_operation_runs_and_completes_with_the_clock() -> None:
    scene = a_scene()
    for _ in range(2):
        scene.shop.place_order(an_order(a_line(), a_line()))
    number = run(scene)

    scene.clock.pass_s(1)
    running = scene.data(STATUS, id=number)["bulkOperation"]
    scene.clock.pass_s(1)
    done = scene.data(STATUS, id=number)["bulkOperation"]

    assert (running["status"], running["url"]) == ("RUNNING", None)
    assert (done["status"], done["objectCount"], done["rootObjectCount"]) == ("COMPLETED", "6", "2")


def test_children_follow_their_parent_and_name_it() -> None:
    scene = a_scene()
    order = scene.shop.place_order(an_order(a_line(), a_line()))
    number = run(scene)
    scene.clock.pass_s(5)

    lines = result(scene, number)

    assert lines[0] == {"id": gid("Order", order.id), "name": "#1001"}
    assert [line["__parentId"] for line in lines[1:]] == [gid("Order", order.id)] * 2


def test_a_result_of_nothing_has_no_address() -> None:
    scene = a_scene()
    number = run(scene)
    scene.clock.pass_s(5)

    assert scene.data(STATUS, id=number)["bulkOperation"]["url"] is None


def test_the_document_of_the_references_runs(shared: Path) -> None:
    scene = a_scene()
    scene.shop.refund(scene.shop.place_order(an_order()))
    number = run(scene, (shared / "reference/shopify/queries/bulk_inner_orders.graphql").read_text())
    scene.clock.pass_s(5)

    order = result(scene, number)[0]

    assert [one["kind"] for one in order["transactions"]] == ["SALE", "REFUND"]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("{ shop { name } }", "Bulk queries must contain at least one connection."),
        ("{ orders { edges { node { nope } } } }", "Invalid bulk query: Field 'nope' doesn't exist on type 'Order'"),
        ("{", "Invalid bulk query: Syntax Error: Expected Name, found <EOF>."),
    ],
)
def test_a_query_that_cannot_be_run_in_bulk_is_a_user_error(query: str, message: str) -> None:
    answer = a_scene().data(RUN, q=query, g=True)["bulkOperationRunQuery"]

    assert answer["bulkOperation"] is None
    assert answer["userErrors"][0]["message"] == message


def test_five_run_at_once_and_one_can_be_cancelled() -> None:
    scene = a_scene()
    numbers = [run(scene) for _ in range(5)]
    cancel = "mutation C($id: ID!) { bulkOperationCancel(id: $id) { bulkOperation { status } userErrors { message } } }"

    sixth = scene.data(RUN, q=ORDERS, g=True)["bulkOperationRunQuery"]
    cancelled = scene.data(cancel, id=numbers[0])["bulkOperationCancel"]

    assert sixth["userErrors"][0]["code"] == "OPERATION_IN_PROGRESS"
    assert cancelled["bulkOperation"]["status"] == "CANCELED"
    assert run(scene)
