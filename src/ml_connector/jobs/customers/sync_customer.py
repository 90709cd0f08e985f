"""A customer changed, in Shopify or in Zoho: both sides follow, all contacts of the customer together.

    ask       the customer; the contacts, only where something is news on either side
    decide    field by field against what was last agreed (`agreeing`), and which addresses moved (`places`)
    act       Shopify first (`shopify_side`), then each contact (`jobs/apply`)
    remember  what both sides have now, as each of them writes it

A customer who bought something, which Shopify announces as a change, costs one question to Shopify and none to Zoho. A
change in Shopify costs a question and a write for each contact; one in Zoho a question for each contact, and a write to
Shopify. What comes back of our own writes is recognised, and ends there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ml_connector.domain.books import Books
from ml_connector.domain.documents import Plan
from ml_connector.domain.order import Customer
from ml_connector.domain.outcome import Outcome, Reason, Verdict
from ml_connector.domain.plan.agreeing import InZoho, shopify_changed
from ml_connector.domain.plan.case import Stopped
from ml_connector.domain.plan.customer import name_of, new_contact
from ml_connector.jobs.addresses import ADDRESSES, is_known
from ml_connector.jobs.apply import Known, apply
from ml_connector.jobs.asking import books_of
from ml_connector.jobs.beginning import connection_of
from ml_connector.jobs.contacts import link_of
from ml_connector.jobs.customers import shopify_side
from ml_connector.jobs.customers.follow import Following, follow
from ml_connector.jobs.customers.kept import FIELDS, pairs_of
from ml_connector.jobs.customers.places import is_place
from ml_connector.jobs.customers.remembering import agree_as_made
from ml_connector.jobs.customers.zoho_side import read_contacts
from ml_connector.jobs.customers.zoho_side import shopify_side as side_of
from ml_connector.jobs.in_doubt import settle_in_doubt
from ml_connector.jobs.masters import masters_of
from ml_connector.jobs.restored import concerning
from ml_connector.jobs.runtime import Runtime
from ml_connector.jobs.synced import Synced
from ml_connector.shopify.scopes import granted
from ml_connector.store.contacts import KeptContact
from ml_connector.store.subjects import Lease
from ml_connector.zoho.told import Told

WRITE_SCOPE = "write_customers"


async def sync_customer(lease: Lease, run: Runtime) -> Synced:
    """Bring a customer and its contacts into agreement.

    Raises:
        Trouble: somebody could not be asked or told; what was done stays, and the next run does the rest.
    """
    doubt = await settle_in_doubt(lease, run)
    if doubt is not None:
        return Synced(None, doubt.outcome, doubt.trouble)
    run = concerning(lease.now, run)  # a contact is asked for by its e-mail address whenever one is made
    customer = await run.shopify.customer(lease.subject.id)
    if customer is None:
        return _said("customer_gone", "Shopify has no such customer any more. Its contact and invoices stay in Zoho.")
    settled = await shopify_side.settle_sent(customer, lease, run)
    if isinstance(settled, Synced):
        return settled
    async with run.store.at_once() as tx:
        kept = await run.store.contacts.of_customer(tx, run.connection_id, customer.id)
        unsettled = await run.store.customer_conflicts.unsettled(tx, run.connection_id, customer.id)
    contacts = [each for each in kept if each.alias_of is None]
    if not contacts and run.policy.customers == "with_orders":
        return replace(_done(), updated_at=customer.updated_at)
    chosen = any(each.state == "chosen" for each in unsettled)
    if contacts and not (settled or chosen) and not _news(customer, contacts, run):
        return replace(_done(), updated_at=customer.updated_at)
    if run.resting is not None:
        return Synced(None, run.resting.outcome(lease.now))
    books, told = await _books(run)
    following = Following(customer, books, told, unsettled, await _goes_back(run))
    synced = await _follow(following, contacts, lease, run) if contacts else None
    if synced is None:
        synced = await _made(following, lease, run)
    return replace(synced, updated_at=customer.updated_at)


def _news(customer: Customer, contacts: Sequence[KeptContact], run: Runtime) -> bool:
    """Whether anything may have changed on either side since it was last agreed on."""
    if any(each.has_news for each in contacts):
        return True
    sides = [InZoho(each.link.key, {}, pairs_of(each)) for each in contacts]
    if shopify_changed(side_of(customer), sides) or any(FIELDS not in each.agreed for each in contacts):
        return True
    home = customer.default_address
    if home is None or not is_place(home):
        return False
    return not all(is_known(home, each.agreed.get(ADDRESSES, {}), run) for each in contacts)


async def _books(run: Runtime) -> tuple[Books, Told]:
    masters = await masters_of(run)
    found = masters.masters
    return books_of(found, run), Told(unique_fields=found.unique_fields)


async def _goes_back(run: Runtime) -> bool:
    """Whether changes in Zoho go to Shopify: the policy says so, and the shop lets us. One query where it does."""
    if run.policy.customers_back != "on":
        return False
    scopes = (await connection_of(run)).shop_facts.get("scopes")
    return not isinstance(scopes, list) or granted(WRITE_SCOPE, frozenset(scopes))


async def _follow(following: Following, kept: Sequence[KeptContact], lease: Lease, run: Runtime) -> Synced | None:
    """Compare and tell; None when all contacts are gone from Zoho."""
    contacts = await read_contacts(kept, following.books, run)
    if not contacts:
        return None
    try:
        return await follow(following, contacts, lease, run)
    except shopify_side.NotAnswered as unanswered:
        return unanswered.synced


async def _made(following: Following, lease: Lease, run: Runtime) -> Synced:
    """The contact of a customer who has none: found by its e-mail address, else created in the shop's currency."""
    customer, books, told = following.customer, following.books, following.told
    currency = await _currency(books, run)
    key = f"contact:{customer.id}:{currency}"
    link = await link_of(key, name_of(customer), customer.email or "", currency, told, run)
    if link is not None:
        async with run.store.at_once() as tx:
            found = await run.store.contacts.kept(tx, run.connection_id, [key])
        return await _follow(following, list(found.values()), lease, run) or _done()
    try:
        operation = new_contact(customer, key, currency, books)
    except Stopped as stopped:
        return Synced(None, Outcome(Verdict.HELD, stopped.reason))
    applied = await apply(Plan((operation,), policy_version=run.policy_version), Known(told), lease, run)
    if applied.outcome.verdict is not Verdict.POSTED:
        return Synced(None, applied.outcome, applied.trouble)
    record = applied.known.records.get(key, {}) if applied.known else {}
    await agree_as_made(customer, key, record, books, run)
    return _said("contact_created", "The customer was created in Zoho.")


async def _currency(books: Books, run: Runtime) -> str:
    """The shop's currency where customers have a contact for each, which their first order will most likely need."""
    base = books.organisation.currency
    connection = await connection_of(run)
    shops = str(connection.shop_facts.get("currency") or base)
    return shops if run.policy.contact_per_currency and shops in books.currencies else base


def _said(code: str, text: str) -> Synced:
    return Synced(None, Outcome(Verdict.POSTED, Reason(code, text)))


def _done() -> Synced:
    return Synced(None, Outcome(Verdict.POSTED))
