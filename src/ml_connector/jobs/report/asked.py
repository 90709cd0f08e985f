"""What somebody asked for that cannot be answered as it was asked."""

from __future__ import annotations

from difflib import get_close_matches

from ml_connector.store import Store
from ml_connector.store.connections import Connection


class WrongUse(ValueError):
    """The question is wrong, nothing else is: `text` says how, `fix` what to ask instead."""

    def __init__(self, text: str, *, fix: str = "") -> None:
        super().__init__(text)
        self.text = text
        self.fix = fix


class NotThere(WrongUse):
    """What was named does not exist."""


async def connection_named(store: Store, name: str) -> Connection:
    """The connection called *name*. One query, two when there is none.

    Raises:
        NotThere: there is none; it names those that there are.
    """
    async with store.at_once() as tx:
        found = await store.connections.named(tx, name)
        if found is not None:
            return found
        names = [each.name for each in await store.connections.all(tx)]
    raise NotThere(f"There is no connection called {name!r}.", fix=_instead(name, names))


async def chosen(store: Store, name: str | None) -> tuple[Connection, ...]:
    """The connection called *name*, or all of them. One query.

    Raises:
        NotThere: there is none called so.
    """
    if name is not None:
        return (await connection_named(store, name),)
    async with store.at_once() as tx:
        return await store.connections.all(tx)


def _instead(name: str, names: list[str]) -> str:
    if not names:
        return "Make one with `ml-connector connect --file F`."
    close = get_close_matches(name, names, n=1)
    return f"Did you mean {close[0]}?" if close else f"There is {', '.join(names[:20])}."
