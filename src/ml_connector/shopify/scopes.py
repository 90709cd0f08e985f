"""Access scopes: what a shop granted, and what we would like to have."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Set as AbstractSet

REQUIRED = frozenset({"read_orders"})
"""Without these nothing can be posted."""

WANTED: dict[str, str] = {
    "read_all_orders": "orders older than 60 days can be read",
    "read_customers": "customers become contacts with their names and addresses",
    "read_customer_merge": "merged customers are followed",
    "read_products": "order lines know their product",
    "read_returns": "returns and exchanges are understood",
    "read_payment_terms": "due dates of orders on terms are known",
    "read_locations": "the store of a point-of-sale order is known, and so its tax jurisdiction",
    "read_companies": "company orders are posted to the company",
    "read_shopify_payments_disputes": "disputes are shown on their orders",
}
"""Optional scopes, and what each is good for."""


def parse(text: str) -> frozenset[str]:
    """Scopes from the comma-separated list of a token answer."""
    return frozenset(part for part in (piece.strip() for piece in text.replace(" ", ",").split(",")) if part)


def granted(scope: str, scopes: AbstractSet[str]) -> bool:
    """Whether *scopes* contain *scope*; a write scope stands for its read scope.

    Source: Shopify access scopes.
    """
    if scope in scopes:
        return True
    return scope.startswith("read_") and f"write_{scope.removeprefix('read_')}" in scopes


def missing(needed: Iterable[str], scopes: AbstractSet[str]) -> tuple[str, ...]:
    """Those of *needed* that were not granted, in order."""
    return tuple(scope for scope in needed if not granted(scope, scopes))
