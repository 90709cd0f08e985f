"""What a person changed in a document of ours: both versions told, and nothing taken for a change that is none."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from ml_connector.domain.books import KnownDocument, KnownLine
from ml_connector.domain.documents import Kind
from ml_connector.domain.edited import GONE, Edit, adopted, edits, gone, is_kept, noted, read_again, texts_noted
from ml_connector.domain.money import Money

TEA = KnownLine("l1", "Tea", Decimal("10.00"), Decimal(2), Decimal(0), Decimal("20.00"), "t1", "a1")
WHOLE = "2 × 10.00, tax t1, account a1"
OURS = KnownDocument(
    "invoice:1",
    Kind.INVOICE,
    "done",
    "z1",
    "INV-1",
    "sent",
    dated=date(2026, 11, 10),
    total=Money.of("23.80", "EUR"),
    balance=Money.of("23.80", "EUR"),
    exchange_rate=Decimal("1.168022"),
    last_modified="then",
    lines=(TEA,),
    details={"customer_id": "c1", "reference_number": "#1001", "due_date": "2026-11-10", "notes": "d1"},
)


@pytest.mark.parametrize(
    ("changes", "edit"),
    [
        ({"total": Money.of("20.00", "EUR")}, Edit("Total", "EUR 23.80", "EUR 20.00")),
        ({"dated": date(2026, 12, 1)}, Edit("Date", "2026-11-10", "2026-12-01")),
        ({"exchange_rate": Decimal("1.2")}, Edit("Exchange rate", "1.168022", "1.2")),
        ({"details": {"customer_id": "c2"}}, Edit("Customer", "c1", "c2")),
        ({"lines": (replace(TEA, rate=Decimal("9.00")),)}, Edit("Line “Tea”", WHOLE, "2 × 9.00, tax t1, account a1")),
        (
            {"lines": (replace(TEA, discount=Decimal("1.00")),)},
            Edit("Line “Tea”", WHOLE, "2 × 10.00 − 1.00, tax t1, account a1"),
        ),
        (
            {"lines": (replace(TEA, account_id="a2"),)},
            Edit("Line “Tea”", WHOLE, "2 × 10.00, tax t1, account a2"),
        ),
        (
            {"lines": (TEA, replace(TEA, line_item_id="l2", name="Cup", tax_id=""))},
            Edit("Line “Cup”", "not there", "2 × 10.00, account a1"),
        ),
    ],
)
def test_each_change_is_told_with_both_versions(changes: dict[str, object], edit: Edit) -> None:
    assert edits(OURS, replace(OURS, **changes)) == (edit,)


def test_a_line_that_is_gone_and_one_that_is_new() -> None:
    theirs = replace(OURS, lines=(replace(TEA, line_item_id="l9", name="Coffee"),))

    assert [(each.field, each.ours, each.theirs) for each in edits(OURS, theirs)] == [
        ("Line “Tea”", WHOLE, "not there"),
        ("Line “Coffee”", "not there", WHOLE),
    ]


@pytest.mark.parametrize(
    "changes",
    [
        {"status": "paid", "balance": Money.of("0.00", "EUR"), "last_modified": "now"},
        {"exchange_rate": Decimal("1.1680220")},
        {"exchange_rate": None, "total": None, "dated": None, "lines": (), "details": {}},
        {"lines": (replace(TEA, name="", tax_id="", account_id=""),)},
        {"details": {"due_date": "2026-12-10", "notes": "d2"}},
    ],
)
def test_what_zoho_moves_or_leaves_out_or_no_figure_depends_on_is_no_change(changes: dict[str, object]) -> None:
    assert edits(OURS, replace(OURS, **changes)) == ()


def test_texts_count_where_an_update_would_overwrite_them() -> None:
    theirs = replace(OURS, details={**OURS.details, "due_date": "2026-12-10", "notes": "d2"})

    assert edits(OURS, theirs, texts=True) == (
        Edit("Due date", "2026-11-10", "2026-12-10"),
        Edit("Notes", "as we wrote them", "changed"),
    )


def test_a_change_is_noted_beside_our_version_until_it_is_taken_back() -> None:
    changed = read_again(OURS, replace(OURS, total=Money.of("20.00", "EUR"), last_modified="now"))
    back = read_again(changed, replace(OURS, last_modified="later"))

    assert (changed.changed_by_person, changed.total, changed.last_modified) == (True, OURS.total, "now")
    assert noted(changed) == (("Total", "EUR 23.80 → EUR 20.00"),)
    assert not texts_noted(changed)
    assert back == replace(OURS, last_modified="later")


def test_a_change_of_texts_is_known_as_one() -> None:
    changed = read_again(OURS, replace(OURS, details={"due_date": "2026-12-10"}), texts=True)

    assert texts_noted(changed)


def test_what_zoho_moved_is_taken_over() -> None:
    theirs = replace(OURS, status="paid", balance=Money.of("0.00", "EUR"), unused=Money.of("1.00", "EUR"))

    assert read_again(OURS, theirs) == theirs
    assert read_again(OURS, replace(theirs, status="", number="", balance=None, unused=None)) == OURS


def test_a_document_that_is_gone_is_a_person_s_doing() -> None:
    assert (gone(OURS).status, gone(OURS).changed_by_person, gone(OURS).total) == (GONE, True, OURS.total)


def test_zohos_version_that_a_person_keeps_is_compared_with_from_then_on():
    theirs = replace(OURS, key="", total=Money.of("20.00", "EUR"), claims=(), fingerprint="")

    kept = adopted(replace(OURS, claims=("sale",), changed_by_person=True), theirs, "Ada")

    assert is_kept(kept)
    assert not is_kept(OURS)
    assert (kept.key, kept.claims, kept.changed_by_person) == ("invoice:1", ("sale",), False)
    assert edits(kept, theirs) == ()
