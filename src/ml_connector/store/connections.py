"""Connections: one shop with one organisation, its health, and the versions of its policy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from ml_connector.store.sql import all_rows, made, one_row, run, text
from ml_connector.store.values import dumps


@dataclass(frozen=True, slots=True)
class Connection:
    """One connection as it is now. Its secrets are in `Credentials`."""

    id: int
    name: str
    shop: str
    zoho_region: str
    organization_id: str
    api_domain: str
    accounts_server: str
    shop_facts: Mapping[str, Any]
    zoho_facts: Mapping[str, Any]
    health: str
    """ok | paused | broken | disconnected"""
    health_reason: str | None
    paused_until: datetime | None
    policy_version: int
    created_at: datetime
    changed_at: datetime
    disconnected_at: datetime | None
    restored_at: datetime | None
    """When a restore of the database was noticed last: what is older than it may be in Zoho without our knowing."""
    resting: str | None = None
    """not_begun | posting_paused: orders are read and planned, and nothing is written until a person says so."""
    resting_reason: str | None = None
    let_through: Sequence[str] = ()
    """Orders that are posted although the connection rests."""

    @property
    def standing(self) -> str:
        """`health` as people are told it: a connection that rests counts as paused."""
        return "paused" if self.health == "ok" and self.resting else self.health

    @property
    def standing_reason(self) -> str | None:
        """Why it does not stand well, as a sentence; None when it does."""
        if self.health == "ok":
            return self.resting_reason if self.resting else None
        return self.health_reason

    @property
    def organization(self) -> str:
        """What names the organisation's allowance: two connections of one organisation share it."""
        return f"{self.zoho_region}:{self.organization_id}"


@dataclass(frozen=True, slots=True)
class PolicyVersion:
    """The operator's choices as they were from one moment on."""

    connection_id: int
    version: int
    body: Mapping[str, Any]
    who: str
    at: datetime
    note: str


_COLUMNS = ", ".join(field.name for field in fields(Connection))

_SAVE = text(f"""
    INSERT INTO connections AS c (name, shop, zoho_region, organization_id, api_domain, accounts_server,
                                  shop_facts, zoho_facts)
    VALUES (:name, coalesce(CAST(:shop AS text), ''), coalesce(CAST(:zoho_region AS text), ''),
            coalesce(CAST(:organization_id AS text), ''), coalesce(CAST(:api_domain AS text), ''),
            coalesce(CAST(:accounts_server AS text), ''),
            coalesce(CAST(:shop_facts AS jsonb), '{{}}'), coalesce(CAST(:zoho_facts AS jsonb), '{{}}'))
    ON CONFLICT (name) DO UPDATE SET
        shop = coalesce(CAST(:shop AS text), c.shop),
        zoho_region = coalesce(CAST(:zoho_region AS text), c.zoho_region),
        organization_id = coalesce(CAST(:organization_id AS text), c.organization_id),
        api_domain = coalesce(CAST(:api_domain AS text), c.api_domain),
        accounts_server = coalesce(CAST(:accounts_server AS text), c.accounts_server),
        shop_facts = coalesce(CAST(:shop_facts AS jsonb), c.shop_facts),
        zoho_facts = coalesce(CAST(:zoho_facts AS jsonb), c.zoho_facts),
        changed_at = clock_timestamp()
    RETURNING {_COLUMNS}
""")
_ALL = text(f"SELECT {_COLUMNS} FROM connections ORDER BY name")
_BY_ID = text(f"SELECT {_COLUMNS} FROM connections WHERE id = :id")
_BY_NAME = text(f"SELECT {_COLUMNS} FROM connections WHERE name = :name")
_BY_SHOP = text(f"SELECT {_COLUMNS} FROM connections WHERE shop = :shop ORDER BY id")
_HEALTH = text("""
    UPDATE connections SET
        health = :health, health_reason = :reason, paused_until = :until, changed_at = clock_timestamp(),
        disconnected_at = CASE WHEN :health = 'disconnected' THEN coalesce(disconnected_at, clock_timestamp()) END
    WHERE id = :id
      AND (health, health_reason, paused_until)
          IS DISTINCT FROM (CAST(:health AS text), CAST(:reason AS text), CAST(:until AS timestamptz))
""")
_REST = text("""
    UPDATE connections SET resting = :how, resting_reason = :reason, let_through = '[]', changed_at = clock_timestamp()
    WHERE id = :id AND resting IS DISTINCT FROM CAST(:how AS text)
""")
_LET_THROUGH = text("""
    UPDATE connections SET let_through = CAST(:orders AS jsonb), changed_at = clock_timestamp()
    WHERE id = :id AND resting IS NOT NULL
""")
_RESTORED = text("UPDATE connections SET restored_at = clock_timestamp(), changed_at = clock_timestamp()")
_SET_POLICY = text("""
    WITH c AS (SELECT id, policy_version FROM connections WHERE id = :id FOR UPDATE),
    was AS (SELECT p.body FROM policies p JOIN c ON p.connection_id = c.id AND p.version = c.policy_version),
    made AS (
        INSERT INTO policies (connection_id, version, body, who, note)
        SELECT c.id, c.policy_version + 1, CAST(:body AS jsonb), :who, :note FROM c
        WHERE NOT EXISTS (SELECT 1 FROM was WHERE was.body = CAST(:body AS jsonb))
        RETURNING version
    ),
    moved AS (
        UPDATE connections SET policy_version = made.version, changed_at = clock_timestamp()
        FROM made WHERE connections.id = :id
    )
    SELECT coalesce((SELECT version FROM made), (SELECT policy_version FROM c)) AS version
""")
_POLICY = text("""
    SELECT p.connection_id, p.version, p.body, p.who, p.at, p.note
    FROM policies p JOIN connections c ON c.id = p.connection_id
    WHERE p.connection_id = :id AND p.version = coalesce(CAST(:version AS integer), c.policy_version)
""")
# By itself: a statement that waits for the row does not see the version that it waited for.
_LOCK = text("SELECT id FROM connections WHERE id = :id FOR UPDATE")
_POLICIES = text("""
    SELECT connection_id, version, body, who, at, note FROM policies WHERE connection_id = :id ORDER BY version DESC
""")


class Connections:
    """Each method is one round trip, unless it says otherwise."""

    async def save(  # noqa: PLR0913 - what is left out keeps its value
        self,
        tx: AsyncConnection,
        name: str,
        *,
        shop: str | None = None,
        zoho_region: str | None = None,
        organization_id: str | None = None,
        api_domain: str | None = None,
        accounts_server: str | None = None,
        shop_facts: Mapping[str, Any] | None = None,
        zoho_facts: Mapping[str, Any] | None = None,
    ) -> Connection:
        """Create or change the connection called *name*. What is left out keeps its value."""
        rows = await all_rows(
            tx,
            _SAVE,
            name=name,
            shop=shop,
            zoho_region=zoho_region,
            organization_id=organization_id,
            api_domain=api_domain,
            accounts_server=accounts_server,
            shop_facts=None if shop_facts is None else dumps(shop_facts),
            zoho_facts=None if zoho_facts is None else dumps(zoho_facts),
        )
        return made(Connection, rows[0])

    async def all(self, tx: AsyncConnection) -> tuple[Connection, ...]:
        """All of them by name, disconnected ones too."""
        return tuple(made(Connection, row) for row in await all_rows(tx, _ALL))

    async def get(self, tx: AsyncConnection, connection_id: int) -> Connection | None:
        row = await one_row(tx, _BY_ID, id=connection_id)
        return made(Connection, row) if row else None

    async def named(self, tx: AsyncConnection, name: str) -> Connection | None:
        row = await one_row(tx, _BY_NAME, name=name)
        return made(Connection, row) if row else None

    async def of_shop(self, tx: AsyncConnection, shop: str) -> tuple[Connection, ...]:
        """The connections of *shop* (`acme.myshopify.com`), oldest first, disconnected ones too."""
        return tuple(made(Connection, row) for row in await all_rows(tx, _BY_SHOP, shop=shop))

    async def set_health(
        self,
        tx: AsyncConnection,
        connection_id: int,
        health: str,
        reason: str | None = None,
        *,
        until: datetime | None = None,
    ) -> bool:
        """Say how the connection is; *until*: when a pause ends by itself. Answers whether that is news."""
        return await run(tx, _HEALTH, id=connection_id, health=health, reason=reason, until=until) > 0

    async def rest(self, tx: AsyncConnection, connection_id: int, how: str, reason: str) -> bool:
        """Let nothing be written for it until `work` is called. Answers whether that is news."""
        return await run(tx, _REST, id=connection_id, how=how, reason=reason) > 0

    async def work(self, tx: AsyncConnection, connection_id: int) -> bool:
        """Let it write. Answers whether that is news."""
        return await run(tx, _REST, id=connection_id, how=None, reason=None) > 0

    async def let_through(self, tx: AsyncConnection, connection_id: int, order_ids: Sequence[str]) -> bool:
        """These orders may be posted although it rests, and no others. False: it does not rest."""
        return await run(tx, _LET_THROUGH, id=connection_id, orders=dumps(list(order_ids))) > 0

    async def restored(self, tx: AsyncConnection) -> None:
        """Remember of all connections that the database was restored until now."""
        await run(tx, _RESTORED)

    async def set_policy(
        self, tx: AsyncConnection, connection_id: int, body: Mapping[str, Any], *, who: str, note: str = ""
    ) -> int:
        """Put *body* into force and answer its version: a new one, or the present one when nothing differs."""
        row = await one_row(tx, _SET_POLICY, id=connection_id, body=dumps(body), who=who, note=note)
        assert row is not None
        return int(row.version)

    async def policy(self, tx: AsyncConnection, connection_id: int, version: int | None = None) -> PolicyVersion | None:
        """The policy in force, or that of *version*. None before the first."""
        row = await one_row(tx, _POLICY, id=connection_id, version=version)
        return made(PolicyVersion, row) if row else None

    async def hold(self, tx: AsyncConnection, connection_id: int) -> None:
        """Let nobody else change the connection until *tx* ends; waits for whoever does now."""
        await one_row(tx, _LOCK, id=connection_id)

    async def policy_to_change(self, tx: AsyncConnection, connection_id: int) -> PolicyVersion | None:
        """The policy in force, which nobody else can change until *tx* ends. Two round trips."""
        await self.hold(tx, connection_id)
        return await self.policy(tx, connection_id)

    async def policies(self, tx: AsyncConnection, connection_id: int) -> tuple[PolicyVersion, ...]:
        """All versions, newest first."""
        return tuple(made(PolicyVersion, row) for row in await all_rows(tx, _POLICIES, id=connection_id))
