"""The document that describes a connection: read, checked, and every mistake named at once.

A field left out keeps the value it has; so all fields but the name are optional here, and what a new connection
lacks is found when it is put together (`missing_for_new`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from difflib import get_close_matches
from typing import Any

import msgspec

from ml_connector.shopify.signature import is_shop_domain
from ml_connector.zoho.regions import REGIONS as ZOHO_REGIONS

REGIONS = tuple(region.code for region in ZOHO_REGIONS)

_SHOPIFY = {"shop", "access_token", "client_id", "client_secret", "refresh_token", "expires_at"}
_ZOHO = {"region", "client_id", "client_secret", "refresh_token", "organization_id", "webhook_secret"}
_TOP = {"name", "shopify", "zoho", "policy"}
_NAME_LENGTH = 64


class DocumentRefused(ValueError):
    """The document cannot be used as it is; `problems` has one sentence for each mistake."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class ShopifySide:
    """How we reach the shop. `client_secrets`: what signs its webhooks, two while one is being rotated."""

    shop: str | None = None
    access_token: str | None = field(default=None, repr=False)
    client_id: str | None = None
    client_secrets: tuple[str, ...] = field(default=(), repr=False)
    refresh_token: str | None = field(default=None, repr=False)
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ZohoSide:
    region: str | None = None
    client_id: str | None = None
    client_secret: str | None = field(default=None, repr=False)
    refresh_token: str | None = field(default=None, repr=False)
    organization_id: str | None = None
    webhook_secret: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class ConnectionDocument:
    name: str
    shopify: ShopifySide = ShopifySide()
    zoho: ZohoSide = ZohoSide()
    policy: Mapping[str, Any] | None = None


def read_document(text: bytes | str) -> ConnectionDocument:
    """Read the JSON that `connect --file` takes.

    Raises:
        DocumentRefused: with every problem that was found, unknown names with the nearest known one.
    """
    try:
        document = msgspec.json.decode(text)
    except msgspec.DecodeError as error:
        raise DocumentRefused([f"The document is not JSON: {error}."]) from error
    if not isinstance(document, dict):
        raise DocumentRefused(["The document has to be a JSON object with a name, shopify, zoho and policy."])
    problems: list[str] = []
    _unknown(document, _TOP, "", problems)
    name = _text(document, "name", problems)
    if not name:
        problems.append("The document has no name for the connection.")
    elif len(name) > _NAME_LENGTH or not name.replace("-", "").replace("_", "").isalnum():
        problems.append("name: letters, digits, - and _ only, at most 64.")
    shopify = _shopify(_part(document, "shopify", problems), problems)
    zoho = _zoho(_part(document, "zoho", problems), problems)
    policy = document.get("policy")
    if policy is not None and not isinstance(policy, dict):
        problems.append("policy has to be a JSON object.")
    if problems:
        raise DocumentRefused(problems)
    return ConnectionDocument(name or "", shopify, zoho, policy)


def _part(document: dict[str, Any], name: str, problems: list[str]) -> dict[str, Any]:
    part = document.get(name)
    if part is None:
        return {}
    if not isinstance(part, dict):
        problems.append(f"{name} has to be a JSON object.")
        return {}
    return part


def _shopify(part: dict[str, Any], problems: list[str]) -> ShopifySide:
    _unknown(part, _SHOPIFY, "shopify.", problems)
    shop = _text(part, "shop", problems, "shopify.")
    if shop is not None and not is_shop_domain(shop):
        problems.append(f"shopify.shop: {shop!r} is not a shop's address such as acme.myshopify.com.")
    return ShopifySide(
        shop=shop.lower() if shop else shop,
        access_token=_text(part, "access_token", problems, "shopify."),
        client_id=_text(part, "client_id", problems, "shopify."),
        client_secrets=_secrets(part.get("client_secret"), problems),
        refresh_token=_text(part, "refresh_token", problems, "shopify."),
        expires_at=_moment(part.get("expires_at"), problems),
    )


def _zoho(part: dict[str, Any], problems: list[str]) -> ZohoSide:
    _unknown(part, _ZOHO, "zoho.", problems)
    region = _text(part, "region", problems, "zoho.")
    if region is not None and region not in REGIONS:
        problems.append(f"zoho.region: {region!r} is not one of {', '.join(REGIONS)}.{_nearest(region, REGIONS)}")
    organization_id = part.get("organization_id")
    if isinstance(organization_id, int):
        organization_id = str(organization_id)
    return ZohoSide(
        region=region,
        client_id=_text(part, "client_id", problems, "zoho."),
        client_secret=_text(part, "client_secret", problems, "zoho."),
        refresh_token=_text(part, "refresh_token", problems, "zoho."),
        organization_id=organization_id,
        webhook_secret=_text(part, "webhook_secret", problems, "zoho."),
    )


def _secrets(value: object, problems: list[str]) -> tuple[str, ...]:
    if value is None:
        return ()
    secrets = [value] if isinstance(value, str) else value
    if (
        not isinstance(secrets, list)
        or not 1 <= len(secrets) <= 2
        or not all(isinstance(s, str) and s for s in secrets)
    ):
        problems.append("shopify.client_secret: one secret, or a list of two while one is being rotated.")
        return ()
    return tuple(secrets)


def _moment(value: object, problems: list[str]) -> datetime | None:
    if value is None:
        return None
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        problems.append("shopify.expires_at: an RFC 3339 moment with its offset, e.g. 2026-11-23T12:00:00Z.")
        return None
    return moment


def _text(part: Mapping[str, Any], name: str, problems: list[str], where: str = "") -> str | None:
    value = part.get(name)
    if value is None:
        return None
    if not isinstance(value, str) or not value.strip():
        problems.append(f"{where}{name} has to be text.")
        return None
    return value.strip()


def _unknown(part: Mapping[str, Any], known: set[str], where: str, problems: list[str]) -> None:
    problems.extend(f"{where}{name} is not known.{_nearest(name, known)}" for name in part if name not in known)


def _nearest(name: str, known: Collection[str]) -> str:
    close = get_close_matches(name, known, n=1)
    return f" Did you mean {close[0]}?" if close else ""
