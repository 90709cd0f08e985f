"""How a command ends when something is not as foreseen."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from tests.cli.conftest import Terminal
from tests.conftest import ROOT

from ml_connector.cli import edge
from ml_connector.cli.exits import BAD_NEWS, NOT_USABLE, WRONG_USE, Stop
from ml_connector.domain.trouble import Trouble
from ml_connector.jobs.connecting.document import DocumentRefused
from ml_connector.jobs.report.asked import WrongUse
from ml_connector.queue.errors import QueueAway
from ml_connector.store.errors import SchemaMissing, StoreUnavailable

OURS = {**os.environ, "PYTHONPATH": str(ROOT / "src")}


def fails(terminal: Terminal, error: BaseException) -> None:
    def command(**_: object) -> None:
        raise error

    terminal.patch.setattr(edge, "app", command)


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (StoreUnavailable("nobody answers"), NOT_USABLE),
        (SchemaMissing(), NOT_USABLE),
        (QueueAway("Redis"), NOT_USABLE),
        (PermissionError(13, "Permission denied", "/data"), NOT_USABLE),
        (Trouble("Zoho does not answer.", fix="Wait."), BAD_NEWS),
        (WrongUse("Which one?", fix="Say which."), WRONG_USE),
        (DocumentRefused(["It has no name."]), WRONG_USE),
        (Stop(BAD_NEWS, "Not at rest.", fix="Wait."), BAD_NEWS),
        (ExceptionGroup("two", [ExceptionGroup("one", [StoreUnavailable("gone")])]), NOT_USABLE),
        (KeyboardInterrupt(), 130),
    ],
)
def test_each_failure_has_its_status_and_no_traceback(terminal: Terminal, error: BaseException, status: int) -> None:
    fails(terminal, error)

    said = terminal("status")

    assert said.status == status
    assert said.out == ""
    assert "Traceback" not in said.err


def test_what_the_system_refused_without_a_word_is_named(terminal: Terminal) -> None:
    fails(terminal, TimeoutError())

    said = terminal("status")

    assert (said.status, said.err.strip()) == (NOT_USABLE, "The system refused: TimeoutError.")


def test_a_trouble_is_told_with_what_to_do(terminal: Terminal) -> None:
    fails(terminal, Trouble("Zoho does not answer.", fix="Wait a minute."))

    said = terminal("ping")

    assert said.err.splitlines() == ["Zoho does not answer.", "Wait a minute."]


def test_what_nobody_foresaw_is_our_fault_with_a_reference_and_the_log_has_the_rest(
    terminal: Terminal,
) -> None:
    from ml_connector.logs import configure_logging

    fails(terminal, ZeroDivisionError("division by zero"))
    configure_logging("warning", "json")

    said = terminal("status")

    assert said.status == NOT_USABLE
    sentence = next(line for line in said.err.splitlines() if "our fault" in line)
    reference = sentence.split("Reference ")[1].rstrip(".")
    logged = next(line for line in said.err.splitlines() if line.startswith("{"))
    assert reference in logged
    assert "ZeroDivisionError" in logged


def test_a_text_that_looks_like_markup_is_shown_as_it_is(terminal: Terminal) -> None:
    fails(terminal, WrongUse("[red]#1001[/red] names 2 orders."))

    assert terminal("show").err.startswith("[red]#1001[/red] names")


def test_a_command_of_the_connector_does_not_load_the_simulated_companies() -> None:
    program = (
        "import sys, ml_connector.cli; print(any(name.startswith('ml_connector.sandbox') for name in sys.modules))"
    )

    said = subprocess.run([sys.executable, "-c", program], env=OURS, capture_output=True, text=True, check=True)

    assert said.stdout == "False\n"
