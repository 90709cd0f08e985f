"""The names Shopify gives to things: growing numbers, and global ids around them."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass

GID = re.compile(r"gid://shopify/([A-Za-z]+)/(\d+)(?:\?.*)?")


@dataclass
class Numbers:
    """Hands out ids of believable size, never one twice, the same ones for the same seed."""

    random: random.Random
    last: int

    def next(self) -> int:
        """A new id, a little above the one before."""
        self.last += 32_768 * self.random.randint(1, 9)
        return self.last


def gid(kind: str, number: int) -> str:
    """The global id of the *kind* with that number."""
    return f"gid://shopify/{kind}/{number}"


def number_of(global_id: str) -> int:
    """The number at the end of a global id.

    Raises:
        ValueError: *global_id* is not one.
    """
    match = GID.fullmatch(global_id)
    if match is None:
        raise ValueError(f"not a global id: {global_id!r}")
    return int(match[2])


def kind_of(global_id: str) -> str | None:
    """What *global_id* names (`Order`), or nothing when it is not a global id."""
    match = GID.fullmatch(global_id)
    return match[1] if match else None
