"""Lines for people, lines for machines, and no secret in either."""

from __future__ import annotations

import io
import json
import logging
from typing import Any

import pytest
import structlog

from ml_connector.logs import configure_logging


class Terminal(io.StringIO):
    """A stream that a person looks at."""

    def isatty(self) -> bool:
        return True


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_is_a_constant_event_with_fields() -> None:
    out = io.StringIO()
    configure_logging(stream=out)

    structlog.get_logger("ml_connector.jobs").info("operation.settled", key="invoice:1", result="done", took_s=0.41)

    [line] = lines(out)
    assert line | {"timestamp": ""} == {
        "event": "operation.settled",
        "key": "invoice:1",
        "result": "done",
        "took_s": 0.41,
        "level": "info",
        "logger": "ml_connector.jobs",
        "timestamp": "",
    }
    assert line["timestamp"].endswith("Z")


@pytest.mark.parametrize(
    ("form", "stream", "is_json"),
    [
        ("auto", io.StringIO, True),
        ("auto", Terminal, False),
        ("json", Terminal, True),
        ("text", io.StringIO, False),
    ],
)
def test_auto_is_for_people_on_a_terminal_and_json_otherwise(
    form: str, stream: type[io.StringIO], is_json: bool
) -> None:
    out = stream()
    configure_logging(form=form, stream=out)

    structlog.get_logger("x").info("shop.swept", shop="acme")

    assert out.getvalue().startswith("{") is is_json
    assert "shop.swept" in out.getvalue()


@pytest.mark.parametrize("form", ["text", "json"])
def test_no_line_leaves_with_a_secret(form: str) -> None:
    out = io.StringIO()
    configure_logging(form=form, stream=out)
    log = structlog.get_logger("x")

    log.info("a", access_token="seen-1", headers={"Authorization": "Bearer seen-2"}, url="redis://:seen-3@h")
    logging.getLogger("a.library").warning("refused shpat_seen4 at %s", "/callback?code=seen-5&x=1")
    log.info("b", thing=type("Thing", (), {"__repr__": lambda _: "shpss_seen6"})())
    try:
        raise ValueError("Zoho-oauthtoken seen-7")
    except ValueError:
        log.exception("c")

    assert "seen" not in out.getvalue()
    assert "ValueError" in out.getvalue()


def test_other_libraries_lines_have_the_same_shape() -> None:
    out = io.StringIO()
    configure_logging(stream=out)

    logging.getLogger("a.library").warning("retrying %s", "now")

    [line] = lines(out)
    assert (line["event"], line["level"], line["logger"]) == ("retrying now", "warning", "a.library")


def test_what_is_less_serious_than_asked_for_is_not_written() -> None:
    out = io.StringIO()
    configure_logging(level="warning", stream=out)

    structlog.get_logger("x").info("unimportant")
    logging.getLogger("a.library").info("unimportant")
    structlog.get_logger("x").warning("important")

    assert [line["event"] for line in lines(out)] == ["important"]


def test_bound_context_comes_with_every_line() -> None:
    out = io.StringIO()
    configure_logging(stream=out)

    with structlog.contextvars.bound_contextvars(connection="acme"):
        structlog.get_logger("x").info("order.read")

    assert lines(out)[0]["connection"] == "acme"
