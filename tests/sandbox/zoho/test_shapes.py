"""The simulated answers have the keys of the published examples, and none that no source knows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.sandbox.zoho.caller import Caller, a_caller, a_line

NUMBERS = (int, float)
# keys of ours that neither the examples nor the OpenAPI documents have; each with its source
KNOWN_ELSEWHERE = {
    "search_text_formatted",  # live answers
    "sales_rate",
    "shipping_charge_taxes",
    "shipping_charge_account_id",
    "shipping_charge_tax_type",
    "isOrgActive",
    "rounding_mode",
}


def everything(zoho: Caller) -> dict[str, Any]:
    """The reference's own story, told to the sandbox; answers by the example's file name."""
    zoho.company.human(zoho.org).add_custom_field("contact", "Shopify customer id", "cf_shopify_customer_id")
    zoho.company.human(zoho.org).add_custom_field("invoice", "Shopify order id", "cf_shopify_order_id")
    channels = ("Online store", "POS")
    zoho.company.human(zoho.org).add_custom_field("invoice", "Sales channel", "cf_sales_channel", values=channels)
    gst, igst = zoho.tax("GST18"), zoho.tax("IGST18")
    told: dict[str, Any] = {}
    told["item"] = zoho.post(
        "/items",
        {
            "name": "Linen Throw - Sand / 130x170",
            "sku": "LT-SAND-130",
            "rate": 1250.0,
            "unit": "pcs",
            "description": "Stonewashed linen",
            "hsn_or_sac": "63013000",
            "item_tax_preferences": [
                {"tax_id": gst, "tax_specification": "intra"},
                {"tax_id": igst, "tax_specification": "inter"},
            ],
        },
    )
    item_id = told["item"]["item"]["item_id"]
    address = {"attention": "Devika Rao", "address": "Flat 7", "city": "Bengaluru", "zip": "560038", "country": "India"}
    person = {"first_name": "Devika", "last_name": "Rao", "email": "devika.rao@mail.example", "phone": "+919800012345"}
    told["contact"] = zoho.post(
        "/contacts",
        {
            "contact_name": "Devika Rao (devika.rao@mail.example)",
            "customer_sub_type": "individual",
            "place_of_contact": "KA",
            "gst_treatment": "consumer",
            "contact_persons": [person],
            "billing_address": address,
            "shipping_address": address,
            "custom_fields": [{"api_name": "cf_shopify_customer_id", "value": "7712003344556"}],
        },
    )
    contact_id = told["contact"]["contact"]["contact_id"]
    told["invoice"] = zoho.post(
        "/invoices",
        {
            "customer_id": contact_id,
            "reference_number": "#BB1042",
            "place_of_supply": "KA",
            "discount_type": "item_level",
            "custom_fields": [{"api_name": "cf_shopify_order_id", "value": "6100200300401"}],
            "line_items": [
                {"item_id": item_id, "quantity": 2, "discount": 250.0, "tax_id": gst, "item_order": 1},
                {"name": "Shipping - Standard", "rate": 120.0, "tax_id": gst, "item_order": 2},
            ],
        },
    )
    invoice_id = told["invoice"]["invoice"]["invoice_id"]
    told["invoice-status-sent"] = zoho.post(f"/invoices/{invoice_id}/status/sent")
    told["invoices-list"] = zoho.get("/invoices", reference_number="#BB1042")
    told["invoice-empty-search"] = zoho.get("/invoices", reference_number="#BB9999")
    payment = zoho.payment(contact_id, 2796.6, (invoice_id, 2796.6))
    told["customer-payment"] = {"code": 0, "message": "The payment has been created.", "payment": payment}
    told["customer-payments-list"] = zoho.get("/customerpayments")
    told["invoice-paid"] = zoho.get(f"/invoices/{invoice_id}")
    told["invoice-payments"] = zoho.get(f"/invoices/{invoice_id}/payments")
    sold = told["invoice"]["invoice"]["line_items"][0]["line_item_id"]
    line = {"item_id": item_id, "discount": 125.0, "tax_id": gst, "invoice_id": invoice_id, "invoice_item_id": sold}
    note = zoho.creditnote(contact_id, line)
    told["creditnote"] = {"code": 0, "message": "The credit note has been created.", "creditnote": note}
    told["creditnote-refund"] = zoho.post(
        f"/creditnotes/{note['creditnote_id']}/refunds",
        {"date": "2026-11-22", "amount": 1327.5, "refund_mode": "others", "from_account_id": zoho.account("PayPal")},
    )
    told["contacts-list"] = zoho.get("/contacts", email="devika.rao@mail.example")
    told["items-list"] = zoho.get("/items")
    told["organizations"] = zoho.get("/organizations")
    told["organization-detail"] = zoho.get(f"/organizations/{zoho.org.organization_id}")
    told["currencies"] = zoho.get("/settings/currencies")
    usd = zoho.org.currency("USD").currency_id
    told["exchange-rates"] = zoho.get(f"/settings/currencies/{usd}/exchangerates")
    told["taxes"] = zoho.get("/settings/taxes")
    told["tax-group"] = zoho.get(f"/settings/taxgroups/{gst}")
    told["chartofaccounts"] = zoho.get("/chartofaccounts", filter_by="AccountType.Active")
    told["bankaccounts"] = zoho.get("/bankaccounts", filter_by="Status.Active")
    told["customfields"] = zoho.get("/settings/customfields")
    lock = {"transaction_lock_status": "enabled", "transaction_lock_date": "2026-09-30", "reason": "GST return filed"}
    zoho.put("/transactionlock", lock)
    told["transaction-lock"] = zoho.get("/transactionlock")
    return told


def missing(example: Any, ours: Any, where: str = "") -> list[str]:
    """Keys of the example that ours lacks, and values of another kind."""
    if isinstance(example, dict):
        if not isinstance(ours, dict):
            return [f"{where}: an object"]
        return [
            found
            for key, value in example.items()
            for found in (missing(value, ours[key], f"{where}.{key}") if key in ours else [f"{where}.{key}"])
        ]
    if isinstance(example, list):
        if not isinstance(ours, list):
            return [f"{where}: an array"]
        return missing(example[0], ours[0], f"{where}[]") if example and ours else []
    if isinstance(example, bool) or isinstance(ours, bool):
        return [] if type(example) is type(ours) else [f"{where}: {example!r} is not like {ours!r}"]
    if isinstance(example, NUMBERS) and isinstance(ours, NUMBERS):
        return []
    return [] if type(example) is type(ours) else [f"{where}: {example!r} is not like {ours!r}"]


def keys(value: Any) -> set[str]:
    """Every key anywhere in it."""
    if isinstance(value, dict):
        return set(value).union(*(keys(one) for one in value.values()), set())
    if isinstance(value, list):
        return set().union(*(keys(one) for one in value), set())
    return set()


@pytest.fixture(scope="module")
def told() -> dict[str, Any]:
    return everything(a_caller("in"))


@pytest.mark.parametrize(
    "name",
    [
        "bankaccounts",
        "chartofaccounts",
        "contact",
        "contacts-list",
        "creditnote",
        "creditnote-refund",
        "currencies",
        "customer-payment",
        "customer-payments-list",
        "customfields",
        "exchange-rates",
        "invoice",
        "invoice-empty-search",
        "invoice-paid",
        "invoice-payments",
        "invoice-status-sent",
        "invoices-list",
        "item",
        "items-list",
        "organization-detail",
        "organizations",
        "tax-group",
        "taxes",
        "transaction-lock",
    ],
)
def test_an_answer_has_every_key_of_its_published_example(name: str, told: dict[str, Any], shared: Path) -> None:
    example = json.loads((shared / "reference/zoho-books-examples" / f"{name}.json").read_text("utf-8"))

    assert missing(example, told[name]) == []


def test_the_figures_of_the_examples_come_out(told: dict[str, Any], shared: Path) -> None:
    folder = shared / "reference/zoho-books-examples"
    for name, root in (("invoice", "invoice"), ("invoice-paid", "invoice"), ("creditnote", "creditnote")):
        example = json.loads((folder / f"{name}.json").read_text("utf-8"))[root]

        ours = told[name][root]

        figures = [k for k, v in example.items() if isinstance(v, float) and k != "balance"]
        assert {k: ours[k] for k in figures} == {k: example[k] for k in figures}
        amounts = [tax["tax_amount"] for tax in example["taxes"]]
        assert [tax["tax_amount"] for tax in ours["taxes"]] == amounts


def test_no_answer_has_a_key_that_no_source_knows(told: dict[str, Any], shared: Path) -> None:
    documented = _documented(shared / "reference")

    ours = set().union(*(keys(answer) for answer in told.values()))

    unknown = {key for key in ours - documented - KNOWN_ELSEWHERE if not key.endswith("_formatted")}
    assert {key for key in unknown if not key.startswith("cf_")} == set()


def _documented(reference: Path) -> set[str]:
    """Key names of the examples, of the OpenAPI schemas, and words of the reference's field lists."""
    found: set[str] = set()
    for path in (reference / "zoho-books-examples").glob("*.json"):
        found |= keys(json.loads(path.read_text("utf-8")))
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    for name in (
        "contacts",
        "invoices",
        "items",
        "credit-notes",
        "customer-payments",
        "taxes",
        "currency",
        "organizations",
        "chart-of-accounts",
        "bank-accounts",
        "transaction-locking",
    ):
        document = yaml.load((reference / "zoho-openapi/books-v3-2026-07" / f"{name}.yml").read_text("utf-8"), loader)
        found |= keys(document)
    words = (reference / "zoho-books.md").read_text("utf-8")
    for mark in "`{}[](),|;:/":
        words = words.replace(mark, " ")
    return found | set(words.split())


def test_an_unknown_line_is_told_apart_in_this_check() -> None:
    assert missing({"a": [{"b": 1}]}, {"a": [{}]}) == [".a[].b"]
    assert missing({"a": "1"}, {"a": 1}) == [".a: '1' is not like 1"]
    assert a_line()["quantity"] == 1
