"""Every kind of order that the books know, told through HTTP from the shop to Zoho; the stories are in `kinds/`.

All stories of a shelf happen side by side in one world, so the whole specification takes seconds and each kind is a
test of its own.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest
import pytest_asyncio
from tests.conftest import a_folder
from tests.journeys.kinds import before_the_invoice, edited, ended, paid, people, refunded, sold
from tests.journeys.kinds.chosen import DRAFTS, FULFILLED, as_drafts, when_fulfilled
from tests.journeys.kinds.stock import POLICY, add_taxes
from tests.journeys.kinds.telling import Shelf, Telling, kind_of_order, paid_first, tell
from tests.journeys.world import World, a_world, gids_in, gids_of, mark_of
from tests.tables import NewDatabase

in_one_loop = pytest.mark.asyncio(loop_scope="module")

WRITTEN_IN = (sold, paid, people, edited, refunded, ended, before_the_invoice)
"""Where the stories are; importing them puts them on their shelves."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def usual(new_database: NewDatabase) -> AsyncIterator[World]:
    """The default policy, with accounts, gateways and the taxes of other countries chosen."""
    with a_folder() as folder:
        database = new_database()
        async with a_world(database, folder, policy=POLICY, furnish=add_taxes) as made:
            yield made


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def told(usual: World, request: pytest.FixtureRequest) -> Mapping[str, Telling]:
    return await tell(usual, asked_for(request, kind_of_order))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def told_when_paid(
    new_database: NewDatabase, request: pytest.FixtureRequest
) -> AsyncIterator[Mapping[str, Telling]]:
    """Books in dollars, with invoices that are made when their order is paid."""
    with a_folder() as folder:
        database = new_database()
        policy = {**POLICY, "post_when": "paid"}
        async with a_world(database, folder, policy=policy, base_currency="USD", furnish=add_taxes) as made:
            yield await tell(made, asked_for(request, paid_first))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def told_when_fulfilled(
    new_database: NewDatabase, request: pytest.FixtureRequest
) -> AsyncIterator[Mapping[str, Telling]]:
    """Invoices when the goods are sent, in the shop's currency, under the order's number."""
    with a_folder() as folder:
        database = new_database()
        async with a_world(database, folder, policy={**POLICY, **FULFILLED}, furnish=add_taxes) as made:
            yield await tell(made, asked_for(request, when_fulfilled))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def told_as_drafts(
    new_database: NewDatabase, request: pytest.FixtureRequest
) -> AsyncIterator[Mapping[str, Telling]]:
    """Invoices that the operator approves, with tax on lines of its own."""
    with a_folder() as folder:
        database = new_database()
        async with a_world(database, folder, policy={**POLICY, **DRAFTS}, furnish=add_taxes) as made:
            yield await tell(made, asked_for(request, as_drafts))


def asked_for(request: pytest.FixtureRequest, shelf: Shelf) -> Shelf:
    """The stories of *shelf* that this run has tests for: one kind alone takes no longer than it has to."""
    asked = {item.callspec.params.get("kind") for item in request.session.items if hasattr(item, "callspec")}
    return Shelf({name: teller for name, teller in shelf.stories.items() if name in asked})


def check(telling: Telling) -> None:
    if telling.failures:
        raise telling.failures[0]


@in_one_loop
@pytest.mark.parametrize("kind", kind_of_order.stories)
async def test_kind(told: Mapping[str, Telling], kind: str) -> None:
    check(told[kind])


@in_one_loop
@pytest.mark.parametrize("kind", paid_first.stories)
async def test_kind_when_the_invoice_comes_with_the_payment(told_when_paid: Mapping[str, Telling], kind: str) -> None:
    check(told_when_paid[kind])


@in_one_loop
@pytest.mark.parametrize("kind", when_fulfilled.stories)
async def test_kind_when_the_invoice_comes_with_the_goods(
    told_when_fulfilled: Mapping[str, Telling], kind: str
) -> None:
    check(told_when_fulfilled[kind])


@in_one_loop
@pytest.mark.parametrize("kind", as_drafts.stories)
async def test_kind_when_invoices_are_drafts(told_as_drafts: Mapping[str, Telling], kind: str) -> None:
    check(told_as_drafts[kind])


@in_one_loop
async def test_nothing_is_in_the_books_that_no_order_asked_for(usual: World, told: Mapping[str, Telling]) -> None:
    wanted = set().union(*(gids_of(said.order) for telling in told.values() for said in telling.everything))

    books = usual.books
    marks = [mark_of(one) for one in (*books.invoices(), *books.creditnotes(), *books.payments())]
    assert [mark for mark in marks if not gids_in(mark) or not set(gids_in(mark)) <= wanted] == []
    assert len(marks) == len(set(marks))
    assert books.trial_balance() == 0


def test_every_kind_that_the_books_have_to_know_has_its_story(shared: Path) -> None:
    text = (shared / "design" / "accounting.md").read_text("utf-8")
    section = " ".join(text.split("## Kinds of order that the tests name one by one")[1].split())
    wanted = [part.strip().removesuffix(".") for part in section.split(";")]
    known = {_bare(name) for shelf in (kind_of_order, paid_first) for name in shelf.stories}

    assert len(wanted) > 80
    assert [name for name in wanted if _bare(name) not in known] == []


def _bare(name: str) -> str:
    return re.sub(r"\W", "", name).lower()
