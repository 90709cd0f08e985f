"""What a person decides about an order stands above every rule, until it is taken back."""

from __future__ import annotations

import pytest
from tests.journeys.world import World

from ml_connector.jobs import decided
from ml_connector.jobs.preview import preview
from ml_connector.jobs.report.asked import WrongUse
from ml_connector.sandbox.shopify.kinds import tell

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_an_excluded_order_is_not_posted_and_the_rules_decide_again_once_it_is_released(world: World) -> None:
    store, order = world.app.store, tell(world.shop, "tax on shipping only")
    await world.at_rest()
    await decided.exclude(store, world.subject(order), "maeve", "a test of the till")
    await world.at_rest()

    told = await preview(world.subject(order).id, await world.app.runtimes.of(world.connection_id))
    excluded = await world.verdict(order), await world.sentence(order)
    await decided.release(store, world.subject(order), "maeve")
    await world.at_rest()

    assert excluded[0] == ("excluded", "excluded_by_hand")
    assert "maeve excluded this order. “a test of the till”." in excluded[1]
    assert (told["operations"], told["excluded"]["code"]) == ([], "excluded_by_hand")
    assert await world.verdict(order) == ("held", "tax_unmapped")


async def test_a_posted_order_that_is_held_gets_nothing_more_until_it_is_released(world: World) -> None:
    store, order = world.app.store, tell(world.shop, "single line")
    await world.at_rest()
    await decided.hold(store, world.subject(order), "maeve")
    world.shop.refund(order)
    await world.at_rest()

    held = await world.verdict(order), world.documents(order).creditnotes
    with pytest.raises(WrongUse, match="cannot be excluded"):
        await decided.exclude(store, world.subject(order), "maeve")
    released = [await decided.release(store, world.subject(order), "maeve") for _ in range(2)]
    await world.at_rest()

    assert held == (("held", "held_by_hand"), [])
    assert released == [True, False]
    assert (await world.verdict(order))[0] == "posted"
    assert world.documents(order).creditnotes
