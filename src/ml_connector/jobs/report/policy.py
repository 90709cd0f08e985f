"""The rules of a connection as a person reads them: what Shopify sends, what Zoho gets, and what has no answer yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from ml_connector.domain.books import Account, TaxExemption, ZohoTax
from ml_connector.domain.outcome import Verdict
from ml_connector.domain.policy import Change, Policy, changes, policy_document, read_policy
from ml_connector.domain.taxes import TaxSet, percent
from ml_connector.jobs.masters import kept_masters
from ml_connector.store import Store
from ml_connector.store.connections import Connection, PolicyVersion
from ml_connector.store.outcomes import Cause

DEPOSITS = ("bank", "cash", "other_current_asset", "other_current_liability", "credit_card", "payment_clearing")
"""Account types that money may be booked to, as far as Zoho documents them."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A tax, group or exemption of Zoho's that a set may be mapped to. `fits`: its rates are the set's."""

    id: str
    name: str
    remark: str
    fits: bool


@dataclass(frozen=True, slots=True)
class Unmapped:
    """A set of taxes that holds orders, and what it may be mapped to, best first."""

    cause: Cause
    set: TaxSet
    proposals: Sequence[Proposal]


@dataclass(frozen=True, slots=True)
class Masters:
    """What of Zoho's the choices are made from; empty before anything was read."""

    taxes: Sequence[ZohoTax] = ()
    exemptions: Sequence[TaxExemption] = ()
    accounts: Sequence[Account] = ()
    fetched_at: datetime | None = None

    def account(self, named: str | None) -> str:
        """The name of the account called or numbered *named*; *named* itself where Zoho has told of none."""
        found = [each.name for each in self.accounts if named in (each.id, each.name)]
        return found[0] if found else named or ""

    def tax(self, named: str) -> str:
        """Likewise for taxes, groups and exemptions."""
        found = [each.name for each in self.taxes if named in (each.id, each.name)]
        found += [each.code for each in self.exemptions if named in (each.id, each.code)]
        return found[0] if found else named

    @property
    def deposits(self) -> Sequence[Account]:
        """Where money may go; all accounts where none has such a type."""
        found = [each for each in self.accounts if each.type in DEPOSITS and each.active]
        return found or [each for each in self.accounts if each.active]


@dataclass(frozen=True, slots=True)
class Rules:
    """The policy in force with everything its pages show."""

    connection: Connection
    policy: Policy
    version: PolicyVersion | None
    masters: Masters
    causes: Sequence[Cause] = field(default_factory=tuple)

    @property
    def document(self) -> Mapping[str, Any]:
        """Every name with its value, as JSON has it."""
        return policy_document(self.policy)

    def waiting(self, first: str) -> Sequence[Cause]:
        """The causes that begin with *first*, such as `account_unmapped`."""
        return [each for each in self.causes if each.cause.partition(":")[0] == first]

    @property
    def unmapped(self) -> Sequence[Unmapped]:
        return [
            Unmapped(each, wanted, proposals_for(wanted, self.masters))
            for each in self.waiting("tax_unmapped")
            if (wanted := _set_of(each.cause)) is not None
        ]


async def rules(store: Store, connection: Connection) -> Rules:
    """Three queries."""
    async with store.at_once() as tx:
        version = await store.connections.policy(tx, connection.id)
        causes = await store.outcomes.causes(tx, connection.id)
    kept = await kept_masters(store, connection.id)
    masters = Masters()
    if kept is not None:
        known = kept.masters
        masters = Masters(known.taxes, known.exemptions, known.accounts, kept.fetched_at)
    policy = read_policy(version.body) if version is not None else Policy()
    return Rules(connection, policy, version, masters, [each for each in causes if each.verdict is Verdict.HELD])


def proposals_for(wanted: TaxSet, masters: Masters) -> Sequence[Proposal]:
    """What *wanted* may be mapped to: what has its rates first, then the rest by name."""
    rates = wanted.rates
    found = [_of_tax(tax, rates) for tax in masters.taxes if tax.active]
    if not any(rates):
        found += [Proposal(each.id, each.code, "Exemption", fits=True) for each in masters.exemptions]
    return sorted(found, key=lambda each: (not each.fits, each.name.casefold()))


def _of_tax(tax: ZohoTax, rates: tuple[Decimal, ...]) -> Proposal:
    own = tuple(sorted(each.percentage for each in tax.components)) or (tax.percentage,)
    fits = own == rates or (not any(rates) and not any(own))
    parts = " + ".join(f"{each.name} {percent(each.percentage / 100)}" for each in tax.components)
    return Proposal(tax.id, tax.name, parts or percent(tax.percentage / 100), fits)


def _set_of(cause: str) -> TaxSet | None:
    try:
        return TaxSet.of_cause(cause.partition(":")[2])
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class Version:
    """One version, and what it changed."""

    version: PolicyVersion
    changes: Sequence[Change]


async def versions(store: Store, connection: Connection) -> Sequence[Version]:
    """All versions, newest first, each compared with the one before. One query."""
    async with store.at_once() as tx:
        found = await store.connections.policies(tx, connection.id)
    policies = [read_policy(each.body) for each in found]
    before = [*policies[1:], Policy()][: len(policies)]
    return [Version(each, changes(old, new)) for each, new, old in zip(found, policies, before, strict=True)]
