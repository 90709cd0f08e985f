"""Access tokens, one for each connection and vendor, shared by every process and renewed once.

Who holds a token has a claim in its row with a time limit, on PostgreSQL's clock. No database connection is kept while
the vendor is asked, so a slow accounts server starves nobody; a holder that dies is waited for at most `HELD_FOR_S`.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from ml_connector.store.errors import KeyMissing, StoreUnavailable, TooManyRefreshes
from ml_connector.store.sql import Row, one_row, run, text
from ml_connector.store.values import dumps, loads
from ml_connector.store.vault import Place, Sealed, Vault

HELD_FOR_S = 45.0
"""Longer than the longest request to an accounts server."""
WINDOW_S = 600.0
REFRESHES = 10
"""Access tokens that Zoho gives for one refresh token in ten minutes. Source: Zoho OAuth, token limits."""


@dataclass(frozen=True, slots=True)
class StoredToken:
    """What a vendor gave: the access token and whatever belongs to it. Printing shows no secret.

    Attributes:
        values: `access_token` and others (`api_domain`, a new `refresh_token`), encrypted in the row.
        version: Grows with each renewal.
    """

    values: Mapping[str, str] = field(repr=False)
    expires_at: datetime
    version: int = 0


_CURRENT = text("""
    SELECT version, ciphertext, fingerprint, expires_at FROM tokens
    WHERE connection_id = :connection_id AND vendor = :vendor
""")
_CLAIM = text("""
    INSERT INTO tokens AS t (connection_id, vendor, refreshing_by, refreshing_until)
    VALUES (:connection_id, :vendor, :owner, clock_timestamp() + make_interval(secs => :held_s))
    ON CONFLICT (connection_id, vendor) DO UPDATE
        SET refreshing_by = excluded.refreshing_by, refreshing_until = excluded.refreshing_until
        WHERE t.refreshing_until IS NULL OR t.refreshing_until <= clock_timestamp()
    RETURNING version, ciphertext, fingerprint, expires_at,
              ARRAY(SELECT b FROM unnest(begun) b WHERE b > clock_timestamp() - make_interval(secs => :window_s)
                    ORDER BY b) AS begun, clock_timestamp() AS now
""")
_BEGIN = text("""
    UPDATE tokens SET
        begun = ARRAY(SELECT b FROM unnest(begun) b WHERE b > clock_timestamp() - make_interval(secs => :window_s))
                || clock_timestamp(),
        refreshing_until = clock_timestamp() + make_interval(secs => :held_s)
    WHERE connection_id = :connection_id AND vendor = :vendor AND refreshing_by = :owner
      AND (SELECT count(*) FROM unnest(begun) b WHERE b > clock_timestamp() - make_interval(secs => :window_s))
          < :refreshes
    RETURNING begun
""")
_LAST = text("""
    SELECT refreshing_by = :owner AS ours, extract(epoch FROM (
        SELECT b FROM unnest(begun) b ORDER BY b DESC OFFSET :refreshes - 1 LIMIT 1
    ) + make_interval(secs => :window_s) - clock_timestamp())::float8 AS wait_s
    FROM tokens WHERE connection_id = :connection_id AND vendor = :vendor
""")
# The token is kept if nobody renewed it since we read it, also when our time was over meanwhile: a vendor that changes
# the refresh token with each renewal would be lost otherwise.
_KEEP = text("""
    WITH k AS (SELECT fingerprint FROM keys WHERE fingerprint = :fingerprint AND retired_at IS NULL FOR SHARE),
    kept AS (
        UPDATE tokens t SET version = t.version + 1, ciphertext = :ciphertext, fingerprint = k.fingerprint,
               expires_at = :expires_at, refreshed_at = clock_timestamp()
        FROM k WHERE t.connection_id = :connection_id AND t.vendor = :vendor AND t.version = :version
        RETURNING t.version
    )
    SELECT EXISTS (SELECT 1 FROM k) AS key_in_force, (SELECT version FROM kept) AS version
""")
_RELEASE = text("""
    UPDATE tokens SET refreshing_by = NULL, refreshing_until = NULL
    WHERE connection_id = :connection_id AND vendor = :vendor AND refreshing_by = :owner
""")
_FORGET = text("""
    DELETE FROM tokens
    WHERE connection_id = :connection_id AND (CAST(:vendor AS text) IS NULL OR vendor = CAST(:vendor AS text))
""")

Open = Callable[[], AbstractAsyncContextManager[AsyncConnection]]
"""Opens a database connection on which each statement is its own commit: `Store.at_once`."""


class HeldToken:
    """A connection's token while nobody else may renew it."""

    def __init__(
        self, opening: Open, vault: Vault, place: Place, owner: str, token: StoredToken | None, row: Row
    ) -> None:
        self._open = opening
        self._vault = vault
        self._place = place
        self._owner = owner
        self._version = int(row.version)
        self.token = token
        """As it was when we got hold of it: perhaps renewed by somebody we waited for."""
        self.attempts: tuple[datetime, ...] = tuple(row.begun)
        """When renewals were begun in the last ten minutes, by any process."""
        self.now: datetime = row.now

    async def attempting(self) -> None:
        """Count a renewal before it is asked for, durably. One or two round trips.

        Raises:
            TooManyRefreshes: ten were begun in the last ten minutes, or our time is over.
        """
        values = {**self._names(), "window_s": WINDOW_S, "refreshes": REFRESHES}
        async with self._open() as tx:
            if await one_row(tx, _BEGIN, held_s=HELD_FOR_S, **values) is not None:
                return
            row = await one_row(tx, _LAST, **values)
        wait_s = row.wait_s if row is not None and row.ours and row.wait_s is not None else 1.0
        raise TooManyRefreshes(self._place.kind, retry_after_s=max(wait_s, 0.5))

    async def keep(self, values: Mapping[str, str], expires_at: datetime) -> StoredToken:
        """Keep the renewed token for everybody. One round trip.

        Where somebody else has kept a newer one meanwhile, theirs stays and ours is only used by us.

        Raises:
            KeyMissing: our key has been retired and its successor is not here.
        """
        plain = dumps(dict(values)).encode()
        row = await self._write(plain, expires_at)
        if not row.key_in_force:
            self._vault.reload()
            row = await self._write(plain, expires_at)
        if not row.key_in_force:
            raise KeyMissing(self._vault.ring.first.fingerprint)
        self._version = self._version if row.version is None else int(row.version)
        self.token = StoredToken(dict(values), expires_at, self._version)
        return self.token

    async def _write(self, plain: bytes, expires_at: datetime) -> Row:
        sealed = self._vault.seal(plain, self._place)
        async with self._open() as tx:
            row = await one_row(
                tx,
                _KEEP,
                ciphertext=sealed.ciphertext,
                fingerprint=sealed.fingerprint,
                expires_at=expires_at,
                version=self._version,
                connection_id=self._place.connection_id,
                vendor=self._place.kind,
            )
        assert row is not None
        return row

    async def release(self) -> None:
        async with self._open() as tx:
            await run(tx, _RELEASE, **self._names())

    def _names(self) -> dict[str, object]:
        return {"connection_id": self._place.connection_id, "vendor": self._place.kind, "owner": self._owner}


class Tokens:
    """The tokens of all connections. `sleep` is asked to wait between two looks at a claim that somebody else holds."""

    def __init__(self, vault: Vault, *, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        self._vault = vault
        self._sleep = sleep
        self._here: dict[tuple[int, str], asyncio.Lock] = {}

    async def current(self, tx: AsyncConnection, connection_id: int, vendor: str) -> StoredToken | None:
        """The token as it is kept; its age is for the caller to judge. One round trip."""
        row = await one_row(tx, _CURRENT, connection_id=connection_id, vendor=vendor)
        return self._token(row, _place(connection_id, vendor)) if row else None

    @asynccontextmanager
    async def exclusive(self, opening: Open, connection_id: int, vendor: str) -> AsyncIterator[HeldToken]:
        """Hold a connection's token: one holder at a time, over all processes.

        One round trip to take, one to let go, and one for each look while another process holds it; within a process
        one asks for all. What the holder finds in `token` may have been renewed while it waited.

        Raises:
            StoreUnavailable: others held it for twice the time that a holder has.
        """
        lock = self._here.setdefault((connection_id, vendor), asyncio.Lock())
        async with lock:
            held = await self._claim(opening, _place(connection_id, vendor))
            try:
                yield held
            finally:
                await held.release()

    async def forget(self, tx: AsyncConnection, connection_id: int, vendor: str | None = None) -> int:
        """Remove a connection's tokens, all or those of one vendor. One round trip."""
        return await run(tx, _FORGET, connection_id=connection_id, vendor=vendor)

    async def _claim(self, opening: Open, place: Place) -> HeldToken:
        owner = uuid.uuid4().hex
        waited_s, pause_s = 0.0, 0.02
        while waited_s < 2 * HELD_FOR_S:
            async with opening() as tx:
                row = await one_row(
                    tx,
                    _CLAIM,
                    connection_id=place.connection_id,
                    vendor=place.kind,
                    owner=owner,
                    held_s=HELD_FOR_S,
                    window_s=WINDOW_S,
                )
            if row is not None:
                return HeldToken(opening, self._vault, place, owner, self._token(row, place), row)
            await self._sleep(pause_s)
            waited_s, pause_s = waited_s + pause_s, min(pause_s * 1.5, 0.5)
        raise StoreUnavailable("another process has been renewing an access token for too long")

    def _token(self, row: Row, place: Place) -> StoredToken | None:
        if row.ciphertext is None:
            return None
        plain = self._vault.open(Sealed(row.ciphertext, row.fingerprint), place)
        return StoredToken(loads(plain), row.expires_at, row.version)


def _place(connection_id: int, vendor: str) -> Place:
    return Place("tokens", vendor, connection_id)
