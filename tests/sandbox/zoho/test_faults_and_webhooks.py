"""Faults on request, people behind our back, and the webhooks that go out."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
from tests.sandbox.zoho.caller import Caller, a_caller, a_line

from ml_connector.sandbox.http import NoAnswer, Request, Response, Slow
from ml_connector.sandbox.zoho import faults
from ml_connector.sandbox.zoho.refusals import Refusal
from ml_connector.sandbox.zoho.webhooks import SIGNATURE_HEADER, Delivery, signature, string_to_sign

SECRET = "s3cretAlnum1234567890"


def fault(zoho: Caller, kind: str, **how: Any) -> None:
    zoho.company.faults.add(faults.make(kind, **how))


def test_an_answer_can_be_lost_after_the_commit() -> None:
    zoho = a_caller()
    fault(zoho, "commit_then_no_answer", method="POST", path="/contacts")

    answer = zoho.ask("POST", "/contacts", {"contact_name": "A"})

    assert answer == NoAnswer(committed=True)
    assert len(zoho.books.contacts()) == 1
    assert zoho.company.log[-1].committed
    assert zoho.company.log[-1].status is None
    assert zoho.contact("B")  # once only


def test_an_answer_can_be_lost_before_the_commit() -> None:
    zoho = a_caller()
    fault(zoho, "no_answer_before_commit", path="/contacts")

    assert zoho.ask("POST", "/contacts", {"contact_name": "A"}) == NoAnswer(committed=False)
    assert zoho.books.contacts() == []


@pytest.mark.parametrize(("kind", "made"), [("500_before_commit", 0), ("500_after_commit", 1)])
def test_a_500_says_nothing_about_the_commit(kind: str, made: int) -> None:
    zoho = a_caller()
    fault(zoho, kind)

    assert zoho.refused("POST", "/contacts", {"contact_name": "A"}) == (500, 1000, "Internal error")
    assert len(zoho.books.contacts()) == made


def test_a_slow_answer_is_the_true_one_and_keeps_its_place_in_flight() -> None:
    zoho = a_caller()
    zoho.org.switches.set(in_flight_limit=1)
    fault(zoho, "slow", seconds=45.0)

    answer = zoho.ask("POST", "/contacts", {"contact_name": "A"})

    assert isinstance(answer, Slow)
    assert answer.seconds == 45.0
    assert isinstance(answer.answer, Response)
    assert answer.answer.status == 201
    assert zoho.refused("GET", "/contacts")[:2] == (429, 1070)


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        ("401", 401, 57),
        ("429_minute", 429, 44),
        ("429_day", 429, 45),
        ("429_in_flight", 429, 1070),
        ("429_block", 429, 43),
        ("200_with_error", 200, 1002),
    ],
)
def test_refusals_that_were_not_deserved(kind: str, status: int, code: int) -> None:
    zoho = a_caller()
    fault(zoho, kind)

    assert zoho.refused("GET", "/contacts")[:2] == (status, code)


def test_a_fault_waits_for_its_turn_and_for_its_kind_of_call() -> None:
    zoho = a_caller()
    fault(zoho, "500_before_commit", method="GET", path="/invoices/*", after=1, times=2)

    statuses = [zoho.response("GET", "/invoices/1").status for _ in range(4)]

    assert statuses == [404, 500, 500, 404]
    assert zoho.company.faults.waiting == ()


def test_a_fault_can_look_at_the_body() -> None:
    zoho = a_caller()
    fault(zoho, "500_before_commit", body_contains="Bea")

    assert zoho.response("POST", "/contacts", {"contact_name": "Ada"}).status == 201
    assert zoho.response("POST", "/contacts", {"contact_name": "Bea"}).status == 500


def test_chance_is_seeded() -> None:
    def run(seed: int) -> list[int]:
        zoho = a_caller(seed=seed)
        fault(zoho, "500_before_commit", times=None, probability=0.3)
        return [zoho.response("GET", "/contacts").status for _ in range(40)]

    assert run(1) == run(1) != run(2)
    assert 3 < run(1).count(500) < 25


def test_an_unknown_kind_is_said() -> None:
    with pytest.raises(ValueError, match="no fault is called earthquake"):
        faults.make("earthquake")


# -- people -------------------------------------------------------------------------------


def test_a_person_edits_even_what_the_api_refuses_to() -> None:
    zoho = a_caller()
    contact_id = zoho.contact()
    invoice = zoho.invoice(contact_id)
    zoho.payment(contact_id, 100, (invoice["invoice_id"], 100))

    zoho.company.human(zoho.org).edit_invoice(invoice["invoice_id"], line_items=[a_line(rate=130)])

    shown = zoho.get(f"/invoices/{invoice['invoice_id']}")["invoice"]
    assert (shown["total"], shown["balance"]) == (130.0, 30.0)
    assert shown["last_modified_time"] > invoice["last_modified_time"]


def test_a_person_deletes_an_invoice_and_its_payment_becomes_credit() -> None:
    zoho = a_caller()
    contact_id = zoho.contact()
    invoice = zoho.invoice(contact_id)
    payment = zoho.payment(contact_id, 100, (invoice["invoice_id"], 100))

    zoho.company.human(zoho.org).delete_invoice(invoice["invoice_id"])

    assert zoho.get(f"/customerpayments/{payment['payment_id']}")["payment"]["unused_amount"] == 100.0
    assert zoho.refused("GET", f"/invoices/{invoice['invoice_id']}")[:2] == (404, 1002)


def test_a_person_deletes_a_contact_with_everything() -> None:
    zoho = a_caller()
    contact_id = zoho.contact()
    invoice = zoho.invoice(contact_id)
    zoho.payment(contact_id, 100, (invoice["invoice_id"], 100))
    zoho.creditnote(contact_id)

    zoho.company.human(zoho.org).delete_contact(contact_id)

    books = zoho.books
    assert [books.contacts(), books.invoices(), books.payments(), books.creditnotes()] == [[], [], [], []]
    assert not any(books.net_by_account().values())


def test_a_person_is_held_by_a_lock_as_well() -> None:
    zoho = a_caller()
    human = zoho.company.human(zoho.org)
    invoice = zoho.invoice(zoho.contact())
    human.lock_until(date(2026, 11, 20))

    with pytest.raises(Refusal):
        human.void_invoice(invoice["invoice_id"])
    human.unlock()
    human.void_invoice(invoice["invoice_id"])


# -- webhooks -----------------------------------------------------------------------------


def register(zoho: Caller, entity: str, rule_type: str = "add_edit", url: str = "https://c.example/hooks/zoho") -> str:
    hook = {"webhook_name": f"{entity} hook", "entity": entity, "method": "POST", "url": url, "secret": SECRET}
    hook_id = zoho.post("/settings/webhooks", hook)["webhook"]["webhook_id"]
    rule = {
        "workflow_name": f"{entity} rule",
        "rule_type": rule_type,
        "entity": entity,
        "rule": {},
        "apply_rule_always": True,
        "instant_actions": [{"action_id": hook_id, "action_type": "webhook"}],
    }
    return str(zoho.post("/settings/workflows", rule)["workflow"]["workflow_id"])


def due(zoho: Caller) -> list[Delivery]:
    return [delivery for _, delivery in zoho.company.due_deliveries()]


def test_a_rule_sends_the_whole_record_signed() -> None:
    zoho = a_caller()
    register(zoho, "invoice")
    invoice = zoho.invoice(zoho.contact(), sent=False)

    delivery = due(zoho)[0]

    payload = json.loads(delivery.body)["invoice"]
    assert payload["invoice_id"] == invoice["invoice_id"]
    assert payload["contact"]["customer_balance"] == 0
    assert delivery.headers["Content-Type"] == "application/json"
    assert delivery.headers[SIGNATURE_HEADER] == signature(SECRET, delivery.body.decode())


def test_the_rule_of_contacts_is_called_customer_and_their_payload_contact() -> None:
    zoho = a_caller()
    register(zoho, "customer")
    contact_id = zoho.contact()

    assert json.loads(due(zoho)[0].body)["contact"]["contact_id"] == contact_id


def test_a_delete_rule_sends_the_id_alone_and_signs_the_query() -> None:
    zoho = a_caller()
    register(zoho, "invoice", "delete", "https://c.example/hooks?event_type=delete")
    invoice_id = zoho.invoice(zoho.contact(), sent=False)["invoice_id"]
    zoho.delete(f"/invoices/{invoice_id}")

    (delivery,) = due(zoho)

    assert json.loads(delivery.body) == {"invoice": {"invoice_id": invoice_id}}
    assert delivery.headers[SIGNATURE_HEADER] == signature(SECRET, "event_typedelete" + delivery.body.decode())


def test_the_old_style_is_one_field_of_a_form() -> None:
    zoho = a_caller()
    zoho.org.switches.set(webhook_form=True)
    register(zoho, "customer")
    zoho.contact()

    (delivery,) = due(zoho)

    form = dict(parse_qsl(delivery.body.decode()))
    assert json.loads(form["JSONString"])["contact"]
    assert delivery.headers[SIGNATURE_HEADER] == signature(SECRET, "JSONString" + form["JSONString"])


def test_the_published_vectors_come_out(shared: Path) -> None:
    vectors = json.loads((shared / "reference/zoho-books-examples/webhook-signature-vectors.json").read_text("utf-8"))

    for vector in vectors:
        text = string_to_sign(vector["query"].items(), vector["form"].items(), vector["raw_body"])
        assert (text, signature(vector["secret"], text)) == (vector["string_to_sign"], vector["signature_hex"])


def test_a_refused_call_is_repeated_at_growing_intervals_and_then_given_up() -> None:
    zoho = a_caller()
    register(zoho, "customer")
    zoho.contact()

    attempts = 0
    for _ in range(10):
        for delivery in due(zoho):
            attempts += 1
            zoho.company.delivered(zoho.org.organization_id, delivery.delivery_id, 500)
        zoho.clock.forward(hours=3)

    assert attempts == 5
    assert due(zoho) == []


def test_calls_get_lost_and_doubled() -> None:
    zoho = a_caller()
    register(zoho, "customer")
    zoho.org.switches.set(webhook_drop=1.0)
    zoho.contact("Lost")
    zoho.org.switches.set(webhook_drop=0.0, webhook_duplicate=1.0)
    zoho.contact("Doubled")

    names = [json.loads(delivery.body)["contact"]["contact_name"] for delivery in due(zoho)]

    assert names == ["Doubled", "Doubled"]


def test_a_day_has_a_thousand_calls() -> None:
    zoho = a_caller()
    zoho.org.switches.set(webhook_day_limit=2)
    register(zoho, "customer")
    for name in "ABC":
        zoho.contact(name)

    assert len(due(zoho)) == 2


def test_a_paused_rule_is_silent_and_goes_before_its_webhook() -> None:
    zoho = a_caller()
    rule_id = register(zoho, "customer")
    hook_id = zoho.get("/settings/webhooks")["webhooks"][0]["webhook_id"]
    zoho.post(f"/settings/workflows/{rule_id}/inactive")
    zoho.contact()

    assert due(zoho) == []
    assert zoho.refused("DELETE", f"/settings/webhooks/{hook_id}")[0] == 400
    zoho.clock.forward(seconds=1)
    zoho.delete(f"/settings/workflows/{rule_id}")
    zoho.delete(f"/settings/webhooks/{hook_id}")


def test_rules_need_a_plan_that_has_them_and_secrets_a_length() -> None:
    standard, zoho = a_caller(plan_name="STANDARD"), a_caller()
    rule = {"workflow_name": "r", "entity": "invoice", "rule_type": "add", "instant_actions": []}
    hook = {"webhook_name": "h", "entity": "invoice", "url": "https://c.example", "secret": "too-short"}

    assert standard.refused("POST", "/settings/workflows", rule)[0] == 400
    assert zoho.refused("POST", "/settings/webhooks", hook)[:2] == (400, 4)


# -- the log ------------------------------------------------------------------------------


def test_the_log_keeps_no_secret() -> None:
    zoho = a_caller()
    query = (("client_secret", "hush"), ("refresh_token", zoho.refresh_token), ("grant_type", "refresh_token"))
    zoho.company.handle(Request("POST", "/oauth/v2/token", query))

    text = json.dumps([entry.as_json() for entry in zoho.company.log])

    assert zoho.refresh_token not in text
    assert zoho.client.secrets["uk"] not in text
    assert zoho.token not in text
    assert "hush" not in text
