"""Contacts and items of the simulated Books."""

from __future__ import annotations

import pytest
from tests.sandbox.zoho.caller import a_caller, a_line

UNIQUE = [{"api_name": "cf_shopify_id", "value": "contact:c9:GBP"}]


def test_a_display_name_is_unique_across_customers_and_vendors_in_any_letter_case() -> None:
    zoho = a_caller()
    zoho.contact("Ada Vale", contact_type="vendor")

    status, code, message = zoho.refused("POST", "/contacts", {"contact_name": "ADA vale"})

    assert (status, code) == (400, 3062)
    assert message == 'The customer "ADA vale" already exists. Please specify a different name.'


def test_a_preference_allows_a_display_name_twice() -> None:
    zoho = a_caller()
    zoho.org.switches.set(duplicate_contact_names=True)

    assert zoho.contact("Ada Vale") != zoho.contact("Ada Vale")


def test_a_renamed_contact_frees_its_name_and_a_deleted_one_too() -> None:
    zoho = a_caller()
    first = zoho.contact("Ada Vale")
    zoho.put(f"/contacts/{first}", {"contact_name": "Ada Hill"})
    second = zoho.contact("Ada Vale")
    zoho.delete(f"/contacts/{second}")

    assert zoho.contact("Ada Vale")


def test_a_mail_address_at_the_top_is_ignored_and_one_in_the_persons_is_found() -> None:
    zoho = a_caller()
    zoho.contact("Top", email="top@mail.example")
    inside = zoho.contact("Inside", contact_persons=[{"first_name": "I", "email": "Inside@mail.example"}])

    found = zoho.get("/contacts", email="inside@MAIL.example")

    assert [row["contact_id"] for row in found["contacts"]] == [inside]
    assert found["page_context"]["search_criteria"][0]["column_name"] == "email"
    assert zoho.get("/contacts", email="top@mail.example")["contacts"] == []


def test_an_unknown_filter_is_ignored_and_not_admitted_to() -> None:
    zoho = a_caller()
    zoho.contact("One")
    zoho.contact("Two")

    answer = zoho.get("/contacts", emial="one@mail.example")

    assert len(answer["contacts"]) == 2
    assert "search_criteria" not in answer["page_context"]


def test_a_country_is_known_by_its_english_name_and_dropped_otherwise() -> None:
    zoho = a_caller()

    countries = {}
    for sent in ("United Kingdom", "GB", "Vereinigtes Königreich", "U.S.A", "united states"):
        contact_id = zoho.contact(sent, billing_address={"country": sent})
        countries[sent] = zoho.get(f"/contacts/{contact_id}")["contact"]["billing_address"]["country_code"]

    assert countries == {
        "United Kingdom": "GB",
        "GB": "",
        "Vereinigtes Königreich": "",
        "U.S.A": "US",
        "united states": "US",
    }


def test_a_text_above_its_limit_is_refused_with_15() -> None:
    refused = a_caller().refused("POST", "/contacts", {"contact_name": "A", "billing_address": {"city": "x" * 101}})

    assert refused == (400, 15, 'Please ensure that the "city" has less than 100 characters.')


def test_an_unknown_payment_term_is_refused() -> None:
    refused = a_caller().refused("POST", "/contacts", {"contact_name": "A", "payment_terms_label": "Someday"})

    assert refused == (400, 4, "Invalid value passed for Payment Terms")


def test_a_put_with_persons_replaces_those_that_are_held() -> None:
    zoho = a_caller()
    contact_id = zoho.contact(contact_persons=[{"first_name": "A"}, {"first_name": "B"}])
    held = zoho.get(f"/contacts/{contact_id}")["contact"]["contact_persons"]
    kept = {"contact_person_id": held[1]["contact_person_id"], "last_name": "Bell"}

    zoho.put(f"/contacts/{contact_id}", {"contact_persons": [kept, {"first_name": "C"}]})

    persons = zoho.get(f"/contacts/{contact_id}")["contact"]["contact_persons"]
    assert [(p["first_name"], p["last_name"]) for p in persons] == [("B", "Bell"), ("C", "")]
    assert persons[0]["contact_person_id"] == held[1]["contact_person_id"]


def test_a_contacts_currency_freezes_with_its_first_document() -> None:
    zoho = a_caller()
    contact_id = zoho.contact()
    usd, eur = zoho.org.currency("USD").currency_id, zoho.org.currency("EUR").currency_id
    zoho.put(f"/contacts/{contact_id}", {"currency_id": usd})
    zoho.invoice(contact_id, sent=False)

    assert zoho.refused("PUT", f"/contacts/{contact_id}", {"currency_id": eur})[0] == 400
    assert zoho.get(f"/contacts/{contact_id}")["contact"]["currency_code"] == "USD"


def test_a_contact_with_documents_cannot_be_deleted() -> None:
    zoho = a_caller()
    contact_id = zoho.contact()
    zoho.invoice(contact_id, sent=False)

    assert zoho.refused("DELETE", f"/contacts/{contact_id}")[:2] == (400, 3000)


def test_an_inactive_contact_takes_no_new_documents() -> None:
    zoho = a_caller()
    contact_id = zoho.contact()
    zoho.post(f"/contacts/{contact_id}/inactive")

    assert zoho.refused("POST", "/invoices", {"customer_id": contact_id, "line_items": [a_line()]})[0] == 400
    zoho.post(f"/contacts/{contact_id}/active")
    assert zoho.invoice(contact_id)


def test_merging_moves_the_documents_and_their_balance() -> None:
    zoho = a_caller()
    gone, kept = zoho.contact("Gone"), zoho.contact("Kept")
    invoice_id = zoho.invoice(gone)["invoice_id"]

    zoho.post(f"/contacts/{gone}/merge", contact_id=kept)

    assert zoho.get(f"/invoices/{invoice_id}")["invoice"]["customer_id"] == kept
    assert zoho.books.balance_of(kept) == {"GBP": 100}
    assert zoho.refused("GET", f"/contacts/{gone}")[:2] == (404, 1002)


def test_an_added_address_keeps_its_id_and_an_invoice_can_name_it() -> None:
    zoho = a_caller()
    contact_id = zoho.contact(billing_address={"city": "Leeds"})
    added = zoho.post(f"/contacts/{contact_id}/address", {"city": "York", "zip": "YO1", "country": "United Kingdom"})

    invoice = zoho.invoice(contact_id, shipping_address_id=added["address_info"]["address_id"], sent=False)

    assert (invoice["billing_address"]["city"], invoice["shipping_address"]["zip"]) == ("Leeds", "YO1")


def test_changing_a_contacts_address_changes_what_open_documents_show() -> None:
    zoho = a_caller()
    contact_id = zoho.contact(billing_address={"city": "Leeds"})
    opened, settled = zoho.invoice(contact_id), zoho.invoice(contact_id)
    zoho.payment(contact_id, 100, (settled["invoice_id"], 100))

    zoho.put(f"/contacts/{contact_id}", {"billing_address": {"city": "York"}})

    cities = [
        zoho.get(f"/invoices/{one['invoice_id']}")["invoice"]["billing_address"]["city"] for one in (opened, settled)
    ]
    assert cities == ["York", "Leeds"]


def test_an_upsert_adds_with_201_and_changes_with_200() -> None:
    zoho = a_caller()
    body = {"contact_name": "Ada", "custom_fields": UNIQUE}

    first = zoho.upsert("/contacts", "contact:c9:GBP", body)
    second = zoho.upsert("/contacts", "contact:c9:GBP", {**body, "contact_name": "Ada Vale"})

    assert (first.status, second.status) == (201, 200)
    assert first.json()["contact"]["contact_id"] == second.json()["contact"]["contact_id"]
    assert zoho.books.find("contacts", "contact:c9:GBP")[0]["contact_name"] == "Ada Vale"


def test_without_upsert_and_without_a_match_nothing_is_made() -> None:
    zoho = a_caller()

    assert zoho.upsert("/contacts", "x", {"contact_name": "A"}, upsert=False).json()["code"] != 0
    assert zoho.books.contacts() == []


def test_a_key_that_forbids_no_duplicates_is_no_key() -> None:
    zoho = a_caller()
    zoho.company.human(zoho.org).add_custom_field("contact", "Loose", "cf_loose")

    assert zoho.upsert("/contacts", "x", {"contact_name": "A"}, key="cf_loose").json()["code"] != 0
    assert zoho.upsert("/contacts", "x", {"contact_name": "A"}, key="cf_none").json()["code"] != 0


def test_a_post_with_a_taken_unique_value_is_refused() -> None:
    zoho = a_caller()
    first = zoho.contact("A", custom_fields=UNIQUE)

    assert zoho.refused("POST", "/contacts", {"contact_name": "B", "custom_fields": UNIQUE})[0] == 400
    zoho.delete(f"/contacts/{first}")
    assert zoho.contact("B", custom_fields=UNIQUE)


@pytest.mark.parametrize("name", ["customfield_id", "api_name", "index", "label"])
def test_a_custom_field_may_be_named_in_four_ways(name: str) -> None:
    zoho = a_caller()
    definition = zoho.get("/settings/customfields")["customfields"]["contact"][0]

    contact_id = zoho.contact(custom_fields=[{name: definition[name], "value": "v"}])

    assert zoho.get(f"/contacts/{contact_id}")["contact"]["custom_field_hash"]["cf_shopify_id"] == "v"


def test_definitions_do_not_tell_that_a_field_forbids_duplicates() -> None:
    definition = a_caller().get("/settings/customfields", entity="invoice")["customfields"]["invoice"][0]

    assert set(definition) == {"customfield_id", "index", "label", "api_name", "data_type", "is_active"}
    assert len(a_caller().get("/settings/customfields/invoice")["customfields"]) == 1


def test_pages_say_whether_there_is_more() -> None:
    zoho = a_caller()
    for name in "CAB":
        zoho.contact(name)

    first, second = zoho.get("/contacts", per_page="2"), zoho.get("/contacts", per_page="2", page="2")

    assert [row["contact_name"] for row in first["contacts"] + second["contacts"]] == ["A", "B", "C"]
    assert (first["page_context"]["has_more_page"], second["page_context"]["has_more_page"]) == (True, False)


def test_the_page_context_has_other_shapes_under_other_readings() -> None:
    zoho = a_caller()
    zoho.org.switches.set(page_context_array=True, search_criteria_object=True)

    context = zoho.get("/contacts", contact_name="A")["page_context"]

    assert context[0]["search_criteria"]["search_text"] == "A"


def test_a_list_lags_behind_a_write_and_the_record_itself_does_not() -> None:
    zoho = a_caller()
    zoho.contact("Before")
    zoho.org.switches.set(list_lag_s=30.0)
    contact_id = zoho.contact("After")

    assert [row["contact_name"] for row in zoho.get("/contacts")["contacts"]] == ["Before"]
    assert zoho.get(f"/contacts/{contact_id}")["contact"]["contact_name"] == "After"
    zoho.clock.forward(seconds=30)
    assert len(zoho.get("/contacts")["contacts"]) == 2


def test_a_lagging_list_shows_an_old_version_and_a_deleted_record() -> None:
    zoho = a_caller()
    renamed, deleted = zoho.contact("Old"), zoho.contact("Deleted")
    zoho.org.switches.set(list_lag_s=30.0)
    zoho.put(f"/contacts/{renamed}", {"contact_name": "New"})
    zoho.delete(f"/contacts/{deleted}")

    assert [row["contact_name"] for row in zoho.get("/contacts")["contacts"]] == ["Deleted", "Old"]
    zoho.clock.forward(seconds=30)
    assert [row["contact_name"] for row in zoho.get("/contacts")["contacts"]] == ["New"]


def test_last_modified_time_means_since_then() -> None:
    zoho = a_caller()
    zoho.contact("Early")
    zoho.clock.forward(minutes=30)
    late = zoho.contact("Late")
    since = zoho.get(f"/contacts/{late}")["contact"]["last_modified_time"]

    found = zoho.get("/contacts", last_modified_time=since)["contacts"]

    assert [row["contact_name"] for row in found] == ["Late"]
    assert since.endswith("+0000")


# -- items --------------------------------------------------------------------------------


def test_an_items_name_and_sku_are_unique() -> None:
    zoho = a_caller()
    zoho.post("/items", {"name": "Throw", "rate": 10, "sku": "T-1"})

    assert zoho.refused("POST", "/items", {"name": "throw", "rate": 10})[:2] == (400, 1001)
    assert zoho.refused("POST", "/items", {"name": "Other", "rate": 10, "sku": "T-1"})[:2] == (400, 1001)


def test_the_sku_filter_works_or_is_ignored() -> None:
    zoho = a_caller()
    zoho.post("/items", {"name": "Throw", "rate": 10, "sku": "T-1"})

    works = zoho.get("/items", sku="T-1")["items"]
    zoho.org.switches.set(sku_filter=False)
    ignored = zoho.get("/items", sku="T-1")["items"]

    assert [row["sku"] for row in works] == ["T-1"]
    assert [row["sku"] for row in ignored] == ["SHIPPING", "T-1"]


def test_an_inactive_item_is_refused_on_a_new_line() -> None:
    zoho = a_caller()
    item_id = zoho.post("/items", {"name": "Throw", "rate": 10})["item"]["item_id"]
    zoho.post(f"/items/{item_id}/inactive")

    body = {"customer_id": zoho.contact(), "line_items": [{"item_id": item_id, "quantity": 1}]}
    assert zoho.refused("POST", "/invoices", body)[0] == 400


def test_an_item_that_was_sold_cannot_be_deleted() -> None:
    zoho = a_caller()
    item_id = zoho.post("/items", {"name": "Throw", "rate": 10})["item"]["item_id"]
    zoho.invoice(zoho.contact(), {"item_id": item_id, "quantity": 1})

    assert zoho.refused("DELETE", f"/items/{item_id}")[0] == 400


def test_many_items_come_in_one_call() -> None:
    zoho = a_caller()
    ids = [zoho.post("/items", {"name": name, "rate": 1})["item"]["item_id"] for name in "AB"]

    assert [item["name"] for item in zoho.get("/itemdetails", item_ids=",".join(ids))["items"]] == ["A", "B"]
