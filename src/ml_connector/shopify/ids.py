"""Shopify's global ids: `gid://shopify/Order/42`. The number at the end may be anything up to 2⁶³.

Source: Shopify Admin GraphQL, global ids.
"""

from __future__ import annotations

import re

_GID = re.compile(r"gid://shopify/([A-Za-z]+)/([0-9]{1,20})\Z")


def gid(kind: str, number: int | str) -> str:
    """`gid("Order", 42)` is `gid://shopify/Order/42`."""
    return f"gid://shopify/{kind}/{number}"


def parts(text: str) -> tuple[str, int] | None:
    """Kind and number of a global id; None when *text* is none."""
    match = _GID.match(text)
    return (match[1], int(match[2])) if match else None


def is_gid(kind: str, text: str) -> bool:
    """Whether *text* is the global id of a *kind*."""
    found = parts(text)
    return found is not None and found[0] == kind


def require(kind: str, text: str) -> str:
    """*text*, when it is the global id of a *kind*.

    Raises:
        ValueError: it is not, which is a bug in the caller: Shopify would refuse the whole question for it.
    """
    if not is_gid(kind, text):
        raise ValueError(f"{text!r} is not the global id of a Shopify {kind}")
    return text
