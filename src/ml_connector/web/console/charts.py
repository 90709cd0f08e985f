"""Small pictures of numbers, made on the server: sizes are attributes, colours are classes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ml_connector.jobs.report.today import FOLDS, Day

WIDTH, HEIGHT = 52.0, 20.0
BAR, TALL = 10, 136.0
_CLASSES = {"posted": "b-posted", "excluded": "b-excl", "way": "b-way", "needs": "b-needs"}
_LEAST = 0.9
"""What is there has to be seen, however little it is."""


@dataclass(frozen=True, slots=True)
class Spark:
    """A line through some points; the last one is marked."""

    points: str
    x: str
    y: str


@dataclass(frozen=True, slots=True)
class Rect:
    kind: str
    x: int
    y: str
    height: str


@dataclass(frozen=True, slots=True)
class Bar:
    """One day: its place, and its parts from the base."""

    x: int
    day: Day
    parts: tuple[Rect, ...]


@dataclass(frozen=True, slots=True)
class Bars:
    """Days side by side, and the lines behind them."""

    bars: tuple[Bar, ...]
    top: int
    most: int
    least: int

    @property
    def width(self) -> int:
        return BAR * len(self.bars)


def spark(values: Sequence[int]) -> Spark:
    """*values* as a line, the highest at the top; a flat line where nothing happened."""
    most = max(max(values, default=0), 1)
    across = WIDTH / max(len(values) - 1, 1)
    spots = [(round(index * across), 18.0 - 16.0 * value / most) for index, value in enumerate(values)]
    x, y = spots[-1] if spots else (0, 18.0)
    return Spark(" ".join(f"{left},{down:.1f}" for left, down in spots), str(x), f"{y:.1f}")


def bars(days: Sequence[Day]) -> Bars:
    """A stacked bar for each day, with a gap between its parts."""
    most = max((day.orders for day in days), default=0)
    top = nice(most)
    return Bars(
        bars=tuple(_bar(index, day, top) for index, day in enumerate(days)),
        top=top,
        most=most,
        least=min((day.orders for day in days), default=0),
    )


def _bar(index: int, day: Day, top: int) -> Bar:
    parts, at = list[Rect](), TALL
    for fold in FOLDS:
        number = day.fold(fold)
        if number:
            tall = max(TALL * number / top - (_LEAST if parts else 0), _LEAST)
            at -= tall + (_LEAST / 2 if parts else 0)
            parts.append(Rect(_CLASSES[fold], index * BAR + 2, f"{max(at, 0):.1f}", f"{tall:.1f}"))
    return Bar(index * BAR, day, tuple(parts))


def nice(most: int) -> int:
    """The least of 2, 4, 10, 20, 40, 100, … that is not below *most*, so that its half is a whole number too."""
    step = 1
    while True:
        for factor in (2, 4, 10):
            if factor * step >= most:
                return factor * step
        step *= 10
