"""The lines of a document: what was sent, what the item adds, which tax may be charged.

Source: Zoho Books API v3, invoices, line items; answers published by developers for Indian and
unregistered organisations.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ml_connector.sandbox.zoho.editions import check_fields, check_kind
from ml_connector.sandbox.zoho.organization import Organization
from ml_connector.sandbox.zoho.records import Item, Line
from ml_connector.sandbox.zoho.refusals import Refusal, invalid_value, missing
from ml_connector.sandbox.zoho.values import ZERO, Body, identifier, number, read_discount, rows, text


@dataclass(frozen=True)
class Place:
    """What decides a line's tax besides the line.

    Attributes:
        supply: India: the state of the sale; elsewhere empty.
        taxable: Whether the customer is.
        customer_tax_id: The customer's own tax, where the edition has it.
    """

    supply: str
    taxable: bool
    customer_tax_id: str


def read_lines(org: Organization, place: Place, known: Sequence[Line], body: Body, customer_id: str) -> list[Line]:
    """The lines after a request: those without an id are new, those left out are gone."""
    sent = rows(body, "line_items")
    if not sent:
        raise invalid_value("line_items")
    held = {line.line_item_id: line for line in known}
    lines = [_line(org, place, held, one) for one in sent]
    for line in lines:
        if line.invoice_id:
            _check_tie(org, line, customer_id)
    order = {line.line_item_id: _order(one) for line, one in zip(lines, sent, strict=True)}
    if any(value is not None for value in order.values()):
        lines.sort(key=lambda line: order[line.line_item_id] or ZERO)
    return lines


def _order(sent: Body) -> Decimal | None:
    return number(sent, "item_order") if sent.get("item_order") not in (None, "") else None


def _line(org: Organization, place: Place, held: dict[str, Line], sent: Body) -> Line:
    check_fields(org.profile.edition, org.profile.registered, "line", sent)
    line_id = identifier(sent, "line_item_id")
    if line_id and line_id not in held:
        raise invalid_value("line_item_id")
    known = held.get(line_id)
    item = _item(org, sent, known)
    line = Line(
        line_item_id=line_id or org.new_id(),
        item_id=item.item_id if item else "",
        name=_name(org, sent, known, item),
        description=text(sent, "description", 2000, _fallback(known, "description", item)),
        unit=text(sent, "unit", 100, _fallback(known, "unit", item)),
        rate=_rate(org, sent, known, item),
        quantity=_quantity(sent, known),
        discount=read_discount(sent, known.discount if known else ""),
        account_id=_account(org, sent, known, item),
        facts=_facts(sent, known, item),
        invoice_id=identifier(sent, "invoice_id") or (known.invoice_id if known else ""),
        invoice_item_id=identifier(sent, "invoice_item_id") or (known.invoice_item_id if known else ""),
    )
    line.exemption_id = _exemption(org, sent, known)
    line.tax_id = _tax(org, place, sent, known, item, line.exemption_id)
    return line


def _item(org: Organization, sent: Body, known: Line | None) -> Item | None:
    item_id = identifier(sent, "item_id") or (known.item_id if known else "")
    if not item_id:
        return None
    item = org.items.get(item_id)
    if item is None:
        raise missing("Item does not exist.")
    if item.status != "active" and known is None:
        raise org.refusal("inactive_item", value=item.name)
    return item


def _name(org: Organization, sent: Body, known: Line | None, item: Item | None) -> str:
    value = sent.get("name")
    if isinstance(value, str) and org.switches.long_line_names == "cut":
        sent = {**sent, "name": value[:100]}
    default = known.name if known else item.name if item else ""
    name = text(sent, "name", 100, default)
    if not name and not text(sent, "description", 2000, known.description if known else ""):
        raise invalid_value("name")
    return name


def _fallback(known: Line | None, name: str, item: Item | None) -> str:
    if known is not None:
        return str(getattr(known, name))
    return str(item.facts.get(name, "")) if item else ""


def _rate(org: Organization, sent: Body, known: Line | None, item: Item | None) -> Decimal:
    if sent.get("rate") in (None, "") and known is None and item is None:
        raise invalid_value("rate")
    rate = number(sent, "rate", known.rate if known else item.rate if item else ZERO)
    if rate < 0 and not org.switches.negative_rates:
        raise invalid_value("rate")
    return rate


def _quantity(sent: Body, known: Line | None) -> Decimal:
    quantity = number(sent, "quantity", known.quantity if known else Decimal(1))
    if quantity <= 0:
        raise invalid_value("quantity")
    return quantity


def _account(org: Organization, sent: Body, known: Line | None, item: Item | None) -> str:
    account_id = identifier(sent, "account_id")
    if account_id:
        return org.usable_account(account_id).account_id
    if known is not None:
        return known.account_id
    return item.account_id if item else org.system_accounts["Sales"]


_FACTS = {"hsn_or_sac": 50, "product_type": 20, "location_id": 30, "tax_treatment_code": 50, "avatax_tax_code": 25}


def _facts(sent: Body, known: Line | None, item: Item | None) -> dict[str, Any]:
    facts: dict[str, Any] = dict(known.facts) if known else {}
    if known is None and item is not None:
        facts = {name: item.facts.get(name, "") for name in ("hsn_or_sac", "product_type")}
    return facts | {name: text(sent, name, limit) for name, limit in _FACTS.items() if name in sent}


def _exemption(org: Organization, sent: Body, known: Line | None) -> str:
    exemption_id = identifier(sent, "tax_exemption_id") if "tax_exemption_id" in sent else ""
    if "tax_exemption_id" not in sent and known is not None:
        return known.exemption_id
    code = sent.get("tax_exemption_code")
    if not exemption_id and code:
        exemption_id = next((e for e, row in org.exemptions.items() if row["tax_exemption_code"] == code), "")
    if exemption_id and exemption_id not in org.exemptions:
        raise invalid_value("tax_exemption_id")
    return exemption_id


def _tax(org: Organization, place: Place, sent: Body, known: Line | None, item: Item | None, exemption_id: str) -> str:
    """The tax that was named; else the one the line, its item or its customer has."""
    if "tax_id" in sent:
        tax_id = identifier(sent, "tax_id")
    elif known is not None:
        tax_id = known.tax_id
    else:
        tax_id = "" if exemption_id else _inherited(org, place, item)
    if not tax_id:
        if org.switches.exemption_required and org.profile.registered and not exemption_id:
            raise org.refusal("exemption_required")
        return ""
    if not org.profile.registered:
        raise Refusal(400, 110942, "Tax not supported.")
    if tax_id not in org.taxes:
        raise invalid_value("tax_id")
    check_kind(place.supply, org.profile.state_code, org.taxes[tax_id].specification)
    return tax_id


def _inherited(org: Organization, place: Place, item: Item | None) -> str:
    if not (org.switches.inherit_item_tax and org.profile.registered and place.taxable):
        return ""
    if item is None or not item.facts.get("is_taxable", True):
        return ""
    if place.supply:
        wanted = "inter" if place.supply != org.profile.state_code else "intra"
        for preference in item.preferences:
            if preference["tax_specification"] == wanted:
                return preference["tax_id"]
        specification = org.taxes[item.tax_id].specification if item.tax_id in org.taxes else ""
        return item.tax_id if specification in ("", wanted) else ""
    return item.tax_id or place.customer_tax_id


def _check_tie(org: Organization, line: Line, customer_id: str) -> None:
    """A credit note's line may point at the line that was sold."""
    invoice = org.invoices.get(line.invoice_id)
    if invoice is None:
        raise missing("Invoice does not exist.")
    if invoice.customer_id != customer_id:
        raise invalid_value("invoice_id")
    if line.invoice_item_id and all(sold.line_item_id != line.invoice_item_id for sold in invoice.lines):
        raise invalid_value("invoice_item_id")
