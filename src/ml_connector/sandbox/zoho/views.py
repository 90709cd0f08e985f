"""How invoices and credit notes look in answers.

Source: Zoho Books API v3, invoices and credit notes; answers published by developers.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from ml_connector.sandbox.zoho import addresses, customfields
from ml_connector.sandbox.zoho.arithmetic import LineTotal, TaxAmount
from ml_connector.sandbox.zoho.money import formatted, shown, twins
from ml_connector.sandbox.zoho.organization import Organization
from ml_connector.sandbox.zoho.records import Currency, Document, Line

REGIONAL = {
    "india": ("place_of_supply", "gst_treatment", "gst_no"),
    "uk": ("vat_treatment",),
    "eu": ("vat_treatment",),
    "gcc": ("tax_treatment", "place_of_supply"),
}
_TWINS = ("sub_total", "tax_total", "discount_total", "shipping_charge", "adjustment", "total", "balance")


def as_text(org: Organization, value: Decimal) -> Decimal | str:
    """A tax amount or an exchange rate, which some answers write as a string."""
    return str(value) if org.switches.numbers_as_text else value


def regional(org: Organization, document: Document) -> dict[str, Any]:
    """The edition's own fields of a document."""
    facts = document.facts
    fields: dict[str, Any] = {name: facts.get(name, "") for name in REGIONAL.get(org.profile.edition, ())}
    if org.profile.edition == "india":
        fields["tax_treatment"] = facts.get("gst_treatment", "")
    if org.profile.edition in ("india", "gcc"):
        fields["is_reverse_charge_applied"] = facts.get("is_reverse_charge_applied", False)
    return fields


def document(org: Organization, doc: Document, balance: Decimal) -> dict[str, Any]:
    """The part of a detail that invoices and credit notes share."""
    currency = org.currencies[doc.currency_id]
    contact = org.contacts[doc.customer_id]
    view: dict[str, Any] = {
        "reference_number": doc.reference,
        "date": doc.date.isoformat(),
        "customer_id": doc.customer_id,
        "customer_name": contact.name,
        "email": contact.primary.get("email", ""),
        "contact_persons": doc.persons,
        **regional(org, doc),
        "currency_id": currency.currency_id,
        "currency_code": currency.code,
        "currency_symbol": currency.symbol,
        "exchange_rate": as_text(org, doc.exchange_rate),
        "price_precision": currency.places,
        "is_inclusive_tax": doc.inclusive,
        "discount": _discount(doc),
        "discount_type": doc.discount_type or "entity_level",
        "is_discount_before_tax": doc.discount_before_tax,
        "line_items": lines(org, doc, currency),
        **_totals(org, doc, currency, balance),
        "billing_address": addresses.on_document(doc.billing),
        "shipping_address": addresses.on_document(doc.shipping),
        **customfields.rendered(org, customfields.entity_of(doc), doc.custom),
        "notes": doc.notes,
        "terms": doc.terms,
        "template_id": doc.facts.get("template_id", "") or f"{org.id_prefix}000000014440",
        "template_name": "Standard",
        "salesperson_id": doc.facts.get("salesperson_id", ""),
        "salesperson_name": doc.facts.get("salesperson_name", ""),
        "location_id": doc.facts.get("location_id", ""),
        "lock_details": {"reason": doc.lock_reason} if doc.lock_reason else {},
        "created_time": org.stamp(doc.created),
        "last_modified_time": org.stamp(doc.modified),
    }
    twins(view, _TWINS, currency)
    return view


def _discount(doc: Document) -> Decimal | str:
    if doc.discount.endswith("%"):
        return doc.discount
    return Decimal(doc.discount or 0)


def _totals(org: Organization, doc: Document, currency: Currency, balance: Decimal) -> dict[str, Any]:
    totals, places, base = doc.totals, currency.places, org.base.places

    def money(amount: Decimal) -> Decimal:
        return shown(amount, places)

    def in_base(amount: Decimal) -> Decimal:
        return shown(org.to_base(amount, doc.exchange_rate), base)

    percent = Decimal(doc.discount[:-1]) if doc.discount.endswith("%") else Decimal(0)
    return {
        "sub_total": money(totals.sub_total),
        "sub_total_inclusive_of_tax": money(totals.sub_total_inclusive),
        "discount_total": money(totals.discount_total),
        "discount_percent": percent,
        "discount_applied_on_amount": money(totals.sub_total if doc.discount else Decimal(0)),
        "tax_total": money(totals.tax_total),
        "taxes": [_tax_row(org, tax, places) for tax in totals.taxes],
        "tax_rounding": org.switches.tax_rounding,
        "rounding_mode": "round_half_up",
        "transaction_rounding_type": org.switches.transaction_rounding_type,
        "roundoff_value": money(totals.roundoff),
        **_shipping(org, doc, places),
        "adjustment": money(totals.adjustment),
        "adjustment_description": doc.adjustment_description,
        "total": money(totals.total),
        "balance": money(balance),
        "bcy_sub_total": in_base(totals.sub_total),
        "bcy_tax_total": in_base(totals.tax_total),
        "bcy_total": in_base(totals.total),
        "bcy_discount_total": in_base(totals.discount_total),
        "bcy_shipping_charge": in_base(totals.shipping),
        "bcy_adjustment": in_base(totals.adjustment),
    }


def _tax_name(org: Organization, tax: TaxAmount) -> str:
    name = org.taxes[tax.tax_id].name if tax.tax_id in org.taxes else ""
    return f"{name} ({plain(tax.percentage)}%)"


def plain(value: Decimal) -> str:
    """A percentage without needless zeros: `9`, `8.875`."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _tax_row(org: Organization, tax: TaxAmount, places: int) -> dict[str, Any]:
    return {
        "tax_id": tax.tax_id,
        "tax_name": _tax_name(org, tax),
        "tax_amount": as_text(org, shown(tax.amount, places)),
    }


def _tax_detail(org: Organization, tax: TaxAmount, places: int) -> dict[str, Any]:
    known = org.taxes.get(tax.tax_id)
    return {
        **_tax_row(org, tax, places),
        "tax_percentage": tax.percentage,
        "tax_specific_type": known.specific_type if known else "",
    }


def _shipping(org: Organization, doc: Document, places: int) -> dict[str, Any]:
    """Shipping; without a tax its tax fields are empty strings."""
    totals = doc.totals
    tax = org.taxes.get(doc.shipping_tax_id)
    on_it = sum((one.amount for one in totals.shipping_taxes), Decimal(0))
    return {
        "shipping_charge": shown(totals.shipping, places),
        "shipping_charge_tax_id": tax.tax_id if tax else "",
        "shipping_charge_tax_name": tax.name if tax else "",
        "shipping_charge_tax_type": tax.kind if tax else "",
        "shipping_charge_tax_percentage": tax.percentage if tax else "",
        "shipping_charge_tax": shown(on_it, places) if tax else "",
        "shipping_charge_taxes": [_tax_row(org, one, places) for one in totals.shipping_taxes],
        "shipping_charge_exclusive_of_tax": shown(totals.shipping_net, places),
        "shipping_charge_inclusive_of_tax": shown(totals.shipping_net + on_it, places),
        "shipping_charge_account_id": doc.shipping_account_id,
    }


def lines(org: Organization, doc: Document, currency: Currency) -> list[dict[str, Any]]:
    """The lines of a detail."""
    pairs: Iterable[tuple[int, tuple[Line, LineTotal]]] = enumerate(zip(doc.lines, doc.totals.lines, strict=True), 1)
    return [_line(org, doc, line, total, currency, order) for order, (line, total) in pairs]


def _line(
    org: Organization, doc: Document, line: Line, total: LineTotal, currency: Currency, order: int
) -> dict[str, Any]:
    places = currency.places
    tax = org.taxes.get(line.tax_id)
    item = org.items.get(line.item_id)
    facts = line.facts
    view = {
        "line_item_id": line.line_item_id,
        "item_id": line.item_id,
        "item_order": order,
        "name": line.name,
        "description": line.description,
        "sku": item.sku if item else "",
        "unit": line.unit,
        "quantity": line.quantity,
        "rate": shown(total.rate, places),
        "rate_formatted": formatted(total.rate, currency),
        "bcy_rate": shown(org.to_base(total.rate, doc.exchange_rate), org.base.places),
        "sales_rate": item.rate if item else shown(total.rate, places),
        "discount": line.discount if line.discount.endswith("%") else shown(total.discount, places),
        "discount_amount": shown(total.discount, places),
        "discounts": [],
        "item_total": shown(total.item_total, places),
        "item_total_formatted": formatted(total.item_total, currency),
        "account_id": line.account_id,
        "account_name": org.accounts[line.account_id].name if line.account_id in org.accounts else "",
        "tax_id": tax.tax_id if tax else "",
        "tax_name": tax.name if tax else "",
        "tax_type": tax.kind if tax else "",
        "tax_percentage": tax.percentage if tax else 0,
        "line_item_taxes": [_tax_detail(org, one, places) for one in total.taxes],
        "item_type": item.facts["item_type"] if item else "",
        "product_type": facts.get("product_type") or (item.facts["product_type"] if item else "goods"),
        "item_custom_fields": [],
        "tags": [],
        "line_item_category": line.category,
    }
    if org.profile.edition == "india":
        view["hsn_or_sac"] = facts.get("hsn_or_sac", "")
    if line.exemption_id:
        view["tax_exemption_id"] = line.exemption_id
        view["tax_exemption_code"] = org.exemptions[line.exemption_id]["tax_exemption_code"]
    if facts.get("tax_treatment_code"):
        view["tax_treatment_code"] = facts["tax_treatment_code"]
    if line.invoice_id:
        view["invoice_id"], view["invoice_item_id"] = line.invoice_id, line.invoice_item_id
    return view
