"""Every kind of order there is a story for, and mornings made of them.

The names are those that accountants would use; a test keeps the list complete.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

from ml_connector.sandbox.shopify import kinds_later, kinds_paid, kinds_sold
from ml_connector.sandbox.shopify.model import Order
from ml_connector.sandbox.shopify.shop import Shop
from ml_connector.sandbox.shopify.stories import KINDS, Story, tell

BOOKS = (kinds_sold, kinds_paid, kinds_later)
"""Where the stories are written down; reading them registers them."""

EVERYDAY = (
    "single line",
    "many lines",
    "tax inclusive",
    "line discount",
    "shipping discount",
    "presentment differs from shop",
    "returning customer",
    "two gateways",
    "guest with e-mail",
    "order discount over lines of unequal price",
    "different rates on lines",
    "two taxes on a line",
    "line refund",
    "full refund",
    "captured in parts",
    "tip",
)
"""What most of a morning is made of; the rest is everything else."""

NOT_IN_A_MORNING = frozenset(
    {
        "deleted",
        "an order from before the connection",
        "refund of an order before the start date",
        "260 lines",
        "an order in a locked period",
        "cancelled in a locked period",
        "test order",
    }
)
"""Kinds that need a stage of their own, or make the first look at the product a long one."""


def a_morning(shop: Shop, count: int, seed: int = 0) -> list[Order]:
    """Let *count* stories happen in *shop*, varied, mostly ordinary, the same for the same seed."""
    return [tell(shop, name) for name in names_for_a_morning(count, seed)]


def names_for_a_morning(count: int, seed: int = 0) -> Sequence[str]:
    """Which kinds a morning of *count* is made of: each kind once before any repeats, if it fits."""
    source = random.Random(seed)
    special = [name for name in KINDS if name not in NOT_IN_A_MORNING and name not in EVERYDAY]
    source.shuffle(special)
    return [special.pop() if special and n % 3 == 2 else source.choice(EVERYDAY) for n in range(count)]


__all__ = ["EVERYDAY", "KINDS", "NOT_IN_A_MORNING", "Story", "a_morning", "names_for_a_morning", "tell"]
