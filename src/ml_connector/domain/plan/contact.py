"""Who the documents of an order are for: its key, its name in Zoho, and its addresses."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

from ml_connector.domain.documents import AddressDraft, ContactDraft, FieldReason, Kind, Operation, Ref
from ml_connector.domain.editions import contact_fields
from ml_connector.domain.order import Address, Customer, Order, PurchasingCompany
from ml_connector.domain.plan.case import Case, because, stop
from ml_connector.domain.words import visible

GUEST = "Guest"
WALK_IN = "walk-in"
"""The subject of the contact that all unnamed buyers share."""


@dataclass(frozen=True, slots=True)
class Who:
    """The buyer as a contact.

    Attributes:
        subject: The stable middle of the key, without personal data.
        suffix: Makes the name unique when somebody else has it; the same each time it is computed.
        source: Where Shopify names the buyer.
    """

    subject: str
    name: str
    suffix: str
    source: str
    email: str = ""
    first_name: str = ""
    last_name: str = ""
    phone: str = ""
    company: str = ""
    business: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class Contact:
    """The contact of an order's documents, and what has to be made for it first."""

    key: str
    operations: tuple[Operation, ...]
    billing: Ref | str | None = None
    shipping: Ref | str | None = None

    @property
    def ref(self) -> Ref:
        return Ref(self.key)


def contact_of(case: Case) -> Contact:
    """The contact of the order: known, or to be made."""
    who, currency = who_buys(case), contact_currency(case)
    key = contact_key(case)
    link = case.books.contacts.get(key)
    if link is None:
        return Contact(key, (_new(case, who, key, currency),))
    if key == f"contact:{WALK_IN}:{currency}":
        return Contact(key, ())  # many people share it, so it has no address of anyone's
    return _with_addresses(case, key, link.addresses)


def contact_key(case: Case) -> str:
    """The key of the order's contact: who buys, in which currency, unless it has documents with another already."""
    return case.billed_to or f"contact:{who_buys(case).subject}:{contact_currency(case)}"


def contact_currency(case: Case) -> str:
    """The currency that the contact is kept in, which freezes with its first document."""
    return case.currency if case.policy.contact_per_currency else case.books.organisation.currency


def who_buys(case: Case) -> Who:
    """The company location, else the customer, else the guest by e-mail, else the walk-in customer."""
    order = case.order
    if order.company is not None:
        return _company(order, order.company)
    if order.customer is not None:
        return _customer(order, order.customer)
    if order.email:
        return _guest(case, order.email)
    return _walk_in(case)


def _company(order: Order, company: PurchasingCompany) -> Who:
    person = order.customer
    place = "" if company.location_name in ("", company.company_name) else f" – {company.location_name}"
    return Who(
        subject=company.location_id,
        name=f"{company.company_name}{place}",
        suffix=_number(company.location_id),
        source=f"purchasingEntity.location: {company.location_id}",
        email=(person.email if person else None) or order.email or "",
        first_name=(person.first_name if person else None) or "",
        last_name=(person.last_name if person else None) or "",
        phone=(person.phone if person else None) or order.phone or "",
        company=company.company_name,
        business=True,
    )


def _customer(order: Order, customer: Customer) -> Who:
    address = customer.default_address or order.billing_address or order.shipping_address
    email = customer.email or order.email or ""
    return Who(
        subject=customer.id,
        name=person_name(customer) or _address_name(address) or email or f"Customer {_number(customer.id)}",
        suffix=_number(customer.id),
        source=f"customer: {customer.id}",
        email=email,
        first_name=customer.first_name or "",
        last_name=customer.last_name or "",
        phone=customer.phone or order.phone or "",
        company=(address.company if address else None) or "",
        note=customer.note or "",
    )


def _guest(case: Case, email: str) -> Who:
    order = case.order
    address = order.billing_address or order.shipping_address
    return Who(
        subject=f"guest:{keyed(case.books.guest_salt, email.strip().lower())}",
        name=_address_name(address) or email,
        suffix=email,
        source="email, no customer",
        email=email,
        first_name=(address.first_name if address else None) or "",
        last_name=(address.last_name if address else None) or "",
        phone=order.phone or (address.phone if address else None) or "",
        company=(address.company if address else None) or "",
    )


def _walk_in(case: Case) -> Who:
    order = case.order
    source = "no customer, no e-mail address"
    if case.policy.walk_in == "shared":
        return Who(WALK_IN, GUEST, "walk-in", source)
    address = order.billing_address or order.shipping_address
    name = _address_name(address) or f"{GUEST} {order.name}"
    return Who(f"walk-in:{order.id}", name, order.name, source, phone=order.phone or "")


def keyed(salt: bytes, text: str) -> str:
    """A digest of personal *text* that only this connection can compute again.

    Raises:
        Stopped: the connection's secret is not there, and without it a key could be guessed back.
    """
    if not salt:
        raise stop(
            "guest_key_missing",
            "This connection has no secret for guests' keys, so no contact can be made for a guest.",
            "This is our fault; tell whoever runs the connector.",
        )
    return hmac.new(salt, text.encode(), sha256).hexdigest()[:40]


def person_name(customer: Customer) -> str:
    return visible(customer.first_name, customer.last_name) or visible(customer.display_name)


def _address_name(address: Address | None) -> str:
    if address is None:
        return ""
    return visible(address.name) or visible(address.first_name, address.last_name)


def _number(gid: str) -> str:
    return gid.rsplit("/", 1)[-1]


# A new contact


def _new(case: Case, who: Who, key: str, currency: str) -> Operation:
    order, base = case.order, case.books.organisation.currency
    name = who.name if currency == base else f"{who.name} ({currency})"
    zoho_currency = case.books.currencies.get(currency, case.zoho_currency)
    shared = who.subject == WALK_IN
    draft = ContactDraft(
        key=key,
        name=name,
        fallback_name=f"{name} ({who.suffix})",
        currency_id=zoho_currency.id,
        currency=currency,
        company_name=who.company,
        first_name=who.first_name,
        last_name=who.last_name,
        email=who.email,
        phone=who.phone,
        sub_type="business" if who.business else "individual",
        billing=None if shared else _addresses(order)["billing"],
        shipping=None if shared else _addresses(order)["shipping"],
        notes=who.note,
        edition_fields={} if shared else contact_fields(case.buyer, case.books),
    )
    return Operation(key, Kind.CONTACT, draft, _why(who, draft))


def _why(who: Who, draft: ContactDraft) -> tuple[FieldReason, ...]:
    frozen = "Zoho freezes a contact's currency, so each currency has its own contact."
    reasons = [
        because("name", draft.name, who.source, "The buyer's name, with the currency where it is not the base."),
        because("fallback_name", draft.fallback_name, who.source, "Used when somebody else has the name."),
        because("currency_id", draft.currency, "presentmentCurrencyCode", frozen),
        because("sub_type", draft.sub_type, who.source, "A company order makes a business."),
    ]
    said = {
        "company_name": draft.company_name,
        "first_name": draft.first_name,
        "last_name": draft.last_name,
        "email": draft.email,
        "phone": draft.phone,
        "notes": draft.notes,
        "billing": "the order's" if draft.billing else "",
        "shipping": "the order's" if draft.shipping else "",
    }
    reasons += [because(name, value, who.source, "As in Shopify.") for name, value in said.items() if value]
    fields = draft.edition_fields.items()
    return (*reasons, *(because(name, value, who.source, "Tax fields of the edition.") for name, value in fields))


# Addresses of a known contact


def address_digest(address: Address, salt: bytes) -> str:
    """What an address is known by in keys: equal for equal addresses, and not to be read back."""
    who = address.name or " ".join(filter(None, (address.first_name, address.last_name)))
    parts = (
        who or address.company,  # as Zoho has it: an address there has one line for whom it is
        address.address1,
        address.address2,
        address.city,
        address.province_code or address.province,
        address.zip,
        address.country_code or address.country,
        address.phone,
    )
    return keyed(salt, "\n".join(" ".join((part or "").casefold().split()) for part in parts))[:24]


def _with_addresses(case: Case, key: str, known: Mapping[str, str]) -> Contact:
    """Existing addresses stay, because open documents show them; a new one is added and named by the document."""
    operations: dict[str, Operation] = {}
    billing = _address(case, key, known, "billing", operations)
    shipping = _address(case, key, known, "shipping", operations)
    return Contact(key, tuple(operations.values()), billing, shipping)


def _address(
    case: Case, contact: str, known: Mapping[str, str], role: str, operations: dict[str, Operation]
) -> Ref | str | None:
    address = _addresses(case.order)[role]
    if address is None or not (address.address1 or address.city or address.zip):
        return None
    digest = address_digest(address, case.books.guest_salt)
    if f"{role}:{digest}" in known:
        return None  # the contact's own
    if digest in known:
        return known[digest] or None
    key = f"address:{contact}:{digest}"
    why = because(
        "address",
        "added",
        f"{role}Address",
        "A known contact's addresses stay, because open documents show them.",
        "changing the contact's address: it would change on older documents",
    )
    operations[key] = Operation(key, Kind.CONTACT_ADDRESS, AddressDraft(key, Ref(contact), address), (why,))
    return Ref(key)


def _addresses(order: Order) -> dict[str, Address | None]:
    return {
        "billing": order.billing_address or order.shipping_address,
        "shipping": order.shipping_address or order.billing_address,
    }


def own_addresses(draft: ContactDraft, salt: bytes) -> dict[str, str]:
    """What a contact's link remembers of the addresses that it was made with: `ContactLink.addresses`."""
    named = {"billing": draft.billing, "shipping": draft.shipping}
    return {f"{role}:{address_digest(one, salt)}": "" for role, one in named.items() if one is not None}
