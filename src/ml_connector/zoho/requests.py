"""Drafts of documents turned into requests to Zoho: pure, and the same bytes every time.

What has a unique custom field is sent as an upsert, which is the only thing in Zoho that makes a second sending
harmless; without the field it is a plain create. Nothing is ever e-mailed. A discount always comes with its type,
an own number always with its flag. An id that is not known yet shows as `{"$ref": key}` and cannot be sent.

Source: Zoho Books API v3: Contacts, Items, Taxes, Invoices, Customer Payments, Credit Notes.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from functools import singledispatch
from typing import Any

from ml_connector.domain.documents import (
    AddressDraft,
    Applied,
    ApplyPaymentDraft,
    CashDraft,
    ContactDraft,
    CreditNoteDraft,
    Draft,
    InvoiceDraft,
    ItemDraft,
    PaymentDraft,
    StatusDraft,
    TaxDraft,
)
from ml_connector.domain.money import Money
from ml_connector.zoho import fields
from ml_connector.zoho.books import KnownContact
from ml_connector.zoho.exact import Json, plain, rows, text
from ml_connector.zoho.lines import lines
from ml_connector.zoho.told import (
    CONTACT,
    CREDIT_NOTE,
    INVOICE,
    ITEM,
    PAYMENT,
    Told,
    change,
    create,
    custom_fields,
    post,
    said,
)
from ml_connector.zoho.told import edition as edition_fields
from ml_connector.zoho.values import ZohoRequest


@singledispatch
def request_for(draft: Draft, told: Told) -> ZohoRequest:
    """The request that makes, changes or ends what *draft* says."""
    raise TypeError(f"no request is known for {type(draft).__name__}")


@request_for.register
def contact(draft: ContactDraft, told: Told, *, use_fallback_name: bool = False) -> ZohoRequest:
    """Create a contact, or update the one that `zoho_id` names.

    Args:
        use_fallback_name: After a name clash: the name with its deterministic suffix.
    """
    body: dict[str, Any] = {
        "contact_name": _contact_name(draft, use_fallback_name),
        "customer_sub_type": draft.sub_type,
        "company_name": fields.one_line(draft.company_name, fields.COMPANY_NAME),
        "notes": fields.many_lines(draft.notes, fields.NOTES),
        "contact_persons": _persons(draft),
        **edition_fields(draft.edition_fields),
    }
    if draft.zoho_id is not None:
        # Nothing about currency, addresses and custom fields: the first is frozen, the others show elsewhere.
        emptied: dict[str, Any] = {name: "" for name in ("company_name", "notes") if name in draft.cleared}
        return change(draft.key, f"/contacts/{draft.zoho_id}", {**said(body), **emptied}, "the contact")
    body |= {"contact_type": "customer", "currency_id": draft.currency_id}
    body |= {"billing_address": fields.address_with_code(draft.billing) if draft.billing else None}
    body |= {"shipping_address": fields.address_with_code(draft.shipping) if draft.shipping else None}
    body |= custom_fields({}, draft.key, CONTACT, told)
    return create(draft.key, CONTACT, said(body), "the contact", told)


@request_for.register
def additional_address(draft: AddressDraft, told: Told) -> ZohoRequest:
    """Add an address to a contact; its `address_id` is then the document's own."""
    path = f"/contacts/{told.id_text(draft.contact)}/address"
    return post(draft.key, path, fields.address(draft.address), "an address", told.unknown(draft.contact))


@request_for.register
def item(draft: ItemDraft, told: Told) -> ZohoRequest:
    body = {
        "name": _item_name(draft),
        "rate": plain(draft.rate),
        "sku": fields.one_line(draft.sku, fields.SKU),
        "description": fields.many_lines(draft.description, fields.LINE_DESCRIPTION),
        "product_type": draft.product_type,
        "item_type": "sales",
        "account_id": draft.account_id,
        "tax_id": draft.tax_id,
        "is_taxable": False if draft.tax_exemption_id else None,
        "tax_exemption_id": draft.tax_exemption_id,
        **edition_fields(draft.edition_fields),
        **custom_fields({}, draft.key, ITEM, told),
    }
    return create(draft.key, ITEM, said(body), "the item", told)


@request_for.register
def tax(draft: TaxDraft, told: Told) -> ZohoRequest:
    """Create a tax, or a tax group of taxes that exist."""
    if draft.components:
        ids = ",".join(told.id_text(each) for each in draft.components)
        group = {"tax_group_name": draft.name, "taxes": ids}
        return post(draft.key, "/settings/taxgroups", group, "the tax group", told.unknown(*draft.components))
    body = {"tax_name": draft.name, "tax_percentage": plain(draft.percentage), "tax_type": "tax"}
    return post(draft.key, "/settings/taxes", body | edition_fields(draft.edition_fields), "the tax")


@request_for.register
def invoice(draft: InvoiceDraft, told: Told) -> ZohoRequest:
    """Create an invoice, a draft in Zoho until marked sent, or update the one that `zoho_id` names."""
    updates = draft.zoho_id is not None
    body = said(
        {
            "customer_id": told.id(draft.contact),
            "currency_id": draft.currency_id,
            "exchange_rate": _rate(draft.exchange_rate),
            "invoice_number": fields.one_line(draft.number, fields.NUMBER),
            "reference_number": fields.reference(draft.reference_number),
            "date": draft.dated.isoformat(),
            "due_date": draft.due_date.isoformat() if draft.due_date else None,
            "billing_address_id": told.id(draft.billing_address),
            "shipping_address_id": told.id(draft.shipping_address),
            **lines(draft, told, updates=updates),
            **_shipping_charge(draft),
            **_adjustment(draft, updates),
            "notes": fields.many_lines(draft.notes, fields.NOTES),
            **edition_fields(draft.edition_fields),
        }
    )
    subject = f"the invoice for {draft.reference_number}"
    query = {"send": "false"} | ({"ignore_auto_number_generation": "true"} if draft.number else {})
    if draft.zoho_id is not None:
        # Custom fields are an array, and an array is replaced: the operator's own would go.
        return change(draft.key, f"/invoices/{draft.zoho_id}", body, subject, query)
    body |= custom_fields(draft.custom_fields, draft.key, INVOICE, told)
    return create(draft.key, INVOICE, body, subject, told, query=query)


@request_for.register
def payment(draft: PaymentDraft, told: Told) -> ZohoRequest:
    """Record a payment; what is not applied stays the customer's unused credit."""
    body = {
        "customer_id": told.id(draft.contact),
        "payment_mode": fields.one_line(draft.mode, fields.MODE),
        "amount": plain(draft.amount.amount),
        "date": draft.dated.isoformat(),
        "reference_number": fields.reference(draft.reference_number),
        "exchange_rate": _rate(draft.exchange_rate),
        "account_id": draft.account_id,
        "bank_charges": _amount(draft.bank_charges),
        "bank_charges_account_id": draft.bank_charges_account_id if draft.bank_charges else None,
        "description": fields.one_line(draft.description, fields.DESCRIPTION),
        "invoices": [_applied(each, told) for each in draft.applied],
        **custom_fields({}, draft.key, PAYMENT, told),
    }
    return create(draft.key, PAYMENT, said(body), f"the payment of {draft.amount}", told)


@request_for.register
def apply_credit(draft: ApplyPaymentDraft, told: Told) -> ZohoRequest:
    """Put the rest of a payment, or a credit note, against an invoice that is not a draft any more."""
    subject = f"applying {draft.amount}"
    if draft.credit_note is not None:
        body: Json = {"invoices": [_applied(Applied(draft.invoice, draft.amount), told)]}
        path = f"/creditnotes/{told.id_text(draft.credit_note)}/invoices"
        return post(draft.key, path, body, subject, told.unknown(draft.credit_note))
    if draft.payment is None:
        raise ValueError(f"{draft.key} applies neither a payment nor a credit note")
    body = {"invoice_payments": [{"payment_id": told.id(draft.payment), "amount_applied": _amount(draft.amount)}]}
    return post(
        draft.key, f"/invoices/{told.id_text(draft.invoice)}/credits", body, subject, told.unknown(draft.invoice)
    )


@request_for.register
def credit_note(draft: CreditNoteDraft, told: Told) -> ZohoRequest:
    """Create a credit note, open at once, its lines tied to the sold ones."""
    body = {
        "customer_id": told.id(draft.contact),
        "currency_id": draft.currency_id,
        "exchange_rate": _rate(draft.exchange_rate),
        "reference_number": fields.reference(draft.reference_number),
        "date": draft.dated.isoformat(),
        "is_draft": False,
        **lines(draft, told),
        "notes": fields.many_lines(draft.notes, fields.NOTES),
        "reason": fields.one_line(draft.reason, fields.LABEL),
        **edition_fields(draft.edition_fields),
        **custom_fields(draft.custom_fields, draft.key, CREDIT_NOTE, told),
    }
    query = {"invoice_id": told.id_text(draft.invoice)} if draft.invoice is not None else {}
    subject = f"the credit note {draft.reference_number}"
    return create(draft.key, CREDIT_NOTE, said(body), subject, told, query=query, query_refs=(draft.invoice,))


@request_for.register
def cash_out(draft: CashDraft, told: Told) -> ZohoRequest:
    """Money back to the customer, out of a credit note or of a payment that is not applied."""
    body = {
        "date": draft.dated.isoformat(),
        "refund_mode": fields.one_line(draft.mode, fields.REFUND_MODE),
        "amount": plain(draft.amount.amount),
        "from_account_id": draft.from_account_id,
        "reference_number": fields.reference(draft.reference_number),
        "exchange_rate": _rate(draft.exchange_rate),
        "description": fields.one_line(draft.description, fields.DESCRIPTION),
    }
    module = "customerpayments" if draft.of_payment else "creditnotes"
    path = f"/{module}/{told.id_text(draft.source)}/refunds"
    return post(draft.key, path, said(body), f"the refund of {draft.amount}", told.unknown(draft.source))


@request_for.register
def status(draft: StatusDraft, told: Told) -> ZohoRequest:
    """Mark an invoice as sent, without any mail, or void it. Doing it twice does no harm."""
    if draft.status not in ("sent", "void"):
        raise ValueError(f"an invoice is marked sent or void, not {draft.status}")
    subject = "marking the invoice as sent" if draft.status == "sent" else "voiding the invoice"
    path = f"/invoices/{told.id_text(draft.document)}/status/{draft.status}"
    return post(draft.key, path, None, subject, told.unknown(draft.document))


def mark_contact(known: KnownContact, key: str, told: Told) -> ZohoRequest:
    """Put our mark on a contact that was found otherwise. Its other custom fields are sent again, not to lose them."""
    unique = told.unique_fields[CONTACT]
    held = {text(row, "api_name"): text(row, "value") for row in rows(known.row, "custom_fields")}
    kept = {name: value for name, value in held.items() if name and value}
    body = custom_fields({**kept, unique: key}, key, CONTACT, told)
    return change(key, f"/contacts/{known.id}", body, "the contact")


def mark_sent_together(invoice_ids: tuple[str, ...], key: str = "") -> ZohoRequest:
    """Mark several invoices as sent in one call. A mixed result is undocumented: read each one afterwards."""
    query = {"invoice_ids": ",".join(invoice_ids)}
    return ZohoRequest("POST", "/invoices/status/sent", query, key=key, subject="marking invoices as sent")


def currency(code: str, price_precision: int, key: str = "") -> ZohoRequest:
    """Add a currency to the organisation, as an operator's one click."""
    shown = "1,234,567" + ("." + "890"[:price_precision] if price_precision else "")
    body = {"currency_code": code, "currency_format": shown, "price_precision": price_precision}
    return post(key, "/settings/currencies", body, f"the currency {code}")


def _rate(rate: Decimal | None) -> Decimal | None:
    return None if rate is None else plain(rate)


def _amount(money: Money | None) -> Decimal | None:
    return None if money is None else plain(money.amount)


def _applied(part: Applied, told: Told) -> Json:
    return {"invoice_id": told.id(part.invoice), "amount_applied": _amount(part.amount)}


def _contact_name(draft: ContactDraft, use_fallback: bool) -> str:
    if not use_fallback:
        return fields.one_line(draft.name, fields.CONTACT_NAME)
    name, other = draft.name, draft.fallback_name
    if name and other.startswith(name):
        return fields.fit_with_suffix(" ".join(name.split()), other[len(name) :], fields.CONTACT_NAME)
    return fields.one_line(other, fields.CONTACT_NAME)


_ITEM_SUFFIX = 60
"""Of an item's name, at most so much for its SKU."""


def _item_name(draft: ItemDraft) -> str:
    """The name, cut before its SKU, which is what makes it unlike the other variants' names."""
    suffix = f" [{draft.sku}]"
    if not draft.sku or not draft.name.endswith(suffix):
        return fields.one_line(draft.name, fields.ITEM_NAME)
    name = fields.one_line(draft.name.removesuffix(suffix), fields.LINE_DESCRIPTION)
    return fields.fit_with_suffix(name, f" {fields.one_line(suffix, _ITEM_SUFFIX)}", fields.ITEM_NAME)


def _persons(draft: ContactDraft) -> list[Json]:
    """The primary person, because Zoho ignores an e-mail or a phone that stands outside; and the others, kept."""
    values = {
        "first_name": fields.one_line(draft.first_name, fields.PERSON_NAME),
        "last_name": fields.one_line(draft.last_name, fields.PERSON_NAME),
        # half an address would be somebody else's
        "email": draft.email if len(draft.email) <= fields.EMAIL else "",
        "phone": fields.one_line(draft.phone, fields.PHONE),
    }
    emptied = {name: "" for name in values if name in draft.cleared}
    person = said({"contact_person_id": draft.contact_person_id, **draft.person_fields, **values})
    primary = [{**person, **emptied, "is_primary_contact": True}] if person else []
    return [*primary, *(dict(each) for each in draft.other_persons)]


def _adjustment(draft: InvoiceDraft, updates: bool) -> dict[str, Any]:
    """After tax, signed. An update says it also when it is zero, because what is left out would stay."""
    if not draft.adjustment and not updates:
        return {}
    label = fields.one_line(draft.adjustment_description or "Adjustment", fields.LABEL)
    return {"adjustment": plain(draft.adjustment), "adjustment_description": label}


def _shipping_charge(draft: InvoiceDraft) -> Mapping[str, Any]:
    if not draft.shipping_charge:
        return {}
    return {
        "shipping_charge": plain(draft.shipping_charge),
        "shipping_charge_tax_id": draft.shipping_charge_tax_id,
        "shipping_charge_account_id": draft.shipping_charge_account_id,
    }
