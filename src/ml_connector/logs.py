"""What happened, once: a constant event name with fields, for people on a terminal and as JSON everywhere else.

    log = structlog.get_logger(__name__)
    log.info("operation.settled", key=key, result="refused", took_s=0.41)

Other libraries' lines come the same way, and no line leaves with a secret in it.
"""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING, Any, TextIO

import structlog

from ml_connector.redaction import clean_text, without_secrets

if TYPE_CHECKING:
    from collections.abc import Sequence

    from structlog.typing import EventDict, Processor, WrappedLogger

# what they say at `info` is said better by us, and one of them says whole addresses
_TALKATIVE = ("aiohttp.access", "uvicorn.access", "apprise", "httpx", "asyncio")


def configure_logging(level: str = "info", form: str = "auto", *, stream: TextIO | None = None) -> None:
    """Send all log lines of this process to *stream* (standard error unless given).

    Args:
        level: debug, info, warning or error.
        form: text, json, or auto: text when *stream* is a terminal.
    """
    out = stream or sys.stderr
    number = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[*_common(), structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,  # so that a later call, and tests, still have a say
    )
    handler = logging.StreamHandler(out)
    handler.setFormatter(_formatter(_renderer(form, out)))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(number)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(max(number, logging.WARNING))


def remove_secrets(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """The processor that lets no secret through, by its name or by its look."""
    return without_secrets(event)  # type: ignore[no-any-return]  # a mapping stays a dict


def _common() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]


def _formatter(renderer: Processor) -> logging.Formatter:
    last: Sequence[Processor] = [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        # before the secrets are removed: an exception's text may quote a request
        structlog.processors.format_exc_info,
        remove_secrets,
        renderer,
    ]
    return structlog.stdlib.ProcessorFormatter(foreign_pre_chain=_common(), processors=last)


def _renderer(form: str, out: TextIO) -> Processor:
    terminal = out.isatty()
    if form == "json" or (form == "auto" and not terminal):
        return structlog.processors.JSONRenderer(default=_as_text, ensure_ascii=False)
    console = structlog.dev.ConsoleRenderer(
        colors=terminal, exception_formatter=structlog.dev.plain_traceback, pad_event_to=32
    )
    # it prints objects as they describe themselves, and some say too much
    return lambda logger, method, event: clean_text(console(logger, method, event))


def _as_text(value: Any) -> str:
    return clean_text(str(value))
