"""Whether Zoho knows what the policy names: accounts, taxes, an item. A name that it does not know holds orders later,
so it is said now."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import fields

from ml_connector.domain.policy import Policy
from ml_connector.domain.policy.values import Accounts
from ml_connector.jobs.connecting.findings import Finding
from ml_connector.jobs.masters import Masters


def check_names(masters: Masters, policy: Policy) -> list[Finding]:
    """One finding for each kind, which names everything of that kind that is not there or cannot be used."""
    return [
        *_accounts(masters, policy),
        *_taxes(masters, policy),
        *_item(masters, policy),
        *_gateways(policy),
    ]


def _accounts(masters: Masters, policy: Policy) -> Iterator[Finding]:
    problems = [
        f"{place}: {problem}"
        for place, named in _named_accounts(policy)
        if (problem := _problem(named, ((one.id, one.name, one.active) for one in masters.accounts)))
    ]
    if problems:
        yield Finding(
            "account_unknown",
            f"Accounts of the policy cannot be used in Zoho: {'; '.join(problems)}. Orders that need them are held.",
            "Name an account by its id or its exact name, or make it in Zoho.",
        )


def _named_accounts(policy: Policy) -> Iterator[tuple[str, str]]:
    for gateway, entry in policy.gateways.items():
        yield f"gateways.{gateway}.deposit", entry.deposit
        if entry.refund_from:
            yield f"gateways.{gateway}.refund_from", entry.refund_from
    for name in (each.name for each in fields(Accounts)):
        if named := getattr(policy.accounts, name):
            yield f"accounts.{name}", named


def _taxes(masters: Masters, policy: Policy) -> Iterator[Finding]:
    known = [(one.id, one.name, one.active) for one in masters.taxes]
    # a line without tax lines may be mapped to an exemption as well
    known += [(one.id, one.code, True) for one in masters.exemptions]
    problems = [
        f"taxes[{number}] ({rule.country}): {problem}"
        for number, rule in enumerate(policy.taxes)
        if (problem := _problem(rule.tax, known))
    ]
    if problems:
        yield Finding(
            "tax_unknown",
            f"Taxes of the policy cannot be used in Zoho: {'; '.join(problems)}. Orders that need them are held.",
            "Name a tax or a tax group by its id or its exact name, or make it in Zoho.",
        )


def _item(masters: Masters, policy: Policy) -> Iterator[Finding]:
    wanted = policy.shipping_item
    if wanted and policy.items != "text" and wanted not in masters.items:
        yield Finding(
            "shipping_item_unknown",
            f"Zoho has no item with the SKU “{wanted}”, which is set for shipping.",
            "Make it in Zoho, or choose another under shipping_item.",
        )


def _gateways(policy: Policy) -> Iterator[Finding]:
    if not policy.gateways:
        yield Finding(
            "gateways_unmapped",
            "The policy says of no payment gateway where its money goes, so paid orders are held.",
            "Choose an account for each gateway, or for all others under gateways.*.",
            "info",
        )


def _problem(named: str, known: Iterable[tuple[str, str, bool]]) -> str:
    """Why *named*, an id or an exact name, is not one thing that can be used; empty when it is."""
    found = [active for zoho_id, name, active in known if named in (zoho_id, name)]
    if found.count(True) == 1:
        return ""
    if True in found:
        return f"there are several “{named}”, so it has to be named by its id"
    return f"“{named}” is inactive" if found else f"there is no “{named}”"
