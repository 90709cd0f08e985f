"""A client of Zoho's with everything around it in sight, and answers that are lists."""

from __future__ import annotations

from typing import Any

from tests.zoho.builders import (
    NOW,
    Permits,
    Reply,
    Script,
    Tokens,
    a_connection,
    answer,
    refusal,
)

from ml_connector.net import HttpResponse
from ml_connector.zoho.caller import Caller
from ml_connector.zoho.client import ZohoClient
from ml_connector.zoho.exchange import Exchange

UNAUTHORISED = refusal(57, "You are not authorized to perform this operation", 401)
ORGANISATIONS = {"organizations": [{"organization_id": "60041112223", "name": "Acme", "version": "uk"}]}
ORGANISATIONS_IN_PST = {"organizations": [{**ORGANISATIONS["organizations"][0], "time_zone": "PST"}]}


class Desk:
    """A client with everything around it in sight."""

    def __init__(self, *replies: Reply, moments: tuple[float, ...] = (), **connection: Any) -> None:
        self.script = Script(*replies)
        self._moments = list(moments)
        self.permits = Permits()
        self.tokens = Tokens()
        self.exchanges: list[Exchange] = []
        self.caller = Caller(
            a_connection(**connection),
            send=self.script,
            tokens=self.tokens,
            permits=self.permits,
            clock=lambda: NOW,
            monotonic=self._monotonic,
            record=self.exchanges.append,
        )
        self.client = ZohoClient(self.caller)

    def _monotonic(self) -> float:
        return self._moments.pop(0) if self._moments else 0.0

    @property
    def asked(self) -> list[str]:
        """What was asked, without host and organisation."""
        start = "https://www.zohoapis.eu/books/v3"
        return [
            url.removeprefix(start)
            .replace("organization_id=60041112223&", "")
            .removesuffix("?organization_id=60041112223")
            for url in self.script.urls
        ]


def rows_of(
    name: str, *rows: dict[str, Any], searched: tuple[str, str] | None = None, more: bool = False
) -> HttpResponse:
    context: dict[str, Any] = {"has_more_page": more}
    if searched is not None:
        context["search_criteria"] = [{"column_name": searched[0], "search_text": searched[1], "comparator": "equal"}]
    return answer(200, {name: list(rows), "page_context": context})
