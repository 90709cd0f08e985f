"""`prove`: the attacks on exactly once."""

from __future__ import annotations

import logging
import os
import time
from typing import TYPE_CHECKING, Annotated, Any

import structlog
import typer

from ml_connector.cli.app import AsJson, app
from ml_connector.cli.exits import bad_news
from ml_connector.cli.output import print_json, say
from ml_connector.cli.running import waited

if TYPE_CHECKING:
    from ml_connector.prove.proving import Report
    from ml_connector.prove.run import Ran

SAY_EVERY_S = 10.0
STEPS_SHOWN = 60
STORM = 100
"""A run with so many orders is a storm."""


@app.command()
def prove(  # noqa: PLR0913, PLR0917 - the command's options
    runs: Annotated[int, typer.Option(metavar="N", min=0, help="Seeded runs inside one process.")] = 10_000,
    processes: Annotated[int, typer.Option(metavar="N", min=0, help="Runs with real processes and kill -9.")] = 200,
    storms: Annotated[
        int, typer.Option(metavar="N", min=0, help="Runs of 150 orders whose two workers are killed 25 times each.")
    ] = 2,
    seed: Annotated[int, typer.Option(metavar="S", help="The first seed; a seed tells the same story again.")] = 1,
    side_by_side: Annotated[int, typer.Option(metavar="N", min=1, help="At the same time; one for each core.")] = (
        os.cpu_count() or 1
    ),
    redis_url: Annotated[
        str, typer.Option(metavar="URL", help="For every second run with real processes; without it one is started.")
    ] = "",
    trace: Annotated[bool, typer.Option("--trace", help="Show the last steps of the first run that was violated.")] = (
        False
    ),
    as_json: AsJson = False,
) -> None:
    """The attacks on exactly once, seeded and repeatable. 1 when a document is double, missing or wrong."""
    from ml_connector.prove.proving import Wanted  # noqa: PLC0415 - brings both simulated companies
    from ml_connector.prove.proving import prove as prove_it  # noqa: PLC0415

    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    wanted = Wanted(runs, processes, storms, seed, side_by_side, redis_url)
    report = waited(prove_it(wanted, _Telling()))
    if as_json:
        print_json(document(report, seed))
    else:
        say(_sentence(report))
    if report.violated:
        if trace:
            say("\n".join(report.violated[0].trace[-STEPS_SHOWN:]))
        raise bad_news(f"{len(report.violated)} of them are violated.")


class _Telling:
    """Progress now and then, and each violation at once with the command that shows it again."""

    def __init__(self) -> None:
        self._said_at = time.monotonic()

    def __call__(self, report: Report, ran: Ran) -> None:
        for violation in ran.violations:
            say(f"{violation}   (prove {_one(ran)} --seed {ran.seed})")
        if time.monotonic() - self._said_at >= SAY_EVERY_S:
            self._said_at = time.monotonic()
            say(_sentence(report))


def _one(ran: Ran) -> str:
    """What shows *ran* again, and nothing else."""
    if not ran.with_processes:
        return "--runs 1 --processes 0 --storms 0"
    return "--runs 0 --processes 0 --storms 1" if ran.orders >= STORM else "--runs 0 --processes 1 --storms 0"


def _sentence(report: Report) -> str:
    inside = f"{report.runs} runs inside one process ({report.per_second:.1f} a second)"
    real = f"{report.processes} with real processes ({report.on_redis} on Redis)"
    return f"{inside}, {real}: {report.orders} orders, {report.deaths} deaths, {len(report.violated)} violated."


def document(report: Report, seed: int) -> dict[str, Any]:
    """The report for programs."""
    return {
        "ok": report.ok,
        "seed": seed,
        "runs": report.runs,
        "processes": report.processes,
        "on_redis": report.on_redis,
        "orders": report.orders,
        "deaths": report.deaths,
        "took_s": round(report.took_s, 1),
        "runs_per_second": round(report.per_second, 2),
        "violations": [
            {"seed": ran.seed, "with_processes": ran.with_processes, "said": ran.violations, "trace": ran.trace}
            for ran in report.violated
        ],
    }
