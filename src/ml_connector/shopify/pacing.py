"""Shopify's leaky bucket, as a value.

Each app has a bucket per shop. It must hold the requested cost of a document before that runs; what was not used comes
back with the answer, and the rest fills up again by the second.

Source: Shopify Admin API, rate limits.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

SINGLE_QUERY_LIMIT = 1000
"""Points that one document may ask for, whatever the plan."""


@dataclass(frozen=True, slots=True)
class ThrottleStatus:
    """`extensions.cost.throttleStatus`: points; `restore_rate` in points a second."""

    maximum: float
    available: float
    restore_rate: float


@dataclass(frozen=True, slots=True)
class Bucket:
    """What we believe to be in the bucket at `at`, a moment on a monotonic clock in seconds.

    Starts as the smallest bucket known (a standard plan); the first answer tells the truth.
    """

    at: float
    status: ThrottleStatus = ThrottleStatus(maximum=2000.0, available=2000.0, restore_rate=100.0)

    def available(self, now: float) -> float:
        """Points at *now*, never more than the bucket holds."""
        gained = max(0.0, now - self.at) * self.status.restore_rate
        return min(self.status.maximum, self.status.available + gained)

    def wait_s(self, cost: float, now: float, *, reserve: float = 0.0) -> float:
        """Seconds until a document of *cost* points may be sent and *reserve* points are left for others.

        A reserve that the bucket cannot keep beside *cost* is given up; a cost above the bucket waits for a full one.
        """
        needed = min(cost + reserve, max(cost, self.status.maximum * 0.9), self.status.maximum)
        lacking = needed - self.available(now)
        if lacking <= 0:
            return 0.0
        # a wait too short for the clock to notice would be asked for again and again
        return max(0.001, lacking / max(self.status.restore_rate, 1.0))

    def spent(self, cost: float, now: float) -> Bucket:
        """After a document of *cost* was sent, until its answer says more."""
        return Bucket(now, replace(self.status, available=max(0.0, self.available(now) - cost)))

    def told(self, status: ThrottleStatus, now: float) -> Bucket:
        """After an answer said *status*: Shopify's own figure, which already lacks what is on its way."""
        return Bucket(now, status)


def throttled_wait_s(requested: float, status: ThrottleStatus | None) -> float:
    """Seconds to wait after THROTTLED: `(requested − available) / rate`, at least one.

    Source: Shopify Admin API, rate limits, "Handling throttled requests".
    """
    if status is None or status.restore_rate <= 0:
        return 1.0
    return max(1.0, (min(requested, status.maximum) - status.available) / status.restore_rate)
