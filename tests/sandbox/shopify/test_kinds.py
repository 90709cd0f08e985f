"""The stories: every kind that accountants name is told, and mornings are varied and repeatable."""

from __future__ import annotations

import re
from pathlib import Path

from tests.sandbox.shopify.scene import a_scene

from ml_connector.sandbox.shopify.kinds import KINDS, Story, a_morning, names_for_a_morning, tell
from ml_connector.sandbox.shopify.model import Order
from ml_connector.sandbox.shopify.order_view import order_view
from ml_connector.sandbox.shopify.views import View


def test_every_kind_of_order_that_the_books_care_about_has_a_story(shared: Path) -> None:
    text = (shared / "design" / "accounting.md").read_text("utf-8")
    section = " ".join(text.split("## Kinds of order that the tests name one by one")[1].split())
    wanted = [part.strip().removesuffix(".") for part in section.split(";")]
    known = {re.sub(r"\W", "", name).lower() for name in KINDS}

    missing = [name for name in wanted if re.sub(r"\W", "", name).lower() not in known]

    assert missing == []
    assert len(wanted) > 80


def test_every_story_says_what_it_is_about() -> None:
    assert [name for name, teller in KINDS.items() if not teller.__doc__] == []


def test_a_story_can_be_told_in_stages() -> None:
    shop = a_scene().shop

    story = Story.begin(shop, "full refund")
    refunds_at_first = len(story.order.refunds)
    more = story.next()

    assert (refunds_at_first, more, len(story.order.refunds)) == (0, True, 1)
    assert story.next() is False


def test_a_morning_is_varied_and_the_same_for_the_same_seed() -> None:
    names = names_for_a_morning(60, seed=4)

    assert names == names_for_a_morning(60, seed=4)
    assert names != names_for_a_morning(60, seed=5)
    assert len(set(names)) > 25


def test_a_morning_happens_in_the_shop() -> None:
    shop = a_scene().shop

    told = a_morning(shop, 12, seed=2)

    assert len(told) == 12
    assert {order.id for order in told} <= set(shop.orders)


def test_an_edit_that_removes_moves_the_current_total_and_not_the_other() -> None:
    # as recorded: two units of 100.00 with 13 % tax, one removed
    order = tell(a_scene().shop, "edited down after payment")

    view = a_view(order)

    assert view["lineItems"][0]["quantity"] == 2
    assert view["lineItems"][0]["currentQuantity"] == 1
    assert view["totalPriceSet"] == view["originalTotalPriceSet"]
    assert view["currentTotalPriceSet"] != view["totalPriceSet"]
    assert view["refunds"] == []


def a_view(order: Order) -> View:
    return order_view(order, "acme.myshopify.com")
