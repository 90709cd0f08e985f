"""The statement that grants permits, as a chain of common table expressions.

It stands alone in `Allowances.take`, and inside step b of an operation, so that the permit, the attempt and the lease
are one statement and one commit. The organisation's row is locked and read in its newest version (`a`), everything is
computed from that, and the row is written once (`paced`). One lock for each organisation, held for one commit.

The minute. A call counts from its permit until 60 s after its answer (after the last moment at which it could have been
answered, when none came). Zoho sees it at some moment between the two; so whichever way Zoho cuts its minutes, no 60
seconds ever hold more than the limit, and a call costs 60 s and its own duration of one place.

The day. Zoho's headers tell limit, remaining and seconds to the reset; in between we subtract what we take. Within one
day the figure only falls, whatever order the answers come in. Calls under way are subtracted once more, because the
header may not have counted them. Weaker lanes leave a part of the day to live orders and to the merchant's other apps.

Lanes. Who is refused notes for 3 s that its lane waits; weaker lanes are refused meanwhile. They also leave a few
places of the minute and of the calls in flight, so that a live order rarely meets a full house.
"""

from __future__ import annotations

MINUTE_S = 60
FADE_S = 600
"""How long the caution after Zoho's 44 takes to fade."""
WANTED_S = 3

PACE = f"""
    clock AS MATERIALIZED (SELECT coalesce(CAST(:now AS timestamptz), clock_timestamp()) AS now FROM a),
    flights AS (
        SELECT f.id, f.until, b.id IS NOT NULL AS back, b.age_s
        FROM a CROSS JOIN LATERAL unnest(a.out_ids, a.out_until) AS f(id, until)
        LEFT JOIN unnest(CAST(:back_ids AS bigint[]), CAST(:back_ages AS float8[])) AS b(id, age_s) ON b.id = f.id
    ),
    away AS (
        SELECT coalesce(array_agg(id ORDER BY id), '{{}}') AS ids,
               coalesce(array_agg(until ORDER BY id), '{{}}') AS untils, count(*)::int AS number
        FROM flights, clock WHERE NOT back AND until > now
    ),
    spending AS (
        SELECT s.until FROM a CROSS JOIN LATERAL unnest(a.spent_until) AS s(until)
        UNION ALL
        SELECT now + make_interval(secs => {MINUTE_S} - age_s) FROM flights, clock WHERE back AND age_s IS NOT NULL
        UNION ALL
        SELECT until + make_interval(secs => {MINUTE_S}) FROM flights, clock WHERE NOT back AND until <= now
    ),
    spent AS (
        SELECT coalesce(array_agg(until ORDER BY until), '{{}}') AS untils, count(*)::int AS number, min(until) AS first
        FROM spending, clock WHERE until > now
    ),
    unused AS (SELECT count(*)::int AS number FROM flights WHERE back AND age_s IS NULL),
    today AS (
        SELECT CASE WHEN a.day_reset_at <= now THEN a.day_limit ELSE a.day_remaining + unused.number END AS remaining,
               CASE WHEN a.day_reset_at <= now THEN 0 ELSE a.calls_today - unused.number END AS calls,
               CASE WHEN a.day_reset_at <= now THEN NULL ELSE a.day_reset_at END AS reset_at,
               CASE WHEN a.day_reset_at <= now OR a.calls_since IS NULL THEN now ELSE a.calls_since END AS since
        FROM a, clock, unused
    ),
    told AS (
        SELECT CAST(:day_limit AS int) AS day_limit, CAST(:day_remaining AS int) AS remaining,
               now + make_interval(secs => CAST(:day_reset_s AS float8)) AS reset_at
        FROM clock
    ),
    day AS (
        SELECT coalesce(told.day_limit, a.day_limit) AS day_limit, coalesce(told.reset_at, today.reset_at) AS reset_at,
               today.calls, today.since,
               CASE WHEN told.remaining IS NULL THEN today.remaining
                    WHEN today.remaining IS NOT NULL AND today.reset_at IS NOT NULL AND told.day_limit = a.day_limit
                         AND coalesce(told.reset_at, today.reset_at) <= today.reset_at + interval '1 hour'
                    THEN least(today.remaining, told.remaining - away.number)
                    ELSE told.remaining - away.number END AS remaining
        FROM a, today, told, away
    ),
    bounds AS (
        SELECT floor(a.per_minute * (1 - a.cut * greatest(0, 1 - extract(epoch FROM now - a.cut_at) / {FADE_S})))::int
                   AS cut_minute,
               coalesce(a.in_flight, CASE WHEN day.day_limit > 1000 THEN 10 ELSE 5 END) AS in_flight,
               CASE WHEN CAST(:lane AS int) >= 2 THEN 3 ELSE 0 END AS leave_minute,
               CASE WHEN CAST(:lane AS int) >= 2 THEN 1 ELSE 0 END AS leave_flight,
               CASE CAST(:lane AS int) WHEN 2 THEN day.day_limit / 10 WHEN 3 THEN day.day_limit / 5 ELSE 0 END
                   AS leave_day
        FROM a, clock, day
    ),
    room AS (
        SELECT coalesce(bounds.cut_minute, a.per_minute) - leave_minute - spent.number - away.number AS minute,
               bounds.in_flight - leave_flight - away.number AS flight,
               day.remaining - coalesce(leave_day, 0) AS day,
               a.blocked_until > now AS blocked,
               EXISTS (SELECT 1 FROM unnest(a.wanted_until) WITH ORDINALITY AS w(until, place)
                       WHERE w.until > now AND w.place <= CAST(:lane AS int)) AS stronger_waits
        FROM a, clock, spent, away, day, bounds
    ),
    verdict AS (
        SELECT CASE WHEN CAST(:want AS int) = 0 THEN NULL
                    WHEN room.blocked THEN coalesce(a.blocked_why, 'blocked')
                    WHEN room.day <= 0 THEN 'day'
                    WHEN room.minute <= 0 THEN 'minute'
                    WHEN room.flight <= 0 THEN 'in_flight'
                    WHEN room.stronger_waits THEN 'lane' END AS why
        FROM a, room
    ),
    granted AS (
        SELECT verdict.why,
               CASE WHEN verdict.why IS NULL THEN greatest(0, least(
                        CAST(:want AS int), room.minute, coalesce(room.day, CAST(:want AS int)),
                        CASE WHEN CAST(:want AS int) > 1 THEN (room.flight + 1) / 2 ELSE room.flight END))
                    ELSE 0 END AS n,
               CASE WHEN room.blocked THEN a.blocked_until
                    WHEN verdict.why = 'day' THEN coalesce(day.reset_at, now + interval '1 hour')
                    WHEN verdict.why = 'minute' THEN coalesce(spent.first, now + interval '1 second')
                    WHEN verdict.why = 'in_flight' THEN now + interval '0.2 second'
                    WHEN verdict.why = 'lane' THEN now + interval '1 second' END AS not_before
        FROM a, clock, room, verdict, day, spent
    ),
    paced AS (
        UPDATE allowances SET
            next_id = a.next_id + granted.n,
            out_ids = away.ids || ARRAY(SELECT generate_series(a.next_id + 1, a.next_id + granted.n)),
            out_until = away.untils
                || array_fill(clock.now + make_interval(secs => CAST(:answer_s AS float8)), ARRAY[granted.n]),
            spent_until = spent.untils,
            day_limit = day.day_limit,
            day_remaining = CASE WHEN day.remaining IS NOT NULL THEN greatest(day.remaining - granted.n, 0) END,
            day_reset_at = day.reset_at, calls_today = day.calls + granted.n, calls_since = day.since,
            wanted_until = CASE WHEN granted.why IN ('minute', 'in_flight', 'lane') THEN ARRAY(
                    SELECT CASE WHEN place = CAST(:lane AS int) + 1 THEN clock.now + interval '{WANTED_S} seconds'
                                ELSE coalesce(a.wanted_until[place], '-infinity') END
                    FROM generate_series(1, 4) AS place) ELSE a.wanted_until END
        FROM a, clock, away, spent, day, granted
        WHERE allowances.organization = a.organization
        RETURNING granted.n, a.next_id + 1 AS first_id, granted.why, clock.now, allowances.day_remaining,
                  extract(epoch FROM granted.not_before - clock.now)::float8 AS wait_s
    )
"""

ROW = "a AS MATERIALIZED (SELECT * FROM allowances WHERE organization = :organization {only_if} FOR UPDATE),"
"""The organisation's row, locked; with `only_if` as a further condition."""
