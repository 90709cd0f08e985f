"""One customer in two systems: which side's value of each field counts, and where it has to go.

    Shopify   Zoho      against the last agreed pair
    same      same      nothing
    changed   same      Shopify's value goes to every contact that has another
    same      changed   Zoho's value goes to Shopify and to the other contacts, where changes go back; else it stays
    changed   changed   the change seen later goes to the other side, and the earlier one is kept in the record

What was agreed is kept as each side had it, because each writes values its own way (a phone number, a name that is too
long). So what a side made of our own writing is never taken for a change, and nothing goes round in a circle.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

FIELDS = ("first_name", "last_name", "company", "email", "phone", "note", "tax_exempt")
"""What is compared, in Shopify's words."""

_COMPARED = tuple(name for name in FIELDS if name != "tax_exempt")
"""What every contact tells; a tax exemption is a matter of some editions."""

BACK = frozenset({"first_name", "last_name", "company", "email", "phone"})
"""What may go from Zoho to Shopify. Addresses go by themselves; a tax exemption never does."""

WORDS = {
    "first_name": "first name",
    "last_name": "last name",
    "company": "company",
    "email": "e-mail address",
    "phone": "phone number",
    "note": "note",
    "tax_exempt": "tax exemption",
    "address": "address",
}

Values = Mapping[str, str]


class Side(StrEnum):
    SHOPIFY = "shopify"
    ZOHO = "zoho"


@dataclass(frozen=True, slots=True)
class Pair:
    """A field as each side had it when the two last agreed, or were left apart."""

    shopify: str
    zoho: str


Pairs = Mapping[str, Pair]


@dataclass(frozen=True, slots=True)
class InShopify:
    """The customer's fields, and how Zoho would write them down."""

    values: Values
    as_zoho: Values


@dataclass(frozen=True, slots=True)
class InZoho:
    """One contact's fields as far as Zoho tells them, and what was agreed.

    Attributes:
        ours: We made it, so at the first comparison it takes what Shopify has. One that was found keeps what it has.
        modified: When somebody last changed it.
    """

    key: str
    values: Values
    agreed: Pairs = field(default_factory=dict)
    ours: bool = True
    modified: datetime | None = None


@dataclass(frozen=True, slots=True)
class Overruled:
    """A change that did not count, because a later one did: kept in the record.

    Attributes:
        key: The contact in which the field was changed, or whose value was not taken.
        winner: The side whose value counts.
    """

    key: str
    field: str
    shopify: str
    zoho: str
    agreed: Pair | None
    winner: Side


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of one field.

    Attributes:
        value: The value that counts.
        to_shopify: Whether Shopify has to be told.
        to_zoho: The contacts that have to be told.
    """

    field: str
    value: str
    to_shopify: bool = False
    to_zoho: frozenset[str] = frozenset()
    overruled: tuple[Overruled, ...] = ()


@dataclass(frozen=True, slots=True)
class Rules:
    """What decides besides the values.

    Attributes:
        back: Whether changes in Zoho go to Shopify.
        later: The side whose change was seen later, where both have one.
        chosen: Field -> the value that a person chose.
    """

    back: bool = False
    later: Side = Side.SHOPIFY
    chosen: Values = field(default_factory=dict)


def decide(shopify: InShopify, contacts: Sequence[InZoho], rules: Rules) -> tuple[Decision, ...]:
    """What becomes of every field that is not the same everywhere."""
    found = (_decide(name, shopify, contacts, rules) for name in FIELDS)
    return tuple(each for each in found if each is not None and (each.to_shopify or each.to_zoho))


def changed_in_zoho(name: str, shopify: InShopify, contacts: Sequence[InZoho]) -> tuple[InZoho, ...]:
    """The contacts in which somebody changed the field."""
    return _changed_there(name, shopify, contacts)


def shopify_changed(shopify: InShopify, contacts: Sequence[InZoho]) -> bool:
    """Whether any field in Shopify is not what was agreed, or was never compared."""
    return any(
        one.agreed[name].shopify != shopify.values[name] if name in one.agreed else name in _COMPARED
        for one in contacts
        for name in FIELDS
    )


def both_changed(shopify: InShopify, contacts: Sequence[InZoho]) -> bool:
    """Whether some field was changed on both sides, so that it matters which change came later."""
    return any(_changed_here(name, shopify, contacts) and _changed_there(name, shopify, contacts) for name in BACK)


def alike(name: str, one: str, other: str) -> bool:
    """Whether two values say the same, each written its side's way."""
    if one == other:
        return True
    if name == "email":
        return one.strip().casefold() == other.strip().casefold()
    if name == "phone":
        digits = ["".join(each for each in value if each.isdigit()) for value in (one, other)]
        return digits[0] == digits[1] and bool(digits[0])
    return " ".join(one.split()) == " ".join(other.split())


def _decide(name: str, shopify: InShopify, contacts: Sequence[InZoho], rules: Rules) -> Decision | None:
    if name in rules.chosen:
        return _everywhere(name, rules.chosen[name], shopify, contacts)
    there = _changed_there(name, shopify, contacts) if rules.back and name in BACK else ()
    if not there:
        return _from_shopify(name, shopify, contacts)
    here = _changed_here(name, shopify, contacts)
    if here and rules.later is Side.SHOPIFY:
        return _from_shopify(name, shopify, contacts)
    newest = max(there, key=lambda one: (one.modified.timestamp() if one.modified else 0.0, one.key))
    decision = _everywhere(name, newest.values[name], shopify, contacts)
    others = [one for one in there if not alike(name, one.values[name], newest.values[name])]
    return _overruling(decision, [newest, *others] if here else others, shopify, Side.ZOHO)


def _from_shopify(name: str, shopify: InShopify, contacts: Sequence[InZoho]) -> Decision | None:
    """Shopify's value, for each contact to which it is news."""
    told = [one for one in contacts if _goes(name, shopify, one)]
    if not told:
        return None
    overruled = [one for one in told if _is_changed(name, shopify, one)]
    decision = Decision(name, shopify.values[name], to_zoho=frozenset(one.key for one in told))
    return _overruling(decision, overruled, shopify, Side.SHOPIFY)


def _goes(name: str, shopify: InShopify, contact: InZoho) -> bool:
    """Whether Shopify's value of a field goes to this contact."""
    if name not in contact.values or alike(name, shopify.as_zoho[name], contact.values[name]):
        return False
    if name in contact.agreed:
        return shopify.values[name] != contact.agreed[name].shopify
    if name == "tax_exempt":
        return False  # nobody has changed it yet, and taxes are not for us to even out
    return bool(shopify.values[name]) and (contact.ours or not contact.values[name])


def _everywhere(name: str, value: str, shopify: InShopify, contacts: Sequence[InZoho]) -> Decision:
    """*value* for whoever has another."""
    same = alike(name, value, shopify.values[name]) or alike(name, value, shopify.as_zoho[name])
    others = (one.key for one in contacts if name in one.values and not alike(name, value, one.values[name]))
    return Decision(name, value, to_shopify=not same, to_zoho=frozenset(others))


def _overruling(decision: Decision, contacts: Iterable[InZoho], shopify: InShopify, winner: Side) -> Decision:
    name = decision.field
    kept = tuple(
        Overruled(one.key, name, shopify.values[name], one.values[name], one.agreed.get(name), winner)
        for one in contacts
    )
    return Decision(name, decision.value, decision.to_shopify, decision.to_zoho, (*decision.overruled, *kept))


def _changed_here(name: str, shopify: InShopify, contacts: Sequence[InZoho]) -> bool:
    return any(name in one.agreed and one.agreed[name].shopify != shopify.values[name] for one in contacts)


def _changed_there(name: str, shopify: InShopify, contacts: Sequence[InZoho]) -> tuple[InZoho, ...]:
    return tuple(one for one in contacts if _is_changed(name, shopify, one))


def _is_changed(name: str, shopify: InShopify, contact: InZoho) -> bool:
    """Whether somebody changed the field in this contact; what has become the same everywhere is no change."""
    if name not in contact.values or name not in contact.agreed:
        return False
    value = contact.values[name]
    return value != contact.agreed[name].zoho and not alike(name, shopify.as_zoho[name], value)


def newly_agreed(shopify: InShopify, contact: InZoho, settled: Iterable[str]) -> dict[str, Pair]:
    """The pairs to remember once everything is carried out.

    Args:
        shopify, contact: As both are afterwards.
        settled: Fields that were decided, and so agree or are left apart from now on.
    """
    done = frozenset(settled)
    pairs = dict(contact.agreed)
    for name in FIELDS:
        if name not in contact.values:
            continue
        same = alike(name, shopify.as_zoho[name], contact.values[name])
        if same or name in done or name not in pairs:
            pairs[name] = Pair(shopify.values[name], contact.values[name])
    return pairs
