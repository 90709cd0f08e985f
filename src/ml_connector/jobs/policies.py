"""Changing what was decided for a connection: validated, in versions, with who and why.

A choice that settles a cause replays the orders behind it, in the same commit: either both are so, or neither.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from ml_connector.domain.outcome import Verdict
from ml_connector.domain.policy import Policy, mapped, policy_document, read_policy
from ml_connector.domain.taxes import TaxSet, learned_rule
from ml_connector.jobs.replay import ReplayPlan, plan_replay, start_replay
from ml_connector.store import Store
from ml_connector.store.outcomes import Wanted

Change = Callable[[Policy], Policy]


@dataclass(frozen=True, slots=True)
class Choice:
    """What somebody decided: how the policy changes, and the causes that this settles.

    Attributes:
        title: What the replay of their orders is called.
        word: Belongs to one form: sent twice, it is done once.
    """

    change: Change
    causes: Sequence[str]
    title: str
    word: str


@dataclass(frozen=True, slots=True)
class Chosen:
    """The policy's version that holds now, and how many orders are looked at again."""

    version: int
    orders: int


async def choose(store: Store, connection_id: int, choice: Choice, *, who: str, note: str = "") -> Chosen:
    """Put *choice* into force and look again at the orders that waited for it. One commit.

    One query for each cause, then nine.
    """
    plan = await _plan(store, connection_id, choice.causes)
    async with store.transaction() as tx:
        version = await change_policy_in(tx, store, connection_id, choice.change, who=who, note=note)
        if plan.subjects:
            await start_replay(
                tx, store, plan, word=choice.word, who=who, title=choice.title, connection_id=connection_id
            )
    return Chosen(version, len(plan.subjects))


async def _plan(store: Store, connection_id: int, causes: Sequence[str]) -> ReplayPlan:
    plans = [
        await plan_replay(store, Wanted(connection_id=connection_id, verdict=Verdict.HELD, cause=cause))
        for cause in causes
    ]
    return ReplayPlan(
        subjects=tuple(subject for plan in plans for subject in plan.subjects),
        calls=sum(plan.calls for plan in plans),
        invoiced=sum(plan.invoiced for plan in plans),
        money=tuple(money for plan in plans for money in plan.money),
    )


def mapping(wanted: TaxSet, tax: str) -> Change:
    """The change that maps *wanted* to the Zoho tax, group or exemption *tax*, as a person's choice."""
    rule = replace(learned_rule(wanted, tax), made_by_rule=False)
    if not rule.lines and not rule.reason:
        rule = replace(rule, reason="not_registered")  # nobody says why there is no tax: it is the operator's word
    return lambda policy: mapped(policy, rule)


async def change_policy(store: Store, connection_id: int, change: Change, *, who: str, note: str = "") -> int:
    """Put what *change* makes of the policy in force into force; its version. One transaction.

    Two people may change it at once: the second changes what the first has left.
    """
    async with store.transaction() as tx:
        return await change_policy_in(tx, store, connection_id, change, who=who, note=note)


async def change_policy_in(
    tx: AsyncConnection, store: Store, connection_id: int, change: Change, *, who: str, note: str = ""
) -> int:
    """The same in the caller's transaction, for what has to be true together. Four round trips."""
    before = await store.connections.policy_to_change(tx, connection_id)
    body: Mapping[str, Any] = before.body if before is not None else {}
    wanted = policy_document(change(read_policy(body)))
    changed = {name: value for name, value in wanted.items() if name in body or value != _DEFAULTS[name]}
    version = await store.connections.set_policy(tx, connection_id, changed, who=who, note=note)
    if before is None or version != before.version:
        details = {"version": version, "note": note}
        await store.audit.note(tx, who, "policy.changed", connection_id=connection_id, details=details)
    return version


_DEFAULTS: Mapping[str, Any] = policy_document(Policy())
