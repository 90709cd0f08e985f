"""`POST /webhooks/zoho/{connection}`: what Zoho Books' workflow rules tell us."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from urllib.parse import parse_qsl

from ml_connector.web.asgi import Answer, Scope
from ml_connector.web.intake.ports import Delivery, Signer
from ml_connector.web.intake.reception import NOBODY_SIGNED, Inspect, evidence, pairs, signer_of
from ml_connector.web.intake.secrets import ShortMemory
from ml_connector.zoho import webhooks

PREFIX = "/webhooks/zoho/"
_NOT_READABLE = "The message is not readable (no JSON object), so it names nothing to look at."
_UNKNOWN = "The message does not say which record it is about."

Query = Sequence[tuple[str, str]]


def inspector(signers: ShortMemory[Sequence[Signer]]) -> Inspect:
    """What a request to this address is found to be."""

    async def inspect(scope: Scope, body: bytes) -> Delivery | Answer:
        given = evidence(pairs(scope))
        query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        media_type = given.get("content-type", "")
        signature = given.get(webhooks.SIGNATURE_HEADER, "")
        connection = scope["path"].removeprefix(PREFIX)
        signer = signer_of(
            await signers.of(connection),
            lambda secret: webhooks.is_signed(signature, (secret,), query, media_type, body),
        )
        if signer is None:
            return NOBODY_SIGNED
        return kept(connection, query, given, body, signer)

    return inspect


def kept(connection: str, query: Query, given: dict[str, str], body: bytes, signer: Signer) -> Delivery:
    """The evidence of one delivery, and which of Zoho's records it knocks for."""
    found = webhooks.read(dict(query), given.get("content-type", ""), body)
    known = found if found is not None and found.entity and found.id else None
    return Delivery(
        source="zoho",
        connection_id=signer.connection_id,
        shop=connection,
        # what names nothing is a repeat when it is the same, byte for byte
        webhook_id=known.identity if known else hashlib.sha256(body).hexdigest(),
        topic=f"{known.entity}/{known.event or 'changed'}" if known else "unknown",
        event_id="",
        triggered_at=None,
        headers=given,
        body=body,
        verdict="accepted" if known else _UNKNOWN if found else _NOT_READABLE,
        subject_kind=f"zoho_{known.entity}" if known else None,
        subject_id=known.id if known else None,
    )
