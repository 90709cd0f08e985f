"""What `doctor` says about facts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.jobs.report.test_dates import a_connection

from ml_connector.jobs.report.installation import Places, is_public, of_connections, of_places, of_server
from ml_connector.store.examining import ServerFacts, examine
from ml_connector.store.store import Store

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
WELL = ServerFacts("18.1", "ml_connector", may_create=True, keeps_session=True, now=NOON, max_connections=100)


def codes(findings: object) -> list[str]:
    return [finding.code for finding in findings]  # type: ignore[attr-defined]


def test_a_server_that_is_well_is_not_mentioned() -> None:
    assert codes(of_server(WELL, NOON)) == []


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        (replace(WELL, may_create=False), "no_create"),
        (replace(WELL, keeps_session=False), "transaction_pool"),
        (replace(WELL, now=NOON + timedelta(seconds=31)), "clocks_differ"),
        (replace(WELL, now=NOON - timedelta(minutes=5)), "clocks_differ"),
    ],
)
def test_each_thing_that_is_wrong_with_a_server_is_named_with_what_to_do(facts: ServerFacts, code: str) -> None:
    findings = list(of_server(facts, NOON))

    assert codes(findings) == [code]
    assert all(finding.bad and finding.fix for finding in findings)


async def test_a_real_server_is_asked(store: Store) -> None:
    facts = await examine(store.engine)

    assert facts.may_create
    assert facts.keeps_session
    assert int(facts.version.split(".")[0]) >= 14
    assert abs(facts.now - datetime.now(UTC)) < timedelta(seconds=30)


@pytest.mark.parametrize(
    ("url", "public"),
    [
        ("https://connector.example.com", True),
        ("http://connector.example.com", False),
        ("https://localhost:8000", False),
        ("https://127.0.0.1", False),
        ("https://shop.local", False),
    ],
)
def test_only_https_under_a_name_of_the_internet_counts_as_public(url: str, public: bool) -> None:
    assert is_public(url) is public


def test_a_sandbox_and_an_address_of_ones_own_are_said_and_are_no_bad_news() -> None:
    findings = list(of_places(Places("http://127.0.0.1:8000", ("http://127.0.0.1:9101",))))

    assert codes(findings) == ["not_public", "other_endpoint"]
    assert not any(finding.bad for finding in findings)


def test_a_key_file_that_others_can_read_and_a_full_disk_are_bad_news() -> None:
    places = Places("https://a.example", key_file=Path("/d/secret.key"), key_file_mode=0o100644, free_bytes=1024)

    findings = list(of_places(places))

    assert codes(findings) == ["key_file_open", "little_room"]
    assert all(finding.bad for finding in findings)
    assert codes(of_places(Places("https://a.example", key_file=Path("/d/k"), key_file_mode=0o100600))) == []


def test_connections_that_do_not_work_lead_to_ping() -> None:
    paused = replace(a_connection(), health="paused", health_reason="Zoho has revoked the connection.")

    (finding,) = of_connections([a_connection(), paused])

    assert finding.code == "connection_paused"
    assert "Zoho has revoked" in finding.text
    assert "ping acme" in finding.fix
