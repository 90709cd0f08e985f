"""The demonstration in small: real sign-ins, real webhooks, and both systems' books compared."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from tests.cli.conftest import Terminal

from ml_connector.cli.demo.checking import EXPECTED, Checked, Figures
from ml_connector.cli.demo.morning import Told, kinds_of
from ml_connector.sandbox.shopify.kinds import KINDS

SOLD = Figures(Decimal("48.00"), Decimal("48.00"), Decimal(0))


def an_order(**more: object) -> Checked:
    plain = Checked(Told(1, "single line"), "#1001", "EUR", "posted", "", SOLD, SOLD)
    return replace(plain, **more)  # type: ignore[arg-type]


def test_a_morning_ends_by_itself_with_0_when_every_order_reached_its_expected_end(
    terminal: Terminal, folder: Path
) -> None:
    terminal.set(DATA_DIR=str(folder))

    said = terminal("demo", "--orders", "8", "--seed", "3", "--exit", "--json")

    assert said.status == 0, said.err
    assert said.json["ok"] is True
    assert len(said.json["orders"]) >= 8
    posted = [order for order in said.json["orders"] if order["outcome"] == "posted"]
    assert posted
    assert all(order["shopify"] == order["zoho"] for order in posted)
    assert "instead of 100" in said.err  # said honestly
    assert {path.name for path in folder.iterdir()} == {"demo"}  # the installation's own database is not touched


def test_the_same_seed_tells_the_same_morning() -> None:
    assert kinds_of(50, 1) == kinds_of(50, 1)
    assert kinds_of(50, 1) != kinds_of(50, 2)


def test_every_kind_that_is_not_simply_posted_is_one_there_is() -> None:
    assert set(EXPECTED) <= set(KINDS)


@pytest.mark.parametrize(
    ("order", "ok"),
    [
        (an_order(), True),
        (an_order(zoho=replace(SOLD, billed=Decimal("47.99"))), False),
        (an_order(zoho=replace(SOLD, received=Decimal(0))), False),
        (an_order(zoho=None), False),
        (an_order(outcome="held", zoho=None), False),
        (an_order(outcome="held", told=Told(1, "other merchant of record"), zoho=None), True),
        (an_order(outcome="held", told=Told(1, "other merchant of record")), False),
        (an_order(outcome="failed", told=Told(1, "other merchant of record"), zoho=None), False),
        (an_order(outcome="unknown"), False),
    ],
)
def test_an_end_is_expected_only_if_both_systems_agree_with_it(order: Checked, ok: bool) -> None:
    assert order.ok is ok
