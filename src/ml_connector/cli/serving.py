"""`serve` and `migrate`: the connector itself, and its tables."""

from __future__ import annotations

import asyncio
from enum import StrEnum
from typing import Annotated, Any

import typer
import uvloop

from ml_connector import wiring
from ml_connector.cli.app import AsJson, app
from ml_connector.cli.exits import INTERRUPTED, Stop, not_usable
from ml_connector.cli.output import print_json, say
from ml_connector.cli.running import settings_for_a_command, waited
from ml_connector.logs import configure_logging
from ml_connector.settings import Settings, load_settings


class Role(StrEnum):
    """Which side a process runs."""

    ALL = "all"
    WEB = "web"
    WORKER = "worker"


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(metavar="H", help="Where to listen; else the setting HOST.")] = None,
    port: Annotated[
        int | None, typer.Option(metavar="P", min=0, max=65535, help="Else the setting PORT; 0: any free one.")
    ] = None,
    role: Annotated[Role, typer.Option(help="The web side, the worker side, or both in one process.")] = Role.ALL,
) -> None:
    """Run the connector until SIGTERM or Ctrl-C; then finish what is running, and exit 0."""
    given: dict[str, Any] = {name: value for name, value in (("host", host), ("port", port)) if value is not None}
    settings = load_settings(**given)
    configure_logging(settings.log_level, settings.log_format)
    try:
        _serve(settings, role)
    except* OSError as group:
        error = group.exceptions[0]
        raise not_usable(
            f"{settings.host}:{settings.port} cannot be listened on: {error}.",
            fix="Choose another port with --port, or stop what listens there.",
        ) from error


def _serve(settings: Settings, role: Role) -> None:
    from ml_connector.wiring import process  # noqa: PLC0415 - the web side is loaded only by whoever serves

    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(process.serve(settings, role.value, settings.host, settings.port, _listening, _invited))
    except KeyboardInterrupt:  # before the connector minds its signals itself
        raise Stop(INTERRUPTED) from None


def _listening(address: str) -> None:
    say(f"ml-connector listens on {address}. Ctrl-C finishes what is running and stops.")


def _invited(address: str) -> None:
    say(f"Nobody can log in to the console yet. Choose the first password, once, within a day:\n  {address}")


@app.command()
def migrate(as_json: AsJson = False) -> None:
    """Bring the database to this version, the queue's schema too."""
    state = waited(wiring.migrate(settings_for_a_command()))
    if as_json:
        print_json({"schema": {"found": state.found, "known": state.known}})
    elif state.found > state.known:
        say(f"The database is at step {state.found}, of a later release; nothing was changed.")
    else:
        say(f"The database is at step {state.found}, which this version needs.")
