"""Webhook subscriptions as the Admin API makes, changes, lists and removes them.

Source: Shopify Admin API, WebhookSubscription; refusals recorded on version 2026-04.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from ml_connector.sandbox.shopify import search_fields
from ml_connector.sandbox.shopify.access import granted, topic_scopes
from ml_connector.sandbox.shopify.errors import access_denied
from ml_connector.sandbox.shopify.queries import counted, listing, tester, wanted_number
from ml_connector.sandbox.shopify.resolvers import Info, Resolver, Session
from ml_connector.sandbox.shopify.views import View, identity, moment
from ml_connector.sandbox.shopify.webhooks import Subscription

UserErrors = list[dict[str, Any]]
ADDRESS = ["webhookSubscription", "callbackUrl"]
NAME = re.compile(r"[A-Za-z0-9_-]{1,50}")
DISPLAY = {"2026-04": "2026-04", "2026-07": "2026-07", "2026-10": "2026-10 (Latest)"}


def subscription_view(one: Subscription) -> View:
    """A `WebhookSubscription`."""
    return {
        **identity("WebhookSubscription", one.id),
        "topic": one.topic,
        "uri": one.uri,
        "callbackUrl": one.uri,
        "endpoint": _endpoint(one.uri),
        "format": one.format,
        "filter": one.filter or "",
        "includeFields": list(one.include_fields),
        "name": one.name,
        "metafieldNamespaces": list(one.metafield_namespaces),
        "metafields": list(one.metafields),
        "apiVersion": {
            "handle": one.api_version,
            "supported": True,
            "displayName": DISPLAY.get(one.api_version, one.api_version),
        },
        "createdAt": moment(one.created_at),
        "updatedAt": moment(one.updated_at),
    }


def _endpoint(uri: str) -> View:
    if uri.startswith("arn:"):
        return {"__typename": "WebhookEventBridgeEndpoint", "arn": uri}
    if uri.startswith("pubsub://"):
        project, _, topic = uri.removeprefix("pubsub://").partition(":")
        return {"__typename": "WebhookPubSubEndpoint", "pubSubProject": project, "pubSubTopic": topic}
    return {"__typename": "WebhookHttpEndpoint", "callbackUrl": uri}


def mine(session: Session, arguments: Mapping[str, Any]) -> list[View]:
    """The subscriptions this app made in this shop; those of its configuration never show."""
    topics = arguments.get("topics")
    return [
        subscription_view(one)
        for one in session.shop.subscriptions.values()
        if one.client_id == session.client_id
        and not one.from_app
        and (not topics or one.topic in topics)
        and arguments.get("callbackUrl") in (None, one.uri)
    ]


def _own(session: Session, number: int) -> Subscription | None:
    found = session.shop.subscriptions.get(number)
    if found is None or found.from_app or found.client_id != session.client_id:
        return None
    return found


def one(session: Session, arguments: dict[str, Any], _: Info) -> View | None:
    """A subscription by its id."""
    found = _own(session, wanted_number(arguments["id"], "WebhookSubscription"))
    return None if found is None else subscription_view(found)


def count(session: Session, arguments: dict[str, Any], info: Info) -> View:
    """How many subscriptions this app has here."""
    test = tester(session, arguments.get("query"), search_fields.WEBHOOK_FIELDS, "id", info)
    return counted([view for view in mine(session, {}) if test(view)], arguments.get("limit"))


def create(session: Session, arguments: dict[str, Any], _: Info) -> View:
    """Subscribe to a topic."""
    topic, wanted = arguments["topic"], arguments["webhookSubscription"]
    scopes = topic_scopes(topic)
    if scopes and not granted(session.scopes, scopes):
        raise access_denied("webhookSubscriptionCreate", f"the scope for {topic.lower()}.")
    errors = _errors(session, topic, wanted, None)
    if errors:
        return {"webhookSubscription": None, "userErrors": errors}
    made = Subscription(
        session.shop.numbers.next(),
        topic,
        _address(wanted),
        session.client_id,
        session.version,
        session.now,
        session.now,
    )
    _set(made, wanted)
    session.shop.subscriptions[made.id] = made
    return {"webhookSubscription": subscription_view(made), "userErrors": []}


def update(session: Session, arguments: dict[str, Any], _: Info) -> View:
    """Change a subscription; its version becomes that of this request."""
    found = _own(session, wanted_number(arguments["id"], "WebhookSubscription"))
    if found is None:
        return {"webhookSubscription": None, "userErrors": [_unknown()]}
    wanted = {"uri": found.uri, **arguments["webhookSubscription"]}
    errors = _errors(session, found.topic, wanted, found)
    if errors:
        return {"webhookSubscription": None, "userErrors": errors}
    _set(found, wanted)
    found.uri, found.api_version, found.updated_at = _address(wanted), session.version, session.now
    return {"webhookSubscription": subscription_view(found), "userErrors": []}


def delete(session: Session, arguments: dict[str, Any], _: Info) -> View:
    """Remove a subscription."""
    found = _own(session, wanted_number(arguments["id"], "WebhookSubscription"))
    if found is None:
        return {"deletedWebhookSubscriptionId": None, "userErrors": [_unknown()]}
    del session.shop.subscriptions[found.id]
    return {"deletedWebhookSubscriptionId": arguments["id"], "userErrors": []}


def _unknown() -> dict[str, Any]:
    return {"field": ["id"], "message": "Webhook subscription does not exist"}


def _address(wanted: Mapping[str, Any]) -> str:
    return str(wanted.get("uri") or wanted.get("callbackUrl") or "").strip()


def _set(target: Subscription, wanted: Mapping[str, Any]) -> None:
    names = {
        "format": "format",
        "filter": "filter",
        "includeFields": "include_fields",
        "metafieldNamespaces": "metafield_namespaces",
        "metafields": "metafields",
        "name": "name",
    }
    for theirs, ours in names.items():
        if wanted.get(theirs) is not None:
            setattr(target, ours, wanted[theirs])


def _errors(session: Session, topic: str, wanted: Mapping[str, Any], known: Subscription | None) -> UserErrors:
    message = _address_error(session, topic, _address(wanted), wanted, known)
    if message is not None:
        return [{"field": ADDRESS, "message": message}]
    return _name_errors(session, wanted.get("name"), known)


def _address_error(
    session: Session, topic: str, uri: str, wanted: Mapping[str, Any], known: Subscription | None
) -> str | None:
    if not uri:
        return "Address can't be blank"
    if len(uri) > 65_536:
        return "Address is too big (maximum is 64 KB)"
    scheme = uri.partition(":")[0].lower()
    if scheme not in ("https", "arn", "pubsub"):
        loopback = scheme == "http" and session.shop.settings.http_webhooks
        if not loopback:
            known_scheme = "://" in uri
            return f"Address protocol {scheme}:// is not supported" if known_scheme else ("Address is invalid")
    if scheme in ("http", "https"):
        host = urlsplit(uri).hostname or ""
        if not host:
            return "Address is invalid"
        if host.endswith(("myshopify.com", "shopify.com")):
            return "Address cannot be a Shopify or an internal domain"
    if _taken(session, topic, uri, wanted, known):
        return "Address for this topic has already been taken"
    return None


def _taken(session: Session, topic: str, uri: str, wanted: Mapping[str, Any], known: Subscription | None) -> bool:
    return any(
        one.topic == topic
        and one.uri == uri
        and one is not known
        and not one.from_app
        and one.client_id == session.client_id
        and (one.filter or None) == (wanted.get("filter") or None)
        for one in session.shop.subscriptions.values()
    )


def _name_errors(session: Session, name: str | None, known: Subscription | None) -> UserErrors:
    field = ["webhookSubscription", "name"]
    if name is None:
        return []
    if not name:
        return [{"field": field, "message": "Name is too short (minimum is 1 character)"}]
    if not NAME.fullmatch(name):
        return [
            {
                "field": field,
                "message": "Name name field can only contain alphanumeric characters, underscores, and hyphens",
            }
        ]
    taken = any(
        one.name == name and one is not known and one.client_id == session.client_id
        for one in session.shop.subscriptions.values()
    )
    return [{"field": field, "message": "Name already exists, no duplicate allowed"}] if taken else []


QUERIES: dict[str, Resolver] = {
    "webhookSubscription": one,
    "webhookSubscriptionsCount": count,
    "webhookSubscriptions": listing(mine, search_fields.WEBHOOK_FIELDS, "id"),
}
MUTATIONS: dict[str, Resolver] = {
    "webhookSubscriptionCreate": create,
    "webhookSubscriptionUpdate": update,
    "webhookSubscriptionDelete": delete,
}
