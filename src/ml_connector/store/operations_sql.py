"""The statements behind `operations`."""

from __future__ import annotations

from ml_connector.store.pacing_sql import PACE, ROW
from ml_connector.store.sql import text
from ml_connector.store.tables import operations

COLUMNS = ", ".join(column.name for column in operations.c)
LEASE = """
    SELECT fence FROM subjects
    WHERE connection_id = :connection_id AND kind = :subject_kind AND id = :subject_id AND fence = :fence
    FOR NO KEY UPDATE
"""
KEPT = """
    UPDATE subjects SET lease_until = coalesce(
        clock_timestamp() + make_interval(secs => CAST(:for_s AS float8)), lease_until)
    WHERE connection_id = :connection_id AND kind = :subject_kind AND id = :subject_id AND fence = :fence
    RETURNING fence
"""
"""As `LEASE`, and the subject is kept for `for_s` seconds from now."""
INTEND = text(f"""
    WITH held AS ({LEASE}),
    wanted AS (
        SELECT * FROM ROWS FROM (jsonb_to_recordset(CAST(:intents AS jsonb)) AS (
            key text, kind text, draft jsonb, reasons jsonb, claims jsonb, order_id text, policy_version int
        )) WITH ORDINALITY AS t(key, kind, draft, reasons, claims, order_id, policy_version, place)
        WHERE EXISTS (SELECT 1 FROM held)
    ),
    kept AS (
        INSERT INTO operations AS o (connection_id, key, kind, subject_kind, subject_id, order_id, state, draft,
                                     reasons, claims, policy_version, fence)
        SELECT :connection_id, key, kind, :subject_kind, :subject_id, order_id, 'intended', draft, reasons,
               ARRAY(SELECT jsonb_array_elements_text(claims)), policy_version, :fence
        FROM wanted ORDER BY place
        ON CONFLICT (connection_id, key) DO UPDATE SET
            kind = excluded.kind, subject_kind = excluded.subject_kind, subject_id = excluded.subject_id,
            order_id = excluded.order_id, state = 'intended', draft = excluded.draft, reasons = excluded.reasons,
            claims = excluded.claims, policy_version = excluded.policy_version, fence = excluded.fence,
            intended_at = clock_timestamp(), request = NULL, request_sha = '', answer = NULL, settled_at = NULL
            WHERE o.state IN ('intended', 'dropped', 'refused')
        RETURNING o.key
    ),
    sources AS (
        SELECT w.key, jsonb_array_elements_text(w.claims) AS source_id
        FROM wanted w JOIN kept USING (key)
    ),
    claimed AS (
        INSERT INTO claims AS c (connection_id, source_id, operation_key)
        SELECT :connection_id, source_id, min(key) FROM sources GROUP BY source_id ORDER BY source_id
        ON CONFLICT (connection_id, source_id) DO UPDATE SET operation_key = c.operation_key
        RETURNING source_id, operation_key
    ),
    freed AS (
        DELETE FROM claims c USING kept
        WHERE c.connection_id = :connection_id AND c.operation_key = kept.key
          AND c.source_id NOT IN (SELECT source_id FROM sources)
    )
    SELECT (SELECT count(*) FROM held) AS held,
           ARRAY(SELECT key FROM kept) AS kept,
           (SELECT jsonb_agg(jsonb_build_array(s.source_id, s.key, c.operation_key))
            FROM sources s JOIN claimed c USING (source_id) WHERE c.operation_key <> s.key) AS taken
""")
SEND = text(f"""
    WITH held AS ({LEASE}),
    ready AS (
        SELECT key FROM operations
        WHERE connection_id = :connection_id AND key = ANY(CAST(:keys AS text[])) AND state = 'intended'
          AND EXISTS (SELECT 1 FROM held)
        FOR UPDATE
    ),
    {ROW.format(only_if="AND (SELECT count(*) FROM ready) = :number")}
    {PACE},
    sent AS (
        UPDATE operations o SET
            state = 'sent', attempt = o.attempt + 1, fence = :fence, request = CAST(:request AS jsonb),
            request_sha = :request_sha, sent_at = clock_timestamp(),
            send_before = clock_timestamp() + make_interval(secs => :send_s),
            answer_before = clock_timestamp() + make_interval(secs => CAST(:answer_s AS float8))
        FROM paced
        WHERE paced.n > 0 AND o.connection_id = :connection_id AND o.key = ANY(CAST(:keys AS text[]))
        RETURNING o.key, o.attempt
    )
    SELECT (SELECT count(*) FROM held) AS held, (SELECT count(*) FROM ready) AS ready,
           (SELECT jsonb_object_agg(key, attempt) FROM sent) AS attempts, paced.*
    FROM (SELECT) AS always LEFT JOIN paced ON true
""")
SEND_ALONG = text(f"""
    WITH held AS ({LEASE}),
    sent AS (
        UPDATE operations o SET
            state = 'sent', attempt = o.attempt + 1, fence = :fence, request = CAST(:request AS jsonb),
            request_sha = :request_sha, sent_at = clock_timestamp(),
            send_before = clock_timestamp() + make_interval(secs => CAST(:send_s AS float8)),
            answer_before = clock_timestamp() + make_interval(secs => CAST(:answer_s AS float8))
        FROM held
        WHERE o.connection_id = :connection_id AND o.key = :key AND o.state = 'intended'
        RETURNING o.attempt
    )
    SELECT (SELECT count(*) FROM held) AS held, (SELECT attempt FROM sent) AS attempt
""")
SETTLE = text(f"""
    WITH held AS ({KEPT}),
    steps AS (
        SELECT * FROM jsonb_to_recordset(CAST(:steps AS jsonb)) AS t(key text, state text, zoho_id text, answer jsonb)
    ),
    settled AS (
        UPDATE operations o SET
            state = s.state, fence = :fence,
            zoho_id = CASE WHEN s.zoho_id <> '' THEN s.zoho_id ELSE o.zoho_id END,
            answer = coalesce(s.answer, o.answer),
            first_in_doubt_at = CASE WHEN s.state = 'in_doubt' THEN coalesce(o.first_in_doubt_at, clock_timestamp())
                                     ELSE o.first_in_doubt_at END,
            settled_at = CASE WHEN s.state <> 'in_doubt' THEN clock_timestamp() END
        FROM steps s, held
        WHERE o.connection_id = :connection_id AND o.key = s.key
          AND (o.state IN ('sent', 'in_doubt') OR o.state = 'intended' AND s.state IN ('done', 'refused'))
        RETURNING o.key, o.state
    ),
    unclaimed AS (
        DELETE FROM claims c USING settled
        WHERE settled.state = 'refused' AND c.connection_id = :connection_id AND c.operation_key = settled.key
    )
    SELECT (SELECT count(*) FROM held) AS held, ARRAY(SELECT key FROM settled) AS settled
""")
MOVE = text(f"""
    WITH held AS ({LEASE}),
    moved AS (
        UPDATE operations o SET
            state = :state, fence = :fence,
            lookups = CASE WHEN :state = 'intended' THEN 0 ELSE o.lookups END,
            first_in_doubt_at = CASE WHEN :state = 'intended' THEN NULL ELSE o.first_in_doubt_at END,
            settled_at = CASE WHEN :state = 'dropped' THEN clock_timestamp() END
        FROM held
        WHERE o.connection_id = :connection_id AND o.key = ANY(CAST(:keys AS text[])) AND o.state = :from_state
          AND (o.answer_before IS NULL OR o.answer_before <= clock_timestamp() OR :state = 'dropped')
        RETURNING o.key
    ),
    unclaimed AS (
        DELETE FROM claims c USING moved
        WHERE :state = 'dropped' AND c.connection_id = :connection_id AND c.operation_key = moved.key
    )
    SELECT (SELECT count(*) FROM held) AS held, ARRAY(SELECT key FROM moved) AS moved
""")
NOT_SENT = text(f"""
    WITH held AS ({KEPT}),
    moved AS (
        UPDATE operations o SET state = 'intended', send_before = NULL, answer_before = NULL FROM held
        WHERE o.connection_id = :connection_id AND o.key = ANY(CAST(:keys AS text[])) AND o.state = 'sent'
          AND o.fence = :fence
        RETURNING o.key
    )
    SELECT (SELECT count(*) FROM held) AS held, ARRAY(SELECT key FROM moved) AS moved
""")
TAKE_OVER = text(f"""
    WITH held AS ({LEASE}),
    left_over AS (
        SELECT o.key, o.answer_before FROM operations o, held
        WHERE o.connection_id = :connection_id AND o.subject_kind = :subject_kind AND o.subject_id = :subject_id
          AND o.state = 'sent'
        FOR UPDATE OF o
    ),
    doubted AS (
        UPDATE operations o SET state = 'in_doubt', fence = :fence,
               first_in_doubt_at = coalesce(o.first_in_doubt_at, clock_timestamp())
        FROM left_over l
        WHERE o.connection_id = :connection_id AND o.key = l.key AND l.answer_before <= clock_timestamp()
        RETURNING o.key
    )
    SELECT (SELECT count(*) FROM held) AS held, ARRAY(SELECT key FROM doubted ORDER BY key) AS doubted,
           (SELECT max(answer_before) FROM left_over WHERE key NOT IN (SELECT key FROM doubted)) AS not_before
""")
LOOKED_UP = text(f"""
    WITH held AS ({LEASE}),
    noted AS (
        UPDATE operations o SET lookups = o.lookups + 1, last_lookup_at = clock_timestamp()
        FROM held
        WHERE o.connection_id = :connection_id AND o.key = ANY(CAST(:keys AS text[])) AND o.state = 'in_doubt'
        RETURNING o.key
    )
    SELECT (SELECT count(*) FROM held) AS held, ARRAY(SELECT key FROM noted) AS noted
""")
DOUBT = text(f"""
    WITH held AS ({LEASE}),
    doubted AS (
        UPDATE operations o SET state = 'in_doubt', fence = :fence, lookups = 0,
               first_in_doubt_at = CAST(:restored_at AS timestamptz),
               answer_before = greatest(o.answer_before, CAST(:restored_at AS timestamptz)
                                                         + make_interval(secs => CAST(:answer_s AS float8)))
        FROM held
        WHERE o.connection_id = :connection_id AND o.key = :key AND o.state = 'intended'
          AND (o.last_lookup_at IS NULL OR o.last_lookup_at < CAST(:restored_at AS timestamptz))
        RETURNING o.key
    )
    SELECT (SELECT count(*) FROM held) AS held, (SELECT count(*) FROM doubted) AS doubted
""")
OF_SUBJECT = text(f"""
    SELECT {COLUMNS} FROM operations
    WHERE connection_id = :connection_id AND subject_kind = :kind AND subject_id = :id ORDER BY number
""")
OF_KEYS = text(f"""
    SELECT {COLUMNS} FROM operations
    WHERE connection_id = :connection_id AND key = ANY(CAST(:keys AS text[])) ORDER BY number
""")
STALE = text("""
    SELECT key FROM operations
    WHERE connection_id = :connection_id AND subject_kind = :kind AND subject_id = :id AND state = 'intended'
      AND key <> ALL(CAST(:keys AS text[]))
""")
IN_DOUBT = text(f"""
    SELECT {COLUMNS} FROM operations
    WHERE state = 'in_doubt' AND (CAST(:connection_id AS bigint) IS NULL OR connection_id = :connection_id)
    ORDER BY connection_id, number LIMIT :limit
""")
GONE = text("""
    UPDATE operations SET state = 'dropped', zoho_id = '', settled_at = clock_timestamp()
    WHERE connection_id = :connection_id AND state = 'done'
      AND (key = ANY(CAST(:keys AS text[]))
           OR kind = 'contact_address' AND draft #>> '{contact,key}' = ANY(CAST(:keys AS text[])))
""")
CLAIMS = text("""
    SELECT source_id, operation_key FROM claims
    WHERE connection_id = :connection_id AND source_id = ANY(CAST(:source_ids AS text[]))
""")
