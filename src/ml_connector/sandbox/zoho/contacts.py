"""Contacts: customers and vendors, their persons and addresses.

Source: Zoho Books API v3, contacts and contact persons.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ml_connector.sandbox.http import Response
from ml_connector.sandbox.zoho import addresses, customfields
from ml_connector.sandbox.zoho.call import Call, Route
from ml_connector.sandbox.zoho.editions import ALLOWED, check_fields
from ml_connector.sandbox.zoho.encoding import success
from ml_connector.sandbox.zoho.lists import Filters, Row
from ml_connector.sandbox.zoho.modules import Module, register
from ml_connector.sandbox.zoho.money import formatted, shown
from ml_connector.sandbox.zoho.organization import Organization
from ml_connector.sandbox.zoho.persons import read_persons
from ml_connector.sandbox.zoho.posting import post
from ml_connector.sandbox.zoho.records import Address, Contact, Currency
from ml_connector.sandbox.zoho.refusals import Refusal, invalid_value, missing
from ml_connector.sandbox.zoho.values import Body, choice, flag, identifier, number, required, text

GONE = "The Contact is not accessible. It may have been deleted, or you may not have permission to access it."
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


# -- writing ------------------------------------------------------------------------------


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
    org, contact = call.org, _contact(call.org, call.id)
    before, old_name = dict(contact.custom), contact.name
    old_addresses = (contact.billing, contact.shipping)
    after = _change(call, contact, call.body)
    contact.modified = call.now
    org.names.pop(_key(org, old_name), None)
    _name(org, contact)
    customfields.keep(org, "contact", contact.contact_id, before, after)
    if (contact.billing, contact.shipping) != old_addresses:
        _show_on_open_documents(org, contact)
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


def _show_on_open_documents(org: Organization, contact: Contact) -> None:
    """Open documents show a contact's address as it is now; settled ones keep what they had."""
    by_id = {a["address_id"]: a for a in (contact.billing, contact.shipping, *contact.addresses)}
    for record_id, kind in org.documents_of.get(contact.contact_id, {}).items():
        if kind == "invoice" and org.invoices[record_id].balance > 0:
            invoice = org.invoices[record_id]
            invoice.billing = by_id.get(invoice.billing.get("address_id", ""), invoice.billing)
            invoice.shipping = by_id.get(invoice.shipping.get("address_id", ""), invoice.shipping)


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
    contacts = [_contact(org, one) for one in ids]
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
        contact = _contact(call.org, call.id)
        contact.status, contact.modified = status, call.now
        MODULE.changed(call.org, contact.contact_id, "edit")
        return success(message)

    return Route("POST", f"/contacts/{{}}/{status}", "contacts.CREATE", handle)


def merge(call: Call) -> Response:
    """`POST /contacts/{id}/merge`: the contact's documents move to another, and it goes."""
    org = call.org
    gone = _contact(org, call.id)
    target_id = call.query.get("contact_id") or identifier(call.body, "contact_id")
    target = _contact(org, target_id)
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
    org, contact = call.org, _contact(call.org, call.id)
    after = customfields.read(org, "contact", contact.custom, call.payload, contact.contact_id)
    customfields.keep(org, "contact", contact.contact_id, contact.custom, after)
    contact.custom, contact.modified = after, call.now
    MODULE.changed(org, contact.contact_id, "edit")
    return customfields.saved()


# -- additional addresses -----------------------------------------------------------------


def list_addresses(call: Call) -> Response:
    """`GET /contacts/{id}/address`."""
    contact = _contact(call.org, call.id)
    return success(addresses=[contact.billing, contact.shipping, *contact.addresses])


def add_address(call: Call) -> Response:
    """`POST /contacts/{id}/address`."""
    contact = _contact(call.org, call.id)
    address = addresses.read(call.body, "address", call.org.new_id())
    contact.addresses.append(address)
    contact.modified = call.now
    MODULE.changed(call.org, contact.contact_id, "edit")
    return success("The address has been created.", address_info=address)


def change_address(call: Call) -> Response:
    """`PUT /contacts/{id}/address/{address_id}`."""
    contact = _contact(call.org, call.ids[0])
    known = _known_address(contact, call.id)
    address = addresses.read({**known, **call.body}, "address", call.id)
    if known is contact.billing:
        contact.billing = address
    elif known is contact.shipping:
        contact.shipping = address
    else:
        contact.addresses = [address if a is known else a for a in contact.addresses]
    contact.modified = call.now
    _show_on_open_documents(call.org, contact)
    MODULE.changed(call.org, contact.contact_id, "edit")
    return success("The address has been updated.", address_info=address)


def delete_address(call: Call) -> Response:
    """`DELETE /contacts/{id}/address/{address_id}`."""
    contact = _contact(call.org, call.ids[0])
    known = _known_address(contact, call.id)
    if known is contact.billing or known is contact.shipping:
        raise invalid_value("address_id")
    contact.addresses = [a for a in contact.addresses if a is not known]
    contact.modified = call.now
    MODULE.changed(call.org, contact.contact_id, "edit")
    return success("The address has been deleted.")


def _known_address(contact: Contact, address_id: str) -> Address:
    for address in (contact.billing, contact.shipping, *contact.addresses):
        if address.get("address_id") == address_id:
            return address
    raise missing("Address does not exist.")


# -- reading ------------------------------------------------------------------------------


def show(call: Call) -> Response:
    """`GET /contacts/{id}`."""
    _contact(call.org, call.id)
    return success(contact=detail(call.org, call.id))


def _contact(org: Organization, contact_id: str) -> Contact:
    contact = org.contacts.get(contact_id)
    if contact is None:
        raise missing(GONE)
    return contact


def _money(org: Organization, contact: Contact, currency: Currency) -> dict[str, Any]:
    owed, unused = org.standing(contact.contact_id)
    owed_base, unused_base = org.standing_base(contact.contact_id)
    base = org.base
    return {
        "outstanding_receivable_amount": shown(owed, currency.places),
        "outstanding_receivable_amount_formatted": formatted(owed, currency),
        "outstanding_receivable_amount_bcy": shown(owed_base, base.places),
        "unused_credits_receivable_amount": shown(unused, currency.places),
        "unused_credits_receivable_amount_formatted": formatted(unused, currency),
        "unused_credits_receivable_amount_bcy": shown(unused_base, base.places),
    }


def detail(org: Organization, contact_id: str) -> dict[str, Any]:
    """The whole contact."""
    contact = org.contacts[contact_id]
    currency = org.currencies[contact.currency_id]
    allowed = ALLOWED["contact"][org.profile.edition] if org.profile.registered else frozenset()
    facts = contact.facts
    regional = {name: facts.get(name, True if name == "is_taxable" else "") for name in sorted(allowed)}
    return {
        "contact_id": contact.contact_id,
        "contact_name": contact.name,
        "company_name": facts.get("company_name", ""),
        "contact_number": contact.number,
        "has_transaction": contact.has_transaction,
        "contact_type": contact.kind,
        "customer_sub_type": facts.get("customer_sub_type", "business"),
        "status": contact.status,
        "website": facts.get("website", ""),
        "is_linked_with_zohocrm": False,
        "primary_contact_id": contact.primary.get("contact_person_id", ""),
        "payment_terms": facts["payment_terms"],
        "payment_terms_label": facts["payment_terms_label"],
        "credit_limit": facts.get("credit_limit", 0),
        "currency_id": currency.currency_id,
        "currency_code": currency.code,
        "currency_symbol": currency.symbol,
        "price_precision": currency.places,
        **regional,
        "language_code": facts.get("language_code", "en"),
        **_money(org, contact, currency),
        "payment_reminder_enabled": True,
        "email": contact.primary.get("email", ""),
        "phone": contact.primary.get("phone", ""),
        "billing_address": contact.billing,
        "shipping_address": contact.shipping,
        "addresses": contact.addresses,
        "contact_persons": contact.persons,
        **customfields.rendered(org, "contact", contact.custom),
        "notes": facts.get("notes", ""),
        "created_time": org.stamp(contact.created),
        "last_modified_time": org.stamp(contact.modified),
    }


def row(org: Organization, contact_id: str) -> Row | None:
    """A contact in a list."""
    contact = org.contacts.get(contact_id)
    if contact is None:
        return None
    currency = org.currencies[contact.currency_id]
    primary = contact.primary
    person = {name: primary.get(name, "") for name in ("first_name", "last_name", "email", "phone", "mobile")}
    custom: Mapping[str, str] = customfields.rendered(org, "contact", contact.custom)["custom_field_hash"]
    return {
        "contact_id": contact.contact_id,
        "contact_name": contact.name,
        "customer_name": contact.name,
        "company_name": contact.facts.get("company_name", ""),
        "contact_type": contact.kind,
        "status": contact.status,
        "payment_terms": contact.facts["payment_terms"],
        "payment_terms_label": contact.facts["payment_terms_label"],
        "currency_id": currency.currency_id,
        "currency_code": currency.code,
        **person,
        "outstanding_receivable_amount": org.standing(contact.contact_id)[0],
        **custom,
        "created_time": org.stamp(contact.created),
        "last_modified_time": org.stamp(contact.modified),
    }


def _with_money(org: Organization, listed: Row) -> Row:
    """What a contact owes is looked up when the list is made."""
    contact = org.contacts.get(listed["contact_id"])
    if contact is None:
        return listed
    return {**listed, **_money(org, contact, org.currencies[contact.currency_id])}


MODULE = register(
    Module(
        name="contacts",
        root="contact",
        entity="customer",
        id_key="contact_id",
        row=row,
        detail=detail,
        filters=Filters(
            report="Contacts",
            texts=frozenset({"contact_name", "company_name", "first_name", "last_name", "email", "phone"}),
            exacts=frozenset({"contact_type", "status", "last_modified_time"}),
            search=("contact_name", "company_name"),
            sorts=frozenset(
                {
                    "contact_name",
                    "first_name",
                    "last_name",
                    "email",
                    "outstanding_receivable_amount",
                    "created_time",
                    "last_modified_time",
                }
            ),
            sort="contact_name",
            order="A",
            filter_by={
                "Status.All": lambda listed: True,
                "Status.Active": lambda listed: bool(listed["status"] == "active"),
                "Status.Inactive": lambda listed: bool(listed["status"] == "inactive"),
            },
        ),
        finish=_with_money,
    )
)

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
