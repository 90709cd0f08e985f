"""Which address of a Zoho contact is which: remembered with the link, so that no document adds one twice."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.ext.asyncio import AsyncConnection

from ml_connector.domain.documents import AddressDraft, Ref
from ml_connector.domain.order import Address
from ml_connector.domain.plan.contact import address_digest
from ml_connector.jobs.runtime import Runtime

ADDRESSES = "addresses"
"""Where a link keeps them, as `ContactLink.addresses` has them."""


def is_known(address: Address, known: Mapping[str, str], run: Runtime) -> bool:
    """Whether a contact has *address*, as its own in either role or as an additional one."""
    digest = address_digest(address, run.guest_salt)
    return any(name.rpartition(":")[2] == digest for name in known)


async def keep_address(tx: AsyncConnection, draft: AddressDraft, address_id: str, run: Runtime) -> None:
    """Remember the id of an address that was added to a contact. Two queries."""
    key = draft.contact.key if isinstance(draft.contact, Ref) else draft.contact
    kept = (await run.store.contacts.kept(tx, run.connection_id, [key])).get(key)
    if kept is None:
        return
    known: Mapping[str, str] = kept.agreed.get(ADDRESSES, {})
    agreed = {**kept.agreed, ADDRESSES: {**known, address_digest(draft.address, run.guest_salt): address_id}}
    await run.store.contacts.put(tx, run.connection_id, kept.link, agreed=agreed)
