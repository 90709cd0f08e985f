"""Opens the vault at start, and gives everything a new key while the house keeps working."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from ml_connector.store.database import transaction
from ml_connector.store.errors import KeyInvalid, KeyMissing
from ml_connector.store.keys import Key, KeySource
from ml_connector.store.pool import Pool
from ml_connector.store.sql import Row, all_rows, made, one_row, run, text
from ml_connector.store.vault import Place, Sealed, Vault, open_under, seal_under

_SENTINEL = b"ml-connector"
_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('ml_connector keys', 0))")
_KEYS = text("SELECT fingerprint, sentinel, retired_at FROM keys ORDER BY created_at")
_IN_USE = text("""
    SELECT fingerprint, sentinel FROM keys
    WHERE EXISTS (SELECT 1 FROM secrets WHERE secrets.fingerprint = keys.fingerprint)
       OR EXISTS (SELECT 1 FROM tokens WHERE tokens.fingerprint = keys.fingerprint)
""")
_KNOWN = text("SELECT fingerprint, created_at, retired_at FROM keys ORDER BY created_at DESC")
_ADD = text("""
    INSERT INTO keys AS k (fingerprint, sentinel) VALUES (:fingerprint, :sentinel)
    ON CONFLICT (fingerprint) DO UPDATE SET retired_at = NULL
""")
_TABLES = {"secrets": "kind", "tokens": "vendor"}
_PENDING = text("""
    SELECT EXISTS (SELECT 1 FROM secrets WHERE fingerprint <> :first)
        OR EXISTS (SELECT 1 FROM tokens WHERE fingerprint <> :first)
        OR EXISTS (SELECT 1 FROM keys WHERE fingerprint <> :first AND retired_at IS NULL) AS pending
""")
_LOCK_KEYS = text("SELECT fingerprint FROM keys WHERE retired_at IS NULL AND fingerprint <> :first FOR UPDATE")
_RETIRE = text("""
    UPDATE keys SET retired_at = clock_timestamp()
    WHERE retired_at IS NULL AND fingerprint <> :first
      AND NOT EXISTS (SELECT 1 FROM secrets WHERE secrets.fingerprint = keys.fingerprint)
      AND NOT EXISTS (SELECT 1 FROM tokens WHERE tokens.fingerprint = keys.fingerprint)
    RETURNING fingerprint
""")


async def unlock(engine: Pool, source: KeySource) -> Vault:
    """The vault of this database, after proof that every key it needs is here and is the right one.

    A key is made only while the database knows none. Four round trips and the commit.

    Raises:
        KeyMissing: the database needs a key that *source* does not have; it names the fingerprint.
        KeyInvalid: a key is not the one its fingerprint says.
        KeyNotKept: the first key cannot be written to the key file.
    """
    async with transaction(engine) as tx:
        await tx.execute(_LOCK)
        known = await all_rows(tx, _KEYS)
        if not known and not source.read():
            source.make()
        vault = Vault(source)
        _prove(vault, [row for row in known if row.retired_at is None])
        if not vault.ring.keys:
            raise KeyMissing(known[-1].fingerprint)
        await _announce(tx, vault.ring.first)
    return vault


def _place(fingerprint: str) -> Place:
    return Place("keys", fingerprint)


def _prove(vault: Vault, known: Sequence[Row]) -> None:
    for row in known:
        if vault.open(Sealed(row.sentinel, row.fingerprint), _place(row.fingerprint)) != _SENTINEL:
            raise KeyInvalid(f"The key {row.fingerprint} is not the one this database was encrypted with.")


async def check_keys(tx: AsyncConnection, vault: Vault) -> None:
    """Whether what is kept can be opened here, also after another process gave it a new key. One round trip.

    Raises:
        KeyMissing: something is encrypted under a key that we do not have, also after reading the keys again.
        KeyInvalid: a key is not the one its fingerprint says.
    """
    _prove(vault, await all_rows(tx, _IN_USE))


async def _announce(tx: AsyncConnection, key: Key) -> None:
    sealed = seal_under(key, _SENTINEL, _place(key.fingerprint))
    await run(tx, _ADD, fingerprint=key.fingerprint, sentinel=sealed.ciphertext)


@dataclass(frozen=True, slots=True)
class Rotation:
    """What `keys rotate` did."""

    fingerprint: str
    """The key that encrypts now."""
    encrypted: int
    """How many secrets were given the new key."""
    retired: tuple[str, ...]
    """Keys that nothing needs any more."""
    needed: tuple[str, ...] = ()
    """Older keys that are still needed: run it again."""


async def rotate(engine: Pool, vault: Vault, source: KeySource, *, batch: int = 100) -> Rotation:
    """Encrypt everything under a new key, a batch at a time, while others read and write.

    Resumable: as long as something is not under our first key, no further key is made. Two round trips and a commit for
    each batch, and one more for each secret.

    Raises:
        KeyInvalid: nothing is left to do and *source* is SECRET_KEY, in which a new key has to be put first by hand.
        KeyNotKept: the key file cannot be written; nothing has changed.
    """
    first = await _next_key(engine, vault, source)
    encrypted = 0
    for table in _TABLES:
        while moved := await _move(engine, vault, table, batch):
            encrypted += moved
    return await _finish(engine, first, encrypted)


@dataclass(frozen=True, slots=True)
class KnownKey:
    """A key that something is, or was, encrypted under. Never the key itself."""

    fingerprint: str
    created_at: datetime
    retired_at: datetime | None


async def known_keys(tx: AsyncConnection) -> tuple[KnownKey, ...]:
    """All keys there ever were, newest first. One round trip."""
    return tuple(made(KnownKey, row) for row in await all_rows(tx, _KNOWN))


async def _next_key(engine: Pool, vault: Vault, source: KeySource) -> Key:
    """The key that is to encrypt everything: a new one, unless a rotation is under way or was interrupted."""
    async with transaction(engine) as tx:
        await tx.execute(_LOCK)
        vault.reload()
        row = await one_row(tx, _PENDING, first=vault.ring.first.fingerprint)
        if row is None or not row.pending:
            source.make()
            vault.reload()
        await _announce(tx, vault.ring.first)
    return vault.ring.first


async def _move(engine: Pool, vault: Vault, table: str, batch: int) -> int:
    """Re-encrypt some rows of *table*; rows that somebody is writing are met again in a later batch."""
    kind = _TABLES[table]
    first = vault.ring.first
    chosen = text(f"""
        SELECT connection_id, {kind} AS kind, ciphertext, fingerprint FROM {table}
        WHERE fingerprint <> :first LIMIT :batch FOR UPDATE
    """)
    written = text(f"""
        UPDATE {table} SET ciphertext = :ciphertext, fingerprint = :fingerprint
        WHERE connection_id = :connection_id AND {kind} = :kind
    """)
    async with transaction(engine) as tx:
        rows = await all_rows(tx, chosen, first=first.fingerprint, batch=batch)
        for row in rows:
            place = Place(table, row.kind, row.connection_id)
            plain = open_under(vault.key(row.fingerprint), Sealed(row.ciphertext, row.fingerprint), place)
            sealed = seal_under(first, plain, place)
            await run(
                tx,
                written,
                ciphertext=sealed.ciphertext,
                fingerprint=sealed.fingerprint,
                connection_id=row.connection_id,
                kind=row.kind,
            )
    return len(rows)


async def _finish(engine: Pool, first: Key, encrypted: int) -> Rotation:
    async with transaction(engine) as tx:
        # Two statements, so that the second sees what a writer committed while we waited for its key's row.
        older = {row.fingerprint for row in await all_rows(tx, _LOCK_KEYS, first=first.fingerprint)}
        retired = {row.fingerprint for row in await all_rows(tx, _RETIRE, first=first.fingerprint)}
    return Rotation(first.fingerprint, encrypted, tuple(sorted(retired)), tuple(sorted(older - retired)))
