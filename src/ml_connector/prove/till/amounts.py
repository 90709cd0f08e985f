"""Arithmetic with figures on both sides, each rounded for itself."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from ml_connector.domain.money import MoneyBag


def plus(one: MoneyBag, other: MoneyBag) -> MoneyBag:
    return MoneyBag(one.shop + other.shop, one.presentment + other.presentment)


def minus(one: MoneyBag, other: MoneyBag) -> MoneyBag:
    return MoneyBag(one.shop - other.shop, one.presentment - other.presentment)


def summed(start: MoneyBag, bags: Iterable[MoneyBag]) -> MoneyBag:
    for bag in bags:
        start = plus(start, bag)
    return start


def many(bag: MoneyBag, count: int) -> MoneyBag:
    return MoneyBag(bag.shop * count, bag.presentment * count)


def times(bag: MoneyBag, factor: Decimal) -> MoneyBag:
    """*bag* times *factor*, each side rounded half away from zero."""
    return MoneyBag((bag.shop * factor).rounded(), (bag.presentment * factor).rounded())
