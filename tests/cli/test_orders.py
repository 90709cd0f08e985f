"""Orders: looked at, listed, shown, previewed, replayed."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from rich.console import Console
from tests.cli.conftest import Terminal, Town

from ml_connector.cli import acting
from ml_connector.jobs.clock import SystemClock

ROW = {"connection", "id", "name", "outcome", "reason", "total", "placed_at", "changed_at", "zoho"}


def test_sync_posts_an_order_that_nobody_announced_and_waits_until_it_is_at_rest(
    connected: Terminal, town: Town
) -> None:
    order = town.tell("single line")

    said = connected("sync", order.name, "--json")

    assert said.status == 0, said.err
    (row,) = said.json["orders"]
    assert set(row) >= ROW
    assert row["outcome"] == "posted"
    assert row["id"] == f"gid://shopify/Order/{order.id}"
    assert row["total"] == row["zoho"]["total"]
    assert row["zoho"]["invoice_number"].startswith("INV-")
    assert connected("status", "--json").json["outstanding"] == 0


def test_several_orders_are_named_in_any_way_and_told_once_each(connected: Terminal, town: Town) -> None:
    one, two = town.tell("single line"), town.tell("line discount")

    said = connected("sync", one.name, str(two.id), f"gid://shopify/Order/{one.id}", "--json")

    assert said.status == 0, said.err
    assert [row["name"] for row in said.json["orders"]] == [one.name, two.name]


def test_an_excluded_order_is_no_bad_news_and_a_held_one_is(connected: Terminal, town: Town) -> None:
    excluded, held = town.tell("test order"), town.tell("other merchant of record")

    assert connected("sync", excluded.name, "--json").status == 0
    said = connected("sync", excluded.name, held.name, "--json")

    assert said.status == 1
    assert [row["outcome"] for row in said.json["orders"]] == ["excluded", "held"]
    assert all(row["reason"]["text"] for row in said.json["orders"])


def test_what_is_not_at_rest_in_time_is_1(connected: Terminal, town: Town) -> None:
    order = town.tell("single line")
    town.switch(latency_s=5.0)
    try:
        said = connected("sync", order.name, "--timeout", "1", "--json")
    finally:
        town.switch(latency_s=0.0)

    assert said.status == 1
    assert said.json["orders"][0]["outcome"] in {"waiting", "in_doubt"}
    assert "Not at rest after 1 s" in said.err


def test_preview_says_what_would_be_sent_and_sends_nothing(connected: Terminal, town: Town) -> None:
    order = town.tell("tax inclusive")

    said = connected("preview", order.name, "--json")

    assert said.status == 0, said.err
    assert said.json["order"] == f"gid://shopify/Order/{order.id}"
    assert said.json["hold"] is None
    invoice = next(one for one in said.json["operations"] if one["key"].startswith("invoice:"))
    assert set(invoice) >= {"key", "method", "path", "body", "total"}
    assert "zoho" in connected("show", order.name, "--json").json
    assert connected("show", order.name, "--json").json["zoho"] is None


def test_preview_of_an_order_that_a_person_must_decide_about_is_1(connected: Terminal, town: Town) -> None:
    order = town.tell("other merchant of record")

    said = connected("preview", order.name, "--json")

    assert said.status == 1
    assert said.json["operations"] == []
    assert said.json["hold"]["code"] == "merchant_of_record"


def test_show_tells_everything_about_a_posted_order(connected: Terminal, town: Town) -> None:
    order = town.tell("shipping discount")
    connected("sync", order.name)

    said = connected("show", order.name.removeprefix("#"), "--json")

    assert said.status == 0, said.err
    told = said.json
    assert set(told) >= ROW | {"documents", "deliveries", "attempts", "timeline"}
    invoice = next(one for one in told["documents"] if one["kind"] == "invoice")
    assert (invoice["state"], invoice["total"]) == ("done", told["total"])
    assert set(invoice) >= {"key", "kind", "state", "zoho_id", "number", "total", "policy_version", "fields"}
    assert set(invoice["fields"][0]) == {"field", "value", "source", "rule", "rejected"}
    assert {attempt["key"] for attempt in told["attempts"]} >= {invoice["key"]}
    assert all(isinstance(attempt["request"], dict) for attempt in told["attempts"])
    assert all(isinstance(attempt["answer"], dict) for attempt in told["attempts"])
    assert [event["event"] for event in told["timeline"]] == ["order.posted"]
    for secret in ("oauthtoken", "1000.", "shpat_"):
        assert secret not in said.out


def test_show_answers_0_whatever_it_tells_also_for_an_order_that_only_shopify_knows(
    connected: Terminal, town: Town
) -> None:
    order = town.tell("single line")

    said = connected("show", order.name, "--json")

    assert said.status == 0, said.err
    assert said.json["name"] == order.name
    assert said.json["reason"]["code"] == "not_looked_at"
    assert said.json["documents"] == []


def test_people_read_tables(connected: Terminal, town: Town) -> None:
    order = town.tell("single line")
    connected("sync", order.name)

    listed, shown, status = connected("orders"), connected("show", order.name), connected("status")

    assert order.name in listed.out
    assert f"invoice:gid://shopify/Order/{order.id}" in shown.out
    assert "posted" in status.out
    assert (listed.status, shown.status, status.status) == (0, 0, 0)


def test_a_list_is_filtered_and_paged(connected: Terminal, town: Town) -> None:
    orders = [town.tell("single line") for _ in range(3)]
    connected("sync", *(order.name for order in orders))

    first = connected("orders", "--outcome", "posted", "--limit", "2", "--json").json
    second = connected("orders", "--outcome", "posted", "--limit", "2", "--after", first["next"], "--json").json

    seen = [row["id"] for row in first["orders"] + second["orders"]]
    assert len(first["orders"]) == 2
    assert len(set(seen)) == len(seen) >= 3
    assert connected("orders", "--since", "2099-01-01", "--json").json == {"orders": [], "next": None}


def test_replay_tells_the_plan_first_and_queues_only_when_told(connected: Terminal, town: Town) -> None:
    order = town.tell("other merchant of record")
    connected("sync", order.name)

    planned = connected("replay", order.name, "--json")
    queued = connected("replay", order.name, "--yes", "--json")

    assert (planned.status, planned.json["queued"]) == (0, 0)
    assert planned.json["plan"] == {"orders": 1, "calls": 3}
    assert queued.json["queued"] == 1
    assert connected("show", order.name, "--json").json["outcome"] == "waiting"
    assert connected("sync", order.name).status == 1  # looked at again, and held again


def test_replay_by_error_matches_only_those(connected: Terminal, town: Town) -> None:
    order = town.tell("tax on shipping only")
    connected("sync", order.name)

    some = connected("replay", "--outcome", "held", "--error", "tax_unmapped", "--json").json
    none = connected("replay", "--error", "never-heard-of", "--json").json

    assert some["plan"]["orders"] >= 1
    assert none["plan"] == {"orders": 0, "calls": 0}


@pytest.mark.parametrize(("answer", "queued"), [("y", 1), ("", 0), ("no", 0)])
def test_on_a_terminal_replay_asks(
    connected: Terminal, town: Town, answer: str, queued: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = town.tell("other merchant of record")
    connected("sync", order.name)
    monkeypatch.setattr("sys.stdin", _ATerminal())
    monkeypatch.setattr("builtins.input", lambda: answer)

    said = connected("replay", order.name)

    assert said.status == 0
    assert "1 order to look at again, for about 3 calls" in said.err
    assert ("1 order queued" in said.err) is bool(queued)


def test_on_a_terminal_a_replay_is_shown_and_ctrl_c_takes_back_what_has_not_begun(
    connected: Terminal, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = town.tell("other merchant of record")
    connected("sync", order.name)

    async def worked(store: object) -> bool:
        return True

    async def interrupted(self: object, seconds: float) -> None:
        raise asyncio.CancelledError

    monkeypatch.setattr(acting, "people", lambda: Console(stderr=True, force_terminal=True))
    monkeypatch.setattr(acting, "is_worked", worked)
    monkeypatch.setattr(SystemClock, "sleep", interrupted)

    said = connected("replay", order.name, "--yes")

    assert said.status == 0
    assert "1 order taken back" in said.err
    assert connected("show", order.name, "--json").json["outcome"] == "held"


class _ATerminal:
    def isatty(self) -> bool:
        return True


def test_sweep_finds_what_nobody_announced(connected: Terminal, town: Town) -> None:
    said = connected("sweep", "acme", "--json")

    assert said.status == 0, said.err
    (swept,) = said.json["connections"]
    assert set(swept) == {"connection", "found", "knocked", "until"}


def test_a_shop_that_cannot_be_asked_makes_show_3_and_sync_1(connected: Terminal, town: Town, tmp_path: Path) -> None:
    document = town.document("cut-off")
    document["shopify"]["access_token"] = "shpat_wrong"
    file = tmp_path / "cut-off.json"
    file.write_text(json.dumps(document))
    connected("connect", "--file", str(file))

    shown = connected("show", "#nobody-knows", "--connection", "cut-off")
    synced = connected("sync", "#nobody-knows", "--connection", "cut-off")

    assert (shown.status, synced.status) == (3, 1)
    assert "Traceback" not in shown.err + synced.err


def test_an_order_of_a_connection_that_was_ended_is_told_so_and_stays_as_it_is(connected: Terminal, town: Town) -> None:
    order = town.tell("single line")
    connected("sync", order.name, "--connection", "acme")
    connected("disconnect", "acme")

    said = connected("sync", order.name, "--connection", "acme", "--timeout", "1")

    assert (said.status, "This connection was ended" in said.err) == (1, True)
    assert connected("show", order.name, "--connection", "acme", "--json").json["outcome"] == "posted"
