"""Which of a contact's addresses somebody changed in Zoho, and which of Shopify's addresses that is.

Zoho's billing address is Shopify's default one; every other address stands for one of its own. Addresses that we added
ourselves for a document are Shopify's, and never go back. Nothing is removed in Shopify because it is gone in Zoho.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ml_connector.domain.order import Address, Customer
from ml_connector.domain.plan.contact import address_digest, keyed
from ml_connector.jobs.addresses import ADDRESSES, is_known
from ml_connector.jobs.customers.countries import country_code, in_shopify
from ml_connector.jobs.customers.kept import KnownPlace, places_of
from ml_connector.jobs.customers.zoho_side import Contact
from ml_connector.jobs.runtime import Runtime
from ml_connector.zoho.books import KnownAddress, KnownContact

BILLING, SHIPPING = "billing", "shipping"
COMPANY = "company"
"""The place of a move that only names another company in Shopify's default address."""


@dataclass(frozen=True, slots=True)
class Move:
    """An address that goes to Shopify.

    Attributes:
        contact, place: Where it is in Zoho.
        digest: The address as Zoho has it, by which it is known from now on.
        shopify_id: Shopify's id of the address that it replaces; empty adds one.
    """

    contact: str
    place: str
    digest: str
    address: Address
    shopify_id: str = ""
    problem: str = ""
    """Why Shopify cannot be told; empty when it can."""

    @property
    def default(self) -> bool:
        return self.place == BILLING


def places_in(contact: KnownContact) -> dict[str, KnownAddress]:
    """The contact's addresses that say something, by role or by Zoho's id."""
    found = {BILLING: contact.billing, SHIPPING: contact.shipping, **{each.id: each for each in contact.addresses}}
    return {name: each for name, each in found.items() if name and each is not None and _says(each)}


def _says(address: KnownAddress) -> bool:
    return any((address.address, address.street2, address.city, address.zip))


def digest_of(address: KnownAddress, run: Runtime) -> str:
    """What an address of Zoho's is known by: equal for equal ones, and not to be read back."""
    parts = (
        address.attention,
        address.address,
        address.street2,
        address.city,
        address.state,
        address.zip,
        address.country,
        address.phone,
    )
    return keyed(run.guest_salt, "\n".join(" ".join(part.casefold().split()) for part in parts))[:24]


def changed_places(contact: Contact, run: Runtime) -> dict[str, KnownAddress]:
    """The addresses that somebody changed or added in Zoho since they were last seen."""
    known = places_of(contact.kept)
    if known is None:
        return {}
    ours = {zoho_id for zoho_id in contact.kept.agreed.get(ADDRESSES, {}).values() if zoho_id}
    found = places_in(contact.known)
    billing = digest_of(found[BILLING], run) if BILLING in found else ""
    changed = {}
    for name, address in found.items():
        digest = digest_of(address, run)
        same_as_billing = name == SHIPPING and digest == billing
        new_of_ours = name not in known and name in ours
        if not (same_as_billing or new_of_ours or (name in known and known[name].digest == digest)):
            changed[name] = address
    return changed


def moves(contact: Contact, customer: Customer, changed: Mapping[str, KnownAddress], run: Runtime) -> list[Move]:
    """What Shopify has to be told of *changed*; an address that it has already is nothing."""
    known = places_of(contact.kept) or {}
    home = customer.default_address
    found = []
    for name, address in changed.items():
        before = known.get(name, KnownPlace(""))
        shopify_id = before.shopify_id or ((customer.default_address_id or "") if name == BILLING else "")
        company = (home.company if home else None) or contact.known.company_name
        wanted = in_shopify(address, customer, (home,) if home else (), company)
        if home is not None and name == BILLING and same_place(wanted, home):
            continue
        unknown = f"nobody knows the country {address.country}" if address.country and not wanted.country_code else ""
        found.append(Move(contact.key, name, digest_of(address, run), wanted, shopify_id, unknown))
    return found


def same_place(one: Address, other: Address) -> bool:
    """Whether two addresses are the same to a postman, however each side writes a province or a phone."""
    return _where(one) == _where(other)


def _where(address: Address) -> tuple[str, ...]:
    who = address.name or " ".join(filter(None, (address.first_name, address.last_name)))
    return _plain(who, address.address1, address.address2, address.city, address.zip, address.country_code)


def same_in_zoho(address: Address, contact: KnownContact) -> str:
    """The place at which the contact has *address* already; empty when it has it nowhere."""
    wanted = _plain(address.address1, address.address2, address.city, address.zip)
    who = _plain(address.name or " ".join(filter(None, (address.first_name, address.last_name))))
    for name, each in places_in(contact).items():
        code = country_code(each)
        same_country = address.country_code is None or code is None or address.country_code == code
        same_person = not each.attention or not who[0] or _plain(each.attention) == who
        if same_country and same_person and _plain(each.address, each.street2, each.city, each.zip) == wanted:
            return name
    return ""


def _plain(*parts: str | None) -> tuple[str, ...]:
    return tuple(" ".join((part or "").casefold().split()) for part in parts)


def with_home(known: Mapping[str, str], customer: Customer, contact: KnownContact, run: Runtime) -> dict[str, str]:
    """The known addresses, and Shopify's default one where the contact has it without our doing."""
    home = customer.default_address
    if home is None or not is_place(home) or is_known(home, known, run):
        return dict(known)
    place, digest = same_in_zoho(home, contact), address_digest(home, run.guest_salt)
    if not place:
        return dict(known)
    return {**known, **({f"{place}:{digest}": ""} if place in (BILLING, SHIPPING) else {digest: place})}


def shopify_moved(customer: Customer, contact: Contact, run: Runtime) -> bool:
    """Whether Shopify's default address is one that the contact does not have."""
    home = customer.default_address
    known: Mapping[str, str] = contact.kept.agreed.get(ADDRESSES, {})
    return home is not None and is_place(home) and not is_known(home, known, run)


def is_place(address: Address) -> bool:
    return bool(address.address1 or address.city or address.zip)


def seen(contact: KnownContact, known: Mapping[str, KnownPlace] | None, run: Runtime) -> dict[str, KnownPlace]:
    """The contact's addresses as they are now, each with the Shopify address that it stood for."""
    before = known or {}
    return {
        name: KnownPlace(digest_of(each, run), before[name].shopify_id if name in before else "")
        for name, each in places_in(contact).items()
    }


def with_own(agreed: Mapping[str, Any], contact: KnownContact, run: Runtime) -> dict[str, str]:
    """The known addresses, without those that were the contact's own until somebody changed it in Zoho."""
    known: Mapping[str, str] = agreed.get(ADDRESSES, {})
    before = agreed.get("places")
    if before is None:
        return dict(known)
    found = {name: digest_of(each, run) for name, each in places_in(contact).items()}
    changed = [name for name in (BILLING, SHIPPING) if name in before and before[name][0] != found.get(name)]
    return {
        digest: zoho_id
        for digest, zoho_id in known.items()
        if not any(digest.startswith(f"{name}:") for name in changed)
    }


def own_name(move: Move, address: Address, run: Runtime) -> tuple[str, str]:
    """Under which name, and with which of Zoho's ids, an address is remembered that both sides have now."""
    digest = address_digest(address, run.guest_salt)
    return (f"{move.place}:{digest}", "") if move.place in (BILLING, SHIPPING) else (digest, move.place)
