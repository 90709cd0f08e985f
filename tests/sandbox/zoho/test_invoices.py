"""Invoices: their numbers, their states, what may be changed and what not."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from tests.sandbox.zoho.caller import Caller, a_caller, a_line, token

IGNORE = {"ignore_auto_number_generation": "true"}


def state(zoho: Caller, invoice: dict[str, Any]) -> str:
    return str(zoho.get(f"/invoices/{invoice['invoice_id']}")["invoice"]["status"])


def order(value: str) -> list[dict[str, str]]:
    return [{"api_name": "cf_shopify_id", "value": value}]


# -- numbers ------------------------------------------------------------------------------


def test_zoho_numbers_invoices_itself() -> None:
    zoho = a_caller()
    contact_id = zoho.contact()

    assert [zoho.invoice(contact_id)["invoice_number"] for _ in range(2)] == ["INV-000001", "INV-000002"]


def test_an_own_number_needs_the_query_flag() -> None:
    zoho = a_caller()
    body = {"customer_id": zoho.contact(), "line_items": [a_line()], "invoice_number": "1001"}

    assert zoho.refused("POST", "/invoices", {**body, "ignore_auto_number_generation": True})[:2] == (400, 4097)
    assert zoho.post("/invoices", body, **IGNORE)["invoice"]["invoice_number"] == "1001"
    assert zoho.refused("POST", "/invoices", body, **IGNORE)[0] == 400  # refused twice


def test_a_refused_invoice_uses_up_no_number() -> None:
    zoho = a_caller()
    contact_id = zoho.contact()
    zoho.refused("POST", "/invoices", {"customer_id": contact_id, "line_items": [a_line(rate=-1)]})

    assert zoho.invoice(contact_id)["invoice_number"] == "INV-000001"


# -- lines --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "spoil",
    [
        {"quantity": 0},
        {"quantity": -1},
        {"rate": -1},
        {"rate": "ten"},
        {"tax_id": "1"},
        {"account_id": "1"},
        {"item_id": "1"},
        {"name": "x" * 101},
        {"description": "x" * 2001},
        {"line_item_id": "1"},
    ],
)
def test_a_line_that_zoho_does_not_take(spoil: dict[str, Any]) -> None:
    zoho = a_caller()
    body = {"customer_id": zoho.contact(), "line_items": [{**a_line(), **spoil}]}

    assert zoho.refused("POST", "/invoices", body)[0] in (400, 404)
    assert zoho.books.invoices() == []


def test_long_names_are_cut_under_the_other_reading() -> None:
    zoho = a_caller()
    zoho.org.switches.set(long_line_names="cut")

    assert zoho.invoice(zoho.contact(), a_line("x" * 300))["line_items"][0]["name"] == "x" * 100


def test_a_line_discount_counts_only_with_item_level() -> None:
    zoho = a_caller()
    contact_id, line = zoho.contact(), a_line(discount=10)

    plain = zoho.invoice(contact_id, line)
    item_level = zoho.invoice(contact_id, line, discount_type="item_level")

    assert (plain["total"], item_level["total"]) == (100.0, 90.0)


def test_a_discount_without_its_type_does_not_count() -> None:
    zoho = a_caller()
    contact_id = zoho.contact()

    assert zoho.invoice(contact_id, discount=10)["total"] == 100.0
    assert zoho.invoice(contact_id, discount="10%", discount_type="entity_level")["total"] == 90.0


def test_a_line_without_a_tax_inherits_its_items_tax_and_an_empty_one_does_not() -> None:
    zoho = a_caller()
    vat = zoho.tax("Standard Rate")
    item_id = zoho.post("/items", {"name": "Throw", "rate": 100, "tax_id": vat})["item"]["item_id"]

    invoice = zoho.invoice(zoho.contact(), {"item_id": item_id}, {"item_id": item_id, "tax_id": ""})

    assert [line["tax_id"] for line in invoice["line_items"]] == [vat, ""]
    assert invoice["total"] == 220.0


def test_lines_come_back_in_the_order_asked_for() -> None:
    invoice = (zoho := a_caller()).invoice(zoho.contact(), a_line("b", item_order=2), a_line("a", item_order=1))

    assert [line["name"] for line in invoice["line_items"]] == ["a", "b"]


def test_an_inactive_account_is_refused() -> None:
    zoho = a_caller()
    zoho.company.human(zoho.org).deactivate_account("Tips")
    body = {"customer_id": zoho.contact(), "line_items": [a_line(account_id=zoho.account("Tips"))]}

    assert zoho.refused("POST", "/invoices", body)[0] == 400


# -- editing ------------------------------------------------------------------------------


def test_a_put_deletes_lines_that_are_left_out_and_keeps_scalars() -> None:
    zoho = a_caller()
    invoice = zoho.invoice(zoho.contact(), a_line("a"), a_line("b", 50), reference_number="#1", sent=False)
    kept = invoice["line_items"][1]

    body = {"line_items": [{"line_item_id": kept["line_item_id"], "rate": 60}, a_line("c", 5)]}
    changed = zoho.put(f"/invoices/{invoice['invoice_id']}", body)["invoice"]

    assert [(line["name"], line["rate"]) for line in changed["line_items"]] == [("b", 60.0), ("c", 5.0)]
    assert changed["line_items"][0]["line_item_id"] == kept["line_item_id"]
    assert (changed["reference_number"], changed["total"]) == ("#1", 65.0)


def test_an_adjustment_is_put_without_touching_the_lines() -> None:
    zoho = a_caller()
    invoice = zoho.invoice(zoho.contact(), sent=False)

    body = {"adjustment": -0.01, "adjustment_description": "Rounding Off"}
    changed = zoho.put(f"/invoices/{invoice['invoice_id']}", body)["invoice"]

    assert (changed["total"], changed["adjustment_description"]) == (99.99, "Rounding Off")
    assert changed["line_items"] == invoice["line_items"]


def test_paid_and_void_invoices_refuse_a_change() -> None:
    zoho = a_caller()
    contact_id = zoho.contact()
    paid, void = zoho.invoice(contact_id), zoho.invoice(contact_id)
    zoho.payment(contact_id, 100, (paid["invoice_id"], 100))
    zoho.post(f"/invoices/{void['invoice_id']}/status/void")

    for invoice in (paid, void):
        assert zoho.refused("PUT", f"/invoices/{invoice['invoice_id']}", {"notes": "x"})[0] == 400


def test_an_edit_cannot_bring_the_total_below_what_was_applied() -> None:
    zoho = a_caller()
    contact_id = zoho.contact()
    invoice = zoho.invoice(contact_id)
    zoho.payment(contact_id, 60, (invoice["invoice_id"], 60))

    assert zoho.refused("PUT", f"/invoices/{invoice['invoice_id']}", {"line_items": [a_line(rate=50)]})[0] == 400
    assert zoho.put(f"/invoices/{invoice['invoice_id']}", {"line_items": [a_line(rate=60)]})["invoice"]["balance"] == 0


def test_some_editions_lock_what_was_sent() -> None:
    zoho = a_caller()
    zoho.org.switches.set(edit_sent=False)
    invoice = zoho.invoice(zoho.contact())

    assert zoho.refused("PUT", f"/invoices/{invoice['invoice_id']}", {"notes": "x"})[0] == 400


# -- states -------------------------------------------------------------------------------


def test_a_new_invoice_is_a_draft_that_the_books_do_not_know() -> None:
    zoho = a_caller()
    invoice = zoho.invoice(zoho.contact(), sent=False)

    assert invoice["status"] == "draft"
    assert zoho.books.net_by_account() == {}
    assert zoho.books.mails == ()


def test_the_life_of_an_invoice() -> None:
    zoho = a_caller()
    contact_id = zoho.contact()
    invoice = zoho.invoice(contact_id)
    path = f"/invoices/{invoice['invoice_id']}"

    states = [state(zoho, invoice)]
    zoho.payment(contact_id, 40, (invoice["invoice_id"], 40))
    states.append(state(zoho, invoice))
    zoho.clock.forward(days=1)
    zoho.token = token(zoho)["access_token"]
    states.append(state(zoho, invoice))
    zoho.payment(contact_id, 60, (invoice["invoice_id"], 60))
    states.append(state(zoho, invoice))
    zoho.post(f"{path}/status/void")
    states.append(state(zoho, invoice))
    zoho.post(f"{path}/status/draft")
    states.append(state(zoho, invoice))

    assert states == ["sent", "partially_paid", "overdue", "paid", "void", "draft"]


def test_voiding_returns_payments_and_credits_to_the_customer() -> None:
    zoho = a_caller()
    contact_id = zoho.contact()
    invoice = zoho.invoice(contact_id)
    zoho.payment(contact_id, 100, (invoice["invoice_id"], 100))

    zoho.post(f"/invoices/{invoice['invoice_id']}/status/void")

    contact = zoho.get(f"/contacts/{contact_id}")["contact"]
    assert (contact["outstanding_receivable_amount"], contact["unused_credits_receivable_amount"]) == (0, 100)
    assert zoho.books.balance_of(contact_id) == {"GBP": -100}


def test_marking_as_sent_and_voiding_may_be_repeated() -> None:
    zoho = a_caller()
    invoice = zoho.invoice(zoho.contact())
    path = f"/invoices/{invoice['invoice_id']}/status"

    assert zoho.post(f"{path}/sent")["message"] == "Invoice status has been changed to Sent."
    zoho.post(f"{path}/void")
    assert zoho.post(f"{path}/void")["message"] == "Invoice status has been changed to Void."
    assert zoho.refused("POST", f"{path}/sent")[0] == 400


def test_an_invoice_of_nothing_is_paid_as_soon_as_it_is_sent() -> None:
    zoho = a_caller()

    assert state(zoho, zoho.invoice(zoho.contact(), a_line(rate=0))) == "paid"


@pytest.mark.parametrize(
    ("bulk", "changed"), [("partial", ["sent", "void", "sent"]), ("all_or_nothing", ["draft", "void", "draft"])]
)
def test_many_invoices_are_marked_in_one_call(bulk: str, changed: list[str]) -> None:
    zoho = a_caller()
    zoho.org.switches.set(bulk=bulk)
    contact_id = zoho.contact()
    invoices = [zoho.invoice(contact_id, sent=False) for _ in range(3)]
    zoho.post(f"/invoices/{invoices[1]['invoice_id']}/status/void")

    zoho.response("POST", "/invoices/status/sent", invoice_ids=",".join(i["invoice_id"] for i in invoices))

    assert [state(zoho, invoice) for invoice in invoices] == changed


def test_what_has_a_payment_cannot_be_deleted() -> None:
    zoho = a_caller()
    contact_id = zoho.contact()
    free, used = zoho.invoice(contact_id), zoho.invoice(contact_id)
    zoho.payment(contact_id, 1, (used["invoice_id"], 1))

    assert zoho.delete(f"/invoices/{free['invoice_id']}")["message"] == "The invoice has been deleted."
    assert zoho.refused("DELETE", f"/invoices/{used['invoice_id']}")[0] == 400
    assert zoho.refused("GET", f"/invoices/{free['invoice_id']}") == (404, 1002, "Invoice does not exist.")


def test_a_write_off_takes_the_balance_and_can_be_cancelled() -> None:
    zoho = a_caller()
    invoice = zoho.invoice(zoho.contact())
    path = f"/invoices/{invoice['invoice_id']}/writeoff"

    zoho.post(path)
    assert state(zoho, invoice) == "paid"
    assert zoho.books.net_by_account()["Bad Debt"] == 100
    zoho.post(f"{path}/cancel")
    assert state(zoho, invoice) == "sent"


def test_send_mails_the_customer_and_its_absence_does_not() -> None:
    zoho = a_caller()
    contact_id = zoho.contact(contact_persons=[{"email": "ada@mail.example"}])
    body = {"customer_id": contact_id, "line_items": [a_line()]}

    zoho.post("/invoices", body, send="false")
    assert zoho.books.mails == ()
    assert zoho.post("/invoices", body, send="true")["invoice"]["status"] == "sent"
    assert zoho.books.mails[0].to == ("ada@mail.example",)


# -- finding ------------------------------------------------------------------------------


def test_reference_numbers_are_not_unique() -> None:
    zoho = a_caller()
    contact_id = zoho.contact()
    for _ in range(2):
        zoho.invoice(contact_id, reference_number="#1001")

    assert len(zoho.get("/invoices", reference_number="#1001")["invoices"]) == 2


def test_a_custom_field_filters_by_its_documented_name_and_by_its_own_only_sometimes() -> None:
    zoho = a_caller()
    contact_id = zoho.contact()
    for value in ("a", "b"):
        zoho.invoice(contact_id, custom_fields=order(value))

    assert len(zoho.get("/invoices", custom_field="a")["invoices"]) == 1
    assert len(zoho.get("/invoices", cf_shopify_id="a")["invoices"]) == 2
    zoho.org.switches.set(custom_field_filter=True)
    assert len(zoho.get("/invoices", cf_shopify_id="a")["invoices"]) == 1


def test_list_rows_are_thin_and_say_zipcode() -> None:
    zoho = a_caller()
    zoho.invoice(zoho.contact(billing_address={"zip": "LS1"}))

    row = zoho.get("/invoices")["invoices"][0]

    assert row["billing_address"]["zipcode"] == "LS1"
    assert "zip" not in row["billing_address"]
    assert "line_items" not in row


def test_lists_can_be_counted_filtered_by_status_and_by_amount() -> None:
    zoho = a_caller()
    contact_id = zoho.contact()
    zoho.invoice(contact_id, a_line(rate=10), sent=False)
    zoho.invoice(contact_id, a_line(rate=20))

    assert [i["total"] for i in zoho.get("/invoices", status="sent")["invoices"]] == [20.0]
    assert [i["total"] for i in zoho.get("/invoices", total_less_than="15")["invoices"]] == [10.0]
    counted = zoho.get("/invoices", response_option="2")
    assert (counted["invoices"], counted["page_context"]["total"]) == ([], 2)
    assert [i["total"] for i in zoho.get("/invoices")["invoices"]] == [20.0, 10.0]  # newest first


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ({"reference_number_startswith": "#1"}, [1, 2]),
        ({"reference_number_contains": "02"}, [2]),
        ({"customer_name": "ada vale"}, [1, 2, 3]),
        ({"date_start": "2026-11-02"}, [2, 3]),
        ({"date_end": "2026-11-02"}, [1, 2]),
        ({"date_before": "2026-11-02"}, [1]),
        ({"date_after": "2026-11-02"}, [3]),
        ({"date": "2026-11-02"}, [2]),
        ({"total_greater_equals": "20"}, [2, 3]),
        ({"search_text": "INV-000003"}, [3]),
        ({"sort_column": "total", "sort_order": "D"}, [3, 2, 1]),
        ({"filter_by": "Status.Draft"}, [1, 2, 3]),
        ({"filter_by": "Status.Sent"}, []),
        ({"reference": "#101"}, [1, 2, 3]),  # no such filter
    ],
)
def test_the_documented_filters_filter(query: dict[str, str], numbers: list[int]) -> None:
    zoho = a_caller()
    contact_id = zoho.contact()
    for n, name in ((1, "#101"), (2, "#102"), (3, "#201")):
        day = f"2026-11-0{n}"
        zoho.invoice(contact_id, a_line(rate=10 * n), reference_number=name, date=day, sent=False)

    found = zoho.get("/invoices", **query)["invoices"]

    ordered = numbers if "sort_column" in query else numbers[::-1]
    assert [int(row["invoice_number"][-1]) for row in found] == ordered


@pytest.mark.parametrize(
    "query", [{"total": "ten"}, {"date": "yesterday"}, {"page": "0"}, {"last_modified_time": "now"}]
)
def test_a_filter_that_makes_no_sense_is_refused(query: dict[str, str]) -> None:
    assert a_caller().refused("GET", "/invoices", **query)[:2] == (400, 4)


# -- upsert -------------------------------------------------------------------------------


def test_an_upsert_makes_one_invoice_and_changes_it_on_repetition() -> None:
    zoho = a_caller()
    body = {"customer_id": zoho.contact(), "line_items": [a_line()], "custom_fields": order("invoice:1")}

    answers = [zoho.upsert("/invoices", "invoice:1", body).status for _ in range(2)]

    assert answers == [201, 200]
    assert len(zoho.books.invoices()) == 1


def test_an_upsert_finds_what_a_lagging_search_does_not() -> None:
    zoho = a_caller()
    zoho.org.switches.set(list_lag_s=600.0)
    body = {"customer_id": zoho.contact(), "line_items": [a_line()], "custom_fields": order("invoice:1")}
    zoho.upsert("/invoices", "invoice:1", body)

    assert zoho.get("/invoices", custom_field="invoice:1")["invoices"] == []
    assert zoho.upsert("/invoices", "invoice:1", body).status == 200


def test_an_upsert_of_a_paid_invoice_is_refused() -> None:
    zoho = a_caller()
    contact_id = zoho.contact()
    body = {"customer_id": contact_id, "line_items": [a_line()], "custom_fields": order("invoice:1")}
    invoice = zoho.upsert("/invoices", "invoice:1", body).json()["invoice"]
    zoho.post(f"/invoices/{invoice['invoice_id']}/status/sent")
    zoho.payment(contact_id, 100, (invoice["invoice_id"], 100))

    assert zoho.upsert("/invoices", "invoice:1", body).status == 400


def test_an_upsert_whose_body_lacks_the_value_is_not_found_again() -> None:
    zoho = a_caller()
    body = {"customer_id": zoho.contact(), "line_items": [a_line()]}

    assert [zoho.upsert("/invoices", "invoice:1", body).status for _ in range(2)] == [201, 201]


# -- currencies, dates, locks -------------------------------------------------------------


def test_an_invoice_takes_its_contacts_currency_silently() -> None:
    zoho = a_caller()
    contact_id, usd = zoho.contact(), zoho.org.currency("USD").currency_id

    assert zoho.invoice(contact_id, currency_id=usd)["currency_code"] == "GBP"
    zoho.org.switches.set(currency_mismatch="refuse")
    assert (
        zoho.refused("POST", "/invoices", {"customer_id": contact_id, "line_items": [a_line()], "currency_id": usd})[0]
        == 400
    )
    zoho.org.switches.set(multi_currency_contacts=True)
    assert zoho.invoice(contact_id, currency_id=usd)["currency_code"] == "USD"


def test_a_foreign_invoice_uses_its_own_rate_or_the_stored_one() -> None:
    zoho = a_caller()
    contact_id = zoho.contact(currency_id=zoho.org.currency("EUR").currency_id)

    own, stored = zoho.invoice(contact_id, exchange_rate=0.85), zoho.invoice(contact_id)

    assert (own["exchange_rate"], own["bcy_total"], own["total"]) == (0.85, 85.0, 100.0)
    assert stored["exchange_rate"] == 0.854331  # 1.085 / 1.27


def test_a_base_currency_invoice_has_rate_one_whatever_is_sent() -> None:
    zoho = a_caller()

    assert zoho.invoice(zoho.contact(), exchange_rate=2)["exchange_rate"] == 1


@pytest.mark.parametrize(("code", "total"), [("JPY", 101), ("KWD", 100.556)])
def test_decimals_follow_the_currency(code: str, total: float) -> None:
    zoho = a_caller()
    contact_id = zoho.contact(currency_id=zoho.org.currency(code).currency_id)

    assert zoho.invoice(contact_id, a_line(rate=100.5555))["total"] == total


def test_the_due_date_follows_the_terms_unless_one_is_sent() -> None:
    zoho = a_caller()
    contact_id = zoho.contact()

    terms = zoho.invoice(contact_id, date="2026-11-01", payment_terms=30)
    sent = zoho.invoice(contact_id, date="2026-11-01", due_date="2026-12-24")

    assert (terms["due_date"], terms["payment_terms_label"], sent["due_date"]) == ("2026-12-01", "Net 30", "2026-12-24")


def test_the_day_is_the_organisations_day() -> None:
    zoho = a_caller("au")
    zoho.clock.forward(hours=6)  # 15:00 UTC is past midnight in Melbourne
    zoho.token = token(zoho)["access_token"]

    assert zoho.invoice(zoho.contact())["date"] == "2026-11-21"


@pytest.mark.parametrize("reading", [0, 1, 2])
def test_a_locked_period_refuses_new_changed_and_deleted_documents(reading: int) -> None:
    zoho = a_caller()
    zoho.org.switches.set(reading=reading)
    contact_id = zoho.contact()
    old = zoho.invoice(contact_id, date="2026-10-31", sent=False)
    path = f"/invoices/{old['invoice_id']}"
    zoho.company.human(zoho.org).lock_until(date(2026, 10, 31))

    body = {"customer_id": contact_id, "line_items": [a_line()], "date": "2026-10-31"}
    refusals = [
        zoho.refused("POST", "/invoices", body),
        zoho.refused("PUT", path, {"notes": "x"}),
        zoho.refused("PUT", path, {"date": "2026-11-02"}),
        zoho.refused("DELETE", path),
        zoho.refused("POST", f"{path}/status/sent"),
        zoho.refused("POST", f"{path}/status/void"),
    ]

    assert all(status == 400 and "lock" in message for status, _, message in refusals)
    assert zoho.invoice(contact_id, date="2026-11-01")


def test_numbers_may_come_as_text() -> None:
    zoho = a_caller()
    zoho.org.switches.set(numbers_as_text=True)

    invoice = zoho.invoice(zoho.contact(), a_line(tax_id=zoho.tax("Standard Rate")))

    assert (invoice["taxes"][0]["tax_amount"], invoice["exchange_rate"]) == ("20.00", "1")


def test_amounts_have_a_formatted_twin() -> None:
    zoho = a_caller("in")

    assert zoho.invoice(zoho.contact(), a_line(rate=511581.57))["total_formatted"] == "₹5,11,581.57"


def test_a_single_invoice_may_show_an_address_of_its_own() -> None:
    zoho = a_caller()
    invoice = zoho.invoice(zoho.contact())

    zoho.put(f"/invoices/{invoice['invoice_id']}/address/shipping", {"city": "Hull", "zip": "HU1"})

    shown = zoho.get(f"/invoices/{invoice['invoice_id']}")["invoice"]
    assert (shown["shipping_address"]["city"], shown["billing_address"]["city"]) == ("Hull", "")
