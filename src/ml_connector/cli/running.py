"""What most commands do first: read the settings, open the application, and close it whatever happens."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

from ml_connector.cli.exits import INTERRUPTED, NOT_USABLE, Stop
from ml_connector.domain.trouble import Trouble
from ml_connector.logs import configure_logging
from ml_connector.settings import Settings, load_settings
from ml_connector.wiring import Application, opened

T = TypeVar("T")

QUIET = "warning"
"""What a short command logs unless more was asked for: the person reads our sentences, not our diary."""


def settings_for_a_command() -> Settings:
    """The settings, with the log set up for somebody who waits for an answer.

    Raises:
        SettingsError: some cannot be used.
    """
    settings = load_settings()
    level = settings.log_level if "log_level" in settings.model_fields_set else QUIET
    configure_logging(level, settings.log_format)
    return settings


def within(work: Callable[[Application], Awaitable[T]], *, judges: bool = True) -> T:
    """Open everything that the settings name, do *work*, and close.

    Args:
        judges: Whether trouble with one of the companies is bad news (1). A command that only reports has no bad news
            to tell, so for it the environment is not usable (3).
    """
    settings = settings_for_a_command()

    async def opening() -> T:
        async with opened(settings) as app:
            return await work(app)

    try:
        return waited(opening())
    except Trouble as trouble:
        if judges:
            raise
        raise Stop(NOT_USABLE, trouble.text, fix=trouble.fix) from trouble


def waited(work: Coroutine[Any, Any, T], *, loop: Callable[[], asyncio.AbstractEventLoop] | None = None) -> T:
    """What *work* comes to, on an event loop made by *loop*; Ctrl-C ends it, and then the command."""
    try:
        with asyncio.Runner(loop_factory=loop) as runner:
            return runner.run(work)
    except KeyboardInterrupt:
        raise Stop(INTERRUPTED) from None
