"""What `--since` and `--until` take."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from ml_connector.jobs.report.asked import WrongUse
from ml_connector.jobs.report.dates import moment_of
from ml_connector.store.connections import Connection

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def a_connection(zone: str | None = "Europe/Berlin", shop_zone: str | None = None) -> Connection:
    return Connection(
        id=1,
        name="acme",
        shop="acme.myshopify.com",
        zoho_region="eu",
        organization_id="2007",
        api_domain="",
        accounts_server="",
        shop_facts={"time_zone": shop_zone} if shop_zone else {},
        zoho_facts={"zone": zone} if zone else {},
        health="ok",
        health_reason=None,
        paused_until=None,
        policy_version=1,
        created_at=NOON,
        changed_at=NOON,
        disconnected_at=None,
        restored_at=None,
    )


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-11-23T10:00:00Z", "2026-11-23T10:00:00+00:00"),
        ("2026-11-23T10:00:00+02:00", "2026-11-23T08:00:00+00:00"),
        # midnight in Berlin, before and after summer time
        ("2026-10-25", "2026-10-24T22:00:00+00:00"),
        ("2026-10-26", "2026-10-25T23:00:00+00:00"),
    ],
)
def test_a_moment_is_itself_and_a_date_is_midnight_in_the_organisations_zone(text: str, utc: str) -> None:
    assert moment_of(text, [a_connection()]).astimezone(UTC).isoformat() == utc


def test_while_the_organisations_zone_is_not_known_the_shops_counts_then_utc() -> None:
    in_tokyo = moment_of("2026-11-23", [a_connection(None, "Asia/Tokyo")])

    assert in_tokyo == datetime(2026, 11, 22, 15, tzinfo=UTC)
    assert moment_of("2026-11-23", [a_connection(None)]) == datetime(2026, 11, 23, tzinfo=UTC)
    assert moment_of("2026-11-23", []) == datetime(2026, 11, 23, tzinfo=UTC)


@pytest.mark.parametrize("text", ["yesterday", "2026-13-01", "23.11.2026", "20261123", "2026-W48-1", ""])
def test_anything_else_is_wrong_use_and_says_what_to_write(text: str) -> None:
    with pytest.raises(WrongUse) as refused:
        moment_of(text, [a_connection()])

    assert "2026-11-23" in refused.value.fix or "offset" in refused.value.fix


def test_a_moment_without_an_offset_is_not_guessed() -> None:
    with pytest.raises(WrongUse, match="offset"):
        moment_of("2026-11-23T10:00:00", [a_connection()])


def test_a_date_that_begins_at_several_moments_asks_which_is_meant() -> None:
    two = [a_connection(), replace(a_connection("Asia/Tokyo"), id=2, name="tokyo")]

    with pytest.raises(WrongUse) as refused:
        moment_of("2026-11-23", two)

    assert "--connection" in refused.value.fix


def test_a_connection_that_ended_does_not_make_a_date_unclear() -> None:
    ended = replace(a_connection("Asia/Tokyo"), id=2, disconnected_at=NOON)

    assert moment_of("2026-11-23", [a_connection(), ended]) == datetime(2026, 11, 22, 23, tzinfo=UTC)
