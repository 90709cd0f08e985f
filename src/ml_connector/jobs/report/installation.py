"""What `doctor` finds: pure sentences about facts that somebody gathered."""

from __future__ import annotations

import stat
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from ml_connector.jobs.connecting.findings import Finding
from ml_connector.shopify.versions import served_until
from ml_connector.store.connections import Connection
from ml_connector.store.examining import ServerFacts

CLOCKS_DIFFER = timedelta(seconds=30)
"""From here on a token or a signature can count as expired on one side and not on the other."""
LITTLE_ROOM = 512 * 1024 * 1024
"""Bytes free where the embedded database lives."""


VERSION_ENDS = timedelta(days=60)
"""So long before it ends it is said."""


@dataclass(frozen=True, slots=True)
class RedisFacts:
    """A Redis as it was found. `eviction`: its policy, empty where it does not say."""

    eviction: str
    persists: bool


@dataclass(frozen=True, slots=True)
class Telling:
    """How people are told. `mail_refused`: why the mail server lets nobody in."""

    mail: bool = False
    recipients: bool = False
    others: bool = False
    mail_refused: str = ""


@dataclass(frozen=True, slots=True)
class Places:
    """Where we are reached, where we reach, and what lies on our disk."""

    public_url: str
    endpoints: tuple[str, ...] = ()
    """Other places than the real companies."""
    key_file: Path | None = None
    """None when the key is given by a setting."""
    key_file_mode: int | None = None
    free_bytes: int | None = None
    """Where the embedded database is; None for a given one."""


def of_server(facts: ServerFacts, now: datetime) -> Iterable[Finding]:
    """The database, and whether its clock agrees with ours."""
    if not facts.may_create:
        yield Finding(
            "no_create",
            f"We may not make schemas in the database {facts.database}, and the job queue needs one of its own.",
            f"Run `GRANT CREATE ON DATABASE {facts.database} TO` the user of DATABASE_URL.",
            "blocker",
        )
    if not facts.keeps_session:
        yield Finding(
            "transaction_pool",
            "Between us and PostgreSQL stands a pool that lends its connections by transaction.",
            "Give DATABASE_URL the server's own address, or a session pool's.",
            "blocker",
        )
    apart = abs(facts.now - now)
    if apart > CLOCKS_DIFFER:
        yield Finding(
            "clocks_differ",
            f"The database's clock and this machine's are {apart.total_seconds():.0f} s apart.",
            "Let both follow a time server.",
        )


def of_cluster(found: str, known: str) -> Iterable[Finding]:
    """Whether the database is another than the one that was written down: restored, or moved."""
    if found and known and found != known:
        yield Finding(
            "database_restored",
            "This database is not the one we knew: it was restored from a backup or moved. After a restore it does not "
            "know what was sent to Zoho since the backup was made. So for orders placed before now, Zoho is asked for "
            "each document before it is sent, and what is there already is not made again.",
            "Run `ml-connector reconcile` for the days since the backup; then `ml-connector doctor --accept-database`.",
        )


def of_queue(facts: RedisFacts | None) -> Iterable[Finding]:
    """What Redis does with our jobs; None where they are in PostgreSQL."""
    if facts is None:
        return
    if facts.eviction not in ("", "noeviction"):
        yield Finding(
            "redis_evicts",
            f"Redis throws keys away when its memory is full (maxmemory-policy {facts.eviction}), jobs among them.",
            "Set maxmemory-policy to noeviction. Nothing is lost meanwhile: jobs are rebuilt from the database.",
        )
    if not facts.persists:
        yield Finding(
            "redis_forgets",
            "Redis keeps nothing on disk, so its jobs are gone when it restarts.",
            "Nothing has to be done: they are rebuilt from the database. With appendonly yes that is faster.",
            "info",
        )


def of_telling(telling: Telling) -> Iterable[Finding]:
    """Whether anybody hears of what happens."""
    if telling.mail_refused:
        yield Finding("mail_unreachable", telling.mail_refused, "Check the setting SMTP_URL.")
    if telling.mail and not telling.recipients:
        yield Finding(
            "mail_to_nobody",
            "SMTP_URL names nobody to send to, so alerts reach only those who get a connection's summaries.",
            "Add `?to=somebody@example.com` to SMTP_URL.",
            "info",
        )
    if not telling.mail and not telling.others:
        yield Finding(
            "nobody_told",
            "Neither SMTP_URL nor NOTIFY_URLS is set: what goes wrong is only seen here and in the console.",
            "Set one of them.",
            "info",
        )


def of_version(version: str, today: date) -> Iterable[Finding]:
    """Whether Shopify will go on serving the API version that is set."""
    until = served_until(version)
    if until is not None and until - today <= VERSION_ENDS:
        yield Finding(
            "api_version_ends",
            f"Shopify serves its API version {version} until {until.isoformat()}.",
            "Set SHOPIFY_API_VERSION to a newer one; our queries are valid for every version still supported.",
        )


def of_work(*, worked: bool) -> Iterable[Finding]:
    """Whether somebody is at work."""
    if not worked:
        yield Finding(
            "no_worker",
            "No worker has given a sign of life in the last two minutes, so orders are kept and nothing is posted.",
            "Start `ml-connector serve`.",
            "info",
        )


def of_places(places: Places) -> Iterable[Finding]:
    """Addresses and files."""
    if not is_public(places.public_url):
        yield Finding(
            "not_public",
            f"Shopify and Zoho cannot reach {places.public_url}, so new orders are found by looking for them.",
            "Give PUBLIC_URL a public https address, then connect again.",
            "info",
        )
    for endpoint in places.endpoints:
        yield Finding(
            "other_endpoint",
            f"This installation talks to {endpoint}, not to the real company.",
            "Unset the setting if this is no sandbox.",
            "info",
        )
    if places.key_file_mode is not None and places.key_file_mode & (stat.S_IRWXG | stat.S_IRWXO):
        yield Finding(
            "key_file_open",
            f"{places.key_file} can be read by others.",
            f"Run `chmod 600 {places.key_file}`; then `ml-connector keys rotate`, since somebody may have read it.",
        )
    if places.free_bytes is not None and places.free_bytes < LITTLE_ROOM:
        yield Finding(
            "little_room",
            f"{places.free_bytes // 1024 // 1024} MiB are free where the database is.",
            "Make room, or move DATA_DIR.",
        )


def of_connections(connections: Iterable[Connection]) -> Iterable[Finding]:
    """Connections that do not work right now, and what was restored."""
    for connection in connections:
        if connection.standing == "paused" and connection.health == "ok":
            yield Finding(
                f"connection_{connection.resting}",
                f"{connection.name}: {connection.standing_reason}",
                f"Run `ml-connector resume {connection.name}`, or open Connections in the console.",
                "info",
            )
        elif connection.health in ("paused", "broken"):
            yield Finding(
                f"connection_{connection.health}",
                f"{connection.name} is {connection.health}: {connection.health_reason or 'no reason was kept'}",
                f"Run `ml-connector ping {connection.name}`, which says what to do.",
            )
        if connection.restored_at is not None:
            yield Finding(
                "restored",
                f"{connection.name} was restored from a backup before {connection.restored_at:%Y-%m-%d %H:%M} UTC. "
                "What is not known as posted of older orders is looked up in Zoho before it is sent.",
                "Nothing has to be done.",
                "info",
            )


def is_public(url: str) -> bool:
    """Whether others on the internet may reach *url*, as far as its name tells."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    local = host in ("localhost", "::1") or host.startswith("127.") or host.endswith((".local", ".localhost"))
    return parts.scheme == "https" and bool(host) and not local
