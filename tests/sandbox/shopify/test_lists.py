"""Pages, cursors, sorting, searching, and an index that lags behind."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from decimal import Decimal

import pytest
from tests.sandbox.shopify.scene import MONDAY, Scene, a_scene, an_order

from ml_connector.sandbox.shopify import CustomerSpec, PaymentSpec

PAGE = """query Q($first: Int, $after: String, $query: String, $reverse: Boolean) {
  orders(first: $first, after: $after, query: $query, reverse: $reverse, sortKey: UPDATED_AT) {
    nodes { name } edges { cursor } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }"""


def names(scene: Scene, query: str | None = None) -> list[str]:
    return [one["name"] for one in scene.data(PAGE, first=100, query=query)["orders"]["nodes"]]


def test_pages_follow_each_other_by_opaque_cursors() -> None:
    scene = a_scene()
    for _ in range(5):
        scene.shop.place_order(an_order())
        scene.clock.pass_s(1)

    first = scene.data(PAGE, first=2)["orders"]
    second = scene.data(PAGE, first=2, after=first["pageInfo"]["endCursor"])["orders"]
    third = scene.data(PAGE, first=2, after=second["pageInfo"]["endCursor"])["orders"]

    pages = [[one["name"] for one in page["nodes"]] for page in (first, second, third)]
    assert pages == [["#1001", "#1002"], ["#1003", "#1004"], ["#1005"]]
    assert [page["pageInfo"]["hasNextPage"] for page in (first, second, third)] == [True, True, False]
    assert json.loads(base64.b64decode(first["edges"][0]["cursor"])).keys() == {"last_id", "last_value"}


def test_a_row_that_changes_between_two_pages_moves_to_the_end_and_none_is_lost() -> None:
    scene = a_scene()
    orders = []
    for _ in range(4):
        orders.append(scene.shop.place_order(an_order()))
        scene.clock.pass_s(1)

    first = scene.data(PAGE, first=2)["orders"]
    scene.shop.tag(orders[1], "seen")  # the row of the cursor itself
    rest = scene.data(PAGE, first=5, after=first["pageInfo"]["endCursor"])["orders"]

    assert [one["name"] for one in rest["nodes"]] == ["#1003", "#1004", "#1002"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("", "you must provide one of first or last"),
        ("first: 1, last: 1", "providing both first and last is not supported"),
        ("first: 251", "first cannot exceed 250"),
        ('first: 1, after: "nonsense"', "Invalid cursor for current pagination sort."),
    ],
)
def test_a_page_that_makes_no_sense_is_a_bad_request(arguments: str, message: str) -> None:
    scene = a_scene()

    body = scene.ask(f"{{ orders{f'({arguments})' if arguments else ''} {{ nodes {{ id }} }} }}")

    assert body["data"] is None
    assert body["errors"][0]["message"] == message
    assert body["errors"][0]["extensions"] == {"code": "BAD_REQUEST"}


def a_searchable_scene() -> Scene:
    scene = a_scene()
    shop = scene.shop
    shop.place_order(an_order(tags=("wholesale",), customer=CustomerSpec("A", "B", "a@b.example")))
    scene.clock.advance(timedelta(hours=1))
    shop.place_order(an_order(test=True, payments=()))
    scene.clock.advance(timedelta(hours=1))
    cancelled = shop.place_order(an_order(source_name="pos", processed_at=MONDAY - timedelta(days=9)))
    shop.cancel(cancelled)
    scene.clock.advance(timedelta(hours=1))
    shop.place_order(an_order(payments=(PaymentSpec(amount=Decimal("1.00")),)))
    return scene


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", "1234"),
        ("updated_at:>='2026-11-23T10:00:00Z'", "234"),
        ("updated_at:>'2026-11-23T10:00:00Z' AND updated_at:<'2026-11-23T12:00:00Z'", "3"),
        ('created_at:<="2026-11-23T12:00:00+01:00"', "123"),
        ("processed_at:<2026-11-20", "3"),
        ("name:#1002", "2"),
        ("name:1002", "2"),
        ("name:'#1002' OR name:1004", "24"),
        ("test:true", "2"),
        ("-test:true", "134"),
        ("NOT test:true status:open", "14"),
        ("status:cancelled", "3"),
        ("tag:wholesale", "1"),
        ("tag:nobody", ""),
        ("tag_not:wholesale", "234"),
        ("financial_status:paid", "1"),
        ("financial_status:partially_paid", "4"),
        ("source_name:pos", "3"),
        ("(test:true OR tag:wholesale) AND created_at:<2026-12-01", "12"),
    ],
)
def test_the_search_syntax(query: str, found: str) -> None:
    scene = a_searchable_scene()

    assert "".join(sorted(name[-1] for name in names(scene, query))) == found


def test_orders_are_found_by_their_customer() -> None:
    scene = a_searchable_scene()
    customer = next(iter(scene.shop.customers))

    assert names(scene, f"customer_id:{customer}") == ["#1001"]


def test_an_unknown_field_is_ignored_with_a_warning_and_everything_comes_back() -> None:
    scene = a_searchable_scene()

    body = scene.ask(PAGE, first=10, query="updated:>2026-11-23")

    assert len(body["data"]["orders"]["nodes"]) == 4
    search = body["extensions"]["search"][0]
    assert search["path"] == ["orders"]
    assert search["query"] == "updated:>2026-11-23"
    assert search["warnings"][0]["field"] == "updated"


def test_a_moment_that_is_none_is_a_bad_request() -> None:
    body = a_scene().ask(PAGE, first=1, query="updated_at:>yesterday")

    assert body["errors"][0]["message"] == "Invalid timestamp for query filter `updated_at`."


def test_counts_saturate_at_their_limit() -> None:
    scene = a_searchable_scene()

    counts = scene.data(
        "{ a: ordersCount(limit: 3) { count precision } b: ordersCount(limit: null) { count precision } "
        'c: ordersCount(query: "test:true") { count precision } }'
    )

    assert counts == {
        "a": {"count": 3, "precision": "AT_LEAST"},
        "b": {"count": 4, "precision": "EXACT"},
        "c": {"count": 1, "precision": "EXACT"},
    }


def test_a_new_order_is_found_only_when_the_index_has_caught_up() -> None:
    scene = a_scene(index_lag_s=30)
    order = scene.shop.place_order(an_order())

    at_once = names(scene)
    by_id = scene.shop.order_view(order.id)
    scene.clock.pass_s(31)

    assert at_once == []
    assert by_id is not None
    assert names(scene) == ["#1001"]


def test_a_changed_order_is_found_under_its_old_time_until_the_index_has_caught_up() -> None:
    scene = a_scene(index_lag_s=30)
    order = scene.shop.place_order(an_order())
    scene.clock.pass_s(3600)
    scene.shop.tag(order, "late")

    since = "updated_at:>='2026-11-23T09:30:00Z'"
    at_once, anyway = names(scene, since), names(scene)
    scene.clock.pass_s(31)

    assert (at_once, anyway, names(scene, since)) == ([], ["#1001"], ["#1001"])
