"""Lists: what a search sees, which filters it honours, and how the answer is paged.

The index is apart from the books, as in Zoho, so that a search can lag behind a write.

Source: Zoho Books API v3, pagination and list parameters.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from ml_connector.sandbox.zoho.refusals import invalid_value
from ml_connector.sandbox.zoho.values import parse_day

Row = dict[str, Any]
MAX_PER_PAGE = 200


class Index:
    """The rows that lists show, by id, each from the moment it becomes visible."""

    def __init__(self, render: Callable[[str], Row | None]) -> None:
        self._render = render
        self._rows: dict[str, Row] = {}
        self._coming: deque[tuple[datetime, str, Row | None]] = deque()

    def touch(self, record_id: str, now: datetime, lag_s: float) -> None:
        """Note that a record was written, changed or deleted at *now*."""
        row = self._render(record_id)
        if lag_s <= 0 and not self._coming:
            self._put(record_id, row)
        else:
            self._coming.append((now + timedelta(seconds=max(lag_s, 0.0)), record_id, row))

    def rows(self, now: datetime) -> list[Row]:
        """What a list sees at *now*, oldest record first."""
        while self._coming and self._coming[0][0] <= now:
            _, record_id, row = self._coming.popleft()
            self._put(record_id, row)
        return list(self._rows.values())

    def _put(self, record_id: str, row: Row | None) -> None:
        if row is None:
            self._rows.pop(record_id, None)
        else:
            self._rows[record_id] = row


@dataclass(frozen=True)
class Filters:
    """Which query parameters a list honours; every other one is ignored without a word.

    Attributes:
        texts: Names that also work with `_startswith` and `_contains`.
        exacts: Names that only compare whole values, in any letter case.
        numbers: Names that also work with `_less_than`, `_less_equals`, `_greater_than`,
            `_greater_equals`.
        days: Names that also work with `_start`, `_end`, `_before`, `_after`.
        search: Row keys that `search_text` looks into.
        sorts: Values of `sort_column`.
        filter_by: Predicates by the value of `filter_by`.
    """

    report: str
    texts: frozenset[str] = frozenset()
    exacts: frozenset[str] = frozenset()
    numbers: frozenset[str] = frozenset()
    days: frozenset[str] = frozenset()
    search: tuple[str, ...] = ()
    sorts: frozenset[str] = frozenset({"created_time", "last_modified_time"})
    sort: str = "created_time"
    order: str = "D"
    filter_by: Mapping[str, Callable[[Row], bool]] = field(default_factory=dict)
    default_filter: str = "Status.All"


Test = Callable[[Row], bool]
Criterion = dict[str, str]

_TEXT_SUFFIXES = {"": "equal", "_startswith": "starts_with", "_contains": "contains"}
_NUMBER_SUFFIXES = {
    "": "equal",
    "_less_than": "less_than",
    "_less_equals": "less_equals",
    "_greater_than": "greater_than",
    "_greater_equals": "greater_equals",
}
_DAY_SUFFIXES = {"": "equal", "_start": "from", "_end": "to", "_before": "before", "_after": "after"}


def _text_test(key: str, comparator: str, wanted: str) -> Test:
    wanted = wanted.casefold()
    if comparator == "equal":
        return lambda row: str(row.get(key, "")).casefold() == wanted
    if comparator == "starts_with":
        return lambda row: str(row.get(key, "")).casefold().startswith(wanted)
    return lambda row: wanted in str(row.get(key, "")).casefold()


_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "equal": lambda a, b: bool(a == b),
    "less_than": lambda a, b: bool(a < b),
    "less_equals": lambda a, b: bool(a <= b),
    "greater_than": lambda a, b: bool(a > b),
    "greater_equals": lambda a, b: bool(a >= b),
    "from": lambda a, b: bool(a >= b),
    "to": lambda a, b: bool(a <= b),
    "before": lambda a, b: bool(a < b),
    "after": lambda a, b: bool(a > b),
}


def _number_test(key: str, comparator: str, wanted: str) -> Test:
    try:
        limit = Decimal(wanted)
    except InvalidOperation as error:
        raise invalid_value(key) from error
    compare = _COMPARE[comparator]
    return lambda row: compare(Decimal(str(row.get(key, 0))), limit)


def _day_test(key: str, comparator: str, wanted: str) -> Test:
    if parse_day(wanted) is None:
        raise invalid_value(key)
    compare = _COMPARE[comparator]
    return lambda row: compare(str(row.get(key, ""))[:10], wanted)


def _modified_test(wanted: str) -> Test:
    """`last_modified_time` means changed at or after that moment."""
    try:
        since = datetime.strptime(wanted, "%Y-%m-%dT%H:%M:%S%z")
    except ValueError as error:
        raise invalid_value("last_modified_time") from error
    return lambda row: datetime.strptime(row["last_modified_time"], "%Y-%m-%dT%H:%M:%S%z") >= since


def _criterion(name: str, comparator: str, value: str) -> Criterion:
    return {
        "column_name": name,
        "search_text": value,
        "search_text_formatted": value,
        "comparator": comparator,
    }


@dataclass(frozen=True)
class Search:
    """A query understood: what it tests, and what it admits to have tested."""

    tests: tuple[Test, ...]
    criteria: tuple[Criterion, ...]


def understand(query: Mapping[str, str], filters: Filters, custom_fields: frozenset[str]) -> Search:
    """Read the filters of *query*; *custom_fields* are the `cf_…` names that filter too."""
    tests: list[Test] = []
    criteria: list[Criterion] = []
    for name, value in query.items():
        found = _one(name, value, filters, custom_fields)
        if found is not None:
            comparator, test = found
            tests.append(test)
            criteria.append(_criterion(name, comparator, value))
    return Search(tuple(tests), tuple(criteria))


def _one(name: str, value: str, filters: Filters, custom_fields: frozenset[str]) -> tuple[str, Test] | None:
    if name == "last_modified_time" and name in filters.exacts:
        return "greater_equals", _modified_test(value)
    if name in filters.exacts or name in custom_fields:
        return "equal", _text_test(name, "equal", value)
    for known, suffixes, test in (
        (filters.texts, _TEXT_SUFFIXES, _text_test),
        (filters.numbers, _NUMBER_SUFFIXES, _number_test),
        (filters.days, _DAY_SUFFIXES, _day_test),
    ):
        for suffix, comparator in suffixes.items():
            base = name.removesuffix(suffix) if suffix else name
            if name.endswith(suffix) and base in known:
                return comparator, test(base, comparator, value)
    if name == "search_text" and filters.search:
        wanted = value.casefold()
        return "contains", lambda row: any(wanted in str(row.get(key, "")).casefold() for key in filters.search)
    return None


@dataclass(frozen=True)
class Page:
    """A page of rows and the context that describes it."""

    rows: list[Row]
    context: dict[str, Any]
    matched: list[Row]


def find(
    rows: list[Row],
    query: Mapping[str, str],
    filters: Filters,
    *,
    custom_fields: frozenset[str] = frozenset(),
) -> Page:
    """Filter, sort and cut *rows* the way *query* asks."""
    search = understand(query, filters, custom_fields)
    matched = [row for row in rows if all(test(row) for test in search.tests)]
    applied = query.get("filter_by", "")
    if applied in filters.filter_by:
        matched = [row for row in matched if filters.filter_by[applied](row)]
    else:
        applied = filters.default_filter
    matched, column, order = _sorted(matched, query, filters)
    number, size = _whole(query, "page", 1), min(_whole(query, "per_page", MAX_PER_PAGE), MAX_PER_PAGE)
    start = (number - 1) * size
    context: dict[str, Any] = {
        "page": number,
        "per_page": size,
        "has_more_page": start + size < len(matched),
        "report_name": filters.report,
        "applied_filter": applied,
        "sort_column": column,
        "sort_order": order,
    }
    if search.criteria:
        context["search_criteria"] = list(search.criteria)
    return Page(matched[start : start + size], context, matched)


def _sorted(rows: list[Row], query: Mapping[str, str], filters: Filters) -> tuple[list[Row], str, str]:
    column = query.get("sort_column", "")
    if column not in filters.sorts:
        column = filters.sort
    order = query.get("sort_order", "")
    if order not in ("A", "D"):
        order = filters.order if column == filters.sort else "A"
    if column != "created_time":  # rows are kept in the order of their creation
        rows = sorted(rows, key=lambda row: _sort_key(row.get(column)))
    return (rows[::-1] if order == "D" else rows), column, order


def _sort_key(value: Any) -> tuple[int, Any]:
    if isinstance(value, int | float | Decimal):
        return 0, value
    return 1, str(value or "").casefold()


def _whole(query: Mapping[str, str], name: str, default: int) -> int:
    value = query.get(name, "")
    if not value:
        return default
    if not value.isdigit() or int(value) < 1:
        raise invalid_value(name)
    return int(value)
