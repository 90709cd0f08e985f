"""Zoho's data centres: one table, and the ways to find a row of it.

Data centres share nothing: a token of one is refused by every other. Hosts that arrive through a browser or in an
answer are looked up here before a secret is sent to them.

Source: Zoho Books API v3, Introduction (data centres); Zoho Accounts, multi-DC.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote, urlsplit


@dataclass(frozen=True, slots=True)
class Region:
    """One data centre."""

    code: str
    """Our name and Zoho's `location` value: `eu`."""
    name: str
    accounts: str
    """`https://accounts.zoho.eu`: OAuth."""
    api: str
    """`https://www.zohoapis.eu`: the API, `api_domain` of a token answer."""
    web: str
    """`https://books.zoho.eu`: what a person opens."""
    documented: bool = True
    """Whether the Books introduction lists it; the others are known from elsewhere."""

    def link(self, organization_id: str, page: str, zoho_id: str) -> str:
        """Where a person sees a record, e.g. `link(org, "invoices", id)`."""
        return f"{self.web}/app/{quote(organization_id, safe='')}#/{page}/{quote(zoho_id, safe='')}"


def _region(code: str, name: str, tld: str, *, accounts: str = "", api: str = "", documented: bool = True) -> Region:
    return Region(
        code=code,
        name=name,
        accounts=f"https://accounts.{accounts or 'zoho.' + tld}",
        api=f"https://www.zohoapis.{api or tld}",
        web=f"https://books.{accounts or 'zoho.' + tld}",
        documented=documented,
    )


REGIONS: tuple[Region, ...] = (
    _region("us", "United States", "com"),
    _region("eu", "Europe", "eu"),
    _region("in", "India", "in"),
    _region("au", "Australia", "com.au"),
    _region("jp", "Japan", "jp"),
    # Canada breaks the pattern: accounts and the web app live on zohocloud.ca, the API on zohoapis.ca.
    _region("ca", "Canada", "ca", accounts="zohocloud.ca"),
    _region("cn", "China", "com.cn"),
    _region("sa", "Saudi Arabia", "sa"),
    _region("uk", "United Kingdom", "uk", documented=False),
    _region("ae", "United Arab Emirates", "ae", documented=False),
)

_BY_CODE = {region.code: region for region in REGIONS}
_BY_ACCOUNTS = {region.accounts: region for region in REGIONS}
_BY_API = {region.api: region for region in REGIONS} | {
    # Some Accounts pages show `https://api.zoho.com` as `api_domain`; it names the same data centre.
    region.accounts.replace("//accounts.", "//api."): region
    for region in REGIONS
}


class UnknownRegion(ValueError):
    """No data centre of Zoho has this name or host."""


def _origin(address: str) -> str:
    """Scheme and host in lower case; anything more than an origin finds no row."""
    parts = urlsplit(address.strip())
    if parts.path not in ("", "/") or parts.query or parts.fragment or parts.username is not None:
        return ""
    return f"{parts.scheme}://{parts.netloc}".lower()


def by_code(code: str) -> Region:
    """The region with *code*, which is also Zoho's `location`: `eu`.

    Raises:
        UnknownRegion: none has it.
    """
    try:
        return _BY_CODE[code.strip().lower()]
    except KeyError:
        raise UnknownRegion(f"Zoho has no data centre “{code}”; there are {', '.join(_BY_CODE)}") from None


def by_accounts_server(address: str) -> Region:
    """The region whose accounts server is *address*, exactly: it arrives through a browser.

    Raises:
        UnknownRegion: it is not one of Zoho's.
    """
    try:
        return _BY_ACCOUNTS[_origin(address)]
    except (KeyError, ValueError):
        raise UnknownRegion(f"“{address}” is not an accounts server of Zoho") from None


def by_api_domain(address: str) -> Region:
    """The region whose API is at *address*, the `api_domain` of a token answer.

    Raises:
        UnknownRegion: it is not one of Zoho's.
    """
    try:
        return _BY_API[_origin(address)]
    except (KeyError, ValueError):
        raise UnknownRegion(f"“{address}” is not an API host of Zoho") from None
