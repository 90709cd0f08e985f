"""`python -m ml_connector.prove`."""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys

import structlog

from ml_connector.prove.proving import Report, prove
from ml_connector.prove.run import Ran


def _progress(report: Report, ran: Ran) -> None:
    for violation in ran.violations:
        print(f"seed {ran.seed}: {violation}", flush=True)
    if report.runs % 100 == 0:
        print(f"{report.runs} runs, {len(report.violated)} violated, {report.took_s:.0f} s", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description="The attacks on exactly once, seeded and repeatable.")
    parser.add_argument("--runs", type=int, default=300)
    parser.add_argument("--processes", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--trace", action="store_true", help="show the last steps of every run that was violated")
    told = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    report = asyncio.run(prove(told.runs, told.processes, told.seed, _progress))
    if told.trace:
        for ran in report.violated[:5]:
            print(f"--- seed {ran.seed}", ran.chaos, *ran.violations, *ran.trace, sep="\n")
    rate = report.runs / report.took_s if report.took_s else 0
    print(f"{report.runs} runs, {report.orders} orders, {report.deaths} deaths, {rate:.1f} runs/s")
    print(f"{len(report.violated)} runs violated")
    return 0 if report.ok else 1


if __name__ == "__main__":
    sys.exit(main())
