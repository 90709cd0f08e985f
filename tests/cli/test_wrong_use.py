"""2: the question is wrong. Nothing is opened for most of these, and what is said is a sentence and what to do."""

from __future__ import annotations

import pytest
from tests.cli.conftest import Terminal

from ml_connector import __version__
from ml_connector.cli.app import app

COMMANDS = (
    "serve",
    "migrate",
    "connect",
    "connections",
    "disconnect",
    "ping",
    "status",
    "orders",
    "show",
    "preview",
    "sync",
    "sweep",
    "replay",
    "backfill",
    "reconcile",
    "policy",
    "keys",
    "operators",
    "tokens",
    "doctor",
    "shopify-app",
    "demo",
    "sandbox",
)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(terminal: Terminal, command: str) -> None:
    said = terminal(command, "--help")

    assert said.status == 0
    assert f"ml-connector {command}" in said.out


def test_every_command_is_named_here() -> None:
    groups = [group.name for group in app.registered_groups]
    names = [command.name or command.callback.__name__ for command in app.registered_commands if command.callback]

    assert set(COMMANDS) <= {*names, *groups}


def test_the_app_file_is_printed_for_the_settings(terminal: Terminal) -> None:
    terminal.set(PUBLIC_URL="https://books.acme.example", SHOPIFY_CLIENT_ID="c1")

    said = terminal("shopify-app")

    assert said.status == 0
    assert 'client_id = "c1"' in said.out
    assert "https://books.acme.example/webhooks/shopify" in said.out


def test_the_version_is_told(terminal: Terminal) -> None:
    assert terminal("--version").out == f"ml-connector {__version__}\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ("frobnicate",),
        ("status", "--frobnicate"),
        ("show",),
        ("sync",),
        ("orders", "--limit", "many"),
        ("serve", "--role", "king"),
        ("serve", "--port", "70000"),
        ("sync", "1001", "--timeout", "-1"),
    ],
)
def test_wrong_use_of_the_command_line_is_2_with_nothing_on_standard_output(
    terminal: Terminal, arguments: tuple[str, ...]
) -> None:
    said = terminal(*arguments)

    assert said.status == 2
    assert said.out == ""
    assert "Error" in said.err
    assert "Traceback" not in said.err


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("status", "--connection", "nix"), "no connection called 'nix'"),
        (("orders", "--connection", "nix"), "no connection called 'nix'"),
        (("ping", "nix"), "no connection called 'nix'"),
        (("disconnect", "nix"), "no connection called 'nix'"),
        (("disconnect", "--connection", "nix"), "no connection called 'nix'"),
        (("pause",), "Which one is to pause?"),
        (("resume", "--connection", "nix"), "no connection called 'nix'"),
        (("policy", "nix"), "no connection called 'nix'"),
        (("sweep", "nix"), "no connection called 'nix'"),
        (("show", "#1"), "no order #1"),
        (("preview", "#1"), "no order #1"),
        (("sync", "#1"), "no order #1"),
        (("replay", "#1"), "no order #1"),
        (("orders", "--outcome", "lost"), "'lost' is no outcome"),
        (("orders", "--limit", "501"), "501 orders"),
        (("orders", "--since", "yesterday"), "neither a date nor a moment"),
        (("orders", "--until", "2026-11-23T10:00:00"), "no offset"),
        (("orders", "--after", "nonsense"), "cursor"),
        (("replay", "--outcome", "posted"), "Only failed and held"),
        (("replay", "#1", "--outcome", "held"), "not both"),
        (("policy",), "Whose policy"),
        (("connect", "--file", "/no/such/file"), "cannot be read"),
    ],
)
def test_an_unknown_connection_or_order_and_a_question_without_sense_are_2(
    settled: Terminal, arguments: tuple[str, ...], sentence: str
) -> None:
    said = settled(*arguments)

    assert said.status == 2, said.err
    assert sentence in said.err
    assert said.out == ""
    assert "Traceback" not in said.err


def test_every_mistake_in_a_document_is_named_at_once_and_nothing_is_saved(settled: Terminal, tmp_path: object) -> None:
    settled.patch.setattr("sys.stdin", _Stdin(b'{"name": "acme", "zoho": {"region": "mars"}, "polici": {}}'))

    said = settled("connect", "--file", "-")

    assert said.status == 2
    assert "mars" in said.err
    assert "Did you mean policy?" in said.err
    assert settled("connections", "--json").json == {"connections": []}


def test_a_new_connection_says_what_it_lacks(settled: Terminal) -> None:
    settled.patch.setattr("sys.stdin", _Stdin(b'{"name": "acme"}'))

    said = settled("connect", "--file", "-")

    assert said.status == 2
    assert "shopify.shop" in said.err
    assert "zoho.refresh_token" in said.err


class _Stdin:
    """Standard input as bytes."""

    def __init__(self, content: bytes) -> None:
        from io import BytesIO

        self.buffer = BytesIO(content)

    def isatty(self) -> bool:
        return False
