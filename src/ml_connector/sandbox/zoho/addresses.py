"""Addresses: their limits, and what Zoho does to the country.

Source: Zoho Books API v3, contacts.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ml_connector.sandbox.zoho.countries import code_of
from ml_connector.sandbox.zoho.records import Address
from ml_connector.sandbox.zoho.refusals import invalid_value
from ml_connector.sandbox.zoho.values import text

LIMITS = {
    "attention": 100,
    "address": 500,
    "street2": 255,
    "city": 100,
    "state": 100,
    "state_code": 100,
    "zip": 50,
    "country": 100,
    "phone": 50,
    "fax": 50,
}


def read(sent: Any, field: str, address_id: str) -> Address:
    """An address as it is kept; a country that Zoho does not know by name is dropped silently.

    Raises:
        Refusal: A part is too long, or *sent* is no object.
    """
    if not isinstance(sent, Mapping):
        raise invalid_value(field)
    address = {"address_id": address_id}
    address |= {part: text(sent, part, limit) for part, limit in LIMITS.items()}
    code = code_of(address["country"])
    if code is None:
        address["country"] = ""
    address["country_code"] = code or ""
    return address


def on_document(address: Address) -> dict[str, str]:
    """An address in a document's detail, with the read-only `street`."""
    shown = {key: value for key, value in address.items() if key not in ("address_id", "state_code")}
    return {"street": address.get("address", ""), **_EMPTY, **shown}


def in_list(address: Address) -> dict[str, str]:
    """An address in a list row, where the postcode is called `zipcode`."""
    keys = ("address", "street2", "city", "state", "country", "phone", "fax", "attention")
    shown = {key: address.get(key, "") for key in keys}
    return {**shown, "zipcode": address.get("zip", "")}


_EMPTY = dict.fromkeys(
    ("attention", "address", "street2", "city", "state", "zip", "country", "country_code", "phone", "fax"), ""
)
