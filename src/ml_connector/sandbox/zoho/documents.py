"""What invoices and credit notes share: reading what was sent, and adding it up.

Everything is read before anything is written, so that a refusal leaves no trace.

Source: Zoho Books API v3, invoices and credit notes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from ml_connector.sandbox.zoho import customfields
from ml_connector.sandbox.zoho.arithmetic import Charge, Rules, Totals, add_up
from ml_connector.sandbox.zoho.editions import check_fields
from ml_connector.sandbox.zoho.lines import Place, read_lines
from ml_connector.sandbox.zoho.numbering import Kind
from ml_connector.sandbox.zoho.organization import Organization
from ml_connector.sandbox.zoho.records import Address, Contact, Currency, Document, Line
from ml_connector.sandbox.zoho.refusals import Refusal, invalid_element, invalid_value
from ml_connector.sandbox.zoho.values import (
    ZERO,
    Body,
    choice,
    day,
    flag,
    identifier,
    number,
    read_discount,
    text,
)

_FACT_TEXTS = {
    "place_of_supply": 10,
    "gst_treatment": 50,
    "gst_no": 15,
    "vat_treatment": 50,
    "tax_treatment": 50,
    "tax_authority_id": 30,
    "tax_exemption_id": 30,
    "avatax_use_code": 25,
    "avatax_exempt_no": 25,
    "reference_invoice_type": 50,
    "reason": 200,
    "salesperson_name": 200,
    "salesperson_id": 30,
    "template_id": 30,
    "location_id": 30,
    "branch_id": 30,
    "project_id": 30,
    "custom_subject": 1000,
    "custom_body": 10000,
}


KNOWN_KEYS = frozenset(_FACT_TEXTS) | frozenset(
    """customer_id currency_id currency_code contact_persons contact_persons_associated invoice_number
    creditnote_number reference_number date due_date payment_terms payment_terms_label discount
    is_discount_before_tax discount_type is_inclusive_tax exchange_rate custom_fields line_items
    payment_options allow_partial_payments notes terms shipping_charge shipping_charge_tax_id
    shipping_charge_account_id adjustment adjustment_description billing_address_id
    shipping_address_id is_reverse_charge_applied tags recurring_invoice_id invoiced_estimate_id
    tax_exemption_code tax_authority_name is_draft send ignore_auto_number_generation batch_payments
    tax_id avatax_tax_code expense_id salesorder_item_id time_entry_ids""".split()
)

Values = dict[str, Any]


def read(org: Organization, kind: Kind, contact: Contact, known: Document | None, record_id: str, body: Body) -> Values:
    """The attributes of a document after a request, added up.

    Raises:
        Refusal: Anything about it that Zoho would not take.
    """
    _check_keys(org, body)
    check_fields(org.profile.edition, org.profile.registered, "document", body)
    when = day(body, "date", known.date if known else org.today())
    currency = _currency(org, contact, known, body)
    values: Values = {
        "customer_id": contact.contact_id,
        "date": when,
        "currency_id": currency.currency_id,
        "exchange_rate": exchange_rate(currency, known.exchange_rate if known else None, when, body),
        "reference": text(body, "reference_number", 100, known.reference if known else ""),
        "inclusive": flag(body, "is_inclusive_tax", known.inclusive if known else False),
        "notes": text(body, "notes", 5000, known.notes if known else ""),
        "terms": text(body, "terms", 10000, known.terms if known else ""),
        "facts": _facts(org, contact, known, body),
        "billing": _address(contact, body, "billing_address_id", known.billing if known else contact.billing),
        "shipping": _address(contact, body, "shipping_address_id", known.shipping if known else contact.shipping),
        "persons": _persons(contact, known, body),
        "custom": customfields.read(
            org, kind.entity, known.custom if known else {}, body.get("custom_fields"), record_id
        ),
        **_discount(known, body),
        **_extras(org, kind, known, body),
    }
    values["lines"] = _lines(org, contact, kind, known, values, body)
    values["totals"] = _totals(org, kind, values, currency)
    if values["totals"].total < 0:
        raise org.refusal("negative_total", document=kind.label)
    return values


def _check_keys(org: Organization, body: Body) -> None:
    if org.switches.unknown_body_keys == "refuse":
        for name in body:
            if name not in KNOWN_KEYS:
                raise invalid_element(name)


def _currency(org: Organization, contact: Contact, known: Document | None, body: Body) -> Currency:
    """The document's currency: the contact's, unless the organisation allows several."""
    own = org.currencies[known.currency_id if known else contact.currency_id]
    wanted = identifier(body, "currency_id")
    if not wanted and org.switches.currency_code_accepted and body.get("currency_code"):
        wanted = next((c.currency_id for c in org.currencies.values() if c.code == body["currency_code"]), "")
    if not wanted or wanted == own.currency_id:
        return own
    other = org.known_currency(wanted)
    if org.switches.multi_currency_contacts:
        return other
    if org.switches.currency_mismatch == "refuse":
        raise org.refusal("currency_mismatch")
    return own


def exchange_rate(currency: Currency, known: Decimal | None, when: date, body: Body) -> Decimal:
    """Base units for one unit: what was sent, else what is stored for the day; always 1 for the base."""
    if currency.is_base:
        return Decimal(1)
    sent = number(body, "exchange_rate")
    if sent < 0:
        raise invalid_value("exchange_rate")
    rate = sent or known or currency.rate_on(when)
    if not rate:
        raise invalid_value("exchange_rate")
    return rate


def _facts(org: Organization, contact: Contact, known: Document | None, body: Body) -> dict[str, Any]:
    facts = dict(known.facts) if known else _inherited(org, contact)
    facts |= {name: text(body, name, limit) for name, limit in _FACT_TEXTS.items() if name in body}
    if "is_reverse_charge_applied" in body:
        facts["is_reverse_charge_applied"] = flag(body, "is_reverse_charge_applied", False)
    return facts


def _inherited(org: Organization, contact: Contact) -> dict[str, Any]:
    """What a new document takes over from its contact."""
    names = ("gst_treatment", "gst_no", "vat_treatment", "tax_treatment")
    facts: dict[str, Any] = {name: contact.facts[name] for name in names if contact.facts.get(name)}
    if org.profile.edition in ("india", "gcc") and org.profile.registered:
        facts["place_of_supply"] = contact.facts.get("place_of_contact") or org.profile.state_code
    return facts


def _address(contact: Contact, body: Body, name: str, default: Address) -> Address:
    wanted = identifier(body, name)
    if not wanted:
        return default
    for address in (contact.billing, contact.shipping, *contact.addresses):
        if address.get("address_id") == wanted:
            return address
    raise invalid_value(name)


def _persons(contact: Contact, known: Document | None, body: Body) -> list[str]:
    if body.get("contact_persons") is None:
        if known:
            return known.persons
        return [contact.primary["contact_person_id"]] if contact.persons else []
    if not isinstance(body["contact_persons"], list):
        raise invalid_value("contact_persons")
    wanted = [str(one) for one in body["contact_persons"]]
    held = {person["contact_person_id"] for person in contact.persons}
    if not set(wanted) <= held:
        raise invalid_value("contact_persons")
    return wanted


def _discount(known: Document | None, body: Body) -> Values:
    """The discount of the whole document; without `discount_type` it does not count."""
    type_ = choice(body, "discount_type", ("entity_level", "item_level"), known.discount_type if known else "")
    sent = read_discount(body, known.discount if known else "")
    return {
        "discount": sent if type_ == "entity_level" else "",
        "discount_type": type_,
        "discount_before_tax": flag(body, "is_discount_before_tax", known.discount_before_tax if known else True),
    }


def _extras(org: Organization, kind: Kind, known: Document | None, body: Body) -> Values:
    """Shipping and adjustment; on credit notes they are ignored unless the organisation has them."""
    if not (kind.extras or org.switches.creditnote_extras):
        return {}
    tax_id = identifier(body, "shipping_charge_tax_id") or (known.shipping_tax_id if known else "")
    honoured = org.switches.shipping_tax == "everywhere" or (
        org.switches.shipping_tax == "india" and org.profile.edition == "india"
    )
    account_id = identifier(body, "shipping_charge_account_id") or (known.shipping_account_id if known else "")
    if account_id:
        org.usable_account(account_id)
    shipping = number(body, "shipping_charge", known.shipping_charge if known else ZERO)
    if shipping < 0:
        raise invalid_value("shipping_charge")
    return {
        "shipping_charge": shipping,
        "shipping_tax_id": _known_tax(org, tax_id) if honoured else "",
        "shipping_account_id": account_id,
        "adjustment": number(body, "adjustment", known.adjustment if known else ZERO),
        "adjustment_description": text(
            body, "adjustment_description", 100, known.adjustment_description if known else "Adjustment"
        ),
    }


def _known_tax(org: Organization, tax_id: str) -> str:
    if tax_id and not org.profile.registered:
        raise Refusal(400, 110942, "Tax not supported.")
    if tax_id and tax_id not in org.taxes:
        raise invalid_value("shipping_charge_tax_id")
    return tax_id


def _lines(
    org: Organization, contact: Contact, kind: Kind, known: Document | None, values: Values, body: Body
) -> list[Line]:
    place = Place(
        supply=_supply(org, values["facts"]),
        taxable=bool(contact.facts.get("is_taxable", True)),
        customer_tax_id=str(contact.facts.get("tax_id", "")),
    )
    if body.get("line_items") is None and known is not None:
        return known.lines
    return read_lines(org, place, known.lines if known else [], body, contact.contact_id)


def _supply(org: Organization, facts: Mapping[str, Any]) -> str:
    """India: the state a sale belongs to; abroad counts as another state."""
    if org.profile.edition != "india":
        return ""
    if facts.get("gst_treatment") == "overseas":
        return "OT"
    return str(facts.get("place_of_supply") or org.profile.state_code)


def _totals(org: Organization, kind: Kind, values: Values, currency: Currency) -> Totals:
    per_line = values["discount_type"] == "item_level" or (
        kind.loose_discounts and values["discount_type"] != "entity_level"
    )
    charges = [_charge(org, line, per_line) for line in values["lines"]]
    totals = add_up(
        charges,
        rules_of(org, values, currency.places),
        shipping=values.get("shipping_charge", ZERO),
        shipping_parts=org.parts(values.get("shipping_tax_id", "")),
        adjustment=values.get("adjustment", ZERO),
    )
    _check_discounts(values["lines"], totals)
    return totals


def _charge(org: Organization, line: Line, per_line: bool) -> Charge:
    discount = line.discount if per_line else ""
    return Charge(line.rate, line.quantity, discount, line.tax_id, org.parts(line.tax_id))


def rules_of(org: Organization, values: Mapping[str, Any], places: int) -> Rules:
    """The organisation's choices, for one document."""
    switches = org.switches
    return Rules(
        places=places,
        inclusive=values["inclusive"],
        tax_rounding=switches.tax_rounding,
        discount=values["discount"],
        discount_type=values["discount_type"],
        discount_before_tax=values["discount_before_tax"],
        remainder=switches.discount_remainder,
        rounding=switches.transaction_rounding_type,
        inclusive_totals=switches.inclusive_totals,
        shipping_follows_inclusive=switches.shipping_follows_inclusive,
    )


def _check_discounts(lines: Sequence[Line], totals: Totals) -> None:
    for line, total in zip(lines, totals.lines, strict=True):
        if total.discount and total.amount < 0 <= line.rate:
            raise invalid_value("discount")


def assign(document: Document, values: Values) -> None:
    """Write what was read."""
    for name, value in values.items():
        setattr(document, name, value)
