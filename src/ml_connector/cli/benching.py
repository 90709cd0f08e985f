"""`bench`: the benchmarks."""

from __future__ import annotations

import logging
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import structlog
import typer
import uvloop

from ml_connector.cli.app import AsJson, app
from ml_connector.cli.output import page, print_json, say, table
from ml_connector.cli.running import waited

if TYPE_CHECKING:
    from ml_connector.bench.benchmarks import Figures


@app.command()
def bench(
    seconds: Annotated[float, typer.Option(metavar="S", min=0.1, help="How long deliveries are sent.")] = 10.0,
    connections: Annotated[int, typer.Option(metavar="N", min=2, help="Shops that the orders are spread over.")] = 18,
    orders: Annotated[int, typer.Option(metavar="N", min=1, max=28, help="Orders of each shop.")] = 20,
    as_json: AsJson = False,
) -> None:
    """The benchmarks: what one process can do on this machine, against simulated companies."""
    from ml_connector.bench.benchmarks import Wanted, benchmarks  # noqa: PLC0415 - brings both simulated companies

    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    wanted = Wanted(seconds=seconds, connections=connections, orders=orders)
    found = waited(benchmarks(wanted, say), loop=uvloop.new_event_loop)  # as `serve` does
    if as_json:
        print_json(asdict(found))
    else:
        _print(found)


def _print(found: Figures) -> None:
    out = page()
    taken, sick = found.intake, found.with_a_sick_neighbour
    right = ("round trips", "statements", "Shopify", "Zoho")
    rows = [(each.case, *map(str, (each.trips, each.statements, each.shopify, each.zoho))) for each in found.one_order]
    out.print(table("One order", ("case", *right), rows, right=right))
    out.print(
        table(
            "One process",
            ("what", "a second", "more"),
            [
                (
                    "deliveries, durable before 200",
                    f"{taken.per_second:.0f}",
                    f"half within {taken.p50_ms} ms, 99 % within {taken.p99_ms} ms",
                ),
                (
                    f"orders, {found.pipeline.connections} shops",
                    f"{found.pipeline.per_second:.0f}",
                    f"{found.pipeline.worker_ms} ms of the worker and {found.pipeline.zoho_calls} Zoho calls each",
                ),
                ("orders, beside a shop whose Zoho hangs", f"{sick.per_second:.0f}", f"{sick.worker_ms} ms each"),
            ],
            right=("a second",),
        )
    )
