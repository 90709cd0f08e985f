"""Secrets stay secret: encrypted for their place, under keys that are known by fingerprint."""

from __future__ import annotations

import asyncio
import stat
from pathlib import Path

import pytest
from tests.store.builders import a_connection, ask, do

from ml_connector.store import Store
from ml_connector.store.credentials import GUEST_SALT, SHOPIFY_CLIENT_SECRET
from ml_connector.store.errors import KeyInvalid, KeyMissing, KeyNotKept
from ml_connector.store.keys import GivenKeys, Key, KeyFile
from ml_connector.store.sql import all_rows, text
from ml_connector.store.unlock import rotate, unlock
from ml_connector.store.vault import Place, Sealed, Vault

WAITING = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
PLACE = Place("secrets", "zoho_client_secret", 7)


def a_vault(*keys: Key) -> Vault:
    return Vault(GivenKeys(keys or (Key.made(),)))


def test_what_was_sealed_opens_in_its_place() -> None:
    vault = a_vault()

    sealed = vault.seal(b"secret", PLACE)

    assert vault.open(sealed, PLACE) == b"secret"
    assert b"secret" not in sealed.ciphertext


@pytest.mark.parametrize(
    "elsewhere",
    [Place("tokens", PLACE.kind, 7), Place("secrets", "shopify_token", 7), Place("secrets", PLACE.kind, 8)],
    ids=str,
)
def test_a_ciphertext_does_not_open_anywhere_else(elsewhere: Place) -> None:
    vault = a_vault()
    sealed = vault.seal(b"secret", PLACE)

    with pytest.raises(KeyInvalid):
        vault.open(sealed, elsewhere)


@pytest.mark.parametrize("place", [0, 1, 20, -1])
def test_an_altered_ciphertext_does_not_open(place: int) -> None:
    vault = a_vault()
    sealed = vault.seal(b"secret", PLACE)
    body = bytearray(sealed.ciphertext)
    body[place] ^= 1

    with pytest.raises(KeyInvalid):
        vault.open(Sealed(bytes(body), sealed.fingerprint), PLACE)


def test_the_same_secret_never_looks_the_same() -> None:
    vault = a_vault()

    assert vault.seal(b"secret", PLACE).ciphertext != vault.seal(b"secret", PLACE).ciphertext


def test_the_first_key_encrypts_and_all_decrypt() -> None:
    old, new = Key.made(), Key.made()
    sealed = a_vault(old).seal(b"secret", PLACE)
    vault = a_vault(new, old)

    assert vault.open(sealed, PLACE) == b"secret"
    assert vault.seal(b"secret", PLACE).fingerprint == new.fingerprint


def test_a_missing_key_is_named() -> None:
    old = Key.made()
    sealed = a_vault(old).seal(b"secret", PLACE)

    with pytest.raises(KeyMissing) as missing:
        a_vault().open(sealed, PLACE)

    assert missing.value.fingerprint == old.fingerprint


def test_printing_keys_and_secrets_shows_none(a_key: Key) -> None:
    sealed = a_vault(a_key).seal(b"secret", PLACE)

    shown = f"{a_key!r} {sealed!r} {GivenKeys((a_key,))!r}"

    assert a_key.text not in shown
    assert repr(a_key.material) not in shown
    assert repr(sealed.ciphertext) not in shown


def test_keys_are_read_padded_and_unpadded(a_key: Key) -> None:
    other = Key.made()

    keys = GivenKeys.parse(f" {a_key.text} ,{other.text.rstrip('=')}")

    assert keys.read() == (a_key, other)


@pytest.mark.parametrize("text", ["", " , ", "short", "c2hvcnQ=", "ä" * 43, "!" * 44])
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(KeyInvalid):
        GivenKeys.parse(text)


def test_the_key_file_is_its_owners_and_newest_first(key_path: Path) -> None:
    file = KeyFile(key_path)

    first, second = file.make(), file.make()

    assert file.read() == (second, first)
    assert stat.S_IMODE(key_path.stat().st_mode) == 0o600
    assert [entry.name for entry in key_path.parent.iterdir()] == ["secret.key"]


def test_an_unreadable_key_file_is_no_reason_for_a_new_key(key_path: Path) -> None:
    key_path.mkdir(parents=True)

    with pytest.raises(KeyInvalid):
        KeyFile(key_path).read()


async def test_a_key_is_made_while_the_database_knows_none(store: Store, key_path: Path) -> None:
    await do(store, "DELETE FROM keys")

    vault = await unlock(store.engine, KeyFile(key_path))

    assert KeyFile(key_path).read() == vault.ring.keys
    assert await ask(store, "SELECT fingerprint FROM keys") == vault.ring.first.fingerprint


async def test_processes_that_start_together_agree_on_one_key(store: Store, key_path: Path) -> None:
    await do(store, "DELETE FROM keys")

    vaults = await asyncio.gather(*(unlock(store.engine, KeyFile(key_path)) for _ in range(5)))

    assert len({vault.ring.first for vault in vaults}) == 1
    assert len(KeyFile(key_path).read()) == 1


async def test_a_lost_key_file_is_never_replaced(store: Store, key_path: Path, a_key: Key) -> None:
    file = KeyFile(key_path)

    with pytest.raises(KeyMissing) as missing:
        await unlock(store.engine, file)

    assert missing.value.fingerprint == a_key.fingerprint
    assert file.read() == ()


async def test_another_key_is_an_error_at_the_start(store: Store, a_key: Key) -> None:
    with pytest.raises(KeyMissing) as missing:
        await unlock(store.engine, GivenKeys((Key.made(),)))

    assert missing.value.fingerprint == a_key.fingerprint


async def test_a_fingerprint_with_another_keys_sentinel_is_an_error_at_the_start(store: Store, a_key: Key) -> None:
    await do(store, "UPDATE keys SET sentinel = decode('01' || repeat('00', 40), 'hex')")

    with pytest.raises(KeyInvalid):
        await unlock(store.engine, GivenKeys((a_key,)))


async def test_secrets_are_kept_by_kind_and_replaced(store: Store, connection_id: int) -> None:
    async with store.transaction() as tx:
        await store.credentials.put(tx, connection_id, {"a": b"1", "b": b"2"})
        await store.credentials.put(tx, connection_id, {"b": b"3"})

    async with store.at_once() as tx:
        assert await store.credentials.of(tx, connection_id) == {"a": b"1", "b": b"3"}
        assert await store.credentials.of(tx, connection_id, ["a"]) == {"a": b"1"}
    assert await ask(store, "SELECT bool_or(position('3'::bytea in ciphertext) = 1) FROM secrets") is False


async def test_the_guest_salt_is_made_once(store: Store, connection_id: int) -> None:
    async with store.transaction() as tx:
        await store.credentials.ensure_guest_salt(tx, connection_id)
        first = await store.credentials.of(tx, connection_id)
        await store.credentials.ensure_guest_salt(tx, connection_id)
        second = await store.credentials.of(tx, connection_id)

    assert first == second
    assert len(first[GUEST_SALT]) == 32


async def test_disconnecting_forgets_all_but_what_late_webhooks_and_returning_guests_need(
    store: Store, connection_id: int
) -> None:
    async with store.transaction() as tx:
        await store.credentials.ensure_guest_salt(tx, connection_id)
        await store.credentials.put(
            tx, connection_id, {"shopify_access_token": b"t", "zoho_refresh_token": b"r", SHOPIFY_CLIENT_SECRET: b"s"}
        )

        forgotten = await store.credentials.forget(tx, connection_id)

        assert forgotten == 2
        assert (await store.credentials.of(tx, connection_id)).keys() == {GUEST_SALT, SHOPIFY_CLIENT_SECRET}


async def test_signing_secrets_are_found_by_shop(store: Store) -> None:
    one, two = await a_connection(store, shop="a.myshopify.com"), await a_connection(store, shop="a.myshopify.com")
    async with store.transaction() as tx:
        await store.credentials.put(tx, one, {SHOPIFY_CLIENT_SECRET: b"1"})
        await store.credentials.put(tx, two, {SHOPIFY_CLIENT_SECRET: b"2"})

        assert await store.credentials.signing(tx, "a.myshopify.com") == ((one, b"1"), (two, b"2"))
        assert await store.credentials.signing(tx, "b.myshopify.com") == ()


async def test_rotation_with_the_key_file_needs_no_restart(store: Store, connection_id: int, key_path: Path) -> None:
    await do(store, "DELETE FROM keys")
    file = KeyFile(key_path)
    old_key = (await unlock(store.engine, file)).ring.first
    running = Store(store.engine, await unlock(store.engine, file))
    operator = Store(store.engine, await unlock(store.engine, file))
    async with running.transaction() as tx:
        await running.credentials.put(tx, connection_id, {f"k{number}": b"x" for number in range(7)})

    result = await rotate(operator.engine, operator.vault, file, batch=3)

    async with running.at_once() as tx:
        assert (await running.credentials.of(tx, connection_id))["k3"] == b"x"
    assert (result.encrypted, result.retired, result.needed) == (7, (old_key.fingerprint,), ())
    assert await ask(store, "SELECT count(DISTINCT fingerprint) FROM secrets") == 1
    assert running.vault.ring.first.fingerprint == result.fingerprint


async def test_a_process_that_has_not_noticed_a_rotation_writes_under_the_new_key(
    store: Store, connection_id: int, key_path: Path
) -> None:
    await do(store, "DELETE FROM keys")
    file = KeyFile(key_path)
    running = Store(store.engine, await unlock(store.engine, file))
    result = await rotate(store.engine, await unlock(store.engine, file), file)

    async with running.transaction() as tx:
        await running.credentials.put(tx, connection_id, {"late": b"x"})

    assert await ask(store, "SELECT fingerprint FROM secrets WHERE kind = 'late'") == result.fingerprint


async def test_an_interrupted_rotation_is_resumed_without_a_third_key(
    store: Store, connection_id: int, key_path: Path
) -> None:
    await do(store, "DELETE FROM keys")
    file = KeyFile(key_path)
    before = Store(store.engine, await unlock(store.engine, file))
    async with before.transaction() as tx:
        await before.credentials.put(tx, connection_id, {"a": b"1"})
    file.make()  # and then the machine stopped

    result = await rotate(store.engine, await unlock(store.engine, file), file)

    assert len(file.read()) == 2
    assert result.fingerprint == file.read()[0].fingerprint
    assert result.encrypted == 1


async def test_a_process_is_checked_for_the_keys_that_something_needs(store: Store, connection_id: int) -> None:
    other = Store(store.engine, Vault(GivenKeys((Key.made(),))))
    await other.check_keys()  # nothing is kept yet

    async with store.transaction() as tx:
        await store.credentials.put(tx, connection_id, {"a": b"1"})

    await store.check_keys()
    with pytest.raises(KeyMissing):
        await other.check_keys()


async def test_two_rotations_at_once_are_one(store: Store, connection_id: int, key_path: Path) -> None:
    await do(store, "DELETE FROM keys")
    file = KeyFile(key_path)
    before = Store(store.engine, await unlock(store.engine, file))
    async with before.transaction() as tx:
        await before.credentials.put(tx, connection_id, {"a": b"1"})
    one, two = await unlock(store.engine, file), await unlock(store.engine, file)

    async with store.transaction() as tx:
        await all_rows(tx, text("SELECT kind FROM secrets FOR UPDATE"))  # so that neither ends before the other begins
        rotations = [asyncio.create_task(rotate(store.engine, vault, file)) for vault in (one, two)]
        while await ask(store, WAITING) < len(rotations):
            continue
    results = await asyncio.gather(*rotations)

    assert len(file.read()) == 2
    assert {result.fingerprint for result in results} == {file.read()[0].fingerprint}
    assert sum(result.encrypted for result in results) == 1


async def test_a_key_that_cannot_be_written_down_is_not_made(store: Store, tmp_path: Path) -> None:
    await do(store, "DELETE FROM keys")
    (tmp_path / "data").symlink_to(tmp_path / "nowhere")

    with pytest.raises(KeyNotKept, match="A new key cannot be kept in"):
        await unlock(store.engine, KeyFile(tmp_path / "data" / "secret.key"))

    assert await ask(store, "SELECT count(*) FROM keys") == 0


async def test_rotation_with_the_variable_says_when_the_old_key_may_go(
    store: Store, connection_id: int, a_key: Key
) -> None:
    async with store.transaction() as tx:
        await store.credentials.put(tx, connection_id, {"a": b"1"})
    new = Key.made()
    source = GivenKeys((new, a_key))

    result = await rotate(store.engine, await unlock(store.engine, source), source)

    assert result.retired == (a_key.fingerprint,)
    after = Store(store.engine, await unlock(store.engine, GivenKeys((new,))))
    async with after.at_once() as tx:
        assert await after.credentials.of(tx, connection_id) == {"a": b"1"}


async def test_rotation_with_one_given_key_says_that_another_is_needed(store: Store, a_key: Key) -> None:
    with pytest.raises(KeyInvalid, match="put a new one in front"):
        await rotate(store.engine, store.vault, GivenKeys((a_key,)))
