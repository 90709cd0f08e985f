"""Chats and the like, through Apprise: each target on its own, and which of them confirmed."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Answered:
    """Whether one target confirmed. *name* tells it from the others and holds no secret: `slack`, `msteams 2`."""

    name: str
    confirmed: bool


@dataclass(frozen=True, slots=True)
class Targets:
    """Where else people are told, in Apprise's notation."""

    urls: tuple[str, ...] = field(default=(), repr=False)

    async def send(self, title: str, text: str) -> Sequence[Answered]:
        """Tell every target; a target that does not confirm may have got it all the same."""
        named = zip(self.names(), self.urls, strict=True)
        return await asyncio.gather(*(asyncio.to_thread(self._tell, name, url, title, text) for name, url in named))

    def names(self) -> list[str]:
        found: list[str] = []
        for url in self.urls:
            kind = urlsplit(url).scheme or "target"
            same = sum(name.split(" ")[0] == kind for name in found)
            found.append(f"{kind} {same + 1}" if same else kind)
        return found

    @staticmethod
    def _tell(name: str, url: str, title: str, text: str) -> Answered:
        import apprise  # noqa: PLC0415 - it reads a hundred plug-ins, which only who has targets should wait for

        target = apprise.Apprise()
        if not target.add(url):
            return Answered(name, confirmed=False)
        return Answered(name, confirmed=bool(target.notify(title=title, body=text, body_format="text")))
