"""Gathers what `doctor` judges; whatever cannot be opened is a finding of its own."""

from __future__ import annotations

import shutil
from dataclasses import dataclass

from ml_connector.domain.trouble import Trouble
from ml_connector.jobs.alive import is_worked
from ml_connector.jobs.connecting.findings import Finding, of_trouble
from ml_connector.jobs.report.installation import (
    Places,
    RedisFacts,
    Telling,
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
from ml_connector.settings import Settings
from ml_connector.store.examining import examine
from ml_connector.wiring.application import Application, opened


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """All findings. *usable*: whether the database opened under our key."""

    findings: tuple[Finding, ...]
    usable: bool = True

    @property
    def ok(self) -> bool:
        return not any(finding.bad for finding in self.findings)


async def diagnosis(settings: Settings, *, accept_database: bool = False) -> Diagnosis:
    """Look at everything that an installation stands on. Nothing of a shop or an organisation is asked.

    Args:
        accept_database: The database was restored, and as it is it is the one we know from now on.
    """
    usable = True
    findings: list[Finding] = []
    try:
        async with opened(settings) as app:
            findings += await inside(app, accept_database=accept_database)
    except Trouble as trouble:
        usable = False
        findings.append(of_trouble(trouble))
    return Diagnosis((*findings, *of_places(_places(settings))), usable)


async def of_running(app: Application) -> list[Finding]:
    """The same for an installation that is open already."""
    return [*await inside(app), *of_places(_places(app.settings))]


async def inside(app: Application, *, accept_database: bool = False) -> list[Finding]:
    """Database, queue, mail and connections."""
    facts, now = await examine(app.store.engine), app.clock.now()
    if accept_database:
        await accept_cluster(app.store, facts.cluster)
    await notice_restore(app.store, facts.cluster)
    findings = [*of_server(facts, now), *of_cluster(facts.cluster, await known_cluster(app.store))]
    findings += [*await _queue(app), *of_work(worked=await is_worked(app.store))]
    findings += of_version(app.settings.shopify_api_version, now.date())
    findings += of_telling(await _telling(app))
    async with app.store.at_once() as tx:
        return [*findings, *of_connections(await app.store.connections.all(tx))]


async def _queue(app: Application) -> list[Finding]:
    engine = app.queue_engine()
    try:
        await engine.reachable()
        if isinstance(app.back_end, RedisBackEnd):
            return list(of_queue(RedisFacts(*await app.back_end.examined())))
    except Trouble as trouble:
        return [of_trouble(trouble)]
    finally:
        await engine.close()
    return []


async def _telling(app: Application) -> Telling:
    mail, others = app.post.mail, bool(app.settings.notices)
    if mail is None:
        return Telling(others=others)
    try:
        await mail.check()
    except Trouble as trouble:
        return Telling(mail=True, recipients=bool(mail.to), others=others, mail_refused=trouble.text)
    return Telling(mail=True, recipients=bool(mail.to), others=others)


def _places(settings: Settings) -> Places:
    key_file = None if settings.secret_key is not None else settings.data_dir / "secret.key"
    embedded = settings.database_url is None and settings.data_dir.exists()
    others = (settings.zoho_accounts_endpoint, settings.zoho_api_endpoint)
    shopify = settings.shopify_endpoint if settings.shopify_endpoint != "https://{shop}" else None
    return Places(
        public_url=settings.public_url,
        endpoints=tuple(dict.fromkeys(place for place in (shopify, *others) if place)),
        key_file=key_file,
        key_file_mode=key_file.stat().st_mode if key_file is not None and key_file.exists() else None,
        free_bytes=shutil.disk_usage(settings.data_dir).free if embedded else None,
    )
