"""What the root of the Admin API answers: single things by id, lists, counts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from ml_connector.sandbox.shopify import search, search_fields
from ml_connector.sandbox.shopify.access import granted
from ml_connector.sandbox.shopify.connections import page, whole
from ml_connector.sandbox.shopify.errors import Refused, invalid_id
from ml_connector.sandbox.shopify.ids import GID, kind_of, number_of
from ml_connector.sandbox.shopify.resolvers import Info, Resolver, Session
from ml_connector.sandbox.shopify.shop_view import shop_view
from ml_connector.sandbox.shopify.views import Ref, View, moment

WINDOW = timedelta(days=60)
"""How far back an app without `read_all_orders` can see orders, by their creation."""


def wanted_number(value: str, *kinds: str) -> int:
    """The number in the global id *value*, which must name one of *kinds*.

    Raises:
        Refused: It names something else, or nothing.
    """
    kind = kind_of(value)
    if kind is None:
        raise Refused(f"Invalid global id '{value}'", "RESOURCE_NOT_FOUND")
    if kind not in kinds:
        raise invalid_id(value)
    return number_of(value)


def by_id(kind: str) -> Resolver:
    """Finds one thing of *kind* by its global id; null when there is none."""

    def resolve(session: Session, arguments: dict[str, Any], _: Info) -> Any:
        view = session.shop.view(Ref(kind, wanted_number(arguments["id"], kind)))
        if kind == "Order" and view is not None and not in_window(session, view):
            return None
        return view

    return resolve


def in_window(session: Session, view: View) -> bool:
    """Whether the app may see an order of that age."""
    if granted(session.scopes, ("read_all_orders",)):
        return True
    return datetime.fromisoformat(view["createdAt"]) >= session.now - WINDOW


def node(session: Session, arguments: dict[str, Any], _: Info) -> Any:
    """Anything by its global id."""
    return _node(session, arguments["id"])


def nodes(session: Session, arguments: dict[str, Any], _: Info) -> list[Any]:
    """Several things by their global ids, in that order, null for what is not there."""
    if len(arguments["ids"]) > 250:
        raise Refused(
            f"The input array size of {len(arguments['ids'])} is greater than the maximum allowed of 250.",
            "MAX_INPUT_SIZE_EXCEEDED",
        )
    return [_node(session, one) for one in arguments["ids"]]


def _node(session: Session, global_id: str) -> View | None:
    kind = kind_of(global_id)
    if kind is None:
        raise Refused(f"Invalid global id '{global_id}'", "RESOURCE_NOT_FOUND")
    scopes = NODE_SCOPES.get(kind, ())
    if scopes and not granted(session.scopes, scopes):
        return None
    view = session.shop.view(Ref(kind, number_of(global_id)))
    if view is not None and kind == "Order" and not in_window(session, view):
        return None
    return None if view is None else {"__typename": kind, **view}


NODE_SCOPES = {
    "Order": ("read_orders",),
    "Refund": ("read_orders",),
    "OrderTransaction": ("read_orders",),
    "Customer": ("read_customers",),
    "Return": ("read_returns",),
    "ProductVariant": ("read_products",),
    "Product": ("read_products",),
}

Find: TypeAlias = Callable[[Session, Mapping[str, Any]], list[View]]
Index: TypeAlias = Callable[[Session, View], View | None]


def as_it_is(_: Session, view: View) -> View | None:
    """The index knows everything."""
    return view


SORTS: dict[str, str] = {
    "CREATED_AT": "createdAt",
    "UPDATED_AT": "updatedAt",
    "PROCESSED_AT": "processedAt",
    "ORDER_NUMBER": "number",
    "NAME": "displayName",
    "TITLE": "title",
    "SKU": "sku",
    "PO_NUMBER": "poNumber",
    "COMPLETED_AT": "completedAt",
}


def listing(
    find: Find, fields: Mapping[str, search.Getter], default: str = "name", index: Index = as_it_is
) -> Resolver:
    """A list that can be searched, sorted and paged.

    Args:
        index: What searching and sorting go by instead of the node itself; nothing: not found.
    """

    def resolve(session: Session, arguments: dict[str, Any], info: Info) -> View:
        rows = _rows(session, find(session, arguments), index)
        test = tester(session, arguments.get("query"), fields, default, info)
        sort = SORTS.get(str(arguments.get("sortKey")), "")
        rows = [row for row in rows if test(row.known)]
        rows.sort(key=lambda row: (_sortable(row.known.get(sort)), _number(row.known)))
        if arguments.get("reverse"):
            rows.reverse()
        if session.whole_lists:
            return whole([row.node for row in rows])
        values = [row.known.get(sort) if sort else _number(row.known) for row in rows]
        return page([row.node for row in rows], arguments, values)

    return resolve


@dataclass(frozen=True)
class Row:
    """A node, and what the index knows of it."""

    node: View
    known: View


def _rows(session: Session, nodes: list[View], index: Index) -> list[Row]:
    known = [(node, index(session, node)) for node in nodes]
    return [Row(node, entry) for node, entry in known if entry is not None]


def _sortable(value: Any) -> tuple[int, Any]:
    return (0, "") if value is None else (1, value)


def _number(view: View) -> int:
    match = GID.match(view["id"])
    return int(match[2]) if match else 0


def tester(
    session: Session, text: str | None, fields: Mapping[str, search.Getter], default: str, info: Info
) -> search.Test:
    """What decides whether a node matches *text*; complaints go beside the answer."""
    wanted = search.compile_search(text, fields, default)
    if wanted.warnings:
        complaints = [{**one, "code": "invalid_field"} for one in wanted.warnings]
        session.warnings.append({"path": info.path.as_list(), "query": text, "parsed": {}, "warnings": complaints})
    return wanted.test


def orders(session: Session, _: Mapping[str, Any]) -> list[View]:
    """Every order this app may see."""
    shop = session.shop
    views = [shop.order_view(number) for number in [*shop.imported, *shop.orders]]
    return [view for view in views if view is not None and in_window(session, view)]


def indexed(session: Session, view: View) -> View | None:
    """*view* as the search index knows it: its latest change may not be there yet.

    Gives nothing for an order that the index does not know at all yet.
    """
    order = session.shop.orders.get(number_of(view["id"]))
    if order is None or order.index_from is None or order.index_from <= session.now:
        return view
    return None if order.indexed_at is None else {**view, "updatedAt": moment(order.indexed_at)}


def customers(session: Session, arguments: Mapping[str, Any]) -> list[View]:
    """Every customer, as far as the index has caught up."""
    ready = [
        one.id for one in session.shop.customers.values() if one.index_from is None or one.index_from <= session.now
    ]
    found = [session.shop.view(Ref("Customer", number)) for number in ready]
    return [view for view in found if view is not None]


def _all(kind: str, attribute: str) -> Callable[[Session, Mapping[str, Any]], list[View]]:
    def find(session: Session, _: Mapping[str, Any]) -> list[View]:
        ids = list(getattr(session.shop, attribute))
        return [view for view in (session.shop.view(Ref(kind, one)) for one in ids) if view]

    return find


def locations(session: Session, arguments: Mapping[str, Any]) -> list[View]:
    """The shop's places; inactive ones when asked for."""
    shown = _all("Location", "places")(session, arguments)
    return [view for view in shown if view["isActive"] or arguments.get("includeInactive")]


def variants(session: Session, _: Mapping[str, Any]) -> list[View]:
    """Everything on the shelves."""
    ids = [one.id for one in session.shop.variants.values()]
    return [view for view in (session.shop.view(Ref("ProductVariant", one)) for one in ids) if view]


def tenders(session: Session, _: Mapping[str, Any]) -> list[View]:
    """Money that moved, order by order."""
    found = []
    for order_id in session.shop.orders:
        order = session.shop.order_view(order_id) or {}
        found += [
            _tender(order, one)
            for one in order["transactions"]
            if one["status"] == "SUCCESS" and one["kind"] in ("SALE", "CAPTURE", "REFUND")
        ]
    return found


def _tender(order: View, entry: View) -> View:
    paid = dict(entry["amountSet"]["presentmentMoney"])
    if entry["kind"] == "REFUND":
        paid["amount"] = f"-{paid['amount']}"
    return {
        "id": entry["id"].replace("OrderTransaction", "TenderTransaction"),
        "processedAt": entry["processedAt"],
        "test": entry["test"],
        "paymentMethod": entry["gateway"],
        "remoteReference": None,
        "amount": paid,
        "order": Ref("Order", number_of(order["id"])),
        "transactionDetails": None,
    }


def count_of(find: Find, fields: Mapping[str, search.Getter]) -> Resolver:
    """How many match; saturates at the limit, 10 000 unless lifted with null."""

    def resolve(session: Session, arguments: dict[str, Any], info: Info) -> View:
        test = tester(session, arguments.get("query"), fields, "name", info)
        return counted([view for view in find(session, {}) if test(view)], arguments.get("limit", 10_000))

    return resolve


def counted(found: list[View], limit: int | None) -> View:
    """A `Count`."""
    if limit is not None and len(found) > limit:
        return {"count": limit, "precision": "AT_LEAST"}
    return {"count": len(found), "precision": "EXACT"}


def shop(session: Session, _: dict[str, Any], __: Info) -> View:
    """The shop."""
    return shop_view(session.shop)


def installation(session: Session, _: dict[str, Any], __: Info) -> View:
    """This app's installation, with what the merchant granted."""
    return {
        "id": f"gid://shopify/AppInstallation/{session.shop.id}",
        "accessScopes": [
            {"handle": one, "description": one.replace("_", " ").capitalize()} for one in sorted(session.scopes)
        ],
        "app": _app(session),
        "launchUrl": f"https://{session.shop.domain}/admin/apps/sandbox",
        "uninstallUrl": None,
    }


def _app(session: Session) -> View:
    return {
        "__typename": "App",
        "id": "gid://shopify/App/1",
        "title": "ml-connector",
        "handle": "ml-connector",
        "apiKey": session.client_id,
    }


def app(session: Session, _: dict[str, Any], __: Info) -> View:
    """The calling app."""
    return _app(session)


def customer_by(session: Session, arguments: dict[str, Any], _: Info) -> Any:
    """A customer by e-mail, phone or id."""
    wanted = arguments["identifier"]
    if wanted.get("id"):
        return session.shop.view(Ref("Customer", wanted_number(wanted["id"], "Customer")))
    found = session.shop.find_customer(wanted.get("emailAddress"), wanted.get("phoneNumber"))
    return None if found is None else session.shop.view(Ref("Customer", found.id))


def order_by(session: Session, arguments: dict[str, Any], info: Info) -> Any:
    """An order by its id."""
    wanted = arguments["identifier"]
    return by_id("Order")(session, {"id": wanted["id"]}, info) if wanted.get("id") else None


def merge_status(session: Session, arguments: dict[str, Any], _: Info) -> Any:
    """How a merge of two customers went."""
    kept = session.shop.merges.get(arguments["jobId"])
    if kept is None:
        return None
    return {
        "jobId": arguments["jobId"],
        "status": "COMPLETED",
        "customerMergeErrors": [],
        "resultingCustomerId": f"gid://shopify/Customer/{kept[0]}",
    }


def inventory_item(session: Session, arguments: dict[str, Any], _: Info) -> Any:
    """An inventory item, through the variant it belongs to."""
    number = wanted_number(arguments["id"], "InventoryItem")
    found = [one for one in session.shop.variants.values() if one.inventory_item_id == number]
    view = session.shop.view(Ref("ProductVariant", found[0].id)) if found else None
    return None if view is None else view["inventoryItem"]


def nothing(session: Session, _: dict[str, Any], __: Info) -> None:
    """Null: this shop has no such thing."""


QUERIES: dict[str, Resolver] = {
    "order": by_id("Order"),
    "customer": by_id("Customer"),
    "refund": by_id("Refund"),
    "return": by_id("Return"),
    "company": by_id("Company"),
    "product": by_id("Product"),
    "companyLocation": by_id("CompanyLocation"),
    "productVariant": by_id("ProductVariant"),
    "draftOrder": by_id("DraftOrder"),
    "node": node,
    "nodes": nodes,
    "shop": shop,
    "app": app,
    "location": lambda session, arguments, info: by_id("Location")(
        session, {"id": arguments.get("id") or f"gid://shopify/Location/{min(session.shop.places)}"}, info
    ),
    "orders": listing(orders, search_fields.ORDER_FIELDS, index=indexed),
    "customers": listing(customers, search_fields.CUSTOMER_FIELDS, "default"),
    "locations": listing(locations, search_fields.PLAIN_FIELDS),
    "companies": listing(_all("Company", "companies"), search_fields.PLAIN_FIELDS),
    "productVariants": listing(variants, search_fields.VARIANT_FIELDS, "title"),
    "draftOrders": listing(_all("DraftOrder", "drafts"), search_fields.PLAIN_FIELDS),
    "tenderTransactions": listing(tenders, search_fields.PLAIN_FIELDS, "id"),
    "ordersCount": count_of(orders, search_fields.ORDER_FIELDS),
    "customersCount": count_of(customers, search_fields.CUSTOMER_FIELDS),
    "currentAppInstallation": installation,
    "customerByIdentifier": customer_by,
    "orderByIdentifier": order_by,
    "customerMergeJobStatus": merge_status,
    "inventoryItem": inventory_item,
    "shopifyPaymentsAccount": nothing,
    "job": nothing,
}
