"""Choices that settle a cause: which tax, which account, where a gateway's money goes."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import replace

from litestar import Response, post

from ml_connector.domain.policy import Accounts, Gateway, Policy, without
from ml_connector.domain.policy.shapes import ACCOUNT_NAMES
from ml_connector.jobs.masters import fetch_masters
from ml_connector.jobs.policies import Choice, change_policy, choose, mapping
from ml_connector.jobs.report.asked import WrongUse
from ml_connector.jobs.report.policy import rules
from ml_connector.web.console.guards import may
from ml_connector.web.console.policy.page import the_connection
from ml_connector.web.console.visit import Visit, Visiting


@post("/policy/taxes", guards=[may("operator")], include_in_schema=False)
async def map_tax(visit: Visiting) -> Response[str]:
    """Map one set of taxes, and look again at the orders that waited for it."""
    cause, tax = visit.form.get("cause", ""), visit.form.get("tax", "")
    if not tax:
        raise WrongUse("No tax was chosen.", fix="Go back and choose the tax that stands for this one in Zoho.")
    found = await rules(visit.store, the_connection(visit))
    waiting = next((each for each in found.unmapped if each.cause.cause == cause), None)
    if waiting is None:
        return visit.go("/needs-you", did="gone")
    title = f"{waiting.set.text} in {waiting.set.place} is “{found.masters.tax(tax)}”"
    return await _settled(visit, Choice(mapping(waiting.set, tax), (cause,), title, _word(visit)), "/policy/taxes")


@post("/policy/taxes/take-back", guards=[may("operator")], include_in_schema=False)
async def take_back(visit: Visiting) -> Response[str]:
    """Orders with these taxes are held until a person maps them; what is posted stays."""
    connection = the_connection(visit)
    found = await rules(visit.store, connection)
    at = visit.form.get("rule", "")
    known = {str(number): rule for number, rule in enumerate(found.policy.taxes)}
    version = str(found.version.version if found.version else 0)
    if at not in known or visit.form.get("version") != version:
        return visit.go("/policy/taxes", did="moved")
    rule = known[at]
    await change_policy(
        visit.store,
        connection.id,
        lambda policy: without(policy, rule),
        who=visit.name,
        note=visit.form.get("note", ""),
    )
    return visit.go("/policy/taxes", did="taken-back")


@post("/policy/accounts", guards=[may("operator")], include_in_schema=False)
async def accounts(visit: Visiting) -> Response[str]:
    """Save the accounts, and look again at the orders that waited for one of them."""
    given = {name: visit.form.get(name, "").strip() or None for name in ACCOUNT_NAMES if name in visit.form}

    def change(policy: Policy) -> Policy:
        kept = {name: getattr(policy.accounts, name) for name in ACCOUNT_NAMES}
        return replace(policy, accounts=Accounts(**{**kept, **given}))

    found = await rules(visit.store, the_connection(visit))
    before = found.policy.accounts
    new = [name for name, value in given.items() if value and value != getattr(before, name)]
    causes = [f"account_unmapped:{name}" for name in new]
    causes += [each.cause for each in found.waiting("account_unusable") if new]
    title = f"Account chosen for {', '.join(name.replace('_', ' ') for name in new)}" if new else "Accounts"
    return await _settled(visit, Choice(change, causes, title, _word(visit)), "/policy/accounts")


@post("/policy/gateways", guards=[may("operator")], include_in_schema=False)
async def gateway(visit: Visiting) -> Response[str]:
    """Say where a gateway's money goes, and look again at the orders that waited for it."""
    name, entry = visit.form.get("name", "").strip(), _gateway(visit.form)
    if not name:
        raise WrongUse("No gateway was named.", fix="Write it as Shopify does, for instance shopify_payments.")
    found = await rules(visit.store, the_connection(visit))
    waiting = [each.cause for each in found.waiting("gateway_unmapped") if _is_for(name, each.cause)]

    def change(policy: Policy) -> Policy:
        return replace(policy, gateways={**policy.gateways, name: entry})

    return await _settled(visit, Choice(change, waiting, f"Money from {name}", _word(visit)), "/policy/gateways")


@post("/policy/gateways/remove", guards=[may("operator")], include_in_schema=False)
async def remove_gateway(visit: Visiting) -> Response[str]:
    """Orders paid through it are held again, unless “all others” holds for it."""
    name = visit.form.get("name", "")

    def change(policy: Policy) -> Policy:
        return replace(policy, gateways={each: entry for each, entry in policy.gateways.items() if each != name})

    await change_policy(visit.store, the_connection(visit).id, change, who=visit.name)
    return visit.go("/policy/gateways", did="removed")


@post("/policy/refresh", guards=[may("operator")], include_in_schema=False)
async def refresh(visit: Visiting) -> Response[str]:
    """Read taxes and accounts from Zoho again, because somebody just made one. About a dozen calls."""
    await fetch_masters(await visit.needs.runtime_of(the_connection(visit).id))
    back = visit.form.get("tab", "taxes")
    return visit.go(f"/policy/{back if back in ('taxes', 'accounts', 'gateways') else 'taxes'}", did="refreshed")


async def _settled(visit: Visit, choice: Choice, back: str) -> Response[str]:
    chosen = await choose(
        visit.store, the_connection(visit).id, choice, who=visit.name, note=visit.form.get("note", "")
    )
    if not chosen.orders:
        return visit.go(back, did="saved")
    visit.needs.knocked()
    return visit.go("/needs-you", did="settled")


def _gateway(form: Mapping[str, str]) -> Gateway:
    mode, deposit = form.get("mode", ""), form.get("deposit", "")
    if not mode or not deposit:
        raise WrongUse("A gateway needs a payment mode and an account.", fix="Choose both, then save again.")
    return Gateway(mode, deposit, form.get("refund_from", "") or None, clearing=form.get("clearing") == "yes")


def _is_for(name: str, cause: str) -> bool:
    """Whether the entry *name* (`paypal`, `paypal:USD`, `*`) answers `gateway_unmapped:paypal:USD`."""
    asked, _, currency = cause.removeprefix("gateway_unmapped:").rpartition(":")
    return name in ("*", asked, f"{asked}:{currency}")


def _word(visit: Visit) -> str:
    return visit.form.get("word", "") or secrets.token_hex(8)
