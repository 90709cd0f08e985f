"""What may be lost in a crash of PostgreSQL, and what never."""

from __future__ import annotations

from sqlalchemy import text
from tests.store.builders import a_lease, an_intent, an_order, ask, send

from ml_connector.store import Store


async def test_an_intent_need_not_wait_for_the_disk(store: Store, connection_id: int) -> None:
    lease = await a_lease(store, an_order(connection_id))

    async with store.transaction(durable=False) as tx:
        setting = (await tx.execute(text("SHOW synchronous_commit"))).scalar_one()
        await store.operations.intend(tx, lease, [an_intent()])

    assert setting == "off"
    assert (await send(store, lease, an_intent().key)).attempts == {an_intent().key: 1}


async def test_everything_else_does(store: Store) -> None:
    async with store.transaction(durable=False):
        pass

    async with store.transaction() as tx:
        in_transaction = (await tx.execute(text("SHOW synchronous_commit"))).scalar_one()

    assert in_transaction == "on"
    assert await ask(store, "SHOW synchronous_commit") == "on"
