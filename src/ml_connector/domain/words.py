"""Texts that people typed, as far as anybody can read them. Pure."""

from __future__ import annotations

import unicodedata


def visible(*texts: str | None) -> str:
    """*texts* with one space between words; empty where a reader would see nothing, whatever characters there are.

    A name of spaces, control or zero-width characters alone would be refused by Zoho, which asks for one.
    """
    words = " ".join(text for text in texts if text).split()
    return " ".join(word for word in words if any(_is_seen(each) for each in word))


def _is_seen(character: str) -> bool:
    return unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Zs", "Zl", "Zp")
