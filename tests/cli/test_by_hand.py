"""docs/howto/by-hand.md, command by command, in a real shell."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import ROOT, a_folder, not_here

PAGE = ROOT / "docs" / "howto" / "by-hand.md"
ENDS_WITHIN_S = 400


def blocks() -> list[str]:
    """The commands of the page, section by section."""
    return re.findall(r"^```sh\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


def free_ports(number: int) -> list[int]:
    sockets = [socket.socket() for _ in range(number)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()


def script() -> str:
    """The whole page as one script; only the ports of its first block are others."""
    first, *rest = blocks()
    names = re.findall(r"^(\w+)=", first, re.MULTILINE)
    assert names == ["SHOPIFY_PORT", "ZOHO_PORT", "PORT"]
    ports = "\n".join(f"{name}={port}" for name, port in zip(names, free_ports(3), strict=True))
    return "\n".join(["set -eu", ports, *rest, "echo done with everything"])


def carried_out(folder: Path) -> tuple[int, str]:
    """Run the page in *folder*; the status and everything that was said."""
    command = folder / "bin" / "ml-connector"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m ml_connector "$@"\n')
    command.chmod(0o755)
    given = {name: value for name, value in os.environ.items() if not name.startswith("ML_CONNECTOR_")}
    environment = given | {
        "PATH": f"{command.parent}:{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT / "src"),
    }
    shell = subprocess.Popen(
        ["/bin/sh", "-c", script()],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        said, _ = shell.communicate(timeout=ENDS_WITHIN_S)
    except subprocess.TimeoutExpired:
        os.killpg(shell.pid, signal.SIGKILL)
        said, _ = shell.communicate()
        return -1, said
    return shell.returncode, said


@pytest.fixture(scope="module")
def walk() -> Any:
    """What the page leaves behind."""
    for tool in ("curl", "openssl"):
        if shutil.which(tool) is None:
            not_here(f"{tool} is not on the path, so the walk of {PAGE.name} was not taken")
    with a_folder() as folder:
        status, said = carried_out(folder)
        log = (folder / "serve.log").read_text() if (folder / "serve.log").exists() else ""
        assert status == 0, f"{said}\n{log}"
        assert "done with everything" in said
        yield {name: json.loads((folder / name).read_text()) for name in ("order.json", "shown.json", "books.json")} | {
            "said": said
        }


def test_the_order_of_the_page_is_posted_equal_to_the_cent(walk: Any) -> None:
    shown = walk["shown.json"]

    assert shown["outcome"] == "posted"
    assert shown["id"] == f"gid://shopify/Order/{walk['order.json']['id']}"
    assert shown["total"] == walk["order.json"]["total"] == shown["zoho"]["total"]


def test_the_webhook_sent_by_hand_is_the_one_delivery(walk: Any) -> None:
    (delivery,) = walk["shown.json"]["deliveries"]

    assert (delivery["webhook_id"], delivery["topic"], delivery["verdict"]) == (
        "by-hand-1",
        "orders/create",
        "accepted",
    )


def test_zohos_own_books_hold_the_invoice_and_its_payment(walk: Any) -> None:
    (invoice,) = walk["books.json"]["invoices"]
    (payment,) = walk["books.json"]["payments"]

    assert invoice["invoice_number"] == walk["shown.json"]["zoho"]["invoice_number"]
    assert invoice["status"] == "paid"
    assert payment["amount"] == invoice["total"]


def test_no_secret_was_said(walk: Any) -> None:
    assert "shpat_" not in walk["said"]
    assert "1000." not in walk["said"]
