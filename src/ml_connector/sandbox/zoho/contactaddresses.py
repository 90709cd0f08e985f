"""A contact's addresses, and the documents that show them.

Source: Zoho Books API v3, contacts, additional addresses.
"""

from __future__ import annotations

from ml_connector.sandbox.http import Response
from ml_connector.sandbox.zoho import addresses
from ml_connector.sandbox.zoho.call import Call
from ml_connector.sandbox.zoho.contactview import MODULE, get
from ml_connector.sandbox.zoho.encoding import success
from ml_connector.sandbox.zoho.organization import Organization
from ml_connector.sandbox.zoho.records import Address, Contact
from ml_connector.sandbox.zoho.refusals import invalid_value, missing


def show_on_open_documents(org: Organization, contact: Contact) -> None:
    """Open documents show a contact's address as it is now; settled ones keep what they had."""
    by_id = {a["address_id"]: a for a in (contact.billing, contact.shipping, *contact.addresses)}
    for record_id, kind in org.documents_of.get(contact.contact_id, {}).items():
        if kind == "invoice" and org.invoices[record_id].balance > 0:
            invoice = org.invoices[record_id]
            invoice.billing = by_id.get(invoice.billing.get("address_id", ""), invoice.billing)
            invoice.shipping = by_id.get(invoice.shipping.get("address_id", ""), invoice.shipping)


def list_addresses(call: Call) -> Response:
    """`GET /contacts/{id}/address`."""
    contact = get(call.org, call.id)
    return success(addresses=[contact.billing, contact.shipping, *contact.addresses])


def add_address(call: Call) -> Response:
    """`POST /contacts/{id}/address`."""
    contact = get(call.org, call.id)
    address = addresses.read(call.body, "address", call.org.new_id())
    contact.addresses.append(address)
    contact.modified = call.now
    MODULE.changed(call.org, contact.contact_id, "edit")
    return success("The address has been created.", address_info=address)


def change_address(call: Call) -> Response:
    """`PUT /contacts/{id}/address/{address_id}`."""
    contact = get(call.org, call.ids[0])
    known = _known_address(contact, call.id)
    address = addresses.read({**known, **call.body}, "address", call.id)
    if known is contact.billing:
        contact.billing = address
    elif known is contact.shipping:
        contact.shipping = address
    else:
        contact.addresses = [address if a is known else a for a in contact.addresses]
    contact.modified = call.now
    show_on_open_documents(call.org, contact)
    MODULE.changed(call.org, contact.contact_id, "edit")
    return success("The address has been updated.", address_info=address)


def delete_address(call: Call) -> Response:
    """`DELETE /contacts/{id}/address/{address_id}`."""
    contact = get(call.org, call.ids[0])
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
