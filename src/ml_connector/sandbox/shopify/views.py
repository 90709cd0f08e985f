"""The small values that Admin API answers are made of, shaped as its types are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from ml_connector.sandbox.shopify.ids import gid
from ml_connector.sandbox.shopify.model import Address, Tax
from ml_connector.sandbox.shopify.money import Bag, Currencies, graphql_amount

View = dict[str, Any]


@dataclass(frozen=True)
class Ref:
    """Something that is looked up when it is asked for, and null when it is gone."""

    kind: str
    id: int

    @property
    def gid(self) -> str:
        """Its global id."""
        return gid(self.kind, self.id)


def ref(kind: str, number: int | None) -> Ref | None:
    """A reference, or nothing for no number."""
    return None if number is None else Ref(kind, number)


def identity(kind: str, number: int) -> View:
    """What every node has: its type, its global id and the number in it."""
    return {"__typename": kind, "id": gid(kind, number), "legacyResourceId": str(number)}


def moment(value: datetime | None) -> str | None:
    """A moment as the Admin API writes it: UTC, whole seconds, "Z"."""
    if value is None:
        return None
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def money(amount: Decimal, currency: str) -> View:
    """A `MoneyV2`."""
    return {"__typename": "MoneyV2", "amount": graphql_amount(amount), "currencyCode": currency}


def money_bag(bag: Bag, currencies: Currencies) -> View:
    """A `MoneyBag`."""
    return {
        "shopMoney": money(bag.shop, currencies.shop),
        "presentmentMoney": money(bag.presentment, currencies.presentment),
    }


def tax_line(tax: Tax, currencies: Currencies) -> View:
    """A `TaxLine`."""
    return {
        "title": tax.title,
        "rate": float(tax.rate),
        "ratePercentage": float(tax.rate * 100),
        "channelLiable": tax.channel_liable,
        "source": tax.source,
        "priceSet": money_bag(tax.amount, currencies),
        "price": format(tax.amount.shop, "f"),
    }


def address(value: Address | None) -> View | None:
    """A `MailingAddress`."""
    if value is None:
        return None
    parts = [value.city, value.province_code, value.country]
    return {
        "id": f"{gid('MailingAddress', value.id)}?model_name=Address",
        "firstName": value.first_name,
        "lastName": value.last_name,
        "name": value.name,
        "company": value.company,
        "address1": value.address1,
        "address2": value.address2,
        "city": value.city,
        "province": value.province,
        "provinceCode": value.province_code,
        "zip": value.zip,
        "country": value.country,
        "countryCodeV2": value.country_code,
        "phone": value.phone,
        "latitude": None,
        "longitude": None,
        "timeZone": None,
        "coordinatesValidated": False,
        "formatted": [part for part in (value.address1, value.address2, value.zip, value.city, value.country) if part],
        "formattedArea": ", ".join(part for part in parts if part),
    }


def attributes(pairs: tuple[tuple[str, str], ...]) -> list[View]:
    """Custom attributes, in their order."""
    return [{"key": key, "value": value} for key, value in pairs]
