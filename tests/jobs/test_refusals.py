"""What becomes of an order when a company refuses: the outcome, whether and when it is tried again, what is read.

One row for each code of Zoho's and each shape of Shopify's that the references know, met in the middle of an order.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import text
from tests.jobs.desk import Desk, a_desk

from ml_connector.sandbox.http import Response
from ml_connector.sandbox.shopify.faults import Fault as ShopifyFault
from ml_connector.sandbox.zoho.faults import Fault as ZohoFault
from ml_connector.store import Store
from ml_connector.store.keys import GivenKeys, Key

pytestmark = pytest.mark.asyncio(loop_scope="module")


@dataclass(frozen=True)
class Row:
    """One refusal and what follows from it.

    `then`: *person* (never by itself), *looks* (asks whether it was written, soon), *again* (by the series), *paused*
    (the connection; no attempt is used up), *stays* (at rest), or the seconds that the vendor asked for.
    """

    code: int | str
    status: int
    words: Any
    verdict: str
    reason: str
    then: str | int
    sentence: str

    def __str__(self) -> str:
        return f"{self.code} {self.status} {self.reason}"


ZOHO = [Row(*each) for each in (
    (2, 400, "Invalid value passed for rate", "failed", "field_refused", "person",
     "does not take a value of the invoice"),
    (4, 400, "Invalid value passed for rate", "failed", "field_refused", "person",
     "does not take a value of the invoice"),
    (5, 404, "We couldnt find any resource", "failed", "zoho_not_found", "person", "does not find what the invoice"),
    (5, 404, "Invalid URL Passed", "waiting", "our_request_wrong", "again", "in a way that it does not know"),
    (8, 400, "Invalid Element gst_no", "failed", "field_not_allowed", "person", "does not know a field of the invoice"),
    (9, 500, "Internal error", "in_doubt", "zoho_internal", "looks", "had a fault of its own with the invoice"),
    (1000, 500, "Internal error", "in_doubt", "zoho_internal", "looks", "We ask Zoho whether it was written"),
    (14, 401, "Invalid value passed for authtoken", "waiting", "permission_missing", "paused",
     "does not let the connected"),
    (15, 400, 'Please ensure that the "notes" has less', "failed", "too_long", "person", "is too long for Zoho"),
    (37, 405, "Method not allowed", "waiting", "our_request_wrong", "again", "in a way that it does not know"),
    (43, 429, "you have been blocked", "waiting", "zoho_blocked", 3600, "takes no calls from us for a while"),
    (44, 429, "per minute", "waiting", "minute_limit", 60, "asks us to slow down"),
    (45, 429, "maximum call rate limit of 1000", "waiting", "day_limit", 3600, "Today's Zoho calls are used up"),
    (57, 401, "You are not authorized", "waiting", "permission_missing", "paused", "does not let the connected user"),
    (1001, 400, "The item already exists", "in_doubt", "duplicate_value", "looks",
     "has a record with this value already"),
    (1002, 404, "Invoice does not exist.", "failed", "zoho_not_found", "person", "Zoho does not have what the invoice"),
    (1002, 400, "Customer does not exist.", "failed", "zoho_not_found", "person",
     "Zoho does not have what the invoice"),
    (1070, 429, "in process requests", "waiting", "in_flight_limit", 2, "fewer calls at the same time"),
    (3000, 400, "cannot be deleted", "failed", "record_in_use", "person", "because documents use it"),
    (3032, 400, "IGST has to be applied", "failed", "wrong_tax_kind", "person", "does not fit the place of supply"),
    (3062, 400, 'The customer "X" already exists.', "in_doubt", "name_taken", "looks",
     "a contact of this name already"),
    (4097, 400, "Number entered does not match", "failed", "number_mismatch", "person", "numbers by itself"),
    (6041, 400, "This user is not associated", "waiting", "wrong_organisation", "paused", "does not belong to this"),
    (9017, 400, "not associated with any", "waiting", "no_organisation", "paused", "belongs to no organisation"),
    (13009, 400, "account is empty", "failed", "zoho_refused", "person", "Zoho refused the invoice"),
    (13011, 400, "number has been used", "in_doubt", "duplicate_value", "looks", "has this number already"),
    (24016, 400, "more than the balance due", "failed", "over_applied", "person", "than Zoho says is left"),
    (36023, 400, "lines cannot be edited", "failed", "lines_locked", "person", "has locked the lines"),
    (71510, 400, "reverse charge", "failed", "wrong_tax_kind", "person", "reverse charge does not fit"),
    (71512, 400, "reverse charge", "failed", "wrong_tax_kind", "person", "reverse charge does not fit"),
    (103001, 400, "Your trial is over.", "waiting", "trial_over", "paused", "The trial of Zoho Books is over"),
    (108004, 400, "bank account differs", "failed", "zoho_refused", "person", "Zoho refused the invoice"),
    (110817, 400, "enable Sales Tax", "failed", "taxes_off", "person", "Taxes are switched off"),
    (110942, 400, "Tax not supported.", "failed", "taxes_off", "person", "Taxes are switched off"),
    (120303, 400, "?", "failed", "zoho_refused", "person", "Zoho refused the invoice"),
    (999, 400, "The period is locked", "failed", "period_locked", "person", "This period is locked in Zoho"),
    (999, 400, "The contact is inactive", "failed", "record_inactive", "person", "is inactive in Zoho"),
    (999, 400, "currency of the customer", "failed", "currency_refused", "person", "does not take this currency"),
    (999, 400, "the invoice is void", "failed", "state_forbids", "person", "state in Zoho does not allow"),
    (0, 502, "", "in_doubt", "zoho_internal", "looks", "had a fault of its own"),
    (0, 200, "success", "in_doubt", "zoho_unexpected_answer", "looks", "without the record"),
)]  # fmt: skip


def graphql(message: str, code: str) -> dict[str, Any]:
    return {"errors": [{"message": message, "extensions": {"code": code}, "path": ["query"]}]}


SHOPIFY = [Row(*each) for each in (
    ("undefinedField", 200, graphql("Field 'x'", "undefinedField"), "waiting", "shopify_query_refused", "again",
     "Field 'x'"),
    ("bad variable", 200, graphql("invalid value", "INVALID_VARIABLE"), "waiting", "shopify_query_refused", "again",
     "invalid"),
    ("malformed gid", 200, graphql("Invalid id: x", "RESOURCE_NOT_FOUND"), "waiting", "shopify_query_refused", "again",
     "Inva"),
    ("no first", 200, graphql("one of first or last", "BAD_REQUEST"), "waiting", "shopify_query_refused", "again",
     "first"),
    ("over 250", 200, graphql("max 250", "MAX_INPUT_SIZE_EXCEEDED"), "waiting", "shopify_query_refused", "again",
     "250"),
    ("too dear", 200, graphql("Query cost is 1600", "MAX_COST_EXCEEDED"), "waiting", "shopify_too_expensive", "again",
     "1600"),
    ("missing scope", 200, graphql("Access denied", "ACCESS_DENIED"), "waiting", "shopify_scope_missing", "paused",
     "denied"),
    ("server fault", 200, graphql("Something went wrong", "INTERNAL_SERVER_ERROR"), "waiting", "shopify_server_fault",
     "again", "wrong"),
    ("throttled", 200, graphql("Throttled", "THROTTLED"), "waiting", "shopify_throttled", 1, "wait"),
    *((str(status), status, "<html>", "waiting", "shopify_server_fault", "again", str(status))
      for status in (500, 501, 502, 503, 504, 530, 540)),
    *((str(status), status, {}, "waiting", "shopify_query_refused", "again", str(status))
      for status in (400, 406, 409, 414, 415, 422)),
    ("429", 429, {"errors": "Exceeded 2 calls per second"}, "waiting", "shopify_throttled", 1, "wait"),
    ("401", 401, {"errors": "[API] Invalid API key"}, "waiting", "shopify_token_refused", "paused",
     "not accept our access"),
    ("402", 402, {"errors": "Unavailable Shop"}, "waiting", "shopify_shop_frozen", "paused", "frozen"),
    ("403", 403, {"errors": "requires merchant approval"}, "waiting", "shopify_forbidden", "paused",
     "merchant approval"),
    ("404", 404, {"errors": "Not Found"}, "waiting", "shopify_shop_unknown", "paused", "no such shop"),
    ("423", 423, "", "waiting", "shopify_shop_locked", "paused", "locked"),
    ("430", 430, "", "waiting", "shopify_security_rejected", "paused", "suspicious"),
)]  # fmt: skip


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(tables_url: str) -> AsyncIterator[Desk]:
    """One desk for all rows; `after` leaves it as if nothing had happened."""
    async with await Store.open(tables_url, GivenKeys((Key.made(),))) as store:
        made = await a_desk(store)
        await made.post(made.order())
        yield made
        await made.runtimes.close()


@pytest_asyncio.fixture(loop_scope="module")
async def desk(shared: Desk) -> AsyncIterator[Desk]:
    yield shared
    shared.zoho.faults.clear()
    shared.shopify.faults.clear()
    async with shared.store.transaction() as tx:
        await shared.store.connections.set_health(tx, shared.connection_id, "ok")
        await tx.execute(text("UPDATE allowances SET blocked_until = NULL, cut = 0, day_remaining = 100000"))
        await tx.execute(text("UPDATE subjects SET answered = knocked, lease_until = NULL"))
        await tx.execute(text("DELETE FROM tokens WHERE vendor = 'zoho'"))


async def what_follows(desk: Desk, row: Row) -> None:
    """An order meets the refusal; then everything that the row says holds."""
    order = desk.order()
    await desk.post(order)

    found = await desk.outcome(order)
    async with desk.store.at_once() as tx:
        state = await desk.store.subjects.state(tx, desk.subject(order))
        connection = await desk.store.connections.get(tx, desk.connection_id)
    assert found is not None
    assert found.reason is not None
    assert state is not None
    assert connection is not None
    assert (found.verdict.value, found.reason.code) == (row.verdict, row.reason)
    assert row.sentence in found.reason.text
    assert bool(found.reason.fix) == (row.then in ("person", "paused") or row.reason in OUR_FAULTS)
    assert (connection.health == "paused") == (row.then == "paused")
    assert state.outstanding == (row.then != "person")
    assert state.attempts == (1 if row.then in ("looks", "again") else 0)
    if state.outstanding:
        wait_s = (state.due_at - await desk.store.now()).total_seconds()
        assert wait_s == pytest.approx(row.then, abs=5) if isinstance(row.then, int) else wait_s < PAUSE_S


OUR_FAULTS = ("our_request_wrong", "shopify_query_refused", "shopify_too_expensive")
PAUSE_S = 901


@pytest.mark.parametrize("row", ZOHO, ids=str)
async def test_what_zoho_refuses(desk: Desk, row: Row) -> None:
    headers = {"Content-Type": "application/json", **({"Retry-After": "3600"} if row.code == 43 else {})}
    body = json.dumps({"code": row.code, "message": row.words}).encode()
    desk.zoho.faults.add(ZohoFault("PUT", "/invoices", times=None, response=Response(row.status, headers, body)))

    await what_follows(desk, row)


@pytest.mark.parametrize("row", SHOPIFY, ids=str)
async def test_what_shopify_refuses(desk: Desk, row: Row) -> None:
    headers = {"Content-Type": "application/json"}
    desk.shopify.faults.add(
        ShopifyFault("status", times=99, status=row.status, body=row.words, headers=headers, matches="graphql")
    )

    await what_follows(desk, row)
