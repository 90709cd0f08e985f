"""Today: is everything in the books?"""

from __future__ import annotations

from typing import Any

from litestar import Response, get

from ml_connector.domain.outcome import Verdict
from ml_connector.jobs.report import today as report
from ml_connector.jobs.report.shapes import number
from ml_connector.jobs.report.today import FOLDS, SPARK, Day, Side, Today
from ml_connector.web.console.charts import bars, spark
from ml_connector.web.console.formats import Formats, number_of
from ml_connector.web.console.live import REGIONS, pieces
from ml_connector.web.console.visit import Visit, Visiting

_COUNTED = ("two", "three", "four", "five", "six", "seven", "eight", "nine")


@get("/", include_in_schema=False)
async def today(visit: Visiting) -> Response[str]:
    """The verdict on the day, and the figures that prove it."""
    if not visit.frame.connections:
        return visit.page("welcome.html", place="today")
    shown = await values(visit)
    rendered = {name: visit.rendered(f"today_{name}.html", **shown) for name in REGIONS["today"]}
    events = visit.href("/events", page="today", have=pieces(rendered))
    return visit.page("today.html", place="today", pieces=rendered, events=events, **shown)


async def values(visit: Visit) -> dict[str, Any]:
    """What the page's pieces are made of."""
    found = await report.today(visit.store, visit.connections, visit.formats.zone, visit.formats.now)
    f = visit.formats
    return {
        "view": found,
        "verdict": verdict(found, f),
        "lede": lede(found),
        "causes": visit.frame.needs_you(visit.chosen),
        "verdicts": tuple(Verdict),
        "sparks": {each: spark([day.counts.get(each, 0) for day in found.history[-SPARK:]]) for each in Verdict},
        "shown_day": "today" if found.today.orders else "yesterday",
        "bars": bars(found.history),
        "folds": tuple(FOLDS),
        "calls_said": lambda side: calls_said(side, f),
        "way_said": lambda: way_said(found, f),
        "yesterday_said": yesterday_said(found.yesterday),
        "order_number": number,
        "tall": {day.date: day.orders for day in found.history},
    }


async def changing(visit: Visit) -> dict[str, str]:
    """The page's pieces as they are now."""
    shown = await values(visit)
    return {name: visit.rendered(f"today_{name}.html", **shown) for name in REGIONS["today"]}


def verdict(found: Today, f: Formats) -> str:
    """One true sentence; the figures under it prove it."""
    day = found.today
    if day.left_over and found.unexplained:
        sums = f.sums(day.left_over)
        return f"{sums} {'is' if len(day.left_over) == 1 else 'are'} unexplained."
    if not day.orders:
        return "Nothing sold yet today."
    posted = day.fold("posted")
    if posted == day.orders:
        return "The one order is in the books." if posted == 1 else f"All {posted:,} orders are in the books."
    if not posted:
        return f"None of {number_of(day.orders, 'order')} is in the books yet."
    return f"{posted:,} of {number_of(day.orders, 'order')} {'is' if posted == 1 else 'are'} in the books."


def lede(found: Today) -> str:
    """What the verdict leaves open."""
    day = found.today
    if not day.orders:
        y = found.yesterday
        return f"Yesterday brought {number_of(y.orders, 'order')}." if y.orders else "Yesterday brought none either."
    needs, way, excluded = day.fold("needs"), day.fold("way"), day.fold("excluded")
    said = [
        f"{needs:,} {'needs' if needs == 1 else 'need'} you" if needs else "",
        f"{way:,} {'is on its' if way == 1 else 'are on their'} way" if way else "",
        f"{excluded:,} {'was' if excluded == 1 else 'were'} excluded by rule" if excluded else "",
    ]
    told = ", ".join(each for each in said if each)
    return f"{told}." if told else "Nothing needs you."


def calls_said(side: Side, f: Formats) -> str:
    """Whether the calls are enough."""
    calls = side.calls
    others = calls.used - side.seen.calls_for_orders
    said = f"{f.count(side.seen.calls_for_orders)} for orders" + (
        f", {f.count(others)} for looking" if others > 0 else ""
    )
    if side.blocked_until is not None:
        return f"{said}. Zoho asks us to slow down; sending goes on at {f.at(side.blocked_until)}."
    if calls.lasts_until is not None:
        waits = f"; {number_of(side.work.outstanding, 'order')} wait" if side.work and side.work.outstanding else ""
        return f"{said}. At this pace the allowance lasts until {f.at(calls.lasts_until)}{waits}."
    if calls.enough:
        return (
            f"{said}. At this pace about {f.count(calls.expected or 0)} by {f.clock(calls.resets_at)}, which is enough."
        )
    if calls.limit is None:
        return f"{said}. Zoho has not said yet how many there are in a day."
    return f"{said}. It is too early to say how the day will go."


def way_said(found: Today, f: Formats) -> str:
    """How long it has waited, and when it will be done."""
    if not found.outstanding:
        return "Nothing waits."
    oldest = max((side.work.oldest_outstanding_s for side in found.sides if side.work), default=0.0)
    ends = [side.done_by for side in found.sides if side.done_by is not None]
    until = f" All done by about {f.at(max(ends))}." if ends else ""
    return f"The oldest has waited {f.ago(oldest)}.{until}"


def yesterday_said(day: Day) -> str:
    """Yesterday in one line."""
    if not day.orders:
        return "No orders."
    open_ = day.fold("way") + day.fold("needs")
    if open_:
        return f"{number_of(day.orders, 'order')}, {open_:,} of them not in the books yet."
    if day.left_over:
        return f"{number_of(day.orders, 'order')}, and the two sides do not agree on all of them."
    currencies = len(day.money)
    where = "" if currencies < 2 else f" in {_COUNTED[currencies - 2] if currencies < 10 else currencies} currencies"
    return f"Complete. {number_of(day.orders, 'order')}, and Zoho agrees with Shopify to the cent{where}."
