"""`POST /webhooks/shopify`: all topics, all shops."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from ml_connector.shopify import delivery, signature
from ml_connector.shopify.delivery import Kind
from ml_connector.store.deliveries import Delivery
from ml_connector.store.subjects import Knock, Lane, Subject
from ml_connector.web.asgi import Answer, Scope, said
from ml_connector.web.intake.ports import Signer
from ml_connector.web.intake.reception import NOBODY_SIGNED, Inspect, connections_of, evidence, pairs, signing
from ml_connector.web.intake.secrets import ShortMemory

PATH = "/webhooks/shopify"

_ACCEPTED = "accepted"
_NOBODY_S = "No connection belongs to this shop, so nothing follows from the message."

# Not among them: what asks for nothing, and a return, which its order announces too.
_LANES = {
    Kind.ORDER: Lane.LIVE,
    Kind.UNINSTALLED: Lane.LIVE,
    Kind.SCOPES: Lane.LIVE,
    Kind.SHOP: Lane.LIVE,
    Kind.DATA_REQUEST: Lane.LIVE,
    Kind.CUSTOMER_REDACT: Lane.LIVE,
    Kind.SHOP_REDACT: Lane.LIVE,
    # an import of customers must not stand before an order
    Kind.CUSTOMER: Lane.REREADING,
    Kind.CUSTOMER_MERGE: Lane.REREADING,
}


def inspector(signers: ShortMemory[Sequence[Signer]], now: Callable[[], datetime]) -> Inspect:
    """What a request to this address is found to be."""

    async def inspect(scope: Scope, body: bytes) -> Delivery | Answer:
        given = pairs(scope)
        try:
            headers = delivery.headers(given)
        except delivery.HeadersMissing as missing:
            return said(400, f"This is no webhook of Shopify's: {missing}.")
        found = signing(await signers.of(headers.shop), lambda secret: signature.signed(body, headers.hmac, (secret,)))
        if not found:
            return NOBODY_SIGNED
        return kept(headers, evidence(given), body, connections_of(found), now())

    return inspect


def kept(
    headers: delivery.Headers, given: dict[str, str], body: bytes, connections: Sequence[int], received_at: datetime
) -> Delivery:
    """The evidence of one delivery, and whom it knocks for."""
    asked = delivery.knock(headers.topic, body)
    subjects = [_subject(connection, asked, headers) for connection in connections if asked.kind in _LANES]
    return Delivery(
        source="shopify",
        shop=headers.shop,
        webhook_id=headers.webhook_id,
        topic=headers.topic,
        body=body,
        received_at=received_at,
        verdict=asked.verdict or (_ACCEPTED if connections else _NOBODY_S),
        connection_id=connections[0] if connections else None,
        subject=subjects[0] if subjects else None,
        knocks=tuple(Knock(subject, _lane(asked, headers)) for subject in subjects),
        event_id=headers.event_id,
        triggered_at=headers.triggered_at,
        headers=given,
    )


def _subject(connection_id: int, asked: delivery.Knock, headers: delivery.Headers) -> Subject:
    """What is about the whole shop is named by it; what names nobody, by the delivery itself."""
    about_shop = asked.kind in (Kind.UNINSTALLED, Kind.SCOPES, Kind.SHOP, Kind.SHOP_REDACT)
    return Subject(connection_id, asked.kind.value, headers.shop if about_shop else asked.id or headers.webhook_id)


def _lane(asked: delivery.Knock, headers: delivery.Headers) -> Lane:
    return Lane.REFUNDS if headers.topic.startswith("refunds/") else _LANES[asked.kind]
