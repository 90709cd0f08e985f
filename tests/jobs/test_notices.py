"""People are told what is wrong, and that it is over: once each, whatever dies or refuses in between."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from tests.jobs.desk import Desk
from tests.jobs.summary.letterbox import Letterbox, a_letterbox

from ml_connector.jobs.alive import prove, prove_again
from ml_connector.jobs.connecting.ending import ENDING, announce_ending, of_token
from ml_connector.jobs.connecting.tokens import SHOPIFY
from ml_connector.jobs.notices import tell, words
from ml_connector.jobs.summary.sending import Post
from ml_connector.net.mail import Mail
from ml_connector.net.notify import Answered
from ml_connector.shopify.tokens import ShopifyToken
from ml_connector.shopify.versions import served_until
from ml_connector.store import Store
from ml_connector.store.telling import News

NOW = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)


@dataclass
class Chat:
    """Somewhere else that people are told."""

    told: list[str] = field(default_factory=list)
    confirms: bool = True

    async def send(self, title: str, text: str) -> Sequence[Answered]:
        self.told.append(title)
        return [Answered("chat", self.confirms)]


@pytest.fixture
async def box() -> AsyncIterator[Letterbox]:
    async with a_letterbox() as made:
        yield made


def a_post(box: Letterbox, **more: object) -> Post:
    return Post(mail=box.server("owner@acme.example"), home="https://books.acme.example", **more)  # type: ignore[arg-type]


def subjects(box: Letterbox) -> list[str]:
    return [str(mail["Subject"]).strip() for mail in box.mails]


async def revoke(desk: Desk) -> None:
    for token in list(desk.zoho.centres["eu"].refresh_tokens):
        desk.zoho.centres["eu"].revoke(token)
    await do(desk.store, "DELETE FROM tokens WHERE vendor = 'zoho'")


async def do(store: Store, statement: str) -> None:
    async with store.transaction() as tx:
        await tx.execute(text(statement))


async def raise_one(store: Store, code: str = "disk_full", severity: str = "error") -> None:
    async with store.at_once() as tx:
        await store.notices.open_(tx, code, "The disk is full. Nothing is kept.", fix="Make room.", severity=severity)


async def test_a_connection_that_ends_is_told_once_and_so_is_that_it_works_again(desk: Desk, box: Letterbox) -> None:
    post, run = a_post(box), await desk.run()
    await revoke(desk)

    for _ in range(3):
        await prove(run)
        await tell(desk.store, post)

    (subject,) = subjects(box)
    assert subject == "acme: needs you: Zoho no longer accepts our connection, so posting has paused"
    body = box.mails[0].get_body(("plain",))
    assert body is not None
    assert "What to do: Connect Zoho again; no order is lost." in body.get_content()
    assert "https://books.acme.example" in body.get_content()

    client = next(iter(desk.zoho.clients.values()))
    fresh = desk.zoho.connect(client)
    async with desk.store.at_once() as tx:
        await desk.store.credentials.put(tx, desk.connection_id, {"zoho_refresh_token": fresh.encode()})
    await desk.pass_for_the_tables(600)
    for _ in range(3):
        await prove_again(await desk.run())
        await tell(desk.store, post)

    assert subjects(box)[1:] == ["acme: over: Zoho no longer accepts our connection, so posting has paused"]


async def test_what_is_over_before_anybody_heard_of_it_is_not_told(store: Store, box: Letterbox) -> None:
    await raise_one(store)
    async with store.at_once() as tx:
        await store.notices.clear(tx, "disk_full")

    assert await tell(store, a_post(box)) == 0
    assert subjects(box) == []


async def test_information_is_for_the_screens(store: Store, box: Letterbox) -> None:
    await raise_one(store, severity="info")

    assert await tell(store, a_post(box)) == 0


async def test_a_refusal_is_tried_again_later_and_told_once(store: Store, box: Letterbox) -> None:
    chat = Chat()
    post = a_post(box, targets=chat)
    box.refuses = ["451 try later"]
    await raise_one(store)

    assert await tell(store, post) == 0
    assert await tell(store, post) == 0
    await do(store, "UPDATE notices SET tell_at = now()")
    assert await tell(store, post) == 1
    assert await tell(store, post) == 0

    assert len(box.mails) == len(chat.told) == 1


async def test_a_mail_server_that_refuses_for_hours_does_not_keep_the_others_from_being_told(
    store: Store, box: Letterbox
) -> None:
    chat = Chat()
    box.refuses = ["550 never"]
    await raise_one(store)
    await do(store, "UPDATE notices SET raised_at = now() - interval '3 hours'")

    assert await tell(store, a_post(box, targets=chat)) == 1
    assert len(chat.told) == 1


async def test_an_answer_that_does_not_come_counts_as_told(store: Store, box: Letterbox) -> None:
    box.hangs_up = True
    await raise_one(store)

    assert await tell(store, a_post(box)) == 1
    assert await tell(store, a_post(box)) == 0
    assert len(box.mails) == 1


async def test_a_process_that_dies_while_telling_tells_nobody_twice(store: Store, box: Letterbox) -> None:
    class Dying:
        to = ("owner@acme.example",)

        async def send(self, mail: Mail) -> dict[str, str]:
            await box.server().send(mail)
            raise KeyboardInterrupt

    await raise_one(store)
    with pytest.raises(KeyboardInterrupt):
        await tell(store, Post(mail=Dying()))

    assert await tell(store, a_post(box)) == 0
    assert len(box.mails) == 1


async def test_without_anybody_to_tell_nothing_is_claimed(store: Store, box: Letterbox) -> None:
    await raise_one(store)

    assert await tell(store, Post()) == 0
    assert await tell(store, Post(mail=box.server())) == 0
    assert await tell(store, a_post(box)) == 1


def test_a_title_says_whose_it_is_and_the_text_what_to_do() -> None:
    news = News(1, "acme", "sixty", "warning", "Access ends. Soon.", "", NOW, over=False)

    said = words(news)

    assert said.title == "acme: to know: Access ends"
    assert said.text.endswith("Nothing has to be done.")


# Access that will end


def a_token(**changed: object) -> ShopifyToken:
    return ShopifyToken(**{"access": "a", "expires_at": NOW + timedelta(hours=1), **changed})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("token", "has_app", "codes"),
    [
        (None, True, []),
        (a_token(refresh="r", refresh_expires_at=NOW + timedelta(days=80)), True, []),
        (a_token(refresh="r", refresh_expires_at=NOW + timedelta(days=13)), True, [ENDING]),
        (a_token(refresh="r", refresh_expires_at=NOW + timedelta(days=80)), False, [ENDING]),
        (a_token(), True, []),  # client credentials are asked for again
        (a_token(expires_at=None), True, []),
        (a_token(expires_at=None), False, ["shopify_token_static"]),
    ],
)
def test_access_that_will_end_is_known_before(token: ShopifyToken | None, has_app: bool, codes: list[str]) -> None:
    assert [one.code for one in of_token(token, NOW, has_app=has_app)] == codes


async def test_access_that_will_end_is_told_and_so_is_that_it_was_renewed(desk: Desk, box: Letterbox) -> None:
    run, post = await desk.run(), a_post(box)
    now = await desk.store.now()
    values = {"access_token": "a", "refresh_token": "r"}
    for days in (10, 90):
        ends = {"refresh_expires_at": (now + timedelta(days=days)).isoformat()}
        async with desk.store.tokens.exclusive(desk.store.at_once, desk.connection_id, SHOPIFY) as held:
            await held.keep({**values, **ends}, now + timedelta(hours=1))
        await announce_ending(replace(run, renews=True))
        await tell(desk.store, post)

    told = subjects(box)
    assert len(told) == 2
    assert told[0].startswith("acme: to know: Our access to the shop ends on ")
    assert told[1].startswith("acme: over: Our access to the shop ends on ")


@pytest.mark.parametrize(
    ("version", "until"), [("2026-04", "2027-04-01"), ("2026-10", "2027-10-01"), ("unstable", "None")]
)
def test_a_version_is_served_for_a_year(version: str, until: str) -> None:
    assert str(served_until(version)) == until
