"""What stands around every page of the console: the connections, and how many decisions wait."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ml_connector.store import Store
from ml_connector.store.connections import Connection


@dataclass(frozen=True, slots=True)
class Frame:
    """The connections by name, and the causes that wait for a person, by connection."""

    connections: Sequence[Connection] = ()
    causes: Mapping[int, int] = field(default_factory=dict)

    def named(self, name: str) -> Connection | None:
        return next((each for each in self.connections if each.name == name), None)

    def needs_you(self, chosen: Connection | None) -> int:
        """How many decisions wait: causes, not orders."""
        return sum(self.causes.values()) if chosen is None else self.causes.get(chosen.id, 0)


async def frame(store: Store) -> Frame:
    """Two queries."""
    async with store.at_once() as tx:
        connections = await store.connections.all(tx)
        causes = await store.outcomes.cause_counts(tx)
    return Frame(connections, causes)
