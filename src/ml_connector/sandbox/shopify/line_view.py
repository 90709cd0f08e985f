"""Lines of an order as the Admin API shows them.

Quantities, allocations and tax lines keep the original quantity; `currentQuantity` does not.
"""

from __future__ import annotations

from ml_connector.sandbox.shopify.ids import gid
from ml_connector.sandbox.shopify.ledger import balance
from ml_connector.sandbox.shopify.model import Allocation, Application, Line, Order, ShippingLine
from ml_connector.sandbox.shopify.money import Bag, total
from ml_connector.sandbox.shopify.orders import current_quantity
from ml_connector.sandbox.shopify.views import View, attributes, money, money_bag, ref, tax_line


def line_item(order: Order, line: Line) -> View:
    """A `LineItem`."""
    left = current_quantity(order, line)
    return {
        "__typename": "LineItem",
        "id": gid("LineItem", line.id),
        "title": line.title,
        "variantTitle": line.variant_title,
        "name": line.name,
        "sku": line.sku,
        "vendor": line.vendor,
        "quantity": line.quantity,
        "currentQuantity": left,
        "refundableQuantity": left,
        "nonFulfillableQuantity": line.quantity if line.tip else 0,
        "unfulfilledQuantity": max(0, left - line.fulfilled),
        "fulfillableQuantity": max(0, left - line.fulfilled),
        "isGiftCard": line.gift_card,
        "requiresShipping": line.requires_shipping,
        "taxable": line.taxable,
        "merchantEditable": True,
        "restockable": not line.tip,
        "product": ref("Product", line.product_id),
        "variant": ref("ProductVariant", line.variant_id),
        "lineItemGroup": _group(line),
        "sellingPlan": _plan(line),
        "customAttributes": attributes(line.properties),
        "discountAllocations": [_allocation(order, one) for one in line.allocations],
        "taxLines": [tax_line(tax, order.currencies) for tax in line.taxes],
        "duties": [
            {
                "__typename": "Duty",
                "id": gid("Duty", duty.id),
                "harmonizedSystemCode": duty.harmonized_code,
                "countryCodeOfOrigin": duty.origin,
                "price": money_bag(duty.price, order.currencies),
                "taxLines": [tax_line(tax, order.currencies) for tax in duty.taxes],
            }
            for duty in line.duties
        ],
        **_prices(order, line),
    }


def _group(line: Line) -> View | None:
    if line.group is None:
        return None
    return {"id": gid("LineItemGroup", line.group[0]), "title": line.group[1]}


def _plan(line: Line) -> View | None:
    if line.selling_plan is None:
        return None
    return {"name": line.selling_plan, "sellingPlanId": None}


def _prices(order: Order, line: Line) -> View:
    explicit = total(
        [
            one.amount
            for one in line.allocations
            if order.applications[one.application].method != "ACROSS"
            and order.applications[one.application].kind != "DiscountCodeApplication"
        ]
    )
    discounted, net = line.gross - explicit, line.gross - line.discount
    units = max(line.quantity, 1)
    share = order.currencies.portion
    sets = {
        "originalUnitPriceSet": line.unit_price,
        "originalTotalSet": line.gross,
        "discountedTotalSet": discounted,
        "totalDiscountSet": explicit,
        "discountedUnitPriceSet": share(discounted, 1, units),
        "discountedUnitPriceAfterAllDiscountsSet": share(net, 1, units),
    }
    return {
        **{name: money_bag(bag, order.currencies) for name, bag in sets.items()},
        "originalUnitPrice": _plain(line.unit_price),
        "originalTotal": _plain(line.gross),
        "discountedTotal": _plain(discounted),
        "totalDiscount": _plain(explicit),
    }


def _plain(bag: Bag) -> str:
    return format(bag.shop, "f")


def _allocation(order: Order, one: Allocation) -> View:
    index = one.application
    return {
        "allocatedAmountSet": money_bag(one.amount, order.currencies),
        "discountApplication": application(order, order.applications[index], index),
    }


def application(order: Order, one: Application, index: int) -> View:
    """A discount as it was promised."""
    value: View = {"__typename": "PricingPercentageValue", "percentage": float(one.value)}
    if not one.percentage:
        rounded = order.currencies.priced(one.value)
        value = money(rounded.presentment, order.currencies.presentment)
    view: View = {
        "__typename": one.kind,
        "index": index,
        "allocationMethod": one.method,
        "targetSelection": one.selection,
        "targetType": one.target,
        "value": value,
    }
    name = "code" if one.kind == "DiscountCodeApplication" else "title"
    return {**view, name: one.title, **({"description": one.title} if "Manual" in one.kind else {})}


def line_ref(order: Order, line_id: int) -> View:
    """The `LineItem` with that id, the tip's hidden one included."""
    if order.tip_line is not None and order.tip_line.id == line_id:
        return line_item(order, order.tip_line)
    return line_item(order, order.line(line_id))


def shipping_line(order: Order, line: ShippingLine) -> View:
    """A `ShippingLine`."""
    left = balance(order, ("ShippingLine", line.id))
    current = left.amount if order.taxes_included else left.amount - left.tax
    return {
        "__typename": "ShippingLine",
        "id": gid("ShippingLine", line.id),
        "title": line.title,
        "code": line.code,
        "source": line.source,
        "carrierIdentifier": None,
        "deliveryCategory": None,
        "custom": line.code == "custom",
        "isRemoved": line.removed,
        "phone": None,
        "shippingRateHandle": None,
        "originalPriceSet": money_bag(line.price, order.currencies),
        "discountedPriceSet": money_bag(line.price - line.discount, order.currencies),
        "currentDiscountedPriceSet": money_bag(current, order.currencies),
        "discountAllocations": [_allocation(order, one) for one in line.allocations],
        "taxLines": [tax_line(tax, order.currencies) for tax in line.taxes],
    }
