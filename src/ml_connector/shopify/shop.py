"""A shop, as it describes itself, and what it granted to us. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ml_connector.shopify.normalise.node import Node


@dataclass(frozen=True, slots=True)
class Shop:
    id: str
    name: str
    domain: str
    """`acme.myshopify.com`"""
    currency: str
    presentment_currencies: tuple[str, ...]
    time_zone: str
    """IANA name."""
    taxes_included: bool
    plan: str
    scopes: frozenset[str]
    development: bool = False
    """A partner's development store."""
    country_code: str | None = None
    province_code: str | None = None


def shop(data: Mapping[str, Any]) -> Shop:
    """The shop of a `Shop` answer."""
    node = Node(data, "data").child("shop")
    address = node.maybe_child("shopAddress")
    plan = node.maybe_child("plan")
    return Shop(
        id=node.text("id"),
        name=node.text("name"),
        domain=node.text("myshopifyDomain"),
        currency=node.text("currencyCode"),
        presentment_currencies=node.texts("enabledPresentmentCurrencies"),
        time_zone=node.text("ianaTimezone"),
        taxes_included=node.flag("taxesIncluded"),
        plan=(plan.maybe("publicDisplayName") or "") if plan else "",
        scopes=scopes(data),
        development=plan.flag("partnerDevelopment") if plan else False,
        country_code=address.maybe("countryCodeV2") if address else None,
        province_code=address.maybe("provinceCode") if address else None,
    )


def scopes(data: Mapping[str, Any]) -> frozenset[str]:
    """The scopes granted to this app, from `currentAppInstallation`."""
    installation = Node(data, "data").child("currentAppInstallation")
    return frozenset(scope.text("handle") for scope in installation.children("accessScopes"))
