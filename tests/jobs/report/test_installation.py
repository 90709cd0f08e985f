"""What `doctor` says about facts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from tests.jobs.report.test_dates import a_connection

from ml_connector.jobs.report.installation import (
    Places,
    RedisFacts,
    Telling,
    is_public,
    of_cluster,
    of_connections,
    of_places,
    of_queue,
    of_server,
    of_telling,
    of_version,
    of_work,
)
from ml_connector.jobs.restored import accept_cluster, known_cluster, notice_restore
from ml_connector.queue.back_end import RedisBackEnd
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


# Restores


async def test_a_database_is_written_down_once_and_another_one_is_noticed(store: Store) -> None:
    await notice_restore(store)
    ours = await known_cluster(store)
    await accept_cluster(store, "7/1/9")
    await notice_restore(store)

    assert len(ours.split("/")) == 3
    assert codes(of_cluster(ours, ours)) == []
    assert codes(of_cluster(ours, await known_cluster(store))) == ["database_restored"]
    assert codes(of_cluster("", ours)) == []


async def restored_at(store: Store) -> list[datetime | None]:
    async with store.at_once() as tx:
        await store.connections.save(tx, "acme")
        return [each.restored_at for each in await store.connections.all(tx)]


async def test_a_restore_that_is_seen_marks_the_connections_once(store: Store) -> None:
    await notice_restore(store, "7/1/9")
    before = await restored_at(store)
    await notice_restore(store, "7/2/9")
    seen = await restored_at(store)
    await notice_restore(store, "7/2/9")
    await accept_cluster(store, "7/2/9")
    await notice_restore(store, "7/2/9")

    assert before == [None]
    assert None not in seen
    assert await restored_at(store) == seen
    assert await known_cluster(store) == "7/2/9"


async def test_an_operator_may_say_what_nobody_can_see(store: Store) -> None:
    await notice_restore(store, "7/1/9")
    assert await restored_at(store) == [None]

    await accept_cluster(store, "7/1/9")

    assert None not in await restored_at(store)


# The queue, mail, versions, work


@pytest.mark.parametrize(
    ("facts", "found"),
    [
        (None, []),
        (RedisFacts("noeviction", persists=True), []),
        (RedisFacts("", persists=True), []),
        (RedisFacts("allkeys-lru", persists=True), ["redis_evicts"]),
        (RedisFacts("noeviction", persists=False), ["redis_forgets"]),
    ],
)
def test_what_redis_does_with_jobs_is_said(facts: RedisFacts | None, found: list[str]) -> None:
    assert codes(of_queue(facts)) == found


async def test_a_real_redis_is_asked(redis_url: str) -> None:
    eviction, _ = await RedisBackEnd(redis_url).examined()

    assert eviction == "noeviction"


@pytest.mark.parametrize(
    ("telling", "found"),
    [
        (Telling(), ["nobody_told"]),
        (Telling(others=True), []),
        (Telling(mail=True, recipients=True), []),
        (Telling(mail=True), ["mail_to_nobody"]),
        (Telling(mail=True, recipients=True, mail_refused="It did not let us in."), ["mail_unreachable"]),
    ],
)
def test_whether_anybody_hears_of_anything_is_said(telling: Telling, found: list[str]) -> None:
    assert codes(of_telling(telling)) == found


@pytest.mark.parametrize(("day", "found"), [(date(2027, 1, 30), []), (date(2027, 2, 1), ["api_version_ends"])])
def test_a_version_that_ends_is_said_two_months_before(day: date, found: list[str]) -> None:
    assert codes(of_version("2026-04", day)) == found


def test_that_nobody_works_is_said() -> None:
    assert codes(of_work(worked=True)) == []
    assert codes(of_work(worked=False)) == ["no_worker"]
