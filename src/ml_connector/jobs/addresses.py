"""Which address of a Zoho contact is which: remembered with the link, so that no document adds one twice."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.ext.asyncio import AsyncConnection

from ml_connector.domain.documents import AddressDraft
from ml_connector.domain.order import Address
from ml_connector.domain.plan.contact import address_digest
from ml_connector.jobs.runtime import Runtime
from ml_connector.zoho.values import ZohoRequest

ADDRESSES = "addresses"
"""Where a link keeps them, as `ContactLink.addresses` has them."""


def is_known(address: Address, known: Mapping[str, str], run: Runtime) -> bool:
    """Whether a contact has *address*, as its own in either role or as an additional one."""
    digest = address_digest(address, run.guest_salt)
    return any(name.rpartition(":")[2] == digest for name in known)


def contact_of(request: ZohoRequest) -> str:
    """The contact that a request adds an address to: its path names it."""
    return request.path.split("/")[2]


async def keep_address(
    tx: AsyncConnection, draft: AddressDraft, contact_id: str, address_id: str, run: Runtime
) -> None:
    """Remember the id of an address that was added to a Zoho contact, with every link to it. One query."""
    entries = {address_digest(draft.address, run.guest_salt): address_id}
    await run.store.contacts.add(tx, run.connection_id, contact_id, ADDRESSES, entries)
