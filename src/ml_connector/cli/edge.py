"""The command's edge: every failure leaves as one sentence, what to do, and an exit status. No traceback."""

from __future__ import annotations

import sys
import uuid
from collections.abc import Sequence

import structlog
from rich.text import Text

from ml_connector.cli import (
    access,
    acting,
    backfilling,
    benching,
    connecting,
    deciding,
    keeping,
    playing,
    previewing,
    proving,
    reconciling,
    reporting,
    rounding,
    serving,
    summary,
    sweeping,
)
from ml_connector.cli.app import app
from ml_connector.cli.exits import BAD_NEWS, DONE, INTERRUPTED, NOT_USABLE, WRONG_USE, Stop
from ml_connector.cli.output import people
from ml_connector.domain.trouble import Trouble
from ml_connector.jobs.connecting.document import DocumentRefused
from ml_connector.jobs.report.asked import WrongUse
from ml_connector.queue.errors import QueueAway
from ml_connector.settings import SettingsError
from ml_connector.store.errors import StoreTrouble

COMMANDS = (
    access,
    acting,
    backfilling,
    benching,
    connecting,
    deciding,
    keeping,
    playing,
    previewing,
    proving,
    reconciling,
    reporting,
    rounding,
    serving,
    summary,
    sweeping,
)
"""Each adds its commands to `app` when it is imported."""

log = structlog.get_logger(__name__)

ENVIRONMENT = (SettingsError, StoreTrouble, QueueAway, OSError)
"""What makes an environment unusable, rather than an answer bad."""


def main() -> None:
    """The installed command."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Carry out the command that *arguments* name, and answer its exit status."""
    try:
        app(args=list(arguments), prog_name="ml-connector")
    except SystemExit as ended:  # how the library says help was shown, or the use was wrong
        return ended.code if isinstance(ended.code, int) else DONE
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as error:  # noqa: BLE001 - the command's edge
        return _told(_cause(error))
    return DONE


def _cause(error: BaseException) -> BaseException:
    """The first failure of those that tasks running side by side brought."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def _told(error: BaseException) -> int:
    match error:
        case Stop():
            return _say(error.status, error.text, error.fix)
        case WrongUse():
            return _say(WRONG_USE, error.text, error.fix)
        case DocumentRefused():
            return _say(WRONG_USE, "\n".join(error.problems), "Nothing was saved.")
        case Trouble():
            return _say(NOT_USABLE if isinstance(error, ENVIRONMENT) else BAD_NEWS, error.text, error.fix)
        case OSError():
            said = error.strerror or str(error) or type(error).__name__
            return _say(NOT_USABLE, f"The system refused: {said}.", str(error.filename or ""))
        case _:
            return _unexpected(error)


def _unexpected(error: BaseException) -> int:
    """Our bug: written to the log with its traceback, told without it."""
    reference = uuid.uuid4().hex[:8].upper()
    log.error("command.unexpected", reference=reference, exc_info=error)
    return _say(
        NOT_USABLE,
        f"This could not be done, and that is our fault. Reference {reference}.",
        "Keep the reference and tell whoever runs the connector; the log has the rest.",
    )


def _say(status: int, text: str, fix: str) -> int:
    out = people()
    if text:
        out.print(Text(text, style="bold red" if status in (BAD_NEWS, NOT_USABLE) else "bold"))
    if fix:
        out.print(Text(fix))
    return status
