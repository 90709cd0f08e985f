"""What the OAuth routes need from the rest of the house."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlencode, urlsplit

from litestar import Request

from ml_connector.jobs.clock import Clock
from ml_connector.jobs.connecting.grants import Organisations, StoredGrants
from ml_connector.jobs.connecting.seals import Seals
from ml_connector.net import Send
from ml_connector.settings import Settings
from ml_connector.shopify import oauth as shopify_oauth
from ml_connector.store import Store
from ml_connector.store.connections import Connection
from ml_connector.zoho import oauth as zoho_oauth

MayStart = Callable[[Request[Any, Any, Any]], Awaitable[bool]]
"""Whether whoever sent a request may start connecting; the console's session answers this."""
Finish = Callable[[str], Awaitable[None]]
"""Told the name of a connection that has both sides: look at it, repair its webhooks."""


class Grants(Protocol):
    """Keeps what was granted; see `StoredGrants`, which is the one in production."""

    async def once(self, nonce: str) -> bool: ...

    async def connection(self, name: str) -> Connection | None: ...

    async def name_for(self, shop: str) -> str: ...

    async def take_shopify(
        self, app: shopify_oauth.App, name: str, shop: str, code: str, *, rests: bool = False
    ) -> tuple[str, ...]: ...

    async def take_zoho(
        self, app: zoho_oauth.App, name: str, callback: zoho_oauth.Callback, region: str, *, rests: bool = False
    ) -> Organisations: ...

    async def choose(self, name: str, organization_id: str, *, rests: bool = False) -> None: ...

    def ticket(self, connection: str) -> str: ...


async def nobody(_request: Request[Any, Any, Any]) -> bool:
    """Without a console only a ticket, or Shopify's own signature, lets anybody start."""
    return False


async def nothing(_connection: str) -> None:
    """For whoever looks at the connection in another way."""


@dataclass(frozen=True, slots=True)
class OAuthNeeds:
    """What the routes are made of.

    Attributes:
        public_url: Where browsers reach us, without a slash at the end.
        shopify_app, zoho_app: None where the settings name none; then the routes say so.
        shopify_scopes: Asked for at Shopify; none where the app's own configuration says which, as Shopify wants it.
        zoho_accounts: The configured accounts server, which stands for all regions; empty for Zoho's own.
        stylesheet: The console's sheet, as an address of ours; empty without one.
    """

    public_url: str
    shopify_app: shopify_oauth.App | None
    zoho_app: zoho_oauth.App | None
    grants: Grants
    seals: Seals
    clock: Clock
    shopify_scopes: tuple[str, ...] = ()
    zoho_accounts: str = ""
    may_start: MayStart = nobody
    finish: Finish = nothing
    stylesheet: str = ""

    @classmethod
    def of(
        cls,
        settings: Settings,
        store: Store,
        send: Send,
        clock: Clock,
        *,
        may_start: MayStart = nobody,
        finish: Finish = nothing,
        stylesheet: str = "",
    ) -> OAuthNeeds:
        """As *settings* say."""
        accounts, public = (settings.zoho_accounts_endpoint or "").rstrip("/"), settings.public_url.rstrip("/")
        grants = StoredGrants(
            store, send, clock, zoho_accounts=accounts, zoho_api=(settings.zoho_api_endpoint or "").rstrip("/")
        )
        return cls(
            public_url=public,
            shopify_app=_shopify_app(settings),
            zoho_app=_zoho_app(settings, f"{public}/oauth/zoho/callback"),
            grants=grants,
            seals=grants.seals,
            clock=clock,
            zoho_accounts=accounts,
            may_start=may_start,
            finish=finish,
            stylesheet=stylesheet,
        )

    def address(self, path: str, **query: str) -> str:
        """Our own address with those of *query* that are not empty."""
        tail = urlencode({name: value for name, value in query.items() if value})
        return f"{self.public_url}{path}{'?' if tail else ''}{tail}"

    @property
    def secure(self) -> bool:
        return self.public_url.startswith("https://")

    @property
    def cookie_path(self) -> str:
        return f"{urlsplit(self.public_url).path.rstrip('/')}/oauth"


def _shopify_app(settings: Settings) -> shopify_oauth.App | None:
    if not settings.shopify_client_id or settings.shopify_client_secret is None:
        return None
    secret = settings.shopify_client_secret.get_secret_value()
    return shopify_oauth.App(settings.shopify_client_id, secret, settings.shopify_endpoint)


def _zoho_app(settings: Settings, redirect_uri: str) -> zoho_oauth.App | None:
    if not settings.zoho_client_id or settings.zoho_client_secret is None:
        return None
    return zoho_oauth.App(settings.zoho_client_id, settings.zoho_client_secret.get_secret_value(), redirect_uri)
