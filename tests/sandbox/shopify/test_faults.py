"""What goes wrong on request, and how often."""

from __future__ import annotations

import pytest
from tests.sandbox.shopify.scene import DOMAIN, Scene, a_scene, an_order, graphql

from ml_connector.sandbox.http import NoAnswer, Response, Slow
from ml_connector.sandbox.shopify import CustomerSpec, Fault
from ml_connector.sandbox.shopify.ids import gid

UPDATE = "mutation U($i: CustomerInput!) { customerUpdate(input: $i) { customer { note } userErrors { message } } }"


def send(scene: Scene, document: str = "{ shop { name } }", **variables: object) -> object:
    return scene.company.handle(graphql(scene.token, document, variables))


def test_the_next_answers_are_as_scripted_and_then_all_is_well() -> None:
    scene = a_scene()
    scene.company.faults.add(Fault("status", times=2, status=503, body={"errors": "Service Unavailable"}))

    answers = [send(scene) for _ in range(3)]

    assert [one.status for one in answers if isinstance(one, Response)] == [503, 503, 200]


@pytest.mark.parametrize(("kind", "note"), [("cut_before", None), ("cut_after", "x")])
def test_a_cut_line_leaves_the_caller_in_doubt_and_the_shop_not(kind: str, note: str | None) -> None:
    scene = a_scene()
    customer = scene.shop.add_customer(CustomerSpec("Mara", "L", "m@example.com"))
    scene.company.faults.add(Fault(kind))

    answer = send(scene, UPDATE, i={"id": gid("Customer", customer.id), "note": "x"})

    assert answer == NoAnswer(committed=note is not None)
    assert customer.note == note


def test_a_slow_answer_has_been_carried_out() -> None:
    scene = a_scene()
    scene.company.faults.add(Fault("slow", seconds=7))

    answer = send(scene)

    assert isinstance(answer, Slow)
    assert answer.seconds == 7
    assert isinstance(answer.answer, Response)


def test_throttling_empties_the_bucket_and_time_fills_it() -> None:
    scene = a_scene()
    scene.company.faults.add(Fault("throttled"))

    refused = scene.ask("{ shop { name } }")
    still = scene.ask("{ orders(first: 250) { nodes { id } } }")
    scene.clock.pass_s(1)

    assert refused["errors"][0]["extensions"]["code"] == still["errors"][0]["extensions"]["code"] == "THROTTLED"
    assert "errors" not in scene.ask("{ orders(first: 250) { nodes { id } } }")


def test_a_server_fault_comes_without_data_or_with_a_hole_in_it() -> None:
    scene = a_scene()
    order = scene.shop.place_order(an_order())
    text = "query Q($id: ID!) { order(id: $id) { name transactions { kind } } }"
    scene.company.faults.add(Fault("server_error"))
    scene.company.faults.add(Fault("partial_error", path="order.transactions"))

    nothing, partial = (scene.ask(text, id=gid("Order", order.id)) for _ in range(2))

    assert "data" not in nothing
    assert nothing["errors"][0]["extensions"]["code"] == "INTERNAL_SERVER_ERROR"
    assert partial["data"] == {"order": {"name": "#1001", "transactions": None}}
    assert partial["errors"][0]["path"] == ["order", "transactions"]


def test_a_fault_waits_for_its_request() -> None:
    scene = a_scene()
    scene.company.faults.add(Fault("revoked", matches="orders(", after=1))

    statuses = []
    for text in ("{ shop { id } }", "{ orders(first: 1) { nodes { id } } }", "{ orders(first: 2) { nodes { id } } }"):
        scene.ask(text)
        statuses.append(scene.last.status)

    assert statuses == [200, 200, 401]


def test_a_fault_of_one_shop_is_not_felt_by_another() -> None:
    scene = a_scene()
    scene.company.open_shop("other.myshopify.com")
    scene.company.faults.add(Fault("status", shop="other.myshopify.com"))

    scene.ask("{ shop { id } }")

    assert scene.last.status == 200


def test_an_unknown_fault_is_refused() -> None:
    with pytest.raises(ValueError, match="no such fault"):
        Fault("gremlin")


def test_requests_are_remembered_without_their_secrets() -> None:
    scene = a_scene()
    scene.data("query Shop { shop { id } }")
    scene.company.faults.add(Fault("cut_before"))
    send(scene)

    first, second = scene.company.seen

    assert (first.shop, first.operation, first.status) == (DOMAIN, "query Shop", 200)
    assert second.status is None
    assert scene.token not in str(scene.company.seen)
