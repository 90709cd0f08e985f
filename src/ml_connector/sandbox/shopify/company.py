"""Shopify, the company: many shops, the apps in them, one clock.

`ShopifyCompany.handle` answers any request; `due_deliveries` and `delivered` are the outbox.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

from ml_connector.sandbox.http import Answer, Clock, NoAnswer, Request, Response, Slow, json_response, text_response
from ml_connector.sandbox.shopify.access import ALL_SCOPES
from ml_connector.sandbox.shopify.bulk import announce_finished
from ml_connector.sandbox.shopify.engine import Bucket, Engine
from ml_connector.sandbox.shopify.faults import Fault, FaultScript, with_partial_error
from ml_connector.sandbox.shopify.ids import Numbers
from ml_connector.sandbox.shopify.oauth import OAuth
from ml_connector.sandbox.shopify.resolvers import Session
from ml_connector.sandbox.shopify.schema import served_version
from ml_connector.sandbox.shopify.shop import Shop, ShopSettings
from ml_connector.sandbox.shopify.tokens import App, Token, TokenBook
from ml_connector.sandbox.shopify.webhooks import Delivery, Habits, Outbox, Subscription

CLIENT_ID = "sandbox-app"
CLIENT_SECRET = "shpss_sandbox"  # noqa: S105 (a made-up one, printed in the documentation)

BAD_TOKEN = {"errors": "[API] Invalid API key or access token (unrecognized login or wrong password)"}
NON_EXPIRING = {"errors": "[API] Non-expiring access tokens are no longer accepted for the Admin API"}


@dataclass(frozen=True)
class Seen:
    """A request that arrived, without its secrets."""

    at: datetime
    method: str
    path: str
    shop: str | None
    operation: str | None
    status: int | None


class ShopifyCompany:
    """Every shop of the sandbox.

    Args:
        clock: Tells the time to everything here.
        seed: The same seed and the same requests give the same answers, ids and all.
    """

    def __init__(self, clock: Clock, seed: int = 0) -> None:
        self.clock = clock
        self.random = random.Random(seed)
        self.base_url = "https://sandbox.invalid"
        self.shops: dict[str, Shop] = {}
        self.apps: dict[str, App] = {}
        self.tokens = TokenBook(self.random)
        self.outbox = Outbox(self.random)
        self.faults = FaultScript()
        self.seen: list[Seen] = []
        self._buckets: dict[tuple[str, str], Bucket] = {}
        self._engine = Engine()
        self._oauth = OAuth(self.apps, self.tokens)
        self.add_app(App(CLIENT_ID, [CLIENT_SECRET], ALL_SCOPES))

    # Setting the scene

    def add_app(self, app: App) -> App:
        """Register an app."""
        self.apps[app.client_id] = app
        for shop in self.shops.values():
            shop.secrets[app.client_id] = app.secrets[0]
        return app

    def open_shop(self, settings: ShopSettings | str) -> Shop:
        """Open a shop; a name alone makes an ordinary one."""
        if isinstance(settings, str):
            settings = ShopSettings(settings)
        numbers = Numbers(self.random, 5_000_000_000_000 + len(self.shops) * 10**11)
        shop = Shop(
            settings=settings,
            clock=self.clock,
            random=self.random,
            outbox=self.outbox,
            numbers=numbers,
            id=numbers.next(),
            opened_at=self.clock(),
            secrets={key: app.secrets[0] for key, app in self.apps.items()},
        )
        self.shops[settings.domain] = shop
        return shop

    def shop(self, domain: str) -> Shop:
        """The shop with that domain, opened if it is not there yet."""
        return self.shops.get(domain) or self.open_shop(domain)

    def install(
        self,
        domain: str,
        client_id: str = CLIENT_ID,
        scopes: Sequence[str] | None = None,
        token: str = "",
    ) -> Token:
        """Install an app the old way: a static token, and the webhooks of its configuration."""
        app = self.apps[client_id]
        made = self.tokens.static(domain, client_id, scopes or app.scopes, token)
        self._configured_webhooks(self.shop(domain), app)
        return made

    def _configured_webhooks(self, shop: Shop, app: App) -> None:
        known = {(one.client_id, one.topic) for one in shop.subscriptions.values() if one.from_app}
        for topic, uri in app.webhooks.items():
            if (app.client_id, topic) not in known:
                number = shop.numbers.next()
                shop.subscriptions[number] = Subscription(
                    number, topic, uri, app.client_id, served_version(None), self.clock(), self.clock(), from_app=True
                )

    def uninstall(self, domain: str, client_id: str = CLIENT_ID) -> None:
        """The merchant removes the app: tokens die at once, then `app/uninstalled` is told."""
        shop = self.shops[domain]
        self.tokens.end(domain, client_id)
        shop.announce("APP_UNINSTALLED", shop.body(), self.outbox.uuid())
        for number, one in list(shop.subscriptions.items()):
            if one.client_id == client_id and not one.from_app:
                del shop.subscriptions[number]

    def rotate_secret(self, client_id: str, secret: str, *, signs: bool = True) -> None:
        """Give an app a new client secret; the old one goes on for tokens.

        Args:
            signs: The new one signs deliveries at once. Shopify may take up to an hour for that.
        """
        app = self.apps[client_id]
        app.secrets.insert(0, secret)
        for shop in self.shops.values():
            if signs:
                shop.secrets[client_id] = secret

    def set_state(self, domain: str, state: str) -> None:
        """open, frozen (402) or locked (423)."""
        if state not in ("open", "frozen", "locked"):
            raise ValueError(f"a shop is open, frozen or locked, not {state!r}")
        self.shops[domain].state = state

    def change_scopes(self, domain: str, client_id: str, scopes: Sequence[str]) -> None:
        """The merchant grants other scopes than before."""
        shop = self.shops[domain]
        previous: list[str] = []
        for token in self.tokens.of(domain, client_id):
            previous, token.scopes = list(token.scopes), tuple(scopes)
        body = {"id": shop.id, "previous": previous, "current": list(scopes), "updated_at": shop.moment(self.clock())}
        shop.announce("APP_SCOPES_UPDATE", body, self.outbox.uuid())

    # Deliveries

    def due_deliveries(self, now: datetime) -> list[Delivery]:
        """What has to be sent by *now*; each one is to be reported with `delivered`."""
        for shop in self.shops.values():
            announce_finished(shop, now)
        return self.outbox.due(now)

    def delivered(self, delivery_id: int, status: int | None) -> None:
        """Record what a delivery was answered; nothing for no answer within five seconds."""
        failed = self.outbox.answered(delivery_id, status, self.clock())
        if failed is None:
            return
        subscriptions = self.shops[failed.shop].subscriptions
        found = subscriptions.get(failed.subscription_id)
        if found is not None and not found.from_app:
            del subscriptions[failed.subscription_id]

    def set_habits(self, habits: Habits) -> None:
        """How unkind the outbox is from now on."""
        self.outbox.habits = habits

    # Requests

    def handle(self, request: Request) -> Answer:
        """Answer one request, as scripted faults allow."""
        shop, path = self._shop_and_path(request)
        fault = self.faults.next_for(request, shop.domain if shop else None)
        answer = self._faulty(request, shop, path, fault) if fault else (self._answer(request, shop, path, None))
        self._note(request, shop, answer)
        return answer

    def _faulty(self, request: Request, shop: Shop | None, path: str, fault: Fault) -> Answer:
        if fault.kind == "cut_before":
            return NoAnswer(committed=False)
        if fault.kind == "status":
            return self._dated(json_response(fault.body, fault.status, fault.headers))
        if fault.kind == "revoked":
            return self._dated(json_response(BAD_TOKEN, 401))
        answer = self._answer(request, shop, path, fault)
        if fault.kind == "cut_after":
            return NoAnswer(committed=True)
        return Slow(answer, fault.seconds) if fault.kind == "slow" else answer

    def _answer(self, request: Request, shop: Shop | None, path: str, fault: Fault | None) -> Response:
        if shop is None:
            return self._dated(json_response({"errors": "Not Found"}, 404))
        if path == "/admin/oauth/authorize" and request.method == "GET":
            return self._dated(self._oauth.authorize(request, shop, self.clock()))
        if path == "/admin/oauth/access_token" and request.method == "POST":
            return self._dated(self._token(request, shop))
        if path.startswith("/bulk/") and request.method == "GET":
            return self._bulk_file(shop, path)
        if path.startswith("/admin/api/") and path.endswith("graphql.json"):
            return self._graphql(request, shop, path, fault)
        return self._dated(json_response({"errors": "Not Found"}, 404))

    @staticmethod
    def _bulk_file(shop: Shop, path: str) -> Response:
        """The result of a bulk operation; whoever knows the address may have it."""
        number = path.removeprefix("/bulk/").removesuffix(".jsonl")
        found = shop.bulk.get(int(number)) if number.isdigit() else None
        if found is None:
            return text_response("Not Found", 404)
        return text_response("\n".join(found.lines), media_type="application/jsonl")

    def _token(self, request: Request, shop: Shop) -> Response:
        answer = self._oauth.access_token(request, shop, self.clock())
        if answer.status == 200:
            self._configured_webhooks(shop, self.apps[self.tokens.access[answer.json()["access_token"]].client_id])
        return answer

    def _shop_and_path(self, request: Request) -> tuple[Shop | None, str]:
        """Which shop is meant: by path, token, `shop` parameter, host, or as the only one."""
        if request.path.startswith("/shops/"):
            domain, _, rest = request.path.removeprefix("/shops/").partition("/")
            return self.shops.get(domain), f"/{rest}"
        token = self.tokens.access.get(request.header("x-shopify-access-token") or "")
        named = [
            token.shop if token else None,
            request.param("shop"),
            self._body_shop(request),
            (request.header("host") or "").partition(":")[0],
        ]
        for name in named:
            if name in self.shops:
                return self.shops[name], request.path
        only = next(iter(self.shops.values())) if len(self.shops) == 1 else None
        return only, request.path

    def _body_shop(self, request: Request) -> str | None:
        """The shop that a token request means, by the code or token in it."""
        if not request.path.endswith("/oauth/access_token"):
            return None
        text = request.body.decode("utf-8", "replace")
        known = {one.value: one.shop for one in self.tokens.codes.values()}
        known |= {one.value: one.shop for one in self.tokens.refresh.values()}
        known |= {one.value: one.shop for one in self.tokens.access.values()}
        return next((shop for value, shop in known.items() if value in text), None)

    def _graphql(self, request: Request, shop: Shop, path: str, fault: Fault | None) -> Response:
        refusal = self._refusal(request, shop)
        if refusal is not None:
            return self._dated(refusal)
        token = self.tokens.access[request.header("x-shopify-access-token") or ""]
        version = served_version(path.removeprefix("/admin/api/").partition("/")[0])
        payload = _payload(request)
        if isinstance(payload, Response):
            return self._dated(payload)
        body = self._run(payload, shop, token, version, fault)
        return self._dated(
            json_response(body, headers={"X-Shopify-API-Version": version, "X-Request-Id": self.outbox.uuid()})
        )

    def _refusal(self, request: Request, shop: Shop) -> Response | None:
        """Why this request gets nowhere near the data, or nothing."""
        if request.method != "POST":
            return json_response({"errors": "Not Found"}, 404)
        token = self.tokens.access.get(request.header("x-shopify-access-token") or "")
        if token is None or token.shop != shop.domain or not token.alive(self.clock()):
            return json_response(BAD_TOKEN, 401)
        if token.expires_at is None and self.apps[token.client_id].needs_expiring:
            return json_response(NON_EXPIRING, 403)
        states = {"frozen": (402, "Unavailable Shop"), "locked": (423, "Locked")}
        if shop.state in states:
            status, text = states[shop.state]
            return json_response({"errors": text}, status)
        return None

    def _run(
        self,
        payload: Mapping[str, Any],
        shop: Shop,
        token: Token,
        version: str,
        fault: Fault | None,
    ) -> dict[str, Any]:
        now = self.clock()
        bucket = self.bucket(shop, token.client_id)
        if fault is not None and fault.kind == "throttled":
            bucket.refill(now)
            bucket.level = 0.0
        if fault is not None and fault.kind == "server_error":
            return _server_error()
        session = Session(
            shop,
            token.client_id,
            token.scopes,
            version,
            now,
            self.apps[token.client_id].hidden,
            lambda: self.uninstall(shop.domain, token.client_id),
            self.base_url,
        )
        body = self._engine.run(payload, session, bucket)
        if fault is not None and fault.kind == "partial_error":
            return with_partial_error(body, fault.path)
        return body

    def bucket(self, shop: Shop, client_id: str) -> Bucket:
        """The points that an app has left in a shop."""
        rate = shop.settings.restore_rate
        return self._buckets.setdefault((shop.domain, client_id), Bucket(rate * 20, rate, rate * 20, self.clock()))

    def _dated(self, response: Response) -> Response:
        date = format_datetime(self.clock().astimezone(UTC), usegmt=True)
        return Response(response.status, {"Date": date, **response.headers}, response.body)

    def _note(self, request: Request, shop: Shop | None, answer: Answer) -> None:
        inner = answer.answer if isinstance(answer, Slow) else answer
        status = inner.status if isinstance(inner, Response) else None
        self.seen.append(
            Seen(
                self.clock(),
                request.method,
                request.path,
                shop.domain if shop else None,
                _operation_name(request),
                status,
            )
        )


def _payload(request: Request) -> Mapping[str, Any] | Response:
    if request.media_type != "application/json":
        return json_response({"errors": "Unsupported Media Type"}, 415)
    try:
        payload = request.json()
    except ValueError:
        return json_response({"errors": {"query": "Required parameter missing or invalid"}}, 400)
    if not isinstance(payload, dict) or not isinstance(payload.get("query"), str):
        return json_response({"errors": {"query": "Required parameter missing or invalid"}}, 400)
    return payload


def _server_error() -> dict[str, Any]:
    return {
        "errors": [
            {
                "message": "Internal error. Looks like something went wrong on our end.\n"
                "Request ID: sandbox (include this in support requests).",
                "extensions": {"code": "INTERNAL_SERVER_ERROR", "requestId": "sandbox"},
            }
        ]
    }


def _operation_name(request: Request) -> str | None:
    """What a GraphQL request calls itself; never its variables."""
    if not request.path.endswith("graphql.json"):
        return None
    try:
        payload = request.json()
    except ValueError:
        return None
    text = str(payload.get("query", "")) if isinstance(payload, dict) else ""
    text = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    return " ".join(text.split("{", 1)[0].split("(", 1)[0].split()) or "{"
