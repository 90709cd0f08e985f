"""Commands as processes of their own: signals, pipes, what reaches which stream."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.cli.conftest import KEY, Terminal, Town
from tests.conftest import ROOT

ENDS_WITHIN_S = 60


@pytest.fixture
def environment(settled: Terminal) -> Mapping[str, str]:
    """The settings of the terminal, for a process."""
    return {**os.environ, "PYTHONPATH": str(ROOT / "src"), "ML_CONNECTOR_SECRET_KEY": KEY}


@pytest.fixture(autouse=True, scope="module")
def interruptible() -> Iterator[None]:
    """A suite that is started in the background is deaf to Ctrl-C, and so would be every process that it starts."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@contextmanager
def started(environment: Mapping[str, str], *arguments: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "ml_connector", *arguments],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def until_said(process: subprocess.Popen[str], words: str) -> str:
    """The line of standard error that holds *words*."""
    assert process.stderr is not None
    for line in process.stderr:
        if words in line:
            return line
    pytest.fail(f"it ended without saying {words!r}")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_serve_says_where_it_listens_and_drains_on_a_signal(environment: Mapping[str, str], number: int) -> None:
    with started(environment, "serve", "--port", "0") as process:
        address = until_said(process, "listens on").split("listens on ")[1].split(". ")[0]
        with urllib.request.urlopen(f"{address}/health/ready") as answer:
            ready = json.load(answer)

        process.send_signal(number)
        out, err = process.communicate(timeout=ENDS_WITHIN_S)

    assert ready
    assert process.returncode == 0
    assert out == ""
    assert "Traceback" not in err


def test_a_port_that_is_taken_is_3(environment: Mapping[str, str]) -> None:
    with started(environment, "serve", "--port", "0") as first:
        port = until_said(first, "listens on").split("listens on ")[1].split(". ")[0].rsplit(":", 1)[1]

        with started(environment, "serve", "--port", port) as second:
            _, err = second.communicate(timeout=ENDS_WITHIN_S)

    assert second.returncode == 3
    assert f":{port} cannot be listened on" in err
    assert "Traceback" not in err


def test_ctrl_c_ends_a_command_with_130(environment: Mapping[str, str], town: Town, connected: Terminal) -> None:
    order = town.tell("single line")
    before = len(town.companies.zoho.log)
    town.switch(latency_s=30.0)
    try:
        with started(environment, "sync", order.name, "--timeout", "600") as process:
            while len(town.companies.zoho.log) == before:  # until it waits for Zoho's answer
                assert process.poll() is None
                threading.Event().wait(0.02)
            process.send_signal(signal.SIGINT)
            _, err = process.communicate(timeout=ENDS_WITHIN_S)
    finally:
        town.switch(latency_s=0.0)

    assert process.returncode == 130
    assert "Traceback" not in err


def test_a_reader_that_leaves_is_not_complained_about(
    environment: Mapping[str, str], town: Town, connected: Terminal
) -> None:
    orders = [town.tell("single line") for _ in range(3)]
    connected("sync", *(order.name for order in orders))
    reader, writer = os.pipe()
    os.close(reader)

    for report in (("orders", "--json"), ("orders",)):
        said = subprocess.run(
            [sys.executable, "-m", "ml_connector", *report],
            env=environment,
            stdout=writer,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
        assert said.returncode == 141
        assert said.stderr == ""
    os.close(writer)


def test_with_json_everything_else_goes_to_standard_error(
    environment: Mapping[str, str], town: Town, connected: Terminal, tmp_path: Path
) -> None:
    order = town.tell("single line")

    said = subprocess.run(
        [sys.executable, "-m", "ml_connector", "sync", order.name, "--json"],
        env={**environment, "ML_CONNECTOR_LOG_LEVEL": "debug"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert said.returncode == 0, said.stderr
    assert json.loads(said.stdout)["orders"][0]["outcome"] == "posted"
    assert "subject.settled" in said.stderr
