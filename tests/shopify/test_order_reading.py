"""Orders read together: in how many questions, whole, and what each asker gets."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.shopify.builders import (
    AT,
    Questions,
    a_bag,
    a_connection,
    a_history,
    a_line,
    a_refund_node,
    a_sale,
    an_agreement,
    an_answer,
    an_order_node,
    cost,
    edges,
    raw,
)
from tests.shopify.clients import a_client, all_orders, number_of, order_gid

from ml_connector.domain.money import Money
from ml_connector.domain.order import Order
from ml_connector.domain.trouble import Remedy
from ml_connector.net import HttpResponse
from ml_connector.shopify import errors
from ml_connector.shopify.batch_cost import LARGEST_BATCH
from ml_connector.shopify.ids import gid


async def test_several_orders_come_in_one_question_in_the_order_asked() -> None:
    send = Questions(OrdersByIds=all_orders)

    found = await a_client(send).orders([order_gid(3), order_gid(1), order_gid(2)])

    assert [order.name for order in found if isinstance(order, Order)] == ["#3", "#1", "#2"]
    assert send.count("OrdersByIds") == 1


async def test_an_order_that_shopify_does_not_have_is_none() -> None:
    send = Questions(OrdersByIds=lambda ids: an_answer({"nodes": [None]}))

    assert await a_client(send).orders([order_gid(1)]) == [None]


async def test_an_order_hidden_by_a_denied_field_is_an_error_and_not_a_missing_order() -> None:
    denied = {
        "message": "Access denied for disputes field.",
        "path": ["nodes", 0, "disputes"],
        "extensions": {"code": "ACCESS_DENIED"},
    }
    send = Questions(OrdersByIds=lambda ids: an_answer({"nodes": [None, an_order_node(2)]}, errors=[denied]))

    hidden, shown = await a_client(send).orders([order_gid(1), order_gid(2)])

    assert isinstance(hidden, errors.ScopeMissing)
    assert isinstance(shown, Order)


async def test_protected_data_is_told_on_the_order_it_belongs_to() -> None:
    denied = {"message": "This app is not approved to access the Customer object.", "path": ["nodes", 1, "customer"]}
    send = Questions(
        OrdersByIds=lambda ids: an_answer({"nodes": [an_order_node(1), an_order_node(2)]}, errors=[denied])
    )

    first, second = await a_client(send).orders([order_gid(1), order_gid(2)])

    assert isinstance(first, Order)
    assert isinstance(second, Order)
    assert first.unread == ()
    assert second.unread == ("customer: This app is not approved to access the Customer object.",)


async def test_what_is_no_order_id_never_leaves() -> None:
    send = Questions()

    with pytest.raises(ValueError, match="Shopify Order"):
        await a_client(send).orders([gid("Customer", 1)])


async def test_one_sick_order_does_not_hide_its_neighbours() -> None:
    def answer(ids: list[str], **_: Any) -> HttpResponse:
        if order_gid(2) in ids:
            return an_answer(
                errors=[{"message": "Something went wrong", "extensions": {"code": "INTERNAL_SERVER_ERROR"}}]
            )
        return all_orders(ids)

    found = await a_client(Questions(OrdersByIds=answer)).orders([order_gid(n) for n in (1, 2, 3)])

    assert [type(one) for one in found] == [Order, errors.ServerFault, Order]


async def test_a_shop_that_is_down_is_asked_once_for_all() -> None:
    send = Questions(OrdersByIds=lambda ids: raw("maintenance", 503))

    found = await a_client(send).orders([order_gid(n) for n in range(1, 5)])

    assert all(isinstance(one, errors.ServerFault) for one in found)
    assert send.count("OrdersByIds") == 1


async def test_a_question_that_is_too_large_is_halved() -> None:
    def answer(ids: list[str], **_: Any) -> HttpResponse:
        if len(ids) > 2:
            return an_answer(errors=[{"message": "Query cost is 1200", "extensions": {"code": "MAX_COST_EXCEEDED"}}])
        return all_orders(ids)

    send = Questions(OrdersByIds=answer)
    client = a_client(send)
    found = await client.orders([order_gid(n) for n in range(1, 9)])

    assert all(isinstance(one, Order) for one in found)
    sizes = [len(variables["ids"]) for name, variables in send.asked]
    assert max(sizes[-2:]) <= 2


async def test_the_first_question_fits_even_if_every_order_is_charged() -> None:
    send = Questions(OrdersByIds=all_orders)

    await a_client(send).orders([order_gid(n) for n in range(1, 31)])

    first = len(send.asked[0][1]["ids"])
    assert 5 <= first <= 10


async def test_questions_grow_when_shopify_charges_many_orders_like_one() -> None:
    send = Questions(OrdersByIds=all_orders)  # 94 points, however many

    await a_client(send).orders([order_gid(n) for n in range(1, 61)])

    first, second = (len(variables["ids"]) for _, variables in send.asked[:2])
    assert (first, second) == (9, LARGEST_BATCH)


async def test_questions_stay_small_when_every_order_is_charged() -> None:
    def answer(ids: list[str], **_: Any) -> HttpResponse:
        return an_answer(
            {"nodes": [an_order_node(number_of(one)) for one in ids]}, extensions={"cost": cost(94 * len(ids))}
        )

    send = Questions(OrdersByIds=answer)
    await a_client(send).orders([order_gid(n) for n in range(1, 61)])

    assert max(len(variables["ids"]) for _, variables in send.asked) * 94 <= 1000


@pytest.mark.parametrize("nodes", [[], "none", [1], [{}], None])
async def test_an_answer_of_another_shape_is_our_bug_and_said_so(nodes: Any) -> None:
    send = Questions(OrdersByIds=lambda ids: an_answer({"nodes": nodes}))

    with pytest.raises(errors.NotUnderstood):
        await a_client(send).order(order_gid(1))


@pytest.mark.parametrize(
    "history",
    [{}, {"agreements": {}}, {"refunds": [7]}, {"agreements": edges(an_agreement()) | {"pageInfo": None}}],
)
async def test_a_history_of_another_shape_is_our_bug_and_said_so(history: dict[str, Any]) -> None:
    answer = {"id": order_gid(1), "updatedAt": AT} | history
    send = Questions(
        OrdersByIds=lambda ids: an_answer({"nodes": [an_order_node(1, edited=True)]}),
        OrderHistory=lambda **_: an_answer({"order": answer}),
    )

    with pytest.raises(errors.NotUnderstood):
        await a_client(send).order(order_gid(1))


async def test_a_plain_order_needs_no_second_question() -> None:
    send = Questions(OrdersByIds=all_orders)

    order = await a_client(send).order(order_gid(42))

    assert order is not None
    assert order.agreements is None
    assert len(send.asked) == 1


@pytest.mark.parametrize(
    "more",
    [
        {"edited": True},
        {"cancelledAt": AT},
        {"refunds": [{"id": "gid://shopify/Refund/1"}]},
        {"returnStatus": "RETURN_REQUESTED"},
        {"totalTipReceivedSet": a_bag("1.0")},
        {"currentTotalPriceSet": a_bag("9.0")},
        {"lineItems": a_connection(a_line(quantity=2, currentQuantity=1))},
    ],
)
async def test_an_order_with_a_history_is_read_with_its_ledger(more: dict[str, Any]) -> None:
    send = Questions(
        OrdersByIds=lambda ids: an_answer({"nodes": [an_order_node(42, **more)]}),
        OrderHistory=lambda **_: an_answer({"order": a_history(42)}),
    )

    order = await a_client(send).order(order_gid(42))

    assert order is not None
    assert order.agreements is not None
    assert order.agreements[0].sales[0].total.shop == Money.of("10.0", "EUR")


async def test_two_hundred_and_sixty_lines_arrive_in_order() -> None:
    lines = [a_line(number) for number in range(1, 261)]

    def rest(after: str, **asked: Any) -> HttpResponse:
        start = int(after)
        page = lines[start : start + 100]
        more = str(start + 100) if start + 100 < len(lines) else None
        return an_answer({"order": {"id": asked["id"], "updatedAt": AT, "lineItems": a_connection(*page, more=more)}})

    node = an_order_node(42, lineItems=a_connection(*lines[:20], more="20"))
    send = Questions(OrdersByIds=lambda ids: an_answer({"nodes": [node]}), OrderLines=rest)

    order = await a_client(send).order(order_gid(42))

    assert order is not None
    assert [line.id for line in order.lines] == [line["id"] for line in lines]


async def test_an_order_that_changes_between_its_pages_is_read_again() -> None:
    reads = iter(["2026-11-20T10:00:00Z", "2026-11-20T10:00:01Z"])

    def head(ids: list[str], **_: Any) -> HttpResponse:
        node = an_order_node(42, updatedAt=next(reads), lineItems=a_connection(a_line(1), more="1"))
        return an_answer({"nodes": [node]})

    def rest(**asked: Any) -> HttpResponse:
        page = {"id": asked["id"], "updatedAt": "2026-11-20T10:00:01Z", "lineItems": a_connection(a_line(2))}
        return an_answer({"order": page})

    order = await a_client(Questions(OrdersByIds=head, OrderLines=rest)).order(order_gid(42))

    assert order is not None
    assert len(order.lines) == 2
    assert order.updated_at == datetime(2026, 11, 20, 10, 0, 1, tzinfo=UTC)


async def test_an_order_that_never_stands_still_is_tried_later() -> None:
    node = an_order_node(42, lineItems=a_connection(a_line(1), more="1"))
    other = {"id": order_gid(42), "updatedAt": "2030-01-01T00:00:00Z", "lineItems": a_connection(a_line(2))}
    send = Questions(
        OrdersByIds=lambda ids: an_answer({"nodes": [json.loads(json.dumps(node))]}),
        OrderLines=lambda **_: an_answer({"order": other}),
    )

    with pytest.raises(errors.ChangedWhileReading) as caught:
        await a_client(send).order(order_gid(42))

    assert caught.value.remedy is Remedy.LATER


async def test_an_order_that_disappears_between_its_pages_is_gone() -> None:
    nodes = iter([an_order_node(42, lineItems=a_connection(a_line(1), more="1")), None])
    send = Questions(
        OrdersByIds=lambda ids: an_answer({"nodes": [next(nodes)]}),
        OrderLines=lambda **_: an_answer({"order": None}),
    )

    assert await a_client(send).order(order_gid(42)) is None


async def test_a_page_that_leads_nowhere_does_not_turn_for_ever() -> None:
    node = an_order_node(42, lineItems=a_connection(a_line(1), more="1"))
    page = {"id": order_gid(42), "updatedAt": AT, "lineItems": a_connection(a_line(2), more="1")}
    send = Questions(
        OrdersByIds=lambda ids: an_answer({"nodes": [node]}), OrderLines=lambda **_: an_answer({"order": page})
    )

    with pytest.raises(errors.NotUnderstood):
        await a_client(send).order(order_gid(42))


async def test_more_transactions_than_can_be_read_is_said() -> None:
    node = an_order_node(42)
    node["transactions"] *= 250
    send = Questions(OrdersByIds=lambda ids: an_answer({"nodes": [node]}))

    with pytest.raises(errors.OrderTooLarge, match="transactions"):
        await a_client(send).order(order_gid(42))


async def test_the_rest_of_an_agreements_sales_is_found_behind_its_neighbour() -> None:
    history = a_history(
        agreements=edges(an_agreement(1, a_sale(1)), an_agreement(2, a_sale(2), more_sales="s2")),
    )
    asked: list[dict[str, Any]] = []

    def sales(**variables: Any) -> HttpResponse:
        asked.append(variables)
        node = {"id": "gid://shopify/OrderAgreement/2", "sales": a_connection(a_sale(3))}
        return an_answer({"order": {"id": variables["id"], "updatedAt": AT, "agreements": {"nodes": [node]}}})

    send = Questions(
        OrdersByIds=lambda ids: an_answer({"nodes": [an_order_node(42, edited=True)]}),
        OrderHistory=lambda **_: an_answer({"order": history}),
        AgreementSales=sales,
    )

    order = await a_client(send).order(order_gid(42))

    assert order is not None
    assert order.agreements is not None
    assert [len(agreement.sales) for agreement in order.agreements] == [1, 2]
    assert asked[0]["before"] == "cursor:gid://shopify/OrderAgreement/1"
    assert asked[0]["after"] == "s2"


async def test_a_ledger_that_moved_under_our_pages_is_read_again() -> None:
    moved = {"id": "gid://shopify/OrderAgreement/9", "sales": a_connection(a_sale(3))}
    histories = iter([edges(an_agreement(1, more_sales="s2")), edges(an_agreement(1))])
    send = Questions(
        OrdersByIds=lambda ids: an_answer({"nodes": [an_order_node(42, edited=True)]}),
        OrderHistory=lambda **_: an_answer({"order": a_history(42, agreements=next(histories))}),
        AgreementSales=lambda **asked: an_answer(
            {"order": {"id": asked["id"], "updatedAt": AT, "agreements": {"nodes": [moved]}}}
        ),
    )

    order = await a_client(send).order(order_gid(42))

    assert order is not None
    assert send.count("OrderHistory") == 2


async def test_an_exchange_with_too_many_lines_is_said() -> None:
    returns = a_connection({"id": "gid://shopify/Return/1", "exchangeLineItems": a_connection(more="x")})
    send = Questions(
        OrdersByIds=lambda ids: an_answer({"nodes": [an_order_node(42, returnStatus="RETURNED")]}),
        OrderHistory=lambda **_: an_answer({"order": a_history(42, returns=returns)}),
    )

    with pytest.raises(errors.OrderTooLarge, match="exchanged lines"):
        await a_client(send).order(order_gid(42))


async def test_the_rest_of_a_refunds_lines_is_read() -> None:
    refund = a_refund_node(1)
    more = json.loads(json.dumps(refund["refundLineItems"]))
    refund["refundLineItems"]["pageInfo"] = {"hasNextPage": True, "endCursor": "r1"}
    page = {"id": refund["id"], "order": {"id": order_gid(42), "updatedAt": AT}, "refundLineItems": more}
    send = Questions(
        OrdersByIds=lambda ids: an_answer({"nodes": [an_order_node(42, refunds=[{"id": refund["id"]}])]}),
        OrderHistory=lambda **_: an_answer({"order": a_history(42, refunds=[refund])}),
        RefundLines=lambda **_: an_answer({"refund": page}),
    )

    order = await a_client(send).order(order_gid(42))

    assert order is not None
    assert len(order.refunds[0].lines) == 2


async def test_askers_of_the_same_moment_share_a_question() -> None:
    send = Questions(OrdersByIds=all_orders)
    client = a_client(send)

    found = await asyncio.gather(*(client.order(order_gid(n)) for n in (1, 2, 3, 2)))

    assert [order.name for order in found if order] == ["#1", "#2", "#3", "#2"]
    assert [variables["ids"] for _, variables in send.asked] == [[order_gid(1), order_gid(2), order_gid(3)]]


async def test_each_asker_gets_the_error_of_its_own_order() -> None:
    denied = {"message": "Access denied", "path": ["nodes", 0, "disputes"], "extensions": {"code": "ACCESS_DENIED"}}
    send = Questions(OrdersByIds=lambda ids: an_answer({"nodes": [None, an_order_node(2)]}, errors=[denied]))
    client = a_client(send)

    found = await asyncio.gather(client.order(order_gid(1)), client.order(order_gid(2)), return_exceptions=True)

    assert isinstance(found[0], errors.ScopeMissing)
    assert isinstance(found[1], Order)
