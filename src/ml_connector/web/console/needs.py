"""What the console needs from the rest of the house."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from litestar.di import NamedDependency
from litestar.params import SkipValidation

from ml_connector.jobs.clock import Clock
from ml_connector.jobs.connecting.check import Listening
from ml_connector.jobs.connecting.findings import Finding
from ml_connector.jobs.runtime import Runtime
from ml_connector.jobs.summary.sending import Post
from ml_connector.store import Store
from ml_connector.store.unlock import Rotation
from ml_connector.web.intake.stored import nobody_listens


async def nothing_found() -> Sequence[Finding]:
    """Of an installation that nobody examines."""
    return ()


@dataclass(frozen=True, slots=True)
class ConsoleNeeds:
    """What the pages are made of.

    Attributes:
        runtime_of: A connection's clients, for the few pages that ask Shopify or Zoho while somebody waits.
        public_url: Where browsers reach us, without a slash at the end.
        knocked: Called after a knock, so that it is taken up at once.
        listening: Where Shopify's webhooks should go.
        post: How summaries leave.
        sign_ins: Which companies an app is set up for, so that a browser can connect them: `shopify`, `zoho`.
        diagnose: What `doctor` finds of this installation.
        rotate: What `keys rotate` does.
        stopping: Set when the process begins to drain: streams of events end then, instead of holding it up.
    """

    store: Store
    runtime_of: Callable[[int], Awaitable[Runtime]]
    clock: Clock
    public_url: str
    knocked: Callable[[], None] = nobody_listens
    listening: Listening = field(default_factory=lambda: Listening("", reachable=False))
    sign_ins: frozenset[str] = frozenset()
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    post: Post = field(default_factory=Post)
    diagnose: Callable[[], Awaitable[Sequence[Finding]]] = nothing_found
    rotate: Callable[[], Awaitable[Rotation]] | None = None

    @property
    def secure(self) -> bool:
        """Whether cookies travel over https only."""
        return self.public_url.startswith("https://")

    @property
    def base(self) -> str:
        """What stands before every path where a proxy serves us below one: `/connector`, or nothing."""
        return urlsplit(self.public_url).path.rstrip("/")


Needs = SkipValidation[NamedDependency[ConsoleNeeds]]
"""How a handler for strangers is given them."""
