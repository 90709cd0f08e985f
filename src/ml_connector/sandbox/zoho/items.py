"""Items: products and services of the catalogue.

Source: Zoho Books API v3, items; Zoho Inventory API v1, item adjustments.
"""

from __future__ import annotations

from typing import Any

from ml_connector.sandbox.http import Response
from ml_connector.sandbox.zoho import customfields
from ml_connector.sandbox.zoho.call import Call, Route
from ml_connector.sandbox.zoho.editions import check_fields
from ml_connector.sandbox.zoho.encoding import success
from ml_connector.sandbox.zoho.itemview import MODULE, detail, get, list_items, show, show_many
from ml_connector.sandbox.zoho.organization import Organization
from ml_connector.sandbox.zoho.posting import SALES
from ml_connector.sandbox.zoho.records import Item
from ml_connector.sandbox.zoho.refusals import Refusal, invalid_value
from ml_connector.sandbox.zoho.values import Body, choice, flag, half_up, identifier, number, required, rows, text

_PRODUCTS = ("goods", "service", "digital_service")


_TYPES = ("sales", "purchases", "sales_and_purchases", "inventory")


def create(call: Call) -> Response:
    """`POST /items`."""
    org, body = call.org, call.body
    required(body, "name", "rate")
    now = call.now
    item = Item(org.new_id(), "", number(body, "rate"), now, now)
    item.facts = {"product_type": "goods", "item_type": "sales", "is_taxable": True, "unit": "", "description": ""}
    item.account_id = org.system_accounts[SALES]
    custom = _change(call, item, body)
    if body.get("initial_stock") is not None:
        item.stock = number(body, "initial_stock")
    org.items[item.item_id] = item
    _take_names(org, item)
    customfields.keep(org, "item", item.item_id, {}, custom)
    MODULE.changed(org, item.item_id, "add")
    return success("The item has been added.", status=201, item=detail(org, item.item_id))


def update(call: Call) -> Response:
    """`PUT /items/{id}`."""
    org, item = call.org, get(call.org, call.id)
    before, old = dict(item.custom), (item.name, item.sku)
    after = _change(call, item, call.body)
    item.modified = call.now
    org.names.pop(_key(org, "item", old[0]), None)
    org.names.pop(("sku", old[1]), None)
    _take_names(org, item)
    customfields.keep(org, "item", item.item_id, before, after)
    MODULE.changed(org, item.item_id, "edit")
    return success("Item details have been saved.", item=detail(org, item.item_id))


def _change(call: Call, item: Item, body: Body) -> dict[str, str]:
    org = call.org
    _check_tax_fields(org, body)
    name = text(body, "name", 100, item.name)
    if not name:
        raise invalid_value("name")
    _free(org, _key(org, "item", name), item.item_id, f'Item "{name}" already exists.')
    sku = text(body, "sku", 100, item.sku) if org.profile.sku_enabled else ""
    if sku:
        _free(org, ("sku", sku), item.item_id, f'Item with SKU "{sku}" already exists.')
    rate = half_up(number(body, "rate", item.rate), org.base.places)
    tax_id = _tax(org, item, body)
    account_id = identifier(body, "account_id") or item.account_id
    org.usable_account(account_id)
    facts = _facts(item, body)
    _check_exemption(org, facts)
    preferences = _preferences(org, item, body)
    custom = customfields.read(org, "item", item.custom, body.get("custom_fields"), item.item_id)
    item.name, item.sku, item.rate, item.tax_id, item.account_id = name, sku, rate, tax_id, account_id
    item.facts, item.preferences, item.custom = facts, preferences, custom
    return custom


def _check_tax_fields(org: Organization, body: Body) -> None:
    known = {"hsn_or_sac": body["hsn_or_sac"]} if "hsn_or_sac" in body else {}
    check_fields(org.profile.edition, org.profile.registered, "line", known)
    preferences = body.get("item_tax_preferences")
    if preferences and (org.profile.edition != "india" or not org.profile.registered):
        raise Refusal(400, 8, "Invalid Element item_tax_preferences")


def _tax(org: Organization, item: Item, body: Body) -> str:
    tax_id = identifier(body, "tax_id") if "tax_id" in body else item.tax_id
    if tax_id and not org.profile.registered:
        raise Refusal(400, 110942, "Tax not supported.")
    if tax_id and tax_id not in org.taxes:
        raise invalid_value("tax_id")
    return tax_id


def _facts(item: Item, body: Body) -> dict[str, Any]:
    facts = dict(item.facts)
    for name, limit in (("description", 2000), ("unit", 100), ("hsn_or_sac", 50), ("purchase_description", 2000)):
        if name in body:
            facts[name] = text(body, name, limit)
    if "product_type" in body:
        facts["product_type"] = choice(body, "product_type", _PRODUCTS, "goods")
    if "item_type" in body:
        facts["item_type"] = choice(body, "item_type", _TYPES, "sales")
    if "is_taxable" in body:
        facts["is_taxable"] = flag(body, "is_taxable", True)
    if "tax_exemption_id" in body:
        facts["tax_exemption_id"] = identifier(body, "tax_exemption_id")
    if "purchase_rate" in body:
        facts["purchase_rate"] = number(body, "purchase_rate")
    return facts


def _check_exemption(org: Organization, facts: dict[str, Any]) -> None:
    """An item that is not taxable says why, in editions that have exemptions."""
    exemption_id = facts.get("tax_exemption_id", "")
    if exemption_id and exemption_id not in org.exemptions:
        raise invalid_value("tax_exemption_id")
    if org.exemptions and not facts["is_taxable"] and not exemption_id:
        raise invalid_value("tax_exemption_id")


def _preferences(org: Organization, item: Item, body: Body) -> list[dict[str, str]]:
    if body.get("item_tax_preferences") is None:
        return item.preferences
    preferences = []
    for sent in rows(body, "item_tax_preferences"):
        tax_id = identifier(sent, "tax_id")
        if tax_id not in org.taxes:
            raise invalid_value("tax_id")
        specification = choice(sent, "tax_specification", ("intra", "inter"))
        preferences.append({"tax_id": tax_id, "tax_specification": specification})
    return preferences


def _key(org: Organization, kind: str, name: str) -> tuple[str, str]:
    return kind, name.casefold() if org.switches.names_ignore_case else name


def _free(org: Organization, key: tuple[str, str], item_id: str, message: str) -> None:
    if org.names.get(key, item_id) != item_id:
        raise Refusal(400, 1001, message)


def _take_names(org: Organization, item: Item) -> None:
    org.names[_key(org, "item", item.name)] = item.item_id
    if item.sku:
        org.names["sku", item.sku] = item.item_id


def delete(call: Call) -> Response:
    """`DELETE /items/{id}`; an item that was sold stays."""
    org, item = call.org, get(call.org, call.id)
    if item.used:
        raise org.refusal("in_use", document="item")
    del org.items[item.item_id]
    org.names.pop(_key(org, "item", item.name), None)
    org.names.pop(("sku", item.sku), None)
    customfields.keep(org, "item", item.item_id, item.custom, {})
    MODULE.changed(org, item.item_id, "delete")
    return success("The item has been deleted.")


def _status(status: str, message: str) -> Route:
    def handle(call: Call) -> Response:
        item = get(call.org, call.id)
        item.status, item.modified = status, call.now
        MODULE.changed(call.org, item.item_id, "edit")
        return success(message)

    return Route("POST", f"/items/{{}}/{status}", "settings.CREATE", handle)


def save_custom(call: Call) -> Response:
    """`PUT /item/{id}/customfields`."""
    org, item = call.org, get(call.org, call.id)
    after = customfields.read(org, "item", item.custom, call.payload, item.item_id)
    customfields.keep(org, "item", item.item_id, item.custom, after)
    item.custom, item.modified = after, call.now
    MODULE.changed(org, item.item_id, "edit")
    return customfields.saved()


def adjust_stock(call: Call) -> Response:
    """`POST /inventory/v1/inventoryadjustments`."""
    org, body = call.org, call.body
    required(body, "date", "reason", "adjustment_type", "line_items")
    choice(body, "adjustment_type", ("quantity", "value"))
    changes = [(get(org, identifier(r, "item_id")), number(r, "quantity_adjusted")) for r in rows(body, "line_items")]
    for item, by in changes:
        item.stock += by
        MODULE.changed(org, item.item_id, "edit")
    adjustment = {
        "inventory_adjustment_id": org.new_id(),
        "date": text(body, "date", 10),
        "reason": text(body, "reason", 50),
        "adjustment_type": body["adjustment_type"],
        "reference_number": text(body, "reference_number", 50),
        "line_items": [{"item_id": item.item_id, "name": item.name, "quantity_adjusted": by} for item, by in changes],
    }
    return success("Inventory Adjustment has been added", status=201, inventory_adjustment=adjustment)


ROUTES = [
    Route("POST", "/items", "settings.CREATE", create),
    Route("GET", "/items", "settings.READ", list_items),
    customfields.upsert("item", "settings.UPDATE", "/items", create, update),
    Route("GET", "/itemdetails", "settings.READ", show_many),
    Route("GET", "/items/{}", "settings.READ", show),
    Route("PUT", "/items/{}", "settings.UPDATE", update),
    Route("DELETE", "/items/{}", "settings.DELETE", delete),
    _status("active", "The item has been marked as active."),
    _status("inactive", "The item has been marked as inactive."),
    Route("PUT", "/item/{}/customfields", "settings.UPDATE", save_custom),
    Route("POST", "/inventoryadjustments", "ZohoInventory.inventoryadjustments.CREATE", adjust_stock),
]
