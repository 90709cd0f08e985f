"""A morning in the shop: stories of many kinds, each told stage by stage while the connector already works."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from ml_connector.sandbox.shopify.kinds import Story, names_for_a_morning
from ml_connector.sandbox.shopify.shop import Shop

BETWEEN_STAGES_S = 0.3
"""Time in which the connector may see an order before the next thing happens to it."""


@dataclass(frozen=True, slots=True)
class Told:
    """An order and the kind of story it came from."""

    order_id: int
    kind: str


def kinds_of(count: int, seed: int) -> Sequence[str]:
    """Which kinds a morning of *count* is made of, the same for the same seed."""
    return names_for_a_morning(count, seed)


async def a_morning(shop: Shop, kinds: Sequence[str]) -> list[Told]:
    """Let all stories begin, then go on stage by stage.

    A story may make several orders, so there can be more orders than stories.
    """
    told: dict[int, str] = {}
    open_stories: list[Story] = []
    for kind in kinds:
        story = Story.begin(shop, kind)
        _note(told, shop, kind)
        open_stories.append(story)
        await asyncio.sleep(0)
    while open_stories:
        await asyncio.sleep(BETWEEN_STAGES_S)
        for story in open_stories:
            story.next()
            _note(told, shop, story.name)
        open_stories = [story for story in open_stories if not story.ended]
    return [Told(number, kind) for number, kind in told.items()]


def _note(told: dict[int, str], shop: Shop, kind: str) -> None:
    for number in shop.orders:
        told.setdefault(number, kind)
