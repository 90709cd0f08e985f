"""The family of errors: each answers the three questions, and knows what to do next where somebody must act."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ml_connector.domain.trouble import Acts, Remedy, Trouble, Wrote
from ml_connector.zoho import errors, oauth_errors
from ml_connector.zoho.errors import ZohoTrouble


def _family(of: type[Trouble]) -> Iterator[type[Trouble]]:
    yield of
    for child in of.__subclasses__():
        yield from _family(child)


FAMILY = list(_family(ZohoTrouble))


@pytest.mark.parametrize("kind", FAMILY)
def test_every_error_answers_the_three_questions_under_a_code_of_its_own(kind: type[Trouble]):
    assert isinstance(kind.wrote, Wrote)
    assert isinstance(kind.remedy, Remedy)
    assert isinstance(kind.acts, Acts)
    assert [other.code for other in FAMILY].count(kind.code) == 1


@pytest.mark.parametrize("kind", FAMILY)
def test_an_error_for_a_person_says_what_to_do(kind: type[Trouble]):
    somebody = kind.acts is not Acts.NOBODY and kind is not errors.ConnectionTrouble
    abstract = kind is oauth_errors.OAuthTrouble

    assert bool(kind("It is so.").fix) is (somebody and not abstract)


@pytest.mark.parametrize("kind", FAMILY)
def test_what_may_be_written_is_asked_first_and_what_surely_is_not_may_go_again(kind: type[Trouble]):
    if kind.wrote is Wrote.UNKNOWN:
        assert kind.remedy is Remedy.ASK_FIRST
    if kind.remedy is Remedy.LATER:
        assert kind.wrote is Wrote.NO


@pytest.mark.parametrize("module", [errors, oauth_errors])
def test_the_tree_in_the_docstring_names_every_class(module: object):
    tree = str(module.__doc__)
    named = [kind for kind in FAMILY if kind.__module__ == getattr(module, "__name__", "")]

    assert [kind.__name__ for kind in named if kind.__name__ not in tree] == []


def test_zoho_s_code_comes_last_in_brackets():
    assert errors.TrialOver("The trial is over.", vendor_code=103001).text == "The trial is over. (103001)"


def test_a_fix_can_be_said_more_precisely():
    assert errors.RecordInactive("It is.", fix="Activate “PayPal USD”.").fix == "Activate “PayPal USD”."
