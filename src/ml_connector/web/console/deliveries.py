"""Deliveries: did Shopify's, or Zoho's, message arrive, and what followed from it?"""

from __future__ import annotations

from litestar import Response, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from ml_connector.jobs.report.asked import WrongUse
from ml_connector.jobs.report.inbox import Told, inbox, told
from ml_connector.web.console import pages
from ml_connector.web.console.visit import Visit, Visiting

SHOWN = 16 * 1024
"""Bytes of a body that are on the page; the rest is in the file."""


@get("/deliveries", include_in_schema=False)
async def deliveries(visit: Visiting) -> Response[str]:
    """The inbox, newest first, with what the last 14 days brought."""
    chosen = visit.chosen.id if visit.chosen else None
    found = await inbox(visit.store, chosen, before=_number(visit.asked("before")), today=visit.formats.today)
    return visit.page("deliveries.html", place="deliveries", inbox=found)


@get("/deliveries/{number:int}", include_in_schema=False)
async def delivery(visit: Visiting, number: FromPath[int]) -> Response[str]:
    """One delivery: headers, the body as it came, and its siblings."""
    found = await _told(visit, number)
    body = found.delivery.body
    return visit.page(
        "delivery.html",
        place="deliveries",
        found=found,
        text=body[:SHOWN].decode(errors="replace"),
        more=max(0, len(body) - SHOWN),
    )


@get("/deliveries/{number:int}/body", include_in_schema=False)
async def body(visit: Visiting, number: FromPath[int]) -> Response[bytes]:
    """The bytes as they came, as a file."""
    found = await _told(visit, number)
    return Response(
        found.delivery.body,
        media_type="application/octet-stream",
        headers={**pages.HEADERS, "Content-Disposition": f'attachment; filename="delivery-{number}.json"'},
    )


async def _told(visit: Visit, number: int) -> Told:
    found = await told(visit.store, number)
    if found is None:
        raise NotFoundException("There is no such delivery, or it is older than what is kept.")
    return found


def _number(text: str) -> int | None:
    if not text:
        return None
    if not text.isdecimal() or len(text) > 18:
        raise WrongUse("This page does not exist.", fix="Begin with the newest deliveries again.")
    return int(text)
