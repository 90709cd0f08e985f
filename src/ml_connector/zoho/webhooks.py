"""Zoho's own webhooks: whether Zoho signed the delivery, and what it is about.

A delivery has no event, no id and no time of its own; the record's id and its `last_modified_time` tell repeats apart.
The signature holds no time either, so it does not stop a replay: the record is read again before anything follows.

Source: Zoho Billing, Securing webhooks (Books shares the mechanism); Zoho Books API v3, Webhooks.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

from ml_connector.zoho.exact import Json, NotJson, decode_object, text

SIGNATURE_HEADER = "x-zoho-webhook-signature"

# Documents first: they carry their customer's id as well.
_IDS = {
    "invoice": "invoice_id",
    "creditnote": "creditnote_id",
    "customer_payment": "payment_id",
    "customerpayment": "payment_id",
    "payment": "payment_id",
    "item": "item_id",
    "contact": "contact_id",
    "customer": "customer_id",
}
_MODULES = {"customer": "contact", "customerpayment": "customer_payment", "payment": "customer_payment"}


@dataclass(frozen=True, slots=True)
class Delivery:
    """What a delivery is about, as far as it says."""

    entity: str
    """contact, invoice, creditnote, customer_payment, item; empty when it is none that we know."""
    id: str
    last_modified: str
    """Zoho's own form; empty in a deletion."""
    event: str = ""
    """`event_type` of the address, for Zoho does not say it in the body."""
    record: Json | None = None

    @property
    def identity(self) -> str:
        """Equal for repeats of one delivery."""
        return f"{self.entity}:{self.id}:{self.event}:{self.last_modified}"


def signed_text(query: Iterable[tuple[str, str]], media_type: str, body: bytes) -> bytes:
    """What Zoho signs: the pairs of the address, and of a form body, sorted by key and run together; then a raw body.

    Args:
        query: Decoded pairs of the query string, in any order.
        media_type: `Content-Type` with or without its parameters.
        body: As received, byte for byte.
    """
    form = _is_form(media_type)
    pairs = [*query, *(_form(body) if form else ())]
    joined = "".join(key + value for key, value in sorted(pairs, key=lambda pair: pair[0]))
    return joined.encode("utf-8", "surrogateescape") + (b"" if form else body)


def sign(secret: str, query: Iterable[tuple[str, str]], media_type: str, body: bytes) -> str:
    """The signature in lower-case hex."""
    return hmac.new(secret.encode(), signed_text(query, media_type, body), hashlib.sha256).hexdigest()


def is_signed(
    signature: str, secrets: Iterable[str], query: Iterable[tuple[str, str]], media_type: str, body: bytes
) -> bool:
    """Whether one of *secrets* signed this delivery. Compared in constant time and in any letter case."""
    pairs = list(query)
    given = signature.strip().lower().encode("utf-8", "replace")
    # every secret is tried, so that the time does not tell which one fits
    fits = [hmac.compare_digest(given, sign(each, pairs, media_type, body).encode()) for each in secrets if each]
    return any(fits)


def read(query: Mapping[str, str], media_type: str, body: bytes) -> Delivery | None:
    """What a delivery is about; None when the body is no JSON object in either of the two kinds."""
    content = dict(_form(body)).get("JSONString", "").encode() if _is_form(media_type) else body
    try:
        whole = decode_object(content)
    except NotJson:
        return None
    event = query.get("event_type", "")
    for entity, id_name in _IDS.items():
        record = whole.get(entity)
        if isinstance(record, dict):
            # the rule's entity is `customer`, the record's own id is `contact_id`
            names = ("contact_id", id_name) if entity == "customer" else (id_name,)
            return _about(_MODULES.get(entity, entity), text(record, *names), event, record)
    return _flat(whole, event)


def _flat(whole: Json, event: str) -> Delivery:
    """A template of somebody's own, or a deletion, that names the id without a root."""
    for entity, id_name in _IDS.items():
        if found := text(whole, id_name):
            return _about(_MODULES.get(entity, entity), found, event, whole)
    return Delivery("", "", text(whole, "last_modified_time"), event, whole)


def _about(entity: str, zoho_id: str, event: str, record: Json) -> Delivery:
    return Delivery(entity, zoho_id, text(record, "last_modified_time"), event, record)


def _is_form(media_type: str) -> bool:
    return media_type.partition(";")[0].strip().lower() == "application/x-www-form-urlencoded"


def _form(body: bytes) -> list[tuple[str, str]]:
    return parse_qsl(body.decode("utf-8", "surrogateescape"), keep_blank_values=True)
