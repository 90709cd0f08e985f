"""Payments, credit notes, refunds, journals, and what they leave in the ledger."""

from __future__ import annotations

from decimal import Decimal
from random import Random
from typing import Any

import pytest
from tests.sandbox.zoho.caller import Caller, a_caller, a_line

ONE = [{"api_name": "cf_shopify_id", "value": "payment:t1"}]


def a_body(zoho: Caller, contact_id: str, **more: Any) -> dict[str, Any]:
    return {
        "customer_id": contact_id,
        "payment_mode": "others",
        "amount": 100,
        "date": "2026-11-20",
        "account_id": zoho.account("PayPal"),
        **more,
    }


# -- payments -----------------------------------------------------------------------------


def test_what_is_not_applied_stays_as_the_customers_credit() -> None:
    zoho = a_caller()
    contact_id = zoho.contact()
    invoice = zoho.invoice(contact_id)

    payment = zoho.payment(contact_id, 120, (invoice["invoice_id"], 100))

    assert (payment["unused_amount"], payment["invoices"][0]["balance_amount"]) == (20.0, 0.0)
    assert zoho.get("/customerpayments")["customerpayments"][0]["unused_amount"] == 20.0
    assert zoho.books.balance_of(contact_id) == {"GBP": -20}


@pytest.mark.parametrize("applied", [100.01, 150])
def test_more_than_the_balance_is_refused(applied: float) -> None:
    zoho = a_caller()
    contact_id = zoho.contact()
    invoice = zoho.invoice(contact_id)
    invoices = [{"invoice_id": invoice["invoice_id"], "amount_applied": applied}]

    status, code, message = zoho.refused(
        "POST", "/customerpayments", a_body(zoho, contact_id, amount=200, invoices=invoices)
    )

    assert (status, code) == (400, 24016)
    assert message == "The amount entered is more than the balance due for the selected invoices."


def test_more_than_the_amount_is_refused() -> None:
    zoho = a_caller()
    contact_id = zoho.contact()
    invoice = zoho.invoice(contact_id)
    invoices = [{"invoice_id": invoice["invoice_id"], "amount_applied": 90}]

    assert zoho.refused("POST", "/customerpayments", a_body(zoho, contact_id, amount=80, invoices=invoices))[0] == 400


@pytest.mark.parametrize("status", ["draft", "void"])
def test_drafts_and_void_invoices_take_no_money(status: str) -> None:
    zoho = a_caller()
    contact_id = zoho.contact()
    invoice_id = zoho.invoice(contact_id, sent=False)["invoice_id"]
    if status == "void":
        zoho.post(f"/invoices/{invoice_id}/status/void")
    invoices = [{"invoice_id": invoice_id, "amount_applied": 1}]

    assert zoho.refused("POST", "/customerpayments", a_body(zoho, contact_id, invoices=invoices))[0] == 400
    credit = {
        "invoice_payments": [],
        "apply_creditnotes": [{"creditnote_id": zoho.creditnote(contact_id)["creditnote_id"], "amount_applied": 1}],
    }
    assert zoho.refused("POST", f"/invoices/{invoice_id}/credits", credit)[0] == 400


@pytest.mark.parametrize(
    "spoil",
    [
        {"amount": 0},
        {"amount": -1},
        {"payment_mode": "Razorpay"},
        {"payment_mode": ""},
        {"reference_number": "x" * 51},
        {"date": "20.11.2026"},
        {"bank_charges": 101},
        {"bank_charges": 5, "account_id": ""},
        {"account_id": "1"},
    ],
)
def test_a_payment_that_zoho_does_not_take(spoil: dict[str, Any]) -> None:
    zoho = a_caller()

    assert zoho.refused("POST", "/customerpayments", a_body(zoho, zoho.contact(), **spoil))[0] == 400
    assert zoho.books.payments() == []


def test_money_does_not_go_to_a_liability_unless_the_organisation_can() -> None:
    zoho = a_caller()
    body = a_body(zoho, zoho.contact(), account_id=zoho.account("Gift cards"))

    assert zoho.refused("POST", "/customerpayments", body)[0] == 400
    zoho.org.switches.set(liability_deposits=True)
    assert zoho.post("/customerpayments", body)["payment"]["account_name"] == "Gift cards"


def test_own_payment_modes_and_longer_references_under_the_other_reading() -> None:
    zoho = a_caller()
    zoho.org.switches.set(payment_modes_closed=False, payment_reference_limit=100)

    payment = zoho.post(
        "/customerpayments", a_body(zoho, zoho.contact(), payment_mode="Razorpay", reference_number="x" * 100)
    )

    assert payment["payment"]["payment_mode"] == "Razorpay"


def test_an_upsert_makes_one_payment() -> None:
    zoho = a_caller()
    contact_id = zoho.contact()
    invoice = zoho.invoice(contact_id)
    invoices = [{"invoice_id": invoice["invoice_id"], "amount_applied": 60}]
    body = a_body(zoho, contact_id, invoices=invoices, custom_fields=ONE)

    answers = [zoho.upsert("/customerpayments", "payment:t1", body) for _ in range(2)]

    assert [answer.status for answer in answers] == [201, 200]
    assert zoho.get(f"/invoices/{invoice['invoice_id']}")["invoice"]["balance"] == 40.0


def test_a_deleted_payment_is_owed_again() -> None:
    zoho = a_caller()
    contact_id = zoho.contact()
    invoice = zoho.invoice(contact_id)
    payment = zoho.payment(contact_id, 100, (invoice["invoice_id"], 100))

    zoho.delete(f"/customerpayments/{payment['payment_id']}")

    assert zoho.get(f"/invoices/{invoice['invoice_id']}")["invoice"]["balance"] == 100.0
    assert "Shopify Clearing" not in zoho.books.net_by_account()


def test_an_invoices_payment_can_be_taken_off_from_the_invoice() -> None:
    zoho = a_caller()
    contact_id = zoho.contact()
    invoice = zoho.invoice(contact_id)
    zoho.payment(contact_id, 100, (invoice["invoice_id"], 100))
    path = f"/invoices/{invoice['invoice_id']}/payments"

    zoho.delete(f"{path}/{zoho.get(path)['payments'][0]['invoice_payment_id']}")

    assert zoho.get(path)["payments"] == []
    assert zoho.books.payments() == []


def test_an_unapplied_payment_is_applied_later() -> None:
    zoho = a_caller()
    contact_id = zoho.contact()
    payment = zoho.payment(contact_id, 100)
    invoice = zoho.invoice(contact_id)
    body = {"invoice_payments": [{"payment_id": payment["payment_id"], "amount_applied": 70}]}

    told = zoho.post(f"/invoices/{invoice['invoice_id']}/credits", body)

    assert told["message"] == "Credits have been applied to the invoice(s)."
    assert zoho.get(f"/invoices/{invoice['invoice_id']}")["invoice"]["payment_made"] == 70.0
    assert (
        zoho.refused(
            "POST",
            f"/invoices/{invoice['invoice_id']}/credits",
            {"invoice_payments": [{"payment_id": payment["payment_id"], "amount_applied": 30.01}]},
        )[0]
        == 400
    )


def test_an_unapplied_payment_is_paid_back_and_no_more_than_it() -> None:
    zoho = a_caller()
    payment = zoho.payment(zoho.contact(), 100)
    path = f"/customerpayments/{payment['payment_id']}/refunds"
    body = {"date": "2026-11-21", "amount": 100, "from_account_id": zoho.account("PayPal"), "refund_mode": "others"}

    assert zoho.refused("POST", path, {**body, "amount": 100.01})[0] == 400
    assert (
        zoho.refused("POST", path, {"date": "2026-11-21", "amount": 1, "account_id": zoho.account("PayPal")})[0] == 400
    )
    made = zoho.post(path, body)["payment_refunds"]

    assert made["payment_refund_id"]
    assert zoho.get(f"/customerpayments/{payment['payment_id']}")["payment"]["unused_amount"] == 0
    assert not any(zoho.books.balances().values())


def test_different_rates_leave_an_exchange_difference() -> None:
    zoho = a_caller()
    contact_id = zoho.contact(currency_id=zoho.org.currency("EUR").currency_id)
    invoice = zoho.invoice(contact_id, exchange_rate=0.85)

    zoho.payment(contact_id, 100, (invoice["invoice_id"], 100), exchange_rate=0.87)

    nets = zoho.books.net_by_account()
    assert nets["Shopify Clearing"] == Decimal("87.00")
    assert nets["Exchange Gain or Loss"] == Decimal("-2.00")
    assert nets["Accounts Receivable"] == 0
    assert zoho.books.net_by_account_and_currency()["Shopify Clearing", "EUR"] == 100


def test_a_credit_at_another_rate_leaves_an_exchange_difference() -> None:
    zoho = a_caller()
    contact_id = zoho.contact(currency_id=zoho.org.currency("EUR").currency_id)
    invoice = zoho.invoice(contact_id, exchange_rate=0.85)
    note = zoho.creditnote(contact_id, exchange_rate=0.80)

    parts = {"invoices": [{"invoice_id": invoice["invoice_id"], "amount_applied": 100}]}
    zoho.post(f"/creditnotes/{note['creditnote_id']}/invoices", parts)

    nets = zoho.books.net_by_account()
    assert (nets["Sales"], nets["Exchange Gain or Loss"]) == (Decimal("-5.00"), Decimal("5.00"))  # -85 + 80
    assert nets["Accounts Receivable"] == 0


def test_money_without_an_account_goes_to_undeposited_funds() -> None:
    zoho = a_caller()

    assert zoho.payment(zoho.contact(), 5, account_id="")["account_name"] == "Undeposited Funds"


# -- credit notes -------------------------------------------------------------------------


def test_a_credit_note_is_open_then_closed() -> None:
    zoho = a_caller()
    contact_id = zoho.contact()
    invoice = zoho.invoice(contact_id)
    note = zoho.creditnote(contact_id, a_line(rate=30))
    path = f"/creditnotes/{note['creditnote_id']}"

    zoho.post(f"{path}/invoices", {"invoices": [{"invoice_id": invoice["invoice_id"], "amount_applied": 30}]})

    assert (note["status"], zoho.get(path)["creditnote"]["status"]) == ("open", "closed")
    assert zoho.get(f"/invoices/{invoice['invoice_id']}")["invoice"]["credits_applied"] == 30.0
    credit = zoho.get(f"/invoices/{invoice['invoice_id']}/creditsapplied")["credits"]
    assert credit[0]["creditnote_id"] == note["creditnote_id"]
    zoho.delete(f"{path}/invoices/{zoho.get(f'{path}/invoices')['invoices_credited'][0]['creditnote_invoice_id']}")
    assert zoho.get(path)["creditnote"]["status"] == "open"


def test_a_paid_invoice_takes_no_credit_and_the_note_is_refunded() -> None:
    zoho = a_caller()
    contact_id = zoho.contact()
    invoice = zoho.invoice(contact_id)
    zoho.payment(contact_id, 100, (invoice["invoice_id"], 100))
    note = zoho.creditnote(contact_id)
    path = f"/creditnotes/{note['creditnote_id']}"

    applied = {"invoices": [{"invoice_id": invoice["invoice_id"], "amount_applied": 100}]}
    assert zoho.refused("POST", f"{path}/invoices", applied)[0] == 400
    refund = {"date": "2026-11-21", "amount": 100, "refund_mode": "others"}
    assert zoho.refused("POST", f"{path}/refunds", {**refund, "account_id": zoho.account("PayPal")})[0] == 400
    made = zoho.post(f"{path}/refunds", {**refund, "from_account_id": zoho.account("PayPal")})["creditnote_refund"]

    assert made["amount"] == 100.0
    assert zoho.refused("POST", f"{path}/refunds", {**refund, "from_account_id": zoho.account("PayPal")})[0] == 400
    assert not any(zoho.books.balances().values())


def test_a_draft_credit_note_is_not_in_the_books() -> None:
    zoho = a_caller()
    note = zoho.creditnote(zoho.contact(), is_draft=True)
    assert (note["status"], zoho.books.net_by_account()) == ("draft", {})

    zoho.post(f"/creditnotes/{note['creditnote_id']}/status/open")

    assert zoho.books.net_by_account()["Sales"] == 100


def test_a_line_can_be_tied_only_to_a_line_of_the_customers_own_invoice() -> None:
    zoho = a_caller()
    mine, other = zoho.contact("Mine"), zoho.contact("Other")
    invoice = zoho.invoice(mine)
    tie = {"invoice_id": invoice["invoice_id"], "invoice_item_id": invoice["line_items"][0]["line_item_id"]}

    assert zoho.creditnote(mine, a_line(**tie))["line_items"][0]["invoice_item_id"] == tie["invoice_item_id"]
    for customer, line in ((other, a_line(**tie)), (mine, a_line(**{**tie, "invoice_item_id": "1"}))):
        body = {"customer_id": customer, "date": "2026-11-20", "line_items": [line]}
        assert zoho.refused("POST", "/creditnotes", body)[0] == 400


def test_adjustment_and_shipping_on_a_credit_note_are_ignored_or_count() -> None:
    zoho = a_caller()
    contact_id = zoho.contact()

    ignored = zoho.creditnote(contact_id, adjustment=-1, shipping_charge=5)
    zoho.org.switches.set(creditnote_extras=True)
    counted = zoho.creditnote(contact_id, adjustment=-1, shipping_charge=5)

    assert (ignored["total"], counted["total"]) == (100.0, 104.0)


def test_the_query_invoice_id_associates_and_under_one_reading_applies() -> None:
    zoho = a_caller()
    contact_id = zoho.contact()
    invoice = zoho.invoice(contact_id)
    body = {"customer_id": contact_id, "date": "2026-11-20", "line_items": [a_line(rate=10)]}

    plain = zoho.post("/creditnotes", body, invoice_id=invoice["invoice_id"])["creditnote"]
    zoho.org.switches.set(creditnote_invoice_applies=True)
    applied = zoho.post("/creditnotes", body, invoice_id=invoice["invoice_id"])["creditnote"]

    assert (plain["balance"], applied["balance"]) == (10.0, 0.0)


def test_html_is_what_comes_when_json_is_not_asked_for() -> None:
    zoho = a_caller()
    zoho.org.switches.set(creditnote_html=True)
    path = f"/creditnotes/{zoho.creditnote(zoho.contact())['creditnote_id']}"

    assert zoho.response("GET", path).header("content-type") == "text/html; charset=utf-8"
    assert zoho.response("GET", path, headers={"accept": "application/json"}).json()["code"] == 0


# -- the ledger ---------------------------------------------------------------------------


def test_a_journal_has_to_balance() -> None:
    zoho = a_caller()
    lines = [
        {"account_id": zoho.account("Gift cards"), "debit_or_credit": "debit", "amount": 25},
        {"account_id": zoho.account("Gift Card Clearing"), "debit_or_credit": "credit", "amount": 25},
    ]

    journal = zoho.post("/journals", {"journal_date": "2026-11-30", "line_items": lines})["journal"]

    assert journal["total"] == 25.0
    assert zoho.books.net_by_account()["Gift cards"] == 25
    lines[0]["amount"] = 24
    assert zoho.refused("POST", "/journals", {"journal_date": "2026-11-30", "line_items": lines})[0] == 400


def test_an_inclusive_document_credits_income_net_and_tax_apart() -> None:
    zoho = a_caller()
    vat = zoho.tax("Standard Rate")

    zoho.invoice(zoho.contact(), *[a_line(rate=0.99, tax_id=vat)] * 3, is_inclusive_tax=True)

    nets = zoho.books.net_by_account()  # 2.97 / 6 = 0.495 → 0.50
    assert (nets["Accounts Receivable"], nets["Tax Payable"]) == (Decimal("2.97"), Decimal("-0.50"))
    assert nets["Sales"] == Decimal("-2.47")


@pytest.mark.parametrize("seed", range(12))
def test_after_any_story_the_books_balance_and_agree_with_the_documents(seed: int) -> None:
    chance = Random(seed)
    zoho = a_caller(chance.choice(["uk", "in", "us", "ca", "ae", "jp"]), seed=seed)
    zoho.org.switches.set(
        tax_rounding=chance.choice(["entity_level", "item_level"]),
        inclusive_totals=chance.choice(["net", "gross"]),
        minute_limit=10**6,
        minute_block=10**6,
        edit_sent=True,
    )

    contacts = _contacts(zoho)
    for _ in range(120):
        _something(zoho, chance, contacts)

    assert zoho.books.trial_balance() == 0
    for contact_id in contacts:
        owed, unused = zoho.org.standing(contact_id)
        assert sum(zoho.books.balance_of(contact_id).values()) == owed - unused


def _contacts(zoho: Caller) -> list[str]:
    codes = [zoho.org.base.code, "EUR", "KWD", "JPY"]
    return [zoho.contact(f"C{code}", currency_id=zoho.org.currency(code).currency_id) for code in codes]


def _something(zoho: Caller, chance: Random, contacts: list[str]) -> None:
    """One random act; a refusal is as good as any other answer."""
    contact_id = chance.choice(contacts)
    taxes = [tax.tax_id for tax in zoho.org.taxes.values() if tax.specification != "inter"]
    line = a_line(rate=chance.randrange(1, 9999) / 100, quantity=chance.randrange(1, 4), tax_id=chance.choice(taxes))
    lines = [line, {**line, "discount": "7%", "tax_id": chance.choice(taxes)}]
    extra = {
        "is_inclusive_tax": chance.random() < 0.5,
        "discount_type": chance.choice(["item_level", "entity_level"]),
        "discount": chance.choice([0, 1.5, "10%"]),
        "is_discount_before_tax": chance.random() < 0.7,
        "shipping_charge": chance.choice([0, 4.99]),
        "adjustment": chance.choice([0, -0.01]),
    }
    invoices = [i for i in zoho.org.invoices.values() if i.customer_id == contact_id]
    notes = [n for n in zoho.org.creditnotes.values() if n.customer_id == contact_id]
    act = chance.randrange(11)
    if act <= 2:
        zoho.response("POST", "/invoices", {"customer_id": contact_id, "line_items": lines, **extra})
    elif act == 3:
        body = {"customer_id": contact_id, "date": "2026-11-20", "line_items": lines[:1]}
        zoho.response("POST", "/creditnotes", body)
    elif act == 4 and notes:
        note = chance.choice(notes)
        amount = float(note.balance)
        if invoices and chance.random() < 0.5:
            parts = [{"invoice_id": chance.choice(invoices).id, "amount_applied": amount}]
            zoho.response("POST", f"/creditnotes/{note.id}/invoices", {"invoices": parts})
        else:
            body = {
                "date": "2026-11-22",
                "amount": amount,
                "from_account_id": zoho.account("PayPal"),
                "exchange_rate": 1.3,
            }
            zoho.response("POST", f"/creditnotes/{note.id}/refunds", body)
    elif invoices:
        _with_an_invoice(zoho, chance, act, chance.choice(invoices).id, contact_id, lines)
    zoho.clock.forward(seconds=1)


def _with_an_invoice(
    zoho: Caller, chance: Random, act: int, invoice_id: str, contact_id: str, lines: list[dict[str, Any]]
) -> None:
    balance = float(zoho.org.invoices[invoice_id].balance)
    if act in (5, 6):
        zoho.response("POST", f"/invoices/{invoice_id}/status/sent")
    elif act in (7, 8):
        part = round(balance * chance.choice([0.3, 1]), 2)
        body = a_body(zoho, contact_id, amount=round(part + chance.choice([0, 5]), 2), bank_charges=0.01)
        body |= {"invoices": [{"invoice_id": invoice_id, "amount_applied": part}], "exchange_rate": 1.2}
        zoho.response("POST", "/customerpayments", body)
    elif act == 9:
        zoho.response("PUT", f"/invoices/{invoice_id}", {"line_items": lines})
    else:
        path = chance.choice(["status/void", "status/draft", "writeoff", "writeoff/cancel"])
        zoho.response("POST", f"/invoices/{invoice_id}/{path}")
