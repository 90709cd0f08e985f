"""Manual journals, as far as a connector needs them.

Source: Zoho Books API v3, journals.
"""

from __future__ import annotations

from typing import Any

from ml_connector.sandbox.http import Response
from ml_connector.sandbox.zoho.call import Call, Route
from ml_connector.sandbox.zoho.documents import exchange_rate
from ml_connector.sandbox.zoho.encoding import success
from ml_connector.sandbox.zoho.lists import Filters, find
from ml_connector.sandbox.zoho.modules import paged
from ml_connector.sandbox.zoho.money import shown
from ml_connector.sandbox.zoho.organization import Organization
from ml_connector.sandbox.zoho.posting import post
from ml_connector.sandbox.zoho.records import Journal
from ml_connector.sandbox.zoho.refusals import Refusal, invalid_value, missing
from ml_connector.sandbox.zoho.values import (
    ZERO,
    Body,
    choice,
    day,
    half_up,
    identifier,
    number,
    required,
    rows,
    text,
)


def create(call: Call) -> Response:
    """`POST /journals`: published at once unless its status is `draft`."""
    org, body = call.org, call.body
    required(body, "journal_date", "line_items")
    when = day(body, "journal_date", org.today())
    org.check_lock(when)
    currency = org.known_currency(identifier(body, "currency_id") or org.base.currency_id)
    lines = [_line(org, one, currency.places) for one in rows(body, "line_items")]
    sides = {side: sum((r["amount"] for r in lines if r["debit_or_credit"] == side), ZERO) for side in _SIDES}
    if len(lines) < 2 or sides["debit"] != sides["credit"]:
        raise Refusal(400, 4, "Please ensure that the debits and credits are equal.")
    journal = Journal(
        journal_id=org.new_id(),
        number=str(org.next_number("journal")),
        date=when,
        lines=lines,
        created=call.now,
        modified=call.now,
        currency_id=currency.currency_id,
        exchange_rate=exchange_rate(currency, None, when, body),
        reference=text(body, "reference_number", 100),
        notes=text(body, "notes", 500),
        status=choice(body, "status", ("draft", "published"), "published"),
    )
    org.journals[journal.journal_id] = journal
    post(org, "journal", journal.journal_id)
    return success("The journal entry has been created.", status=201, journal=view(org, journal))


_SIDES = ("debit", "credit")


def _line(org: Organization, sent: Body, places: int) -> dict[str, Any]:
    required(sent, "account_id", "debit_or_credit", "amount")
    account = org.usable_account(identifier(sent, "account_id"))
    amount = half_up(number(sent, "amount"), places)
    if amount < 0:
        raise invalid_value("amount")
    customer_id = identifier(sent, "customer_id")
    if customer_id and customer_id not in org.contacts:
        raise missing("Customer does not exist.")
    return {
        "line_id": org.new_id(),
        "account_id": account.account_id,
        "account_name": account.name,
        "customer_id": customer_id,
        "customer_name": org.contacts[customer_id].name if customer_id else "",
        "description": text(sent, "description", 500),
        "debit_or_credit": choice(sent, "debit_or_credit", _SIDES),
        "amount": amount,
    }


def _get(call: Call) -> Journal:
    journal = call.org.journals.get(call.id)
    if journal is None:
        raise missing("Journal does not exist.")
    return journal


def show(call: Call) -> Response:
    """`GET /journals/{id}`."""
    return success(journal=view(call.org, _get(call)))


def delete(call: Call) -> Response:
    """`DELETE /journals/{id}`."""
    journal = _get(call)
    call.org.check_lock(journal.date)
    del call.org.journals[journal.journal_id]
    post(call.org, "journal", journal.journal_id)
    return success("The selected journal entry has been deleted.")


def publish(call: Call) -> Response:
    """`POST /journals/{id}/status/publish`."""
    journal = _get(call)
    call.org.check_lock(journal.date)
    journal.status = "published"
    post(call.org, "journal", journal.journal_id)
    return success("Journal has been published.", status=201)


def list_all(call: Call) -> Response:
    """`GET /journals`."""
    org = call.org
    listed = []
    for journal in org.journals.values():
        row = view(org, journal)
        del row["line_items"]
        listed.append({**row, "entity_type": "journal", "date": row["journal_date"]})
    filters = Filters(
        report="Journals", texts=frozenset({"reference_number", "entry_number", "notes"}), days=frozenset({"date"})
    )
    return paged(org, "journals", find(listed, call.query, filters))


def view(org: Organization, journal: Journal) -> dict[str, Any]:
    """The whole journal."""
    currency = org.currencies[journal.currency_id]
    total = sum((one["amount"] for one in journal.lines if one["debit_or_credit"] == "debit"), ZERO)
    base = org.to_base(total, journal.exchange_rate)
    return {
        "journal_id": journal.journal_id,
        "entry_number": journal.number,
        "reference_number": journal.reference,
        "notes": journal.notes,
        "currency_id": currency.currency_id,
        "currency_code": currency.code,
        "currency_symbol": currency.symbol,
        "exchange_rate": journal.exchange_rate,
        "journal_date": journal.date.isoformat(),
        "journal_type": "both",
        "line_items": [
            {**one, "bcy_amount": shown(org.to_base(one["amount"], journal.exchange_rate), org.base.places)}
            for one in journal.lines
        ],
        "line_item_total": shown(total, currency.places),
        "total": shown(total, currency.places),
        "bcy_total": shown(base, org.base.places),
        "price_precision": currency.places,
        "taxes": [],
        "status": journal.status,
        "created_time": org.stamp(journal.created),
        "last_modified_time": org.stamp(journal.modified),
    }


ROUTES = [
    Route("POST", "/journals", "accountants.CREATE", create),
    Route("GET", "/journals", "accountants.READ", list_all),
    Route("GET", "/journals/{}", "accountants.READ", show),
    Route("DELETE", "/journals/{}", "accountants.DELETE", delete),
    Route("POST", "/journals/{}/status/publish", "accountants.CREATE", publish),
]
