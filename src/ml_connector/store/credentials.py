"""The secrets of a connection, each encrypted for the place where it is kept."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping

from sqlalchemy.ext.asyncio import AsyncConnection

from ml_connector.store.errors import KeyMissing
from ml_connector.store.sql import all_rows, run, text
from ml_connector.store.vault import Place, Sealed, Vault

GUEST_SALT = "guest_salt"
SHOPIFY_CLIENT_SECRET = "shopify_client_secret"  # noqa: S105 - a kind, not a secret
OLDER_SHOPIFY_CLIENT_SECRET = "shopify_client_secret_older"  # noqa: S105 - likewise
KEPT_AFTER_DISCONNECT = (GUEST_SALT, SHOPIFY_CLIENT_SECRET, OLDER_SHOPIFY_CLIENT_SECRET)
"""The salt, or a returning shop's guests would get new keys and new contacts; and what signs `shop/redact`, which comes
late."""

# A key that a rotation has retired must not come into use again, so the row is written only while its key is in force.
_PUT = text("""
    WITH k AS (SELECT fingerprint FROM keys WHERE fingerprint = :fingerprint AND retired_at IS NULL FOR SHARE)
    INSERT INTO secrets AS s (connection_id, kind, ciphertext, fingerprint)
    SELECT :connection_id, :kind, :ciphertext, k.fingerprint FROM k
    ON CONFLICT (connection_id, kind) DO UPDATE
        SET ciphertext = excluded.ciphertext, fingerprint = excluded.fingerprint, changed_at = clock_timestamp()
        WHERE NOT :only_new
""")
_OF = text("""
    SELECT kind, ciphertext, fingerprint FROM secrets
    WHERE connection_id = :connection_id AND (CAST(:kinds AS text[]) IS NULL OR kind = ANY(CAST(:kinds AS text[])))
""")
_FORGET = text("DELETE FROM secrets WHERE connection_id = :connection_id AND kind <> ALL(CAST(:keep AS text[]))")
_SIGNING = text("""
    SELECT s.connection_id, s.kind, s.ciphertext, s.fingerprint
    FROM secrets s JOIN connections c ON c.id = s.connection_id
    WHERE c.shop = :shop AND s.kind = ANY(CAST(:kinds AS text[])) ORDER BY s.connection_id, s.kind
""")


class Credentials:
    """Reading is one round trip; writing is one for each secret."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    async def put(self, tx: AsyncConnection, connection_id: int, secrets: Mapping[str, bytes]) -> None:
        """Keep *secrets* by kind, replacing those of the same kind.

        Raises:
            KeyMissing: our first key has been retired and its successor is not here.
        """
        for kind, plain in secrets.items():
            await self._put(tx, connection_id, kind, plain)

    async def ensure_guest_salt(self, tx: AsyncConnection, connection_id: int) -> None:
        """Make the salt under which guests' e-mail addresses become keys, once and for all."""
        await self._put(tx, connection_id, GUEST_SALT, os.urandom(32), only_new=True)

    async def of(
        self, tx: AsyncConnection, connection_id: int, kinds: Collection[str] | None = None
    ) -> dict[str, bytes]:
        """The secrets of a connection by kind, all or those named."""
        wanted = None if kinds is None else list(kinds)
        rows = await all_rows(tx, _OF, connection_id=connection_id, kinds=wanted)
        return {
            row.kind: self._vault.open(Sealed(row.ciphertext, row.fingerprint), _place(row.kind, connection_id))
            for row in rows
        }

    async def signing(self, tx: AsyncConnection, shop: str) -> tuple[tuple[int, bytes], ...]:
        """What may sign webhooks of *shop*: connection and client secret, older ones of a rotation and of
        disconnected connections included."""
        kinds = [SHOPIFY_CLIENT_SECRET, OLDER_SHOPIFY_CLIENT_SECRET]
        rows = await all_rows(tx, _SIGNING, shop=shop, kinds=kinds)
        return tuple(
            (
                row.connection_id,
                self._vault.open(Sealed(row.ciphertext, row.fingerprint), _place(row.kind, row.connection_id)),
            )
            for row in rows
        )

    async def forget(
        self, tx: AsyncConnection, connection_id: int, *, keep: Collection[str] = KEPT_AFTER_DISCONNECT
    ) -> int:
        """Remove all secrets of a connection but those in *keep*; answers how many. Tokens are forgotten apart."""
        return await run(tx, _FORGET, connection_id=connection_id, keep=list(keep))

    async def _put(
        self, tx: AsyncConnection, connection_id: int, kind: str, plain: bytes, *, only_new: bool = False
    ) -> None:
        for last in (False, True):
            sealed = self._vault.seal(plain, _place(kind, connection_id))
            written = await run(
                tx,
                _PUT,
                connection_id=connection_id,
                kind=kind,
                ciphertext=sealed.ciphertext,
                fingerprint=sealed.fingerprint,
                only_new=only_new,
            )
            if written or only_new:
                return
            if last:
                raise KeyMissing(sealed.fingerprint)
            self._vault.reload()


def _place(kind: str, connection_id: int) -> Place:
    return Place("secrets", kind, connection_id)
