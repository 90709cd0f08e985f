"""A real mail server on loopback that keeps what it was given, and can be told to misbehave."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

from ml_connector.net.mail import MailServer


@dataclass
class Letterbox:
    """What arrived.

    `refuses`: answers to DATA, used up one by one; `hangs_up`: the connection breaks after the data.
    """

    mails: list[EmailMessage] = field(default_factory=list)
    recipients: list[list[str]] = field(default_factory=list)
    refuses: list[str] = field(default_factory=list)
    unknown: set[str] = field(default_factory=set)
    hangs_up: bool = False
    port: int = 0

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if address in self.unknown:
            return "550 no such person"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.refuses:
            return self.refuses.pop(0)
        content = envelope.content
        assert isinstance(content, bytes)
        self.mails.append(message_from_bytes(content, policy=policy.default))
        self.recipients.append(list(envelope.rcpt_tos))
        if self.hangs_up:
            assert server.transport is not None
            server.transport.abort()
        return "250 taken"

    def server(self, to: str = "") -> MailServer:
        """How the connector reaches it."""
        query = f"?to={to}" if to else ""
        return MailServer.parse(f"smtp://127.0.0.1:{self.port}/{query}", sender="books@connector.example")


@asynccontextmanager
async def a_letterbox() -> AsyncIterator[Letterbox]:
    box = Letterbox()
    sessions: list[Any] = []

    def session() -> SMTP:
        made = SMTP(box, hostname="mail.example")
        sessions.append(made)
        return made

    listening = await asyncio.get_running_loop().create_server(session, "127.0.0.1", 0)
    box.port = listening.sockets[0].getsockname()[1]
    try:
        yield box
    finally:
        listening.close()
        await listening.wait_closed()
        for each in sessions:
            if each.transport is not None:
                each.transport.abort()
