"""Which order somebody means."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from tests.jobs.desk import Desk
from tests.store.builders import NOON, a_connection

from ml_connector.domain.money import Money
from ml_connector.domain.outcome import Outcome, Verdict
from ml_connector.jobs.report.asked import WrongUse, chosen
from ml_connector.jobs.report.references import Meant, RuntimeOf, meant
from ml_connector.jobs.runtime import Runtime
from ml_connector.store import Store
from ml_connector.store.outcomes import OrderFacts


async def nobody(connection_id: int) -> Runtime:
    raise AssertionError(f"the shop of connection {connection_id} was asked")


async def known(store: Store, connection_id: int, number: int, name: str) -> str:
    gid = f"gid://shopify/Order/{number}"
    async with store.at_once() as tx:
        await store.outcomes.record(
            tx, connection_id, gid, Outcome(Verdict.POSTED), facts=OrderFacts(name, NOON, Money.of("1", "EUR"))
        )
    return gid


async def asked(store: Store, text: str, *, of: str | None = None, runtime_of: RuntimeOf = nobody) -> Meant:
    return await meant(text, await chosen(store, of), store, runtime_of)


@pytest.mark.parametrize("text", ["#1001", "1001", "4711", "gid://shopify/Order/4711", " 1001 "])
async def test_an_order_we_know_is_found_by_name_number_and_global_id_without_asking_the_shop(
    store: Store, text: str
) -> None:
    connection_id = await a_connection(store, "acme")
    gid = await known(store, connection_id, 4711, "#1001")

    found = await asked(store, text)

    assert (found.subject.id, found.connection.name, found.known) == (gid, "acme", True)


async def test_digits_are_a_name_before_they_are_an_id(store: Store) -> None:
    connection_id = await a_connection(store, "acme")
    by_name = await known(store, connection_id, 4711, "#1001")
    await known(store, connection_id, 1001, "#9")

    assert (await asked(store, "1001")).subject.id == by_name


async def test_a_name_that_two_shops_share_is_settled_by_the_connection(store: Store) -> None:
    one, two = await a_connection(store, "one"), await a_connection(store, "two")
    await known(store, one, 1, "#1001")
    await known(store, two, 2, "#1001")

    with pytest.raises(WrongUse) as refused:
        await asked(store, "#1001")

    assert "--connection one or --connection two" in refused.value.fix
    assert (await asked(store, "#1001", of="two")).subject.id == "gid://shopify/Order/2"


async def test_a_name_used_twice_in_one_shop_asks_for_the_id(store: Store) -> None:
    connection_id = await a_connection(store, "acme")
    await known(store, connection_id, 1, "#1001")
    await known(store, connection_id, 2, "#1001")

    with pytest.raises(WrongUse) as refused:
        await asked(store, "#1001")

    assert "gid://shopify/Order/1" in refused.value.text
    assert "id" in refused.value.fix


async def test_without_a_connection_there_is_no_order(store: Store) -> None:
    with pytest.raises(WrongUse, match="There is no order #1001"):
        await asked(store, "#1001")


async def test_an_order_that_only_shopify_knows_is_found_there(desk: Desk) -> None:
    order = desk.order()
    texts: Sequence[str] = (order.name, order.name.removeprefix("#"), str(order.id), f"gid://shopify/Order/{order.id}")

    for text in texts:
        found = await asked(desk.store, text, runtime_of=desk.runtimes.of)

        assert found.subject.id == f"gid://shopify/Order/{order.id}"
        assert found.order.facts.name == order.name
        assert (found.known, found.order.verdict) == (False, Verdict.WAITING)
        assert found.order.reason is not None


@pytest.mark.parametrize("text", ["#no-such", "999999999", "gid://shopify/Order/999999999", "gid://shopify/Customer/1"])
async def test_an_order_that_nobody_knows_is_wrong_use(desk: Desk, text: str) -> None:
    with pytest.raises(WrongUse) as refused:
        await asked(desk.store, text, runtime_of=desk.runtimes.of)

    assert "#1001" in refused.value.fix
