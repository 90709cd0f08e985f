"""The reference's own order, from contact to refund, with the figures of its example payloads."""

from __future__ import annotations

from decimal import Decimal

from tests.sandbox.zoho.caller import a_caller


def test_the_example_order_has_the_totals_of_the_published_examples():
    zoho = a_caller("in")
    contact_id = zoho.contact(place_of_contact="KA", gst_treatment="consumer")
    gst = zoho.tax("GST18")

    invoice = zoho.invoice(
        contact_id,
        {"name": "Throw", "rate": 1250.0, "quantity": 2, "discount": 250.0, "tax_id": gst},
        {"name": "Shipping", "rate": 120.0, "quantity": 1, "tax_id": gst},
        discount_type="item_level",
        place_of_supply="KA",
    )
    zoho.payment(contact_id, 2796.6, (invoice["invoice_id"], 2796.6), bank_charges=65.99)
    note = zoho.creditnote(
        contact_id,
        {
            "name": "Throw",
            "rate": 1250.0,
            "quantity": 1,
            "discount": 125.0,
            "tax_id": gst,
            "invoice_id": invoice["invoice_id"],
            "invoice_item_id": invoice["line_items"][0]["line_item_id"],
        },
    )
    refund = {
        "date": "2026-11-22",
        "refund_mode": "others",
        "amount": 1327.5,
        "from_account_id": zoho.account("Main Bank"),
    }
    zoho.post(f"/creditnotes/{note['creditnote_id']}/refunds", refund)

    assert (invoice["sub_total"], invoice["tax_total"], invoice["total"]) == (2370.0, 426.6, 2796.6)
    assert [tax["tax_amount"] for tax in invoice["taxes"]] == [213.3, 213.3]
    assert zoho.get(f"/invoices/{invoice['invoice_id']}")["invoice"]["status"] == "paid"
    assert (note["total"], note["balance"]) == (1327.5, 1327.5)
    assert zoho.get(f"/creditnotes/{note['creditnote_id']}")["creditnote"]["status"] == "closed"
    nets = zoho.books.net_by_account()
    assert nets["Shopify Clearing"] == Decimal("2730.61")  # 2796.60 - 65.99
    assert nets["Bank Fees and Charges"] == Decimal("65.99")
    assert nets["Main Bank"] == Decimal("-1327.50")
    assert nets["Sales"] == Decimal("-1245.00")  # 2250 + 120 - 1125
    assert nets["Tax Payable"] == Decimal("-224.10")  # 426.60 - 202.50
    assert zoho.books.net_by_tax() == {"CGST9": Decimal("112.05"), "SGST9": Decimal("112.05")}
    assert not any(zoho.books.balances().values())
    assert zoho.books.trial_balance() == 0
