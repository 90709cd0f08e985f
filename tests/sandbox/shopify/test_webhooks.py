"""Subscriptions, signatures, retries, and everything unkind that a delivery can do."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import timedelta
from typing import Any

import pytest
from tests.sandbox.shopify.scene import DOMAIN, MONDAY, Scene, a_line, a_scene, an_order

from ml_connector.sandbox.shopify import App, CustomerSpec, EditSpec, Habits, RefundSpec
from ml_connector.sandbox.shopify.webhooks import RETRY_DELAYS_S, Delivery, topic_name

ADDRESS = "https://connector.example/webhooks/shopify"
CREATE = """mutation C($topic: WebhookSubscriptionTopic!, $w: WebhookSubscriptionInput!) {
  webhookSubscriptionCreate(topic: $topic, webhookSubscription: $w) {
    webhookSubscription { id topic uri apiVersion { handle } } userErrors { field message } } }"""


def subscribe(scene: Scene, *topics: str, **changed: Any) -> str:
    made = {}
    for topic in topics:
        made = scene.data(CREATE, topic=topic, w={"uri": ADDRESS, **changed})["webhookSubscriptionCreate"]
        assert made["userErrors"] == []
    return str(made["webhookSubscription"]["id"])


def due(scene: Scene) -> list[Delivery]:
    return scene.company.due_deliveries(scene.clock())


def a_listening_scene(*topics: str, **settings: Any) -> Scene:
    scene = a_scene(**settings)
    subscribe(scene, *topics)
    return scene


def test_an_order_is_announced_with_every_header_and_a_signature() -> None:
    scene = a_listening_scene("ORDERS_CREATE")

    scene.shop.place_order(an_order())
    (delivery,) = due(scene)

    headers = delivery.headers
    signature = hmac.new(b"shpss_sandbox", delivery.body, hashlib.sha256).digest()
    assert headers["X-Shopify-Hmac-Sha256"] == base64.b64encode(signature).decode()
    assert headers["X-Shopify-Topic"] == "orders/create"
    assert headers["X-Shopify-Shop-Domain"] == DOMAIN
    assert headers["X-Shopify-API-Version"] == "2026-04"
    assert headers["X-Shopify-Triggered-At"] == "2026-11-23T09:00:00.000000000Z"
    assert headers["X-Shopify-Webhook-Id"] != headers["X-Shopify-Event-Id"]
    assert delivery.uri == ADDRESS


def test_the_body_has_the_keys_and_forms_of_a_real_one() -> None:
    scene = a_listening_scene("ORDERS_CREATE")
    scene.shop.place_order(an_order(a_line("12.50", 2), customer=CustomerSpec("Mara", "L", "m@example.com")))

    body = json.loads(due(scene)[0].body)

    assert (body["total_price"], body["total_tax"], body["subtotal_price"]) == ("29.75", "4.75", "25.00")
    assert body["created_at"] == "2026-11-23T10:00:00+01:00"  # the shop is in Berlin
    assert body["line_items"][0]["price_set"]["shop_money"] == {"amount": "12.50", "currency_code": "EUR"}
    assert body["line_items"][0]["tax_lines"][0]["rate"] == 0.19
    assert body["customer"]["email"] == "m@example.com"
    assert not {"tags", "orders_count", "total_spent"} & body["customer"].keys()
    assert "transactions" not in body


def test_the_order_body_has_every_key_of_the_official_sample(shared: Any) -> None:
    scene = a_listening_scene("ORDERS_CREATE")
    scene.shop.place_order(an_order(customer=CustomerSpec("Mara", "L", "m@example.com")))
    sample = json.loads((shared / "reference/shopify/payloads/official-2026-04/orders__create.json").read_text())

    body = json.loads(due(scene)[0].body)

    assert sample.keys() - body.keys() == set()
    assert sample["line_items"][0].keys() - body["line_items"][0].keys() == set()
    assert sample["customer"].keys() - body["customer"].keys() <= {"default_address"}


def test_one_action_is_several_deliveries_with_one_event_and_different_webhook_ids() -> None:
    scene = a_listening_scene(
        "ORDERS_CREATE", "ORDERS_PAID", "ORDERS_UPDATED", "ORDER_TRANSACTIONS_CREATE", "CUSTOMERS_CREATE"
    )

    scene.shop.place_order(an_order(customer=CustomerSpec("Mara", "L", "m@example.com")))
    sent = due(scene)

    assert [one.topic for one in sent] == [
        "customers/create", "orders/create", "order_transactions/create", "orders/paid", "orders/updated",
    ]  # fmt: skip
    assert len({one.event_id for one in sent}) == 1
    assert len({one.webhook_id for one in sent}) == 5


def test_refunds_edits_cancellations_and_deletions_have_their_topics() -> None:
    scene = a_listening_scene("REFUNDS_CREATE", "ORDERS_EDITED", "ORDERS_CANCELLED", "ORDERS_DELETE")
    order = scene.shop.place_order(an_order(a_line(quantity=2)))

    scene.shop.edit(order, EditSpec(quantities=((0, 1),)))
    refund = scene.shop.refund(order, RefundSpec(lines=((0, 1),)))
    scene.shop.cancel(order)
    scene.shop.delete(order)
    edited, refunded, cancelled, deleted = (json.loads(one.body) for one in due(scene))

    assert edited["order_edit"]["line_items"]["removals"] == [{"id": order.lines[0].id, "delta": 1}]
    assert refunded["id"] == refund.id
    assert refunded["refund_line_items"][0]["subtotal"] == 10.0  # a JSON number, unlike everything else
    assert refunded["transactions"][0]["amount"] == "11.90"  # what the edit left owed stays owed
    assert cancelled["cancelled_at"] is not None
    assert deleted == {"id": order.id}


def test_the_retry_delays_are_eight_over_about_four_hours() -> None:
    assert len(RETRY_DELAYS_S) == 8
    assert timedelta(hours=3.9) < timedelta(seconds=sum(RETRY_DELAYS_S)) < timedelta(hours=4.1)
    assert list(RETRY_DELAYS_S) == sorted(RETRY_DELAYS_S)


def test_a_failed_delivery_comes_again_with_the_same_ids_and_the_old_body() -> None:
    scene = a_listening_scene("ORDERS_CREATE")
    order = scene.shop.place_order(an_order())
    (first,) = due(scene)
    body, number = first.body, first.webhook_id

    scene.company.delivered(first.id, 503)
    scene.shop.tag(order, "changed")
    at_once = due(scene)
    scene.clock.pass_s(RETRY_DELAYS_S[0])
    (again,) = due(scene)

    assert at_once == []
    assert (again.body, again.webhook_id) == (body, number)


@pytest.mark.parametrize("status", [301, 404, 500, None])
def test_anything_but_2xx_is_a_failure(status: int | None) -> None:
    scene = a_listening_scene("ORDERS_CREATE")
    scene.shop.place_order(an_order())
    (delivery,) = due(scene)

    scene.company.delivered(delivery.id, status)

    assert delivery.state == "waiting"


def test_after_the_last_retry_the_subscription_is_gone_but_not_one_of_the_app_itself() -> None:
    scene = a_scene()
    scene.company.apps["sandbox-app"].webhooks["ORDERS_CREATE"] = "https://connector.example/toml"
    scene.company.install(DOMAIN)
    subscribe(scene, "ORDERS_CREATE")
    scene.shop.place_order(an_order())

    for delay in (0.0, *RETRY_DELAYS_S):
        scene.clock.pass_s(delay)
        for delivery in due(scene):
            scene.company.delivered(delivery.id, 500)

    assert {one.state for one in scene.company.outbox.deliveries} == {"given_up"}
    assert [one.from_app for one in scene.shop.subscriptions.values()] == [True]


def test_deliveries_are_doubled_dropped_delayed_and_shuffled_on_request() -> None:
    scene = a_listening_scene("ORDERS_CREATE")
    scene.company.set_habits(Habits(duplicate=1.0, drop=0.4, delay_s=(0.0, 60.0), shuffle=True))
    for _ in range(40):
        scene.shop.place_order(an_order())

    received: list[int] = []
    for _ in range(140):
        for delivery in due(scene):
            received.append(json.loads(delivery.body)["order_number"])
            scene.company.delivered(delivery.id, 200)
        scene.clock.pass_s(1)

    counts = {number: received.count(number) for number in set(received)}
    assert 10 < len(counts) < 35
    assert set(counts.values()) == {2}
    assert received != sorted(received)


def test_a_delivery_can_be_repeated_although_it_was_answered() -> None:
    scene = a_listening_scene("ORDERS_CREATE")
    scene.shop.place_order(an_order())
    (delivery,) = due(scene)
    scene.company.delivered(delivery.id, 200)

    scene.company.outbox.repeat(delivery.id, scene.clock())

    assert [one.webhook_id for one in due(scene)] == [delivery.webhook_id]


@pytest.mark.parametrize(
    ("uri", "message"),
    [
        ("", "Address can't be blank"),
        ("http://connector.example/x", "Address protocol http:// is not supported"),
        ("ftp://connector.example/x", "Address protocol ftp:// is not supported"),
        ("connector", "Address is invalid"),
        ("https://acme.myshopify.com/x", "Address cannot be a Shopify or an internal domain"),
    ],
)
def test_an_address_that_shopify_does_not_take_is_a_user_error(uri: str, message: str) -> None:
    answer = a_scene().data(CREATE, topic="ORDERS_CREATE", w={"uri": uri})["webhookSubscriptionCreate"]

    assert answer["webhookSubscription"] is None
    assert answer["userErrors"] == [{"field": ["webhookSubscription", "callbackUrl"], "message": message}]


def test_an_address_is_taken_once_for_a_topic_and_a_name_once_for_an_app() -> None:
    scene = a_listening_scene("ORDERS_CREATE")
    again = scene.data(CREATE, topic="ORDERS_CREATE", w={"uri": ADDRESS})["webhookSubscriptionCreate"]
    subscribe(scene, "ORDERS_PAID", name="paid")
    named = scene.data(CREATE, topic="ORDERS_EDITED", w={"uri": ADDRESS, "name": "paid"})["webhookSubscriptionCreate"]

    assert again["userErrors"][0]["message"] == "Address for this topic has already been taken"
    assert named["userErrors"][0]["message"] == "Name already exists, no duplicate allowed"


def test_a_sandbox_may_accept_addresses_without_tls() -> None:
    scene = a_scene(http_webhooks=True)

    assert subscribe(scene, "ORDERS_CREATE", uri="http://127.0.0.1:8000/webhooks/shopify")


def test_a_subscription_is_listed_changed_and_removed() -> None:
    scene = a_scene()
    number = subscribe(scene, "ORDERS_CREATE")
    listing = "{ webhookSubscriptions(first: 5) { nodes { id uri apiVersion { handle } } } }"
    update = """mutation U($id: ID!, $w: WebhookSubscriptionInput!) { webhookSubscriptionUpdate(id: $id,
      webhookSubscription: $w) { webhookSubscription { uri } userErrors { field message } } }"""
    delete = """mutation D($id: ID!) { webhookSubscriptionDelete(id: $id) {
      deletedWebhookSubscriptionId userErrors { field message } } }"""

    listed = scene.data(listing)
    changed = scene.ask(update, version="2026-07", id=number, w={"uri": f"{ADDRESS}/2"})["data"]
    after = scene.data(listing)
    removed, twice = scene.data(delete, id=number), scene.data(delete, id=number)

    assert listed["webhookSubscriptions"]["nodes"] == [
        {"id": number, "uri": ADDRESS, "apiVersion": {"handle": "2026-04"}}
    ]
    assert changed["webhookSubscriptionUpdate"]["webhookSubscription"]["uri"] == f"{ADDRESS}/2"
    assert after["webhookSubscriptions"]["nodes"][0]["apiVersion"]["handle"] == "2026-07"
    assert removed["webhookSubscriptionDelete"]["deletedWebhookSubscriptionId"] == number
    assert twice["webhookSubscriptionDelete"]["userErrors"] == [
        {"field": ["id"], "message": "Webhook subscription does not exist"}
    ]


def test_a_topic_needs_its_scope() -> None:
    body = a_scene(scopes=("read_products",)).ask(CREATE, topic="ORDERS_CREATE", w={"uri": ADDRESS})

    assert body["errors"][0]["extensions"]["code"] == "ACCESS_DENIED"


def test_a_filter_silences_what_it_does_not_match_and_a_wrong_one_everything() -> None:
    scene = a_scene()
    subscribe(scene, "ORDERS_CREATE", filter="source_name:pos")
    subscribe(scene, "ORDERS_CREATE", filter="sourcename:pos", uri=f"{ADDRESS}/typo")

    scene.shop.place_order(an_order())
    scene.shop.place_order(an_order(source_name="pos"))

    assert [(one.uri, json.loads(one.body)["name"]) for one in due(scene)] == [(ADDRESS, "#1002")]


def test_only_the_fields_asked_for_are_sent() -> None:
    scene = a_scene()
    subscribe(scene, "ORDERS_CREATE", includeFields=["id", "line_items.price", "customer.email"])

    order = scene.shop.place_order(an_order(customer=CustomerSpec("M", "L", "m@example.com")))

    assert json.loads(due(scene)[0].body) == {
        "id": order.id, "line_items": [{"price": "10.00"}], "customer": {"email": "m@example.com"},
    }  # fmt: skip


def test_compliance_topics_come_only_through_the_apps_own_configuration() -> None:
    scene = a_scene()
    topics = ("CUSTOMERS_DATA_REQUEST", "CUSTOMERS_REDACT", "SHOP_REDACT", "APP_UNINSTALLED")
    scene.company.add_app(App("public", ["shpss_public"], ("read_orders",), webhooks=dict.fromkeys(topics, ADDRESS)))
    scene.company.install(DOMAIN, "public")
    customer = scene.shop.add_customer(CustomerSpec("Mara", "L", "m@example.com"))
    order = scene.shop.place_order(an_order(customer_id=customer.id))

    scene.shop.request_data(customer)
    scene.shop.redact_customer(customer)
    scene.company.uninstall(DOMAIN, "public")
    scene.shop.redact_shop()
    sent = [(one.topic, json.loads(one.body)) for one in due(scene)]

    assert [topic for topic, _ in sent] == [
        "customers/data_request", "customers/redact", "app/uninstalled", "shop/redact",
    ]  # fmt: skip
    assert sent[0][1]["orders_requested"] == sent[1][1]["orders_to_redact"] == [order.id]
    assert sent[1][1]["customer"]["email"] == "m@example.com"
    assert scene.shop.order_body(order.id)["email"] is None
    assert sent[3][1] == {"shop_id": scene.shop.id, "shop_domain": DOMAIN}


def test_a_new_secret_signs_at_once_or_a_little_later() -> None:
    scene = a_listening_scene("ORDERS_CREATE")

    def signed_with() -> str:
        scene.shop.place_order(an_order())
        return due(scene)[0].secret

    scene.company.rotate_secret("sandbox-app", "shpss_2", signs=False)
    old = signed_with()
    scene.company.rotate_secret("sandbox-app", "shpss_3")

    assert (old, signed_with()) == ("shpss_sandbox", "shpss_3")


def test_uninstalling_removes_what_the_app_subscribed_to() -> None:
    scene = a_listening_scene("ORDERS_CREATE", "APP_UNINSTALLED")

    scene.company.uninstall(DOMAIN)
    scene.shop.place_order(an_order())

    assert [one.topic for one in due(scene)] == ["app/uninstalled"]


def test_a_merge_names_both_customers_and_the_second_one_is_gone() -> None:
    scene = a_listening_scene("CUSTOMERS_MERGE")
    kept = scene.shop.add_customer(CustomerSpec("Mara", "L", "mara@example.com"))
    gone = scene.shop.add_customer(CustomerSpec("Mara", "L", "lindqvist@example.com"))
    order = scene.shop.place_order(an_order(customer_id=gone.id))

    scene.shop.merge_customers(kept, gone)

    body = json.loads(due(scene)[0].body)
    assert body["admin_graphql_api_customer_deleted_id"].endswith(str(gone.id))
    assert body["status"] == "success"
    assert order.customer_id == kept.id
    assert scene.data(f'{{ customer(id: "gid://shopify/Customer/{gone.id}") {{ id }} }}') == {"customer": None}


@pytest.mark.parametrize(
    ("enum", "name"),
    [
        ("ORDERS_CREATE", "orders/create"),
        ("ORDER_TRANSACTIONS_CREATE", "order_transactions/create"),
        ("APP_SCOPES_UPDATE", "app/scopes_update"),
        ("ORDERS_PARTIALLY_FULFILLED", "orders/partially_fulfilled"),
        ("BULK_OPERATIONS_FINISH", "bulk_operations/finish"),
        ("CUSTOMERS_DATA_REQUEST", "customers/data_request"),
    ],
)
def test_topics_are_spelled_as_headers_spell_them(enum: str, name: str) -> None:
    assert topic_name(enum) == name


def test_the_same_seed_gives_the_same_deliveries() -> None:
    def ids() -> list[str]:
        scene = a_listening_scene("ORDERS_CREATE")
        scene.shop.place_order(an_order())
        return [one.webhook_id for one in due(scene)]

    assert ids() == ids()
    assert MONDAY.tzinfo is not None
