"""Single choices: a draft, its differences, and only then a version."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from litestar import Response, post

from ml_connector.domain.editions import prepayment_may_be_taxed
from ml_connector.domain.policy import Exclusion, Policy, PolicyError, changes, policy_document, read_policy
from ml_connector.domain.policy.fields import FIELDS
from ml_connector.jobs.effect import LONG_S, QUICK_S, effect_of
from ml_connector.jobs.masters import kept_masters
from ml_connector.jobs.policies import change_policy
from ml_connector.jobs.report.asked import WrongUse
from ml_connector.jobs.report.policy import rules
from ml_connector.web.console.guards import may
from ml_connector.web.console.policy.page import TABS, names_on, shown, the_connection
from ml_connector.web.console.visit import Visiting


@post("/policy/choices", guards=[may("operator")], include_in_schema=False)
async def save(visit: Visiting) -> Response[str]:
    """Show what would change, and what that would have made of the last 90 days; with `sure` make it a version."""
    connection, form = the_connection(visit), visit.form
    tab = form.get("tab", "rules")
    if tab not in TABS:
        raise WrongUse("This form is not complete.", fix="Open Mappings and policy again.")
    found = await rules(visit.store, connection)
    try:
        wanted = read_policy({**found.document, **_given(form, names_on(tab))})
    except PolicyError as error:
        return await shown(visit, tab, status=422, problems=error.problems)
    changed = changes(found.policy, wanted)
    if not changed:
        return visit.go(f"/policy/{tab}", did="same")
    later = wanted.post_when not in ("created", found.policy.post_when)
    masters = await kept_masters(visit.store, connection.id) if later else None
    dangerous = wanted.tax == "adjustment" != found.policy.tax
    looks_on = form.get("all") == "yes"
    if looks_on or form.get("sure") != "yes" or (dangerous and form.get("typed") != connection.name):
        return visit.page(
            "policy/draft.html",
            place="policy",
            tab=tab,
            rules=found,
            changed=changed,
            given={name: form[name] for name in names_on(tab) if name in form},
            type_name=connection.name if dangerous else "",
            tax_point=masters is not None and prepayment_may_be_taxed(masters.masters.organisation),
            effect=await effect_of(
                visit.store,
                connection,
                found.policy,
                wanted,
                visit.needs.clock,
                within_s=LONG_S if looks_on else QUICK_S,
            ),
        )
    after = policy_document(wanted)
    names = [name for name in names_on(tab) if name in form]

    def change(policy: Policy) -> Policy:
        return read_policy({**policy_document(policy), **{name: after[name] for name in names}})

    await change_policy(visit.store, connection.id, change, who=visit.name, note=form.get("note", ""))
    return visit.go(f"/policy/{tab}", did="saved")


@post("/policy/exclusions", guards=[may("operator")], include_in_schema=False)
async def exclude(visit: Visiting) -> Response[str]:
    """Add a rule that keeps orders out of the books. What is posted stays."""
    form = visit.form
    given = {
        name: form.get(name, "").strip() or None for name in ("tag", "channel", "gateway", "total_below", "total_from")
    }
    entry = {"name": form.get("name", "").strip(), **{name: value for name, value in given.items() if value}}
    try:
        (rule,) = read_policy({"exclude": [entry]}).exclude
    except PolicyError as error:
        return await shown(visit, "rules", status=422, problems=error.problems)

    def change(policy: Policy) -> Policy:
        return replace(policy, exclude=(*(each for each in policy.exclude if each.name != rule.name), rule))

    await change_policy(visit.store, the_connection(visit).id, change, who=visit.name, note=form.get("note", ""))
    return visit.go("/policy/rules", did="saved")


@post("/policy/exclusions/remove", guards=[may("operator")], include_in_schema=False)
async def include(visit: Visiting) -> Response[str]:
    """Take a rule away; orders that it kept out are looked at again when something happens to them, or by a replay."""
    name = visit.form.get("name", "")

    def others(rules_: tuple[Exclusion, ...]) -> tuple[Exclusion, ...]:
        return tuple(each for each in rules_ if each.name != name)

    await change_policy(
        visit.store,
        the_connection(visit).id,
        lambda policy: replace(policy, exclude=others(policy.exclude)),
        who=visit.name,
    )
    return visit.go("/policy/rules", did="removed")


def _given(form: Mapping[str, str], names: tuple[str, ...]) -> dict[str, Any]:
    """What the form says, as the policy's JSON has it; what makes no sense is left for `read_policy` to refuse."""
    return {name: _value(form[name].strip(), FIELDS[name].schema) for name in names if name in form}


def _value(text: str, schema: Mapping[str, Any]) -> Any:
    kinds = schema.get("type", "string")
    kinds = [kinds] if isinstance(kinds, str) else list(kinds)
    if not text and "null" in kinds:
        return None
    if "array" in kinds:
        return [part.strip() for part in text.split(",") if part.strip()]
    if "boolean" in kinds or "integer" in kinds or "number" in kinds:
        try:
            return json.loads(text)
        except ValueError:
            return text
    return text
