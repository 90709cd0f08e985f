"""What goes on after its request was answered, as long as the process does. Whatever is started here can be resumed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import structlog

from ml_connector.domain.trouble import Trouble

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Background:
    """Tasks under way, each with a name of its own."""

    _under_way: dict[str, asyncio.Task[None]] = field(default_factory=dict)

    def begin(self, name: str, work: Callable[[], Awaitable[object]]) -> bool:
        """Go on with *work*; False when a task of that name is under way in this process."""
        if name in self._under_way:
            return False
        task = asyncio.create_task(self._carried_out(name, work), name=name)
        self._under_way[name] = task
        task.add_done_callback(lambda _: self._under_way.pop(name, None))
        return True

    async def close(self) -> None:
        """Call off what is under way: it goes on where it stopped when it is asked for again."""
        tasks = list(self._under_way.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    @staticmethod
    async def _carried_out(name: str, work: Callable[[], Awaitable[object]]) -> None:
        try:
            await work()
        except Trouble as trouble:
            log.warning("api.background_troubled", name=name, code=trouble.code, text=trouble.text)
        except Exception:  # the edge of what nobody waits for
            log.exception("api.background_unforeseen", name=name)
