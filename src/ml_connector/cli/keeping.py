"""`keys rotate` and `doctor`: keeping an installation well."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer

from ml_connector.cli.app import AsJson, app
from ml_connector.cli.connecting import print_findings, who
from ml_connector.cli.exits import NOT_USABLE, Stop, bad_news
from ml_connector.cli.output import print_json, say
from ml_connector.cli.running import settings_for_a_command, waited, within
from ml_connector.shopify.app_file import app_file
from ml_connector.store.unlock import Rotation
from ml_connector.store.unlock import rotate as rotate_keys
from ml_connector.wiring import Application, key_source
from ml_connector.wiring.diagnosis import diagnosis

Json = dict[str, Any]

keys = typer.Typer(help="The keys under which secrets are encrypted.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(keys, name="keys")


@keys.command()
def rotate(as_json: AsJson = False) -> None:
    """Encrypt everything under a new key, while others read and write."""

    async def rotated(app: Application) -> Rotation:
        done = await rotate_keys(app.store.engine, app.store.vault, key_source(app.settings))
        async with app.store.at_once() as tx:
            await app.store.audit.note(tx, who(), "keys.rotated", on=done.fingerprint)
        return done

    done = within(rotated)
    if as_json:
        print_json(
            {
                "fingerprint": done.fingerprint,
                "encrypted": done.encrypted,
                "retired": list(done.retired),
                "needed": list(done.needed),
            }
        )
        return
    say(f"The key {done.fingerprint} encrypts now; {done.encrypted} secrets were given it.")
    if done.retired:
        say(f"Not needed any more: {', '.join(done.retired)}.")
    if done.needed:
        say(f"Still needed: {', '.join(done.needed)}. Run it again in a moment.")


Accepted = Annotated[
    bool, typer.Option("--accept-database", help="The database was restored: from now on it is the one we know.")
]


@app.command()
def doctor(accept_database: Accepted = False, as_json: AsJson = False) -> None:
    """Check the installation, and say what to do about each finding. 1 when there is one, 3 when it cannot work."""
    found = waited(diagnosis(settings_for_a_command(), accept_database=accept_database))
    if as_json:
        print_json({"ok": found.ok, "findings": [finding.as_json() for finding in found.findings]})
    else:
        print_findings(list(found.findings))
        say("Everything is as it should be." if found.ok else "See above.")
    if not found.usable:
        raise Stop(NOT_USABLE)
    if not found.ok:
        raise bad_news()


@app.command("shopify-app")
def shopify_app(
    topics: Annotated[
        bool, typer.Option("--topics", help="Declare all webhook topics there, not by the API only.")
    ] = False,
) -> None:
    """Print a `shopify.app.toml` for this installation: addresses, scopes, and the topics that the law asks for."""
    settings = settings_for_a_command()
    text = app_file(
        client_id=settings.shopify_client_id or "",
        public_url=settings.public_url.rstrip("/"),
        api_version=settings.shopify_api_version,
        all_topics=topics,
    )
    sys.stdout.write(text)
    if not settings.public_url.startswith("https://"):
        say("PUBLIC_URL is not https, so Shopify will not take these addresses.")
