"""The ledger of rounding: what it put into the books, by month and currency, residues and rounded cash apart."""

from __future__ import annotations

from datetime import date

from ml_connector.jobs.report.shapes import Json
from ml_connector.jobs.summary.shape import rounded
from ml_connector.store import Store
from ml_connector.store.connections import Connection


async def rounding(
    store: Store, connection: Connection, *, first: date | None = None, last: date | None = None
) -> Json:
    """The ledger of *connection*, of documents dated from *first* to *last*, both included. One query."""
    async with store.at_once() as tx:
        months = await store.documents.rounded(tx, connection.id, first=first, last=last)
    return {"connection": connection.name, "months": [rounded(each) for each in months]}
