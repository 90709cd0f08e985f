"""A webhook request: what its headers say, and (`knocks`) which subject it knocks for. Pure.

Source: Shopify, webhook headers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from ml_connector.shopify.knocks import Kind, Knock, knock

__all__ = ["REQUIRED", "Headers", "HeadersMissing", "Kind", "Knock", "headers", "knock", "moment"]

REQUIRED = ("topic", "hmac-sha256", "shop-domain", "webhook-id")


class HeadersMissing(ValueError):
    """A required header is missing, so this is no webhook of Shopify's. `names` says which."""

    def __init__(self, names: tuple[str, ...]) -> None:
        super().__init__(f"missing: {', '.join('X-Shopify-' + name.title() for name in names)}")
        self.names = names


@dataclass(frozen=True, slots=True)
class Headers:
    """What the headers of a delivery say."""

    topic: str
    """`orders/create`"""
    hmac: str
    shop: str
    webhook_id: str
    """Repeats of one delivery share it; the key that finds repeats."""
    event_id: str = ""
    """One per action of the merchant, shared by all its deliveries; never a key."""
    api_version: str = ""
    triggered_at: datetime | None = None
    name: str = ""
    """The name that the subscription was given."""
    test: bool = False


def headers(given: Mapping[str, str] | Iterable[tuple[str, str]]) -> Headers:
    """The headers of a delivery, whatever their case, with or without the leading `X-`.

    Raises:
        HeadersMissing: one that every delivery has is absent or empty.
    """
    found = _ours(given)
    missing = tuple(name for name in REQUIRED if not found.get(name))
    if missing:
        raise HeadersMissing(missing)
    return Headers(
        topic=found["topic"].lower(),
        hmac=found["hmac-sha256"],
        shop=found["shop-domain"].lower(),
        webhook_id=found["webhook-id"],
        event_id=found.get("event-id", ""),
        api_version=found.get("api-version", ""),
        triggered_at=moment(found.get("triggered-at", "")),
        name=found.get("name", ""),
        test=found.get("test", "").lower() == "true",
    )


def _ours(given: Mapping[str, str] | Iterable[tuple[str, str]]) -> dict[str, str]:
    """Shopify's headers by short name; a name with `X-` wins over one without."""
    found: dict[str, str] = {}
    plain: dict[str, str] = {}
    for name, value in given.items() if isinstance(given, Mapping) else given:
        lower = name.lower()
        if lower.startswith("x-shopify-"):
            found.setdefault(lower.removeprefix("x-shopify-"), value.strip())
        elif lower.startswith("shopify-"):
            plain.setdefault(lower.removeprefix("shopify-"), value.strip())
    return plain | {name: value for name, value in found.items() if value}


_FRACTION = re.compile(r"(\.\d{6})\d+")


def moment(text: str) -> datetime | None:
    """A moment with up to nanoseconds, cut to microseconds; None when *text* is none, or has no offset."""
    try:
        at = datetime.fromisoformat(_FRACTION.sub(r"\1", text.strip()))
    except ValueError:
        return None
    return at if at.tzinfo else None
