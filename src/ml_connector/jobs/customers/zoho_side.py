"""A customer's contacts as Zoho holds them now, one for each currency."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ml_connector.domain.books import Books
from ml_connector.domain.order import Customer
from ml_connector.domain.plan.agreeing import FIELDS, InShopify, InZoho, Pairs
from ml_connector.domain.plan.customer import Held, exemption_fields, values_of
from ml_connector.jobs.customers.kept import pairs_of
from ml_connector.jobs.runtime import Runtime
from ml_connector.store.contacts import KeptContact
from ml_connector.zoho import fields
from ml_connector.zoho.books import KnownContact, KnownPerson, modified
from ml_connector.zoho.errors import NotFound

OURS = frozenset({"created", "unique_field"})
"""How a link was found when we had made the contact ourselves."""

_CUT = {
    "first_name": fields.PERSON_NAME,
    "last_name": fields.PERSON_NAME,
    "company": fields.COMPANY_NAME,
    "phone": fields.PHONE,
}


@dataclass(frozen=True, slots=True)
class Contact:
    """One contact: what we know of it, and what Zoho says now."""

    kept: KeptContact
    known: KnownContact
    values: Mapping[str, str]
    pairs: Pairs

    @property
    def key(self) -> str:
        return self.kept.link.key

    @property
    def side(self) -> InZoho:
        ours = self.kept.link.matched_by in OURS
        return InZoho(self.key, self.values, self.pairs, ours, modified(self.known.row))


async def read_contacts(kept: Sequence[KeptContact], books: Books, run: Runtime) -> list[Contact]:
    """Each contact by its id; one that is gone is forgotten. One call for each."""
    found: list[Contact] = []
    for each in kept:
        try:
            known = await run.zoho.contact(each.link.contact_id)
        except NotFound:
            async with run.store.transaction() as tx:
                await run.store.contacts.forget(tx, run.connection_id, [each.link.key])
                await run.store.operations.gone(tx, run.connection_id, [each.link.key])
            continue
        found.append(contact_of(each, known, books))
    return found


def contact_of(kept: KeptContact, known: KnownContact, books: Books) -> Contact:
    pairs = pairs_of(kept)
    told = values_in(known, exemptions=bool(exemption_fields("yes", books)))
    return Contact(kept, known, {**{name: pair.zoho for name, pair in pairs.items()}, **told}, pairs)


def shopify_side(customer: Customer) -> InShopify:
    """The customer's fields, and how Zoho writes them down."""
    values = values_of(customer)
    return InShopify(values, {name: as_zoho(name, value) for name, value in values.items()})


def as_zoho(name: str, value: str) -> str:
    """A value cut as it is sent."""
    if name == "note":
        return fields.many_lines(value, fields.NOTES)
    if name == "email":
        return value if len(value) <= fields.EMAIL else ""
    return fields.one_line(value, _CUT[name]) if name in _CUT else value


def primary(contact: KnownContact) -> KnownPerson | None:
    return next((each for each in contact.persons if each.is_primary), None)


def values_in(contact: KnownContact, *, exemptions: bool) -> dict[str, str]:
    """The fields as far as Zoho tells them. The name is the person's, never `contact_name`.

    Where the contact has no person at all, nobody has emptied name, e-mail and phone: they are not told.

    Args:
        exemptions: Whether this organisation says of a contact that it is exempt from tax.
    """
    person = primary(contact) or (contact.persons[0] if contact.persons else None)
    told: dict[str, str] = {"company": contact.company_name, "note": str(contact.row.get("notes") or "")}
    if person is not None:
        told |= {
            "first_name": person.first_name,
            "last_name": person.last_name,
            "email": person.email or contact.email,
            "phone": person.phone,
        }
    if exemptions and isinstance(contact.row.get("is_taxable"), bool):
        told["tax_exempt"] = "no" if contact.row["is_taxable"] else "yes"
    return told


def held(contact: Contact, books: Books) -> Held:
    """The contact as an update of it has to know it."""
    link, known = contact.kept.link, contact.known
    person = primary(known)
    currency = books.currencies.get(link.currency)
    return Held(
        key=link.key,
        contact_id=known.id,
        currency=link.currency,
        currency_id=known.currency_id or (currency.id if currency else ""),
        name=fields.uncut(known.name, link.name),
        our_name=link.name,
        values={**dict.fromkeys(FIELDS, ""), **contact.values},
        person_id=person.id if person else None,
        person_fields=person.others if person else {},
        other_persons=tuple(each.as_held() for each in known.persons if person is None or each.id != person.id),
        business=known.row.get("customer_sub_type") == "business",
    )
