"""Whole periods: historical orders asked for, and both systems compared."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from tests.cli.conftest import Terminal, Town

LONG_AGO = "2020-01-01"
TODAY_AND_MORE = ("--from", LONG_AGO, "--to", "2099-12-31")


def test_backfill_tells_the_plan_first_and_queues_only_when_told(connected: Terminal, town: Town) -> None:
    town.tell("single line")

    dry = connected("backfill", "acme", "--since", LONG_AGO, "--dry-run", "--json")
    unsaid = connected("backfill", "acme", "--since", LONG_AGO, "--json")
    queued = connected("backfill", "--connection", "acme", "--since", LONG_AGO, "--yes", "--json")

    assert (dry.status, unsaid.status, queued.status) == (0, 0, 0), queued.err
    assert dry.json["plan"]["orders"] >= 1
    assert dry.json["plan"]["calls"] >= dry.json["plan"]["orders"]
    assert (dry.json["queued"], unsaid.json["queued"]) == (0, 0)
    assert queued.json["queued"] == dry.json["plan"]["orders"]
    assert connected("status", "--json").json["outstanding"] == queued.json["queued"]


def test_people_read_what_a_backfill_takes(connected: Terminal, town: Town) -> None:
    town.tell("single line")

    said = connected("backfill", "acme", "--since", LONG_AGO, "--dry-run")

    assert said.status == 0
    assert said.out == ""
    assert "calls to Zoho" in said.err
    assert "Nothing is queued." in said.err


def test_only_orders_of_the_period_are_meant(connected: Terminal, town: Town) -> None:
    town.tell("single line")

    said = connected("backfill", "acme", "--since", "2019-01-01", "--until", LONG_AGO, "--yes", "--json")

    assert (said.status, said.json["plan"]["orders"], said.json["queued"]) == (0, 0, 0)


def test_reconcile_puts_every_order_into_exactly_one_class(connected: Terminal, town: Town) -> None:
    posted, unread = town.tell("single line"), town.tell("single line")
    connected("sync", posted.name)

    said = connected("reconcile", "acme", *TODAY_AND_MORE, "--json")

    assert said.status == 1  # nobody has looked at one of them
    told = said.json
    assert set(told) >= {"connection", "from", "to", "counts", "entries"}
    assert set(told["counts"]) == {"equal", "different", "missing", "extra", "excluded", "open"}
    classes = {entry["name"]: entry["class"] for entry in told["entries"]}
    assert (classes[posted.name], classes[unread.name]) == ("equal", "missing")
    assert sum(told["counts"].values()) == len(told["entries"]) == len({entry["id"] for entry in told["entries"]})


def test_books_that_agree_are_0_and_the_file_holds_every_entry(connected: Terminal, town: Town, tmp_path: Path) -> None:
    town.tell("single line")
    connected("backfill", "acme", "--since", LONG_AGO, "--yes")
    waiting = connected("orders", "--outcome", "waiting", "--json").json["orders"]
    connected("sync", *(row["id"] for row in waiting))
    file = tmp_path / "entries.csv"

    said = connected("reconcile", "acme", *TODAY_AND_MORE, "--csv", str(file), "--json")
    printed = connected("reconcile", "acme", *TODAY_AND_MORE, "--csv", "-")

    assert (said.status, printed.status) == (0, 0), said.out
    rows = list(csv.DictReader(io.StringIO(file.read_text(encoding="utf-8"), newline="")))
    assert [row["name"] for row in rows] == [entry["name"] for entry in said.json["entries"]]
    assert {row["class"] for row in rows} == {entry["class"] for entry in said.json["entries"]}
    assert printed.out.startswith("class,kind,id,name,shopify,")


def test_people_read_counts_and_what_is_not_equal(connected: Terminal, town: Town) -> None:
    order = town.tell("single line")

    said = connected("reconcile", "acme", *TODAY_AND_MORE)

    assert said.status == 1
    assert "1 missing" in said.err
    assert order.name in said.out


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("backfill", "--since", LONG_AGO), "Whose orders?"),
        (("backfill", "acme"), "From when on?"),
        (("backfill", "acme", "--since", "lately"), "neither a date nor a moment"),
        (("backfill", "acme", "--since", "2026-02-02", "--until", "2026-02-01"), "ends before it begins"),
        (("backfill", "nix", "--since", LONG_AGO), "no connection called 'nix'"),
        (("reconcile", "--from", LONG_AGO, "--to", LONG_AGO), "Which connection?"),
        (("reconcile", "acme", "--from", LONG_AGO), "Which days?"),
        (("reconcile", "acme", "--from", "2026-02-02", "--to", "2026-02-01"), "ends before it begins"),
        (("reconcile", "acme", "--from", "2026-13-01", "--to", "2026-02-01"), "is not a date"),
        (("reconcile", "acme", "--from", "2026-02-01", "--to", "9999-12-31"), "is not a date"),
        (("reconcile", "acme", *TODAY_AND_MORE, "--csv", "/nowhere/at/all.csv"), "cannot be written"),
        (("reconcile", "acme", *TODAY_AND_MORE, "--csv", "-", "--json"), "Both would go to standard output"),
        (("reconcile", "nix", *TODAY_AND_MORE), "no connection called 'nix'"),
    ],
)
def test_a_wrong_question_is_2(connected: Terminal, arguments: tuple[str, ...], sentence: str) -> None:
    said = connected(*arguments)

    assert (said.status, said.out) == (2, "")
    assert sentence in said.err
