"""Contact persons: where a contact's e-mail and phone live.

Source: Zoho Books API v3, contact persons.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ml_connector.sandbox.http import Response
from ml_connector.sandbox.zoho.call import Call, Route
from ml_connector.sandbox.zoho.encoding import success
from ml_connector.sandbox.zoho.modules import changed
from ml_connector.sandbox.zoho.organization import Organization
from ml_connector.sandbox.zoho.records import Contact, Person
from ml_connector.sandbox.zoho.refusals import invalid_value, missing
from ml_connector.sandbox.zoho.values import Body, flag, identifier, rows, text

_LIMITS = {
    "salutation": 25,
    "first_name": 100,
    "last_name": 100,
    "email": 100,
    "phone": 50,
    "mobile": 50,
    "designation": 100,
    "department": 50,
    "skype": 50,
}


def read_persons(org: Organization, contact: Contact, body: Body) -> list[Person]:
    """The persons after a request: an array replaces those that are held."""
    if body.get("contact_persons") is None:
        return contact.persons
    held = {person["contact_person_id"]: person for person in contact.persons}
    persons = [_kept(org, held, sent) for sent in rows(body, "contact_persons")]
    primary = next((n for n, person in enumerate(persons) if person["is_primary_contact"]), 0)
    for n, person in enumerate(persons):
        person["is_primary_contact"] = n == primary
    return persons


def _kept(org: Organization, held: Mapping[str, Person], sent: Body) -> Person:
    wanted = identifier(sent, "contact_person_id")
    if wanted and wanted not in held:
        raise invalid_value("contact_person_id")
    return _person(org, sent, held.get(wanted, {}), primary=False)


def _person(org: Organization, sent: Body, known: Person, *, primary: bool) -> Person:
    person: Person = {"contact_person_id": known.get("contact_person_id") or org.new_id()}
    person |= {name: text(sent, name, limit, known.get(name, "")) for name, limit in _LIMITS.items()}
    if person["email"] and "@" not in person["email"]:
        raise invalid_value("email")
    person["is_primary_contact"] = primary or flag(sent, "is_primary_contact", False)
    person["enable_portal"] = flag(sent, "enable_portal", False)
    person["communication_preference"] = {"is_sms_enabled": False, "is_whatsapp_enabled": False}
    return person


def create(call: Call) -> Response:
    """`POST /contacts/contactpersons`."""
    contact = call.org.contacts.get(identifier(call.body, "contact_id"))
    if contact is None:
        raise missing("Customer does not exist.")
    person = _person(call.org, call.body, {}, primary=not contact.persons)
    person["is_primary_contact"] = not contact.persons
    contact.persons = [*contact.persons, person]
    _touch(call, contact)
    return success("The contactperson has been Created", status=201, contact_person=_shown(contact, person))


def update(call: Call) -> Response:
    """`PUT /contacts/contactpersons/{id}`."""
    contact, known = _find(call.org, call.id)
    person = _person(call.org, call.body, known, primary=known["is_primary_contact"])
    person["is_primary_contact"] = known["is_primary_contact"]
    contact.persons = [person if p is known else p for p in contact.persons]
    _touch(call, contact)
    return success("The contactperson details has been updated.", contact_person=_shown(contact, person))


def delete(call: Call) -> Response:
    """`DELETE /contacts/contactpersons/{id}`."""
    contact, known = _find(call.org, call.id)
    contact.persons = [p for p in contact.persons if p is not known]
    _touch(call, contact)
    return success("The contact person has been deleted.")


def make_primary(call: Call) -> Response:
    """`POST /contacts/contactpersons/{id}/primary`."""
    contact, known = _find(call.org, call.id)
    contact.persons = [{**p, "is_primary_contact": p is known} for p in contact.persons]
    _touch(call, contact)
    return success("This contact person has been marked as your primary contact person.")


def list_of(call: Call) -> Response:
    """`GET /contacts/{id}/contactpersons`."""
    contact = call.org.contacts.get(call.id)
    if contact is None:
        raise missing("Customer does not exist.")
    return success(contact_persons=[_shown(contact, person) for person in contact.persons])


def show(call: Call) -> Response:
    """`GET /contacts/{id}/contactpersons/{id}`."""
    contact, person = _find(call.org, call.id)
    if contact.contact_id != call.ids[0]:
        raise missing("Contact person does not exist.")
    return success(contact_person=_shown(contact, person))


def _shown(contact: Contact, person: Person) -> dict[str, Any]:
    return {"contact_id": contact.contact_id, **person}


def _find(org: Organization, person_id: str) -> tuple[Contact, Person]:
    for contact in org.contacts.values():
        for person in contact.persons:
            if person["contact_person_id"] == person_id:
                return contact, person
    raise missing("Contact person does not exist.")


def _touch(call: Call, contact: Contact) -> None:
    contact.modified = call.now
    changed(call.org, "contacts", contact.contact_id, "edit")


ROUTES = [
    Route("POST", "/contacts/contactpersons", "contacts.CREATE", create),
    Route("PUT", "/contacts/contactpersons/{}", "contacts.UPDATE", update),
    Route("DELETE", "/contacts/contactpersons/{}", "contacts.DELETE", delete),
    Route("POST", "/contacts/contactpersons/{}/primary", "contacts.CREATE", make_primary),
    Route("GET", "/contacts/{}/contactpersons", "contacts.READ", list_of),
    Route("GET", "/contacts/{}/contactpersons/{}", "contacts.READ", show),
]
