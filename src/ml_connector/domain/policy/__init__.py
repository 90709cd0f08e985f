"""The operator's choices: `Policy`, how it is read, described and compared."""

from ml_connector.domain.policy.learning import mapped, with_learned, without
from ml_connector.domain.policy.reading import (
    Change,
    PolicyError,
    changes,
    policy_document,
    policy_schema,
    read_policy,
)
from ml_connector.domain.policy.values import Accounts, Exclusion, Gateway, Policy, TaxRule, TaxTitle

__all__ = [
    "Accounts",
    "Change",
    "Exclusion",
    "Gateway",
    "Policy",
    "PolicyError",
    "TaxRule",
    "TaxTitle",
    "changes",
    "mapped",
    "policy_document",
    "policy_schema",
    "read_policy",
    "with_learned",
    "without",
]
