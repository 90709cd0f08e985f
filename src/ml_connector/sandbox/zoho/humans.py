"""A person in Zoho's own screens, who works behind a connector's back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from ml_connector.sandbox.zoho import (
    addresses,
    chart,
    contacts,
    creditnotes,
    creditnoteview,
    documents,
    invoiceactions,
    invoices,
    invoiceview,
    paymentview,
    settling,
)
from ml_connector.sandbox.zoho.invoices import KIND
from ml_connector.sandbox.zoho.modules import changed
from ml_connector.sandbox.zoho.organization import Organization
from ml_connector.sandbox.zoho.records import Account, Contact, CustomField, Invoice, Lock
from ml_connector.sandbox.zoho.seed import add_custom_field
from ml_connector.sandbox.zoho.values import ZERO


@dataclass(frozen=True)
class Human:
    """Does by hand what a bookkeeper does; nothing of it counts as a call.

    Raises (all of it): `Refusal` where Zoho's screens would refuse as well.
    """

    org: Organization

    def edit_invoice(self, invoice_id: str, **body: Any) -> Invoice:
        """Change an invoice as `PUT /invoices/{id}` would; even a paid one, as people can."""
        invoice = invoiceview.get(self.org, invoice_id)
        contact = self.org.contacts[invoice.customer_id]
        values = documents.read(self.org, KIND, contact, invoice, invoice.id, body)
        invoices.rewrite(self.org, invoice, values)
        return invoice

    def delete_invoice(self, invoice_id: str) -> None:
        """Delete an invoice, after taking off what was put against it."""
        invoice = invoiceview.get(self.org, invoice_id)
        for application in list(invoice.applied.values()):
            settling.take_back(self.org, application)
        invoice.written_off = ZERO
        invoices.remove(self.org, [invoice])

    def void_invoice(self, invoice_id: str) -> None:
        """Void an invoice."""
        invoiceactions.mark_void(self.org, invoiceview.get(self.org, invoice_id))

    def send_invoice(self, invoice_id: str) -> None:
        """Mark an invoice as sent."""
        invoiceactions.mark_sent(self.org, invoiceview.get(self.org, invoice_id))

    def view_invoice(self, invoice_id: str) -> None:
        """The customer opens the link to an invoice."""
        invoice = invoiceview.get(self.org, invoice_id)
        invoice.is_viewed = True
        changed(self.org, "invoices", invoice_id, "edit")

    def lock_invoice(self, invoice_id: str, reason: str = "Locked by hand") -> None:
        """Lock a single invoice; an empty reason opens it again."""
        invoiceview.get(self.org, invoice_id).lock_reason = reason

    def delete_payment(self, payment_id: str) -> None:
        """Delete a payment."""
        settling.remove_payment(self.org, paymentview.get(self.org, payment_id))

    def delete_creditnote(self, note_id: str) -> None:
        """Delete a credit note, with what it was used for."""
        note = creditnoteview.get(self.org, note_id)
        for application in list(note.applied.values()):
            settling.take_back(self.org, application)
        note.refunds.clear()
        creditnotes.remove(self.org, note)

    def edit_contact(self, contact_id: str, **facts: Any) -> Contact:
        """Change a contact's name, status, notes, e-mail or phone."""
        contact = self.org.contacts[contact_id]
        for name, value in facts.items():
            if name in ("name", "status", "currency_id"):
                setattr(contact, name, value)
            elif name in ("email", "phone", "first_name", "last_name", "mobile"):
                contact.persons = [
                    {**person, name: value} if person["is_primary_contact"] else person for person in contact.persons
                ]
            else:
                contact.facts[name] = value
        return self._touched(contact)

    def edit_address(self, contact_id: str, which: str = "billing", **parts: str) -> Contact:
        """Change a contact's billing or shipping address, or the additional one with that id."""
        contact = self.org.contacts[contact_id]
        known = {"billing": contact.billing, "shipping": contact.shipping}
        known |= {one["address_id"]: one for one in contact.addresses}
        made = addresses.read({**known[which], **parts}, "address", known[which]["address_id"])
        if which == "billing":
            contact.billing = made
        elif which == "shipping":
            contact.shipping = made
        else:
            contact.addresses = [made if one["address_id"] == which else one for one in contact.addresses]
        return self._touched(contact)

    def add_address(self, contact_id: str, **parts: str) -> str:
        """Add an address to a contact; its id."""
        contact = self.org.contacts[contact_id]
        contact.addresses.append(addresses.read(parts, "address", self.org.new_id()))
        self._touched(contact)
        return str(contact.addresses[-1]["address_id"])

    def _touched(self, contact: Contact) -> Contact:
        contact.modified = self.org.clock()
        changed(self.org, "contacts", contact.contact_id, "edit")
        return contact

    def delete_contact(self, contact_id: str) -> None:
        """Delete a contact with all its documents, as a determined person can."""
        for record_id, kind in list(self.org.documents_of.get(contact_id, {}).items()):
            if kind == "invoice":
                self.delete_invoice(record_id)
            elif kind == "creditnote":
                self.delete_creditnote(record_id)
            else:
                self.delete_payment(record_id)
        contacts.remove(self.org, self.org.contacts[contact_id])

    def merge_contacts(self, gone_id: str, into_id: str) -> None:
        """Merge one contact into another."""
        contacts.merge_into(self.org, self.org.contacts[gone_id], self.org.contacts[into_id])

    def deactivate_contact(self, contact_id: str) -> None:
        """Mark a contact as inactive."""
        self.edit_contact(contact_id, status="inactive")

    def deactivate_item(self, item_id: str) -> None:
        """Mark an item as inactive."""
        self.org.items[item_id].status = "inactive"
        self.org.items[item_id].modified = self.org.clock()
        changed(self.org, "items", item_id, "edit")

    def deactivate_account(self, name: str) -> Account:
        """Mark an account as inactive."""
        account = self.org.account(name)
        account.is_active = False
        return account

    def add_account(self, name: str, kind: str, currency: str | None = None) -> Account:
        """Add an account to the chart."""
        currency_id = self.org.currency(currency).currency_id if currency else ""
        return chart.add(self.org, name, kind, currency_id=currency_id)

    def add_custom_field(
        self, entity: str, label: str, api_name: str, *, unique: bool = False, values: tuple[str, ...] = ()
    ) -> CustomField:
        """Make a custom field."""
        return add_custom_field(self.org, entity, label, api_name, unique=unique, values=values)

    def remove_custom_field(self, entity: str, api_name: str) -> None:
        """Take a custom field away."""
        kept = [one for one in self.org.custom_fields[entity] if one.api_name != api_name]
        self.org.custom_fields[entity] = kept

    def lock_until(self, day: date, reason: str = "") -> None:
        """Close the books up to and including *day*."""
        self.org.lock = Lock(self.org.lock.lock_id if self.org.lock else self.org.new_id(), day, reason)

    def unlock(self) -> None:
        """Open the books again."""
        self.org.lock = None

    def act(self, what: str, how: Mapping[str, Any]) -> Any:
        """Do something by its name, for the control API.

        Raises:
            ValueError: There is no such act.
        """
        if what.startswith("_") or what == "act" or not hasattr(self, what):
            raise ValueError(f"nobody can {what}")
        arguments = dict(how)
        if what == "lock_until":
            arguments["day"] = date.fromisoformat(arguments["day"])
        return getattr(self, what)(**arguments)
