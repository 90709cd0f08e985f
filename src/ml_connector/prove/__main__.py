"""`python -m ml_connector.prove`."""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys

import structlog

from ml_connector.prove.proving import Report, prove
from ml_connector.prove.run import Ran


def _say(*lines: str) -> None:
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()


def _progress(report: Report, ran: Ran) -> None:
    for violation in ran.violations:
        _say(f"seed {ran.seed}: {violation}")
    if report.runs % 10 == 0:
        _say(f"{report.runs} runs, {len(report.violated)} violated, {report.took_s:.0f} s")


def main() -> int:
    parser = argparse.ArgumentParser(description="The attacks on exactly once, seeded and repeatable.")
    parser.add_argument("--runs", type=int, default=300)
    parser.add_argument("--processes", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--redis-url", default="", help="BullMQ there in every second run with real processes")
    parser.add_argument("--trace", action="store_true", help="show the last steps of every run that was violated")
    told = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    report = asyncio.run(prove(told.runs, told.processes, told.seed, _progress, redis_url=told.redis_url))
    if told.trace:
        for ran in report.violated[:5]:
            _say(f"--- seed {ran.seed}", str(ran.chaos), *ran.violations, *ran.trace)
    rate = report.runs / report.took_s if report.took_s else 0
    _say(f"{report.runs} runs, {report.orders} orders, {report.deaths} deaths, {rate:.1f} runs/s")
    _say(f"{len(report.violated)} runs violated")
    return 0 if report.ok else 1


if __name__ == "__main__":
    sys.exit(main())
