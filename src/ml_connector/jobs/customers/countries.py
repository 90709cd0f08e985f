"""Zoho's addresses in Shopify's words: countries by code, provinces by code where one is known.

Source: Unicode CLDR (English territory names, by Babel); Zoho Books API v3, addresses; Shopify, MailingAddressInput.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from babel import Locale

from ml_connector.domain.order import Address, Customer
from ml_connector.zoho.books import KnownAddress

_ALSO = {
    "u.s.a": "US",
    "u.s.a.": "US",
    "usa": "US",
    "united states of america": "US",
    "uk": "GB",
    "great britain": "GB",
    "uae": "AE",
    "czech republic": "CZ",
    "hong kong": "HK",
    "macao": "MO",
    "macau": "MO",
    "turkey": "TR",
    "ivory coast": "CI",
    "cote d'ivoire": "CI",
    "swaziland": "SZ",
    "macedonia": "MK",
    "congo": "CG",
    "congo, democratic republic of the": "CD",
    "myanmar": "MM",
    "virgin islands, british": "VG",
    "virgin islands, u.s.": "VI",
    "south korea": "KR",
    "korea, republic of": "KR",
    "russian federation": "RU",
    "viet nam": "VN",
}
"""How Zoho spells what CLDR spells otherwise."""


@cache
def _codes() -> dict[str, str]:
    territories = Locale("en").territories
    known = {name.casefold(): code for code, name in territories.items() if len(code) == 2 and code.isalpha()}
    plain = {name.replace(" & ", " and ").replace("st. ", "saint "): code for name, code in known.items()}
    return {**plain, **known, **_ALSO}


def country_code(address: KnownAddress) -> str | None:
    """The ISO code of a Zoho address's country; None when it is not known."""
    said = address.country_code.strip().upper()
    if len(said) == 2 and said.isalpha():
        return said
    name = " ".join(address.country.split())
    return _codes().get(name.casefold()) or (name.upper() if len(name) == 2 and name.isalpha() else None)


def in_shopify(found: KnownAddress, customer: Customer, like: Iterable[Address], company: str) -> Address:
    """A Zoho address as Shopify takes it.

    Args:
        customer: For whom it is, where the address does not say.
        like: Addresses that Shopify has, for the codes of provinces, and the country where Zoho's says none.
        company: Zoho's addresses have none of their own.
    """
    code = country_code(found) or next((each.country_code for each in like if not found.country), None)
    first, last = _names(found.attention, customer)
    return Address(
        first_name=first or None,
        last_name=last or None,
        company=company or None,
        address1=found.address or None,
        address2=found.street2 or None,
        city=found.city or None,
        province=found.state or None,
        province_code=_province_code(found, code, like),
        zip=found.zip or None,
        country=found.country or None,
        country_code=code,
        phone=found.phone or None,
    )


def _names(attention: str, customer: Customer) -> tuple[str, str]:
    first, last = customer.first_name or "", customer.last_name or ""
    if not attention or attention == f"{first} {last}".strip():
        return first, last
    before, _, after = attention.rpartition(" ")
    return before, after


def _province_code(found: KnownAddress, country: str | None, like: Iterable[Address]) -> str | None:
    """As Zoho says it, as an address of this customer says it, or the name where it is a code itself."""
    if found.state_code:
        return found.state_code
    name = found.state.casefold()
    for each in like:
        if name and each.country_code == country and name in ((each.province or "").casefold(), each.province_code):
            return each.province_code
    return found.state if len(found.state) in (2, 3) and found.state.isalpha() and found.state.isupper() else None
