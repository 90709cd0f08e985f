"""How long an API version is served.

Source: Shopify, API versioning: a version appears on the first day of a quarter and is supported for twelve months.
"""

from __future__ import annotations

import re
from datetime import date

_VERSION = re.compile(r"(20\d\d)-(01|04|07|10)")


def served_until(version: str) -> date | None:
    """The first day on which *version* (`2026-04`) need not be served any more; None for `unstable`."""
    found = _VERSION.fullmatch(version)
    return date(int(found[1]) + 1, int(found[2]), 1) if found else None
