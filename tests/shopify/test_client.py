"""The client against scripted answers: what is asked, in how many questions, and what each caller gets."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from tests.shopify.builders import (
    AT,
    SHOP,
    Clock,
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

from ml_connector.domain.money import Money
from ml_connector.domain.order import Order
from ml_connector.domain.trouble import Remedy
from ml_connector.net import AnswerLost, HttpRequest, HttpResponse, NotSent
from ml_connector.shopify import errors
from ml_connector.shopify.batch_cost import LARGEST_BATCH
from ml_connector.shopify.client import Counted, ShopifyClient
from ml_connector.shopify.exchange import Exchange
from ml_connector.shopify.ids import gid
from ml_connector.shopify.listing import By
from ml_connector.shopify.wire import StaticToken, Time


def a_client(send: Any, clock: Clock | None = None, **more: Any) -> ShopifyClient:
    clock = clock or Clock()
    time = Time(clock.now, clock.monotonic, clock.sleep)
    return ShopifyClient(send, SHOP, more.pop("tokens", StaticToken("shpat_1")), time=time, **more)


def order_gid(number: int) -> str:
    return gid("Order", number)


def number_of(order_id: str) -> int:
    return int(order_id.rsplit("/", 1)[1])


def all_orders(ids: list[str], **_: Any) -> HttpResponse:
    return an_answer({"nodes": [an_order_node(number_of(one)) for one in ids]})


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


class Failing:
    """A `Send` that raises what it is given, then answers."""

    def __init__(self, *failures: Exception | HttpResponse) -> None:
        self.failures = list(failures)
        self.requests: list[HttpRequest] = []

    async def __call__(self, request: HttpRequest, *, timeout_s: float) -> HttpResponse:
        self.requests.append(request)
        failure = self.failures.pop(0)
        if isinstance(failure, Exception):
            raise failure
        return failure


async def test_a_request_that_did_not_leave_is_unreachable_and_keeps_its_cause() -> None:
    cause = NotSent("no route")

    with pytest.raises(errors.Unreachable) as caught:
        await a_client(Failing(cause)).scopes()

    assert caught.value.__cause__ is cause


async def test_a_lost_answer_to_a_question_may_be_asked_again() -> None:
    with pytest.raises(errors.NoAnswer):
        await a_client(Failing(AnswerLost("reset"))).scopes()


async def test_a_lost_answer_to_a_change_is_in_doubt() -> None:
    with pytest.raises(errors.WriteInDoubt):
        await a_client(Failing(AnswerLost("reset"))).customer_update(gid("Customer", 1), {"firstName": "Ann"})


THROTTLED = {"message": "Throttled", "extensions": {"code": "THROTTLED"}}


async def test_a_short_throttling_is_waited_for() -> None:
    clock = Clock()
    refused = an_answer(errors=[THROTTLED], extensions={"cost": cost(94, available=0, actualQueryCost=None)})
    installed = an_answer({"currentAppInstallation": {"id": "1", "accessScopes": [{"handle": "read_orders"}]}})

    scopes = await a_client(Failing(refused, installed), clock).scopes()

    assert scopes == {"read_orders"}
    assert clock.slept[0] == pytest.approx(1.0)


async def test_an_endless_throttling_is_told_with_its_wait() -> None:
    refused = an_answer(errors=[THROTTLED], extensions={"cost": cost(1000, available=0)})

    with pytest.raises(errors.Throttled) as caught:
        await a_client(Failing(*[refused] * 4)).scopes()

    assert caught.value.retry_after_s == pytest.approx(10.0)


class Renewing:
    """A token provider with one renewal in hand."""

    def __init__(self) -> None:
        self.current = "old"
        self.refused: list[str] = []

    async def token(self, *, refused: str | None = None) -> str:
        if refused is not None:
            self.refused.append(refused)
            self.current = "new"
        return self.current


UNAUTHORISED = raw('{"errors":"[API] Invalid API key or access token"}', 401)
INSTALLED = an_answer({"currentAppInstallation": {"id": "1", "accessScopes": []}})


async def test_a_refused_token_is_renewed_once() -> None:
    tokens = Renewing()
    send = Failing(UNAUTHORISED, INSTALLED)

    await a_client(send, tokens=tokens).scopes()

    assert tokens.refused == ["old"]
    assert [request.headers["X-Shopify-Access-Token"] for request in send.requests] == ["old", "new"]


async def test_a_token_refused_twice_stops_the_connection() -> None:
    with pytest.raises(errors.TokenRefused):
        await a_client(Failing(UNAUTHORISED, UNAUTHORISED), tokens=Renewing()).scopes()


async def test_a_token_that_cannot_be_renewed_stops_the_connection() -> None:
    with pytest.raises(errors.TokenRefused):
        await a_client(Failing(UNAUTHORISED)).scopes()


async def test_every_exchange_is_recorded_without_its_token() -> None:
    seen: list[Exchange] = []
    client = a_client(Questions(OrdersByIds=all_orders), record=seen.append)

    await client.order(order_gid(42))

    (exchange,) = seen
    assert (exchange.method, exchange.path) == ("POST", "/admin/api/2026-04/graphql.json")
    assert (exchange.operation, exchange.status, exchange.took_s) == ("OrdersByIds", 200, 0.1)
    assert exchange.subjects == (order_gid(42),)
    assert b"shpat_1" not in exchange.request + exchange.answer


async def test_an_exchange_without_answer_is_recorded_too() -> None:
    seen: list[Exchange] = []

    with pytest.raises(errors.NoAnswer):
        await a_client(Failing(AnswerLost("reset by peer")), record=seen.append).scopes()

    assert seen[0].status is None
    assert seen[0].failure == "reset by peer"


async def test_shopifys_clock_is_known_after_an_answer() -> None:
    answer = raw(INSTALLED.body, date="Mon, 23 Nov 2026 10:00:00 GMT")
    client = a_client(Failing(answer))

    await client.scopes()

    assert client.server_time == datetime(2026, 11, 23, 10, tzinfo=UTC)


@pytest.mark.parametrize("date", ["", "yesterday"])
async def test_a_date_that_cannot_be_read_changes_nothing(date: str) -> None:
    client = a_client(Failing(raw(INSTALLED.body, date=date)))

    await client.scopes()

    assert client.server_time is None


async def test_the_endpoint_may_be_elsewhere() -> None:
    send = Failing(INSTALLED)

    await a_client(send, endpoint="http://127.0.0.1:9/", api_version="2026-07").scopes()

    assert send.requests[0].url == "http://127.0.0.1:9/admin/api/2026-07/graphql.json"


async def test_a_version_that_is_gone_is_a_warning() -> None:
    client = a_client(Failing(raw(INSTALLED.body, x_shopify_api_version="2027-01")))

    await client.scopes()

    assert client.warnings == ("Shopify no longer serves API version 2026-04 and answered with 2027-01.",)


def a_glance(number: int, name: str | None = None) -> dict[str, Any]:
    return {
        "id": order_gid(number),
        "name": name or f"#{number}",
        "createdAt": AT,
        "processedAt": AT,
        "updatedAt": AT,
        "currentTotalPriceSet": a_bag(),
        "totalReceivedSet": a_bag(),
        "totalRefundedSet": a_bag(),
    }


async def test_updated_orders_are_listed_by_the_field_they_are_sorted_by() -> None:
    send = Questions(OrdersListed=lambda **_: an_answer({"orders": a_connection(a_glance(1), more="next")}))
    since, until = datetime(2026, 11, 23, 10, tzinfo=UTC), datetime(2026, 11, 23, 11, tzinfo=UTC)

    page = await a_client(send).orders_updated(since, until)

    assert send.asked[0][1] == {
        "first": 250,
        "after": None,
        "query": "updated_at:>='2026-11-23T10:00:00Z' AND updated_at:<'2026-11-23T11:00:00Z'",
        "sortKey": "UPDATED_AT",
    }
    assert [order.name for order in page.items] == ["#1"]
    assert page.cursor == "next"


async def test_the_last_page_has_no_cursor() -> None:
    send = Questions(OrdersListed=lambda **_: an_answer({"orders": a_connection()}))

    page = await a_client(send).orders_updated(None, None)

    assert page.cursor is None


async def test_an_ignored_filter_is_never_taken_for_all_orders() -> None:
    search = [{"path": ["orders"], "query": "x", "warnings": [{"field": "updated", "message": "Invalid search field"}]}]
    send = Questions(
        OrdersListed=lambda **_: an_answer({"orders": a_connection()}, extensions={"search": search, "cost": cost()})
    )

    with pytest.raises(errors.FilterIgnored, match="Invalid search field"):
        await a_client(send).orders_updated(None, None)


@pytest.mark.parametrize("name", ["#1001", "1001", " 1001 "])
async def test_an_order_is_found_by_its_exact_name(name: str) -> None:
    rows = [a_glance(1, "#10010"), a_glance(2, "#1001"), a_glance(3, "#1001-A")]
    send = Questions(OrdersListed=lambda **_: an_answer({"orders": a_connection(*rows)}))

    found = await a_client(send).find_orders(name)

    assert [order.id for order in found] == [order_gid(2)]
    assert send.asked[0][1]["query"] == "name:'1001'"


async def test_a_name_cannot_break_out_of_the_search() -> None:
    send = Questions(OrdersListed=lambda **_: an_answer({"orders": a_connection()}))

    await a_client(send).find_orders("x' OR name:'y")

    assert send.asked[0][1]["query"] == r"name:'x\' OR name:\'y'"


async def test_orders_are_counted() -> None:
    send = Questions(OrdersCount=lambda **_: an_answer({"ordersCount": {"count": 12, "precision": "AT_LEAST"}}))
    client = a_client(send)

    assert await client.orders_count(By.PROCESSED, None, None) == Counted(12, exact=False)


async def test_a_refused_change_says_what_shopify_said() -> None:
    payload = {"customer": None, "userErrors": [{"field": ["email"], "message": "Email has already been taken"}]}
    send = Questions(CustomerUpdate=lambda **_: an_answer({"customerUpdate": payload}))

    with pytest.raises(errors.Refused, match="Email has already been taken") as caught:
        await a_client(send).customer_update(gid("Customer", 1), {"email": "a@example.com"})

    assert caught.value.refusals[0].field == "email"


async def test_rates_are_exact() -> None:
    tax = {"title": "VAT", "rate": 0.255, "priceSet": a_bag("2.55")}
    node = an_order_node(42, lineItems=a_connection(a_line(taxLines=[tax])))
    send = Questions(OrdersByIds=lambda ids: an_answer({"nodes": [node]}))

    order = await a_client(send).order(order_gid(42))

    assert order is not None
    assert order.lines[0].tax_lines[0].rate == Decimal("0.255")
