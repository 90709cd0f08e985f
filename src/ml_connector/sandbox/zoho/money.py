"""Amounts as answers show them."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from ml_connector.sandbox.zoho.records import Currency

_PLACE = (Decimal(1), Decimal("0.1"), Decimal("0.01"), Decimal("0.001"))


def shown(amount: Decimal, places: int) -> Decimal:
    """*amount* with the currency's decimals, so that it prints as money."""
    return amount.quantize(_PLACE[places])


def formatted(amount: Decimal, currency: Currency) -> str:
    """The `*_formatted` twin of an amount: for people, never to be parsed."""
    sign = "-" if amount < 0 else ""
    digits = f"{abs(amount):,.{currency.places}f}"
    if currency.code == "INR":
        digits = _lakhs(digits)
    return f"{sign}{currency.symbol}{digits}"


def _lakhs(digits: str) -> str:
    """Indian grouping: the last three digits, then pairs."""
    whole, dot, fraction = digits.replace(",", "").partition(".")
    head, tail = whole[:-3], whole[-3:]
    pairs: list[str] = []
    while head:
        pairs.insert(0, head[-2:])
        head = head[:-2]
    return ",".join([*pairs, tail]) + dot + fraction


def twins(record: dict[str, Any], names: Iterable[str], currency: Currency) -> None:
    """Give each named amount of *record* its `*_formatted` twin."""
    for name in names:
        record[f"{name}_formatted"] = formatted(record[name], currency)
