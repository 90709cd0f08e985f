"""Topics and subscriptions: what there should be, and what to do about what there is."""

from __future__ import annotations

from typing import Any

import pytest
from tests.shopify import reference
from tests.shopify.builders import SHOP, Questions, a_connection, an_answer

from ml_connector.shopify import scopes, subscriptions, topics
from ml_connector.shopify.client import ShopifyClient
from ml_connector.shopify.subscriptions import Changes, Subscription
from ml_connector.shopify.wire import StaticToken

URI = "https://books.example/webhooks/shopify"


def a_subscription(number: int = 1, topic: str = "orders/create", uri: str = URI, **more: Any) -> Subscription:
    values = {"name": subscriptions.name_for(topic), "api_version": "2026-04"} | more
    return Subscription(f"gid://shopify/WebhookSubscription/{number}", topic, uri, **values)


def test_nothing_is_done_when_all_is_well() -> None:
    changes = subscriptions.changes(["orders/create"], URI, [a_subscription()])

    assert changes == Changes()
    assert not changes


def test_a_missing_topic_is_created() -> None:
    assert subscriptions.changes(["orders/paid", "orders/create"], URI, []) == Changes(
        create=("orders/create", "orders/paid")
    )


def test_our_subscription_follows_to_a_new_address() -> None:
    found = a_subscription(uri="https://old.example/webhooks/shopify")

    assert subscriptions.changes(["orders/create"], URI, [found]) == Changes(update=(found,))


@pytest.mark.parametrize("more", [{"filter": "total_price:>10"}, {"include_fields": ("id",)}, {"format": "XML"}])
def test_one_that_does_not_deliver_everything_is_mended(more: dict[str, Any]) -> None:
    found = a_subscription(**more)

    assert subscriptions.changes(["orders/create"], URI, [found]) == Changes(update=(found,))


def test_one_at_our_address_is_ours_whatever_its_name() -> None:
    assert not subscriptions.changes(["orders/create"], URI, [a_subscription(name="")])


def test_a_second_one_for_the_same_topic_is_removed() -> None:
    good, old = a_subscription(2), a_subscription(1, uri="https://old.example")

    assert subscriptions.changes(["orders/create"], URI, [old, good]) == Changes(delete=(old,))


def test_a_topic_that_is_no_longer_wanted_is_removed() -> None:
    found = a_subscription(topic="customers/update")

    assert subscriptions.changes([], URI, [found]) == Changes(delete=(found,))


def test_somebody_elses_subscriptions_are_left_alone() -> None:
    others = [a_subscription(uri="https://other.example", name=name) for name in ("", "theirs")]

    assert subscriptions.changes(["orders/create"], URI, others) == Changes(create=("orders/create",))
    assert not subscriptions.removal(URI, others)


def test_leaving_removes_all_of_ours() -> None:
    ours = [a_subscription(1), a_subscription(2, topic="orders/paid")]

    assert set(subscriptions.removal(URI, ours).delete) == set(ours)


def test_without_scopes_only_the_apps_own_topics_are_wanted() -> None:
    assert topics.wanted(set()) == {"app/uninstalled", "app/scopes_update", "shop/update"}


def test_scopes_bring_their_topics() -> None:
    assert "orders/create" in topics.wanted({"read_orders"})
    assert "customers/update" in topics.wanted({"write_customers"})
    assert "customers/merge" not in topics.wanted({"read_customers"})


def test_compliance_topics_are_never_asked_for() -> None:
    everything = {scope for scope in topics.SUBSCRIBED.values() if scope}

    assert not topics.wanted(everything) & topics.COMPLIANCE


def test_names_are_allowed_and_different() -> None:
    names = [subscriptions.name_for(topic) for topic in topics.SUBSCRIBED]

    assert len(set(names)) == len(names)
    assert all(1 <= len(name) <= 50 and name.replace("-", "").replace("_", "").isalnum() for name in names)


@pytest.mark.parametrize("version", reference.VERSIONS)
def test_every_topic_exists_in_every_version(version: str) -> None:
    known = reference.schema(version).type_map["WebhookSubscriptionTopic"].values

    assert [topic for topic in topics.SUBSCRIBED if topics.enum(topic) not in known] == []


def test_every_topic_can_be_subscribed_with_the_scope_we_believe() -> None:
    official = reference.payload("topics-2026-04.json")

    for topic, scope in topics.SUBSCRIBED.items():
        wanted = official[topic]["access_scopes"]
        assert "graphql" in official[topic]["available_on"], topic
        assert scope is None or scope.removeprefix("read_") in wanted, topic


@pytest.mark.parametrize("topic", [*topics.SUBSCRIBED, *sorted(topics.COMPLIANCE)])
def test_the_spelling_of_a_topic_goes_both_ways(topic: str) -> None:
    assert topics.from_enum(topics.enum(topic)) == topic


@pytest.mark.parametrize(("name", "topic"), [("PRODUCTS_CREATE", "products/create"), ("ODD", "odd")])
def test_a_foreign_topic_can_still_be_shown(name: str, topic: str) -> None:
    assert topics.from_enum(name) == topic


def a_node(found: Subscription) -> dict[str, Any]:
    return {
        "id": found.id, "topic": topics.enum(found.topic), "uri": found.uri, "format": "JSON", "name": found.name,
        "filter": "", "includeFields": [], "apiVersion": {"handle": "2026-04"},
    }  # fmt: skip


def a_client(send: Questions) -> ShopifyClient:
    return ShopifyClient(send, SHOP, StaticToken("t"))


async def test_all_pages_of_subscriptions_are_listed() -> None:
    first, second = a_subscription(1), a_subscription(2, topic="orders/paid")
    pages = {None: a_connection(a_node(first), more="p2"), "p2": a_connection(a_node(second))}
    send = Questions(WebhookSubscriptions=lambda after, **_: an_answer({"webhookSubscriptions": pages[after]}))

    assert await a_client(send).webhook_subscriptions() == (first, second)


async def test_a_repair_is_carried_out_in_its_order() -> None:
    def changed(field: str) -> Any:
        return lambda **_: an_answer({field: {"webhookSubscription": a_node(a_subscription()), "userErrors": []}})

    send = Questions(
        WebhookSubscriptionDelete=lambda **_: an_answer({"webhookSubscriptionDelete": {"userErrors": []}}),
        WebhookSubscriptionUpdate=changed("webhookSubscriptionUpdate"),
        WebhookSubscriptionCreate=changed("webhookSubscriptionCreate"),
    )
    changes = Changes((a_subscription(1),), (a_subscription(2, uri="https://old.example"),), ("orders/paid",))

    await a_client(send).webhook_subscriptions_repair(changes, URI)

    assert [name.removeprefix("WebhookSubscription") for name, _ in send.asked] == ["Delete", "Update", "Create"]
    assert send.asked[2][1] == {
        "topic": "ORDERS_PAID",
        "subscription": {
            "uri": URI, "format": "JSON", "name": "ml-connector-orders-paid", "filter": "", "includeFields": [],
        },
    }  # fmt: skip


async def test_one_that_is_gone_already_counts_as_deleted() -> None:
    gone = {"userErrors": [{"field": ["id"], "message": "Webhook subscription does not exist"}]}
    send = Questions(WebhookSubscriptionDelete=lambda **_: an_answer({"webhookSubscriptionDelete": gone}))

    await a_client(send).webhook_subscription_delete(a_subscription())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("read_orders,write_customers", {"read_orders", "write_customers"}),
        ("read_orders, read_products", {"read_orders", "read_products"}),
        ("read_orders read_products", {"read_orders", "read_products"}),
        ("", set()),
    ],
)
def test_scopes_are_read_from_their_list(text: str, expected: set[str]) -> None:
    assert scopes.parse(text) == expected


def test_missing_scopes_are_named_in_order() -> None:
    assert scopes.missing(["read_orders", "read_customers", "read_x"], {"write_customers"}) == ("read_orders", "read_x")
