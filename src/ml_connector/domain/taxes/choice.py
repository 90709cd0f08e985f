"""From a set of tax lines to the Zoho tax, group or exemption that stands for it, or to the reason why none does."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from ml_connector.domain.arithmetic import Component
from ml_connector.domain.books import Books, TaxExemption, ZohoTax
from ml_connector.domain.policy import Policy, TaxRule, TaxTitle
from ml_connector.domain.taxes.kinds import kind_of, normalised
from ml_connector.domain.taxes.places import SUB_NATIONAL
from ml_connector.domain.taxes.sets import TaxSet, set_key


@dataclass(frozen=True, slots=True)
class Choice:
    """What Zoho is told about the tax of a line.

    Attributes:
        tax_id: A tax or group; None: none is named.
        exemption_id: An exemption, instead.
        components: What the tax consists of, for the arithmetic.
        rule: Which rule decided, in words.
        rejected: Taxes that were not taken, each with its reason.
        learned: A mapping to be recorded, because a rule and no person made the choice.
    """

    tax_id: str | None = None
    exemption_id: str | None = None
    components: tuple[Component, ...] = ()
    rule: str = ""
    rejected: tuple[str, ...] = ()
    learned: TaxRule | None = None

    @property
    def percentage(self) -> Decimal:
        return sum((one.percentage for one in self.components), Decimal(0))


NOTHING = Choice(rule="The organisation is not registered for tax, so no tax is named.")


@dataclass(frozen=True, slots=True)
class Unknown:
    """No Zoho tax for a set.

    Attributes:
        candidates: What comes near, best first, each with what speaks against it.
        revoked: A person took back what a rule had chosen, so no rule chooses again.
    """

    set: TaxSet
    candidates: tuple[str, ...] = ()
    revoked: bool = False


@dataclass(frozen=True, slots=True)
class Missing:
    """A mapping names a tax that Zoho does not have (or not any more)."""

    rule: TaxRule


def choose(wanted: TaxSet, policy: Policy, books: Books, dated: date) -> Choice | Unknown | Missing:
    """The tax for *wanted* in a registered organisation: by mapping, else by the policy `unknown_tax`."""
    for rule in _rules(wanted, policy.taxes, dated):
        if rule.revoked:
            return Unknown(wanted, _near(wanted, books), revoked=True)
        found = _mapped(rule, wanted, books)
        if isinstance(found, Choice) or not rule.made_by_rule:
            return found  # where a person's choice is gone, a person chooses; where a rule's is, the rule does
    matched = None if policy.unknown_tax == "hold" else _match(wanted, books)
    if matched is None and policy.unknown_tax == "create":
        matched = _created(wanted, books)
    if matched is not None:
        return matched
    return Unknown(wanted, _near(wanted, books))


def kinds_meant(wanted: TaxSet, policy: Policy, dated: date) -> frozenset[str]:
    """The kinds of *wanted*: by its mapping, where that says so, else by its titles."""
    said = (frozenset(rule.kind.replace("+", " ").split()) for rule in _rules(wanted, policy.taxes, dated))
    return next((kinds for kinds in said if kinds), wanted.kinds)


# Mappings


def _rules(wanted: TaxSet, rules: Iterable[TaxRule], dated: date) -> list[TaxRule]:
    """The mappings that fit, the most particular first: of the province, made by a person, the latest."""
    fitting = [rule for rule in rules if _applies(rule, wanted, dated)]
    return sorted(
        fitting,
        key=lambda rule: (rule.province is None, rule.made_by_rule, -(rule.since or date.min).toordinal()),
    )


def _applies(rule: TaxRule, wanted: TaxSet, dated: date) -> bool:
    place = wanted.place
    if rule.country != place.country or rule.province not in (None, place.province):
        return False
    if (rule.since and dated < rule.since) or (rule.until and dated > rule.until):
        return False
    if not wanted.lines:
        # where nobody says why there is no tax, the operator's own "we are not registered there" is the reason
        return not rule.lines and rule.reason == (wanted.reason or "not_registered")
    return set_key((line.title, line.rate) for line in rule.lines) == wanted.key


def _mapped(rule: TaxRule, wanted: TaxSet, books: Books) -> Choice | Missing:
    by = ", made by rule" if rule.made_by_rule else ""
    for tax in books.taxes:
        if tax.active and rule.tax in (tax.id, tax.name):
            return _taken(tax, books, f"Mapping for {rule.country}{by}: {tax.name}.", _rejected(wanted, tax, books))
    for exemption in books.exemptions:
        if rule.tax in (exemption.id, exemption.code):
            return _exempted(exemption, f"Mapping for {rule.country}{by}: {exemption.code}.")
    return Missing(rule)


def _taken(tax: ZohoTax, books: Books, rule: str, rejected: tuple[str, ...] = ()) -> Choice:
    return Choice(tax.id, None, components_of(tax, books), rule, rejected)


def _exempted(exemption: TaxExemption, rule: str) -> Choice:
    return Choice(None, exemption.id, (), rule)


def components_of(tax: ZohoTax, books: Books) -> tuple[Component, ...]:
    """The tax itself, or the members of a group, as the arithmetic wants them."""
    if not tax.components:
        return (Component(tax.id, tax.percentage, tax.tax_type == "compound_tax"),)
    compound = {other.id for other in books.taxes if other.tax_type == "compound_tax"}
    return tuple(Component(one.id, one.percentage, one.id in compound) for one in tax.components)


# Created by policy


def created_name(wanted: TaxSet) -> str:
    """The name of a tax that the policy `create` makes: jurisdiction, title and rate."""
    where = "-".join(filter(None, (wanted.place.country, wanted.place.tax_province)))
    return f"{where} {wanted.text}"[:100] if wanted.lines else f"{where} {wanted.text} 0 %"[:100]


def _created(wanted: TaxSet, books: Books) -> Choice | None:
    named = [tax for tax in books.taxes if tax.active and tax.name == created_name(wanted)]
    if len(named) != 1:
        return None
    choice = _taken(named[0], books, f"Made by the policy “unknown_tax: create”: {named[0].name}.")
    return _with_learned(choice, wanted, named[0].id)


# Matching


def _match(wanted: TaxSet, books: Books) -> Choice | None:
    """The organisation's only tax that fits, for its own country; None when none or several do."""
    if not wanted.place.country or wanted.place.country != books.organisation.country_code:
        return None
    if not wanted.lines:
        return _only_zero(wanted, books)
    fitting = [tax for tax in books.taxes if fits(tax, wanted, books)]
    if len(fitting) != 1:
        return None
    tax = fitting[0]
    rule = f"The organisation's only tax of this kind and rate, for its own country: {tax.name}."
    choice = _taken(tax, books, rule, _rejected(wanted, tax, books))
    return _with_learned(choice, wanted, tax.id)


def _only_zero(wanted: TaxSet, books: Books) -> Choice | None:
    if not wanted.reason:
        return None  # a reason is never inferred from a missing tax alone
    taxes = [tax for tax in books.taxes if tax.active and not tax.percentage]
    exemptions = [one for one in books.exemptions if one.type == "item"]
    if len(taxes) + len(exemptions) != 1:
        return None
    if exemptions:
        rule = f"The organisation's only exemption: {exemptions[0].code}."
        return _with_learned(_exempted(exemptions[0], rule), wanted, exemptions[0].id)
    choice = _taken(taxes[0], books, f"The organisation's only tax of 0 %: {taxes[0].name}.")
    return _with_learned(choice, wanted, taxes[0].id)


def _with_learned(choice: Choice, wanted: TaxSet, named: str) -> Choice:
    rule = learned_rule(wanted, named)
    return Choice(choice.tax_id, choice.exemption_id, choice.components, choice.rule, choice.rejected, rule)


def learned_rule(wanted: TaxSet, named: str) -> TaxRule:
    """The mapping of *wanted* to the tax *named*, made by rule."""
    return TaxRule(
        country=wanted.place.country,
        province=wanted.place.tax_province or None,
        lines=tuple(TaxTitle(title, rate) for title, rate in wanted.lines),
        tax=named,
        reason=wanted.reason,
        made_by_rule=True,
    )


def fits(tax: ZohoTax, wanted: TaxSet, books: Books) -> bool:
    """Whether *tax* has the rates and the kind of *wanted*, and may stand for its place."""
    return not objection(tax, wanted, books)


def objection(tax: ZohoTax, wanted: TaxSet, books: Books) -> str:
    """What speaks against *tax*; empty when it fits."""
    if not tax.active:
        return "inactive in Zoho"
    if tax.tax_type == "tax_group" and not tax.components:
        return "a group whose members are not known"
    rates = sorted(one.percentage for one in tax.components) if tax.components else [tax.percentage]
    if tuple(rates) != wanted.rates:
        return f"{tax.percentage.normalize():f} %"
    kinds = kinds_of(tax, books)
    if kinds and wanted.kinds and kinds != wanted.kinds:
        return f"another kind of tax ({', '.join(sorted(kinds))})"
    if not _in_jurisdiction(tax, wanted, books):
        return "a rate alone does not cross a border between provinces"
    return ""


def kinds_of(tax: ZohoTax, books: Books) -> frozenset[str]:
    """The kinds of a tax or of a group's members; empty when neither field nor name says."""
    if not tax.components:
        return frozenset({tax.specific_type.upper() or kind_of(tax.name)}) - {"", "NIL"}
    by_id = {other.id: other for other in books.taxes}
    members = {
        (by_id[one.id].specific_type.upper() if one.id in by_id else "") or kind_of(one.name) for one in tax.components
    }
    return frozenset(members) - {"", "NIL"}


def _in_jurisdiction(tax: ZohoTax, wanted: TaxSet, books: Books) -> bool:
    """Where provinces tax for themselves, the organisation's own, or one whose tax carries Shopify's title."""
    if wanted.place.country not in SUB_NATIONAL:
        return True
    if wanted.place.province == books.organisation.state_code:
        return True
    return any(title and title in normalised(tax.name) for title, _ in wanted.key)


def _rejected(wanted: TaxSet, taken: ZohoTax, books: Books) -> tuple[str, ...]:
    return tuple(
        f"{tax.name}: {objection(tax, wanted, books)}" for tax in books.taxes if tax.active and tax.id != taken.id
    )[:12]


def _near(wanted: TaxSet, books: Books) -> tuple[str, ...]:
    """Active taxes by how far their rate is from the wanted one, the nearest first."""
    rate = sum(wanted.rates, Decimal(0))
    near = sorted((tax for tax in books.taxes if tax.active), key=lambda tax: abs(tax.percentage - rate))
    return tuple(f"{tax.name}: {objection(tax, wanted, books) or 'fits as well as another'}" for tax in near[:6])
