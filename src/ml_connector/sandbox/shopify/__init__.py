"""Shopify, played by a small server: shops that keep a ledger, an Admin API, OAuth, webhooks.

Written from Shopify's documentation, its published schemas and recorded answers, and from nothing
of ours. It is strict: what Shopify refuses is refused here in the same words.

In Python
---------

::

    company = ShopifyCompany(clock, seed=1)        # clock: () -> aware datetime
    shop = company.shop("acme.myshopify.com")      # or open_shop(ShopSettings(...))
    token = company.install("acme.myshopify.com")  # a static shpat_ token; .value
    order = shop.place_order(OrderSpec(lines=(LineSpec(sku="TEA-ASSAM-100", quantity=2),)))
    shop.refund(order, RefundSpec(lines=((0, 1),)))
    answer = company.handle(Request("POST", "/admin/api/2026-04/graphql.json", ...))

    for delivery in company.due_deliveries(clock()):       # .uri .headers .body .topic
        company.delivered(delivery.id, status)             # None: no answer in five seconds

A shop's verbs: `place_order(spec, silent=False)`, `pay(order, PaymentSpec())`,
`authorize(order, amount)`, `capture(order, amount)`, `void`, `refund(order, RefundSpec())`,
`settle_refund(order, refund, succeeded=True)`, `edit(order, EditSpec())`,
`give_back(order, ReturnSpec())` (returns and exchanges), `cancel(order, reason, refund, restock)`,
`fulfil`, `archive`, `dispute`, `tag(order, *tags)`, `delete`, `add_customer(CustomerSpec())`,
`change_customer(customer, **attributes)`, `delete_customer`, `merge_customers(kept, removed)`,
`add_company(...)`, `offer(OrderSpec())` and `complete(draft, paid=False)` for drafts,
`request_data`, `redact_customer`, `redact_shop`, `announce_again(topic, id)`.
Looking: `orders`, `customers`, `subscriptions`, `find_order("#1001")`, `order_view(id)` (as the
Admin API shows it), `order_body(id)` (as webhooks hold it); sums of an order are in `totals`.

The company's: `add_app(App(...))`, `install`, `uninstall`, `rotate_secret`, `change_scopes`, `set_state(domain,
"open" | "frozen" | "locked")`, `faults.add(Fault(...))`, `set_habits(Habits(...))`, `tokens`,
`seen` (requests, without secrets), `outbox.deliveries`. The app that is there from the start is
`sandbox-app` with the secret `shpss_sandbox`.

What Shopify's documentation leaves open is decided by `ShopSettings`: `adjustment_sales`,
`rounding_in_amount`, `negative_quantities`. Prices in a specification are in the shop's currency,
money that moves is in the buyer's.

Kinds of order by name: `kinds.KINDS`, `kinds.tell(shop, name)`, `kinds.Story.begin(shop, name)`
with `.order` and `.next()` for one stage at a time, `kinds.a_morning(shop, count, seed)`.

On a port: `server = await server.start(company=None, host="127.0.0.1", port=0)`, `server.url`,
`server.company`, `await server.close()`; it delivers webhooks too.

Over HTTP
---------

Shopify's own addresses answer at the root (the shop is known by token, `shop` parameter, host, or
because it is the only one) and under `/shops/{domain}/`:

- `POST /admin/api/{version}/graphql.json`
- `GET /admin/oauth/authorize`, `POST /admin/oauth/access_token`
- `GET /shops/{domain}/bulk/{id}.jsonl`

The sandbox's own take and give JSON; unknown things are 404, wrong shapes 400 with a sentence:

- `GET /_sandbox`: clock, shops, deliveries by state, faults. `POST /_sandbox/clock {"advance_s"}`
- `POST /_sandbox/apps {"client_id", "client_secret", "scopes", "redirect_uris", "webhooks":
  {"SHOP_REDACT": url}, "client_credentials", "refuses", "hidden", "needs_expiring"}`;
  `POST /_sandbox/apps/{client_id}/secret {"client_secret", "signs"}` rotates
- `POST /_sandbox/shops {ShopSettings}`, at least `{"domain"}`
- `POST /_sandbox/shops/{domain}/install {"client_id", "scopes", "token"}` gives `access_token` and
  `client_secret`; `/uninstall {"client_id"}`, `/revoke`, `/state {"state"}`, `/redact`,
  `/scopes {"scopes"}`
- `POST /_sandbox/shops/{domain}/orders {OrderSpec, "silent"}`, `GET` lists, `GET .../orders/{order}`
- `POST /_sandbox/shops/{domain}/orders/{order}/{change}`, where `{order}` is a name, a number or a
  global id, and the change `pay {PaymentSpec}`, `authorize {"amount"}`, `capture {"amount"}`,
  `void`, `refund {RefundSpec}` (empty: everything), `settle_refund {"refund", "succeeded"}`,
  `edit {EditSpec}`, `return {ReturnSpec}`, `cancel {"reason", "refund", "restock"}`, `fulfil`,
  `archive`, `dispute {"kind", "status"}`, `tag {"tags"}`, `delete`, `announce {"topic"}`
- `GET /_sandbox/kinds`; `POST /_sandbox/shops/{domain}/kinds {"kind", "staged"}` gives a `story`,
  `POST /_sandbox/stories/{story}/next` its next stage;
  `POST /_sandbox/shops/{domain}/morning {"orders", "seed"}`
- `POST`, `GET /_sandbox/shops/{domain}/customers`, `.../customers/merge {"kept", "removed"}`,
  `.../customers/{id}/change|delete|redact|request_data`
- `POST /_sandbox/shops/{domain}/drafts {OrderSpec}`, `.../drafts/{id}/complete {"paid"}`;
  `POST .../companies {"name", "contact", "address", "tax_registration_id"}` gives the
  `company_location_id` that orders name
- `POST /_sandbox/import {"shop", "order", "transactions", "topic", "silent"}`: a REST-shaped or
  GraphQL-shaped order, served exactly as it is
- `POST /_sandbox/faults {"kind", "times", "matches", "after", "shop", "status", "body", "headers",
  "seconds", "path"}` with kind status, cut_before, cut_after, slow, throttled, server_error,
  partial_error, revoked; `GET` lists, `DELETE` clears
- `POST /_sandbox/habits {"duplicate", "drop", "delay_s": [from, to], "shuffle",
  "retry_delays_s"}`: how deliveries misbehave
- `GET /_sandbox/deliveries`, `POST /_sandbox/deliveries/{id}/repeat`
- `GET /_sandbox/requests`, `DELETE` forgets

An order in an answer is `{"id", "gid", "name", "total", "financial_status", "deleted", "lines",
"refunds"}`.
"""

from ml_connector.sandbox.shopify.changes import EditSpec, RefundSpec, ReturnSpec
from ml_connector.sandbox.shopify.company import CLIENT_ID, CLIENT_SECRET, ShopifyCompany
from ml_connector.sandbox.shopify.faults import Fault
from ml_connector.sandbox.shopify.shop import Shop, ShopSettings
from ml_connector.sandbox.shopify.spec import (
    CustomerSpec,
    DiscountSpec,
    DutySpec,
    FeeSpec,
    LineSpec,
    OrderSpec,
    PaymentSpec,
    ShippingSpec,
    TaxSpec,
)
from ml_connector.sandbox.shopify.tokens import App
from ml_connector.sandbox.shopify.webhooks import Habits

__all__ = [
    "CLIENT_ID",
    "CLIENT_SECRET",
    "App",
    "CustomerSpec",
    "DiscountSpec",
    "DutySpec",
    "EditSpec",
    "Fault",
    "FeeSpec",
    "Habits",
    "LineSpec",
    "OrderSpec",
    "PaymentSpec",
    "RefundSpec",
    "ReturnSpec",
    "ShippingSpec",
    "Shop",
    "ShopSettings",
    "ShopifyCompany",
    "TaxSpec",
]
