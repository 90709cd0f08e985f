"""Zoho's master data of one organisation, kept so that posting an order need not ask for it.

About a dozen calls fetch everything; so it is fetched once, then every `FRESH_FOR`, and again at once when a decision
stumbles over it (a tax that is not mapped, an account that is not there), because somebody may just have made it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from ml_connector.domain.books import Account, Item, Organisation, TaxExemption, ZohoCurrency, ZohoTax
from ml_connector.jobs.runtime import Runtime
from ml_connector.store import Store
from ml_connector.store.values import plain, restore
from ml_connector.zoho.masters import unique_fields

FRESH_FOR = timedelta(hours=12)
STUMBLED = timedelta(minutes=1)
"""A decision that stumbles asks again only when what it knew is older than this."""
_KIND = "organisation"


@dataclass(frozen=True, slots=True)
class Masters:
    """What an organisation has: read by every decision, changed by none."""

    organisation: Organisation
    currencies: Mapping[str, ZohoCurrency] = field(default_factory=dict)
    taxes: tuple[ZohoTax, ...] = ()
    exemptions: tuple[TaxExemption, ...] = ()
    accounts: tuple[Account, ...] = ()
    unique_fields: Mapping[str, str] = field(default_factory=dict)
    """Module -> `api_name` of the unique field, where the organisation has it."""
    fields_known: bool = True
    """False: Zoho told nothing about custom fields, so that the unique field is not there is no finding."""
    locked_until: date | None = None
    lock_known: bool = True
    items: Mapping[str, Item] = field(default_factory=dict)
    """By SKU."""


@dataclass(frozen=True, slots=True)
class Kept:
    """Masters, and the moment from which they are known to be true, on PostgreSQL's clock."""

    masters: Masters
    fetched_at: datetime


async def masters_of(run: Runtime, *, older_than: timedelta = FRESH_FOR) -> Kept:
    """The organisation's masters, fetched from Zoho when what is kept is older than *older_than*.

    One query when they are fresh.
    """
    kept = await _kept(run)
    if kept is not None and run.clock.now() - kept.fetched_at < older_than:
        return kept
    return await fetch_masters(run)


async def fetch_masters(run: Runtime) -> Kept:
    """Ask Zoho for everything, about a dozen calls, and keep it."""
    async with run.store.at_once() as tx:
        asked_at = await run.store.masters.moment(tx)
    before = await _kept(run)
    masters = await _ask(run)
    if before is not None:
        masters = _rounding(masters, before.masters.organisation.tax_rounding)
    fetched = Kept(masters, asked_at)
    await _keep(fetched, run)
    return fetched


async def learn_rounding(kept: Kept, said: str, run: Runtime) -> None:
    """Remember how the organisation rounds taxes, which only the answer with a document shows."""
    if kept.masters.organisation.tax_rounding != said:
        await _keep(Kept(_rounding(kept.masters, said), kept.fetched_at), run)


def _rounding(masters: Masters, said: str | None) -> Masters:
    return replace(masters, organisation=replace(masters.organisation, tax_rounding=said))


async def kept_masters(store: Store, connection_id: int) -> Kept | None:
    """What is kept, however old; None when nothing was fetched yet. One query, no call."""
    async with store.at_once() as tx:
        row = await store.masters.get(tx, connection_id, _KIND)
    return None if row is None else Kept(restore(Masters, row.body), row.fetched_at)


async def _kept(run: Runtime) -> Kept | None:
    return await kept_masters(run.store, run.connection_id)


async def _keep(fetched: Kept, run: Runtime) -> None:
    """Keep it, unless it was asked for before somebody found it out of date: two orders may ask at once."""
    async with run.store.at_once() as tx:
        await run.store.masters.put(tx, run.connection_id, _KIND, plain(fetched.masters), asked_at=fetched.fetched_at)


async def forget_masters(run: Runtime) -> None:
    """Fetch everything anew before the next decision: somebody changed something in Zoho."""
    async with run.store.at_once() as tx:
        await run.store.masters.forget(tx, run.connection_id, [_KIND])


async def _ask(run: Runtime) -> Masters:
    zoho = run.zoho
    lock = await zoho.transaction_lock()
    fields = await zoho.custom_fields()
    return Masters(
        organisation=await zoho.organisation(),
        currencies=await zoho.currencies(),
        taxes=await zoho.taxes(),
        exemptions=await zoho.exemptions(),
        accounts=await zoho.accounts(),
        unique_fields=unique_fields(fields or (), run.policy.unique_field),
        fields_known=fields is not None,
        locked_until=lock.until,
        lock_known=lock.known,
        items=await zoho.items() if run.policy.items != "text" else {},
    )
