"""Policies: read with every mistake named, written back as they were, described and compared."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from ml_connector.domain.policy import (
    Change,
    Exclusion,
    Gateway,
    Policy,
    PolicyError,
    TaxRule,
    TaxTitle,
    changes,
    mapped,
    policy_document,
    policy_schema,
    read_policy,
    with_learned,
    without,
)

D = Decimal

FULL = {
    "post_when": "paid",
    "currency": "shop",
    "start_date": "2026-11-01",
    "gateways": {
        "shopify_payments": {"mode": "creditcard", "deposit": "Clearing", "refund_from": "Clearing", "clearing": True},
        "*": {"mode": "others", "deposit": "Undeposited", "refund_from": "Main bank"},
    },
    "accounts": {"gift_cards": "Gift cards", "sales": None},
    "unknown_tax": "hold",
    "taxes": [
        {"country": "GB", "province": None, "lines": [{"title": "VAT", "rate": "0.2"}], "tax": "Standard Rate"},
        {"country": "de", "lines": [], "reason": "not_taxable", "tax": "MwSt 0", "from": "2026-01-01"},
        {
            "country": "US",
            "province": "ca",
            "lines": [{"title": "CA", "rate": 0.06}],
            "tax": "CA",
            "kind": "sales",
            "until": "2027-01-01",
            "made_by_rule": True,
        },
    ],
    "exclude": [{"name": "Tag staff", "tag": "staff", "total_below": "10.00", "total_from": 1}],
    "contact_per_currency": False,
    "rounding_limit_units": 3,
    "retention_days": 30,
    "po_number_field": "cf_po",
    "summary_hour": 6,
    "summary_zone": "Europe/Dublin",
    "summary_to": ["finance@example.com", "owner@example.com"],
}


def test_an_empty_document_is_the_policy_with_its_safe_defaults():
    policy = read_policy({})

    assert policy == Policy()
    assert (policy.post_when, policy.unknown_tax, policy.locked_period, policy.orphan_refund) == (
        "created", "match", "hold", "hold",
    )  # fmt: skip


def test_every_shape_of_the_interface_is_read():
    policy = read_policy(FULL)

    assert policy.start_date == date(2026, 11, 1)
    assert policy.gateways["*"] == Gateway("others", "Undeposited", "Main bank")
    assert policy.gateways["shopify_payments"].clearing
    assert policy.accounts.gift_cards == "Gift cards"
    assert policy.taxes[0].lines == (TaxTitle("VAT", Decimal("0.2")),)
    assert (policy.taxes[1].country, policy.taxes[1].reason, policy.taxes[1].since) == (
        "DE", "not_taxable", date(2026, 1, 1),
    )  # fmt: skip
    assert policy.taxes[2].lines[0].rate == Decimal("0.06")
    assert policy.exclude == (Exclusion("Tag staff", "staff", total_below=Decimal("10.00"), total_from=Decimal(1)),)


@pytest.mark.parametrize("document", [{}, FULL])
def test_a_policy_written_and_read_again_is_the_same(document):
    policy = read_policy(document)

    assert read_policy(policy_document(policy)) == policy


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        ({"post_whn": "paid"}, "post_whn is not known. Did you mean post_when?"),
        ({"xyz": 1}, "xyz is not known."),
        ({"tax": "maped"}, "tax: maped is not one of mapped, lines, adjustment. Did you mean mapped?"),
        ({"tax": 7}, "tax: 7 is not one of mapped, lines, adjustment."),
        ({"contact_per_currency": "yes"}, "contact_per_currency has to be true or false."),
        ({"unique_field": None}, "unique_field has to be text."),
        ({"rounding_limit_units": 6}, "rounding_limit_units has to be a whole number from 0 to 5."),
        ({"rounding_limit_units": True}, "rounding_limit_units has to be a whole number from 0 to 5."),
        ({"start_date": "soon"}, "start_date has to be a date such as 2026-11-01."),
        ({"gateways": []}, "gateways has to be an object."),
        ({"gateways": {"*": {"deposit": "x"}}}, "gateways.*.mode is needed, as text."),
        ({"gateways": {"*": 1}}, "gateways.* has to be an object."),
        ({"accounts": {"tip": "x"}}, "accounts.tip is not known. Did you mean tips?"),
        ({"taxes": {}}, "taxes has to be a list."),
        ({"taxes": [{"country": "GBR", "lines": [], "reason": "export", "tax": "x"}]},
         "taxes[0].country has to be a country's two letters, such as GB."),
        ({"taxes": [{"country": "GB", "lines": [], "tax": "x"}]},
         ("taxes[0]: without tax lines a reason is needed: gift_card, not_taxable, exempt, export, reverse_charge, "
         "not_registered.")),
        ({"taxes": [{"country": "GB", "lines": [{"title": "V", "rate": "20"}], "tax": "x"}]},
         "taxes[0].lines[0].rate is a fraction: 0.2 for 20 %."),
        ({"taxes": [{"country": "GB", "lines": [{"title": "V", "rate": "x"}], "tax": "x"}]},
         'taxes[0].lines[0].rate has to be a number such as "0.2".'),
        ({"taxes": [{"country": "GB", "lines": [{"title": "V", "rate": "NaN"}], "tax": "x"}]},
         'taxes[0].lines[0].rate has to be a number such as "0.2".'),
        ({"taxes": [{"country": "GB", "lines": [{"title": "V", "rate": "0.2"}], "reason": "export", "tax": "x"}]},
         "taxes[0]: a reason is only for no tax lines."),
        ({"summary_hour": 24}, "summary_hour has to be a whole number from 0 to 23."),
        ({"summary_zone": "Mars/Olympus"}, "summary_zone has to be a time zone such as Europe/Berlin."),
        ({"summary_zone": "../etc"}, "summary_zone has to be a time zone such as Europe/Berlin."),
        ({"summary_to": ["a@example.com, b@example.com"]}, "summary_to[0] has to be an e-mail address."),
        ({"summary_to": [7]}, "summary_to[0] has to be an e-mail address."),
        ({"exclude": [{"name": "All"}]},
         "exclude[0]: a rule needs a condition, one of tag, channel, gateway, total_below, total_from."),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_the_nearest_that_is_known(document, sentence):
    with pytest.raises(PolicyError) as refused:
        read_policy(document)

    assert refused.value.problems[0] == sentence


def test_all_mistakes_are_named_at_once():
    with pytest.raises(PolicyError) as refused:
        read_policy({"post_when": "shipped", "walk_in": "alone", "nonsense": 1})

    assert len(refused.value.problems) == 3


def test_what_is_no_object_is_refused():
    with pytest.raises(PolicyError, match="has to be an object"):
        read_policy([])  # type: ignore[arg-type]


def test_the_schema_describes_every_name_with_its_default():
    schema = policy_schema()

    assert set(schema["properties"]) == set(policy_document(Policy()))
    assert schema["properties"]["post_when"] == {
        "enum": ["created", "paid", "fulfilled"],
        "description": "When an order becomes an invoice.",
        "default": "created",
    }


def test_changes_name_what_differs_entry_by_entry():
    before = read_policy({"gateways": {"*": {"mode": "others", "deposit": "A"}}})
    after = read_policy({"gateways": {"*": {"mode": "others", "deposit": "B"}}, "accounts": {"tips": "Tips"}})

    assert changes(before, after) == (
        Change("gateways.*.deposit", '"A"', '"B"'),
        Change("accounts.tips", "", '"Tips"'),
    )
    assert changes(after, after) == ()


# Mappings made by rule


def a_mapping(title: str = "VAT", **changes) -> TaxRule:
    return replace(TaxRule("GB", None, (TaxTitle(title, D("0.2")),), "tax-1", made_by_rule=True), **changes)


def test_what_a_rule_learned_is_added_once_and_never_replaces_a_choice():
    chosen = a_mapping(tax="tax-of-a-person", made_by_rule=False)
    policy = Policy(taxes=(chosen,))

    learned = with_learned(policy, (a_mapping(), a_mapping(title="GST")))

    assert learned.taxes == (chosen, a_mapping(title="GST"))
    assert with_learned(learned, (a_mapping(title="GST"),)) is learned


def test_what_a_rule_learned_anew_takes_the_place_of_what_it_learned_before():
    learned = with_learned(Policy(taxes=(a_mapping(tax="deleted"),)), (a_mapping(tax="tax-2"),))

    assert learned.taxes == (a_mapping(tax="tax-2"),)


def test_a_tax_without_a_title_is_not_learned():
    assert with_learned(Policy(), (a_mapping(title=" "),)) == Policy()


def test_what_a_person_maps_takes_the_place_of_what_was_said_of_the_same_set():
    policy = Policy(taxes=(a_mapping(revoked=True), a_mapping(title="GST")))

    chosen = mapped(policy, a_mapping(title="vat", tax="tax-9", made_by_rule=False))

    assert chosen.taxes == (a_mapping(title="GST"), a_mapping(title="vat", tax="tax-9", made_by_rule=False))


def test_a_mapping_that_is_taken_back_stays_as_revoked_and_is_not_learned_again():
    policy = Policy(taxes=(a_mapping(),))

    revoked = without(policy, a_mapping())

    assert revoked.taxes == (a_mapping(revoked=True),)
    assert with_learned(revoked, (a_mapping(),)) == revoked
    assert read_policy(policy_document(revoked)) == revoked
