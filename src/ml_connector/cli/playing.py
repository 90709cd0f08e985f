"""`sandbox` and `demo`: the simulated companies are loaded only by whoever plays with them."""

from __future__ import annotations

from typing import Annotated

import typer

from ml_connector.cli.app import AsJson, app
from ml_connector.cli.running import settings_for_a_command

AnyPort = Annotated[int, typer.Option(metavar="P", min=0, max=65535, help="The connector's port; 0: any.")]
CompanyPort = Annotated[int, typer.Option(metavar="P", min=0, max=65535, help="0: any.")]


@app.command()
def sandbox(
    shopify_port: CompanyPort = 9101,
    zoho_port: CompanyPort = 9102,
    region: Annotated[str, typer.Option(help="Zoho region of the organisation.")] = "eu",
    public_url: Annotated[
        str, typer.Option(metavar="URL", help="Where the connector is, to which browsers are sent back.")
    ] = "http://127.0.0.1:8000",
    as_json: AsJson = False,
) -> None:
    """The two simulated companies, until Ctrl-C."""
    from ml_connector.cli.sandbox import run  # noqa: PLC0415 - see above

    run(shopify_port, zoho_port, region, public_url, as_json=as_json)


@app.command()
def demo(
    orders: Annotated[int, typer.Option(metavar="N", min=1, max=5000, help="How many stories; some make two.")] = 50,
    end: Annotated[bool, typer.Option("--exit", help="End by itself; 0 only if all ended as expected.")] = False,
    seed: Annotated[int, typer.Option(metavar="N", help="The same seed tells the same morning.")] = 1,
    port: AnyPort = 0,
    as_json: AsJson = False,
) -> None:
    """Both companies simulated, the connector, and a morning's worth of varied orders, until Ctrl-C."""
    from ml_connector.cli.demo.running import run  # noqa: PLC0415 - see above

    run(settings_for_a_command(), orders, seed, port, as_json=as_json, end=end)
