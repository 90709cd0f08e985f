"""Mappings of taxes: those that a rule made, those that a person chose, and those that a person took back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from ml_connector.domain.policy.values import Policy, TaxRule


def with_learned(policy: Policy, learned: Iterable[TaxRule]) -> Policy:
    """*policy* with the mappings of *learned*; what a person chose, or revoked, stays."""
    new = {_what(rule): rule for rule in learned if _can_be_written(rule)}
    kept = tuple(rule for rule in policy.taxes if not (_by_rule(rule) and new.get(_what(rule), rule) != rule))
    known = {_what(rule) for rule in kept}
    added = tuple(rule for what, rule in new.items() if what not in known)
    return replace(policy, taxes=kept + added) if added else policy


def mapped(policy: Policy, rule: TaxRule) -> Policy:
    """*policy* with *rule*, in the place of what was said of the very same set before."""
    others = tuple(one for one in policy.taxes if _what(one) != _what(rule))
    return replace(policy, taxes=(*others, rule))


def without(policy: Policy, rule: TaxRule) -> Policy:
    """*policy* with *rule* revoked: orders with its taxes are held until a person maps them."""
    return replace(policy, taxes=tuple(replace(one, revoked=True) if one == rule else one for one in policy.taxes))


def _by_rule(rule: TaxRule) -> bool:
    return rule.made_by_rule and not rule.revoked


def _can_be_written(rule: TaxRule) -> bool:
    """Whether a policy may hold it: an app may have written a tax without a title."""
    return all(line.title.strip() for line in rule.lines)


def _what(rule: TaxRule) -> tuple[object, ...]:
    """What a mapping is for. One that ended, or has not begun, is for another time."""
    lines = tuple(sorted((line.title.casefold(), line.rate.normalize()) for line in rule.lines))
    return (rule.country, rule.province, lines, rule.reason, rule.since, rule.until)
