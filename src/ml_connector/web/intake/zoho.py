"""`POST /webhooks/zoho/{connection}`: what Zoho Books' workflow rules tell us."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime
from urllib.parse import parse_qsl

from ml_connector.store.deliveries import Delivery
from ml_connector.store.subjects import Knock, Lane, Subject
from ml_connector.web.asgi import Answer, Scope
from ml_connector.web.intake.ports import Signer
from ml_connector.web.intake.reception import NOBODY_SIGNED, Inspect, evidence, for_whom, pairs, signing
from ml_connector.web.intake.secrets import ShortMemory
from ml_connector.zoho import webhooks

PREFIX = "/webhooks/zoho/"
_NOT_READABLE = "The message is not readable (no JSON object), so it names nothing to look at."
_UNKNOWN = "The message does not say which record it is about."

Query = Sequence[tuple[str, str]]


def inspector(signers: ShortMemory[Sequence[Signer]], now: Callable[[], datetime]) -> Inspect:
    """What a request to this address is found to be."""

    async def inspect(scope: Scope, body: bytes) -> Delivery | Answer:
        given = evidence(pairs(scope))
        query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        media_type = given.get("content-type", "")
        signature = given.get(webhooks.SIGNATURE_HEADER, "")
        connection = scope["path"].removeprefix(PREFIX)
        found = signing(
            await signers.of(connection),
            lambda secret: webhooks.is_signed(signature, (secret,), query, media_type, body),
        )
        if not found:
            return NOBODY_SIGNED
        about = webhooks.read(dict(query), media_type, body)
        return kept(connection, about, given, body, tuple(for_whom(found)), now())

    return inspect


def kept(
    connection: str,
    about: webhooks.Delivery | None,
    given: dict[str, str],
    body: bytes,
    connections: Sequence[int],
    received_at: datetime,
) -> Delivery:
    """The evidence of one delivery, and which of Zoho's records it knocks for, as `zoho_invoice` and so on."""
    known = about if about is not None and about.entity and about.id and "\0" not in about.identity else None
    subjects = [Subject(number, f"zoho_{known.entity}", known.id) for number in connections if known]
    return Delivery(
        source="zoho",
        shop=connection,
        # what names nothing is a repeat when it is the same, byte for byte
        webhook_id=known.identity if known else hashlib.sha256(body).hexdigest(),
        topic=f"{known.entity}/{known.event or 'changed'}" if known else "unknown",
        body=body,
        received_at=received_at,
        verdict="accepted" if known else _UNKNOWN if about else _NOT_READABLE,
        connection_id=connections[0] if connections else None,
        subject=subjects[0] if subjects else None,
        # a record that somebody changed in Zoho is read again when there is time: it never stands before an order
        knocks=tuple(Knock(subject, Lane.REREADING) for subject in subjects),
        headers=given,
    )
