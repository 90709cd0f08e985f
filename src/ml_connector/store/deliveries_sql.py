"""The statements behind `deliveries`."""

from __future__ import annotations

from functools import cache

from sqlalchemy import TextClause

from ml_connector.store.sql import binary, text
from ml_connector.store.subjects_sql import KNOCK_MANY

# `g` is each delivery once with the number of times it came in this batch. An inserted row's `repeats` is one less than
# that number, a row we had before has at least as many: that tells them apart. Sorted against deadlocks.
ACCEPT = binary(
    """
    WITH i AS (
        SELECT * FROM unnest(
            CAST(:sources AS text[]), CAST(:shops AS text[]), CAST(:webhook_ids AS text[]), CAST(:topics AS text[]),
            CAST(:event_ids AS text[]), CAST(:triggered_ats AS timestamptz[]), CAST(:received_ats AS timestamptz[]),
            CAST(:headers AS text[]), CAST(:bodies AS bytea[]), CAST(:verdicts AS text[]),
            CAST(:connection_ids AS bigint[]), CAST(:subject_kinds AS text[]), CAST(:subject_ids AS text[]),
            CAST(:relays AS boolean[])
        ) WITH ORDINALITY AS t(source, shop, webhook_id, topic, event_id, triggered_at, received_at, headers, body,
                               verdict, connection_id, subject_kind, subject_id, relay, place)
    ),
    g AS (
        SELECT DISTINCT ON (source, shop, webhook_id) *, count(*) OVER (PARTITION BY source, shop, webhook_id) AS times
        FROM i ORDER BY source, shop, webhook_id, place
    ),
    kept AS (
        INSERT INTO deliveries AS d (source, shop, webhook_id, topic, event_id, triggered_at, received_at, headers,
                                     body, verdict, connection_id, subject_kind, subject_id, repeats, relayed_at)
        SELECT source, shop, webhook_id, topic, event_id, triggered_at, received_at, CAST(headers AS jsonb), body,
               verdict, connection_id, subject_kind, subject_id, times - 1, CASE WHEN NOT relay THEN received_at END
        FROM g ORDER BY source, shop, webhook_id
        ON CONFLICT (source, shop, webhook_id) DO UPDATE SET repeats = d.repeats + excluded.repeats + 1
        RETURNING d.id, d.source, d.shop, d.webhook_id, d.repeats
    ),
    told AS (
        SELECT k.id, g.place AS first_place, k.repeats >= g.times AS known, g.source, g.shop, g.webhook_id
        FROM kept k JOIN g ON (g.source, g.shop, g.webhook_id) = (k.source, k.shop, k.webhook_id)
    ),
    knocks AS (
        SELECT k.connection_id, k.kind, k.id, k.lane, k.due_at
        FROM unnest(CAST(:knock_places AS bigint[]), CAST(:knock_connections AS bigint[]), CAST(:knock_kinds AS text[]),
                    CAST(:knock_ids AS text[]), CAST(:knock_lanes AS smallint[]), CAST(:knock_due_ats AS timestamptz[]))
             AS k(place, connection_id, kind, id, lane, due_at)
        JOIN told ON told.first_place = k.place AND NOT told.known
    ),
    knocked AS ("""
    + KNOCK_MANY.format(source="knocks")
    + """)
    SELECT i.place, told.id, told.known OR told.first_place < i.place AS repeat
    FROM i JOIN told ON (told.source, told.shop, told.webhook_id) = (i.source, i.shop, i.webhook_id)
    ORDER BY i.place
    """
)
ROW = """id, connection_id, source, shop, webhook_id, topic, event_id, triggered_at, received_at, headers, verdict,
          subject_kind, subject_id, repeats, relayed_at"""
GET = text(f"SELECT {ROW}, body FROM deliveries WHERE id = :id")
OF_SUBJECT = text(f"""
    SELECT {ROW} FROM deliveries
    WHERE connection_id = :connection_id AND subject_kind = :kind AND subject_id = :id
    ORDER BY received_at, id LIMIT :limit
""")
RELAY = text(
    """
    WITH open AS (
        SELECT id, connection_id, subject_kind, subject_id FROM deliveries
        WHERE relayed_at IS NULL ORDER BY id LIMIT :limit FOR UPDATE SKIP LOCKED
    ),
    relayed AS (
        UPDATE deliveries d SET relayed_at = clock_timestamp() FROM open WHERE d.id = open.id
        RETURNING d.connection_id, d.subject_kind AS kind, d.subject_id AS id, CAST(0 AS smallint) AS lane,
                  CAST(NULL AS timestamptz) AS due_at
    ),
    asked AS (SELECT * FROM relayed WHERE connection_id IS NOT NULL AND kind IS NOT NULL AND id IS NOT NULL),
    knocked AS ("""
    + KNOCK_MANY.format(source="asked")
    + """)
    SELECT count(*) AS number FROM relayed
    """
)
_CONDITIONS = {"connection_id": "connection_id = :connection_id", "before": "id < :before"}


@cache
def page(given: frozenset[str]) -> TextClause:
    """Newest first, with the filters in *given*: those of one connection are walked by an index of its own."""
    where = " AND ".join(condition for name, condition in _CONDITIONS.items() if name in given)
    return text(f"SELECT {ROW} FROM deliveries WHERE {where or 'true'} ORDER BY id DESC LIMIT :limit")


@cache
def days(given: frozenset[str]) -> TextClause:
    """What each day brought since one, of all connections or of the one in *given*."""
    where = " AND ".join(condition for name, condition in _CONDITIONS.items() if name in given)
    return text(f"""
        SELECT CAST(received_at AT TIME ZONE 'UTC' AS date) AS day, count(*)::int AS received,
               sum(repeats)::int AS repeats
        FROM deliveries WHERE received_at >= CAST(:since AS date) AND {where or "true"}
        GROUP BY 1 ORDER BY 1
    """)
