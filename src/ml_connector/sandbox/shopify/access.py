"""Which scope each field needs, and what counts as having it.

Source: Shopify Admin API, access scopes.
"""

from __future__ import annotations

from collections.abc import Collection

Scopes = tuple[str, ...]

FIELD_SCOPES: dict[tuple[str, str], Scopes] = {
    ("QueryRoot", "order"): ("read_orders",),
    ("QueryRoot", "orders"): ("read_orders",),
    ("QueryRoot", "ordersCount"): ("read_orders",),
    ("QueryRoot", "orderByIdentifier"): ("read_orders",),
    ("QueryRoot", "refund"): ("read_orders",),
    ("QueryRoot", "return"): ("read_returns",),
    ("QueryRoot", "tenderTransactions"): ("read_orders",),
    ("QueryRoot", "customer"): ("read_customers",),
    ("QueryRoot", "customers"): ("read_customers",),
    ("QueryRoot", "customersCount"): ("read_customers",),
    ("QueryRoot", "customerByIdentifier"): ("read_customers",),
    ("QueryRoot", "customerMergeJobStatus"): ("read_customer_merge",),
    ("QueryRoot", "company"): ("read_customers", "read_companies"),
    ("QueryRoot", "companies"): ("read_customers", "read_companies"),
    ("QueryRoot", "companyLocation"): ("read_customers", "read_companies"),
    ("QueryRoot", "location"): ("read_locations", "read_inventory"),
    ("QueryRoot", "locations"): ("read_locations", "read_inventory"),
    ("QueryRoot", "product"): ("read_products",),
    ("QueryRoot", "productVariant"): ("read_products",),
    ("QueryRoot", "productVariants"): ("read_products",),
    ("QueryRoot", "inventoryItem"): ("read_inventory", "read_products"),
    ("QueryRoot", "draftOrder"): ("read_draft_orders",),
    ("QueryRoot", "draftOrders"): ("read_draft_orders",),
    ("QueryRoot", "shopifyPaymentsAccount"): ("read_shopify_payments", "read_shopify_payments_accounts"),
    ("Order", "customer"): ("read_customers",),
    ("Order", "paymentTerms"): ("read_payment_terms",),
    ("Order", "returns"): ("read_returns",),
    ("LineItem", "product"): ("read_products",),
    ("LineItem", "variant"): ("read_products",),
    ("Customer", "orders"): ("read_orders",),
    ("Customer", "lastOrder"): ("read_orders",),
    ("Customer", "storeCreditAccounts"): ("read_store_credit_accounts",),
    ("Mutation", "customerUpdate"): ("write_customers",),
    ("Mutation", "customerDelete"): ("write_customers",),
    ("Mutation", "customerMerge"): ("write_customer_merge",),
    ("Mutation", "customerAddressCreate"): ("write_customers",),
    ("Mutation", "customerAddressUpdate"): ("write_customers",),
    ("Mutation", "customerAddressDelete"): ("write_customers",),
    ("Mutation", "customerUpdateDefaultAddress"): ("write_customers",),
}

TOPIC_SCOPES: dict[str, Scopes] = {
    "ORDERS": ("read_orders",),
    "REFUNDS": ("read_orders",),
    "ORDER_TRANSACTIONS": ("read_orders",),
    "TENDER_TRANSACTIONS": ("read_orders",),
    "CUSTOMERS": ("read_customers",),
    "CUSTOMERS_MERGE": ("read_customer_merge",),
    "DISPUTES": ("read_shopify_payments_disputes",),
    "FULFILLMENTS": ("read_fulfillments", "read_marketplace_orders", "read_orders"),
    "INVENTORY": ("read_inventory",),
    "RETURNS": ("read_returns",),
    "PAYMENT_SCHEDULES": ("read_payment_terms",),
    "PAYMENT_TERMS": ("read_payment_terms",),
    "PRODUCTS": ("read_products",),
    "DRAFT_ORDERS": ("read_draft_orders",),
    "LOCATIONS": ("read_locations",),
    "COMPAN": ("read_customers", "read_companies"),
}

ALL_SCOPES = (
    "read_all_orders",
    "read_companies",
    "read_customer_merge",
    "read_draft_orders",
    "read_fulfillments",
    "read_gift_cards",
    "read_inventory",
    "read_locations",
    "read_orders",
    "read_payment_terms",
    "read_products",
    "read_returns",
    "read_shopify_payments_disputes",
    "read_store_credit_accounts",
    "write_customers",
)
"""Everything a connector of this kind would ask for, in the spelling Shopify grants."""


def granted(scopes: Collection[str], wanted: Scopes) -> bool:
    """Whether one of *wanted* is among *scopes*; writing includes reading."""
    return any(one in scopes or (one.startswith("read_") and f"write_{one[5:]}" in scopes) for one in wanted)


def sentence(wanted: Scopes) -> str:
    """How Shopify names what is missing."""
    if len(wanted) == 1:
        return f"`{wanted[0]}` access scope."
    return " or ".join(f"the `{one}`" for one in wanted) + " access scope."


def topic_scopes(topic: str) -> Scopes:
    """What a subscription to *topic* (`ORDERS_CREATE`) needs; nothing for topics open to all."""
    if topic in TOPIC_SCOPES:
        return TOPIC_SCOPES[topic]
    found = [scopes for prefix, scopes in TOPIC_SCOPES.items() if topic.startswith(prefix)]
    return found[0] if found else ()
