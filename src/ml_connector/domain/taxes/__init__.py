"""Which Zoho tax stands for what Shopify charged, and where."""

from ml_connector.domain.taxes.choice import (
    NOTHING,
    Choice,
    Missing,
    Unknown,
    choose,
    created_name,
    kinds_meant,
    learned_rule,
)
from ml_connector.domain.taxes.kinds import kind_of, normalised
from ml_connector.domain.taxes.places import EU, NOWHERE, Place, place_of, sold_in_store
from ml_connector.domain.taxes.sets import TaxSet, percent

__all__ = [
    "EU",
    "NOTHING",
    "NOWHERE",
    "Choice",
    "Missing",
    "Place",
    "TaxSet",
    "Unknown",
    "choose",
    "created_name",
    "kind_of",
    "kinds_meant",
    "learned_rule",
    "normalised",
    "percent",
    "place_of",
    "sold_in_store",
]
