"""Stories of the sandbox's Shopify, told stage by stage to a connector that is given time in between."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from tests.journeys.world import World

from ml_connector.sandbox.shopify.kinds import Story
from ml_connector.sandbox.shopify.model import Order


@dataclass
class Told:
    """One story: the orders that it placed, in order."""

    story: Story
    orders: list[Order] = field(default_factory=list)


async def tell_all(world: World, names: Iterable[str], *, staged: bool, within_s: float = 60.0) -> Mapping[str, Told]:
    """Let all kinds of *names* happen side by side; come back when the connector is at rest after the last stage.

    Args:
        staged: Be at rest after each stage, so that the connector posts what it knows before the next thing happens.
            Otherwise it hears of an order only when everything has happened to it.
    """
    told = {name: _begin(world, name) for name in names}
    going = list(told.values())
    while going:
        if staged:
            await world.at_rest(within_s=within_s)
        going = [one for one in going if _go_on(world, one)]
    await world.at_rest(within_s=within_s)
    return told


def _begin(world: World, name: str) -> Told:
    before = set(world.shop.orders)
    story = Story.begin(world.shop, name)
    return Told(story, _new(world, before))


def _go_on(world: World, told: Told) -> bool:
    before = set(world.shop.orders)
    more = told.story.next()
    told.orders += _new(world, before)
    return more


def _new(world: World, before: set[int]) -> list[Order]:
    return [order for number, order in world.shop.orders.items() if number not in before]
