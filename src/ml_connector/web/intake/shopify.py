"""`POST /webhooks/shopify`: all topics, all shops."""

from __future__ import annotations

from collections.abc import Sequence

from ml_connector.shopify import delivery, signature
from ml_connector.web.asgi import Answer, Scope, said
from ml_connector.web.intake.ports import Delivery, Signer
from ml_connector.web.intake.reception import NOBODY_SIGNED, Inspect, evidence, pairs, signer_of
from ml_connector.web.intake.secrets import ShortMemory

PATH = "/webhooks/shopify"
_KEPT = "accepted"


def inspector(signers: ShortMemory[Sequence[Signer]]) -> Inspect:
    """What a request to this address is found to be."""

    async def inspect(scope: Scope, body: bytes) -> Delivery | Answer:
        given = pairs(scope)
        try:
            headers = delivery.headers(given)
        except delivery.HeadersMissing as missing:
            return said(400, f"This is no webhook of Shopify's: {missing}.")
        signer = signer_of(
            await signers.of(headers.shop), lambda secret: signature.signed(body, headers.hmac, (secret,))
        )
        if signer is None:
            return NOBODY_SIGNED
        return kept(headers, evidence(given), body, signer)

    return inspect


def kept(headers: delivery.Headers, given: dict[str, str], body: bytes, signer: Signer) -> Delivery:
    """The evidence of one delivery, and whom it knocks for."""
    knock = delivery.knock(headers.topic, body)
    knocks = knock.kind is not delivery.Kind.NONE
    return Delivery(
        source="shopify",
        connection_id=signer.connection_id,
        shop=headers.shop,
        webhook_id=headers.webhook_id,
        topic=headers.topic,
        event_id=headers.event_id,
        triggered_at=headers.triggered_at,
        headers=given,
        body=body,
        verdict=knock.verdict or _KEPT,
        subject_kind=knock.kind.value if knocks else None,
        subject_id=knock.id if knocks else None,
    )
