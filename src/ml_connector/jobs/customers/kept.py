"""What a link to a contact remembers of the two sides: the agreed fields, and which address is which."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ml_connector.domain.plan.agreeing import Pair, Pairs
from ml_connector.store.contacts import KeptContact

FIELDS = "fields"
"""Field -> [as Shopify had it, as Zoho had it]."""
PLACES = "places"
"""Zoho's id of an address, or `billing`, `shipping` -> [digest of it, Shopify's id of the same address]."""


@dataclass(frozen=True, slots=True)
class KnownPlace:
    """One address of a contact as it was last seen. `shopify_id` is empty while it stands for none there."""

    digest: str
    shopify_id: str = ""


def pairs_of(kept: KeptContact) -> dict[str, Pair]:
    """The agreed fields; none before the first comparison."""
    return {name: _pair(value) for name, value in kept.agreed.get(FIELDS, {}).items()}


def _pair(value: Any) -> Pair:
    # a link that an earlier release kept has one value for both sides
    return Pair(value, value) if isinstance(value, str) else Pair(str(value[0]), str(value[1]))


def places_of(kept: KeptContact) -> dict[str, KnownPlace] | None:
    """The addresses as they were last seen; None before the first comparison."""
    found = kept.agreed.get(PLACES)
    return None if found is None else {name: KnownPlace(*value) for name, value in found.items()}


def as_kept(pairs: Pairs, places: Mapping[str, KnownPlace], at: datetime) -> dict[str, Any]:
    """Both as the link keeps them, and when they were agreed on."""
    return {
        "at": at.isoformat(),
        FIELDS: {name: [pair.shopify, pair.zoho] for name, pair in sorted(pairs.items())},
        PLACES: {name: [place.digest, place.shopify_id] for name, place in sorted(places.items())},
    }
