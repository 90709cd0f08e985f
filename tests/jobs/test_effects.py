"""What an operation that is done changes in documents besides its own."""

from __future__ import annotations

from decimal import Decimal

from tests.zoho.builders import an_invoice, gbp

from ml_connector.domain.books import KnownDocument, KnownLine
from ml_connector.domain.documents import Kind
from ml_connector.jobs.effects import effects


def test_an_invoice_that_was_brought_up_to_date_holds_what_its_update_holds() -> None:
    draft = an_invoice(zoho_id="z1")
    before = KnownDocument(draft.key, Kind.INVOICE, "done", "z1", total=gbp("20.00"), balance=gbp("20.00"))
    lines = (KnownLine("l9", "Tea", Decimal("8.00"), Decimal(1), Decimal(0), Decimal("8.00")),)
    update = KnownDocument(
        "update", Kind.INVOICE_UPDATE, "done", "z1", status="sent", total=gbp("8.00"), balance=gbp("8.00"), lines=lines
    )

    (changed,) = effects(draft, {before.key: before, update.key: update})

    assert changed.key == draft.key
    assert (changed.total, changed.balance, changed.lines) == (gbp("8.00"), gbp("8.00"), lines)


def test_an_invoice_that_was_made_changes_nothing_else() -> None:
    draft = an_invoice()
    made = KnownDocument(draft.key, Kind.INVOICE, "done", "z1", total=gbp("20.00"), balance=gbp("20.00"))

    changed = effects(draft, {made.key: made})

    assert changed == ()
