"""The safety net behind Zoho's webhooks: contacts that were changed there and nobody told us of.

Zoho's list is read newest first, down to where the last look began; so a quiet quarter of an hour costs one call. What
is our own writing has the time that we remember, and is no knock. Where changes do not go back, nothing is asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from ml_connector.domain.plan.customer import IN_ZOHO
from ml_connector.jobs.customers.kept import pairs_of
from ml_connector.jobs.runtime import Runtime
from ml_connector.jobs.turns import turn
from ml_connector.store.contacts import KeptContact
from ml_connector.store.subjects import Knock, Lane, Subject
from ml_connector.zoho.books import KnownContact

log = structlog.get_logger(__name__)

EVERY_S = 900.0
OVERLAP = timedelta(minutes=5)
"""Zoho's lists lag behind its records; looking at one twice costs nothing."""
MARK = "contacts"


@dataclass(frozen=True, slots=True)
class Polled:
    """What a look found: contacts that Zoho lists as changed, and customers that were knocked for."""

    listed: int
    knocked: int


async def poll_contacts(run: Runtime) -> Polled:
    """Knock for the customers whose contacts changed in Zoho since the last look. The first look only marks its time.

    Raises:
        Elsewhere: another process does it right now.
        ZohoTrouble, NoPermit: nothing was marked; the next look begins where this one did.
    """
    if run.policy.customers_back != "on":
        return Polled(0, 0)
    async with turn(f"contacts of {run.connection_id}", run.store) as ours:
        began = run.clock.now()
        since = await _since(run)
        changed = [] if since is None else await run.zoho.in_lane("rereading").contacts_changed_since(since)
        news = await _news(changed, run)
        async with run.store.transaction() as tx:
            await ours.keep(tx)
            if news:
                await run.store.contacts.tell(tx, run.connection_id, [each.link.contact_id for each in news])
                await run.store.subjects.knock(tx, [_knock(each, run) for each in _customers(news)])
            await run.store.watermarks.put(tx, run.connection_id, MARK, at=began)
    log.info("contacts.polled", connection=run.name, listed=len(changed), knocked=len(_customers(news)))
    return Polled(len(changed), len(_customers(news)))


async def _since(run: Runtime) -> datetime | None:
    async with run.store.at_once() as tx:
        mark = await run.store.watermarks.get(tx, run.connection_id, MARK)
    return None if mark is None or mark.at is None else mark.at - OVERLAP


async def _news(changed: list[KnownContact], run: Runtime) -> list[KeptContact]:
    """The customers' contacts among them that are not as we left them."""
    if not changed:
        return []
    listed = {each.id: each for each in changed}
    async with run.store.at_once() as tx:
        kept = await run.store.contacts.of_contacts(tx, run.connection_id, list(listed))
    return [each for each in kept if each.is_customers and _is_news(listed[each.link.contact_id], each)]


_IN_A_LIST = {name: IN_ZOHO[name] for name in ("first_name", "last_name", "company", "email", "phone")}


def _is_news(listed: KnownContact, kept: KeptContact) -> bool:
    """Zoho counts seconds: what somebody changed in the second of our own write has the time that we remember."""
    if listed.last_modified != kept.last_modified:
        return True
    pairs = pairs_of(kept)
    told = {name: str(listed.row[theirs]) for name, theirs in _IN_A_LIST.items() if theirs in listed.row}
    return any(name in pairs and value != pairs[name].zoho for name, value in told.items())


def _customers(news: list[KeptContact]) -> list[str]:
    return sorted({each.customer_id for each in news if each.customer_id})


def _knock(customer_id: str, run: Runtime) -> Knock:
    return Knock(Subject(run.connection_id, "customer", customer_id), Lane.REREADING)
