"""What both sides have once a run has done its work: written down as each of them writes it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from ml_connector.domain.books import Books, ContactLink
from ml_connector.domain.order import Customer
from ml_connector.domain.plan.agreeing import newly_agreed
from ml_connector.domain.plan.customer import name_of
from ml_connector.jobs.addresses import ADDRESSES
from ml_connector.jobs.customers.kept import KnownPlace, as_kept, places_of
from ml_connector.jobs.customers.places import Move, places_in, seen, with_home, with_own
from ml_connector.jobs.customers.shopify_side import placed
from ml_connector.jobs.customers.zoho_side import Contact, contact_of, shopify_side
from ml_connector.jobs.runtime import Runtime
from ml_connector.shopify.client import PlacedAddress
from ml_connector.zoho import books as zoho_books
from ml_connector.zoho import fields
from ml_connector.zoho.exact import Json, rows


@dataclass(frozen=True, slots=True)
class After:
    """One contact once everything is done.

    Attributes:
        contact: As it was read.
        record: Zoho's own, in its answer to our update; empty when there was none.
        sent: Field -> value that we sent, for an answer that does not tell it.
        settled: Fields that agree, or are left apart, from now on.
        placed: Addresses that Shopify has now.
        apart: Addresses that stay as each side has them.
        name: What we called the contact; None when we did not.
    """

    contact: Contact
    record: Json = field(default_factory=dict)
    sent: Mapping[str, str] = field(default_factory=dict)
    settled: Collection[str] = ()
    placed: Sequence[tuple[Move, PlacedAddress]] = ()
    apart: Collection[str] = ()
    name: str | None = None

    def now(self, books: Books) -> Contact:
        """The contact as Zoho has it after our update."""
        if self.record and rows(self.record, "contact_persons"):
            return contact_of(self.contact.kept, zoho_books.contact(self.record), books)
        return replace(self.contact, values={**self.contact.values, **self.sent})


async def agree(customer: Customer, after: After, books: Books, run: Runtime) -> Contact:
    """Remember what both sides have; the contact as it is now. One transaction."""
    now = after.now(books)
    pairs = newly_agreed(shopify_side(customer), now.side, after.settled)
    async with run.store.transaction() as tx:
        kept = (await run.store.contacts.kept(tx, run.connection_id, [now.key])).get(now.key)
        if kept is None:
            return now
        places = {**_unmoved(after, run), **_settled_places(after, run)}
        agreed = {
            **kept.agreed,
            ADDRESSES: with_home(with_own(kept.agreed, now.known, run), customer, now.known, run),
            **as_kept(pairs, places, run.clock.now()),
        }
        for move, there in after.placed:
            agreed = placed(agreed, move, there.id, there.address, run)
        link = replace(kept.link, name=_called(customer, after, kept.link), checked_at=run.clock.now())
        await run.store.contacts.put(
            tx,
            run.connection_id,
            link,
            customer_id=customer.id,
            agreed=agreed,
            last_modified=now.known.last_modified or after.contact.known.last_modified,
        )
        await run.store.contacts.saw(tx, run.connection_id, now.key, after.contact.kept.told)
    return now


def _called(customer: Customer, after: After, link: ContactLink) -> str:
    """The contact's name after our update, whole where Zoho shortened the customer's."""
    if not after.name:
        return link.name
    name = name_of(customer)
    return fields.uncut(after.name, link.name, name, f"{name} ({link.currency})")


def _unmoved(after: After, run: Runtime) -> dict[str, KnownPlace]:
    """Addresses that nobody settled stay as they were last seen, so that they are still news where they may go back."""
    now, before = seen(after.contact.known, places_of(after.contact.kept), run), places_of(after.contact.kept)
    if before is None:
        return now
    ours = set(after.contact.kept.agreed.get(ADDRESSES, {}).values())
    return {name: before.get(name, place) for name, place in now.items() if name in before or name in ours}


def _settled_places(after: After, run: Runtime) -> dict[str, KnownPlace]:
    now = seen(after.contact.known, places_of(after.contact.kept), run)
    return {name: now[name] for name in after.apart if name in now}


async def agree_as_made(customer: Customer, key: str, record: Json, books: Books, run: Runtime) -> None:
    """A contact that was just made agrees with the customer it was made from. Two queries and a transaction."""
    async with run.store.at_once() as tx:
        kept = (await run.store.contacts.kept(tx, run.connection_id, [key])).get(key)
    if kept is None:
        return
    known = zoho_books.contact(record)
    side = shopify_side(customer)
    made = Contact(kept, known, {name: value for name, value in side.as_zoho.items() if name != "tax_exempt"}, {})
    if places_in(known) or rows(record, "contact_persons"):
        made = contact_of(kept, known, books)
    await agree(customer, After(made, settled=tuple(made.values)), books, run)
