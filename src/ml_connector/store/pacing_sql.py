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
FLIGHT_FADE_S = 3600
"""The same after a 1070. Longer, because half the places still carry the whole minute."""
WANTED_S = 3

FLIGHT_CUT = (
    f"coalesce(flight_cut * greatest(0, 1 - extract(epoch FROM {{now}} - flight_cut_at)::float8 / {FLIGHT_FADE_S}), 0)"
)
"""What is left of the caution after a 1070 at `{now}`, as a share of the calls under way."""

PACE = f"""
    clock AS MATERIALIZED (SELECT coalesce(CAST(:now AS timestamptz), clock_timestamp()) AS now FROM a),
    counted AS (
        SELECT a.*, clock.now, flights.*, spent.*
        FROM a CROSS JOIN clock
        CROSS JOIN LATERAL (
            SELECT coalesce(array_agg(id ORDER BY id) FILTER (WHERE is_away), '{{}}') AS away_ids,
                   coalesce(array_agg(until ORDER BY id) FILTER (WHERE is_away), '{{}}') AS away_untils,
                   (count(*) FILTER (WHERE is_away))::int AS away,
                   (count(*) FILTER (WHERE is_unused))::int AS unused,
                   array_agg(counts_until) FILTER (WHERE counts_until IS NOT NULL) AS ended
            FROM (
                SELECT f.id, f.until, b.id IS NULL AND f.until > clock.now AS is_away,
                       b.id IS NOT NULL AND b.age_s IS NULL AS is_unused,
                       CASE WHEN b.id IS NOT NULL THEN clock.now + make_interval(secs => {MINUTE_S} - b.age_s)
                            WHEN f.until <= clock.now THEN f.until + make_interval(secs => {MINUTE_S})
                       END AS counts_until
                FROM unnest(a.out_ids, a.out_until) AS f(id, until)
                LEFT JOIN unnest(CAST(:back_ids AS bigint[]), CAST(:back_ages AS float8[])) AS b(id, age_s)
                    ON b.id = f.id
            ) AS flight
        ) AS flights
        CROSS JOIN LATERAL (
            SELECT coalesce(array_agg(until ORDER BY until), '{{}}') AS spent_untils, count(*)::int AS spent,
                   min(until) AS first_free
            FROM unnest(a.spent_until || flights.ended) AS s(until) WHERE until > clock.now
        ) AS spent
    ),
    today AS MATERIALIZED (
        SELECT counted.*,
               CASE WHEN day_reset_at <= now THEN day_limit ELSE day_remaining + unused END AS known_remaining,
               CASE WHEN day_reset_at <= now THEN 0 ELSE calls_today - unused END AS calls,
               CASE WHEN day_reset_at <= now THEN NULL ELSE day_reset_at END AS known_reset_at,
               CASE WHEN day_reset_at <= now OR calls_since IS NULL THEN now ELSE calls_since END AS since,
               CAST(:day_limit AS int) AS told_limit, CAST(:day_remaining AS int) AS told_remaining,
               now + make_interval(secs => CAST(:day_reset_s AS float8)) AS told_reset_at
        FROM counted
    ),
    day AS (
        SELECT today.*, coalesce(told_limit, day_limit) AS new_limit,
               coalesce(told_reset_at, known_reset_at) AS reset_at,
               CASE WHEN told_remaining IS NULL THEN known_remaining
                    WHEN known_remaining IS NOT NULL AND known_reset_at IS NOT NULL AND told_limit = day_limit
                         AND coalesce(told_reset_at, known_reset_at) <= known_reset_at + interval '1 hour'
                    THEN least(known_remaining, told_remaining - away)
                    ELSE told_remaining - away END AS remaining
        FROM today
    ),
    bounds AS (
        SELECT day.*,
               coalesce(
                   floor(per_minute * (1 - cut * greatest(0, 1 - extract(epoch FROM now - cut_at) / {FADE_S})))::int,
                   per_minute) AS cut_minute,
               least(places, greatest(2, floor(places * (1 - {FLIGHT_CUT.format(now="now")}))))::int AS most_in_flight,
               CASE WHEN CAST(:lane AS int) >= 2 THEN 3 ELSE 0 END AS leave_minute,
               CASE WHEN CAST(:lane AS int) >= 2 THEN 1 ELSE 0 END AS leave_flight,
               CASE CAST(:lane AS int) WHEN 2 THEN new_limit / 10 WHEN 3 THEN new_limit / 5 ELSE 0 END AS leave_day
        FROM day CROSS JOIN LATERAL (
            SELECT coalesce(in_flight, CASE WHEN new_limit > 1000 THEN 10 ELSE 5 END) AS places
        ) AS flight
    ),
    room AS MATERIALIZED (
        SELECT bounds.*, cut_minute - leave_minute - spent - away AS minute_room,
               most_in_flight - leave_flight - away AS flight_room,
               remaining - coalesce(leave_day, 0) AS day_room,
               blocked_until > now AS blocked,
               EXISTS (SELECT 1 FROM unnest(wanted_until) WITH ORDINALITY AS w(until, place)
                       WHERE w.until > now AND w.place <= CAST(:lane AS int)) AS stronger_waits
        FROM bounds
    ),
    verdict AS MATERIALIZED (
        SELECT room.*,
               CASE WHEN CAST(:want AS int) = 0 THEN NULL
                    WHEN blocked THEN coalesce(blocked_why, 'blocked')
                    WHEN day_room <= 0 THEN 'day'
                    WHEN minute_room <= 0 THEN 'minute'
                    WHEN flight_room <= 0 THEN 'in_flight'
                    WHEN stronger_waits THEN 'lane' END AS why
        FROM room
    ),
    granted AS MATERIALIZED (
        SELECT verdict.*,
               CASE WHEN why IS NULL THEN greatest(0, least(
                        CAST(:want AS int), minute_room, coalesce(day_room, CAST(:want AS int)),
                        CASE WHEN CAST(:want AS int) > 1 THEN (flight_room + 1) / 2 ELSE flight_room END))
                    ELSE 0 END AS n,
               CASE WHEN blocked THEN blocked_until
                    WHEN why = 'day' THEN coalesce(reset_at, now + interval '1 hour')
                    WHEN why = 'minute' THEN coalesce(first_free, now + interval '1 second')
                    WHEN why = 'in_flight' THEN now + interval '0.2 second'
                    WHEN why = 'lane' THEN now + interval '1 second' END AS not_before
        FROM verdict
    ),
    paced AS (
        UPDATE allowances SET
            next_id = g.next_id + g.n,
            out_ids = g.away_ids || ARRAY(SELECT generate_series(g.next_id + 1, g.next_id + g.n)),
            out_until = g.away_untils
                || array_fill(g.now + make_interval(secs => CAST(:answer_s AS float8)), ARRAY[g.n]),
            spent_until = g.spent_untils,
            day_limit = g.new_limit,
            day_remaining = CASE WHEN g.remaining IS NOT NULL THEN greatest(g.remaining - g.n, 0) END,
            day_reset_at = g.reset_at, calls_today = g.calls + g.n, calls_since = g.since,
            wanted_until = CASE WHEN g.why IN ('minute', 'in_flight', 'lane') THEN ARRAY(
                    SELECT CASE WHEN place = CAST(:lane AS int) + 1 THEN g.now + interval '{WANTED_S} seconds'
                                ELSE coalesce(g.wanted_until[place], '-infinity') END
                    FROM generate_series(1, 4) AS place) ELSE g.wanted_until END
        FROM granted g
        WHERE allowances.organization = g.organization
        RETURNING g.n, g.next_id + 1 AS first_id, g.why, g.now, allowances.day_remaining,
                  extract(epoch FROM g.not_before - g.now)::float8 AS wait_s
    )
"""
"""Each expression takes what the one before it knew, and adds to it: a chain without joins is quick to begin."""

ROW = "a AS MATERIALIZED (SELECT * FROM allowances WHERE organization = :organization {only_if} FOR UPDATE),"
"""The organisation's row, locked; with `only_if` as a further condition."""
