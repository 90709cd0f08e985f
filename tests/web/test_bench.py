"""The benchmark of the intake runs, and finds in the tables whatever was answered 200."""

from __future__ import annotations

import json
import os
import subprocess
import sys

from tests.conftest import ROOT


def test_the_intake_benchmark_counts_what_is_stored() -> None:
    finished = subprocess.run(
        [sys.executable, "bench/intake.py", "--seconds", "0.3", "--senders", "4", "--bytes", "100", "--json"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )

    result = json.loads(finished.stdout.splitlines()[-1])
    assert result["deliveries"] == result["stored"] > 0
