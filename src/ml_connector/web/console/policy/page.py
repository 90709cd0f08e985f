"""The pages: one for each tab, all of one connection."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from litestar import Response, get
from litestar.exceptions import NotFoundException

from ml_connector.domain.policy.fields import FIELDS
from ml_connector.domain.policy.shapes import ACCOUNT_NAMES
from ml_connector.jobs.report.policy import Rules, rules, versions
from ml_connector.store.connections import Connection
from ml_connector.web.console.visit import Visit, Visiting

TABS: Mapping[str, str] = {
    "taxes": "Taxes",
    "gateways": "Gateways",
    "items": "Items",
    "accounts": "Accounts",
    "numbering": "Numbering",
    "rules": "Rules",
    "versions": "Versions",
}
CHOICES: Mapping[str, tuple[str, ...]] = {
    "items": ("items", "shipping", "shipping_item"),
    "numbering": (
        "invoice_number",
        "invoice_number_prefix",
        "invoice_state",
        "unique_field",
        "po_number_field",
    ),
}
"""Which names of the policy stand on which tab; the rest that is a single value stands under Rules."""
SHAPED = ("gateways", "accounts", "taxes", "exclude")
"""Names that have a tab, or a part of one, of their own."""
MODES = ("creditcard", "banktransfer", "cash", "check", "bankremittance", "autotransaction", "others")
"""Zoho's payment modes. Source: Zoho Books API v3, Customer Payments."""


def names_on(tab: str) -> tuple[str, ...]:
    """The single choices on *tab*."""
    if tab != "rules":
        return CHOICES.get(tab, ())
    elsewhere = {name for names in CHOICES.values() for name in names}
    return tuple(name for name in FIELDS if name not in SHAPED and name not in elsewhere)


@get("/policy", include_in_schema=False)
async def policy(visit: Visiting) -> Response[str]:
    """The first tab; with `?version=` that version."""
    if visit.asked("version"):
        return visit.go("/policy/versions", version=visit.asked("version"))
    return await shown(visit, "taxes")


@get([f"/policy/{name}" for name in TABS], include_in_schema=False)
async def tab(visit: Visiting) -> Response[str]:
    return await shown(visit, visit.path.removeprefix("/policy/"))


def the_connection(visit: Visit) -> Connection:
    """The connection whose rules are meant.

    Raises:
        NotFoundException: none is chosen.
    """
    if visit.chosen is None:
        raise NotFoundException("Choose a connection first.")
    return visit.chosen


async def shown(visit: Visit, name: str, *, status: int = 200, **more: Any) -> Response[str]:
    """The tab called *name*."""
    if visit.chosen is None:
        return visit.page("policy/choose.html", place="policy", status=status)
    found = await rules(visit.store, visit.chosen)
    values: dict[str, Any] = {
        "tab": name,
        "tabs": TABS,
        "rules": found,
        "word": secrets.token_hex(8),
        "problems": (),
        **more,
    }
    match name:
        case "versions":
            values["versions"] = await versions(visit.store, visit.chosen)
        case "taxes":
            values["open_cause"] = visit.asked("cause") or _only(found)
        case "accounts":
            values["account_names"] = ACCOUNT_NAMES
        case "gateways":
            values["modes"] = MODES
        case _:
            values |= {"names": names_on(name), "fields": FIELDS, "document": found.document}
    template = "choices" if "names" in values else name
    return visit.page(f"policy/{template}.html", place="policy", status=status, **values)


def _only(found: Rules) -> str:
    """With a single open question there is nothing to choose from."""
    unmapped = found.unmapped
    return unmapped[0].cause.cause if len(unmapped) == 1 else ""
