"""The shapes inside a policy, from JSON and back: each reader adds its problems and goes on with the rest."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields
from datetime import date
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ml_connector.domain.policy.values import Accounts, Exclusion, Gateway, TaxRule, TaxTitle

Problems = list[str]
Reader = Callable[[Any, str, Problems], Any]

REASONS = ("gift_card", "not_taxable", "exempt", "export", "reverse_charge", "not_registered")
"""Why a line may bear no tax lines."""

_NAME = {"type": ["string", "null"]}
_ADDRESS = re.compile(r"[^\s@,;:<>()\"]+@[^\s@,;:<>()\"]+")


def same(value: Any) -> Any:
    return value


def iso(value: date | None) -> str | None:
    return None if value is None else value.isoformat()


def nearest(name: str, known: Iterable[str]) -> str:
    """` Did you mean …?`, or nothing when no known name is near."""
    close = get_close_matches(name, list(known), n=1, cutoff=0.5)
    return f" Did you mean {close[0]}?" if close else ""


def choice(values: tuple[str, ...]) -> Reader:
    def read(value: Any, where: str, problems: Problems) -> Any:
        if value in values:
            return value
        given = value if isinstance(value, str) else repr(value)
        problems.append(f"{where}: {given} is not one of {', '.join(values)}.{nearest(given, values)}")
        return values[0]

    return read


def flag(value: Any, where: str, problems: Problems) -> bool:
    if not isinstance(value, bool):
        problems.append(f"{where} has to be true or false.")
    return bool(value)


def text(value: Any, where: str, problems: Problems) -> str:
    if not isinstance(value, str):
        problems.append(f"{where} has to be text.")
        return ""
    return value.strip()


def number(low: int, high: int) -> Reader:
    def read(value: Any, where: str, problems: Problems) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            problems.append(f"{where} has to be a whole number from {low} to {high}.")
            return low
        return value

    return read


def maybe(read: Reader) -> Reader:
    def read_or_none(value: Any, where: str, problems: Problems) -> Any:
        return None if value is None else read(value, where, problems)

    return read_or_none


def day(value: Any, where: str, problems: Problems) -> date | None:
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        problems.append(f"{where} has to be a date such as 2026-11-01.")
        return None


def zone(value: Any, where: str, problems: Problems) -> str | None:
    """A time zone by its IANA name."""
    try:
        return ZoneInfo(value).key
    except (TypeError, ValueError, OSError, ZoneInfoNotFoundError):
        problems.append(f"{where} has to be a time zone such as Europe/Berlin.")
        return None


def addresses(value: Any, where: str, problems: Problems) -> tuple[str, ...]:
    """E-mail addresses, each once. What a mail's header could take for more than one address is refused."""
    found = [each.strip() if isinstance(each, str) else "" for each in _list(value, where, problems)]
    for index, each in enumerate(found):
        if not _ADDRESS.fullmatch(each):
            problems.append(f"{where}[{index}] has to be an e-mail address.")
    return tuple(dict.fromkeys(found))


def decimal(value: Any, where: str, problems: Problems) -> Decimal:
    """A number; one that is written as text keeps exactly what was written."""
    try:
        read = Decimal(str(value))
    except InvalidOperation:
        read = Decimal("NaN")
    if read.is_finite():
        return read
    problems.append(f'{where} has to be a number such as "0.2".')
    return Decimal(0)


def _object(value: Any, known: Iterable[str], where: str, problems: Problems) -> Mapping[str, Any]:
    """The object with only the names that are known; the others become problems."""
    if not isinstance(value, Mapping):
        problems.append(f"{where} has to be an object.")
        return {}
    names = list(known)
    problems.extend(f"{where}.{name} is not known.{nearest(str(name), names)}" for name in value if name not in names)
    return {name: value[name] for name in names if name in value}


def _list(value: Any, where: str, problems: Problems) -> list[Any]:
    if not isinstance(value, list):
        problems.append(f"{where} has to be a list.")
        return []
    return value


def _required(part: Mapping[str, Any], name: str, where: str, problems: Problems) -> str:
    found = part.get(name)
    if not isinstance(found, str) or not found.strip():
        problems.append(f"{where}.{name} is needed, as text.")
        return ""
    return found.strip()


def _optional(part: Mapping[str, Any], name: str, read: Reader, where: str, problems: Problems) -> Any:
    return maybe(read)(part.get(name), f"{where}.{name}", problems)


# Gateways

GATEWAYS_SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "additionalProperties": {
        "type": "object",
        "required": ["mode", "deposit"],
        "additionalProperties": False,
        "properties": {
            "mode": {"type": "string"},
            "deposit": {"type": "string"},
            "refund_from": _NAME,
            "clearing": {"type": "boolean"},
        },
    },
}


def gateways(value: Any, where: str, problems: Problems) -> Mapping[str, Gateway]:
    if not isinstance(value, Mapping):
        problems.append(f"{where} has to be an object.")
        return {}
    return {str(name): _gateway(part, f"{where}.{name}", problems) for name, part in value.items()}


def _gateway(value: Any, where: str, problems: Problems) -> Gateway:
    part = _object(value, ("mode", "deposit", "refund_from", "clearing"), where, problems)
    return Gateway(
        mode=_required(part, "mode", where, problems),
        deposit=_required(part, "deposit", where, problems),
        refund_from=_optional(part, "refund_from", text, where, problems) or None,
        clearing=flag(part.get("clearing", False), f"{where}.clearing", problems),
    )


def write_gateways(value: Mapping[str, Gateway]) -> Any:
    return {
        name: {"mode": one.mode, "deposit": one.deposit, "refund_from": one.refund_from}
        | ({"clearing": True} if one.clearing else {})
        for name, one in value.items()
    }


# Accounts

ACCOUNT_NAMES = tuple(each.name for each in fields(Accounts))
ACCOUNTS_SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "properties": dict.fromkeys(ACCOUNT_NAMES, _NAME),
}


def accounts(value: Any, where: str, problems: Problems) -> Accounts:
    part = _object(value, ACCOUNT_NAMES, where, problems)
    return Accounts(**{name: _optional(part, name, text, where, problems) or None for name in part})


def write_accounts(value: Accounts) -> Any:
    return {name: getattr(value, name) for name in ACCOUNT_NAMES}


# Taxes

TAXES_SCHEMA: Mapping[str, Any] = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["country", "lines", "tax"],
        "additionalProperties": False,
        "properties": {
            "country": {"type": "string", "pattern": "^[A-Z]{2}$"},
            "province": _NAME,
            "lines": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["title", "rate"],
                    "additionalProperties": False,
                    "properties": {"title": {"type": "string"}, "rate": {"type": ["string", "number"]}},
                },
            },
            "tax": {"type": "string"},
            "reason": {"enum": ["", *REASONS, None]},
            "kind": {"type": ["string", "null"]},
            "from": {"type": ["string", "null"], "format": "date"},
            "until": {"type": ["string", "null"], "format": "date"},
            "made_by_rule": {"type": "boolean"},
            "revoked": {"type": "boolean"},
        },
    },
}
_TAX_NAMES = ("country", "province", "lines", "tax", "reason", "kind", "from", "until", "made_by_rule", "revoked")


def tax_rules(value: Any, where: str, problems: Problems) -> tuple[TaxRule, ...]:
    rows = _list(value, where, problems)
    return tuple(_tax_rule(row, f"{where}[{index}]", problems) for index, row in enumerate(rows))


def _tax_rule(value: Any, where: str, problems: Problems) -> TaxRule:
    part = _object(value, _TAX_NAMES, where, problems)
    country = _required(part, "country", where, problems).upper()
    if country and not (len(country) == 2 and country.isascii() and country.isalpha()):
        problems.append(f"{where}.country has to be a country's two letters, such as GB.")
    rule = TaxRule(
        country=country,
        province=(_optional(part, "province", text, where, problems) or "").upper() or None,
        lines=_titles(part.get("lines", []), f"{where}.lines", problems),
        tax=_required(part, "tax", where, problems),
        reason=_reason(part.get("reason"), f"{where}.reason", problems),
        kind=(_optional(part, "kind", text, where, problems) or "").upper(),
        since=_optional(part, "from", day, where, problems),
        until=_optional(part, "until", day, where, problems),
        made_by_rule=flag(part.get("made_by_rule", False), f"{where}.made_by_rule", problems),
        revoked=flag(part.get("revoked", False), f"{where}.revoked", problems),
    )
    if not rule.lines and not rule.reason:
        problems.append(f"{where}: without tax lines a reason is needed: {', '.join(REASONS)}.")
    if rule.lines and rule.reason:
        problems.append(f"{where}: a reason is only for no tax lines.")
    return rule


def _reason(value: Any, where: str, problems: Problems) -> str:
    if value in (None, ""):
        return ""
    answer: str = choice(REASONS)(value, where, problems)
    return answer


def _titles(value: Any, where: str, problems: Problems) -> tuple[TaxTitle, ...]:
    rows = _list(value, where, problems)
    return tuple(_title(row, f"{where}[{index}]", problems) for index, row in enumerate(rows))


def _title(value: Any, where: str, problems: Problems) -> TaxTitle:
    part = _object(value, ("title", "rate"), where, problems)
    rate = decimal(part.get("rate"), f"{where}.rate", problems)
    if not 0 <= rate < 1:
        problems.append(f"{where}.rate is a fraction: 0.2 for 20 %.")
    return TaxTitle(_required(part, "title", where, problems), rate)


def write_tax_rules(value: tuple[TaxRule, ...]) -> Any:
    return [_write_tax_rule(rule) for rule in value]


def _write_tax_rule(rule: TaxRule) -> dict[str, Any]:
    written: dict[str, Any] = {
        "country": rule.country,
        "province": rule.province,
        "lines": [{"title": line.title, "rate": f"{line.rate:f}"} for line in rule.lines],
        "tax": rule.tax,
    }
    extras = {
        "reason": rule.reason,
        "kind": rule.kind,
        "from": iso(rule.since),
        "until": iso(rule.until),
        "made_by_rule": rule.made_by_rule,
        "revoked": rule.revoked,
    }
    return written | {name: extra for name, extra in extras.items() if extra}


# Exclusions

EXCLUDE_SCHEMA: Mapping[str, Any] = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["name"],
        "additionalProperties": False,
        "properties": {
            "name": {"type": "string"},
            **dict.fromkeys(("tag", "channel", "gateway"), _NAME),
            "total_below": {"type": ["string", "integer", "null"]},
            "total_from": {"type": ["string", "integer", "null"]},
        },
    },
}
_CONDITIONS = ("tag", "channel", "gateway", "total_below", "total_from")


def exclusions(value: Any, where: str, problems: Problems) -> tuple[Exclusion, ...]:
    rows = _list(value, where, problems)
    return tuple(_exclusion(row, f"{where}[{index}]", problems) for index, row in enumerate(rows))


def _exclusion(value: Any, where: str, problems: Problems) -> Exclusion:
    part = _object(value, ("name", *_CONDITIONS), where, problems)
    if not any(part.get(name) is not None for name in _CONDITIONS):
        problems.append(f"{where}: a rule needs a condition, one of {', '.join(_CONDITIONS)}.")
    return Exclusion(
        name=_required(part, "name", where, problems),
        tag=_optional(part, "tag", text, where, problems),
        channel=_optional(part, "channel", text, where, problems),
        gateway=_optional(part, "gateway", text, where, problems),
        total_below=_optional(part, "total_below", decimal, where, problems),
        total_from=_optional(part, "total_from", decimal, where, problems),
    )


def write_exclusions(value: tuple[Exclusion, ...]) -> Any:
    return [_write_exclusion(rule) for rule in value]


def _write_exclusion(rule: Exclusion) -> dict[str, Any]:
    written: dict[str, Any] = {"name": rule.name}
    for name in _CONDITIONS:
        found = getattr(rule, name)
        if found is not None:
            written[name] = f"{found:f}" if isinstance(found, Decimal) else found
    return written
