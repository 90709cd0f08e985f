"""Making a day's summary and sending it once: composed, claimed in the commit that keeps it, sent, settled.

A process that dies between claim and answer leaves the day in doubt, which is shown and never tried again by itself;
what was surely refused is tried again.
"""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Protocol

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from ml_connector.domain.trouble import Wrote
from ml_connector.jobs.beginning import connection_of
from ml_connector.jobs.report.shapes import Json
from ml_connector.jobs.runtime import Runtime
from ml_connector.jobs.summary.compose import compose
from ml_connector.jobs.summary.days import CATCH_UP, Day, Noted, last_due, owed
from ml_connector.jobs.summary.gather import gather, zone_for
from ml_connector.jobs.summary.letter import Letter, letter
from ml_connector.jobs.summary.shape import as_json
from ml_connector.jobs.summary.statement import Statement
from ml_connector.net.mail import Mail, MailInDoubt, MailRefused
from ml_connector.net.notify import Answered

log = structlog.get_logger(__name__)

PATIENCE = timedelta(hours=3)
"""So long a summary waits for Shopify to answer; then it goes out without Shopify's own figures, and says so."""
RETRY_S = 600.0
GIVE_UP = 12
"""After so many refusals by the mail server the other targets are told all the same."""
IN_DOUBT = "summary_in_doubt"
NOT_SENT = "summary_not_sent"
DIED = "The process that was sending it ended before the mail server answered."


class SendsMail(Protocol):
    """What carries a mail: `net.mail.MailServer`."""

    @property
    def to(self) -> tuple[str, ...]: ...

    async def send(self, mail: Mail) -> Mapping[str, str]: ...

    async def check(self) -> None: ...


class Tells(Protocol):
    """What tells others: `net.notify.Targets`."""

    async def send(self, title: str, text: str) -> Sequence[Answered]: ...


@dataclass(frozen=True, slots=True)
class Post:
    """How summaries and notices leave. Without mail and targets they are only kept.

    Attributes:
        link: The page of a statement, from the connection's name and the date.
        home: Where the console is.
    """

    mail: SendsMail | None = None
    targets: Tells | None = None
    link: Callable[[str, date], str] = field(default=lambda name, day: f"{name} {day}")
    home: str = ""


async def statement_of(run: Runtime, day: date, *, ask: bool = True) -> Statement:
    """The statement of *day* as both sides are now."""
    return compose(await gather(run, day, ask=ask))


async def summary(run: Runtime, day: date) -> Json:
    """What `summary --json` answers: the statement as both sides are now, and whether it was sent."""
    statement = await statement_of(run, day)
    async with run.store.at_once() as tx:
        noted = await run.store.summaries.get(tx, run.connection_id, day)
    return as_json(statement, noted)


async def send_due(run: Runtime, post: Post, *, now: datetime | None = None) -> list[date]:
    """Send what is due and still owed, oldest first; the dates that were sent. Called every minute.

    Four queries when nothing is due.
    """
    at = now or run.clock.now()
    connection = await connection_of(run)
    zone, hour = zone_for(run.policy, connection), run.policy.summary_hour
    await _noticed_doubt(run)
    last = last_due(at, hour or 0, zone)
    async with run.store.at_once() as tx:
        await run.store.summaries.note(tx, run.connection_id, at.astimezone(zone).date(), connection.organization)
        if hour is None:
            await run.store.summaries.skip(tx, run.connection_id, last)
            return []
        rows = await run.store.summaries.since(tx, run.connection_id, last - CATCH_UP)
    noted = {row.date: Noted(row.state, row.retry_at) for row in rows}
    sent = []
    for day in owed(noted, at, hour, zone):
        late = at >= Day(day, zone).due_at(hour) + PATIENCE
        if await send_day(run, post, day, without_shopify=late) == "sent":
            sent.append(day)
    return sent


async def send_day(
    run: Runtime,
    post: Post,
    day: date,
    *,
    without_shopify: bool = False,
    again: bool = False,
    seen: datetime | None = None,
) -> str:
    """Make and send one day's summary unless somebody has; how it stands then, by the words of `store.summaries`.

    Args:
        without_shopify: Go on when Shopify does not answer.
        again: A person wants it sent once more, having seen that it was last claimed at *seen*.
    """
    statement = await statement_of(run, day)
    if statement.shopify_read_at is None and not without_shopify:
        async with run.store.at_once() as tx:
            await run.store.summaries.put_off(tx, run.connection_id, day, statement.shopify_trouble, for_s=RETRY_S)
        return "open"
    document, owner = as_json(statement), uuid.uuid4().hex
    # before the claim: what fails here has told nobody anything
    made = letter(document, link=post.link(run.name, day))
    async with run.store.at_once() as tx:
        ours = await run.store.summaries.claim(
            tx, run.connection_id, day, document, owner=owner, again=again, seen=seen
        )
        noted = await run.store.summaries.get(tx, run.connection_id, day)
    if not ours:
        return noted.state if noted else "open"
    attempts = noted.attempts if noted else 1
    return await _settled(run, day, owner, await _sent(run, post, made, day, attempts))


# What became of it


@dataclass(frozen=True, slots=True)
class _Outcome:
    """The state that a claim ends in, and who was told."""

    state: str
    told: tuple[Json, ...] = ()
    trouble: str = ""
    fix: str = ""


def _told(to: str, by: str, result: str, text: str = "") -> Json:
    return {"to": to, "by": by, "result": result, "text": text or None}


async def _sent(run: Runtime, post: Post, made: Letter, day: date, attempts: int) -> _Outcome:
    """Mail first; the others are told only when the mail is not to be tried again."""
    to = tuple(dict.fromkeys([*run.policy.summary_to, *(post.mail.to if post.mail else ())]))
    mailed = _Outcome("kept")
    if to and post.mail is not None:
        identity = f"<summary.{run.connection_id}.{day}.{attempts}@ml-connector>"
        mailed = await _mailed(post.mail.send, Mail(made.subject, made.text, made.html, to, identity))
    elif to:
        mailed = _Outcome("kept", trouble="Nothing was mailed: the setting SMTP_URL is not set.")
    if post.targets is None or (mailed.state == "failed" and attempts < GIVE_UP):
        return mailed
    answers = [
        _told(each.name, "notice", "sent" if each.confirmed else "unknown", "" if each.confirmed else "Not confirmed.")
        for each in await post.targets.send(made.subject, made.text)
    ]
    return _Outcome(_state(mailed.state, answers), (*mailed.told, *answers), mailed.trouble, mailed.fix)


async def _mailed(send: Callable[[Mail], Awaitable[Mapping[str, str]]], mail: Mail) -> _Outcome:
    try:
        refused = await send(mail)
    except (MailRefused, MailInDoubt) as trouble:
        state, result = ("failed", "refused") if trouble.wrote is Wrote.NO else ("in_doubt", "unknown")
        told = tuple(_told(each, "mail", result, trouble.text) for each in mail.to)
        return _Outcome(state, told, trouble.text, trouble.fix)
    told = tuple(
        _told(each, "mail", "refused", refused[each]) if each in refused else _told(each, "mail", "sent")
        for each in mail.to
    )
    return _Outcome("sent", told)


def _state(mailed: str, answers: Sequence[Json]) -> str:
    """With the others' answers: somebody has it, or somebody may have it, or nobody has."""
    if mailed == "sent" or any(each["result"] == "sent" for each in answers):
        return "sent"
    return "in_doubt" if mailed == "in_doubt" or answers else mailed


async def _settled(run: Runtime, day: date, owner: str, outcome: _Outcome) -> str:
    async with run.store.transaction() as tx:
        await run.store.summaries.settle(
            tx,
            run.connection_id,
            day,
            owner=owner,
            state=outcome.state,
            told=outcome.told,
            trouble=outcome.trouble,
            retry_s=RETRY_S,
        )
        if outcome.state == "in_doubt":
            await _raise_doubt(tx, run, day, outcome.trouble)
        if outcome.state == "failed":
            text = f"The summary of {day} could not be sent. {outcome.trouble}"
            await run.store.notices.open_(tx, NOT_SENT, text, connection_id=run.connection_id, fix=outcome.fix)
        if outcome.state == "sent":
            await run.store.notices.clear(tx, NOT_SENT, connection_id=run.connection_id)
    log.info("summary.settled", connection=run.name, date=day.isoformat(), state=outcome.state)
    return outcome.state


async def _noticed_doubt(run: Runtime) -> None:
    async with run.store.transaction() as tx:
        for each in await run.store.summaries.doubt(tx, run.connection_id, DIED):
            log.warning("summary.in_doubt", connection=run.name, date=each.date.isoformat())
            await _raise_doubt(tx, run, each.date, DIED)


async def _raise_doubt(tx: AsyncConnection, run: Runtime, day: date, why: str) -> None:
    """Shown, because it is not sent again by itself."""
    await run.store.notices.open_(
        tx,
        IN_DOUBT,
        f"Whether the summary of {day} arrived is not known. {why}",
        connection_id=run.connection_id,
        fix="Ask a recipient; if it did not arrive, send it again from the page of that day.",
    )
