"""Zoho's data centres: which hosts belong to which region.

Source: Zoho Books API v3, introduction; Zoho Accounts, multi-DC support.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Region:
    """One data centre; it shares nothing with the others.

    Attributes:
        code: The `location` of an OAuth callback.
        accounts: Where its users sign in and its tokens are made.
        api: The `api_domain` of its token answers.
    """

    code: str
    accounts: str
    api: str


def _region(code: str, accounts: str, api: str) -> Region:
    return Region(code, f"https://accounts.{accounts}", f"https://www.zohoapis.{api}")


REGIONS: Mapping[str, Region] = {
    region.code: region
    for region in (
        _region("us", "zoho.com", "com"),
        _region("eu", "zoho.eu", "eu"),
        _region("in", "zoho.in", "in"),
        _region("au", "zoho.com.au", "com.au"),
        _region("jp", "zoho.jp", "jp"),
        _region("ca", "zohocloud.ca", "ca"),  # breaks the pattern twice
        _region("cn", "zoho.com.cn", "com.cn"),
        _region("sa", "zoho.sa", "sa"),
        _region("uk", "zoho.uk", "uk"),
        _region("ae", "zoho.ae", "ae"),
    )
}


def server_info() -> dict[str, object]:
    """What `/oauth/serverinfo` answers; China is not in its list."""
    listed = {code: region.accounts for code, region in REGIONS.items() if code != "cn"}
    return {"result": "success", "locations": listed}


def split_region(path: str) -> tuple[str | None, str]:
    """Separate a leading `/eu` (any region) from the path behind it."""
    head, slash, rest = path[1:].partition("/")
    if slash and head in REGIONS:
        return head, f"/{rest}"
    return None, path
