"""What the API needs from the rest of the house."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from litestar.di import NamedDependency
from litestar.params import SkipValidation

from ml_connector.jobs.clock import Clock
from ml_connector.jobs.connecting.check import Listening
from ml_connector.jobs.connecting.findings import Finding
from ml_connector.jobs.report.asked import connection_named
from ml_connector.jobs.runtime import Runtime
from ml_connector.jobs.summary.sending import Post
from ml_connector.store import Store
from ml_connector.store.connections import Connection
from ml_connector.web.api.background import Background
from ml_connector.web.intake.stored import nobody_listens


@dataclass(frozen=True, slots=True)
class ApiNeeds:
    """What the handlers are given.

    Attributes:
        diagnose: What `doctor` finds in this installation.
        post: How summaries leave.
        knocked: Called after a knock, so that it is taken up at once.
        background: What goes on after its 202.
    """

    store: Store
    runtime_of: Callable[[int], Awaitable[Runtime]]
    clock: Clock
    public_url: str
    listening: Listening
    diagnose: Callable[[], Awaitable[Sequence[Finding]]]
    post: Post = field(default_factory=Post)
    knocked: Callable[[], None] = nobody_listens
    background: Background = field(default_factory=Background)

    async def connection(self, name: str) -> Connection:
        """
        Raises:
            NotThere: there is none called so.
        """
        return await connection_named(self.store, name)

    async def run(self, name: str) -> Runtime:
        """The clients of the connection called *name*.

        Raises:
            NotThere, ConnectionGone.
        """
        return await self.runtime_of((await self.connection(name)).id)

    async def names(self) -> Mapping[int, str]:
        """Every connection's name by its id. One query."""
        async with self.store.at_once() as tx:
            return {each.id: each.name for each in await self.store.connections.all(tx)}


Needs = SkipValidation[NamedDependency[ApiNeeds]]
"""How a handler is given them: `async def status(needs: Needs)`."""
