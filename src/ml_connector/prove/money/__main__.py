"""The command; exit status 1 when something is wrong."""

from __future__ import annotations

import argparse
import os
import sys

import ml_connector.prove.money
from ml_connector.prove.money import Tally, prove, prove_one


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m ml_connector.prove.money",
        description=ml_connector.prove.money.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--plans", type=int, default=100_000, help="how many plans at least")
    parser.add_argument("--seed", type=int, default=1, help="what all orders are drawn from")
    parser.add_argument("--order", type=int, help="only the order of this seed, as a failure names it")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    given = parser.parse_args(arguments)
    if given.order is None:
        tally = prove(given.plans, given.seed, processes=given.processes, tell=_tell)
    else:
        tally = Tally()
        prove_one(given.order, tally)
    sys.stdout.write("\n".join(_lines(tally)) + "\n")
    return 1 if tally.failures else 0


def _tell(line: str) -> None:
    sys.stderr.write(f"{line}\n")


def _lines(tally: Tally) -> list[str]:
    return [
        f"{tally.orders} orders in {len(tally.currencies)} currencies, {tally.plans} plans",
        f"{tally.documents} documents added up by another arithmetic, {tally.residues} with a rounding residue",
        f"{tally.shifted} orders with a unit of rounding in another place when posted in steps",
        ", ".join(f"{name} {count}" for name, count in tally.answers.most_common()),
        *tally.failures,
    ]


if __name__ == "__main__":
    sys.exit(main())
