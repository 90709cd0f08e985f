"""What Prometheus is told. Everything has the prefix `ml_connector_`; seconds are seconds."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

CONTENT_TYPE = "text/plain; version=0.0.4"
"""Litestar adds the charset to all text; with it twice Prometheus 3 cannot read the type and refuses the scrape."""

_INTAKE_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)


@dataclass(frozen=True, slots=True)
class Figures:
    """What the tables say at one moment, by connection name.

    Attributes:
        outcomes: Orders by connection and outcome.
        outstanding: Work not yet at rest.
        oldest_s: Age of the oldest of it; absent when there is none.
        calls_left: What is left of Zoho's day; absent when not known.
    """

    outcomes: Mapping[tuple[str, str], int] = field(default_factory=dict)
    outstanding: Mapping[str, int] = field(default_factory=dict)
    oldest_s: Mapping[str, float] = field(default_factory=dict)
    calls_left: Mapping[str, int] = field(default_factory=dict)


class Metrics:
    """One process's counters, and the tables' figures at the moment of asking."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._deliveries = Counter(
            "ml_connector_deliveries",
            "Webhook requests by source and by what became of them (accepted, repeat, or why refused).",
            ("source", "result"),
            registry=self.registry,
        )
        self._intake = Histogram(
            "ml_connector_intake_seconds",
            "From the first byte of a webhook request to its answer.",
            ("source",),
            buckets=_INTAKE_BUCKETS,
            registry=self.registry,
        )
        self._outcomes = self._gauge("orders", "Orders by outcome.", "connection", "outcome")
        self._outstanding = self._gauge("outstanding", "Work that is not at rest.", "connection")
        self._oldest = self._gauge("oldest_outstanding_seconds", "Age of the oldest work not at rest.", "connection")
        self._calls_left = self._gauge("zoho_calls_left", "What is left of Zoho's daily allowance.", "connection")

    def delivery(self, source: str, result: str, took_s: float) -> None:
        """Count one webhook request."""
        self._deliveries.labels(source, result).inc()
        self._intake.labels(source).observe(took_s)

    async def text(self, figures: Callable[[], Awaitable[Figures]]) -> bytes:
        """Everything in Prometheus's text format; raises what *figures* raises."""
        self._show(await figures())
        return generate_latest(self.registry)

    def _show(self, figures: Figures) -> None:
        # no await between clearing and filling: two scrapes at once see whole figures
        _fill(self._outcomes, {labels: float(number) for labels, number in figures.outcomes.items()})
        _fill(self._outstanding, {(name,): float(number) for name, number in figures.outstanding.items()})
        _fill(self._oldest, {(name,): age for name, age in figures.oldest_s.items()})
        _fill(self._calls_left, {(name,): float(number) for name, number in figures.calls_left.items()})

    def _gauge(self, name: str, text: str, *labels: str) -> Gauge:
        return Gauge(f"ml_connector_{name}", text, labels, registry=self.registry)


def _fill(gauge: Gauge, values: Mapping[tuple[str, ...], float]) -> None:
    gauge.clear()
    for labels, value in values.items():
        gauge.labels(*labels).set(value)
