"""Whose value counts when two systems hold the same customer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from ml_connector.domain.plan.agreeing import (
    BACK,
    FIELDS,
    Decision,
    InShopify,
    InZoho,
    Pair,
    Rules,
    Side,
    alike,
    both_changed,
    changed_in_zoho,
    decide,
    newly_agreed,
    shopify_changed,
)

EUR, USD = "contact:7:EUR", "contact:7:USD"
PLAIN = {
    "first_name": "Ada",
    "last_name": "Lovelace",
    "company": "",
    "email": "ada@example.com",
    "phone": "1",
    "note": "old",
    "tax_exempt": "no",
}
AGREED = {name: Pair(value, value) for name, value in PLAIN.items()}
BACK_ON = Rules(back=True)


def shopify(**changed: str) -> InShopify:
    values = {**PLAIN, **changed}
    return InShopify(values, values)


def contact(key: str = EUR, *, agreed: Mapping[str, Pair] | None = None, **changed: Any) -> InZoho:
    """A contact that agrees but for what is *changed*."""
    ours, modified = changed.pop("ours", True), changed.pop("modified", None)
    values = {**PLAIN, **changed}
    return InZoho(key, values, AGREED if agreed is None else agreed, ours, modified)


def only(decisions: tuple[Decision, ...]) -> Decision:
    (decision,) = decisions
    return decision


def ways(decision: Decision) -> tuple[str, bool, set[str]]:
    return decision.value, decision.to_shopify, set(decision.to_zoho)


# The table of the module, line by line


def test_what_agrees_needs_nothing() -> None:
    assert decide(shopify(), [contact()], BACK_ON) == ()


def test_a_change_in_shopify_goes_to_every_contact() -> None:
    decision = only(decide(shopify(phone="2"), [contact(), contact(USD)], BACK_ON))

    assert ways(decision) == ("2", False, {EUR, USD})


def test_a_change_in_zoho_goes_to_shopify_and_to_the_other_contacts() -> None:
    decision = only(decide(shopify(), [contact(phone="3"), contact(USD)], BACK_ON))

    assert ways(decision) == ("3", True, {USD})
    assert decision.overruled == ()


def test_a_change_in_zoho_stays_there_where_nothing_goes_back() -> None:
    assert decide(shopify(), [contact(phone="3")], Rules()) == ()


@pytest.mark.parametrize(
    ("later", "value", "to_shopify", "to_zoho"), [(Side.SHOPIFY, "2", False, {EUR}), (Side.ZOHO, "3", True, set())]
)
def test_both_changed_the_later_one_counts_and_the_other_is_kept(
    later: Side, value: str, to_shopify: bool, to_zoho: set[str]
) -> None:
    decision = only(decide(shopify(phone="2"), [contact(phone="3")], Rules(back=True, later=later)))

    assert ways(decision) == (value, to_shopify, to_zoho)
    (kept,) = decision.overruled
    assert (kept.shopify, kept.zoho, kept.agreed, kept.winner) == ("2", "3", Pair("1", "1"), later)


def test_both_changed_to_the_same_needs_nothing() -> None:
    assert decide(shopify(phone="+49 30 2"), [contact(phone="(49)302")], BACK_ON) == ()


# One customer, several contacts


def test_of_two_contacts_the_one_that_was_changed_last_counts() -> None:
    earlier = contact(phone="3", modified=datetime(2026, 11, 1, tzinfo=UTC))
    later = contact(USD, phone="4", modified=datetime(2026, 11, 2, tzinfo=UTC))

    decision = only(decide(shopify(), [earlier, later], BACK_ON))

    assert ways(decision) == ("4", True, {EUR})
    assert [(one.key, one.zoho) for one in decision.overruled] == [(EUR, "3")]


# What is not a change


def test_a_value_that_zoho_cut_is_agreed_and_never_goes_back() -> None:
    long = "A" * 150
    cut = InShopify({**PLAIN, "first_name": long}, {**PLAIN, "first_name": "A" * 99 + "…"})

    assert decide(cut, [contact(first_name="A" * 99 + "…")], BACK_ON) == ()


def test_what_was_left_apart_stays_apart_until_somebody_changes_it() -> None:
    apart = {**AGREED, "phone": Pair("1", "9")}

    assert decide(shopify(), [contact(phone="9", agreed=apart)], BACK_ON) == ()
    assert decide(shopify(phone="2"), [contact(phone="9", agreed=apart)], BACK_ON) != ()


def test_a_field_that_zoho_does_not_tell_is_left_alone() -> None:
    silent = InZoho(EUR, {"note": "old"}, AGREED)

    assert decide(shopify(phone="2"), [silent], BACK_ON) == ()


@pytest.mark.parametrize("name", sorted(set(FIELDS) - BACK))
def test_notes_and_exemptions_never_go_to_shopify(name: str) -> None:
    assert decide(shopify(), [contact(**{name: "yes"})], BACK_ON) == ()


def test_an_exemption_that_was_changed_in_zoho_is_seen() -> None:
    assert changed_in_zoho("tax_exempt", shopify(), [contact(tax_exempt="yes")])


# The first comparison


def test_our_own_contact_takes_what_shopify_has_and_loses_nothing() -> None:
    first = contact(agreed={}, phone="9", email="", note="zoho")

    decisions = decide(shopify(phone=""), [first], BACK_ON)

    assert {each.field: each.value for each in decisions} == {"email": "ada@example.com", "note": "old"}


def test_a_contact_that_was_found_is_only_filled() -> None:
    found = contact(agreed={}, ours=False, phone="9", email="")

    assert {each.field for each in decide(shopify(), [found], BACK_ON)} == {"email"}


def test_an_exemption_is_not_evened_out_at_the_first_comparison() -> None:
    assert decide(shopify(tax_exempt="yes"), [contact(agreed={})], BACK_ON) == ()


# What a person chose


def test_a_chosen_value_goes_wherever_it_is_not() -> None:
    rules = Rules(back=True, chosen={"phone": "3"})

    decision = only(decide(shopify(phone="2"), [contact(phone="2"), contact(USD, phone="3")], rules))

    assert ways(decision) == ("3", True, {EUR})


# What is remembered


def test_what_agrees_is_remembered_as_each_side_writes_it() -> None:
    pairs = newly_agreed(shopify(email="Ada@Example.com"), contact(), ())

    assert pairs["email"] == Pair("Ada@Example.com", "ada@example.com")


def test_a_change_that_stays_where_it_is_is_still_a_change() -> None:
    pairs = newly_agreed(shopify(), contact(phone="3"), ())

    assert pairs["phone"] == Pair("1", "1")


def test_what_was_decided_is_remembered_even_where_the_sides_still_differ() -> None:
    pairs = newly_agreed(shopify(), contact(phone="3"), ["phone"])

    assert pairs["phone"] == Pair("1", "3")


def test_the_first_comparison_remembers_what_differs() -> None:
    assert newly_agreed(shopify(), contact(agreed={}, phone="3"), ())["phone"] == Pair("1", "3")


def test_what_zoho_does_not_tell_keeps_its_pair() -> None:
    assert newly_agreed(shopify(phone="2"), InZoho(EUR, {}, AGREED), ())["phone"] == Pair("1", "1")


# Questions that spare a call


def test_shopify_has_news_when_a_field_is_not_the_agreed_one() -> None:
    assert not shopify_changed(shopify(), [contact()])
    assert shopify_changed(shopify(note="new"), [contact()])
    assert shopify_changed(shopify(tax_exempt="yes"), [contact()])
    assert shopify_changed(shopify(), [contact(agreed={})])
    silent = {name: pair for name, pair in AGREED.items() if name != "tax_exempt"}
    assert not shopify_changed(shopify(tax_exempt="yes"), [contact(agreed=silent)])


def test_only_a_field_that_goes_back_can_be_changed_on_both_sides() -> None:
    assert both_changed(shopify(phone="2"), [contact(phone="3")])
    assert not both_changed(shopify(note="2"), [contact(note="3")])
    assert not both_changed(shopify(phone="2"), [contact(note="3")])


@pytest.mark.parametrize(
    ("name", "one", "other", "same"),
    [
        ("email", "Ada@Example.com ", "ada@example.com", True),
        ("phone", "+49 (30) 12-34", "49301234", True),
        ("phone", "ext", "none", False),
        ("phone", "", "", True),
        ("company", "Analytical  Engines ", "Analytical Engines", True),
        ("first_name", "ada", "Ada", False),
    ],
)
def test_two_ways_of_writing_the_same(name: str, one: str, other: str, same: bool) -> None:
    assert alike(name, one, other) is same


def test_a_thousand_alternating_edits_never_leave_the_two_apart_nor_go_round() -> None:
    there, here, pairs = dict(PLAIN), dict(PLAIN), dict(AGREED)
    writes = 0
    for number in range(1000):
        (here if number % 2 else there)["phone"] = str(number)
        sides = InShopify(here, here)
        (decision,) = decide(sides, [InZoho(EUR, there, pairs)], BACK_ON)
        here["phone"] = there["phone"] = decision.value
        writes += decision.to_shopify + len(decision.to_zoho)
        pairs = newly_agreed(InShopify(here, here), InZoho(EUR, there, pairs), ["phone"])
        assert decide(InShopify(here, here), [InZoho(EUR, there, pairs)], BACK_ON) == ()

    assert writes == 1000
