"""Whatever is sent: an answer comes, and a refusal leaves no trace in the books."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from tests.sandbox.zoho.caller import Caller, a_caller, a_line

from ml_connector.sandbox.http import Request, Response
from ml_connector.sandbox.zoho.api import ROUTES

JUNK: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 10**20),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(
        ["", "x", "10%", "-5%", "abc%", "1.005", "2026-11-20", "2026-02-30", "é" * 300, "1906886000000160163"]
    ),
    st.lists(st.one_of(st.integers(), st.text(max_size=3)), max_size=2),
    st.just({}),
    st.just([{}]),
    st.just({"a": [1]}),
)
ADDRESS = {"address": "1 High St", "city": "Leeds", "zip": "LS1", "country": "United Kingdom"}


def a_story() -> tuple[Caller, dict[str, tuple[str, str, dict[str, Any]]]]:
    """Books with something of each kind, and a valid request to change or add each."""
    zoho = a_caller("uk")
    zoho.org.switches.set(minute_limit=10**6, minute_block=10**6, day_limit=10**6, settings_spacing_s=0.0)
    vat = zoho.tax("Standard Rate")
    item_id = zoho.post("/items", {"name": "Throw", "rate": 10, "sku": "T", "tax_id": vat})["item"]["item_id"]
    contact_id = zoho.contact(contact_persons=[{"email": "a@mail.example"}], billing_address=ADDRESS)
    line = {**a_line(), "tax_id": vat, "discount": 1, "description": "d", "unit": "pcs", "item_id": item_id}
    draft = zoho.invoice(contact_id, line, sent=False)["invoice_id"]
    sent = zoho.invoice(contact_id, line)["invoice_id"]
    payment = zoho.payment(contact_id, 50, (sent, 20))["payment_id"]
    note = zoho.creditnote(contact_id, line)["creditnote_id"]
    money = {"date": "2026-11-20", "amount": 5, "from_account_id": zoho.account("PayPal"), "refund_mode": "others"}
    document = {
        "customer_id": contact_id,
        "date": "2026-11-20",
        "line_items": [line],
        "custom_fields": [{"api_name": "cf_shopify_id", "value": "k"}],
        "discount": 3,
        "discount_type": "entity_level",
        "is_inclusive_tax": True,
        "shipping_charge": 4,
        "adjustment": 1,
        "reference_number": "#1",
        "contact_persons": [],
        "exchange_rate": 1,
        "payment_terms": 15,
        "due_date": "2026-12-20",
        "currency_id": zoho.org.base.currency_id,
        "billing_address_id": zoho.org.contacts[contact_id].billing["address_id"],
        "notes": "n",
    }
    paid = {
        "customer_id": contact_id,
        "payment_mode": "others",
        "amount": 30,
        "date": "2026-11-20",
        "account_id": zoho.account("PayPal"),
        "invoices": [{"invoice_id": sent, "amount_applied": 10, "tax_amount_withheld": 1}],
        "bank_charges": 1,
        "custom_fields": [{"api_name": "cf_shopify_id", "value": "p"}],
    }
    contact = {
        "contact_name": "New",
        "contact_type": "customer",
        "currency_id": zoho.org.base.currency_id,
        "billing_address": ADDRESS,
        "contact_persons": [{"first_name": "A", "email": "b@mail.example", "is_primary_contact": True}],
        "payment_terms": 15,
        "payment_terms_label": "Net 15",
        "vat_treatment": "uk",
        "credit_limit": 10,
        "custom_fields": [{"index": 1, "value": "c"}],
    }
    journal_lines = [
        {"account_id": zoho.account("PayPal"), "debit_or_credit": "debit", "amount": 5},
        {"account_id": zoho.account("Tips"), "debit_or_credit": "credit", "amount": 5},
    ]
    credit = {
        "invoice_payments": [{"payment_id": payment, "amount_applied": 1}],
        "apply_creditnotes": [{"creditnote_id": note, "amount_applied": 1}],
    }
    hook = {
        "webhook_name": "h",
        "entity": "invoice",
        "url": "https://c.example",
        "secret": "s3cretAlnum12345",
        "headers": [],
    }
    requests = {
        "contact": ("POST", "/contacts", contact),
        "contact changed": ("PUT", f"/contacts/{contact_id}", contact),
        "address": ("POST", f"/contacts/{contact_id}/address", ADDRESS),
        "person": (
            "POST",
            "/contacts/contactpersons",
            {"contact_id": contact_id, "first_name": "B", "email": "c@d.example"},
        ),
        "item": ("POST", "/items", {"name": "New", "rate": 1, "sku": "N", "tax_id": vat, "is_taxable": True}),
        "item changed": ("PUT", f"/items/{item_id}", {"name": "Newer", "rate": 2}),
        "invoice": ("POST", "/invoices", document),
        "draft changed": ("PUT", f"/invoices/{draft}", document),
        "sent changed": ("PUT", f"/invoices/{sent}", document),
        "credits": ("POST", f"/invoices/{sent}/credits", credit),
        "own address": ("PUT", f"/invoices/{sent}/address/billing", ADDRESS),
        "payment": ("POST", "/customerpayments", paid),
        "payment changed": ("PUT", f"/customerpayments/{payment}", paid),
        "payment refund": ("POST", f"/customerpayments/{payment}/refunds", money),
        "creditnote": ("POST", "/creditnotes", document),
        "creditnote changed": ("PUT", f"/creditnotes/{note}", document),
        "creditnote refund": ("POST", f"/creditnotes/{note}/refunds", money),
        "creditnote applied": (
            "POST",
            f"/creditnotes/{note}/invoices",
            {"invoices": [{"invoice_id": sent, "amount_applied": 1}]},
        ),
        "journal": ("POST", "/journals", {"journal_date": "2026-11-20", "line_items": journal_lines}),
        "tax": ("POST", "/settings/taxes", {"tax_name": "T", "tax_percentage": 5, "tax_type": "tax"}),
        "tax group": ("POST", "/settings/taxgroups", {"tax_group_name": "G", "taxes": vat}),
        "currency": ("POST", "/settings/currencies", {"currency_code": "SEK", "currency_format": "1,234,567.89"}),
        "account": ("POST", "/chartofaccounts", {"account_name": "N", "account_type": "income"}),
        "bank": ("POST", "/bankaccounts", {"account_name": "N", "account_type": "bank"}),
        "lock": ("PUT", "/transactionlock", {"transaction_lock_date": "2026-09-30", "reason": "r"}),
        "webhook": ("POST", "/settings/webhooks", hook),
        "custom fields": ("PUT", f"/invoice/{sent}/customfields", {"custom_fields": []}),
    }
    return zoho, requests


ZOHO, REQUESTS = a_story()


def spots(value: Any, where: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a body, inside out."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [spot for key, one in inner for spot in spots(one, (*where, key))] + ([where] if where else [])


def put(body: Any, where: tuple[Any, ...], junk: Any) -> None:
    *path, last = where
    for key in path:
        body = body[key]
    body[last] = junk


def state(zoho: Caller) -> str:
    return json.dumps(zoho.books.as_json(), default=str, sort_keys=True)


@given(st.sampled_from(sorted(REQUESTS)), st.data())
def test_junk_anywhere_gets_an_answer_and_a_refusal_changes_nothing(name: str, data: st.DataObject) -> None:
    zoho, requests = a_story()
    method, path, body = requests[name]
    body = json.loads(json.dumps(body))  # its parts may be shared
    put(body, data.draw(st.sampled_from(spots(body))), data.draw(JUNK))
    before = state(zoho)

    answer = zoho.ask(method, path, body)

    assert isinstance(answer, Response)
    assert answer.status < 500
    if answer.json()["code"] != 0:
        assert state(zoho) == before
    assert zoho.books.trial_balance() == 0


@given(st.text(max_size=12), st.sampled_from(["GET", "POST", "PUT", "DELETE", "PATCH"]), st.binary(max_size=30))
def test_any_address_gets_an_answer(path: str, method: str, body: bytes) -> None:
    for prefix in ("/books/v3/", "/oauth/v2/", "/_sandbox/", "/", "/eu/books/v3/"):
        request = Request(method, prefix + path, (), {"authorization": f"Zoho-oauthtoken {ZOHO.token}"}, body)
        assert isinstance(ZOHO.company.handle(request), Response)


@given(st.sampled_from(sorted({route.path for route in ROUTES if route.method == "GET"})), st.data())
def test_any_filter_gets_an_answer(path: str, data: st.DataObject) -> None:
    names = [
        "page",
        "per_page",
        "sort_column",
        "filter_by",
        "status",
        "date",
        "total_less_than",
        "rate",
        "email",
        "item_id",
        "last_modified_time",
        "custom_field",
        "response_option",
        "from_date",
        "search_text",
        "amount",
    ]
    query = data.draw(
        st.dictionaries(st.sampled_from(names), st.sampled_from(["", "1", "x", "2026-11-20", "-1", "name"]))
    )

    answer = ZOHO.response("GET", path.replace("{}", "123"), **query)

    assert answer.status < 500
