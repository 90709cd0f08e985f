"""Connections, their health and their policy; notices, audit, mappings, operators, sessions, tokens."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from psycopg import IntegrityError
from tests.store.builders import a_connection, ask, do

from ml_connector.redaction import REMOVED
from ml_connector.store import Store
from ml_connector.store.people import Operator


async def test_what_is_left_out_of_a_connection_keeps_its_value(store: Store) -> None:
    async with store.at_once() as tx:
        first = await store.connections.save(
            tx, "acme", shop="acme.myshopify.com", zoho_region="eu", organization_id="7", shop_facts={"plan": "basic"}
        )

        second = await store.connections.save(
            tx, "acme", api_domain="https://www.zohoapis.eu", zoho_facts={"name": "A"}
        )

    expected = replace(
        first, api_domain="https://www.zohoapis.eu", zoho_facts={"name": "A"}, changed_at=second.changed_at
    )
    assert second == expected
    assert second.organization == "eu:7"
    assert (second.health, second.policy_version) == ("ok", 0)


async def test_connections_are_found_by_id_name_and_shop(store: Store) -> None:
    one = await a_connection(store, "b", shop="x.myshopify.com")
    two = await a_connection(store, "a", shop="x.myshopify.com")

    async with store.at_once() as tx:
        by_id = await store.connections.get(tx, one)
        by_name = await store.connections.named(tx, "a")
        nobody = await store.connections.named(tx, "c")
        of_shop = await store.connections.of_shop(tx, "x.myshopify.com")
        names = [connection.name for connection in await store.connections.all(tx)]

    assert by_id is not None
    assert by_name is not None
    assert (by_id.name, by_name.id, nobody) == ("b", two, None)
    assert [connection.id for connection in of_shop] == [one, two]
    assert names == ["a", "b"]


async def test_health_is_news_once(store: Store, connection_id: int) -> None:
    async with store.at_once() as tx:
        news = await store.connections.set_health(tx, connection_id, "broken", "Zoho does not know this app any more.")
        again = await store.connections.set_health(tx, connection_id, "broken", "Zoho does not know this app any more.")
        connection = await store.connections.get(tx, connection_id)

    assert (news, again) == (True, False)
    assert connection is not None
    assert (connection.health, connection.health_reason) == ("broken", "Zoho does not know this app any more.")


async def test_disconnecting_remembers_when_and_connecting_again_forgets_it(store: Store, connection_id: int) -> None:
    async with store.at_once() as tx:
        await store.connections.set_health(tx, connection_id, "disconnected")
        gone = await store.connections.get(tx, connection_id)
        await store.connections.set_health(tx, connection_id, "ok")
        back = await store.connections.get(tx, connection_id)

    assert gone is not None
    assert gone.disconnected_at is not None
    assert back is not None
    assert back.disconnected_at is None


async def test_a_restore_is_remembered_of_every_connection(store: Store, connection_id: int) -> None:
    async with store.at_once() as tx:
        before = await store.now()
        await store.connections.restored(tx)
        connection = await store.connections.get(tx, connection_id)

    assert connection is not None
    assert connection.restored_at is not None
    assert before <= connection.restored_at <= connection.changed_at


async def test_a_changed_policy_is_a_new_version_and_an_equal_one_is_not(store: Store, connection_id: int) -> None:
    async with store.transaction() as tx:
        first = await store.connections.set_policy(tx, connection_id, {"post_when": "paid"}, who="anne")
        same = await store.connections.set_policy(tx, connection_id, {"post_when": "paid"}, who="bob")
        second = await store.connections.set_policy(tx, connection_id, {"post_when": "created"}, who="bob", note="why")
        now = await store.connections.policy(tx, connection_id)
        before = await store.connections.policy(tx, connection_id, 1)
        all_versions = await store.connections.policies(tx, connection_id)

    assert (first, same, second) == (1, 1, 2)
    assert now is not None
    assert (now.body, now.who, now.note) == ({"post_when": "created"}, "bob", "why")
    assert before is not None
    assert before.who == "anne"
    assert [version.version for version in all_versions] == [2, 1]


async def test_two_who_change_the_policy_at_once_make_two_versions(store: Store, connection_id: int) -> None:
    async def change(number: int) -> int:
        async with store.at_once() as tx:
            return await store.connections.set_policy(tx, connection_id, {"n": number}, who="anne")

    versions = await asyncio.gather(*(change(number) for number in range(6)))

    assert sorted(versions) == [1, 2, 3, 4, 5, 6]
    async with store.at_once() as tx:
        kept = {version.version: version.body["n"] for version in await store.connections.policies(tx, connection_id)}
    assert kept == {version: number for number, version in enumerate(versions)}


async def test_before_the_first_policy_there_is_none(store: Store, connection_id: int) -> None:
    async with store.at_once() as tx:
        assert await store.connections.policy(tx, connection_id) is None


async def test_a_notice_is_raised_once_until_it_is_over(store: Store, connection_id: int) -> None:
    async with store.at_once() as tx:
        first = await store.notices.open_(tx, "zoho_revoked", "Connect again.", connection_id=connection_id)
        again = await store.notices.open_(tx, "zoho_revoked", "Connect again!", connection_id=connection_id)
        assert first is not None
        await store.notices.sent(tx, first)
        after_sending = await store.notices.open_(tx, "zoho_revoked", "Connect again!", connection_id=connection_id)
        [shown] = await store.notices.are_open(tx, connection_id)
        unsent = await store.notices.are_open(tx, unsent=True)
        cleared = await store.notices.clear(tx, "zoho_revoked", connection_id=connection_id)
        anew = await store.notices.open_(tx, "zoho_revoked", "Connect again.", connection_id=connection_id)

    assert first == again
    assert after_sending is None
    assert shown.text == "Connect again!"
    assert unsent == ()
    assert cleared
    assert anew not in (None, first)


async def test_a_notice_of_the_whole_installation_belongs_to_no_connection(store: Store, connection_id: int) -> None:
    async with store.at_once() as tx:
        await store.notices.open_(tx, "disk_full", "The disk is full.")
        again = await store.notices.open_(tx, "disk_full", "The disk is full.")
        cleared = await store.notices.clear(tx, "disk_full")

    assert again is not None
    assert cleared


async def test_what_operators_do_is_written_down_without_secrets(store: Store, connection_id: int) -> None:
    async with store.at_once() as tx:
        await store.audit.note(tx, "anne", "connection.changed", connection_id=connection_id, details={"token": "x"})
        await store.audit.note(tx, "bob", "keys.rotated")
        entries = await store.audit.page(tx)
        of_anne = await store.audit.page(tx, who="anne")

    assert [entry.who for entry in entries] == ["bob", "anne"]
    assert of_anne[0].details == {"token": REMOVED}


async def test_a_rule_never_overrules_a_person(store: Store, connection_id: int) -> None:
    async def put(state: str, body: str, *, by_rule: bool) -> bool:
        return await store.mappings.put(
            tx, connection_id, "tax", "FI:25.5", body, state=state, made_by="x", by_rule=by_rule
        )

    async with store.at_once() as tx:
        assert await put("proposed", "guess", by_rule=True)
        assert await put("active", "match", by_rule=True)
        assert not await put("proposed", "other guess", by_rule=True)
        assert await put("revoked", "no", by_rule=False)
        assert not await put("active", "match", by_rule=True)
        [kept] = await store.mappings.all(tx, connection_id, kind="tax")

    assert (kept.state, kept.body, kept.by_rule) == ("revoked", "no", False)


async def test_an_operator_chooses_the_first_password_once(store: Store) -> None:
    async with store.at_once() as tx:
        await store.operators.save(tx, "anne", "admin")
        made = await store.operators.make_link(tx, "anne", "word", for_s=3600)
        used = await store.operators.use_link(tx, "word", "$argon2id$1")
        again = await store.operators.use_link(tx, "word", "$argon2id$2")
        anne = await store.operators.named(tx, "anne")

    assert made
    assert isinstance(used, Operator)
    assert again is None
    assert anne is not None
    assert anne.password_hash == "$argon2id$1"
    assert await ask(store, "SELECT count(*) FROM operators WHERE operators::text LIKE '%word%'") == 0


async def test_an_old_link_opens_nothing(store: Store) -> None:
    async with store.at_once() as tx:
        await store.operators.save(tx, "anne", "viewer")
        await store.operators.make_link(tx, "anne", "word", for_s=-1)

        assert await store.operators.use_link(tx, "word", "x") is None
        assert not await store.operators.make_link(tx, "nobody", "word", for_s=1)


async def test_a_session_ends_with_its_time_its_operator_or_a_word(store: Store) -> None:
    async with store.at_once() as tx:
        anne = await store.operators.save(tx, "anne", "operator")
        for name in ("one", "two", "three"):
            await store.sessions.save(tx, name, operator_id=anne.id, data={"csrf": name}, for_s=3600)
        await store.sessions.save(tx, "old", operator_id=anne.id, data={}, for_s=-1)

        seen = await store.sessions.seen(tx, "one")
        old = await store.sessions.seen(tx, "old")
        await store.sessions.end(tx, "one")
        ended = await store.sessions.seen(tx, "one")
        await store.operators.disable(tx, "anne")
        disabled = await store.sessions.seen(tx, "two")
        number = await store.sessions.end_all(tx, anne.id)

    assert seen is not None
    assert seen.operator is not None
    assert (seen.operator.name, seen.data) == ("anne", {"csrf": "one"})
    assert (old, ended, disabled) == (None, None, None)
    assert number == 3


async def test_a_session_may_belong_to_nobody_yet(store: Store) -> None:
    async with store.at_once() as tx:
        await store.sessions.save(tx, "word", operator_id=None, data={"state": 1}, for_s=60)
        session = await store.sessions.seen(tx, "word")

    assert session is not None
    assert (session.operator, session.data) == (None, {"state": 1})


async def test_a_programs_token_opens_until_it_is_revoked(store: Store) -> None:
    async with store.at_once() as tx:
        added = await store.api_tokens.add(tx, "bi", "viewer", "word")
        twice = await store.api_tokens.add(tx, "bi", "viewer", "other")
        used = await store.api_tokens.use(tx, "word")
        wrong = await store.api_tokens.use(tx, "other")
        revoked = await store.api_tokens.revoke(tx, "bi")
        after = await store.api_tokens.use(tx, "word")
        anew = await store.api_tokens.add(tx, "bi", "operator", "third")
        [listed] = await store.api_tokens.all(tx)

    assert added is not None
    assert used is not None
    assert (twice, wrong, after) == (None, None, None)
    assert revoked
    assert anew is not None
    assert listed.role == "operator"
    assert await ask(store, "SELECT count(*) FROM api_tokens WHERE api_tokens::text LIKE '%third%'") == 0


async def test_only_known_words_are_kept(store: Store, connection_id: int) -> None:
    with pytest.raises(IntegrityError):
        await do(store, "UPDATE connections SET health = 'fine'")
    with pytest.raises(IntegrityError):
        async with store.at_once() as tx:
            await store.operators.save(tx, "anne", "root")
