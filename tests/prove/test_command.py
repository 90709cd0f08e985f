"""`prove` from a terminal: one JSON document, 1 on any violation, and the command that shows it again."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ml_connector.cli.edge import run
from ml_connector.prove import proving
from ml_connector.prove.chaos import draw
from ml_connector.prove.proving import Progress, Report, Wanted
from ml_connector.prove.run import Ran


def test_a_proof_is_shared_by_processes_and_told_as_one_document(capsys: pytest.CaptureFixture[str]) -> None:
    status = run(
        ["prove", "--runs", "3", "--processes", "0", "--storms", "0", "--seed", "7", "--side-by-side", "2", "--json"]
    )

    told = json.loads(capsys.readouterr().out)
    assert status == 0
    assert (told["ok"], told["seed"], told["runs"], told["violations"]) == (True, 7, 3, [])
    assert told["orders"] >= 3


def test_a_violation_is_bad_news_with_the_command_that_shows_it_again(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def found_one(wanted: Wanted, progress: Progress) -> Report:
        report, ran = Report(runs=1), a_run(41, "duplicate: 2 invoices for invoice:1")
        report.add(ran)
        progress(report, ran)
        return report

    monkeypatch.setattr(proving, "prove", found_one)

    status = run(["prove", "--runs", "1", "--json"])

    told, said = capsys.readouterr()
    assert status == 1
    assert [each["seed"] for each in json.loads(told)["violations"]] == [41]
    assert "duplicate: 2 invoices for invoice:1   (prove --runs 1 --processes 0 --storms 0 --seed 41)" in said


def a_run(seed: int, *violations: str) -> Ran:
    from random import Random

    nothing: dict[str, Any] = {"steps": 1, "deaths": 0, "orders": 1, "virtual_s": 1.0}
    return Ran(seed, list(violations), [], chaos=draw(Random(seed)), **nothing)
