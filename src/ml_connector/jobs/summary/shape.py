"""A statement in the shape of `summary --json`, which is also how it is kept and what pages and mails are made from."""

from __future__ import annotations

from collections.abc import Iterable

from ml_connector.jobs.report.shapes import Json, moment, money, outcomes
from ml_connector.jobs.summary.statement import Group, Row, Statement, Tally, TaxRow
from ml_connector.jobs.summary.words import seal, sentence
from ml_connector.store.documents import Rounded
from ml_connector.store.summaries import Summary


def as_json(statement: Statement, noted: Summary | None = None) -> Json:
    """The statement, and whether it was sent."""
    return {
        "connection": statement.connection,
        "date": statement.date.isoformat(),
        "zone": statement.zone,
        "shop": statement.shop,
        "organisation": statement.organisation or None,
        "region": statement.region or None,
        "read_at": moment(statement.read_at),
        "shopify_read_at": moment(statement.shopify_read_at),
        "shopify_trouble": statement.shopify_trouble or None,
        "complete": statement.complete,
        "seal": seal(statement),
        "sentence": sentence(statement),
        "outcomes": outcomes(statement.outcomes),
        "money": [row(each) for each in statement.invoices],
        "payments": _rows(statement.payments),
        "refunds": _rows(statement.refunds),
        "taxes": [tax_row(each) for each in statement.taxes],
        "open": [group(each) for each in statement.open],
        "excluded": [group(each) for each in statement.excluded],
        "unpaid": _tallies(statement.unpaid),
        "rounding": _tallies(statement.rounding),
        "cash_rounding": _tallies(statement.cash_rounding),
        "rounding_of_month": [rounded(each) for each in statement.month],
        "calls": {"used": statement.calls, "limit": statement.calls_limit},
        **sending(noted),
    }


def sending(noted: Summary | None) -> Json:
    """`sent`: when it was, null while it was not; `delivery` says how that stands and who was told."""
    return {
        "sent": moment(noted.sent_at) if noted else None,
        "delivery": {
            "state": noted.state if noted else "open",
            "told": list(noted.told) if noted else [],
            "trouble": (noted.trouble or None) if noted else None,
            "claimed_at": moment(noted.claimed_at) if noted else None,
        },
    }


def row(one: Row) -> Json:
    return {
        "currency": one.currency,
        "number": one.number,
        "shopify": money(one.shopify),
        "excluded": money(one.excluded),
        "open": money(one.open),
        "expected": money(one.expected),
        "zoho": money(one.zoho),
        "difference": money(one.difference),
    }


def _rows(rows: Iterable[Row] | None) -> list[Json] | None:
    return None if rows is None else [row(each) for each in rows]


def tax_row(one: TaxRow) -> Json:
    return {
        "name": one.name,
        "percentage": None if one.percentage is None else f"{one.percentage.normalize():f}",
        "net": money(one.net),
        "tax": money(one.tax),
        "gross": money(one.gross),
    }


def group(one: Group) -> Json:
    return {
        "outcome": one.verdict.value,
        "code": one.code,
        "text": one.text,
        "fix": one.fix or None,
        "orders": one.orders,
        "money": [money(each) for each in one.money],
        "names": list(one.names),
    }


def rounded(one: Rounded) -> Json:
    """A line of the ledger of rounding: one month in one currency."""
    return {
        "month": f"{one.month:%Y-%m}",
        "currency": one.residue.currency,
        "residues": one.residues,
        "residue": money(one.residue),
        "largest_residue": money(one.largest),
        "cash_roundings": one.cash_roundings,
        "cash_rounding": money(one.cash),
        "total": money(one.residue + one.cash),
    }


def _tallies(some: Iterable[Tally]) -> list[Json]:
    return [{"number": one.number, "money": money(one.money)} for one in some]
