"""Mail over SMTP: one message to its recipients, and an honest answer about what became of it.

A message counts as taken when the server says so after the data. Where the connection breaks before that, nobody knows,
and the error says `Wrote.UNKNOWN`; every refusal before is surely nothing sent.
"""

from __future__ import annotations

import asyncio
import smtplib
import ssl
from collections.abc import Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, unquote, urlsplit

from ml_connector.domain.trouble import Acts, Remedy, Trouble, Wrote

if TYPE_CHECKING:
    from collections.abc import Iterator

ANSWER_S = 30.0
"""How long the server is waited for at each step."""
_LOCAL = ("localhost", "127.0.0.1", "::1")


class MailRefused(Trouble):
    """The server did not take the message, so nobody got it."""

    code = "mail_refused"
    wrote = Wrote.NO
    remedy = Remedy.LATER
    acts = Acts.OPERATOR


class MailInDoubt(Trouble):
    """The message left and no answer came; it may have been delivered."""

    code = "mail_in_doubt"
    wrote = Wrote.UNKNOWN
    remedy = Remedy.ASK_FIRST
    acts = Acts.OPERATOR


@dataclass(frozen=True, slots=True)
class Mail:
    """One message, the same content twice: for readers of HTML and for all others.

    `message_id`: what makes a repetition recognisable to mail servers; empty makes one.
    """

    subject: str
    text: str
    html: str
    to: tuple[str, ...]
    message_id: str = ""


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail goes out, and from whom and to whom where a mail does not say.

    An address is `smtp://user:password@host:587/?from=books@example.com&to=a@example.com,b@example.com`; `smtps://`
    begins encrypted. With `smtp` the connection is encrypted as soon as the server offers it, and a password never
    leaves unencrypted, except to this machine.
    """

    host: str
    port: int
    sender: str
    to: tuple[str, ...] = ()
    user: str = ""
    password: str = field(default="", repr=False)
    encrypted: bool = False

    @classmethod
    def parse(cls, url: str, *, sender: str) -> MailServer:
        """What *url* says; *sender* is used where it names none."""
        parts = urlsplit(url)
        asked = parse_qs(parts.query)
        user = unquote(parts.username or "")
        encrypted = parts.scheme == "smtps"
        to = tuple(each.strip() for some in asked.get("to", []) for each in some.split(",") if each.strip())
        return cls(
            host=parts.hostname or "localhost",
            port=parts.port or (465 if encrypted else 587 if user else 25),
            sender=asked.get("from", [user if "@" in user else sender])[0],
            to=to,
            user=user,
            password=unquote(parts.password or ""),
            encrypted=encrypted,
        )

    async def send(self, mail: Mail) -> Mapping[str, str]:
        """Send *mail*; recipients that were refused, each with what the server said, when others were not.

        Raises:
            MailRefused: nobody got it.
            MailInDoubt: somebody may have got it.
        """
        return await asyncio.to_thread(self._send, mail)

    async def check(self) -> None:
        """See whether the server lets us in; nothing is sent.

        Raises:
            MailRefused: it does not.
        """
        await asyncio.to_thread(self._check)

    def _check(self) -> None:
        with self._connected():
            pass

    def _send(self, mail: Mail) -> Mapping[str, str]:
        with self._connected() as server:
            return _carried(server, self.message(mail), self.sender, mail.to)

    @contextmanager
    def _connected(self) -> Iterator[smtplib.SMTP]:
        try:
            server = self._open()
        except (OSError, smtplib.SMTPException) as error:
            raise _refused(f"{self.host} did not let us in: {_said(error)}.") from error
        try:
            yield server
        finally:
            with suppress(OSError, smtplib.SMTPException):
                server.quit()
            server.close()

    def _open(self) -> smtplib.SMTP:
        trust = ssl.create_default_context()
        server: smtplib.SMTP
        if self.encrypted:
            server = smtplib.SMTP_SSL(self.host, self.port, timeout=ANSWER_S, context=trust)
        else:
            server = smtplib.SMTP(self.host, self.port, timeout=ANSWER_S)
        try:
            self._greeted(server, trust)
        except BaseException:
            server.close()
            raise
        return server

    def _greeted(self, server: smtplib.SMTP, trust: ssl.SSLContext) -> None:
        server.ehlo_or_helo_if_needed()
        safe = self.encrypted
        if not safe and server.has_extn("starttls"):
            server.starttls(context=trust)
            server.ehlo()
            safe = True
        if self.user and not safe and self.host not in _LOCAL:
            raise smtplib.SMTPException("it offers no encryption, and a password is not sent without")
        if self.user:
            server.login(self.user, self.password)

    def message(self, mail: Mail) -> EmailMessage:
        """*mail* as it is sent."""
        made = EmailMessage()
        made["Subject"] = " ".join(mail.subject.split())
        made["From"] = self.sender
        made["To"] = ", ".join(mail.to)
        made["Date"] = formatdate(localtime=False)
        made["Message-ID"] = mail.message_id or make_msgid(domain=self.domain)
        # Source: RFC 3834, so that an absence note is not answered to us
        made["Auto-Submitted"] = "auto-generated"
        made.set_content(mail.text)
        made.add_alternative(mail.html, subtype="html")
        return made

    @property
    def domain(self) -> str:
        return self.sender.rpartition("@")[2].rstrip(">") or "localhost"


def _carried(server: smtplib.SMTP, message: EmailMessage, sender: str, to: tuple[str, ...]) -> Mapping[str, str]:
    try:
        refused = server.send_message(message, sender, list(to))
    except smtplib.SMTPRecipientsRefused as error:
        said = "; ".join(f"{name}: {_answer(answer)}" for name, answer in error.recipients.items())
        raise _refused(f"No recipient was accepted: {said}.") from error
    except (
        smtplib.SMTPSenderRefused,
        smtplib.SMTPDataError,
        smtplib.SMTPHeloError,
        smtplib.SMTPNotSupportedError,
    ) as error:
        raise _refused(f"The mail server refused: {_said(error)}.") from error
    except (OSError, smtplib.SMTPException) as error:
        raise MailInDoubt(
            f"The mail left, and the mail server did not confirm it: {_said(error)}.",
            fix="Ask a recipient; if it did not arrive, send it again.",
        ) from error
    return {name: _answer(answer) for name, answer in refused.items()}


def _refused(text: str) -> MailRefused:
    return MailRefused(text, fix="Check the setting SMTP_URL and the recipients.")


def _said(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        return _answer((error.smtp_code, error.smtp_error))
    return (getattr(error, "strerror", None) or str(error) or type(error).__name__).rstrip(".")


def _answer(answer: tuple[int, bytes | str]) -> str:
    code, text = answer
    words = text.decode(errors="replace") if isinstance(text, bytes) else text
    return f"{code} {words}".strip()
