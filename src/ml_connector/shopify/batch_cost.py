"""How many orders one question may hold, learned from what Shopify charges. Pure.

Shopify does not say whether the cost of `nodes(ids:)` grows with the number of ids. So the first question is small
enough for the dear reading, and what the answer says was charged decides about the next.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from ml_connector.shopify.pacing import SINGLE_QUERY_LIMIT

LARGEST_BATCH = 20
"""More orders than this in one answer would risk Shopify's ten seconds."""

_MARGIN = 0.9
"""The share of a limit that we use; the estimate may be off by a few points."""


@dataclass(frozen=True, slots=True)
class BatchCost:
    """What is believed about the cost of a question for several orders.

    Attributes:
        one: Points for a question about one order.
        each_counts: Whether every order is charged; believed until an answer shows otherwise.
        at_most: A size that Shopify has not refused.
    """

    one: float
    each_counts: bool = True
    at_most: int = LARGEST_BATCH

    def of(self, count: int) -> float:
        """Points for a question about *count* orders."""
        return self.one * count if self.each_counts else self.one

    def largest(self, bucket: float) -> int:
        """How many orders a question may hold where the bucket holds *bucket* points."""
        if not self.each_counts:
            return self.at_most
        limit = min(SINGLE_QUERY_LIMIT, bucket) * _MARGIN
        return max(1, min(self.at_most, int(limit / max(self.one, 1.0))))

    def learned(self, requested: float, count: int) -> BatchCost:
        """After a question about *count* orders was charged *requested* points."""
        if requested <= 0:
            return self
        if count == 1:
            return replace(self, one=requested)
        each_counts = requested > 1.5 * self.one
        return replace(self, one=requested / count if each_counts else requested, each_counts=each_counts)

    def refused(self, count: int) -> BatchCost:
        """After a question about *count* orders was too large."""
        return replace(self, at_most=max(1, count // 2))
