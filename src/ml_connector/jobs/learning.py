"""Mappings that a rule made on the way to a plan: recorded as a version of the policy before anything is posted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import structlog

from ml_connector.domain.policy import TaxRule, policy_document, read_policy, with_learned
from ml_connector.domain.taxes import percent
from ml_connector.jobs.runtime import Runtime

log = structlog.get_logger(__name__)

WHO = "rule"
"""Who made the version, where a person's name stands otherwise."""


async def learn(rules: Sequence[TaxRule], run: Runtime) -> Runtime:
    """Record *rules*; the same run under the policy that is in force then, which has them or what a person chose.

    No query when there are none; three when there is news, two when another order recorded the same just before.
    """
    if not rules:
        return run
    async with run.store.transaction() as tx:
        current = await run.store.connections.policy_to_change(tx, run.connection_id)
        if current is None:
            return run
        before, version = read_policy(current.body), current.version
        policy = with_learned(before, rules)
        if policy != before:
            body = {**current.body, "taxes": policy_document(policy)["taxes"]}
            added = [rule for rule in policy.taxes if rule not in before.taxes]
            version = await run.store.connections.set_policy(
                tx, run.connection_id, body, who=WHO, note=f"Mapped by rule: {'; '.join(map(_named, added))}."
            )
            log.info("policy.learned", connection=run.name, version=version, mappings=len(added))
    return replace(run, policy=policy, policy_version=version)


def _named(rule: TaxRule) -> str:
    what = " + ".join(f"{line.title} {percent(line.rate)}" for line in rule.lines) or f"no tax ({rule.reason})"
    return f"{what} in {rule.country}{f'-{rule.province}' if rule.province else ''}"
