"""Every exchange is kept, and no secret with it."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from tests.store.builders import an_order, ask

from ml_connector.redaction import REMOVED
from ml_connector.store import Store
from ml_connector.store.exchanges import Event, Exchange
from ml_connector.store.values import dumps, loads

ZOHO = "1000.0123456789abcdef0123456789abcdef.fedcba9876543210fedcba9876543210"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(codec="utf-8", exclude_characters="\0")),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abc_", min_size=1), inner, max_size=4),
    max_leaves=12,
)


@given(JSON)
def test_values_come_back_from_json_as_they_were(value: Any) -> None:
    assert loads(dumps(value)) == value


@given(st.text())
def test_every_text_becomes_json_that_the_database_takes(text: str) -> None:
    encoded = dumps([text])

    assert loads(encoded) == [text.replace("\0", "\ufffd")]


async def test_an_exchange_is_kept_without_its_secrets(store: Store, connection_id: int) -> None:
    order = an_order(connection_id)
    exchange = Exchange(
        connection_id=connection_id,
        party="zoho",
        method="PUT",
        path=f"/invoices?access_token={ZOHO}",
        subject=order,
        key="invoice:1",
        attempt=1,
        status=201,
        request={"headers": {"Authorization": f"Zoho-oauthtoken {ZOHO}"}, "body": {"total": 118}},
        answer={"code": 0, "invoice": {"invoice_id": "4600"}},
        verdict="done",
        took_s=0.41,
    )

    async with store.at_once() as tx:
        await store.exchanges.record(tx, [exchange])
        [kept] = await store.exchanges.of_subject(tx, order)

    assert kept.request == {"headers": {"Authorization": REMOVED}, "body": {"total": 118}}
    assert kept.answer == exchange.answer
    assert (kept.status, kept.verdict, kept.took_s) == (201, "done", 0.41)
    assert await ask(store, "SELECT count(*) FROM exchanges WHERE exchanges::text LIKE '%fedcba98765%'") == 0


async def test_exchanges_come_in_their_order_and_the_last_ones_when_there_are_many(
    store: Store, connection_id: int
) -> None:
    order = an_order(connection_id)
    async with store.at_once() as tx:
        await store.exchanges.record(
            tx,
            [Exchange(connection_id, "shopify", "POST", f"/{n}", subject=order) for n in range(5)]
            + [Exchange(connection_id, "zoho", "GET", "/organizations")],
        )

        kept = await store.exchanges.of_subject(tx, order, limit=3)

    assert [exchange.path for exchange in kept] == ["/2", "/3", "/4"]


async def test_the_timeline_tells_what_happened_in_its_order(store: Store, connection_id: int) -> None:
    order = an_order(connection_id)
    async with store.at_once() as tx:
        await store.timeline.note(
            tx,
            [
                Event(order, "order.read", "Read from Shopify."),
                Event(order, "order.posted", "Posted.", who="anne", details={"token": "x", "invoice": "INV-1"}),
            ],
        )
        first, second = await store.timeline.of_subject(tx, order)

    assert (first.event, first.text) == ("order.read", "Read from Shopify.")
    assert (second.who, second.details) == ("anne", {"token": REMOVED, "invoice": "INV-1"})
