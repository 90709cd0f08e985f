"""What goes wrong in one seeded run: drawn once, so that a seed names it."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

KINDS = (
    "single line",
    "tax inclusive",
    "returning customer",
    "two gateways",
    "partial payment then rest",
    "captured in parts",
    "manual payment",
    "guest with e-mail",
    "guest without e-mail",
    "walk-in",
    "company order",
    "line discount",
    "full refund",
    "line refund",
    "shipping refund",
    "edited up before payment",
    "edited down before payment",
    "failed payment then paid",
    "paid before created",
    "refund before we ever saw the order",
    "two countries, one buyer",
    "cancelled unpaid",
    "cancelled paid",
)
"""Stories that end posted, whatever happens on the way; but for one that was given up before anybody looked."""


@dataclass(frozen=True, slots=True)
class Chaos:
    """One run's troubles. Probabilities are for each stop at the gate, or for each request; times in virtual seconds.

    Attributes:
        kinds: The orders' stories.
        machines, slots: Processes, and jobs at the same time in each.
        deaths, freezes: How many at most.
        wire_until_s: From then on nothing goes wrong on the wire any more, and nobody dies.
        lag_s: How long Zoho's lists do not show a write; shorter than the policy's lag time.
        skew_s: How far one process's clock is off.
        again: The chance that the queue gives a job twice, `lost` that it forgets one.
        marked: Whether the organisation has the custom field for our key, which forbids duplicates.
        masters: Whether Zoho's master data are known from the start.
    """

    kinds: tuple[str, ...]
    machines: int
    slots: int
    death: float
    deaths: int
    freeze: float
    freezes: int
    not_sent: float
    cut_before: float
    cut_after: float
    late: float
    server_error: float
    wire_until_s: float
    spread_s: float
    delay_s: float
    lag_s: float
    skew_s: float
    again: float
    lost: float
    marked: bool
    masters: bool


def draw(random: Random) -> Chaos:
    """The troubles of one run."""
    unkind = random.choice((0.0, 0.02, 0.08, 0.2))
    return Chaos(
        kinds=tuple(random.choice(KINDS) for _ in range(random.choice((1, 1, 2, 2, 3)))),
        machines=random.randint(2, 8),
        slots=random.choice((1, 1, 2)),
        death=random.choice((0.0, 0.01, 0.05)),
        deaths=random.randint(0, 8),
        freeze=random.choice((0.0, 0.01, 0.03)),
        freezes=random.randint(0, 3),
        not_sent=unkind / 3,
        cut_before=unkind / 2,
        cut_after=unkind,
        late=unkind / 2,
        server_error=unkind / 3,
        wire_until_s=random.choice((300.0, 1800.0)),
        spread_s=random.choice((0.0, 5.0, 120.0)),
        delay_s=random.choice((0.0, 5.0, 300.0)),
        lag_s=random.choice((0.0, 0.0, 5.0, 60.0, 500.0)),
        skew_s=random.choice((0.0, 300.0, -300.0)),
        again=random.choice((0.0, 0.2, 0.5)),
        lost=random.choice((0.0, 0.0, 0.2)),
        marked=random.random() < 0.6,
        masters=random.random() < 0.9,
    )
