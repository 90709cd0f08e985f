"""A Shopify customer as Zoho's contacts: made once, and afterwards only told what changed.

What changed, and whose change counts, is decided in `agreeing`.
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

IN_ZOHO = {
    "first_name": "first_name",
    "last_name": "last_name",
    "company": "company_name",
    "email": "email",
    "phone": "phone",
    "note": "notes",
    "tax_exempt": "is_taxable",
}
"""Our word for a field -> the draft's, which is Zoho's."""

Values = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Held:
    """A contact as Zoho holds it now.

    Attributes:
        name: Zoho's `contact_name` now; `our_name` is the one that we gave it.
        values: The fields as Zoho has them.
    """

    key: str
    contact_id: str
    currency: str
    currency_id: str
    name: str
    our_name: str
    values: Values
    person_id: str | None = None
    person_fields: Mapping[str, str] = field(default_factory=dict)
    other_persons: tuple[Mapping[str, str], ...] = ()
    business: bool = False


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
        "tax_exempt": "yes" if customer.tax_exempt else "no",
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
    reasons = (*_reasons(customer, draft, tuple(IN_ZOHO)[:-1]), *_reasons_of_new(customer, draft))
    return Operation(key, Kind.CONTACT, draft, reasons)


def _reasons_of_new(customer: Customer, draft: ContactDraft) -> tuple[FieldReason, ...]:
    """What a contact is only told when it is made."""
    source, address = f"customer: {customer.id}", "customer.defaultAddress"
    frozen = "Zoho freezes a contact's currency, so each currency has its own contact."
    told = [
        because("fallback_name", draft.fallback_name, source, "Used when somebody else has the name."),
        because("currency_id", draft.currency, source, frozen),
    ]
    named = {"billing": draft.billing, "shipping": draft.shipping}
    told += [because(role, "the customer's own", address, "As in Shopify.") for role, one in named.items() if one]
    told += [because(*one, source, "Tax fields of the edition.") for one in draft.edition_fields.items()]
    return tuple(told)


def contact_update(customer: Customer, held: Held, changed: Values, books: Books, *, turn: int) -> Operation:
    """What one contact has to be told.

    Args:
        changed: Field -> its new value; all others stay as Zoho has them.
        turn: Makes the key unlike those of earlier updates; the number of the run.
    """
    values = {**held.values, **changed}
    name = _renamed(customer, held, values) if {"first_name", "last_name"} & set(changed) else held.name
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
        edition_fields=exemption_fields(changed["tax_exempt"], books) if "tax_exempt" in changed else {},
        zoho_id=held.contact_id,
        contact_person_id=held.person_id,
        person_fields=held.person_fields,
        other_persons=held.other_persons,
        cleared=tuple(IN_ZOHO[name] for name, value in changed.items() if not value),
    )
    reasons = _reasons(customer, draft, tuple(changed))
    return Operation(f"contact-update:{held.key}:{turn}", Kind.CONTACT_UPDATE, draft, reasons)


def exemption_fields(exempt: str, books: Books) -> Mapping[str, str]:
    """What a contact is told of a customer's tax exemption; empty where the organisation cannot say it by itself."""
    fields = contact_fields(Buyer(NOWHERE, "", tax_exempt=True), books)
    if "is_taxable" not in fields:
        return {}
    return fields if exempt == "yes" else {"is_taxable": "true"}


def name_of(customer: Customer) -> str:
    """What a contact is called; never empty."""
    return person_name(customer) or customer.email or f"Customer {_number(customer)}"


def _renamed(customer: Customer, held: Held, values: Values) -> str:
    """The new name, unless somebody has given the contact another one in Zoho."""
    if held.name not in (held.our_name, f"{held.our_name} ({_number(customer)})"):
        return held.name
    suffix = f" ({held.currency})" if held.our_name.endswith(f" ({held.currency})") else ""
    person = " ".join(filter(None, (values["first_name"], values["last_name"])))
    return f"{person or name_of(customer)}{suffix}"


def _number(customer: Customer) -> str:
    return customer.id.rsplit("/", 1)[-1]


def _place(address: Address | None) -> Place:
    if address is None or not address.country_code:
        return NOWHERE
    country, province = address.country_code.upper(), (address.province_code or "").upper()
    return Place(country, province, address.country or country, "customer.defaultAddress")


def _reasons(customer: Customer, draft: ContactDraft, fields: tuple[str, ...]) -> tuple[FieldReason, ...]:
    source = f"customer: {customer.id}"
    said = [(IN_ZOHO[name], str(getattr(draft, IN_ZOHO[name], ""))) for name in fields]
    why = [because(name, value, source, "As both sides have it from now on.") for name, value in said if value]
    return (
        because("name", draft.name, source, "The customer's name, with the currency where it is not the base."),
        *why,
    )
