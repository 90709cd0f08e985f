"""The client against the simulated Shopify: something with state, that does not know what we believe."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from tests.shopify.builders import SHOP
from tests.shopify.sandbox import Sandbox, a_sandbox

from ml_connector.domain.money import Side, total
from ml_connector.domain.order import Address, Order
from ml_connector.net import HttpRequest
from ml_connector.sandbox.http import Request, Response
from ml_connector.sandbox.shopify import kinds  # noqa: F401  (registers the stories)
from ml_connector.sandbox.shopify.company import CLIENT_ID, CLIENT_SECRET
from ml_connector.sandbox.shopify.faults import Fault
from ml_connector.sandbox.shopify.stories import KINDS, tell
from ml_connector.shopify import delivery, errors, oauth, oauth_errors, signature, subscriptions, topics
from ml_connector.shopify.exchange import Exchange
from ml_connector.shopify.ids import gid
from ml_connector.shopify.listing import By
from ml_connector.shopify.oauth import App
from ml_connector.shopify.token_wire import TokenWire
from ml_connector.shopify.wire import Time

URI = "https://books.example/webhooks/shopify"
GONE = {"deleted"}


def told(box: Sandbox, kind: str) -> str:
    return gid("Order", tell(box.shop, kind).id)


async def read(kind: str) -> Order:
    box = a_sandbox()
    order = await box.client().order(told(box, kind))
    assert order is not None
    return order


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in GONE])
async def test_every_kind_of_order_is_read_whole(kind: str) -> None:
    order = await read(kind)

    assert order.unread == ()
    if order.agreements is None:
        assert from_lines(order) == order.totals.total_price.presentment.amount
    else:
        # money given back without goods is a sale too, of type ADJUSTMENT, and leaves the order's total alone
        sales = [sale for entry in order.agreements for sale in entry.sales if sale.line_type != "ADJUSTMENT"]
        ledger = total((sale.total.presentment for sale in sales), order.presentment_currency)
        assert ledger.amount == order.totals.current_total_price.presentment.amount


def from_lines(order: Order) -> Decimal:
    """What an untouched order comes to, from its parts, in the currency that the customer paid in."""

    def side(bag: Any) -> Decimal:
        amount: Decimal = bag.side(Side.PRESENTMENT).amount
        return amount

    def without(owner: Any, price: Decimal) -> Decimal:
        return price - sum((side(part.amount) for part in owner.allocations), Decimal(0))

    parts = [without(line, side(line.unit_price) * line.quantity) for line in order.lines]
    parts += [without(line, side(line.original_price)) for line in order.shipping_lines]
    parts += [side(fee.price) for fee in order.additional_fees]
    duties = order.totals.original_total_duties
    if duties is not None and not order.duties_included:
        parts.append(side(duties))
    if not order.taxes_included:
        parts.append(side(order.totals.total_tax))
    return sum(parts, Decimal(0))


async def test_all_kinds_together_come_in_few_questions() -> None:
    box = a_sandbox()
    gids = [told(box, kind) for kind in KINDS if kind not in GONE]

    found = await box.client().orders(gids)

    assert [order.id for order in found if isinstance(order, Order)] == gids
    heads = [seen for seen in box.company.seen if seen.operation == "query OrdersByIds"]
    assert len(heads) <= len(gids) / 10


async def test_a_deleted_order_is_none() -> None:
    box = a_sandbox()

    assert await box.client().order(told(box, "deleted")) is None


async def test_with_the_least_scope_nothing_is_denied() -> None:
    box = a_sandbox(scopes=("read_orders",))

    found = await box.client().orders([told(box, kind) for kind in ("single line", "exchange up", "company order")])

    assert all(isinstance(order, Order) and order.unread == () for order in found)
    assert all(isinstance(order, Order) and order.customer is None for order in found)


async def test_asking_for_what_was_never_granted_still_reads_the_order() -> None:
    box = a_sandbox(scopes=("read_orders",))

    order = await box.client(granted=None).order(told(box, "single line"))

    assert order is not None
    assert order.customer is None
    assert any(place.startswith("customer:") for place in order.unread)


async def test_a_grant_that_grew_is_used_from_then_on() -> None:
    box = a_sandbox()
    client = box.client(granted={"read_orders"})
    order = told(box, "returning customer")
    before = await client.order(order)

    client.use_scopes(await client.scopes())
    after = await client.order(order)
    await client.close()

    assert before is not None
    assert before.customer is None
    assert after is not None
    assert after.customer is not None


async def test_a_customer_whom_we_may_not_see_is_said() -> None:
    box = a_sandbox()
    box.company.apps[CLIENT_ID].hidden = ("Customer",)

    order = await box.client().order(told(box, "single line"))

    assert order is not None
    assert order.customer is None
    assert any("not approved" in place for place in order.unread)


async def test_old_orders_need_their_own_scope() -> None:
    box = a_sandbox(scopes=("read_orders",))
    order = told(box, "single line")
    box.clock.elapsed += timedelta(days=61).total_seconds()

    assert await box.client().order(order) is None


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault("cut_before"), errors.Unreachable),
        (Fault("cut_after"), errors.NoAnswer),
        (Fault("slow", seconds=60), errors.NoAnswer),
        (Fault("status", status=503), errors.ServerFault),
        (Fault("status", status=423), errors.ShopLocked),
        (Fault("server_error", times=9), errors.ServerFault),
        (Fault("partial_error", path="nodes.0.customer", times=9), errors.ServerFault),
        (Fault("revoked", times=9), errors.TokenRefused),
    ],
)
async def test_what_goes_wrong_becomes_its_error(fault: Fault, error: type[Exception]) -> None:
    box = a_sandbox()
    order = told(box, "single line")
    box.company.faults.add(fault)

    with pytest.raises(error):
        await box.client().order(order)


async def test_after_a_fault_the_same_question_is_answered() -> None:
    box = a_sandbox()
    order, client = told(box, "single line"), box.client()
    box.company.faults.add(Fault("cut_after"))

    with pytest.raises(errors.NoAnswer):
        await client.order(order)

    assert await client.order(order) is not None


async def test_an_empty_bucket_is_waited_for() -> None:
    box = a_sandbox()
    order, client = told(box, "single line"), box.client()
    box.company.faults.add(Fault("throttled"))

    assert await client.order(order) is not None
    assert box.clock.slept


async def test_a_thousand_reads_never_meet_a_refusal_for_volume() -> None:
    box = a_sandbox()
    seen: list[Exchange] = []
    orders, client = [told(box, "full refund") for _ in range(40)], box.client(record=seen.append)

    await client.orders(orders)
    await client.orders(orders)

    assert not [exchange for exchange in seen if b"THROTTLED" in exchange.answer]


async def test_a_version_that_is_gone_falls_forward_with_a_warning() -> None:
    box = a_sandbox()
    client = box.client(api_version="2024-01")

    assert await client.order(told(box, "single line")) is not None
    assert "2024-01" in client.warnings[0]


@pytest.mark.parametrize("version", ["2026-04", "2026-07", "2026-10"])
async def test_every_supported_version_gives_the_same_order(version: str) -> None:
    box = a_sandbox()
    order = told(box, "exchange up")

    assert await box.client(api_version=version).order(order) == await box.client().order(order)


async def test_askers_at_the_same_time_share_questions() -> None:
    box = a_sandbox()
    orders, client = [told(box, "single line") for _ in range(30)], box.client()

    found = await asyncio.gather(*(client.order(order) for order in orders))

    assert [order.id for order in found if order] == orders
    assert box.questions() <= 5


async def test_the_sweep_pages_through_what_changed() -> None:
    box = a_sandbox()
    client = box.client()
    early = [told(box, "single line") for _ in range(3)]
    box.clock.elapsed += 3600
    since = box.clock.now()
    late = [told(box, "single line") for _ in range(5)]
    box.clock.elapsed += 1

    found: list[str] = []
    cursor: str | None = None
    while True:
        page = await client.orders_updated(since, box.clock.now(), cursor, first=2)
        found += [order.id for order in page.items]
        cursor = page.cursor
        if cursor is None:
            break

    assert sorted(found) == sorted(late)
    assert not set(found) & set(early)


async def test_orders_are_found_by_name_and_counted() -> None:
    box = a_sandbox()
    client = box.client()
    order = tell(box.shop, "single line")
    tell(box.shop, "single line")

    found = await client.find_orders("1001")

    assert [glance.id for glance in found] == [gid("Order", order.id)]
    assert (await client.orders_count(By.CREATED, None, None)).count == 2


@pytest.mark.parametrize("by", list(By))
async def test_orders_are_listed_by_each_moment(by: By) -> None:
    box = a_sandbox()
    order = told(box, "single line")
    now = box.clock.now()
    hour = timedelta(hours=1)

    inside = await box.client().orders_listed(by, now - hour, now + hour)
    outside = await box.client().orders_listed(by, now + hour, None)

    assert [glance.id for glance in inside.items] == [order]
    assert outside.items == ()


async def test_shop_scopes_and_clock() -> None:
    box = a_sandbox()
    client = box.client()

    shop = await client.shop()

    assert (shop.domain, shop.currency, shop.time_zone) == (SHOP, "EUR", "Europe/Berlin")
    assert shop.scopes == box.scopes == await client.scopes()
    assert client.server_time == box.clock.now().replace(microsecond=0)


async def test_a_customer_is_read_changed_and_listed() -> None:
    box = a_sandbox()
    client = box.client()
    order = await client.order(told(box, "returning customer"))
    assert order is not None
    assert order.customer is not None
    customer = order.customer.id

    changed = await client.customer_update(customer, {"firstName": "Grace", "note": "from the books"})
    await client.customer_address(customer, Address(address1="Ilica 1", city="Zagreb", zip="10000", country_code="HR"))

    assert changed.first_name == "Grace"
    assert await client.customer(customer) == (await client.customers_updated(None, None)).items[-1]


async def test_the_default_address_can_be_changed() -> None:
    box = a_sandbox()
    client = box.client()
    order = await client.order(told(box, "returning customer"))
    assert order is not None
    assert order.customer is not None
    customer = order.customer

    await client.customer_address(
        customer.id,
        Address(address1="Ilica 1", city="Zagreb", zip="10000", country_code="HR"),
        address_id=customer.default_address_id,
        default=True,
    )

    after = await client.customer(customer.id)
    assert after is not None
    assert after.default_address is not None
    assert (after.default_address.city, after.default_address.country_code) == ("Zagreb", "HR")


async def test_a_customer_that_is_not_there_is_none() -> None:
    assert await a_sandbox().client().customer(gid("Customer", 1)) is None


async def test_subscriptions_are_made_once_and_then_left_alone() -> None:
    box = a_sandbox()
    client = box.client()
    wanted = topics.wanted(box.scopes)

    await client.webhook_subscriptions_repair(subscriptions.changes(wanted, URI, []), URI)
    found = await client.webhook_subscriptions()

    assert {one.topic for one in found} == wanted
    assert not subscriptions.changes(wanted, URI, found)


async def test_subscriptions_follow_to_a_new_address_and_leave_with_us() -> None:
    box = a_sandbox()
    client, new = box.client(), "https://new.example/webhooks/shopify"
    wanted = topics.wanted({"read_orders"})
    await client.webhook_subscriptions_repair(subscriptions.changes(wanted, URI, []), URI)

    moved = subscriptions.changes(wanted, new, await client.webhook_subscriptions())
    await client.webhook_subscriptions_repair(moved, new)
    found = await client.webhook_subscriptions()
    await client.webhook_subscriptions_repair(subscriptions.removal(new, found), new)

    assert {one.uri for one in found} == {new}
    assert await client.webhook_subscriptions() == ()


async def test_what_the_shop_sends_is_signed_and_knocks_for_its_order() -> None:
    box = a_sandbox()
    client = box.client()
    await client.webhook_subscriptions_repair(subscriptions.changes(topics.wanted(box.scopes), URI, []), URI)
    order = told(box, "full refund")

    deliveries = box.company.due_deliveries(box.clock.now())

    knocks = {one.topic: delivery.knock(one.topic, one.body) for one in deliveries}
    assert {"orders/create", "orders/paid", "refunds/create", "order_transactions/create"} <= knocks.keys()
    assert {k.id for topic, k in knocks.items() if not topic.startswith("customers/")} == {order}
    for one in deliveries:
        headers = delivery.headers(one.headers)
        assert signature.signed(one.body, headers.hmac, [CLIENT_SECRET])
        assert (headers.shop, headers.topic, headers.triggered_at) == (SHOP, one.topic, one.triggered_at)


APP = App(CLIENT_ID, CLIENT_SECRET)
REDIRECT = "https://books.example/oauth/shopify/callback"


def installed(box: Sandbox) -> dict[str, str]:
    """The query with which the merchant's browser comes back."""
    box.company.apps[CLIENT_ID].redirect_uris = (REDIRECT,)
    url = urlsplit(oauth.authorize_url(APP, SHOP, redirect_uri=REDIRECT, state="n0nce", wanted=["read_orders"]))
    request = Request("GET", url.path, tuple(parse_qsl(url.query)), {"host": url.netloc})
    answer = box.company.handle(request)
    assert isinstance(answer, Response)
    return dict(parse_qsl(urlsplit(answer.header("location") or "").query))


def tokens_of(box: Sandbox) -> TokenWire:
    return TokenWire(box.door, APP, time=Time(box.clock.now, box.clock.monotonic, box.clock.sleep))


async def test_a_shop_is_connected_and_its_token_renewed() -> None:
    box = a_sandbox()
    wire = tokens_of(box)

    callback = oauth.check_callback(installed(box), [CLIENT_SECRET], state="n0nce", now=box.clock.now())
    first = await wire.exchange_code(callback.shop, callback.code)
    second = await wire.refresh(SHOP, first)

    assert first.scopes == {"read_orders"}
    assert first.expires_at == box.clock.now() + timedelta(hours=1)
    assert second.access != first.access
    assert second.refresh != first.refresh


async def test_a_code_works_once() -> None:
    box = a_sandbox()
    wire, query = tokens_of(box), installed(box)
    await wire.exchange_code(SHOP, query["code"])

    with pytest.raises(oauth_errors.CodeRefused):
        await wire.exchange_code(SHOP, query["code"])


async def test_a_lost_refresh_is_found_again_at_once() -> None:
    box = a_sandbox()
    wire = tokens_of(box)
    first = await wire.exchange_code(SHOP, installed(box)["code"])
    box.company.faults.add(Fault("cut_after", matches="access_token"))

    second = await wire.refresh(SHOP, first)

    assert second.refresh not in (None, first.refresh)


async def test_an_old_refresh_token_is_dead() -> None:
    box = a_sandbox()
    wire = tokens_of(box)
    first = await wire.exchange_code(SHOP, installed(box)["code"])
    await wire.refresh(SHOP, first)
    box.clock.elapsed += 120

    with pytest.raises(oauth_errors.RefreshDead):
        await wire.refresh(SHOP, first)


async def test_an_app_of_the_same_house_asks_with_its_own_name() -> None:
    box = a_sandbox()
    box.company.apps[CLIENT_ID].client_credentials = True

    token = await tokens_of(box).client_credentials(SHOP)

    assert token.refresh is None
    assert token.expires_at == box.clock.now() + timedelta(seconds=86_399)


async def test_an_app_of_another_house_is_refused() -> None:
    with pytest.raises(oauth_errors.GrantRefused):
        await tokens_of(a_sandbox()).client_credentials(SHOP)


async def test_a_wrong_secret_is_said() -> None:
    box = a_sandbox()

    with pytest.raises(oauth_errors.AppRefused):
        await TokenWire(box.door, App(CLIENT_ID, "wrong")).client_credentials(SHOP)


async def test_a_static_token_becomes_an_expiring_one() -> None:
    box = a_sandbox()

    token = await tokens_of(box).migrate(SHOP, box.token)

    assert token.refresh is not None
    with pytest.raises(errors.TokenRefused):
        await box.client().scopes()


async def test_an_uninstalled_app_is_refused() -> None:
    box = a_sandbox()
    box.company.uninstall(SHOP)

    with pytest.raises(errors.TokenRefused):
        await box.client().scopes()


async def test_a_shop_may_live_below_a_path() -> None:
    box = a_sandbox()
    order = told(box, "single line")

    found = await box.client(endpoint="http://127.0.0.1/shops/{shop}").order(order)

    assert found is not None
    assert isinstance(box.door.requests[0], HttpRequest)
    assert urlsplit(box.door.requests[0].url).path == f"/shops/{SHOP}/admin/api/2026-04/graphql.json"
