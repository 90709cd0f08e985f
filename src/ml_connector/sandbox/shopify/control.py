"""The sandbox's own addresses under `/_sandbox/`: everything a test or a demo may do to a shop.

All bodies are JSON. A wrong name or shape is answered 400 with a sentence, an unknown thing 404.
The list of addresses is in the package's documentation.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import asdict, fields, replace
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from ml_connector.sandbox.http import Clock, Request, Response, json_response
from ml_connector.sandbox.shopify import importing, kinds
from ml_connector.sandbox.shopify.changes import EditSpec, RefundSpec, ReturnSpec
from ml_connector.sandbox.shopify.company import CLIENT_ID, ShopifyCompany
from ml_connector.sandbox.shopify.faults import KINDS, Fault
from ml_connector.sandbox.shopify.ids import gid
from ml_connector.sandbox.shopify.model import Address, Customer, Order
from ml_connector.sandbox.shopify.money import rest_amount
from ml_connector.sandbox.shopify.shop import Shop, ShopSettings
from ml_connector.sandbox.shopify.spec import CustomerSpec, OrderSpec, PaymentSpec, spec_from
from ml_connector.sandbox.shopify.tokens import App
from ml_connector.sandbox.shopify.totals import current, financial_status
from ml_connector.sandbox.shopify.webhooks import Habits

Body = dict[str, Any]
Action = Callable[["Control", Body, tuple[str, ...]], Any]

ROUTES: list[tuple[str, re.Pattern[str], Action]] = []


def route(method: str, pattern: str) -> Callable[[Action], Action]:
    """Register an action; `{}` in *pattern* is one part of the path."""
    compiled = re.compile("/_sandbox" + pattern.replace("{}", "([^/]+)"))

    def register(action: Action) -> Action:
        ROUTES.append((method, compiled, action))
        return action

    return register


class Control:
    """Answers `/_sandbox/…` for one company."""

    def __init__(self, company: ShopifyCompany) -> None:
        self.company = company
        self.stories: dict[str, tuple[str, kinds.Story]] = {}

    def handle(self, request: Request) -> Response:
        """Answer one request."""
        for method, pattern, action in ROUTES:
            match = pattern.fullmatch(request.path)
            if match is not None and method == request.method:
                return self._act(action, request, match.groups())
        return json_response({"error": f"no such address: {request.method} {request.path}"}, 404)

    def _act(self, action: Action, request: Request, parts: tuple[str, ...]) -> Response:
        try:
            body = request.json() if request.body else {}
            if not isinstance(body, dict):
                raise TypeError("the body is a JSON object")
            return json_response(action(self, body, parts))
        except KeyError as error:
            return json_response({"error": f"there is no {error.args[0]}"}, 404)
        except (ValueError, TypeError, InvalidOperation, IndexError) as error:
            return json_response({"error": str(error) or type(error).__name__}, 400)

    def shop(self, domain: str) -> Shop:
        """The shop of that domain.

        Raises:
            KeyError: There is none.
        """
        return self.company.shops[domain]


def order_row(shop: Shop, order: Order) -> Body:
    """An order in a line."""
    total, currency = current(order).price.presentment, order.currencies.presentment
    return {
        "id": order.id,
        "gid": gid("Order", order.id),
        "name": order.name,
        "total": {"amount": rest_amount(total, currency), "currency": currency},
        "financial_status": financial_status(order),
        "deleted": order.id not in shop.orders,
        "lines": [{"id": line.id, "title": line.title, "quantity": line.quantity} for line in order.lines],
        "refunds": [refund.id for refund in order.refunds],
    }


def customer_row(customer: Customer) -> Body:
    """A customer in a line."""
    return {
        "id": customer.id,
        "gid": gid("Customer", customer.id),
        "email": customer.email,
        "name": customer.display_name,
    }


@route("GET", "")
def overview(control: Control, _: Body, __: tuple[str, ...]) -> Body:
    company = control.company
    states: dict[str, int] = {}
    for delivery in company.outbox.deliveries:
        states[delivery.state] = states.get(delivery.state, 0) + 1
    due = company.outbox.next_due()
    return {
        "now": company.clock().isoformat(),
        "deliveries": states,
        "next_delivery": due.isoformat() if due else None,
        "shops": [
            {
                "domain": shop.domain,
                "state": shop.state,
                "currency": shop.settings.currency,
                "orders": len(shop.orders) + len(shop.imported),
                "customers": len(shop.customers),
                "subscriptions": len(shop.subscriptions),
            }
            for shop in company.shops.values()
        ],
        "faults": [fault.kind for fault in company.faults.waiting],
    }


@route("POST", "/clock")
def clock(control: Control, body: Body, _: tuple[str, ...]) -> Body:
    moving: Clock = control.company.clock
    advance = getattr(moving, "advance", None)
    if advance is None:
        raise ValueError("this sandbox's clock cannot be moved")
    advance(timedelta(seconds=float(body["advance_s"])))
    return {"now": control.company.clock().isoformat()}


@route("POST", "/apps")
def add_app(control: Control, body: Body, _: tuple[str, ...]) -> Body:
    """Register an app, or change what is given of a known one."""
    known = control.company.apps.get(body["client_id"])
    app = control.company.add_app(_app(known, dict(body), control.company.apps[CLIENT_ID].scopes))
    return {"client_id": app.client_id, "scopes": list(app.scopes), "redirect_uris": list(app.redirect_uris)}


def _app(known: App | None, body: Body, usual: tuple[str, ...]) -> App:
    secret = body.pop("client_secret", None)
    unknown = body.keys() - ({part.name for part in fields(App)} - {"secrets"})
    if unknown:
        raise ValueError(f"an app has no {', '.join(sorted(unknown))}")
    changed: Body = {name: tuple(value) if isinstance(value, list) else value for name, value in body.items()}
    if secret:
        changed["secrets"] = [secret]
    if known is not None:
        return replace(known, **changed)
    if not secret:
        raise ValueError("an app needs a client_secret")
    changed.setdefault("scopes", usual)
    return App(**changed)


@route("POST", "/apps/{}/secret")
def rotate_secret(control: Control, body: Body, parts: tuple[str, ...]) -> Body:
    control.company.rotate_secret(parts[0], str(body["client_secret"]), signs=bool(body.get("signs", True)))
    return {"client_id": parts[0]}


@route("POST", "/shops")
def open_shop(control: Control, body: Body, _: tuple[str, ...]) -> Body:
    shop = control.company.open_shop(spec_from(ShopSettings, body))
    return {"domain": shop.domain, "id": shop.id}


@route("POST", "/shops/{}/install")
def install(control: Control, body: Body, parts: tuple[str, ...]) -> Body:
    client_id = str(body.get("client_id", CLIENT_ID))
    token = control.company.install(parts[0], client_id, body.get("scopes"), str(body.get("token", "")))
    return {
        "shop": parts[0],
        "client_id": client_id,
        "access_token": token.value,
        "client_secret": control.company.apps[client_id].secrets[0],
        "scopes": list(token.scopes),
    }


@route("POST", "/shops/{}/uninstall")
def uninstall(control: Control, body: Body, parts: tuple[str, ...]) -> Body:
    control.shop(parts[0])
    control.company.uninstall(parts[0], str(body.get("client_id", CLIENT_ID)))
    return {"shop": parts[0]}


@route("POST", "/shops/{}/revoke")
def revoke(control: Control, body: Body, parts: tuple[str, ...]) -> Body:
    control.company.tokens.end(parts[0], body.get("client_id"))
    return {"shop": parts[0]}


@route("POST", "/shops/{}/state")
def state(control: Control, body: Body, parts: tuple[str, ...]) -> Body:
    control.company.set_state(parts[0], str(body["state"]))
    return {"shop": parts[0], "state": body["state"]}


@route("POST", "/shops/{}/scopes")
def change_scopes(control: Control, body: Body, parts: tuple[str, ...]) -> Body:
    scopes = [str(one) for one in body["scopes"]]
    control.company.change_scopes(parts[0], str(body.get("client_id", CLIENT_ID)), scopes)
    return {"shop": parts[0], "scopes": scopes}


@route("POST", "/shops/{}/redact")
def redact_shop(control: Control, _: Body, parts: tuple[str, ...]) -> Body:
    control.shop(parts[0]).redact_shop()
    return {"shop": parts[0]}


@route("GET", "/shops/{}/orders")
def orders(control: Control, _: Body, parts: tuple[str, ...]) -> Body:
    shop = control.shop(parts[0])
    return {"orders": [order_row(shop, order) for order in shop.orders.values()]}


@route("POST", "/shops/{}/orders")
def place(control: Control, body: Body, parts: tuple[str, ...]) -> Body:
    shop = control.shop(parts[0])
    silent = bool(body.pop("silent", False))
    return order_row(shop, shop.place_order(spec_from(OrderSpec, body), silent=silent))


@route("GET", "/shops/{}/orders/{}")
def order_document(control: Control, _: Body, parts: tuple[str, ...]) -> Body:
    shop = control.shop(parts[0])
    order = shop.find_order(parts[1])
    return order_row(shop, order) | {"rest": shop.order_body(order.id)}


@route("POST", "/shops/{}/orders/{}/{}")
def change(control: Control, body: Body, parts: tuple[str, ...]) -> Body:
    shop = control.shop(parts[0])
    order = shop.find_order(parts[1])
    if parts[2] not in CHANGES:
        raise KeyError(f"change {parts[2]!r}; there are {', '.join(CHANGES)}")
    CHANGES[parts[2]](shop, order, body)
    return order_row(shop, order)


def _settle(shop: Shop, order: Order, body: Body) -> None:
    wanted = body.get("refund") or order.refunds[-1].id
    refund = next(one for one in order.refunds if one.id == wanted)
    shop.settle_refund(order, refund, succeeded=bool(body.get("succeeded", True)))


def _amount(body: Body) -> Decimal | None:
    return None if body.get("amount") is None else Decimal(str(body["amount"]))


CHANGES: dict[str, Callable[[Shop, Order, Body], object]] = {
    "pay": lambda shop, order, body: shop.pay(order, spec_from(PaymentSpec, body)),
    "authorize": lambda shop, order, body: shop.authorize(order, _amount(body)),
    "capture": lambda shop, order, body: shop.capture(order, _amount(body)),
    "void": lambda shop, order, body: shop.void(order),
    "refund": lambda shop, order, body: shop.refund(order, spec_from(RefundSpec, body) if body else None),
    "settle_refund": _settle,
    "edit": lambda shop, order, body: shop.edit(order, spec_from(EditSpec, body)),
    "return": lambda shop, order, body: shop.give_back(order, spec_from(ReturnSpec, body)),
    "cancel": lambda shop, order, body: shop.cancel(order, **body),
    "fulfil": lambda shop, order, body: shop.fulfil(order),
    "archive": lambda shop, order, body: shop.archive(order),
    "dispute": lambda shop, order, body: shop.dispute(order, **body),
    "tag": lambda shop, order, body: shop.tag(order, *body["tags"]),
    "delete": lambda shop, order, body: shop.delete(order),
    "announce": lambda shop, order, body: shop.announce_again(body["topic"], order.id),
}


@route("GET", "/kinds")
def list_kinds(_: Control, __: Body, ___: tuple[str, ...]) -> Body:
    return {"kinds": [{"name": name, "text": (teller.__doc__ or "").strip()} for name, teller in kinds.KINDS.items()]}


@route("POST", "/shops/{}/kinds")
def tell_kind(control: Control, body: Body, parts: tuple[str, ...]) -> Body:
    """`{"kind": …}`; with `"staged": true` only its first stage."""
    shop = control.shop(parts[0])
    story = kinds.Story.begin(shop, str(body["kind"]))
    if not body.get("staged"):
        story.finish()
    key = str(len(control.stories) + 1)
    control.stories[key] = (parts[0], story)
    return {"story": key, "ended": story.ended, **order_row(shop, story.order)}


@route("POST", "/stories/{}/next")
def next_stage(control: Control, _: Body, parts: tuple[str, ...]) -> Body:
    domain, story = control.stories[parts[0]]
    story.next()
    return {"story": parts[0], "ended": story.ended, **order_row(control.shop(domain), story.order)}


@route("POST", "/shops/{}/morning")
def morning(control: Control, body: Body, parts: tuple[str, ...]) -> Body:
    shop = control.shop(parts[0])
    names = kinds.names_for_a_morning(int(body.get("orders", 25)), int(body.get("seed", 0)))
    told = [(name, kinds.tell(shop, name)) for name in names]
    return {"orders": [{"kind": name, **order_row(shop, order)} for name, order in told]}


@route("POST", "/shops/{}/drafts")
def add_draft(control: Control, body: Body, parts: tuple[str, ...]) -> Body:
    draft = control.shop(parts[0]).offer(spec_from(OrderSpec, body))
    return {"id": draft.id, "gid": gid("DraftOrder", draft.id)}


@route("POST", "/shops/{}/drafts/{}/complete")
def complete_draft(control: Control, body: Body, parts: tuple[str, ...]) -> Body:
    shop = control.shop(parts[0])
    return order_row(shop, shop.complete(shop.drafts[int(parts[1])], paid=bool(body.get("paid"))))


@route("POST", "/shops/{}/companies")
def add_company(control: Control, body: Body, parts: tuple[str, ...]) -> Body:
    location = control.shop(parts[0]).add_company(
        str(body["name"]),
        spec_from(CustomerSpec, body["contact"]),
        spec_from(Address, body["address"]),
        tax_registration_id=body.get("tax_registration_id"),
        tax_exempt=bool(body.get("tax_exempt")),
    )
    return {"company_location_id": location.id, "gid": gid("CompanyLocation", location.id)}


@route("POST", "/shops/{}/customers")
def add_customer(control: Control, body: Body, parts: tuple[str, ...]) -> Body:
    return customer_row(control.shop(parts[0]).add_customer(spec_from(CustomerSpec, body)))


@route("GET", "/shops/{}/customers")
def customers(control: Control, _: Body, parts: tuple[str, ...]) -> Body:
    return {"customers": [customer_row(one) for one in control.shop(parts[0]).customers.values()]}


@route("POST", "/shops/{}/customers/merge")
def merge(control: Control, body: Body, parts: tuple[str, ...]) -> Body:
    shop = control.shop(parts[0])
    job = shop.merge_customers(shop.customers[int(body["kept"])], shop.customers[int(body["removed"])])
    return {"job": job}


@route("POST", "/shops/{}/customers/{}/{}")
def change_customer(control: Control, body: Body, parts: tuple[str, ...]) -> Body:
    shop = control.shop(parts[0])
    customer = shop.customers[int(parts[1])]
    actions: dict[str, Callable[[], object]] = {
        "change": lambda: shop.change_customer(customer, **_known_changes(body)),
        "delete": lambda: shop.delete_customer(customer),
        "redact": lambda: shop.redact_customer(customer),
        "request_data": lambda: shop.request_data(customer),
    }
    actions[parts[2]]()
    return customer_row(customer)


def _known_changes(body: Body) -> Body:
    allowed = {"first_name", "last_name", "email", "phone", "note", "tags", "tax_exempt", "tax_exemptions", "locale"}
    unknown = body.keys() - allowed
    if unknown:
        raise ValueError(f"a customer has no {', '.join(sorted(unknown))}")
    return body


@route("POST", "/import")
def import_order(control: Control, body: Body, _: tuple[str, ...]) -> Body:
    """`{"shop": …, "order": {…}}`: REST-shaped or GraphQL-shaped, served as it is."""
    shop = control.shop(str(body["shop"]))
    number = importing.import_order(shop, body["order"], transactions=body.get("transactions"))
    if not body.get("silent"):
        shop.announce_again(str(body.get("topic", "ORDERS_CREATE")), number)
    return {"id": number, "gid": gid("Order", number)}


@route("POST", "/faults")
def add_fault(control: Control, body: Body, _: tuple[str, ...]) -> Body:
    control.company.faults.add(Fault(**body))
    return {"waiting": [asdict(one) for one in control.company.faults.waiting]}


@route("GET", "/faults")
def list_faults(control: Control, _: Body, __: tuple[str, ...]) -> Body:
    return {"kinds": sorted(KINDS), "waiting": [asdict(one) for one in control.company.faults.waiting]}


@route("DELETE", "/faults")
def clear_faults(control: Control, _: Body, __: tuple[str, ...]) -> Body:
    control.company.faults.clear()
    return {"waiting": []}


@route("POST", "/habits")
def habits(control: Control, body: Body, _: tuple[str, ...]) -> Body:
    for name in ("delay_s", "retry_delays_s"):
        if name in body:
            body[name] = tuple(float(part) for part in body[name])
    control.company.set_habits(Habits(**body))
    return asdict(control.company.outbox.habits)


@route("GET", "/requests")
def requests(control: Control, _: Body, __: tuple[str, ...]) -> Body:
    return {"requests": [{**asdict(one), "at": one.at.isoformat()} for one in control.company.seen]}


@route("DELETE", "/requests")
def forget_requests(control: Control, _: Body, __: tuple[str, ...]) -> Body:
    control.company.seen.clear()
    return {"requests": []}


@route("GET", "/deliveries")
def deliveries(control: Control, _: Body, __: tuple[str, ...]) -> Body:
    return {
        "deliveries": [
            {
                "id": one.id,
                "shop": one.shop,
                "topic": one.topic,
                "uri": one.uri,
                "state": one.state,
                "webhook_id": one.webhook_id,
                "event_id": one.event_id,
                "statuses": one.statuses,
                "due_at": one.due_at.isoformat(),
            }
            for one in control.company.outbox.deliveries
        ]
    }


@route("POST", "/deliveries/{}/repeat")
def repeat(control: Control, _: Body, parts: tuple[str, ...]) -> Body:
    control.company.outbox.repeat(int(parts[0]), control.company.clock())
    return {"id": int(parts[0])}
