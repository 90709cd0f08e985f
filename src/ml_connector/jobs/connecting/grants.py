"""What Shopify and Zoho granted, kept: tokens before they are used, one owner at a time, old access given back."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from itertools import chain, count

import msgspec
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from ml_connector.jobs.clock import Clock
from ml_connector.jobs.connecting import kinds
from ml_connector.jobs.connecting.seals import LIFETIME, Note, Seals
from ml_connector.jobs.connecting.sign_in_errors import SignInRefused
from ml_connector.jobs.connecting.tokens import SHOPIFY, ZOHO, Held
from ml_connector.jobs.connecting.zoho_consent import Choice, Offer, ZohoConsent
from ml_connector.jobs.resting import not_yet
from ml_connector.net import Send
from ml_connector.shopify import oauth as shopify_oauth
from ml_connector.shopify import scopes
from ml_connector.shopify.token_wire import TokenWire
from ml_connector.shopify.tokens import ShopifyToken
from ml_connector.shopify.wire import Time
from ml_connector.store import Store
from ml_connector.store.connections import Connection
from ml_connector.zoho import oauth as zoho_oauth
from ml_connector.zoho import regions

log = structlog.get_logger(__name__)

_LONGEST_START = 56
"""Of a name that is made from a shop's address, so that a number fits behind it."""

NOT_YET_ZOHO = "Zoho Books is not connected yet."
NOT_YET_SHOPIFY = "Shopify is not connected yet."


@dataclass(frozen=True, slots=True)
class Organisations:
    """What a Zoho user offers to a connection.

    Attributes:
        chosen: The organisation that is connected now; empty when a person has to choose.
        present: The name of the one that the connection posts to so far, when this user does not belong to it.
    """

    choices: tuple[Choice, ...]
    chosen: str = ""
    present: str = ""


class StoredGrants:
    """Grants kept in the store. `zoho_accounts`, `zoho_api`: other addresses, for sandboxes."""

    def __init__(self, store: Store, send: Send, clock: Clock, *, zoho_accounts: str = "", zoho_api: str = "") -> None:
        self._store = store
        self._send = send
        self._clock = clock
        self._zoho_accounts = zoho_accounts
        self._zoho_api = zoho_api
        self.seals = Seals(store.vault, clock.now)

    def ticket(self, connection: str) -> str:
        """Leave for one browser to start connecting *connection*, once, within 15 minutes."""
        return self.seals.seal(Note("ticket", connection))

    async def once(self, nonce: str) -> bool:
        """Whether *nonce* is used for the first time, over all processes. One round trip."""
        async with self._store.at_once() as tx:
            # remembered for longer than any note lives
            wait_s = await self._store.leases.take(
                tx, f"oauth:{nonce}", owner=uuid.uuid4().hex, for_s=2 * LIFETIME.total_seconds()
            )
        return wait_s == 0.0

    async def connection(self, name: str) -> Connection | None:
        async with self._store.at_once() as tx:
            return await self._store.connections.named(tx, name)

    async def name_for(self, shop: str) -> str:
        """The connection of *shop*, one in use before one that ended; for a new shop the start of its address, with a
        number where another shop's connection is called so."""
        async with self._store.at_once() as tx:
            known = await self._store.connections.of_shop(tx, shop)
            if known:
                return min(known, key=lambda each: (each.disconnected_at is not None, each.id)).name
            taken = {each.name for each in await self._store.connections.all(tx)}
        start = shop.removesuffix(".myshopify.com")[:_LONGEST_START]
        numbered = (f"{start}-{number}" for number in count(2))
        return next(name for name in chain([start], numbered) if name not in taken)

    async def take_shopify(
        self, app: shopify_oauth.App, name: str, shop: str, code: str, *, rests: bool = False
    ) -> tuple[str, ...]:
        """Exchange *code* and keep the token for *name*; which required scopes were not granted.

        While we ask, nobody else renews: a token that is given now ends every earlier refresh token.

        Args:
            rests: Whether a connection that never had both sides writes nothing until a person says so.

        Raises:
            SignInRefused: the connection belongs to another shop.
            CodeRefused, AppRefused, ShopifyError: no token was given.
        """
        before = await self.connection(name)
        require_same_shop(before, shop)
        if before is None:
            fresh = await self._exchanged(app, shop, code)
            await self._keep_shopify(app, name, shop, fresh, rests=rests)
        else:
            async with self._store.tokens.exclusive(self._store.at_once, before.id, SHOPIFY):
                fresh = await self._exchanged(app, shop, code)
                await self._keep_shopify(app, name, shop, fresh, rests=rests)
        return scopes.missing(sorted(scopes.REQUIRED), fresh.scopes)

    async def _exchanged(self, app: shopify_oauth.App, shop: str, code: str) -> ShopifyToken:
        clock = self._clock
        wire = TokenWire(self._send, app, time=Time(clock.now, clock.monotonic, clock.sleep))
        return await wire.exchange_code(shop, code)

    async def _keep_shopify(
        self, app: shopify_oauth.App, name: str, shop: str, fresh: ShopifyToken, *, rests: bool
    ) -> None:
        """One commit: the connection, its secrets, and that what was renewed from older ones is void."""
        async with self._store.transaction() as tx:
            before = await self._store.connections.named(tx, name)
            require_same_shop(before, shop)
            facts = {**(before.shop_facts if before else {}), "scopes": sorted(fresh.scopes)}
            kept = await self._store.connections.save(tx, name, shop=shop, shop_facts=facts)
            known = await self._secrets(tx, kept.id)
            await self._put(tx, kept.id, {**_older_secret(known, app), **_shopify_secrets(app, fresh)})
            await self._store.tokens.forget(tx, kept.id, SHOPIFY)
            await self._rest(tx, before, kept, rests=rests)
            await self._ready(tx, kept, "Shopify")
        log.info("oauth.shopify_connected", connection=name, shop=shop, scopes=len(fresh.scopes))

    async def take_zoho(
        self, app: zoho_oauth.App, name: str, callback: zoho_oauth.Callback, region: str, *, rests: bool = False
    ) -> Organisations:
        """Exchange the code of *callback*, and connect the organisation when there is no doubt which.

        The one that the connection has already, or the only one of a new connection. Otherwise what was granted waits
        for `choose`, and what was connected before goes on working.

        Raises:
            SignInRefused: there is no such connection.
            ZohoTrouble: see `ZohoConsent.offer`.
        """
        connection = await self._existing(name)
        consent = self._consent(app)
        async with self._store.at_once() as tx:
            secrets = await self._secrets(tx, connection.id)
        offer = await consent.offer(callback, region, current=secrets.get(kinds.ZOHO_REFRESH_TOKEN, ""))
        ids = [each.id for each in offer.organisations]
        chosen = connection.organization_id if connection.organization_id in ids else ""
        if not connection.organization_id and len(ids) == 1:
            chosen = ids[0]
        if chosen:
            await self._connect_zoho(connection, offer, chosen, rests=rests)
        else:
            await self._hold(connection, offer)
        left_behind = _offer(secrets)
        if left_behind is not None and left_behind.refresh_token != offer.refresh_token:
            await consent.give_back(left_behind.accounts, left_behind.refresh_token)
        present = str(connection.zoho_facts.get("name") or connection.organization_id)
        return Organisations(offer.organisations, chosen, "" if chosen else present)

    async def choose(self, name: str, organization_id: str, *, rests: bool = False) -> None:
        """Connect the organisation that the person chose from what was granted.

        Raises:
            SignInRefused: nothing waits for a choice, or this organisation was not offered.
        """
        connection = await self._existing(name)
        async with self._store.at_once() as tx:
            offer = _offer(await self._secrets(tx, connection.id))
        if offer is None or organization_id not in {each.id for each in offer.organisations}:
            raise SignInRefused("organisation", "This organisation is not on offer any more.")
        await self._connect_zoho(connection, offer, organization_id, rests=rests)

    async def _connect_zoho(self, connection: Connection, offer: Offer, organization_id: str, *, rests: bool) -> None:
        """Keep the refresh token, then the access token that came with it; then give the old one back."""
        async with self._store.tokens.exclusive(self._store.at_once, connection.id, ZOHO) as held:
            async with self._store.transaction() as tx:
                old = (await self._secrets(tx, connection.id)).get(kinds.ZOHO_REFRESH_TOKEN, "")
                kept = await self._save_zoho(tx, connection, offer, organization_id)
                await self._put(tx, kept.id, _zoho_secrets(offer))
                await self._rest(tx, connection, kept, rests=rests)
                await self._ready(tx, kept, "Zoho")
            await Held(held).keep(offer.token)
        log.info("oauth.zoho_connected", connection=kept.name, region=offer.region, organization_id=organization_id)
        if old and old != offer.refresh_token:
            app = zoho_oauth.App(offer.client_id, offer.client_secret)
            await self._consent(app).give_back(self._accounts(connection), old)

    async def _save_zoho(
        self, tx: AsyncConnection, connection: Connection, offer: Offer, organization_id: str
    ) -> Connection:
        same = connection.organization_id == organization_id
        name = next((each.name for each in offer.organisations if each.id == organization_id), "")
        return await self._store.connections.save(
            tx,
            connection.name,
            zoho_region=offer.region,
            organization_id=organization_id,
            api_domain=offer.api_domain,
            accounts_server=offer.accounts,
            zoho_facts=None if same else {"name": name},
        )

    async def _hold(self, connection: Connection, offer: Offer) -> None:
        async with self._store.at_once() as tx:
            await self._put(tx, connection.id, {kinds.ZOHO_OFFER: msgspec.json.encode(offer).decode()})

    async def _rest(self, tx: AsyncConnection, before: Connection | None, kept: Connection, *, rests: bool) -> None:
        """Let a new connection rest. One that had both sides before works on as it did."""
        if rests and (before is None or not (before.shop and before.organization_id)):
            await not_yet(tx, self._store, kept.id)

    async def _ready(self, tx: AsyncConnection, connection: Connection, vendor: str) -> None:
        """Let the connection work when both sides are there; say what is missing when not."""
        await self._store.credentials.ensure_guest_salt(tx, connection.id)
        secrets = await self._secrets(tx, connection.id)
        missing = _missing(connection, secrets)
        if missing:
            await self._store.connections.set_health(tx, connection.id, "paused", missing)
        else:
            await self._store.connections.set_health(tx, connection.id, "ok")
            await self._store.subjects.due_now(tx, connection.id)
        await self._store.audit.note(tx, "sign-in", "connection.granted", connection_id=connection.id, on=vendor)

    async def _existing(self, name: str) -> Connection:
        found = await self.connection(name)
        if found is None:
            raise SignInRefused("connection", f"There is no connection called “{name}”.", fix="Connect the shop first.")
        return found

    async def _secrets(self, tx: AsyncConnection, connection_id: int) -> dict[str, str]:
        found = await self._store.credentials.of(tx, connection_id, _TEXT_KINDS)
        return {kind: value.decode() for kind, value in found.items()}

    async def _put(self, tx: AsyncConnection, connection_id: int, secrets: dict[str, str]) -> None:
        encoded = {kind: text.encode() for kind, text in secrets.items()}
        await self._store.credentials.put(tx, connection_id, encoded)

    def _consent(self, app: zoho_oauth.App) -> ZohoConsent:
        return ZohoConsent(self._send, self._clock.now, app, self._zoho_api)

    def _accounts(self, connection: Connection) -> str:
        """Where the present refresh token of *connection* was given."""
        known = self._zoho_accounts or connection.accounts_server
        return known or regions.by_code(connection.zoho_region).accounts


_TEXT_KINDS = (
    kinds.SHOPIFY_ACCESS_TOKEN,
    kinds.SHOPIFY_CLIENT_ID,
    kinds.SHOPIFY_CLIENT_SECRET,
    kinds.ZOHO_REFRESH_TOKEN,
    kinds.ZOHO_OFFER,
)


def require_same_shop(connection: Connection | None, shop: str) -> None:
    """A connection keeps its shop: its history belongs to it.

    Raises:
        SignInRefused: it has another one.
    """
    if connection is not None and connection.shop not in ("", shop):
        raise SignInRefused(
            "shop",
            f"The connection “{connection.name}” belongs to {connection.shop}, not to {shop}.",
            fix="Start again in the right shop, or give the new connection another name.",
        )


def _shopify_secrets(app: shopify_oauth.App, fresh: ShopifyToken) -> dict[str, str]:
    """All three of the token's parts, so that none of an earlier token stays behind."""
    return {
        kinds.SHOPIFY_CLIENT_ID: app.client_id,
        kinds.SHOPIFY_CLIENT_SECRET: app.client_secret,
        kinds.SHOPIFY_ACCESS_TOKEN: fresh.access,
        kinds.SHOPIFY_REFRESH_TOKEN: fresh.refresh or "",
        kinds.SHOPIFY_EXPIRES_AT: fresh.expires_at.isoformat() if fresh.expires_at else "",
    }


def _older_secret(known: dict[str, str], app: shopify_oauth.App) -> dict[str, str]:
    """What signed until now still signs what is on its way."""
    before = known.get(kinds.SHOPIFY_CLIENT_SECRET, "")
    return {kinds.OLDER_SHOPIFY_CLIENT_SECRET: before} if before and before != app.client_secret else {}


def _zoho_secrets(offer: Offer) -> dict[str, str]:
    return {
        kinds.ZOHO_CLIENT_ID: offer.client_id,
        kinds.ZOHO_CLIENT_SECRET: offer.client_secret,
        kinds.ZOHO_REFRESH_TOKEN: offer.refresh_token,
        kinds.ZOHO_SIGNED_IN: "yes",
        kinds.ZOHO_OFFER: "",
    }


def _missing(connection: Connection, secrets: dict[str, str]) -> str:
    """Which side is not connected yet, as a sentence; empty when both are."""
    if not connection.shop or not (secrets.get(kinds.SHOPIFY_ACCESS_TOKEN) or secrets.get(kinds.SHOPIFY_CLIENT_ID)):
        return NOT_YET_SHOPIFY
    if not secrets.get(kinds.ZOHO_REFRESH_TOKEN) or not connection.organization_id:
        return NOT_YET_ZOHO
    return ""


def _offer(secrets: dict[str, str]) -> Offer | None:
    held = secrets.get(kinds.ZOHO_OFFER)
    return msgspec.json.decode(held, type=Offer) if held else None
