"""Which address of a Zoho contact is which: remembered with the link, so that no document adds one twice."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.ext.asyncio import AsyncConnection

from ml_connector.domain.documents import AddressDraft, ContactDraft, Ref
from ml_connector.domain.plan.contact import address_digest
from ml_connector.jobs.runtime import Runtime

ADDRESSES = "addresses"
"""Where a link keeps them: digest of the address -> Zoho's id of it, empty for the contact's own."""


def own_addresses(draft: ContactDraft, run: Runtime) -> dict[str, str]:
    """The addresses that a new contact has from the start."""
    return {address_digest(each, run.guest_salt): "" for each in (draft.billing, draft.shipping) if each is not None}


async def keep_address(tx: AsyncConnection, draft: AddressDraft, address_id: str, run: Runtime) -> None:
    """Remember the id of an address that was added to a contact. Two queries."""
    key = draft.contact.key if isinstance(draft.contact, Ref) else draft.contact
    kept = (await run.store.contacts.kept(tx, run.connection_id, [key])).get(key)
    if kept is None:
        return
    known: Mapping[str, str] = kept.agreed.get(ADDRESSES, {})
    agreed = {**kept.agreed, ADDRESSES: {**known, address_digest(draft.address, run.guest_salt): address_id}}
    await run.store.contacts.put(tx, run.connection_id, kept.link, agreed=agreed)
