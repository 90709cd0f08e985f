"""`POST /webhooks/shopify`: all topics, all shops."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from ml_connector.shopify import delivery, signature
from ml_connector.shopify.delivery import Kind
from ml_connector.store.deliveries import Delivery
from ml_connector.store.subjects import Knock, Lane, Subject
from ml_connector.web.asgi import Answer, Scope, said
from ml_connector.web.intake.ports import Signer
from ml_connector.web.intake.reception import NOBODY_SIGNED, Inspect, evidence, for_whom, pairs, signing
from ml_connector.web.intake.secrets import ShortMemory

PATH = "/webhooks/shopify"

_ACCEPTED = "accepted"
_NOBODY_S = "No connection belongs to this shop, so nothing follows from the message."

_ENDED = "The shop was disconnected, so nothing follows from the message."

_LAW = frozenset({Kind.DATA_REQUEST, Kind.CUSTOMER_REDACT, Kind.SHOP_REDACT})
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
        return kept(headers, evidence(given), body, for_whom(found), now())

    return inspect


def kept(
    headers: delivery.Headers,
    given: dict[str, str],
    body: bytes,
    connections: Mapping[int, Signer],
    received_at: datetime,
) -> Delivery:
    """The evidence of one delivery, and whom it knocks for."""
    asked = delivery.knock(headers.topic, body)
    asking = [number for number, signer in connections.items() if _follows(asked.kind, signer)]
    subjects = [_subject(number, asked, headers) for number in asking]
    return Delivery(
        source="shopify",
        shop=headers.shop,
        webhook_id=headers.webhook_id,
        topic=headers.topic,
        body=body,
        received_at=received_at,
        verdict=asked.verdict or _verdict(connections, asking),
        connection_id=next(iter(asking or connections), None),
        subject=subjects[0] if subjects else None,
        knocks=tuple(Knock(subject, _lane(asked, headers)) for subject in subjects),
        event_id=headers.event_id,
        triggered_at=headers.triggered_at,
        headers=given,
    )


def _follows(kind: Kind, signer: Signer) -> bool:
    """Whether anything is done about it; for an ended connection, only what the law asks for."""
    return kind in _LANES and (not signer.ended or kind in _LAW)


def _verdict(connections: Mapping[int, Signer], asking: Sequence[int]) -> str:
    if not connections:
        return _NOBODY_S
    return _ACCEPTED if asking or not all(signer.ended for signer in connections.values()) else _ENDED


def _subject(connection_id: int, asked: delivery.Knock, headers: delivery.Headers) -> Subject:
    """What is about the whole shop is named by it; what names nobody, by the delivery itself."""
    about_shop = asked.kind in (Kind.UNINSTALLED, Kind.SCOPES, Kind.SHOP, Kind.SHOP_REDACT)
    return Subject(connection_id, asked.kind.value, headers.shop if about_shop else asked.id or headers.webhook_id)


def _lane(asked: delivery.Knock, headers: delivery.Headers) -> Lane:
    return Lane.REFUNDS if headers.topic.startswith("refunds/") else _LANES[asked.kind]
