"""Which Zoho contact stands for a customer: by link, by the unique field, by exact e-mail, else created."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from ml_connector.domain.books import ContactLink
from ml_connector.domain.documents import ContactDraft, Operation
from ml_connector.jobs import settling
from ml_connector.jobs.addresses import ADDRESSES
from ml_connector.jobs.runtime import Runtime
from ml_connector.jobs.settling import Answered, Settled
from ml_connector.store.contacts import KeptContact
from ml_connector.store.subjects import Lease
from ml_connector.zoho import fields
from ml_connector.zoho.books import KnownContact
from ml_connector.zoho.errors import NotFound
from ml_connector.zoho.requests import contact as contact_request
from ml_connector.zoho.told import CONTACT, Told
from ml_connector.zoho.values import ZohoRequest


async def link_of(key: str, name: str, email: str, currency: str, told: Told, run: Runtime) -> ContactLink | None:
    """The contact for *key*, known to exist in Zoho; None when there is none yet.

    *name* is the buyer's, whole: Zoho has it shortened, and whoever finds the contact first remembers the same.

    No call when the link was checked within the freshness time; one to check it, or to look for the e-mail.
    """
    async with run.store.at_once() as tx:
        kept = (await run.store.contacts.kept(tx, run.connection_id, [key])).get(key)
    link = None if kept is None else await _checked(_with_addresses(kept), run)
    if link is None and email:
        link = await _by_email(key, name, email, currency, told, run)
    return link


async def link_as_made(key: str, run: Runtime) -> ContactLink | None:
    """The contact that documents under *key* were made for, also where its customer was merged into another since."""
    async with run.store.at_once() as tx:
        kept = (await run.store.contacts.as_made(tx, run.connection_id, [key])).get(key)
    return None if kept is None else await _checked(_with_addresses(kept), run)


def _with_addresses(kept: KeptContact) -> ContactLink:
    return replace(kept.link, addresses=kept.agreed.get(ADDRESSES, {}))


async def _checked(link: ContactLink, run: Runtime) -> ContactLink | None:
    """The link if its contact is still there; one that is gone is forgotten and resolved again."""
    fresh = timedelta(minutes=run.policy.freshness_minutes)
    if link.checked_at is not None and run.clock.now() - link.checked_at < fresh:
        return link
    try:
        await run.zoho.contact(link.contact_id)
    except NotFound:
        async with run.store.transaction() as tx:
            await run.store.contacts.forget(tx, run.connection_id, [link.key])
            await run.store.operations.gone(tx, run.connection_id, [link.key])
        return None
    async with run.store.at_once() as tx:
        await run.store.contacts.checked(tx, run.connection_id, [link.contact_id])
    return link


async def _by_email(key: str, name: str, email: str, currency: str, told: Told, run: Runtime) -> ContactLink | None:
    """The customer in Zoho with exactly this e-mail and currency, and with no mark of another customer of ours."""
    found = await run.zoho.contacts_by_email(email)
    field = told.unique_fields.get(CONTACT, "")
    fitting = sorted(
        (each for each in found.matches if each.active and each.currency in ("", currency) and _free(each, field, key)),
        key=lambda each: (each.mark(field) != key, each.id),
    )
    if not fitting:
        return None
    chosen = fitting[0]
    how = "unique_field" if field and chosen.mark(field) == key else "email"
    called = fields.uncut(chosen.name, name, f"{name} ({currency})")
    link = ContactLink(key, chosen.id, currency, called, run.clock.now(), how)
    customer = key.removeprefix("contact:").rpartition(":")[0]
    async with run.store.at_once() as tx:
        await run.store.contacts.put(
            tx, run.connection_id, link, customer_id=customer if customer.startswith("gid:") else None
        )
    return link


def _free(contact: KnownContact, field: str, key: str) -> bool:
    """Whether nobody else's mark is on it."""
    return not field or (contact.mark(field) or "") in ("", key)


async def adopt(
    operation: Operation, draft: ContactDraft, request: ZohoRequest, lease: Lease, run: Runtime
) -> Settled | None:
    """After Zoho said that the name is taken: the contact that has it, if its e-mail agrees; None otherwise.

    A contact that is only renamed never becomes another one.
    """
    if draft.zoho_id is not None:
        return None
    found = await run.zoho.contacts_named(draft.name)
    for each in found.matches:
        if draft.email and each.is_customer and draft.email.casefold() in each.emails:
            await settling.intend_again(operation, lease, run)
            return await settling.done(
                Answered(operation, request, {"contact": each.row}, matched_by="email"), {}, lease, run
            )
    return None


def with_other_name(draft: ContactDraft, told: Told) -> ZohoRequest:
    """The same contact under its name with the deterministic suffix."""
    return contact_request(draft, told, use_fallback_name=True)
