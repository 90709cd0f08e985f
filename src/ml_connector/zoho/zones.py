"""Zoho's names of time zones as IANA names.

Most are IANA names already, some old ones. Others are the three letters that Java knows, because a document's day
depends on them: `PST` is Los Angeles, in summer too.

Source: Zoho Books API v3, Organizations (`time_zone`); Java, ZoneId.SHORT_IDS.
"""

from __future__ import annotations

from functools import cache
from zoneinfo import ZoneInfo, available_timezones

_SHORT = {
    "PST": "America/Los_Angeles", "PDT": "America/Los_Angeles", "MST": "America/Denver", "CST": "America/Chicago",
    "EST": "America/New_York", "EDT": "America/New_York", "HST": "Pacific/Honolulu", "AST": "America/Anchorage",
    "IET": "America/Indiana/Indianapolis", "PNT": "America/Phoenix", "PRT": "America/Puerto_Rico",
    "CNT": "America/St_Johns", "AGT": "America/Argentina/Buenos_Aires", "BET": "America/Sao_Paulo",
    "ACT": "Australia/Darwin", "AET": "Australia/Sydney", "NST": "Pacific/Auckland", "SST": "Pacific/Guadalcanal",
    "MIT": "Pacific/Apia", "JST": "Asia/Tokyo", "CTT": "Asia/Shanghai", "VST": "Asia/Ho_Chi_Minh",
    "BST": "Asia/Dhaka", "IST": "Asia/Kolkata", "PLT": "Asia/Karachi", "NET": "Asia/Yerevan", "ART": "Africa/Cairo",
    "CAT": "Africa/Harare", "EAT": "Africa/Addis_Ababa", "ECT": "Europe/Paris", "EET": "EET", "MET": "MET",
    "CET": "CET", "WET": "WET", "GMT": "Etc/GMT", "UTC": "Etc/UTC",
}  # fmt: skip


def zone_of(name: str) -> str:
    """The IANA name for Zoho's *name*, one that this machine knows; empty when there is none."""
    wanted = _SHORT.get(name.strip(), name.strip())
    return wanted if wanted in _known() else ""


@cache
def _known() -> frozenset[str]:
    return frozenset(available_timezones())


def zone(name: str) -> ZoneInfo | None:
    """The zone itself, or None when Zoho's name is not known."""
    found = zone_of(name)
    return ZoneInfo(found) if found else None
