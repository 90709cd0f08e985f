"""One access token for everybody, renewed once."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import pytest
from tests.store.builders import NOON, ask, do

from ml_connector.store import Store
from ml_connector.store.errors import StoreUnavailable, TooManyRefreshes
from ml_connector.store.tokens import HeldToken, StoredToken, Tokens

VENDOR = "zoho"
GOOD = NOON + timedelta(hours=1)


class Vendor:
    """A vendor's accounts server that counts."""

    def __init__(self) -> None:
        self.asked = 0

    async def renew(self, held: HeldToken) -> StoredToken:
        await held.attempting()
        self.asked += 1
        await asyncio.sleep(0)
        return await held.keep({"access_token": f"t{self.asked}"}, GOOD)


async def a_good_token(store: Store, tokens: Tokens, connection_id: int, vendor: Vendor) -> StoredToken:
    """As every job does it: the stored one if it is good, else renewed under the lock."""
    async with store.at_once() as tx:
        token = await tokens.current(tx, connection_id, VENDOR)
    if token is not None and token.expires_at > NOON:
        return token
    async with tokens.exclusive(store.at_once, connection_id, VENDOR) as held:
        if held.token is not None and held.token.expires_at > NOON:
            return held.token
        return await vendor.renew(held)


async def test_sixteen_jobs_in_three_processes_renew_once(store: Store, connection_id: int) -> None:
    vendor = Vendor()
    processes = [Tokens(store.vault) for _ in range(3)]

    tokens = await asyncio.gather(
        *(a_good_token(store, processes[number % 3], connection_id, vendor) for number in range(16))
    )

    assert vendor.asked == 1
    assert {token.values["access_token"] for token in tokens} == {"t1"}


async def test_a_token_is_encrypted_and_read_back(store: Store, connection_id: int) -> None:
    await a_good_token(store, store.tokens, connection_id, Vendor())

    async with store.at_once() as tx:
        token = await store.tokens.current(tx, connection_id, VENDOR)

    assert token == StoredToken({"access_token": "t1"}, GOOD, 1)
    assert "t1" not in repr(token)
    assert await ask(store, "SELECT position('t1'::bytea in ciphertext) FROM tokens") == 0


async def test_before_the_first_there_is_none(store: Store, connection_id: int) -> None:
    async with store.at_once() as tx:
        assert await store.tokens.current(tx, connection_id, VENDOR) is None
    async with store.tokens.exclusive(store.at_once, connection_id, VENDOR) as held:
        assert held.token is None
        assert held.attempts == ()


async def test_connections_do_not_wait_for_each_other(store: Store, connection_id: int) -> None:
    async with (
        store.tokens.exclusive(store.at_once, connection_id, VENDOR),
        store.tokens.exclusive(store.at_once, connection_id, "shopify"),
        store.tokens.exclusive(store.at_once, connection_id + 1, VENDOR),
    ):
        held = await ask(store, "SELECT count(*) FROM tokens WHERE refreshing_until > clock_timestamp()")

    assert held == 3


async def test_a_holder_that_died_is_waited_for_no_longer_than_its_time(store: Store, connection_id: int) -> None:
    looks = 0

    async def sleep(_seconds: float) -> None:
        nonlocal looks
        looks += 1
        if looks == 3:  # its time passes
            await do(store, "UPDATE tokens SET refreshing_until = clock_timestamp()")

    await do(
        store,
        """INSERT INTO tokens (connection_id, vendor, refreshing_by, refreshing_until)
           VALUES (:id, 'zoho', 'dead', clock_timestamp() + interval '45 seconds')""",
        id=connection_id,
    )

    async with Tokens(store.vault, sleep=sleep).exclusive(store.at_once, connection_id, VENDOR) as held:
        assert held.token is None

    assert looks == 3


async def test_who_is_never_let_in_gives_up(store: Store, connection_id: int) -> None:
    async def sleep(_seconds: float) -> None:
        return

    async with store.tokens.exclusive(store.at_once, connection_id, VENDOR):
        with pytest.raises(StoreUnavailable):
            async with Tokens(store.vault, sleep=sleep).exclusive(store.at_once, connection_id, VENDOR):
                pytest.fail("two hold one token")


async def test_never_more_than_ten_renewals_in_ten_minutes(store: Store, connection_id: int) -> None:
    vendor = Vendor()
    for _ in range(10):
        async with store.tokens.exclusive(store.at_once, connection_id, VENDOR) as held:
            await vendor.renew(held)

    async with store.tokens.exclusive(store.at_once, connection_id, VENDOR) as held:
        assert len(held.attempts) == 10
        with pytest.raises(TooManyRefreshes) as refused:
            await vendor.renew(held)

    assert vendor.asked == 10
    assert refused.value.retry_after_s == pytest.approx(600, abs=10)


async def test_a_renewal_that_failed_counts_too(store: Store, connection_id: int) -> None:
    async with store.tokens.exclusive(store.at_once, connection_id, VENDOR) as held:
        await held.attempting()

    async with store.tokens.exclusive(store.at_once, connection_id, VENDOR) as held:
        assert len(held.attempts) == 1


async def test_after_ten_minutes_there_is_room_again(store: Store, connection_id: int) -> None:
    vendor = Vendor()
    for _ in range(10):
        async with store.tokens.exclusive(store.at_once, connection_id, VENDOR) as held:
            await vendor.renew(held)
    await do(store, "UPDATE tokens SET begun = ARRAY(SELECT b - interval '601 seconds' FROM unnest(begun) b)")

    async with store.tokens.exclusive(store.at_once, connection_id, VENDOR) as held:
        await vendor.renew(held)

    assert vendor.asked == 11
    assert await ask(store, "SELECT cardinality(begun) FROM tokens") == 1


async def test_a_late_answer_is_kept_if_nobody_renewed_meanwhile(store: Store, connection_id: int) -> None:
    """A vendor that changes the refresh token with each renewal would be lost otherwise."""
    async with store.tokens.exclusive(store.at_once, connection_id, VENDOR) as slow:
        await do(store, "UPDATE tokens SET refreshing_until = clock_timestamp()")
        async with Tokens(store.vault).exclusive(store.at_once, connection_id, VENDOR):
            await slow.keep({"access_token": "late"}, GOOD)

    assert await stored(store, connection_id) == "late"


async def test_a_late_answer_does_not_replace_a_newer_token(store: Store, connection_id: int) -> None:
    async with store.tokens.exclusive(store.at_once, connection_id, VENDOR) as slow:
        await do(store, "UPDATE tokens SET refreshing_until = clock_timestamp()")
        async with Tokens(store.vault).exclusive(store.at_once, connection_id, VENDOR) as quick:
            await quick.keep({"access_token": "newer"}, GOOD)
        late = await slow.keep({"access_token": "late"}, GOOD)

    assert late.values == {"access_token": "late"}
    assert await stored(store, connection_id) == "newer"


async def test_a_failure_while_renewing_lets_the_next_one_in(store: Store, connection_id: int) -> None:
    with pytest.raises(ValueError, match="vendor"):
        async with store.tokens.exclusive(store.at_once, connection_id, VENDOR):
            raise ValueError("vendor")

    async with Tokens(store.vault).exclusive(store.at_once, connection_id, VENDOR) as held:
        assert held.token is None


async def test_forgotten_tokens_are_gone(store: Store, connection_id: int) -> None:
    await a_good_token(store, store.tokens, connection_id, Vendor())

    async with store.at_once() as tx:
        assert await store.tokens.forget(tx, connection_id) == 1
        assert await store.tokens.current(tx, connection_id, VENDOR) is None


async def stored(store: Store, connection_id: int) -> str:
    async with store.at_once() as tx:
        token = await store.tokens.current(tx, connection_id, VENDOR)
    assert token is not None
    assert isinstance(token.expires_at, datetime)
    return token.values["access_token"]
