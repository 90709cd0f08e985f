"""Operations a connector needs now and then: addresses, persons, bulk calls, corrections of masters."""

from __future__ import annotations

from typing import Any

import pytest
from tests.sandbox.zoho.caller import a_caller, a_line, form, token

from ml_connector.sandbox.http import Request, Response

# -- contacts -----------------------------------------------------------------------------


def test_a_person_is_added_changed_made_primary_and_deleted() -> None:
    zoho = a_caller()
    contact_id = zoho.contact(contact_persons=[{"first_name": "A", "email": "a@mail.example"}])
    body = {"contact_id": contact_id, "first_name": "B", "email": "b@mail.example"}
    made = zoho.post("/contacts/contactpersons", body)["contact_person"]
    path = f"/contacts/contactpersons/{made['contact_person_id']}"

    zoho.put(path, {"last_name": "Bell"})
    zoho.post(f"{path}/primary")

    shown = zoho.get(f"/contacts/{contact_id}/contactpersons/{made['contact_person_id']}")["contact_person"]
    assert (shown["first_name"], shown["last_name"], shown["is_primary_contact"]) == ("B", "Bell", True)
    assert zoho.get("/contacts", email="b@mail.example")["contacts"]
    zoho.delete(path)
    assert len(zoho.get(f"/contacts/{contact_id}/contactpersons")["contact_persons"]) == 1
    assert zoho.refused("PUT", path, {"last_name": "x"})[:2] == (404, 1002)


def test_an_added_address_is_changed_and_deleted() -> None:
    zoho = a_caller()
    contact_id = zoho.contact(billing_address={"city": "Leeds"})
    address_id = zoho.post(f"/contacts/{contact_id}/address", {"city": "York"})["address_info"]["address_id"]
    path = f"/contacts/{contact_id}/address"
    billing_id = zoho.get(path)["addresses"][0]["address_id"]

    zoho.put(f"{path}/{address_id}", {"city": "Hull"})
    zoho.put(f"{path}/{billing_id}", {"zip": "LS1"})

    cities = [(a["city"], a["zip"]) for a in zoho.get(path)["addresses"]]
    assert cities == [("Leeds", "LS1"), ("", ""), ("Hull", "")]
    zoho.delete(f"{path}/{address_id}")
    assert zoho.refused("DELETE", f"{path}/{billing_id}")[0] == 400
    assert zoho.refused("DELETE", f"{path}/{address_id}")[:2] == (404, 1002)


def test_contacts_are_deleted_together_or_not_at_all() -> None:
    zoho = a_caller()
    free, used = zoho.contact("Free"), zoho.contact("Used")
    zoho.invoice(used)

    assert zoho.refused("DELETE", "/contacts", contact_ids=f"{free},{used}")[:2] == (400, 3000)
    assert len(zoho.books.contacts()) == 2
    zoho.delete("/contacts", contact_ids=free)
    assert zoho.refused("DELETE", "/contacts")[0] == 400


def test_currency_code_works_only_under_a_reading() -> None:
    zoho = a_caller()

    ignored = zoho.contact("A", currency_code="EUR")
    zoho.org.switches.set(currency_code_accepted=True)
    taken = zoho.contact("B", currency_code="EUR")

    codes = [zoho.get(f"/contacts/{one}")["contact"]["currency_code"] for one in (ignored, taken)]
    assert codes == ["GBP", "EUR"]


# -- custom fields ------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["contact", "invoice", "customerpayment", "item"])
def test_custom_fields_alone_are_changed_under_a_singular_noun(kind: str) -> None:
    zoho = a_caller()
    entity = {"customerpayment": "customer_payment"}.get(kind, kind)
    field = zoho.company.human(zoho.org).add_custom_field(entity, "Channel", "cf_channel", values=("Web", "POS"))
    contact_id = zoho.contact()
    ids = {
        "contact": contact_id,
        "invoice": zoho.invoice(contact_id)["invoice_id"],
        "customerpayment": zoho.payment(contact_id, 5)["payment_id"],
        "item": zoho.post("/items", {"name": "T", "rate": 1})["item"]["item_id"],
    }
    path = f"/{kind}/{ids[kind]}/customfields"

    told = zoho.put(path, [{"customfield_id": field.customfield_id, "value": "POS"}])

    assert told["message"] == "Custom Fields Updated Successfully"
    collection = {"contact": "contacts", "invoice": "invoices", "customerpayment": "payments", "item": "items"}[kind]
    assert len(zoho.books.find(collection, "POS", "cf_channel")) == 1
    assert zoho.refused("PUT", path, [{"customfield_id": field.customfield_id, "value": "Fax"}])[0] == 400


def test_custom_fields_of_a_document_can_be_read_alone() -> None:
    zoho = a_caller()
    contact_id = zoho.contact()
    value = [{"api_name": "cf_shopify_id", "value": "x"}]
    invoice_id = zoho.invoice(contact_id, custom_fields=value)["invoice_id"]
    note_id = zoho.creditnote(contact_id, custom_fields=value)["creditnote_id"]
    zoho.post(f"/creditnotes/{note_id}/customfields", {"custom_fields": [{"api_name": "cf_shopify_id", "value": "y"}]})

    assert zoho.get(f"/invoices/{invoice_id}/customfields")["custom_fields"][0]["value"] == "x"
    assert zoho.get(f"/creditnotes/{note_id}/customfields")["custom_fields"][0]["value"] == "y"


def test_an_unknown_custom_field_is_dropped_or_refused() -> None:
    zoho = a_caller()
    sent = [{"api_name": "cf_nobody", "value": "1"}]

    assert zoho.get(f"/contacts/{zoho.contact(custom_fields=sent)}")["contact"]["custom_fields"] == []
    zoho.org.switches.set(unknown_custom_field="refuse")
    assert zoho.refused("POST", "/contacts", {"contact_name": "B", "custom_fields": sent})[:2] == (400, 4)


def test_a_changed_unique_value_frees_the_old_one() -> None:
    zoho = a_caller()

    def value(text: str) -> dict[str, Any]:
        return {"custom_fields": [{"api_name": "cf_shopify_id", "value": text}]}

    first = zoho.contact("A", **value("x"))
    zoho.put(f"/contacts/{first}", value("y"))

    assert zoho.contact("B", **value("x"))
    assert zoho.refused("PUT", f"/contacts/{first}", value("x"))[0] == 400


# -- documents ----------------------------------------------------------------------------


def test_invoices_are_deleted_and_voided_many_at_a_time() -> None:
    zoho = a_caller()
    contact_id = zoho.contact()
    ids = [zoho.invoice(contact_id)["invoice_id"] for _ in range(3)]

    zoho.post("/invoices/status/void", invoice_ids=",".join(ids[:2]))
    zoho.delete("/invoices", invoice_ids=",".join(ids[:2]))

    assert [invoice["invoice_id"] for invoice in zoho.books.invoices()] == ids[2:]
    assert zoho.refused("POST", "/invoices/status/sent")[0] == 400
    assert zoho.refused("POST", "/invoices/status/sent", invoice_ids="1")[:2] == (404, 1002)


def test_an_invoice_is_mailed_on_request() -> None:
    zoho = a_caller()
    invoice_id = zoho.invoice(zoho.contact(), sent=False)["invoice_id"]

    assert zoho.post(f"/invoices/{invoice_id}/email")["message"] == "Your invoice has been sent."
    assert zoho.books.invoices()[0]["is_emailed"] is True
    assert zoho.books.invoices()[0]["status"] == "sent"


def test_an_invoice_is_viewed_and_one_alone_can_be_locked() -> None:
    zoho = a_caller()
    human = zoho.company.human(zoho.org)
    invoice_id = zoho.invoice(zoho.contact())["invoice_id"]

    human.view_invoice(invoice_id)
    human.lock_invoice(invoice_id)

    shown = zoho.get(f"/invoices/{invoice_id}")["invoice"]
    assert (shown["status"], shown["lock_details"]) == ("viewed", {"reason": "Locked by hand"})
    assert zoho.get("/invoices", status="viewed")["invoices"]
    assert zoho.refused("PUT", f"/invoices/{invoice_id}", {"notes": "x"})[0] == 400
    assert zoho.refused("POST", f"/invoices/{invoice_id}/status/void")[0] == 400
    human.lock_invoice(invoice_id, "")
    zoho.put(f"/invoices/{invoice_id}", {"notes": "x"})


def test_lists_of_documents_are_filtered_by_their_lines() -> None:
    zoho = a_caller()
    contact_id = zoho.contact()
    item_id = zoho.post("/items", {"name": "Throw", "rate": 9})["item"]["item_id"]
    zoho.invoice(contact_id, {"item_id": item_id}, payment_terms=5)
    zoho.invoice(contact_id)
    zoho.creditnote(contact_id, {"item_id": item_id})
    zoho.creditnote(contact_id)

    assert len(zoho.get("/invoices", item_id=item_id)["invoices"]) == 1
    assert len(zoho.get("/invoices", item_name="throw")["invoices"]) == 1
    assert len(zoho.get("/creditnotes", item_id=item_id)["creditnotes"]) == 1
    assert len(zoho.get("/creditnotes", status="open", total_greater_than="50")["creditnotes"]) == 1
    sums = zoho.get("/invoices", response_option="3")["page_context"]
    assert sums["sum_columns"] == {"total": 109.0, "balance": 109.0}


def test_payments_are_changed_and_deleted_together() -> None:
    zoho = a_caller()
    contact_id = zoho.contact()
    invoice_id = zoho.invoice(contact_id)["invoice_id"]
    payment_id = zoho.payment(contact_id, 50, (invoice_id, 50))["payment_id"]
    path = f"/customerpayments/{payment_id}"

    assert zoho.refused("PUT", path, {"amount": 40})[0] == 400  # fifty are applied
    zoho.put(path, {"amount": 40, "invoices": [{"invoice_id": invoice_id, "amount_applied": 30}]})

    assert zoho.get(path)["payment"]["unused_amount"] == 10.0
    assert zoho.get(f"/invoices/{invoice_id}")["invoice"]["balance"] == 70.0
    assert zoho.refused("DELETE", "/customerpayments", payment_ids=payment_id)[0] == 400
    zoho.delete("/customerpayments", payment_ids=payment_id, bulk_delete="true")
    assert zoho.books.payments() == []


def test_a_payments_refund_is_listed_shown_and_taken_back() -> None:
    zoho = a_caller()
    payment_id = zoho.payment(zoho.contact(), 50)["payment_id"]
    path = f"/customerpayments/{payment_id}/refunds"
    body = {"date": "2026-11-21", "amount": 20, "from_account_id": zoho.account("PayPal")}
    refund_id = zoho.post(path, body)["payment_refunds"]["payment_refund_id"]

    assert zoho.get(path)["payment_refunds"][0]["amount"] == 20.0
    assert zoho.get(f"{path}/{refund_id}")["payment_refunds"]["payment_id"] == payment_id
    assert zoho.refused("DELETE", f"/customerpayments/{payment_id}")[0] == 400
    zoho.delete(f"{path}/{refund_id}")
    assert zoho.refused("GET", f"{path}/{refund_id}")[:2] == (404, 1002)
    assert zoho.get(f"/customerpayments/{payment_id}")["payment"]["unused_amount"] == 50.0


def test_payment_lists_have_the_documents_key_under_one_reading() -> None:
    zoho = a_caller()
    zoho.org.switches.set(payments_key="customer_payments")

    assert zoho.get("/customerpayments")["customer_payments"] == []


def test_a_credit_note_is_changed_voided_and_deleted() -> None:
    zoho = a_caller()
    note_id = zoho.creditnote(zoho.contact())["creditnote_id"]
    path = f"/creditnotes/{note_id}"

    assert zoho.put(path, {"line_items": [a_line(rate=40)]})["creditnote"]["total"] == 40.0
    zoho.post(f"{path}/status/void")
    assert zoho.refused("PUT", path, {"notes": "x"})[0] == 400
    zoho.post(f"{path}/status/draft")
    assert zoho.refused("POST", f"{path}/status/draft")[0] == 400
    zoho.delete(path)
    assert zoho.refused("GET", path) == (404, 1002, "Credit Note does not exist.")


def test_a_used_credit_note_is_neither_deleted_nor_lowered_below_its_use() -> None:
    zoho = a_caller()
    note_id = zoho.creditnote(zoho.contact())["creditnote_id"]
    path = f"/creditnotes/{note_id}"
    body = {"date": "2026-11-21", "amount": 60, "from_account_id": zoho.account("PayPal")}
    refund_id = zoho.post(f"{path}/refunds", body)["creditnote_refund"]["creditnote_refund_id"]

    assert zoho.refused("DELETE", path)[0] == 400
    assert zoho.refused("POST", f"{path}/status/void")[0] == 400
    assert zoho.refused("PUT", path, {"line_items": [a_line(rate=50)]})[0] == 400
    assert zoho.get("/creditnotes/refunds")["creditnote_refunds"][0]["amount"] == 60.0
    assert zoho.get(f"{path}/refunds/{refund_id}")["creditnote_refund"]["creditnote_id"] == note_id
    zoho.delete(f"{path}/refunds/{refund_id}")
    assert zoho.get(f"{path}/refunds")["creditnote_refunds"] == []
    assert zoho.get(path)["creditnote"]["balance"] == 100.0


def test_tax_that_a_customer_withheld_lowers_the_balance() -> None:
    zoho = a_caller()
    contact_id = zoho.contact()
    invoice_id = zoho.invoice(contact_id)["invoice_id"]
    part = {"invoice_id": invoice_id, "amount_applied": 90, "tax_amount_withheld": 10}

    zoho.payment(contact_id, 90, invoices=[part])

    shown = zoho.get(f"/invoices/{invoice_id}")["invoice"]
    assert (shown["status"], shown["tax_amount_withheld"]) == ("paid", 10.0)
    assert zoho.books.trial_balance() == 0


# -- masters ------------------------------------------------------------------------------


def test_items_are_corrected_and_keep_their_names_unique() -> None:
    zoho = a_caller("us")
    item_id = zoho.post("/items", {"name": "A", "rate": 1, "sku": "S"})["item"]["item_id"]
    zoho.post("/items", {"name": "B", "rate": 1})

    assert zoho.put(f"/items/{item_id}", {"rate": 2.555})["item"]["rate"] == 2.56
    assert zoho.refused("PUT", f"/items/{item_id}", {"name": "b"})[:2] == (400, 1001)
    assert zoho.refused("PUT", f"/items/{item_id}", {"is_taxable": False})[0] == 400  # wants an exemption
    zoho.delete(f"/items/{item_id}")
    assert zoho.post("/items", {"name": "A", "rate": 1, "sku": "S"})


def test_taxes_authorities_and_exemptions_are_kept() -> None:
    zoho = a_caller("us")
    authority = zoho.post("/settings/taxauthorities", {"tax_authority_name": "Texas"})["tax_authority"]
    body = {"tax_name": "Texas Tax", "tax_percentage": 6.25, "tax_authority_id": authority["tax_authority_id"]}
    tax = zoho.post("/settings/taxes", body)["tax"]
    exemption = zoho.post("/settings/taxexemptions", {"tax_exemption_code": "FARM", "type": "customer"})

    assert tax["tax_authority_name"] == "Texas"
    assert len(zoho.get("/settings/taxauthorities")["tax_authorities"]) == 3
    assert exemption["tax_exemption"]["type"] == "customer"
    assert zoho.put(f"/settings/taxes/{tax['tax_id']}", {"tax_percentage": 7})["tax"]["tax_percentage"] == 7
    assert zoho.get(f"/settings/taxes/{tax['tax_id']}")["tax"]["tax_name"] == "Texas Tax"
    zoho.delete(f"/settings/taxes/{tax['tax_id']}")
    assert zoho.refused("GET", f"/settings/taxes/{tax['tax_id']}")[:2] == (404, 1002)
    assert a_caller("uk").refused("GET", "/settings/taxauthorities")[:2] == (404, 5)


def test_a_group_is_renamed_and_given_other_members() -> None:
    zoho = a_caller("ca")
    path = f"/settings/taxgroups/{zoho.tax('GST + QST')}"

    changed = zoho.put(path, {"tax_group_name": "Both", "taxes": f"{zoho.tax('GST')},{zoho.tax('PST BC')}"})[
        "tax_group"
    ]

    assert (changed["tax_group_name"], changed["tax_group_percentage"]) == ("Both", 12)
    assert zoho.refused("PUT", path, {"taxes": "1"})[0] == 400
    zoho.delete(path)


def test_exchange_rates_are_shown_changed_and_deleted() -> None:
    zoho = a_caller()
    path = f"/settings/currencies/{zoho.org.currency('USD').currency_id}"
    rate = zoho.post(f"{path}/exchangerates", {"rate": 0.79, "effective_date": "2026-11-20"})["exchange_rate"]
    one = f"{path}/exchangerates/{rate['exchange_rate_id']}"

    zoho.put(one, {"rate": 0.8})

    assert zoho.get(one)["exchange_rate"]["rate"] == 0.8
    assert zoho.get(path)["currency"]["exchange_rate"] == 0.8
    zoho.delete(one)
    assert zoho.refused("GET", one)[:2] == (404, 1002)
    assert zoho.put(path, {"currency_symbol": "US$"})["currency"]["currency_symbol"] == "US$"


def test_accounts_are_made_renamed_and_deleted_while_unused() -> None:
    zoho = a_caller()
    body = {"account_name": "Wholesale", "account_type": "income", "account_code": "4100"}
    account = zoho.post("/chartofaccounts", body)["chart_of_account"]
    path = f"/chartofaccounts/{account['account_id']}"

    assert zoho.refused("POST", "/chartofaccounts", body)[0] == 400
    zoho.put(path, {"account_name": "Trade sales"})
    assert zoho.get(path)["chart_of_account"]["account_name"] == "Trade sales"
    zoho.delete(path)
    assert zoho.refused("DELETE", f"/chartofaccounts/{zoho.account('Sales')}")[0] == 400
    zoho.refresh_token = zoho.company.connect(zoho.client, scopes=["ZohoBooks.fullaccess.all"])
    zoho.token = token(zoho)["access_token"]
    bank = zoho.post("/bankaccounts", {"account_name": "Klarna", "account_type": "bank"})["bankaccount"]
    assert zoho.get(f"/bankaccounts/{bank['account_id']}")["bankaccount"]["balance"] == 0
    assert zoho.refused("GET", f"/bankaccounts/{zoho.account('Sales')}")[:2] == (404, 1002)


def test_a_draft_journal_counts_once_it_is_published() -> None:
    zoho = a_caller()
    lines = [
        {"account_id": zoho.account("Tips"), "debit_or_credit": "debit", "amount": 5},
        {"account_id": zoho.account("Main Bank"), "debit_or_credit": "credit", "amount": 5},
    ]
    body = {"journal_date": "2026-11-20", "line_items": lines, "status": "draft", "reference_number": "J1"}
    journal_id = zoho.post("/journals", body)["journal"]["journal_id"]

    assert zoho.books.net_by_account() == {}
    zoho.post(f"/journals/{journal_id}/status/publish")
    assert zoho.books.net_by_account()["Main Bank"] == -5
    assert zoho.get("/journals", reference_number="J1")["journals"][0]["total"] == 5.0
    assert zoho.get(f"/journals/{journal_id}")["journal"]["line_items"][0]["bcy_amount"] == 5.0
    zoho.delete(f"/journals/{journal_id}")
    assert zoho.books.net_by_account() == {}


# -- accounts -----------------------------------------------------------------------------


def test_an_old_token_answer_counts_in_milliseconds() -> None:
    zoho = a_caller()
    zoho.company.limits.old_format = True

    told = token(zoho)

    assert (told["expires_in"], told["expires_in_sec"]) == (3_600_000, 3600)


def test_too_many_codes_and_wrong_pages() -> None:
    zoho = a_caller()
    asked = {
        "response_type": "code",
        "client_id": zoho.client.client_id,
        "scope": "ZohoBooks.contacts.ALL",
        "redirect_uri": zoho.client.redirect_uris[0],
    }

    places = []
    for _ in range(11):
        answer = zoho.company.handle(Request("GET", "/oauth/v2/auth", tuple(asked.items())))
        assert isinstance(answer, Response)
        places.append("code=" in answer.headers["Location"])
    nowhere = zoho.company.handle(Request("GET", "/oauth/v2/nothing"))

    assert places == [True] * 10 + [False]
    assert isinstance(nowhere, Response)
    assert nowhere.status == 404


@pytest.mark.parametrize("path", ["/oauth/v2/token/revoke", "/oauth/v2/revoke/token"])
def test_revoking_what_nobody_knows_is_an_invalid_code(path: str) -> None:
    zoho = a_caller()
    fields = {"token": "1000.a.b", "client_id": zoho.client.client_id, "client_secret": zoho.client.secrets["us"]}

    assert form(path, fields, zoho.company).json() == {"error": "invalid_code"}
    assert "error" in form("/oauth/v2/revoke/token", {"token": zoho.refresh_token}, zoho.company).json()


def test_an_inactive_organisation_refuses_every_call() -> None:
    zoho = a_caller()
    zoho.org.active = False

    assert zoho.response("GET", "/contacts").status == 404
    assert zoho.get("/organizations")["organizations"][0]["is_org_active"] is False


def test_people_do_the_rest_by_hand() -> None:
    zoho = a_caller()
    human = zoho.company.human(zoho.org)
    contact_id, other = zoho.contact("A", contact_persons=[{"email": "a@mail.example"}]), zoho.contact("B")
    invoice_id = zoho.invoice(contact_id, sent=False)["invoice_id"]
    human.send_invoice(invoice_id)
    payment_id = zoho.payment(contact_id, 100, (invoice_id, 100))["payment_id"]
    note_id = zoho.creditnote(contact_id)["creditnote_id"]

    human.edit_contact(contact_id, name="A2", email="new@mail.example", notes="vip")
    human.delete_payment(payment_id)
    human.delete_creditnote(note_id)
    human.merge_contacts(other, contact_id)
    human.deactivate_contact(contact_id)
    human.add_account("Klarna", "bank", "EUR")
    human.remove_custom_field("invoice", "cf_shopify_id")

    contact = zoho.get(f"/contacts/{contact_id}")["contact"]
    assert (contact["contact_name"], contact["email"], contact["status"]) == ("A2", "new@mail.example", "inactive")
    assert zoho.org.account("Klarna").currency_id == zoho.org.currency("EUR").currency_id
    assert zoho.get("/settings/customfields")["customfields"]["invoice"] == []
    assert zoho.books.balance_of(contact_id) == {"GBP": 100}


def test_a_named_fault_is_queued_by_the_company() -> None:
    zoho = a_caller()
    zoho.company.fault("commit_then_no_answer", path="/contacts")

    zoho.ask("POST", "/contacts", {"contact_name": "A"})

    assert len(zoho.books.contacts()) == 1
