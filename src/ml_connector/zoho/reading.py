"""How Zoho's records and lists are read: page by page, each id once, and each row compared."""

from __future__ import annotations

from collections.abc import Callable

from ml_connector.zoho import books, errors, questions
from ml_connector.zoho.caller import Caller
from ml_connector.zoho.connection import ZohoConnection
from ml_connector.zoho.exact import Json, text
from ml_connector.zoho.permits import Permit
from ml_connector.zoho.questions import IDS, RECORDS, ROWS, Found
from ml_connector.zoho.values import Answer, ZohoRequest

_FEW = 5
"""So many rows of a search are looked at when each has to be read by id."""
_MOST_PAGES = 5001


class Reader:
    """Asks one organisation in one lane."""

    def __init__(self, caller: Caller, *, lane: str = "live") -> None:
        self._caller = caller
        self._lane = lane

    @property
    def connection(self) -> ZohoConnection:
        return self._caller.connection

    async def call(self, request: ZohoRequest, *, permit: Permit | None = None) -> Answer:
        """Send one request and say what the answer means; see `Caller.call`."""
        return await self._caller.call(request, lane=self._lane, permit=permit)

    async def record(self, module: str, zoho_id: str) -> Json:
        """One record as Zoho tells it, by id.

        Raises:
            NotFound: it is gone.
            UnexpectedReadAnswer: another record was answered.
        """
        answer = await self.call(questions.record(module, zoho_id))
        found = answer.record(*RECORDS[module])
        if text(found, IDS[module]) != zoho_id:
            raise errors.UnexpectedReadAnswer("Zoho answered with another record than we asked for.")
        return found

    async def _by_mark(self, module: str, api_name: str, key: str) -> Found[Json]:
        """Rows that carry our mark, and whether Zoho searched for it."""
        answer = await self.call(questions.by_mark(module, api_name, key))
        rows = answer.list(*ROWS[module])
        if not answer.searched(key):
            # everything, perhaps: what says our mark is ours, the rest is not worth a call each
            return Found(tuple(questions.marked(rows, api_name, key)))
        return await self._marked(module, rows, api_name, key)

    async def _marked(self, module: str, rows: list[Json], api_name: str, key: str) -> Found[Json]:
        """The *rows* that carry our mark. Those that do not tell the field are read by id, a few of them."""
        silent = [row for row in rows if books.mark_of(row, api_name) is None]
        told = [row for row in rows if books.mark_of(row, api_name) is not None]
        read = [await self.record(module, text(row, IDS[module])) for row in silent[:_FEW]]
        return Found(tuple(questions.marked([*told, *read], api_name, key)), searched=len(silent) <= _FEW)

    async def _all(
        self, request: ZohoRequest, *names: str, id_name: str = "", until: Callable[[Json], bool] | None = None
    ) -> list[Json]:
        """Every row of a list, page by page, each id once: pages shift while records are added.

        Args:
            until: Stops after the first page on which it is true of a row; for sorted lists.
        """
        found: dict[str, Json] = {}
        for number in range(1, _MOST_PAGES):
            answer = await self.call(questions.page(request, number))
            rows, before = answer.list(*names), len(found)
            for place, row in enumerate(rows):
                found.setdefault(text(row, id_name) or f"{number}/{place}", row)
            if not answer.more or len(found) == before or (until is not None and any(until(row) for row in rows)):
                break
        return list(found.values())
