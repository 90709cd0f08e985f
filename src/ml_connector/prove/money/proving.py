"""Many attacks from one seed, on several processors; the same seed gives the same orders however many there are."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator
from random import Random

from ml_connector.prove.ledger_of_zoho import Refused
from ml_connector.prove.money.attack import Tally, attack
from ml_connector.prove.money.counting import Wrong

BATCH = 50
"""Orders that a process takes at a time."""

ENOUGH_FAILURES = 20


def prove_one(seed: int, tally: Tally) -> None:
    """The order of one seed; what is wrong becomes a failure that names it."""
    tally.orders += 1
    try:
        attack(Random(seed), tally)
    except (Wrong, Refused) as wrong:
        tally.failures.append(f"--order {seed}: {wrong}")


def prove(
    plans: int,
    seed: int,
    *,
    processes: int = 1,
    enough: int = ENOUGH_FAILURES,
    tell: Callable[[str], object] = lambda _: None,
) -> Tally:
    """Make and check at least *plans* plans, from orders drawn by *seed*; stop after *enough* failures."""
    tally = Tally()
    for part in _parts(seed, processes):
        before = tally.plans // 5_000
        tally.add(part)
        if tally.plans // 5_000 > before:
            tell(f"{tally.plans} plans, {len(tally.failures)} failures")
        if tally.plans >= plans or len(tally.failures) >= enough:
            break
    return tally


def _parts(seed: int, processes: int) -> Iterator[Tally]:
    """Tallies of one batch of orders after the other, without an end."""
    batches = ((seed, number) for number in _count())
    if processes == 1:
        yield from map(_batch, batches)
        return
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        while True:  # in rounds, because a pool reads ahead as far as it can
            yield from pool.map(_batch, [next(batches) for _ in range(processes * 4)], chunksize=1)


def _count() -> Iterator[int]:
    number = 0
    while True:
        yield number
        number += 1


def _batch(which: tuple[int, int]) -> Tally:
    seed, number = which
    tally = Tally()
    for order in range(number * BATCH, (number + 1) * BATCH):
        prove_one(seed * 1_000_000_007 + order, tally)
    return tally
