"""Where mail goes out, and what an answer of the mail server means."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.jobs.summary.letterbox import a_letterbox

from ml_connector.net.mail import Mail, MailInDoubt, MailRefused, MailServer

MAIL = Mail("Hello\r\nBcc: everybody@example.com", "text", "<p>html</p>", ("a@example.com", "b@example.com"))


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://mail.example", MailServer("mail.example", 25, "us@here.example")),
        (
            "smtp://books%40acme.example:p%2Fw@mail.example",
            MailServer("mail.example", 587, "books@acme.example", user="books@acme.example", password="p/w"),
        ),
        ("smtps://mail.example", MailServer("mail.example", 465, "us@here.example", encrypted=True)),
        (
            "smtp://mail.example:2525/?from=x@acme.example&to=a@acme.example,b@acme.example",
            MailServer("mail.example", 2525, "x@acme.example", ("a@acme.example", "b@acme.example")),
        ),
    ],
)
def test_an_address_says_where_and_from_whom_and_to_whom(url: str, expected: MailServer) -> None:
    assert MailServer.parse(url, sender="us@here.example") == expected


def test_a_password_is_not_shown() -> None:
    assert "secret" not in repr(MailServer.parse("smtp://u:secret@mail.example", sender="us@here.example"))


async def test_a_subject_cannot_become_a_header_of_its_own() -> None:
    async with a_letterbox() as box:
        await box.server().send(MAIL)

        (mail,) = box.mails
        assert mail["Subject"] == "Hello Bcc: everybody@example.com"
        assert mail["Bcc"] is None


async def test_recipients_that_are_refused_are_named_when_others_are_not() -> None:
    async with a_letterbox() as box:
        box.unknown = {"b@example.com"}

        assert await box.server().send(MAIL) == {"b@example.com": "550 no such person"}


async def test_a_mail_that_nobody_accepts_was_surely_not_sent() -> None:
    async with a_letterbox() as box:
        box.unknown = set(MAIL.to)

        with pytest.raises(MailRefused, match="550 no such person"):
            await box.server().send(MAIL)


async def test_a_refusal_of_the_data_was_surely_not_sent() -> None:
    async with a_letterbox() as box:
        box.refuses = ["552 too big"]

        with pytest.raises(MailRefused, match="552 too big"):
            await box.server().send(MAIL)


async def test_a_connection_that_breaks_after_the_data_leaves_it_in_doubt() -> None:
    async with a_letterbox() as box:
        box.hangs_up = True

        with pytest.raises(MailInDoubt):
            await box.server().send(MAIL)


async def test_nobody_there_is_surely_not_sent() -> None:
    async with a_letterbox() as box:
        server = box.server()

    with pytest.raises(MailRefused, match="did not let us in"):
        await server.send(MAIL)


async def test_a_password_does_not_leave_unencrypted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ml_connector.net.mail._LOCAL", ())  # as if the mail server were not this machine
    async with a_letterbox() as box:
        with pytest.raises(MailRefused, match="a password is not sent without"):
            await replace(box.server(), user="books", password="secret").send(MAIL)
