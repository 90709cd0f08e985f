"""From the policy's JSON to the value and back, and what changed between two of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ml_connector.domain.policy.fields import FIELDS
from ml_connector.domain.policy.shapes import nearest
from ml_connector.domain.policy.values import Policy


class PolicyError(ValueError):
    """The policy cannot be taken as it is; `problems` has one sentence for each mistake."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__(" ".join(problems))
        self.problems = problems


def read_policy(document: Mapping[str, Any]) -> Policy:
    """The policy that *document* describes; what it leaves out has its default.

    Raises:
        PolicyError: with every problem at once; unknown names and values come with the nearest known one.
    """
    if not isinstance(document, Mapping):
        raise PolicyError(["The policy has to be an object of names and values."])
    problems = [f"{name} is not known.{nearest(str(name), FIELDS)}" for name in document if name not in FIELDS]
    read = {name: field.read(document[name], name, problems) for name, field in FIELDS.items() if name in document}
    if problems:
        raise PolicyError(problems)
    return Policy(**read)


def policy_document(policy: Policy) -> dict[str, Any]:
    """*policy* as JSON, every name present; `read_policy` gives the same value back."""
    return {name: field.write(getattr(policy, name)) for name, field in FIELDS.items()}


def policy_schema() -> dict[str, Any]:
    """Names, values and defaults as JSON Schema."""
    defaults = policy_document(Policy())
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Policy of a connection",
        "type": "object",
        "additionalProperties": False,
        "properties": {
            name: {**field.schema, "description": field.help, "default": defaults[name]}
            for name, field in FIELDS.items()
        },
    }


@dataclass(frozen=True, slots=True)
class Change:
    """One name whose value differs, both values as JSON text; an absent entry is empty."""

    name: str
    before: str
    after: str


def changes(before: Policy, after: Policy) -> tuple[Change, ...]:
    """What differs, name by name; inside gateways and accounts entry by entry (`accounts.tips`)."""
    old, new = policy_document(before), policy_document(after)
    return tuple(change for name in FIELDS for change in _changes(name, old[name], new[name]))


def _changes(name: str, old: Any, new: Any) -> list[Change]:
    if old == new:
        return []
    if isinstance(old, dict) and isinstance(new, dict):
        names = list(dict.fromkeys([*old, *new]))
        return [each for one in names for each in _changes(f"{name}.{one}", old.get(one), new.get(one))]
    return [Change(name, _text(old), _text(new))]


def _text(value: Any) -> str:
    return "" if value is None else json.dumps(value, ensure_ascii=False)
