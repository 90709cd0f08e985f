"""How items look in answers and in lists.

Source: Zoho Books API v3, items; Zoho Inventory API v1, items.
"""

from __future__ import annotations

from typing import Any

from ml_connector.sandbox.http import Response
from ml_connector.sandbox.zoho import customfields
from ml_connector.sandbox.zoho.call import Call
from ml_connector.sandbox.zoho.encoding import success
from ml_connector.sandbox.zoho.lists import Filters, Row, find
from ml_connector.sandbox.zoho.modules import Module, custom_names, paged, register
from ml_connector.sandbox.zoho.money import formatted
from ml_connector.sandbox.zoho.organization import Organization
from ml_connector.sandbox.zoho.records import Item
from ml_connector.sandbox.zoho.refusals import missing

GONE = "Item does not exist."


def show(call: Call) -> Response:
    """`GET /items/{id}`."""
    get(call.org, call.id)
    return success(item=detail(call.org, call.id))


def show_many(call: Call) -> Response:
    """`GET /itemdetails?item_ids=`."""
    wanted = [one for one in call.query.get("item_ids", "").split(",") if one]
    items = [detail(call.org, one) for one in wanted if one in call.org.items]
    return success(items=items)


def list_items(call: Call) -> Response:
    """`GET /items`; whether `sku` filters depends on the organisation."""
    org = call.org
    names = custom_names(org, "item") if org.switches.custom_field_filter else frozenset()
    filters = _WITH_SKU if org.switches.sku_filter and org.profile.sku_enabled else MODULE.filters
    return paged(org, "items", find(MODULE.rows(org), call.query, filters, custom_fields=names))


def get(org: Organization, item_id: str) -> Item:
    item = org.items.get(item_id)
    if item is None:
        raise missing(GONE)
    return item


def _tax_facts(org: Organization, tax_id: str) -> dict[str, Any]:
    tax = org.taxes.get(tax_id)
    return {
        "tax_id": tax_id if tax else "",
        "tax_name": tax.name if tax else "",
        "tax_percentage": tax.percentage if tax else 0,
        "tax_type": tax.kind if tax else "",
    }


def row(org: Organization, item_id: str) -> Row | None:
    """An item in a list."""
    item = org.items.get(item_id)
    if item is None:
        return None
    listed: Row = {
        "item_id": item.item_id,
        "name": item.name,
        "item_name": item.name,
        "status": item.status,
        "sku": item.sku,
        "unit": item.facts["unit"],
        "rate": item.rate,
        "rate_formatted": formatted(item.rate, org.base),
        "description": item.facts["description"],
        "account_id": item.account_id,
        "account_name": org.accounts[item.account_id].name,
        **_tax_facts(org, item.tax_id),
        "is_taxable": item.facts["is_taxable"],
        "product_type": item.facts["product_type"],
        "item_type": item.facts["item_type"],
        "created_time": org.stamp(item.created),
        "last_modified_time": org.stamp(item.modified),
        **customfields.rendered(org, "item", item.custom)["custom_field_hash"],
    }
    if org.profile.edition == "india":
        listed["hsn_or_sac"] = item.facts.get("hsn_or_sac", "")
    if item.facts["item_type"] == "inventory":
        listed |= {"stock_on_hand": item.stock, "available_stock": item.stock, "actual_available_stock": item.stock}
    return listed


def detail(org: Organization, item_id: str) -> dict[str, Any]:
    """The whole item."""
    item = org.items[item_id]
    listed = row(org, item_id) or {}
    preferences = [{**preference, **_tax_facts(org, preference["tax_id"])} for preference in item.preferences]
    extra = {"item_tax_preferences": preferences} if org.profile.edition == "india" else {}
    return {
        **listed,
        "tax_exemption_id": item.facts.get("tax_exemption_id", ""),
        **extra,
        **customfields.rendered(org, "item", item.custom),
    }


MODULE = register(
    Module(
        name="items",
        root="item",
        entity="item",
        id_key="item_id",
        row=row,
        detail=detail,
        filters=Filters(
            report="Items",
            texts=frozenset({"name", "description"}),
            exacts=frozenset({"tax_id", "tax_name", "is_taxable", "tax_exemption_id", "account_id"}),
            numbers=frozenset({"rate"}),
            search=("name", "description"),
            sorts=frozenset({"name", "rate", "tax_name", "created_time", "last_modified_time"}),
            sort="name",
            order="A",
            filter_by={
                "Status.All": lambda listed: True,
                "Status.Active": lambda listed: bool(listed["status"] == "active"),
                "Status.Inactive": lambda listed: bool(listed["status"] == "inactive"),
            },
        ),
    )
)

_WITH_SKU = Filters(**{**vars(MODULE.filters), "exacts": MODULE.filters.exacts | {"sku"}})
