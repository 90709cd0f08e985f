"""Which notices people are still to be told of, by mail or chat: each once when it begins and once when it is over.

Telling is claimed before it is done, so that a process that dies between the two tells nobody twice. What was surely
not sent is given back, and is told later.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from ml_connector.store.sql import all_rows, made, one_row, run, text


@dataclass(frozen=True, slots=True)
class News:
    """A notice that began or, where `over`, ended, and that nobody was told of yet."""

    id: int
    connection: str
    """Its name; empty for what belongs to no connection."""
    code: str
    severity: str
    text: str
    fix: str
    at: datetime
    over: bool
    recipients: tuple[str, ...] = ()
    """Who gets the summaries of its connection."""


# Information is for the screens. What was over before anybody was told of it needs no word at all.
_WAITING = text("""
    SELECT n.id, coalesce(c.name, '') AS connection, n.code, n.severity, n.text, n.fix,
           coalesce(n.cleared_at, n.raised_at) AS at, n.cleared_at IS NOT NULL AS over,
           coalesce(p.body -> 'summary_to', '[]'::jsonb) AS recipients
    FROM notices n
    LEFT JOIN connections c ON c.id = n.connection_id
    LEFT JOIN policies p ON p.connection_id = c.id AND p.version = c.policy_version
    WHERE (n.tell_at IS NULL OR n.tell_at <= clock_timestamp()) AND n.severity <> 'info'
      AND CASE WHEN n.cleared_at IS NULL THEN n.sent_at IS NULL
               ELSE n.sent_at IS NOT NULL AND n.over_sent_at IS NULL
                    AND n.cleared_at > clock_timestamp() - interval '7 days' END
    ORDER BY n.id, over LIMIT :limit
""")
_CLAIM = text("""
    UPDATE notices SET
        sent_at = CASE WHEN :over THEN sent_at ELSE clock_timestamp() END,
        over_sent_at = CASE WHEN :over THEN clock_timestamp() END,
        tell_at = NULL
    WHERE id = :id AND CASE WHEN :over THEN cleared_at IS NOT NULL AND over_sent_at IS NULL
                            ELSE cleared_at IS NULL AND sent_at IS NULL END
    RETURNING id
""")
_GIVE_BACK = text("""
    UPDATE notices SET
        sent_at = CASE WHEN :over THEN sent_at END,
        over_sent_at = NULL,
        tell_at = clock_timestamp() + make_interval(secs => :again_in_s)
    WHERE id = :id
""")


class Telling:
    """Each method is one round trip."""

    async def waiting(self, tx: AsyncConnection, *, limit: int = 20) -> tuple[News, ...]:
        """What nobody was told of yet, oldest first."""
        found = [made(News, row) for row in await all_rows(tx, _WAITING, limit=limit)]
        return tuple(replace(news, recipients=tuple(news.recipients)) for news in found)

    async def claim(self, tx: AsyncConnection, news: News) -> bool:
        """Take it upon us to tell, before it is done. False: somebody did, or it is over meanwhile."""
        return await one_row(tx, _CLAIM, id=news.id, over=news.over) is not None

    async def give_back(self, tx: AsyncConnection, news: News, *, again_in_s: float) -> None:
        """It was surely told to nobody."""
        await run(tx, _GIVE_BACK, id=news.id, over=news.over, again_in_s=again_in_s)
