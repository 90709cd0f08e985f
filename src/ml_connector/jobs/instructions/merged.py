"""Two of Shopify's customers became one: the key of the one that is gone stands for the other from now on.

Source: Shopify, topic customers/merge: kept id, deleted id, status; the deleted id answers null afterwards.
"""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncConnection

from ml_connector.jobs.instructions.told import did, nothing, told
from ml_connector.jobs.runtime import Runtime
from ml_connector.jobs.synced import Synced
from ml_connector.shopify.knocks import Kind
from ml_connector.store.contacts import KeptContact
from ml_connector.store.subjects import Lease


async def merged(lease: Lease, run: Runtime) -> Synced:
    """Make aliases of the gone customers' keys. Documents stay with the contacts they were made for."""
    asked = [each.asked for each in await told(lease.subject, run.store)]
    gone = sorted({each.other for each in asked if each.kind is Kind.CUSTOMER_MERGE and each.other})
    aliases = 0
    async with run.store.transaction() as tx:
        for customer in gone:
            for kept in await run.store.contacts.of_customer(tx, run.connection_id, customer):
                aliases += await _alias(tx, kept, customer, lease.subject.id, run)
    if not aliases:
        return nothing()
    return did("customers_merged", f"{len(gone)} merged customers now stand for this one, with {aliases} contacts.")


async def _alias(tx: AsyncConnection, gone: KeptContact, customer: str, remaining: str, run: Runtime) -> int:
    """The gone customer's contact is the remaining one's too, where that has none in this currency yet."""
    if gone.alias_of is not None:
        return 0
    key = gone.link.key.replace(customer, remaining)
    known = (await run.store.contacts.kept(tx, run.connection_id, [key])).get(key)
    if known is None:
        link = replace(gone.link, key=key, matched_by="link")
        await run.store.contacts.put(tx, run.connection_id, link, customer_id=remaining, agreed=gone.agreed)
    target = known.alias_of if known is not None and known.alias_of else key
    await run.store.contacts.make_alias(tx, run.connection_id, gone.link.key, target)
    return 1
