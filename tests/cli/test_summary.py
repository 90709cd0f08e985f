"""`summary`: the shape that is promised, and sending from a terminal."""

from __future__ import annotations

from tests.cli.conftest import Terminal, Town


def test_the_summary_of_a_day_in_the_promised_shape(connected: Terminal, town: Town) -> None:
    order = town.tell("single line")
    connected("sync", order.name)
    day = connected("orders", "--json").json["orders"][0]["placed_at"][:10]

    said = connected("summary", "acme", "--date", day, "--json")

    assert said.status == 0, said.err
    assert {"connection", "date", "outcomes", "money", "sent"} <= said.json.keys()
    assert said.json["connection"] == "acme"
    assert said.json["outcomes"]["posted"] >= 1
    assert said.json["sent"] is None
    assert said.json["money"][0]["difference"]["amount"] == "0.00"


def test_the_ledger_of_rounding_tells_months_and_currencies(connected: Terminal, town: Town) -> None:
    order = town.tell("POS with rounding of cash")
    connected("sync", order.name)

    said, shown = connected("rounding", "acme", "--json"), connected("rounding", "acme")
    none = connected("rounding", "acme", "--to", "2001-01-01")

    assert said.status == 0, said.err
    for month in said.json["months"]:
        assert month["month"] in shown.out
        assert set(month["total"]) == {"amount", "currency"}
    assert "Nothing was rounded." in none.err


def test_sending_without_anybody_to_send_to_says_so(connected: Terminal) -> None:
    said = connected("summary", "acme", "--date", "2026-01-02", "--send")

    assert said.status == 0
    assert "there is nobody to send it to" in said.err


def test_what_is_no_date_is_wrong_use(connected: Terminal) -> None:
    said = connected("summary", "acme", "--date", "yesterday")

    assert said.status == 2
    assert "Write 2026-11-23." in said.err
