"""The statements behind `outcomes`."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache

from sqlalchemy import TextClause, text

from ml_connector.domain.outcome import Verdict

AT_REST = "('posted', 'held', 'failed', 'excluded')"
KNOCKED = "coalesce(s.knocked > s.answered, false)"

RECORD = text("""
    INSERT INTO outcomes AS o (
        connection_id, order_id, name, verdict, reason_code, reason_text, reason_fix, cause, details, currency, total,
        placed_at, until, customer_id, customer, email, invoice_id, invoice_number, invoice_currency, invoice_total,
        policy_version, search)
    VALUES (
        :connection_id, :order_id, coalesce(CAST(:name AS text), ''), :verdict, :reason_code, :reason_text, :reason_fix,
        :cause, CAST(:details AS jsonb), :currency, :total, :placed_at, :until, :customer_id, :customer, :email,
        coalesce(CAST(:invoice_id AS text), ''), coalesce(CAST(:invoice_number AS text), ''), :invoice_currency,
        :invoice_total, :policy_version,
        array_to_tsvector(array_remove(CAST(:words AS text[]) || lower(CAST(:invoice_number AS text)), NULL)))
    ON CONFLICT (connection_id, order_id) DO UPDATE SET
        name = coalesce(CAST(:name AS text), o.name), verdict = excluded.verdict,
        reason_code = excluded.reason_code, reason_text = excluded.reason_text, reason_fix = excluded.reason_fix,
        cause = excluded.cause, details = excluded.details,
        currency = coalesce(excluded.currency, o.currency), total = coalesce(excluded.total, o.total),
        placed_at = coalesce(excluded.placed_at, o.placed_at), until = excluded.until,
        customer_id = CASE WHEN :facts_given THEN excluded.customer_id ELSE o.customer_id END,
        customer = CASE WHEN :facts_given THEN excluded.customer ELSE o.customer END,
        email = CASE WHEN :facts_given THEN excluded.email ELSE o.email END,
        invoice_id = coalesce(CAST(:invoice_id AS text), o.invoice_id),
        invoice_number = coalesce(CAST(:invoice_number AS text), o.invoice_number),
        invoice_currency = coalesce(excluded.invoice_currency, o.invoice_currency),
        invoice_total = coalesce(excluded.invoice_total, o.invoice_total),
        policy_version = excluded.policy_version,
        search = CASE WHEN :facts_given
            THEN excluded.search || CASE WHEN :invoice_number IS NULL AND o.invoice_number <> ''
                                         THEN array_to_tsvector(ARRAY[lower(o.invoice_number)]) ELSE ''::tsvector END
            ELSE o.search || excluded.search END,
        changed_at = CASE WHEN (excluded.verdict, excluded.reason_code, excluded.reason_text, excluded.until,
                                coalesce(excluded.total, o.total), coalesce(CAST(:invoice_id AS text), o.invoice_id),
                                coalesce(excluded.invoice_total, o.invoice_total))
                               IS DISTINCT FROM
                               (o.verdict, o.reason_code, o.reason_text, o.until, o.total, o.invoice_id,
                                o.invoice_total)
                          THEN clock_timestamp() ELSE o.changed_at END
    RETURNING changed_at >= statement_timestamp() AS news
""")

COLUMNS = f"""
    o.connection_id, o.order_id, o.name, o.verdict AS kept_verdict, o.reason_code, o.reason_text, o.reason_fix, o.cause,
    o.details, o.currency, o.total, o.placed_at, o.changed_at, o.until, o.customer_id, o.customer, o.email,
    o.invoice_id, o.invoice_number, o.invoice_currency, o.invoice_total, o.policy_version, {KNOCKED} AS outstanding,
    s.due_at"""
FROM = """
    FROM outcomes o LEFT JOIN subjects s
        ON s.connection_id = o.connection_id AND s.kind = 'order' AND s.id = o.order_id"""
NEVER_READ = """
    SELECT s.connection_id, s.id AS order_id, '' AS name, NULL::text AS kept_verdict, NULL::text, NULL::text,
           NULL::text, NULL::text AS cause, '[]'::jsonb, NULL::text, NULL::numeric, NULL::timestamptz AS placed_at,
           s.waiting_since AS changed_at, NULL::timestamptz, NULL::text AS customer_id, NULL::text, NULL::text,
           '' AS invoice_id, '', NULL::text, NULL::numeric, 0, true AS outstanding, s.due_at
    FROM subjects s
    WHERE s.kind = 'order' AND s.knocked > s.answered
      AND NOT EXISTS (SELECT 1 FROM outcomes x WHERE x.connection_id = s.connection_id AND x.order_id = s.id)"""

GET = text(f"""
    SELECT {COLUMNS} {FROM} WHERE o.connection_id = :connection_id AND o.order_id = :order_id
    UNION ALL
    {NEVER_READ} AND s.connection_id = :connection_id AND s.id = :order_id
""")
FIND = text(f"""
    SELECT {COLUMNS} {FROM}
    WHERE (o.name = ANY(CAST(:names AS text[])) OR o.order_id = ANY(CAST(:ids AS text[])))
      AND (CAST(:connection_id AS bigint) IS NULL OR o.connection_id = :connection_id)
    UNION ALL
    {NEVER_READ} AND s.id = ANY(CAST(:ids AS text[]))
      AND (CAST(:connection_id AS bigint) IS NULL OR s.connection_id = :connection_id)
    ORDER BY connection_id, placed_at DESC NULLS LAST
""")
COUNTS = text(f"""
    WITH knocked AS (
        SELECT s.connection_id, o.verdict, count(*) AS number
        FROM subjects s LEFT JOIN outcomes o ON o.connection_id = s.connection_id AND o.order_id = s.id
        WHERE s.kind = 'order' AND s.knocked > s.answered AND (o.verdict IS NULL OR o.verdict IN {AT_REST})
          AND (CAST(:connection_id AS bigint) IS NULL OR s.connection_id = :connection_id)
        GROUP BY 1, 2
    )
    SELECT connection_id, verdict, sum(number) AS number
    FROM (
        SELECT connection_id, verdict, count(*) AS number FROM outcomes
        WHERE CAST(:connection_id AS bigint) IS NULL OR connection_id = :connection_id GROUP BY 1, 2
        UNION ALL SELECT connection_id, verdict, -number FROM knocked WHERE verdict IS NOT NULL
        UNION ALL SELECT connection_id, 'waiting', number FROM knocked
    ) AS parts
    GROUP BY 1, 2 HAVING sum(number) > 0
""")
CAUSES = text(f"""
    WITH rows AS (
        SELECT o.connection_id, o.verdict, o.cause, o.reason_text, o.reason_fix, o.changed_at, o.currency, o.total
        {FROM}
        WHERE o.verdict IN ('held', 'failed') AND NOT {KNOCKED}
          AND (CAST(:connection_id AS bigint) IS NULL OR o.connection_id = :connection_id)
    ),
    money AS (
        SELECT connection_id, verdict, cause, jsonb_object_agg(currency, amount) AS money
        FROM (SELECT connection_id, verdict, cause, currency, sum(total) AS amount FROM rows
              WHERE currency IS NOT NULL AND total IS NOT NULL GROUP BY 1, 2, 3, 4) AS sums
        GROUP BY 1, 2, 3
    )
    SELECT r.connection_id, r.verdict, coalesce(r.cause, '') AS cause,
           (array_agg(coalesce(r.reason_text, '') ORDER BY r.changed_at DESC))[1] AS text,
           (array_agg(coalesce(r.reason_fix, '') ORDER BY r.changed_at DESC))[1] AS fix,
           count(*)::int AS orders, min(r.changed_at) AS oldest_at,
           (SELECT m.money FROM money m WHERE m.connection_id = r.connection_id AND m.verdict = r.verdict
                                          AND m.cause IS NOT DISTINCT FROM r.cause) AS money
    FROM rows r GROUP BY r.connection_id, r.verdict, r.cause ORDER BY orders DESC, oldest_at
""")
CAUSE_COUNTS = text(f"""
    SELECT connection_id, count(*)::int AS causes FROM (
        SELECT DISTINCT o.connection_id, o.verdict, o.cause {FROM}
        WHERE o.verdict IN ('held', 'failed') AND NOT {KNOCKED}
    ) AS found GROUP BY 1
""")
MONEY = text(f"""
    SELECT CASE WHEN {KNOCKED} AND o.verdict IN {AT_REST} THEN 'waiting' ELSE o.verdict END AS verdict, o.currency,
           count(*)::int AS orders, sum(o.total) AS shopify,
           coalesce(sum(o.invoice_total) FILTER (WHERE o.invoice_currency = o.currency), 0) AS zoho
    {FROM}
    WHERE o.connection_id = :connection_id AND o.placed_at >= :placed_from AND o.placed_at < :placed_until
      AND o.currency IS NOT NULL AND o.total IS NOT NULL
    GROUP BY 1, 2 ORDER BY 2, 1
""")
ERASE = text("""
    UPDATE outcomes SET customer = NULL, email = NULL,
        search = array_to_tsvector(array_remove(array_remove(
            ARRAY[lower(name), ltrim(lower(name), '#'), lower(invoice_number), total::text, lower(currency)],
            NULL), ''))
    WHERE connection_id = :connection_id AND customer_id = :customer_id
""")

_CONDITIONS = {
    "connection_id": "o.connection_id = :connection_id",
    "cause": "o.cause = :cause",
    "error": "strpos(lower(concat_ws(chr(10), o.reason_code, o.reason_text)), lower(CAST(:error AS text))) > 0",
    "query": "o.search @@ CAST(:query AS tsquery)",
    "customer_id": "o.customer_id = :customer_id",
    "order_ids": "o.order_id = ANY(CAST(:order_ids AS text[]))",
    "placed_from": "o.placed_at >= :placed_from",
    "placed_until": "o.placed_at < :placed_until",
    "changed_from": "o.changed_at >= :changed_from",
    "changed_until": "o.changed_at < :changed_until",
    "after_at": "(o.changed_at, o.connection_id, o.order_id) < (:after_at, :after_connection, :after_order)",
}
_OF_NEVER_READ = {
    "connection_id": "s.connection_id = :connection_id",
    "order_ids": "s.id = ANY(CAST(:order_ids AS text[]))",
    "changed_from": "s.waiting_since >= :changed_from",
    "changed_until": "s.waiting_since < :changed_until",
    "after_at": "(s.waiting_since, s.connection_id, s.id) < (:after_at, :after_connection, :after_order)",
}
_NEWEST = "ORDER BY changed_at DESC, connection_id DESC, order_id DESC LIMIT :limit"


def page_statement(given: Collection[str], verdict: Verdict | None) -> TextClause:
    """The list with the filters in *given* (names of parameters), each branch able to use an index of its own."""
    return _page_statement(frozenset(given), verdict)


@cache
def _page_statement(given: frozenset[str], verdict: Verdict | None) -> TextClause:
    filters = [condition for name, condition in _CONDITIONS.items() if name in given]
    branches = [_branch([*filters, condition]) for condition in verdict_conditions(verdict)]
    if verdict in (None, Verdict.WAITING) and given.isdisjoint(_CONDITIONS.keys() - _OF_NEVER_READ.keys()):
        conditions = "".join(f" AND {clause}" for name, clause in _OF_NEVER_READ.items() if name in given)
        branches.append(f"({NEVER_READ}{conditions} {_NEWEST})")
    return text(f"SELECT * FROM ({' UNION ALL '.join(branches)}) AS found {_NEWEST}")


def verdict_conditions(verdict: Verdict | None) -> tuple[str, ...]:
    """What a row has to fulfil; several where each wants an index of its own, and then no row fulfils two."""
    if verdict is None:
        return ("true",)
    if verdict is Verdict.WAITING:
        return ("o.verdict = 'waiting'", f"o.verdict IN {AT_REST} AND s.knocked > s.answered")
    if verdict is Verdict.IN_DOUBT:
        return ("o.verdict = 'in_doubt'",)
    return (f"o.verdict = '{verdict}' AND NOT {KNOCKED}",)


def _branch(conditions: list[str]) -> str:
    return f"(SELECT {COLUMNS} {FROM} WHERE {' AND '.join(conditions)} {_NEWEST})"
