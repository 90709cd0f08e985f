"""Contacts: customers and vendors, their persons and addresses.

Source: Zoho Books API v3, contacts and contact persons.
"""

from __future__ import annotations

from typing import Any

from ml_connector.sandbox.http import Response
from ml_connector.sandbox.zoho import addresses, customfields
from ml_connector.sandbox.zoho.call import Call, Route
from ml_connector.sandbox.zoho.contactaddresses import (
    add_address,
    change_address,
    delete_address,
    list_addresses,
    show_on_open_documents,
)
from ml_connector.sandbox.zoho.contactview import MODULE, detail, get, show
from ml_connector.sandbox.zoho.editions import check_fields
from ml_connector.sandbox.zoho.encoding import success
from ml_connector.sandbox.zoho.organization import Organization
from ml_connector.sandbox.zoho.persons import read_persons
from ml_connector.sandbox.zoho.posting import post
from ml_connector.sandbox.zoho.records import Address, Contact
from ml_connector.sandbox.zoho.refusals import Refusal, invalid_value
from ml_connector.sandbox.zoho.values import Body, choice, flag, identifier, number, required, text

TERMS = {
    "Due On Receipt",
    "Net 15",
    "Net 30",
    "Net 45",
    "Net 60",
    "Due end of the month",
    "Due end of next month",
}


_TEXTS = {
    "company_name": 200,
    "website": 200,
    "notes": 2000,
    "language_code": 10,
    "facebook": 100,
    "twitter": 100,
    "gst_no": 15,
    "vat_reg_no": 50,
    "tax_reg_no": 15,
    "pan_no": 10,
    "avatax_use_code": 25,
    "avatax_exempt_no": 25,
    "tax_exemption_code": 100,
    "tax_authority_name": 100,
}

_CHOICES = ("gst_treatment", "vat_treatment", "tax_treatment", "place_of_contact", "country_code")

_IDS = ("tax_id", "tax_exemption_id", "tax_authority_id", "pricebook_id", "owner_id")


def create(call: Call) -> Response:
    """`POST /contacts`."""
    org, body = call.org, call.body
    required(body, "contact_name")
    contact_id = org.new_id()
    now = call.now
    contact = Contact(contact_id, "", "customer", "", org.base.currency_id, now, now)
    contact.facts = {"payment_terms": 0, "payment_terms_label": "Due On Receipt", "is_taxable": True}
    custom = _change(call, contact, body)
    contact.number = contact.number or f"CUS-{org.next_number('contact'):05d}"
    org.contacts[contact_id] = contact
    _name(org, contact)
    customfields.keep(org, "contact", contact_id, {}, custom)
    MODULE.changed(org, contact_id, "add")
    return success("The contact has been added.", status=201, contact=detail(org, contact_id))


def update(call: Call) -> Response:
    """`PUT /contacts/{id}`: arrays are replaced, other fields keep their value when left out."""
    org, contact = call.org, get(call.org, call.id)
    before, old_name = dict(contact.custom), contact.name
    old_addresses = (contact.billing, contact.shipping)
    after = _change(call, contact, call.body)
    contact.modified = call.now
    org.names.pop(_key(org, old_name), None)
    _name(org, contact)
    customfields.keep(org, "contact", contact.contact_id, before, after)
    if (contact.billing, contact.shipping) != old_addresses:
        show_on_open_documents(org, contact)
    MODULE.changed(org, contact.contact_id, "edit")
    return success("Contact information has been saved.", contact=detail(org, contact.contact_id))


def _change(call: Call, contact: Contact, body: Body) -> dict[str, str]:
    """Read everything first, then write it; so a refusal leaves the contact as it was."""
    org = call.org
    check_fields(org.profile.edition, org.profile.registered, "contact", body)
    name = text(body, "contact_name", 200, contact.name)
    if not name:
        raise invalid_value("contact_name")
    _free_name(org, name, contact.contact_id)
    kind = choice(body, "contact_type", ("customer", "vendor"), contact.kind)
    number_ = text(body, "contact_number", 200, contact.number)
    currency_id = _currency(org, contact, body)
    facts = _facts(org, contact, body)
    billing, shipping = _addresses(org, contact, body)
    persons = read_persons(org, contact, body)
    custom = customfields.read(org, "contact", contact.custom, body.get("custom_fields"), contact.contact_id)
    contact.name, contact.kind, contact.number, contact.currency_id = name, kind, number_, currency_id
    contact.facts, contact.billing, contact.shipping = facts, billing, shipping
    contact.persons, contact.custom = persons, custom
    return custom


def _facts(org: Organization, contact: Contact, body: Body) -> dict[str, Any]:
    facts = dict(contact.facts)
    facts |= {name: text(body, name, limit) for name, limit in _TEXTS.items() if name in body}
    facts |= {name: text(body, name, 100) for name in _CHOICES if name in body}
    facts |= {name: identifier(body, name) for name in _IDS if name in body}
    for name in ("is_taxable", "track_1099"):
        if name in body:
            facts[name] = flag(body, name, True)
    if "customer_sub_type" in body:
        facts["customer_sub_type"] = choice(body, "customer_sub_type", ("individual", "business"))
    if "credit_limit" in body:
        facts["credit_limit"] = number(body, "credit_limit")
    if facts.get("tax_id") and facts["tax_id"] not in org.taxes:
        raise invalid_value("tax_id")
    return facts | _terms(body)


def _terms(body: Body) -> dict[str, Any]:
    terms: dict[str, Any] = {}
    if "payment_terms" in body:
        days = number(body, "payment_terms")
        if days != int(days) or not 0 <= days <= 100:
            raise Refusal(400, 4, "Invalid value passed for Payment Terms")
        terms["payment_terms"] = int(days)
    if "payment_terms_label" in body:
        label = text(body, "payment_terms_label", 200)
        if label and label not in TERMS:
            raise Refusal(400, 4, "Invalid value passed for Payment Terms")
        terms["payment_terms_label"] = label or "Due On Receipt"
    return terms


def _currency(org: Organization, contact: Contact, body: Body) -> str:
    wanted = identifier(body, "currency_id")
    if not wanted and org.switches.currency_code_accepted and body.get("currency_code"):
        wanted = next((c.currency_id for c in org.currencies.values() if c.code == body["currency_code"]), "")
    if not wanted or wanted == contact.currency_id:
        return contact.currency_id
    org.known_currency(wanted)
    if contact.has_transaction:
        raise org.refusal("currency_frozen")
    return wanted


def _addresses(org: Organization, contact: Contact, body: Body) -> tuple[Address, Address]:
    both = []
    for name, known in (("billing_address", contact.billing), ("shipping_address", contact.shipping)):
        if body.get(name):
            both.append(addresses.read(body[name], name, known.get("address_id") or org.new_id()))
        else:
            both.append(known or addresses.read({}, name, org.new_id()))
    return both[0], both[1]


def _key(org: Organization, name: str) -> tuple[str, str]:
    return "contact", name.casefold() if org.switches.names_ignore_case else name


def _free_name(org: Organization, name: str, contact_id: str) -> None:
    if org.switches.duplicate_contact_names:
        return
    if org.names.get(_key(org, name), contact_id) != contact_id:
        raise Refusal(400, 3062, f'The customer "{name}" already exists. Please specify a different name.')


def _name(org: Organization, contact: Contact) -> None:
    org.names.setdefault(_key(org, contact.name), contact.contact_id)


def delete(call: Call) -> Response:
    """`DELETE /contacts/{id}`."""
    _delete(call.org, [call.id])
    return success("The contact has been deleted.")


def delete_many(call: Call) -> Response:
    """`DELETE /contacts?contact_ids=`."""
    wanted = [one for one in call.query.get("contact_ids", "").split(",") if one]
    if not wanted:
        raise invalid_value("contact_ids")
    _delete(call.org, wanted)
    return success("The contacts have been deleted.")


def _delete(org: Organization, ids: list[str]) -> None:
    contacts = [get(org, one) for one in ids]
    if any(org.documents_of.get(contact.contact_id) for contact in contacts):
        raise Refusal(
            400,
            3000,
            "These contacts cannot be deleted as they are associated either with some documents or transactions.",
        )
    for contact in contacts:
        remove(org, contact)


def remove(org: Organization, contact: Contact) -> None:
    """Take a contact out of the books."""
    del org.contacts[contact.contact_id]
    if org.names.get(_key(org, contact.name)) == contact.contact_id:
        del org.names[_key(org, contact.name)]
    customfields.keep(org, "contact", contact.contact_id, contact.custom, {})
    MODULE.changed(org, contact.contact_id, "delete")


def _status(status: str, message: str) -> Route:
    def handle(call: Call) -> Response:
        contact = get(call.org, call.id)
        contact.status, contact.modified = status, call.now
        MODULE.changed(call.org, contact.contact_id, "edit")
        return success(message)

    return Route("POST", f"/contacts/{{}}/{status}", "contacts.CREATE", handle)


def merge(call: Call) -> Response:
    """`POST /contacts/{id}/merge`: the contact's documents move to another, and it goes."""
    org = call.org
    gone = get(org, call.id)
    target_id = call.query.get("contact_id") or identifier(call.body, "contact_id")
    target = get(org, target_id)
    if target is gone:
        raise invalid_value("contact_id")
    merge_into(org, gone, target)
    return success("The contacts have been merged.")


def merge_into(org: Organization, gone: Contact, target: Contact) -> None:
    """Give *target* everything that *gone* has."""
    for record_id, kind in list(org.documents_of.get(gone.contact_id, {}).items()):
        holder: Any = {"invoice": org.invoices, "payment": org.payments, "creditnote": org.creditnotes}[kind]
        holder[record_id].customer_id = target.contact_id
        org.parted(gone.contact_id, record_id)
        org.belongs(target.contact_id, kind, record_id)
        post(org, kind, record_id)
        org.touched({"payment": "customerpayments"}.get(kind, f"{kind}s"), record_id)
    remove(org, gone)
    MODULE.changed(org, target.contact_id, "edit")


def save_custom(call: Call) -> Response:
    """`PUT /contact/{id}/customfields`."""
    org, contact = call.org, get(call.org, call.id)
    after = customfields.read(org, "contact", contact.custom, call.payload, contact.contact_id)
    customfields.keep(org, "contact", contact.contact_id, contact.custom, after)
    contact.custom, contact.modified = after, call.now
    MODULE.changed(org, contact.contact_id, "edit")
    return customfields.saved()


ROUTES = [
    Route("POST", "/contacts", "contacts.CREATE", create),
    Route("GET", "/contacts", "contacts.READ", MODULE.list),
    customfields.upsert("contact", "contacts.UPDATE", "/contacts", create, update),
    Route("DELETE", "/contacts", "contacts.DELETE", delete_many),
    Route("GET", "/contacts/{}", "contacts.READ", show),
    Route("PUT", "/contacts/{}", "contacts.UPDATE", update),
    Route("DELETE", "/contacts/{}", "contacts.DELETE", delete),
    _status("active", "The contact has been marked as active."),
    _status("inactive", "The contact has been marked as inactive."),
    Route("POST", "/contacts/{}/merge", "contacts.CREATE", merge),
    Route("PUT", "/contact/{}/customfields", "contacts.UPDATE", save_custom),
    Route("GET", "/contacts/{}/address", "contacts.READ", list_addresses),
    Route("POST", "/contacts/{}/address", "contacts.CREATE", add_address),
    Route("PUT", "/contacts/{}/address/{}", "contacts.UPDATE", change_address),
    Route("DELETE", "/contacts/{}/address/{}", "contacts.DELETE", delete_address),
]
