"""A Shopify customer as Zoho's contacts: made once, and afterwards only what changed in Shopify is changed there.

Each field is compared with what both sides last agreed on. What differs from that in Shopify has changed there and goes
to Zoho; what does not stays as Zoho has it, whoever changed it. Where both have changed, the change in Shopify is the
one we hear of now, so it wins, and the other is told.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ml_connector.domain.books import Books
from ml_connector.domain.documents import ContactDraft, FieldReason, Kind, Operation
from ml_connector.domain.editions import Buyer, contact_fields
from ml_connector.domain.order import Address, Customer
from ml_connector.domain.plan.case import because
from ml_connector.domain.plan.contact import person_name
from ml_connector.domain.taxes.places import NOWHERE, Place

FIELDS = ("first_name", "last_name", "company", "email", "phone", "note")
"""What is compared, in Shopify's words."""

WORDS = {
    "first_name": "first name",
    "last_name": "last name",
    "company": "company",
    "email": "e-mail address",
    "phone": "phone number",
    "note": "note",
}

Values = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Held:
    """A contact as Zoho holds it now, and what we know of it.

    Attributes:
        name: Zoho's `contact_name` now; `our_name` is the one that we gave it.
        values: The fields as Zoho has them.
        agreed: The fields as both sides last had them; empty when they were never compared.
        ours: Whether we made the contact. One that was found by e-mail keeps what it has.
    """

    key: str
    contact_id: str
    currency: str
    currency_id: str
    name: str
    our_name: str
    values: Values
    agreed: Values = field(default_factory=dict)
    ours: bool = True
    person_id: str | None = None
    other_person_ids: tuple[str, ...] = ()
    business: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """What goes to Zoho, and in which fields somebody had changed it there meanwhile."""

    operation: Operation
    fields: tuple[str, ...]
    overruled: tuple[str, ...] = ()


def values_of(customer: Customer) -> dict[str, str]:
    """The fields as Shopify has them, empty where it has nothing; remembered as agreed once Zoho was told."""
    address = customer.default_address
    return {
        "first_name": customer.first_name or "",
        "last_name": customer.last_name or "",
        "company": (address.company if address else None) or "",
        "email": customer.email or "",
        "phone": customer.phone or "",
        "note": customer.note or "",
    }


def new_contact(customer: Customer, key: str, currency: str, books: Books) -> Operation:
    """A contact for a customer who has not bought yet."""
    values = values_of(customer)
    base = books.organisation.currency
    plain = name_of(customer)
    name = plain if currency == base else f"{plain} ({currency})"
    draft = ContactDraft(
        key=key,
        name=name,
        fallback_name=f"{name} ({_number(customer)})",
        currency_id=books.currencies[currency].id if currency in books.currencies else books.organisation.currency_id,
        currency=currency,
        company_name=values["company"],
        first_name=values["first_name"],
        last_name=values["last_name"],
        email=values["email"],
        phone=values["phone"],
        billing=customer.default_address,
        shipping=customer.default_address,
        notes=values["note"],
        edition_fields=contact_fields(Buyer(_place(customer.default_address), "", customer.tax_exempt), books),
    )
    return Operation(key, Kind.CONTACT, draft, _reasons(customer, draft, FIELDS))


def changed_contact(customer: Customer, held: Held) -> Change | None:
    """What Zoho must be told of a change in Shopify; None when it is nothing."""
    wanted = values_of(customer)
    fields = tuple(name for name in FIELDS if _goes(name, wanted, held))
    if not fields:
        return None
    values = {**held.values, **{name: wanted[name] for name in fields}}
    name = _renamed(customer, held) if {"first_name", "last_name"} & set(fields) else held.name
    draft = ContactDraft(
        key=held.key,
        name=name,
        fallback_name=f"{name} ({_number(customer)})",
        currency_id=held.currency_id,
        currency=held.currency,
        company_name=values["company"],
        first_name=values["first_name"],
        last_name=values["last_name"],
        email=values["email"],
        phone=values["phone"],
        sub_type="business" if held.business else "individual",
        notes=values["note"],
        zoho_id=held.contact_id,
        contact_person_id=held.person_id,
        other_person_ids=held.other_person_ids,
    )
    stamp = int(customer.updated_at.timestamp()) if customer.updated_at else 0
    key = f"contact-update:{held.key}:{stamp}"
    overruled = tuple(name for name in fields if name in held.agreed and held.values[name] != held.agreed[name])
    return Change(Operation(key, Kind.CONTACT_UPDATE, draft, _reasons(customer, draft, fields)), fields, overruled)


def _goes(name: str, wanted: Values, held: Held) -> bool:
    """Whether Shopify's value of a field goes to Zoho."""
    if wanted[name] == held.values[name]:
        return False
    if name in held.agreed:
        return wanted[name] != held.agreed[name]
    if held.ours:
        return bool(wanted[name])
    return bool(wanted[name]) and not held.values[name]


def name_of(customer: Customer) -> str:
    """What a contact is called; never empty."""
    return person_name(customer) or customer.email or f"Customer {_number(customer)}"


def _renamed(customer: Customer, held: Held) -> str:
    """The new name, unless somebody has given the contact another one in Zoho."""
    if held.name != held.our_name:
        return held.name
    suffix = f" ({held.currency})" if held.our_name.endswith(f" ({held.currency})") else ""
    return f"{name_of(customer)}{suffix}"


def _number(customer: Customer) -> str:
    return customer.id.rsplit("/", 1)[-1]


def _place(address: Address | None) -> Place:
    if address is None or not address.country_code:
        return NOWHERE
    country, province = address.country_code.upper(), (address.province_code or "").upper()
    return Place(country, province, address.country or country, "customer.defaultAddress")


def _reasons(customer: Customer, draft: ContactDraft, fields: tuple[str, ...]) -> tuple[FieldReason, ...]:
    source = f"customer: {customer.id}"
    names = {"company": "company_name", "note": "notes"}
    said = [(names.get(name, name), str(getattr(draft, names.get(name, name)))) for name in fields]
    why = [because(name, value, source, "Changed in Shopify, or as in Shopify.") for name, value in said if value]
    return (
        because("name", draft.name, source, "The customer's name, with the currency where it is not the base."),
        *why,
    )
