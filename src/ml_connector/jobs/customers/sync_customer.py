"""A customer was created or changed in Shopify: its contacts in Zoho follow, one for each currency, all together.

A quiet customer (no contact yet, policy `customers: with_orders`) costs one question to Shopify. A known one costs one
to Zoho for each contact, and a write only where something changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ml_connector.domain.books import Books, ContactLink
from ml_connector.domain.documents import AddressDraft, ContactDraft, Kind, Operation, Plan, Ref
from ml_connector.domain.order import Customer
from ml_connector.domain.outcome import Outcome, Reason, Verdict
from ml_connector.domain.plan.case import Stopped, because
from ml_connector.domain.plan.contact import address_digest
from ml_connector.domain.plan.customer import WORDS, Change, Held, changed_contact, new_contact, values_of
from ml_connector.jobs.addresses import ADDRESSES, is_known
from ml_connector.jobs.apply import Applied, Known, apply
from ml_connector.jobs.asking import books_of
from ml_connector.jobs.beginning import connection_of
from ml_connector.jobs.contacts import link_of
from ml_connector.jobs.in_doubt import settle_in_doubt
from ml_connector.jobs.masters import masters_of
from ml_connector.jobs.runtime import Runtime
from ml_connector.jobs.synced import Synced
from ml_connector.store.contacts import KeptContact
from ml_connector.store.subjects import Lease
from ml_connector.zoho.books import KnownContact
from ml_connector.zoho.errors import NotFound
from ml_connector.zoho.told import Told

VALUES = "fields"
"""Where a link keeps what both sides last agreed on, beside its addresses."""
OURS = frozenset({"created", "unique_field"})


async def sync_customer(lease: Lease, run: Runtime) -> Synced:
    """Bring a customer's contacts into agreement with Shopify.

    Raises:
        Trouble: somebody could not be asked; nothing was written by this run.
    """
    doubt = await settle_in_doubt(lease, run)
    if doubt is not None:
        return Synced(None, doubt.outcome, doubt.trouble)
    customer = await run.shopify.customer(lease.subject.id)
    if customer is None:
        return _said("customer_gone", "Shopify has no such customer any more. Its contact and invoices stay in Zoho.")
    async with run.store.at_once() as tx:
        kept = await run.store.contacts.of_customer(tx, run.connection_id, customer.id)
    contacts = [each for each in kept if each.alias_of is None]
    if not contacts and run.policy.customers == "with_orders":
        return replace(_done(), updated_at=customer.updated_at)
    books, told = await _books(run)
    synced = await _changed(customer, contacts, books, told, lease, run) if contacts else None
    if synced is None:
        synced = await _made(customer, books, told, lease, run)
    return replace(synced, updated_at=customer.updated_at)


async def _books(run: Runtime) -> tuple[Books, Told]:
    masters = await masters_of(run)
    found = masters.masters
    return books_of(found, run), Told(unique_fields=found.unique_fields)


# A new contact


async def _made(customer: Customer, books: Books, told: Told, lease: Lease, run: Runtime) -> Synced:
    """The contact of a customer who has none: found by its e-mail address, else created in the shop's currency."""
    currency = await _currency(books, run)
    key = f"contact:{customer.id}:{currency}"
    link = await link_of(key, customer.email or "", currency, told, run)
    if link is not None:
        async with run.store.at_once() as tx:
            found = await run.store.contacts.kept(tx, run.connection_id, [key])
        return await _changed(customer, list(found.values()), books, told, lease, run) or _done()
    try:
        operation = new_contact(customer, key, currency, books)
    except Stopped as stopped:
        return Synced(None, Outcome(Verdict.HELD, stopped.reason))
    applied = await apply(Plan((operation,), policy_version=run.policy_version), Known(told), lease, run)
    if applied.outcome.verdict is Verdict.POSTED:
        await _agree(customer, key, run)
        return _said("contact_created", "The customer was created in Zoho.")
    return Synced(None, applied.outcome, applied.trouble)


async def _currency(books: Books, run: Runtime) -> str:
    """The shop's currency where customers have a contact for each, which their first order will most likely need."""
    base = books.organisation.currency
    connection = await connection_of(run)
    shops = str(connection.shop_facts.get("currency") or base)
    return shops if run.policy.contact_per_currency and shops in books.currencies else base


# Changes


async def _changed(
    customer: Customer, contacts: list[KeptContact], books: Books, told: Told, lease: Lease, run: Runtime
) -> Synced | None:
    """Tell each contact what changed; None when all of them are gone from Zoho."""
    changes: list[Change] = []
    found = 0
    for kept in contacts:
        held = await _held(kept, books, run)
        if held is None:
            continue
        found += 1
        change = changed_contact(customer, held)
        operations = [] if change is None else [change.operation]
        operations += _new_address(customer, kept, run)
        if operations:
            applied = await _tell(tuple(operations), kept.link, told, lease, run)
            if applied.outcome.verdict is not Verdict.POSTED:
                return Synced(None, applied.outcome, applied.trouble)
        await _agree(customer, kept.link.key, run, name=_new_name(change))
        changes += [] if change is None else [change]
    if not found:
        return None
    return _told_of(changes)


async def _held(kept: KeptContact, books: Books, run: Runtime) -> Held | None:
    """The contact as it is in Zoho now; None when it is gone, and then the link is forgotten."""
    try:
        contact = await run.zoho.contact(kept.link.contact_id)
    except NotFound:
        async with run.store.transaction() as tx:
            await run.store.contacts.forget(tx, run.connection_id, [kept.link.key])
            await run.store.operations.gone(tx, run.connection_id, [kept.link.key])
        return None
    async with run.store.at_once() as tx:
        await run.store.contacts.checked(tx, run.connection_id, [contact.id])
    primary = next((each for each in contact.persons if each.is_primary), None)
    currency = books.currencies.get(kept.link.currency)
    return Held(
        key=kept.link.key,
        contact_id=contact.id,
        currency=kept.link.currency,
        currency_id=contact.currency_id or (currency.id if currency else ""),
        name=contact.name,
        our_name=kept.link.name,
        values=values_in(contact),
        agreed=kept.agreed.get(VALUES, {}),
        ours=kept.link.matched_by in OURS,
        person_id=primary.id if primary else None,
        other_person_ids=tuple(each.id for each in contact.persons if not each.is_primary),
        business=contact.row.get("customer_sub_type") == "business",
    )


def values_in(contact: KnownContact) -> dict[str, str]:
    """The fields as Zoho has them. The name is the person's, never `contact_name`."""
    primary = next((each for each in contact.persons if each.is_primary), None)
    return {
        "first_name": primary.first_name if primary else str(contact.row.get("first_name") or ""),
        "last_name": primary.last_name if primary else str(contact.row.get("last_name") or ""),
        "company": contact.company_name,
        "email": contact.email,
        "phone": primary.phone if primary else str(contact.row.get("phone") or ""),
        "note": str(contact.row.get("notes") or ""),
    }


def _new_address(customer: Customer, kept: KeptContact, run: Runtime) -> list[Operation]:
    """A new default address is added; those that the contact has stay, because open documents show them."""
    address = customer.default_address
    if address is None or not (address.address1 or address.city or address.zip):
        return []
    known: Mapping[str, str] = kept.agreed.get(ADDRESSES, {})
    if is_known(address, known, run) or VALUES not in kept.agreed:
        # compared for the first time: what it was made with is not known to be another address
        return []
    key = f"address:{kept.link.key}:{address_digest(address, run.guest_salt)}"
    why = because("address", "added", "customer.defaultAddress", "Existing addresses stay: open documents show them.")
    return [Operation(key, Kind.CONTACT_ADDRESS, AddressDraft(key, Ref(kept.link.key), address), (why,))]


async def _tell(
    operations: tuple[Operation, ...], link: ContactLink, told: Told, lease: Lease, run: Runtime
) -> Applied:
    known = Known(replace(told, ids={**told.ids, link.key: link.contact_id}))
    return await apply(Plan(operations, policy_version=run.policy_version), known, lease, run)


def _new_name(change: Change | None) -> str | None:
    draft = None if change is None else change.operation.draft
    return draft.name if isinstance(draft, ContactDraft) else None


async def _agree(customer: Customer, key: str, run: Runtime, *, name: str | None = None) -> None:
    """Remember what Shopify has now as seen and told, and the *name* that we gave the contact."""
    async with run.store.transaction() as tx:
        kept = (await run.store.contacts.kept(tx, run.connection_id, [key])).get(key)
        if kept is None:
            return
        agreed = {**kept.agreed, VALUES: values_of(customer)}
        link = kept.link if name is None else replace(kept.link, name=name)
        if agreed != kept.agreed or link != kept.link:
            await run.store.contacts.put(tx, run.connection_id, link, customer_id=customer.id, agreed=agreed)


# What is said


def _told_of(changes: list[Change]) -> Synced:
    if not changes:
        return _done()
    fields = dict.fromkeys(name for change in changes for name in change.fields)
    text = f"Changed in Zoho as in Shopify: {', '.join(WORDS[name] for name in fields)}."
    overruled = dict.fromkeys(name for change in changes for name in change.overruled)
    if overruled:
        named = ", ".join(WORDS[name] for name in overruled)
        text += f" Somebody had changed the {named} in Zoho; the change in Shopify came later and counts."
    return _said("contact_updated", text)


def _said(code: str, text: str) -> Synced:
    return Synced(None, Outcome(Verdict.POSTED, Reason(code, text)))


def _done() -> Synced:
    return Synced(None, Outcome(Verdict.POSTED))
