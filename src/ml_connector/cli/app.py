"""The command `ml-connector`, to which each module of commands adds its own."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from ml_connector import __version__

app = typer.Typer(
    name="ml-connector",
    help="Every Shopify order becomes exactly one Zoho Books invoice, equal to the cent.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document on standard output, and nothing else.")]
ONE_ORDER = typer.Argument(metavar="ORDER", help="#1001, 1001, the numeric id, or gid://shopify/Order/…")
OfConnection = Annotated[str | None, typer.Option("--connection", metavar="N", help="Only this connection.")]


def _version(wanted: bool) -> None:
    if wanted:
        sys.stdout.write(f"ml-connector {__version__}\n")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Every Shopify order becomes exactly one Zoho Books invoice, equal to the cent."""
