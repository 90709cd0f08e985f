"""The mail of a summary: HTML and plain text in the order of the page, from the document that is kept. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from ml_connector.jobs.report.shapes import Json
from ml_connector.jobs.summary.words import many

if TYPE_CHECKING:
    from jinja2 import Environment

MINUS = "\u2212"
NARROW_SPACE = "\u202f"


@dataclass(frozen=True, slots=True)
class Letter:
    """What is sent to people: a subject, the same statement twice, and where it can be read in full."""

    subject: str
    text: str
    html: str


def letter(document: Json, *, link: str) -> Letter:
    """The mail of *document* (the shape of `summary --json`).

    Args:
        link: The statement's page in the console.
    """
    given = {"s": document, "link": link, "day": long_day(date.fromisoformat(document["date"]))}
    html, text = (_environment().get_template(name).render(given) for name in ("summary.html", "summary.txt"))
    # a name of ours stands in it, so a line break could become a header of its own
    subject = " ".join(f"{document['connection']}, {given['day']}: {document['seal']}".split())
    return Letter(subject, text, html)


def figure(value: Json | None) -> str:
    """`9,846.20`, with a true minus; a dash when it is not known. The currency stands beside it."""
    return "–" if value is None else f"{Decimal(value['amount']):,}".replace("-", MINUS)


def figure_with_currency(value: Json) -> str:
    """`EUR 173.40`, as in sentences."""
    return f"{value['currency']} {figure(value)}"


def all_figures(values: list[Json]) -> str:
    return ", ".join(figure_with_currency(value) for value in values)


def tax_name(tax: Json) -> str:
    """`MwSt 19 %`, with the rate unless the name says it."""
    name, rate = tax["name"], tax["percentage"]
    return name if rate in (None, "0") or rate in name or "%" in name else f"{name} {rate}{NARROW_SPACE}%"


def used(calls: Json) -> str:
    """`412 of 2,000`"""
    if calls["used"] is None:
        return "not known"
    return f"{calls['used']:,}" if calls["limit"] is None else f"{calls['used']:,} of {calls['limit']:,}"


def long_day(day: date) -> str:
    """`Monday 23 November 2026`"""
    return f"{day:%A} {day.day} {day:%B} {day.year}"


def clock(moment: str | None, zone: str) -> str:
    """`24 November 2026 at 06:58` in *zone*; a dash when there is none."""
    if moment is None:
        return "–"
    there = datetime.fromisoformat(moment).astimezone(ZoneInfo(zone))
    return f"{there.day} {there:%B} {there.year} at {there:%H:%M}"


@cache
def _environment() -> Environment:
    # a tenth of what a short command would otherwise load, for the few that write a letter
    from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape  # noqa: PLC0415

    made = Environment(
        loader=PackageLoader("ml_connector.jobs.summary"),
        autoescape=select_autoescape(("html",)),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters |= {
        "figure": figure,
        "money": figure_with_currency,
        "moneys": all_figures,
        "tax_name": tax_name,
        "used": used,
        "clock": clock,
    }
    made.globals["many"] = many
    return made
