"""How contacts look in answers and in lists.

Source: Zoho Books API v3, contacts.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ml_connector.sandbox.http import Response
from ml_connector.sandbox.zoho import customfields
from ml_connector.sandbox.zoho.call import Call
from ml_connector.sandbox.zoho.editions import ALLOWED
from ml_connector.sandbox.zoho.encoding import success
from ml_connector.sandbox.zoho.lists import Filters, Row
from ml_connector.sandbox.zoho.modules import Module, register
from ml_connector.sandbox.zoho.money import formatted, shown
from ml_connector.sandbox.zoho.organization import Organization
from ml_connector.sandbox.zoho.records import Contact, Currency
from ml_connector.sandbox.zoho.refusals import missing

GONE = "The Contact is not accessible. It may have been deleted, or you may not have permission to access it."


def show(call: Call) -> Response:
    """`GET /contacts/{id}`."""
    get(call.org, call.id)
    return success(contact=detail(call.org, call.id))


def get(org: Organization, contact_id: str) -> Contact:
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
