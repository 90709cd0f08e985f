"""The statement of a day as pages show it: as it was sent, else as it stands, without asking anybody."""

from __future__ import annotations

import csv
import io
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from ml_connector.jobs.report.shapes import Json
from ml_connector.jobs.runtime import Runtime
from ml_connector.jobs.summary.sending import statement_of
from ml_connector.jobs.summary.shape import as_json, sending
from ml_connector.store import Store
from ml_connector.store.connections import Connection
from ml_connector.store.summaries import Summary


@dataclass(frozen=True, slots=True)
class Shown:
    """One day. `document` is None for a connection that has ended and kept none of that day."""

    date: date
    document: Json | None
    noted: Summary | None

    @property
    def kept(self) -> bool:
        """Whether it is the statement as it was made then, rather than as things stand now."""
        return self.noted is not None and self.noted.document is not None


async def shown(
    store: Store, runtime_of: Callable[[int], Awaitable[Runtime]], connection: Connection, day: date
) -> Shown:
    """The kept statement: one query; else it is composed from the tables, with a dozen."""
    async with store.at_once() as tx:
        noted = await store.summaries.get(tx, connection.id, day)
    if noted is not None and noted.document is not None:
        return Shown(day, {**noted.document, **sending(noted)}, noted)
    if connection.disconnected_at is not None:
        return Shown(day, None, noted)
    statement = await statement_of(await runtime_of(connection.id), day, ask=False)
    return Shown(day, as_json(statement, noted), noted)


def as_csv(document: Json) -> str:
    """Every figure of the statement in a row of its own: section, what, currency, column, amount."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(("section", "what", "number", "column", "amount", "currency"))
    writer.writerows(_rows(document))
    return out.getvalue()


Row = tuple[object, ...]


def _rows(document: Json) -> Iterator[Row]:
    for section, name in (("money", "invoices"), ("payments", "payments"), ("refunds", "refunds")):
        for row in document[section] or ():
            columns = ("shopify", "excluded", "open", "expected", "zoho", "difference")
            yield from _figures((name, row["currency"], row["number"]), row, columns)
    for tax in document["taxes"]:
        yield from _figures(("taxes", _plain(tax["name"]), ""), tax, ("net", "tax", "gross"))
    for section in ("open", "excluded"):
        for group in document[section]:
            what = (section, _plain(group["text"]), group["orders"], group["code"])
            yield from ((*what, *_amount(money)) for money in group["money"])
    for section in ("unpaid", "rounding", "cash_rounding"):
        yield from ((section, "", tally["number"], "", *_amount(tally["money"])) for tally in document.get(section, ()))
    for one in document.get("rounding_of_month", ()):  # a statement that was kept before may lack it
        for number, name in (("residues", "residue"), ("cash_roundings", "cash_rounding")):
            yield ("rounding_of_month", one["month"], one[number], name, *_amount(one[name]))


def _figures(what: Row, row: Json, columns: Sequence[str]) -> Iterator[Row]:
    """One row for each of *columns* that is known."""
    yield from ((*what, column, *_amount(row[column])) for column in columns if row[column] is not None)


def _amount(money: Json) -> tuple[str, str]:
    return money["amount"], money["currency"]


def _plain(text: str) -> str:
    """Text that no spreadsheet takes for a formula.

    Source: OWASP, "CSV Injection".
    """
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
