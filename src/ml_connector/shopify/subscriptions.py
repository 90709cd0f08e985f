"""Which webhook subscriptions there should be, and what to do about those that there are. Pure.

An app's subscriptions may be shared with somebody else's programs when the merchant made the app, so only those that
bear our name or our address are ours; others are left alone.

Source: Shopify Admin GraphQL, WebhookSubscription.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ml_connector.shopify import topics
from ml_connector.shopify.normalise.node import Node

_PREFIX = "ml-connector-"


@dataclass(frozen=True, slots=True)
class Subscription:
    id: str
    topic: str
    """`orders/create`"""
    uri: str
    format: str = "JSON"
    name: str = ""
    filter: str = ""
    include_fields: tuple[str, ...] = ()
    api_version: str = ""

    @property
    def whole(self) -> bool:
        """Whether everything of the topic is delivered, complete and as JSON.

        A filter with a wrong field silences a topic without a word, so ours never have one.
        """
        return self.format == "JSON" and not self.filter and not self.include_fields


@dataclass(frozen=True, slots=True)
class Changes:
    """What has to be done, in this order."""

    delete: tuple[Subscription, ...] = ()
    update: tuple[Subscription, ...] = ()
    """As they are found; each gets our address, name and shape."""
    create: tuple[str, ...] = ()
    """Topics."""

    def __bool__(self) -> bool:
        return bool(self.delete or self.update or self.create)


def subscription(node: Node) -> Subscription:
    version = node.maybe_child("apiVersion")
    return Subscription(
        id=node.text("id"),
        topic=topics.from_enum(node.text("topic")),
        uri=node.maybe("uri") or "",
        format=node.maybe("format") or "JSON",
        name=node.maybe("name") or "",
        filter=node.maybe("filter") or "",
        include_fields=node.texts("includeFields"),
        api_version=(version.maybe("handle") or "") if version else "",
    )


def name_for(topic: str) -> str:
    """Our name for the subscription of *topic*: 1 to 50 of letters, digits, `-` and `_`."""
    return (_PREFIX + topic.replace("/", "-"))[:50]


def wanted_input(topic: str, uri: str) -> Mapping[str, object]:
    """`WebhookSubscriptionInput`: everything, unfiltered, as JSON, to *uri*."""
    return {"uri": uri, "format": "JSON", "name": name_for(topic), "filter": "", "includeFields": []}


def standing(wanted: Iterable[str], found: Changes) -> dict[str, int]:
    """How many of *wanted* there should be, and how many there are before *found* is carried out."""
    expected = len(set(wanted))
    return {"expected": expected, "found": expected - len(found.create) - len(found.update)}


def changes(wanted: Iterable[str], uri: str, found: Iterable[Subscription]) -> Changes:
    """What makes *found* into: one whole subscription to *uri* for each topic in *wanted*.

    Args:
        wanted: Topics, `orders/create`.
        found: All subscriptions that Shopify lists for this app in this shop.
    """
    ours = [entry for entry in found if entry.uri == uri or entry.name == name_for(entry.topic)]
    topics_wanted = sorted(set(wanted))
    kept: dict[str, Subscription] = {}
    delete: list[Subscription] = []
    for entry in sorted(ours, key=lambda entry: (entry.uri != uri, not entry.whole, entry.id)):
        if entry.topic in topics_wanted and entry.topic not in kept:
            kept[entry.topic] = entry
        else:
            delete.append(entry)
    update = [entry for entry in kept.values() if entry.uri != uri or not entry.whole]
    create = [topic for topic in topics_wanted if topic not in kept]
    return Changes(tuple(delete), tuple(sorted(update, key=lambda entry: entry.topic)), tuple(create))


def removal(uri: str, found: Iterable[Subscription]) -> Changes:
    """What removes every subscription of ours, when a shop is disconnected."""
    return changes((), uri, found)
