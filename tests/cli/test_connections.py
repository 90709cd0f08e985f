"""Connecting, looking at both sides, ending."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.cli.conftest import Terminal, Town

ROW = {
    "name",
    "health",
    "reason",
    "outstanding",
    "oldest_outstanding_s",
    "outcomes",
    "calls_today",
    "calls_left_today",
}


def saved(folder: Path, document: dict[str, Any]) -> str:
    file = folder / f"{document['name']}.json"
    file.write_text(json.dumps(document))
    return str(file)


def test_connect_saves_and_tells_the_connection_with_what_was_found(
    settled: Terminal, town: Town, tmp_path: Path
) -> None:
    said = settled("connect", "--file", saved(tmp_path, town.document("first")), "--json")

    assert said.status == 0, said.err
    (row,) = said.json["connections"]
    assert set(row) >= ROW
    assert (row["name"], row["health"], row["reason"]) == ("first", "ok", None)
    assert set(row["outcomes"]) == {"posted", "waiting", "in_doubt", "held", "failed", "excluded"}
    assert row["calls_left_today"] > 0
    assert not [finding for finding in said.json["findings"] if finding["severity"] != "info"]
    assert len(said.json["zoho_webhook_secret"]) >= 12


def test_a_secret_that_was_made_is_shown_once_and_none_of_those_given_ever_is(
    settled: Terminal, town: Town, tmp_path: Path
) -> None:
    document = town.document("second")
    file = saved(tmp_path, document)

    first, again = settled("connect", "--file", file), settled("connect", "--file", file)

    assert "shown this once" in first.err
    assert "shown this once" not in again.err
    given = (document["shopify"]["access_token"], document["zoho"]["client_secret"], document["zoho"]["refresh_token"])
    for secret in given:
        assert secret not in first.err + first.out + again.err + again.out


def test_a_field_left_out_keeps_its_value_and_a_change_of_policy_is_a_new_version(
    connected: Terminal, tmp_path: Path
) -> None:
    before = connected("policy", "acme").json

    said = connected("connect", "--file", saved(tmp_path, {"name": "acme", "policy": {"post_when": "paid"}}), "--json")
    after = connected("policy", "acme", "--json").json

    assert said.status == 0, said.err
    assert after["version"] == before["version"] + 1
    assert after["policy"]["post_when"] == "paid"
    assert after["policy"]["gateways"] == before["policy"]["gateways"]
    assert "command line" in after["who"]


def test_unknown_policy_names_are_refused_with_the_nearest(connected: Terminal, tmp_path: Path) -> None:
    said = connected("connect", "--file", saved(tmp_path, {"name": "acme", "policy": {"post_wen": "paid"}}))

    assert said.status == 2
    assert "Did you mean post_when?" in said.err


def test_a_connection_that_is_refused_is_saved_all_the_same_and_is_1(
    settled: Terminal, town: Town, tmp_path: Path
) -> None:
    document = town.document("refused")
    document["shopify"]["access_token"] = "shpat_wrong"

    said = settled("connect", "--file", saved(tmp_path, document), "--json")

    assert said.status == 1
    assert said.json["connections"][0]["name"] == "refused"
    assert [finding for finding in said.json["findings"] if finding["fix"]]
    assert "refused" in [row["name"] for row in settled("connections", "--json").json["connections"]]


def test_ping_asks_both_sides_and_tells_what_was_found(connected: Terminal) -> None:
    said = connected("ping", "acme", "--json")

    assert said.status == 0, said.err
    (entry,) = said.json["connections"]
    assert entry["ok"] is True
    assert set(entry["shopify"]) >= {"ok", "shop", "name", "plan", "currency", "scopes", "findings"}
    assert set(entry["zoho"]) >= {
        "ok",
        "organization_id",
        "name",
        "region",
        "api_domain",
        "currency",
        "calls_left_today",
        "findings",
    }
    assert entry["zoho"]["calls_left_today"] > 0
    assert "read_orders" in entry["shopify"]["scopes"]
    assert all(set(finding) == {"code", "text", "fix", "severity"} for finding in entry["shopify"]["findings"])


def test_ping_is_1_when_a_side_does_not_work_and_still_tells_the_other(
    settled: Terminal, town: Town, tmp_path: Path
) -> None:
    document = town.document("half")
    document["zoho"]["refresh_token"] = "1000.wrong"
    settled("connect", "--file", saved(tmp_path, document))

    said = settled("ping", "--connection", "half", "--json")

    assert said.status == 1
    (entry,) = said.json["connections"]
    assert (entry["shopify"]["ok"], entry["zoho"]["ok"]) == (True, False)
    assert entry["zoho"]["findings"][0]["fix"]


def test_people_read_the_same_on_standard_error(connected: Terminal) -> None:
    said = connected("ping", "acme")

    assert said.out == ""
    assert "Acme Tea" in said.err
    assert "Lindenhof Handels GmbH" in said.err


def test_disconnecting_ends_it_keeps_its_history_and_may_be_repeated(
    settled: Terminal, town: Town, tmp_path: Path
) -> None:
    settled("connect", "--file", saved(tmp_path, town.document("ended")))

    said, again = settled("disconnect", "ended", "--json"), settled("disconnect", "ended")

    assert (said.status, again.status) == (0, 0)
    (row,) = said.json["connections"]
    assert (row["health"], row["name"], row["webhooks"]) == ("disconnected", "ended", None)
    assert row["reason"]
    assert settled("ping", "ended").status == 1
    assert "ended" not in [entry["name"] for entry in settled("ping", "--json").json["connections"]]


def test_the_policys_names_values_and_defaults_are_json_schema(settled: Terminal) -> None:
    said = settled("policy", "--schema")

    assert said.status == 0
    assert said.json["properties"]["post_when"]["enum"] == ["created", "paid", "fulfilled"]
    assert said.json["properties"]["post_when"]["default"] == "created"
