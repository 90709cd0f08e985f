"""The statements behind `subjects`."""

from __future__ import annotations

from ml_connector.store.sql import text

# Sorted, so that two who knock for many lock the rows in the same order. While it is outstanding a weaker knock
# changes neither lane nor time; a new one after rest starts a new row of attempts.
KNOCK_MANY = """
    INSERT INTO subjects AS s (connection_id, kind, id, lane, knocked, due_at)
    SELECT connection_id, kind, id, min(lane), count(*), min(coalesce(due_at, clock_timestamp()))
    FROM {source}
    GROUP BY connection_id, kind, id ORDER BY connection_id, kind, id
    ON CONFLICT (connection_id, kind, id) DO UPDATE SET
        knocked = s.knocked + excluded.knocked,
        lane = CASE WHEN s.knocked > s.answered THEN least(s.lane, excluded.lane) ELSE excluded.lane END,
        due_at = CASE WHEN s.knocked = s.answered THEN excluded.due_at
                      WHEN excluded.lane <= s.lane THEN least(s.due_at, excluded.due_at) ELSE s.due_at END,
        waiting_since = CASE WHEN s.knocked > s.answered THEN s.waiting_since ELSE clock_timestamp() END,
        attempts = CASE WHEN s.knocked > s.answered THEN s.attempts ELSE 0 END,
        first_failed_at = CASE WHEN s.knocked > s.answered THEN s.first_failed_at END
"""
KEY = "connection_id = :connection_id AND kind = :kind AND id = :id"
KNOCK = text(
    KNOCK_MANY.format(
        source="""unnest(CAST(:connection_ids AS bigint[]), CAST(:kinds AS text[]), CAST(:ids AS text[]),
                         CAST(:lanes AS smallint[]), CAST(:due_ats AS timestamptz[]))
                  AS k(connection_id, kind, id, lane, due_at)"""
    )
)
TAKE_LEASE = text("""
    INSERT INTO subjects AS s (connection_id, kind, id, lane, lease_owner, lease_until, fence)
    VALUES (:connection_id, :kind, :id, :lane, :owner, clock_timestamp() + make_interval(secs => :for_s), 1)
    ON CONFLICT (connection_id, kind, id) DO UPDATE
        SET lease_owner = excluded.lease_owner, fence = s.fence + 1,
            lease_until = clock_timestamp() + make_interval(secs => :for_s)
        WHERE s.lease_until IS NULL OR s.lease_until <= clock_timestamp()
    RETURNING s.fence, s.lease_until, s.lane, s.knocked, s.answered, s.attempts, s.first_failed_at, s.backfill,
              clock_timestamp() AS now
""")
RENEW = text(f"""
    UPDATE subjects SET lease_until = clock_timestamp() + make_interval(secs => :for_s)
    WHERE {KEY} AND fence = :fence RETURNING lease_until
""")
RELEASE = text(f"UPDATE subjects SET lease_until = NULL, lease_owner = NULL WHERE {KEY} AND fence = :fence")
ANSWERED = text(f"""
    UPDATE subjects SET
        answered = greatest(answered, :seen), answered_at = clock_timestamp(),
        seen_updated_at = greatest(seen_updated_at, CAST(:updated_at AS timestamptz)),
        attempts = 0, first_failed_at = NULL, queued_at = NULL, queued_lane = NULL,
        lease_until = NULL, lease_owner = NULL,
        due_at = clock_timestamp(),
        waiting_since = CASE WHEN knocked > :seen THEN clock_timestamp() ELSE waiting_since END
    WHERE {KEY} AND fence = :fence
    RETURNING knocked > answered AS more
""")
DEFER = text(f"""
    UPDATE subjects SET
        due_at = :due_at, attempts = :attempts, first_failed_at = :first_failed_at,
        queued_at = NULL, queued_lane = NULL, lease_until = NULL, lease_owner = NULL
    WHERE {KEY} AND fence = :fence
""")
HELD = text(f"SELECT fence FROM subjects WHERE {KEY} AND fence = :fence FOR NO KEY UPDATE")
STATE = text(f"""
    SELECT connection_id, kind, id, lane, knocked, answered, due_at, waiting_since, attempts, first_failed_at,
           lease_until, backfill
    FROM subjects WHERE {KEY}
""")
# What waits will be read anyway; only what a run holds right now may have been read before the change.
UNANSWERED = text("""
    SELECT k.id FROM unnest(CAST(:ids AS text[]), CAST(:updated_ats AS timestamptz[])) AS k(id, updated_at)
    LEFT JOIN subjects s ON s.connection_id = :connection_id AND s.kind = :kind AND s.id = k.id
    WHERE CASE WHEN s.knocked > s.answered THEN s.lease_until > clock_timestamp()
               ELSE s.seen_updated_at IS NULL OR s.seen_updated_at < k.updated_at END
""")
LET_BACKFILL = text("""
    UPDATE subjects SET backfill = true
    WHERE connection_id = :connection_id AND kind = 'order' AND id = ANY(CAST(:ids AS text[])) AND NOT backfill
""")
BY_LANE = text("""
    SELECT lane, count(*) AS number FROM subjects
    WHERE connection_id = :connection_id AND kind = 'order' AND knocked > answered GROUP BY lane
""")
OUTSTANDING_OF = text("""
    SELECT connection_id, kind, id FROM subjects
    WHERE connection_id = :connection_id AND kind = ANY(CAST(:kinds AS text[])) AND knocked > answered
    ORDER BY waiting_since LIMIT :limit
""")
TAKE_DUE = text("""
    WITH wanted AS (
        SELECT s.connection_id, s.kind, s.id, s.lane, s.queued_before, s.turn
        FROM connections c CROSS JOIN LATERAL (
            SELECT d.*, q.same_lane + row_number() OVER (PARTITION BY d.lane ORDER BY d.due_at) - 1 AS turn,
                   q.up_to_lane + row_number() OVER (ORDER BY d.lane, d.due_at) AS place
            FROM (
                SELECT connection_id, kind, id, lane, due_at, queued_at IS NOT NULL AS queued_before
                FROM subjects
                WHERE connection_id = c.id AND knocked > answered AND due_at <= clock_timestamp()
                  AND (lease_until IS NULL OR lease_until <= clock_timestamp())
                  AND (queued_at IS NULL OR lane < queued_lane
                       OR queued_at < clock_timestamp() - make_interval(secs => :lost_after_s))
                ORDER BY lane, due_at LIMIT :window FOR UPDATE SKIP LOCKED
            ) d CROSS JOIN LATERAL (
                SELECT count(*) FILTER (WHERE queued_lane = d.lane) AS same_lane,
                       count(*) FILTER (WHERE queued_lane <= d.lane) AS up_to_lane
                FROM subjects
                WHERE connection_id = c.id AND knocked > answered
                  AND queued_at >= clock_timestamp() - make_interval(secs => :lost_after_s)
            ) q
        ) s
        WHERE (c.health = 'ok' OR c.health = 'paused' AND c.paused_until <= clock_timestamp()) AND s.place <= :window
        ORDER BY s.lane, s.turn LIMIT :limit
    )
    UPDATE subjects SET queued_at = clock_timestamp(), queued_lane = subjects.lane
    FROM wanted w
    WHERE subjects.connection_id = w.connection_id AND subjects.kind = w.kind AND subjects.id = w.id
    RETURNING w.connection_id, w.kind, w.id, w.lane, w.turn, w.queued_before
""")
PUT_BACK = text("""
    UPDATE subjects s SET queued_at = NULL, queued_lane = NULL
    FROM unnest(CAST(:connection_ids AS bigint[]), CAST(:kinds AS text[]), CAST(:ids AS text[])) AS k(c, kind, id)
    WHERE s.connection_id = k.c AND s.kind = k.kind AND s.id = k.id
""")
NOTED = "knocked > answered AND queued_at < clock_timestamp() - make_interval(secs => :older_than_s)"
QUEUED = text(f"SELECT count(*) AS number FROM subjects WHERE {NOTED}")
FORGET = text(f"UPDATE subjects SET queued_at = NULL, queued_lane = NULL WHERE {NOTED}")
WORK = text("""
    SELECT connection_id, count(*) AS outstanding,
           extract(epoch FROM clock_timestamp() - min(waiting_since))::float8 AS oldest_outstanding_s
    FROM subjects
    WHERE knocked > answered AND (CAST(:connection_id AS bigint) IS NULL OR connection_id = :connection_id)
    GROUP BY connection_id ORDER BY connection_id
""")
DUE_NOW = text("""
    UPDATE subjects SET due_at = clock_timestamp()
    WHERE connection_id = :connection_id AND knocked > answered AND due_at > clock_timestamp()
""")
