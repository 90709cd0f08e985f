"""Zoho's master data of one organisation, kept so that posting an order need not ask for it.

About a dozen calls fetch everything; so it is fetched once, then every `FRESH_FOR`. A decision that stumbles (a tax
that is not mapped, an account that is not there) asks again for the one part that it stumbled over, because somebody
may just have made it; and whoever made something reads its part. Each part has its own age, and one reading at a time
serves everybody who waits for it in a process.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any
from weakref import WeakKeyDictionary

from ml_connector.domain.books import Account, Item, Organisation, TaxExemption, ZohoCurrency, ZohoTax
from ml_connector.jobs.runtime import Runtime
from ml_connector.store import Store
from ml_connector.store.values import restore
from ml_connector.zoho.masters import unique_fields

FRESH_FOR = timedelta(hours=12)
STUMBLED = timedelta(minutes=1)
"""A decision that stumbles asks again only for what is known for longer than this."""


class Part(StrEnum):
    """What is asked for together."""

    ORGANISATION = "organisation"
    LOCK = "lock"
    FIELDS = "fields"
    CURRENCIES = "currencies"
    TAXES = "taxes"
    ACCOUNTS = "accounts"
    ITEMS = "items"


ALL = frozenset(Part)

_STUMBLED_OVER: Mapping[str, Part] = {
    "tax_unmapped": Part.TAXES,
    "tax_missing": Part.TAXES,
    "tax_differs": Part.TAXES,
    "account_unmapped": Part.ACCOUNTS,
    "account_unusable": Part.ACCOUNTS,
    "currency_missing": Part.CURRENCIES,
    "rate_unknown": Part.CURRENCIES,
    "price_precision": Part.CURRENCIES,
    "period_locked": Part.LOCK,
    "not_registered": Part.ORGANISATION,
    "adjustment_while_registered": Part.ORGANISATION,
}


def parts_of_hold(code: str) -> frozenset[Part]:
    """What somebody may have changed in Zoho so that an order held for *code* is held no longer."""
    part = _STUMBLED_OVER.get(code)
    return frozenset() if part is None else frozenset({part})


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
    """Masters, and when each part was asked for, on PostgreSQL's clock."""

    masters: Masters
    asked_at: Mapping[str, datetime]

    @property
    def fetched_at(self) -> datetime:
        """The moment from which all of it is known to be true."""
        return min(self.asked_at.values())

    def older(self, parts: Collection[Part], than: datetime) -> frozenset[Part]:
        """Those of *parts* that were asked for before *than*, or never."""
        return frozenset(part for part in parts if part not in self.asked_at or self.asked_at[part] < than)


async def masters_of(run: Runtime) -> Kept:
    """The organisation's masters; parts that are older than `FRESH_FOR`, or that were forgotten, are read anew.

    One query when all are there.
    """
    return await _at_least(run, ALL, run.clock.now() - FRESH_FOR)


async def fetch_masters(run: Runtime) -> Kept:
    """Ask Zoho for everything, about a dozen calls, and keep it."""
    async with _turn(run):
        return await _read(await kept_masters(run.store, run.connection_id), ALL, run)


async def stumbled(run: Runtime, parts: Collection[Part]) -> bool:
    """Read anew what a decision stumbled over, where that is known for more than a moment; whether anything was."""
    if not parts:
        return False
    async with run.store.at_once() as tx:
        known_since = await run.store.masters.moment(tx) - STUMBLED
    kept = await kept_masters(run.store, run.connection_id)
    if kept is None or not kept.older(parts, known_since):
        return False
    await _at_least(run, parts, known_since)
    return True


async def _at_least(run: Runtime, parts: Collection[Part], than: datetime) -> Kept:
    """The masters with *parts* asked for at *than* or later."""
    kept = await kept_masters(run.store, run.connection_id)
    if kept is not None and not kept.older(parts, than):
        return kept
    async with _turn(run):
        kept = await kept_masters(run.store, run.connection_id)
        old = ALL if kept is None else kept.older(parts, than)
        if kept is not None and not old:
            return kept
        return await _read(kept, old, run)


async def _read(before: Kept | None, parts: Collection[Part], run: Runtime) -> Kept:
    """Ask for *parts*, and keep each unless it was asked for before somebody found it out of date."""
    values: dict[str, Any] = {}
    asked_at = dict(before.asked_at) if before else {}
    for part in Part:
        if part not in parts:
            continue
        async with run.store.at_once() as tx:
            asked_at[part] = await run.store.masters.moment(tx)
        told = await _asked(part, run)
        if part is Part.ORGANISATION and before is not None:
            told["organisation"] = replace(told["organisation"], tax_rounding=before.masters.organisation.tax_rounding)
        async with run.store.at_once() as tx:
            await run.store.masters.put(tx, run.connection_id, part, told, asked_at=asked_at[part])
        values |= told
    return Kept(replace(before.masters, **values) if before else Masters(**values), asked_at)


async def learn_rounding(kept: Kept, said: str, run: Runtime) -> None:
    """Remember how the organisation rounds taxes, which only the answer with a document shows."""
    organisation = kept.masters.organisation
    if organisation.tax_rounding == said:
        return
    body = {"organisation": replace(organisation, tax_rounding=said)}
    async with run.store.at_once() as tx:
        await run.store.masters.put(
            tx, run.connection_id, Part.ORGANISATION, body, asked_at=kept.asked_at[Part.ORGANISATION]
        )


async def kept_masters(store: Store, connection_id: int) -> Kept | None:
    """What is kept, however old; None when nothing was fetched yet. One query, no call."""
    async with store.at_once() as tx:
        rows = await store.masters.many(tx, connection_id, ALL)
    if Part.ORGANISATION not in rows:
        return None
    body = {name: value for row in rows.values() for name, value in row.body.items()}
    return Kept(restore(Masters, body), {part: row.fetched_at for part, row in rows.items()})


async def forget_masters(run: Runtime, parts: Collection[Part] = ALL) -> None:
    """Fetch *parts* anew before the next decision: somebody changed something in Zoho."""
    if parts:
        async with run.store.at_once() as tx:
            await run.store.masters.forget(tx, run.connection_id, parts)


async def _asked(part: Part, run: Runtime) -> dict[str, Any]:
    """The fields of `Masters` that *part* tells."""
    zoho = run.zoho
    match part:
        case Part.ORGANISATION:
            return {"organisation": await zoho.organisation()}
        case Part.LOCK:
            lock = await zoho.transaction_lock()
            return {"locked_until": lock.until, "lock_known": lock.known}
        case Part.FIELDS:
            fields = await zoho.custom_fields()
            names = unique_fields(fields or (), run.policy.unique_field)
            return {"unique_fields": names, "fields_known": fields is not None}
        case Part.CURRENCIES:
            return {"currencies": await zoho.currencies()}
        case Part.TAXES:
            return {"taxes": await zoho.taxes(), "exemptions": await zoho.exemptions()}
        case Part.ACCOUNTS:
            return {"accounts": await zoho.accounts()}
        case Part.ITEMS:
            return {"items": await zoho.items() if run.policy.items != "text" else {}}


_turns: WeakKeyDictionary[Store, dict[int, asyncio.Lock]] = WeakKeyDictionary()


def _turn(run: Runtime) -> asyncio.Lock:
    """Who reads for everybody in this process; another process may read the same beside it, which does no harm."""
    return _turns.setdefault(run.store, {}).setdefault(run.connection_id, asyncio.Lock())
