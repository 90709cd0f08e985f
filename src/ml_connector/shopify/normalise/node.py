"""One object of an answer, which knows where it stands, so that a surprise can name its place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from ml_connector.domain.money import Money, MoneyBag
from ml_connector.shopify.errors import NotUnderstood


@dataclass(frozen=True, slots=True)
class Node:
    """An object of the answer. Every reading method raises `NotUnderstood` when the value has another type."""

    value: Mapping[str, Any]
    path: str

    def _at(self, name: str) -> str:
        return f"{self.path}.{name}"

    def _wrong(self, name: str, wanted: str) -> NotUnderstood:
        return NotUnderstood(self._at(name), f"{wanted} was expected")

    def maybe(self, name: str) -> str | None:
        """A text; None when it is null, absent or empty."""
        value = self.value.get(name)
        if value is None or value == "":
            return None
        if not isinstance(value, str):
            raise self._wrong(name, "a text")
        return value

    def text(self, name: str) -> str:
        value = self.maybe(name)
        if value is None:
            raise self._wrong(name, "a text")
        return value

    def flag(self, name: str) -> bool:
        """True only for true; null and absent are false."""
        value = self.value.get(name)
        if value is not None and not isinstance(value, bool):
            raise self._wrong(name, "true or false")
        return bool(value)

    def count(self, name: str) -> int:
        value = self.value.get(name)
        if not isinstance(value, int) or isinstance(value, bool):
            raise self._wrong(name, "a whole number")
        return value

    def maybe_count(self, name: str) -> int | None:
        return None if self.value.get(name) is None else self.count(name)

    def decimal(self, name: str) -> Decimal | None:
        value = self.value.get(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, (int, str, Decimal)):
            raise self._wrong(name, "a number")
        return _decimal(value, self._at(name))

    def moment(self, name: str) -> datetime:
        value = self.maybe_moment(name)
        if value is None:
            raise self._wrong(name, "a moment")
        return value

    def maybe_moment(self, name: str) -> datetime | None:
        value = self.maybe(name)
        if value is None:
            return None
        try:
            moment = datetime.fromisoformat(value)
        except ValueError as error:
            raise self._wrong(name, "a moment") from error
        if moment.tzinfo is None:
            raise self._wrong(name, "a moment with its offset")
        return moment

    def texts(self, name: str) -> tuple[str, ...]:
        value = self.value.get(name) or []
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self._wrong(name, "a list of texts")
        return tuple(value)

    def child(self, name: str) -> Node:
        found = self.maybe_child(name)
        if found is None:
            raise self._wrong(name, "an object")
        return found

    def maybe_child(self, name: str) -> Node | None:
        value = self.value.get(name)
        if value is None:
            return None
        if not isinstance(value, dict):
            raise self._wrong(name, "an object")
        return Node(value, self._at(name))

    def children(self, name: str) -> tuple[Node, ...]:
        """The objects of a plain list; none when it is null or was not asked."""
        value = self.value.get(name) or []
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise self._wrong(name, "a list")
        return tuple(Node(item, f"{self._at(name)}.{index}") for index, item in enumerate(value))

    def nodes(self, name: str) -> tuple[Node, ...]:
        """The objects of a connection, whether it was asked by `nodes` or by `edges`."""
        connection = self.maybe_child(name)
        if connection is None:
            return ()
        if "edges" in connection.value:
            return tuple(edge.child("node") for edge in connection.children("edges"))
        return connection.children("nodes")

    def id_of(self, name: str) -> str | None:
        """The id of a nested object, None when there is none."""
        child = self.maybe_child(name)
        return None if child is None else child.maybe("id")

    def money(self, name: str) -> Money:
        """A MoneyV2."""
        child = self.child(name)
        return Money(_decimal(child.text("amount"), child.path), child.text("currencyCode"))

    def bag(self, name: str) -> MoneyBag:
        """A MoneyBag, both sides."""
        child = self.child(name)
        return MoneyBag(child.money("shopMoney"), child.money("presentmentMoney"))

    def maybe_bag(self, name: str) -> MoneyBag | None:
        return None if self.value.get(name) is None else self.bag(name)


def _decimal(value: int | str | Decimal, path: str) -> Decimal:
    try:
        number = Decimal(value)
    except InvalidOperation as error:
        raise NotUnderstood(path, "a number was expected") from error
    if not number.is_finite():
        raise NotUnderstood(path, "a finite number was expected")
    return number
