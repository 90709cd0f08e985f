"""The reports over real tables: the promised keys, the right figures, a fixed number of queries."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from tests.store.builders import NOON, a_connection, a_delivery, an_order, counted, knock

from ml_connector.domain.books import KnownDocument
from ml_connector.domain.documents import FieldReason, Kind
from ml_connector.domain.money import Money
from ml_connector.domain.outcome import Outcome, Reason, Verdict
from ml_connector.jobs.report.asked import WrongUse, chosen, connection_named
from ml_connector.jobs.report.orders import Asked, orders
from ml_connector.jobs.report.show import show
from ml_connector.jobs.report.status import connections, standing, status
from ml_connector.store import Store
from ml_connector.store.documents import Put
from ml_connector.store.exchanges import Event, Exchange
from ml_connector.store.outcomes import InvoiceFacts, OrderFacts, OutcomeRow
from ml_connector.store.subjects import Subject

HELD = Outcome(Verdict.HELD, Reason("tax_unmapped", "Zoho has no tax of 25.5 % for Finland.", "Map the tax."))


async def recorded(store: Store, subject: Subject, outcome: Outcome, *, invoice: bool = False) -> None:
    number = subject.id.rsplit("/", 1)[-1]
    async with store.at_once() as tx:
        await store.outcomes.record(
            tx,
            subject.connection_id,
            subject.id,
            outcome,
            facts=OrderFacts(f"#10{number}", NOON, Money.of("99", "EUR"), customer="Änne", email="a@example.com"),
            invoice=InvoiceFacts("460001", "INV-000042", Money.of("99", "EUR")) if invoice else None,
        )


async def test_an_installation_without_connections_is_at_rest_with_all_keys_there(store: Store) -> None:
    told = status(await standing(store))

    assert told["outstanding"] == 0
    assert told["oldest_outstanding_s"] is None
    assert set(told["outcomes"]) == {"posted", "waiting", "in_doubt", "held", "failed", "excluded"}
    assert told["connections"] == []
    assert isinstance(told["version"], str)


async def test_status_adds_connections_up_and_shows_each(store: Store) -> None:
    one, two = await a_connection(store, "one"), await a_connection(store, "two")
    await recorded(store, an_order(one, 1), Outcome(Verdict.POSTED))
    await recorded(store, an_order(two, 2), HELD)
    await knock(store, an_order(two, 3))

    told = status(await standing(store))

    assert told["outcomes"] == {"posted": 1, "waiting": 1, "in_doubt": 0, "held": 1, "failed": 0, "excluded": 0}
    assert told["outstanding"] == 1
    assert told["oldest_outstanding_s"] >= 0
    rows = {row["name"]: row for row in told["connections"]}
    assert (rows["one"]["outstanding"], rows["one"]["oldest_outstanding_s"]) == (0, None)
    assert rows["two"]["outcomes"]["held"] == 1
    assert rows["one"]["health"] == "ok"
    assert rows["one"]["reason"] is None


async def test_what_zoho_never_told_is_null_and_what_it_told_is_shown(store: Store) -> None:
    connection_id = await a_connection(store, "acme", zoho_region="eu", organization_id="2007")

    before = connections(await standing(store))["connections"][0]
    async with store.at_once() as tx:
        await store.allowances.open(tx, "eu:2007")
    after = connections(await standing(store))["connections"][0]

    assert connection_id
    assert (before["calls_today"], before["calls_left_today"]) == (0, None)
    assert (after["calls_today"], after["calls_left_today"]) == (0, None)


async def test_a_connection_that_is_not_well_says_why(store: Store) -> None:
    connection_id = await a_connection(store, "acme")
    async with store.at_once() as tx:
        await store.connections.set_health(tx, connection_id, "paused", "Zoho has revoked the connection.")

    row = connections(await standing(store))["connections"][0]

    assert (row["health"], row["reason"]) == ("paused", "Zoho has revoked the connection.")


async def test_status_costs_the_same_for_one_connection_and_for_many(store: Store) -> None:
    await a_connection(store, organization_id="1")
    with counted() as for_one:
        await standing(store)
    for number in range(2, 20):
        await a_connection(store, organization_id=str(number))

    with counted() as for_many:
        await standing(store)

    assert len(for_many) == len(for_one) == 4


async def test_an_order_in_a_list_has_every_promised_key(store: Store) -> None:
    connection_id = await a_connection(store, "acme")
    await recorded(store, an_order(connection_id, 1), HELD)
    await recorded(store, an_order(connection_id, 2), Outcome(Verdict.POSTED), invoice=True)

    page = await orders(store, Asked(), {connection_id: "acme"})

    posted, held = page["orders"]
    assert held["reason"] == {
        "code": "tax_unmapped",
        "text": "Zoho has no tax of 25.5 % for Finland.",
        "fix": "Map the tax.",
        "details": [],
    }
    assert held["zoho"] is None
    assert posted["connection"] == "acme"
    assert posted["id"] == "gid://shopify/Order/2"
    assert posted["total"] == {"amount": "99.00", "currency": "EUR"}
    assert posted["placed_at"] == "2026-11-24T12:00:00+00:00"
    assert posted["zoho"] == {
        "invoice_id": "460001",
        "invoice_number": "INV-000042",
        "total": {"amount": "99.00", "currency": "EUR"},
    }
    assert page["next"] is None


async def test_an_order_that_nobody_has_read_yet_waits_with_unknown_figures(store: Store) -> None:
    connection_id = await a_connection(store, "acme")
    await knock(store, an_order(connection_id, 7))

    (row,) = (await orders(store, Asked(), {connection_id: "acme"}))["orders"]

    assert (row["outcome"], row["name"], row["total"], row["placed_at"]) == ("waiting", None, None, None)


async def test_pages_follow_each_other_and_miss_nobody(store: Store) -> None:
    connection_id = await a_connection(store, "acme")
    for number in range(5):
        await recorded(store, an_order(connection_id, number), Outcome(Verdict.POSTED))
    seen: list[str] = []
    after: str | None = None

    for _ in range(3):
        page = await orders(store, Asked(after=after, limit=2), {})
        seen += [row["id"] for row in page["orders"]]
        after = page["next"]

    assert after is None
    assert seen == [f"gid://shopify/Order/{number}" for number in (4, 3, 2, 1, 0)]


async def test_filters_are_by_connection_outcome_error_and_time_of_change(store: Store) -> None:
    one, two = await a_connection(store, "one"), await a_connection(store, "two")
    await recorded(store, an_order(one, 1), HELD)
    await recorded(store, an_order(two, 2), Outcome(Verdict.POSTED))
    now = await store.now()

    async def ids(**asked: Any) -> list[str]:
        return [row["id"][-1] for row in (await orders(store, Asked(**asked), {}))["orders"]]

    assert await ids(connection_id=one) == ["1"]
    assert await ids(outcome="posted") == ["2"]
    assert await ids(outcome="in-doubt") == []
    assert await ids(error="25.5") == ["1"]
    assert await ids(since=now) == []
    assert await ids(until=now) == ["2", "1"]
    assert await ids(since=now - timedelta(hours=1), until=now) == ["2", "1"]


@pytest.mark.parametrize("asked", [Asked(outcome="lost"), Asked(limit=0), Asked(limit=501), Asked(after="nonsense")])
async def test_what_cannot_be_asked_is_wrong_use_and_says_what_can(store: Store, asked: Asked) -> None:
    with pytest.raises(WrongUse) as refused:
        await orders(store, asked, {})

    assert refused.value.fix


async def test_a_connection_that_does_not_exist_names_the_nearest(store: Store) -> None:
    await a_connection(store, "acme")

    with pytest.raises(WrongUse) as refused:
        await connection_named(store, "acmee")

    assert refused.value.fix == "Did you mean acme?"
    assert [each.name for each in await chosen(store, None)] == ["acme"]


async def test_one_order_is_told_whole_with_its_reasons_and_evidence(store: Store) -> None:
    connection_id = await a_connection(store, "acme")
    subject = an_order(connection_id)
    async with store.transaction() as tx:
        await store.deliveries.accept_many(tx, [a_delivery(connection_id), a_delivery(connection_id)])
        await store.documents.put(
            tx,
            connection_id,
            Put(
                KnownDocument(
                    key="invoice:gid://shopify/Order/42",
                    kind=Kind.INVOICE,
                    state="done",
                    zoho_id="460001",
                    number="INV-000042",
                    status="paid",
                    total=Money.of("99", "EUR"),
                    policy_version=14,
                ),
                order_id=subject.id,
                fields=[
                    FieldReason("exchange_rate", "1.168022", "totalPriceSet: 118 USD, 101 EUR", "the pair", ("1",))
                ],
                confirmed=True,
            ),
        )
        await store.exchanges.record(
            tx,
            [
                Exchange(
                    connection_id=connection_id,
                    party="zoho",
                    method="PUT",
                    path="/invoices",
                    subject=subject,
                    key="invoice:gid://shopify/Order/42",
                    attempt=1,
                    status=201,
                    request={"body": {"total": 99}, "authorization": "Zoho-oauthtoken 1000.abcdefabcdefabcdefabcdef"},
                    answer={"code": 0},
                    verdict="done",
                )
            ],
        )
        await store.timeline.note(tx, [Event(subject, "order.posted", "The order is in Zoho.")])
    await recorded(store, subject, Outcome(Verdict.POSTED), invoice=True)

    with counted() as sent:
        told = await show(store, await _row(store, subject), "acme")

    assert len(sent) == 5  # the row, and four for what belongs to it
    (document,) = told["documents"]
    assert document["key"] == "invoice:gid://shopify/Order/42"
    assert (document["state"], document["zoho_id"], document["number"]) == ("done", "460001", "INV-000042")
    assert document["total"] == {"amount": "99.00", "currency": "EUR"}
    assert document["policy_version"] == 14
    assert document["fields"] == [
        {
            "field": "exchange_rate",
            "value": "1.168022",
            "source": "totalPriceSet: 118 USD, 101 EUR",
            "rule": "the pair",
            "rejected": ["1"],
        }
    ]
    (delivery,) = told["deliveries"]
    assert (delivery["webhook_id"], delivery["topic"], delivery["verdict"]) == ("w-1", "orders/create", "accepted")
    assert delivery["repeats"] == 1
    (attempt,) = told["attempts"]
    assert (attempt["key"], attempt["attempt"], attempt["verdict"]) == (document["key"], 1, "done")
    assert "1000.abcdef" not in str(attempt)
    assert attempt["answer"] == {"code": 0}
    (happened,) = told["timeline"]
    assert (happened["event"], happened["text"]) == ("order.posted", "The order is in Zoho.")
    assert told["outcome"] == "waiting"  # the delivery's knock is not answered yet


async def _row(store: Store, subject: Subject) -> OutcomeRow:
    async with store.at_once() as tx:
        row = await store.outcomes.get(tx, subject.connection_id, subject.id)
    assert row is not None
    return row
