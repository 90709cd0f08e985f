"""Today: is everything in the books?"""

from __future__ import annotations

from litestar import Response, get

from ml_connector.web.console.visit import Visiting


@get("/", include_in_schema=False)
async def today(visit: Visiting) -> Response[str]:
    """The verdict on the day, and the figures that prove it."""
    return visit.page("today.html", place="today")
