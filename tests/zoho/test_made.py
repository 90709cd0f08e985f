"""What an answer to a write made."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from tests.zoho import reference
from tests.zoho.builders import (
    a_contact,
    a_credit_note,
    a_payment,
    a_refund,
    an_address,
    an_application,
    an_invoice,
)

from ml_connector.domain.documents import AddressDraft, Draft, ItemDraft, StatusDraft, TaxDraft
from ml_connector.zoho.made import Made, made, without_record

A_TAX = TaxDraft("tax:1", "VAT", Decimal(20))


@pytest.mark.parametrize(
    ("draft", "body", "zoho_id", "number"),
    [
        (a_contact(), {"contact": {"contact_id": "1", "contact_number": "C-1"}}, "1", "C-1"),
        (AddressDraft("a", "1", an_address()), {"address_info": {"address_id": "2"}}, "2", ""),
        (ItemDraft("i", "Throw", Decimal(1)), {"item": {"item_id": "3"}}, "3", ""),
        (A_TAX, {"tax": {"tax_id": "4"}}, "4", ""),
        (replace(A_TAX, components=("4",)), {"tax_group": {"tax_group_id": "5"}}, "5", ""),
        (an_invoice(), {"invoice": {"invoice_id": "6", "invoice_number": "INV-1"}}, "6", "INV-1"),
        (a_payment(), {"payment": {"payment_id": "7", "payment_number": 8}}, "7", "8"),
        (a_credit_note(), {"creditnote": {"creditnote_id": "9", "creditnote_number": "CN-1"}}, "9", "CN-1"),
        (a_refund(), {"payment_refunds": {"payment_refund_id": "11", "payment_id": "9"}}, "11", ""),
        (a_refund(), {"creditnote_refund": {"creditnote_refund_id": "10", "creditnote_id": "9"}}, "10", ""),
        (a_refund(of_payment=True), {"payment_refund": {"payment_refund_id": "11"}}, "11", ""),
        (an_application(), {"code": 0}, "", ""),
        (StatusDraft("s", "6", "sent"), {"code": 0}, "", ""),
        (an_invoice(), {"code": 0}, "", ""),
    ],
)
def test_each_kind_of_answer_tells_its_record(draft: Draft, body: dict[str, Any], zoho_id: str, number: str):
    found = made(draft, body)

    assert (found.zoho_id, found.number) == (zoho_id, number)


def test_the_recorded_invoice_tells_its_lines():
    found = made(an_invoice(), reference.example("invoice"))

    assert found.line_ids == ("3917264000000205005", "3917264000000205007")
    assert found.record["invoice_number"] == "INV-000318"


def test_a_step_makes_nothing():
    assert made(an_application(), {}) == Made()


def test_a_success_that_does_not_tell_its_document_says_nothing():
    assert without_record(an_invoice(), {"code": 0, "message": "success"})
    assert not without_record(an_invoice(), {"invoice": {"invoice_id": "1"}})
    assert not without_record(StatusDraft("sent:1", "1", "sent"), {"code": 0})
