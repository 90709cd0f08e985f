"""Every order has an answer, and a person finds it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from tests.store.builders import NOON, a_connection, a_lease, an_order, ask, do, knock

from ml_connector.domain.money import Money
from ml_connector.domain.outcome import Outcome, Reason, Verdict
from ml_connector.store import Store
from ml_connector.store.cursors import BadCursor, cursor_of
from ml_connector.store.outcomes import InvoiceFacts, OrderFacts, OutcomeRow, Wanted
from ml_connector.store.subjects import Knock, Lane, Subject

POSTED = Outcome(Verdict.POSTED)
HELD = Outcome(
    Verdict.HELD,
    Reason("tax_unmapped", "Zoho has no tax of 25.5 %.", "Map the tax.", "tax_unmapped:FI", (("Shopify", "25.5 %"),)),
)
INVOICE = InvoiceFacts("460001", "INV-000042", Money.of("99.00", "EUR"))


def facts(number: int = 42, **more: object) -> OrderFacts:
    plain = {
        "name": f"#{1000 + number}",
        "placed_at": NOON,
        "total": Money.of("99.00", "EUR"),
        "customer_id": "gid://shopify/Customer/9",
        "customer": "Änne O'Neill",
        "email": "Anne@Example.com",
    }
    return OrderFacts(**{**plain, **more})  # type: ignore[arg-type]


async def record(
    store: Store,
    subject: Subject,
    outcome: Outcome = POSTED,
    order: OrderFacts | None = None,
    invoice: InvoiceFacts | None = None,
) -> bool:
    async with store.at_once() as tx:
        return await store.outcomes.record(tx, subject.connection_id, subject.id, outcome, facts=order, invoice=invoice)


async def get(store: Store, subject: Subject) -> OutcomeRow:
    async with store.at_once() as tx:
        row = await store.outcomes.get(tx, subject.connection_id, subject.id)
    assert row is not None
    return row


async def listed(store: Store, **wanted: object) -> list[str]:
    """Names (or ids, where there is none yet) of what the list shows."""
    async with store.at_once() as tx:
        page = await store.outcomes.page(tx, Wanted(**wanted))  # type: ignore[arg-type]
    return [row.facts.name or row.order_id.rsplit("/", 1)[-1] for row in page.rows]


async def answer(store: Store, subject: Subject) -> None:
    lease = await a_lease(store, subject)
    async with store.transaction() as tx:
        await store.subjects.answered(tx, lease)


async def test_a_verdict_is_kept_with_all_that_a_list_shows(store: Store, connection_id: int) -> None:
    order = an_order(connection_id)

    await record(store, order, HELD, facts(), INVOICE)

    row = await get(store, order)
    assert (row.verdict, row.reason) == (Verdict.HELD, HELD.reason)
    assert row.facts == facts()
    assert row.invoice == INVOICE
    assert not row.outstanding


async def test_nothing_to_pay_is_an_amount_too(store: Store, connection_id: int) -> None:
    order, nothing = an_order(connection_id), Money.of("0", "EUR")
    free, invoice = facts(total=nothing), InvoiceFacts("460001", "INV-000042", nothing)

    await record(store, order, Outcome(Verdict.POSTED, total=nothing), free, invoice)

    row = await get(store, order)
    assert (row.facts.total, row.invoice) == (nothing, invoice)


async def test_an_invoice_that_has_no_number_yet_is_recorded_too(store: Store, connection_id: int) -> None:
    order, unnumbered = an_order(connection_id), InvoiceFacts("460001", "", Money.of("99.00", "EUR"))

    await record(store, order, POSTED, facts(), unnumbered)

    assert (await get(store, order)).invoice == unnumbered


async def test_what_is_left_out_keeps_its_value(store: Store, connection_id: int) -> None:
    order = an_order(connection_id)
    await record(store, order, HELD, facts(), INVOICE)

    await record(store, order, Outcome(Verdict.FAILED, Reason("gone", "Gone.")))

    row = await get(store, order)
    assert row.verdict is Verdict.FAILED
    assert row.reason == Reason("gone", "Gone.", cause="gone")
    assert (row.facts, row.invoice) == (facts(), INVOICE)


async def test_a_reading_that_found_nothing_new_keeps_its_place_in_the_list(store: Store, connection_id: int) -> None:
    order = an_order(connection_id)
    assert await record(store, order, POSTED, facts(), INVOICE)
    before = (await get(store, order)).changed_at

    news = await record(store, order, POSTED, facts(), INVOICE)

    assert not news
    assert (await get(store, order)).changed_at == before


async def test_an_order_knocked_again_shows_waiting_until_it_has_been_read(store: Store, connection_id: int) -> None:
    order = an_order(connection_id)
    await record(store, order, HELD, facts())
    await knock(store, order)

    knocked = await get(store, order)
    await answer(store, order)
    read = await get(store, order)

    assert (knocked.verdict, knocked.reason, knocked.outstanding) == (Verdict.WAITING, None, True)
    assert knocked.until is not None
    assert read.verdict is Verdict.HELD


async def test_an_order_in_doubt_stays_in_doubt_when_it_is_knocked_again(store: Store, connection_id: int) -> None:
    order = an_order(connection_id)
    await record(store, order, Outcome(Verdict.IN_DOUBT), facts())

    await knock(store, order)

    assert (await get(store, order)).verdict is Verdict.IN_DOUBT


async def test_an_order_that_was_never_read_is_listed_as_waiting(store: Store, connection_id: int) -> None:
    await knock(store, an_order(connection_id, 7))

    row = await get(store, an_order(connection_id, 7))

    assert (row.verdict, row.facts.name) == (Verdict.WAITING, "")
    assert await listed(store) == ["7"]
    assert await listed(store, verdict=Verdict.WAITING, connection_id=connection_id) == ["7"]
    assert await listed(store, verdict=Verdict.POSTED) == []


async def test_an_order_that_nobody_knocked_for_has_no_row(store: Store, connection_id: int) -> None:
    async with store.at_once() as tx:
        assert await store.outcomes.get(tx, connection_id, "gid://shopify/Order/1") is None


async def test_lists_by_verdict_say_what_pages_say(store: Store, connection_id: int) -> None:
    for number, outcome in enumerate([POSTED, HELD, Outcome(Verdict.WAITING), Outcome(Verdict.IN_DOUBT)]):
        await record(store, an_order(connection_id, number), outcome, facts(number))
    await knock(store, an_order(connection_id, 0), an_order(connection_id, 3))

    assert await listed(store, verdict=Verdict.POSTED) == []
    assert await listed(store, verdict=Verdict.HELD) == ["#1001"]
    assert await listed(store, verdict=Verdict.WAITING) == ["#1002", "#1000"]
    assert await listed(store, verdict=Verdict.IN_DOUBT) == ["#1003"]


async def test_counts_agree_with_lists(store: Store, connection_id: int) -> None:
    outcomes = [POSTED, POSTED, HELD, Outcome(Verdict.WAITING), Outcome(Verdict.EXCLUDED)]
    for number, outcome in enumerate(outcomes):
        await record(store, an_order(connection_id, number), outcome, facts(number))
    await knock(store, an_order(connection_id, 0), an_order(connection_id, 3), an_order(connection_id, 99))

    async with store.at_once() as tx:
        counts = await store.outcomes.counts(tx)

    assert counts == {connection_id: {Verdict.POSTED: 1, Verdict.HELD: 1, Verdict.WAITING: 3, Verdict.EXCLUDED: 1}}
    for verdict, number in counts[connection_id].items():
        assert len(await listed(store, verdict=verdict)) == number


async def test_pages_follow_each_other_without_gap_or_repetition(store: Store, connection_id: int) -> None:
    other = await a_connection(store)
    for number in range(7):
        await record(store, an_order(connection_id, number), POSTED, facts(number))
        await knock(store, an_order(other, number))
    await do(store, "UPDATE outcomes SET changed_at = date_trunc('day', changed_at)")  # many at one moment

    seen, after, pages = [], None, 0
    async with store.at_once() as tx:
        while pages == 0 or after:
            page = await store.outcomes.page(tx, Wanted(), after=after, limit=3)
            seen += [(row.connection_id, row.order_id) for row in page.rows]
            after, pages = page.next, pages + 1

    assert len(seen) == len(set(seen)) == 14
    assert pages == 5


@pytest.mark.parametrize(
    "cursor",
    ["?", "é", "e30", "bnVsbA", "WzFd", cursor_of(NOON, 1, "a\0"), cursor_of(NOON, 1, "\ud800"),
     f"{cursor_of(NOON, 1, '')}="],
)  # fmt: skip
async def test_a_cursor_of_somebody_else_is_wrong_use(store: Store, cursor: str) -> None:
    async with store.at_once() as tx:
        with pytest.raises(BadCursor):
            await store.outcomes.page(tx, Wanted(), after=cursor)
        with pytest.raises(BadCursor):
            await store.order_lists.page(tx, Wanted(), older=cursor)


@pytest.mark.parametrize(
    "typed",
    ["#1042", "1042", "104", "änne", "o'neill", "anne@example.com", "ANNE@", "INV-000042", "99.00", "99", "EUR 99",
     "eur99", "änne 1042"],
)  # fmt: skip
async def test_an_order_is_found_by_what_a_person_types(store: Store, connection_id: int, typed: str) -> None:
    await record(store, an_order(connection_id), POSTED, facts(), INVOICE)
    await record(store, an_order(connection_id, 5), POSTED, OrderFacts("#7777", total=Money.of("1", "JPY")))

    assert await listed(store, text=typed) == ["#1042"]


@pytest.mark.parametrize("typed", ["1043", "bob", "'", "\\", "a & b", "!", ":*", "(", "\0", "x" * 3000])
async def test_what_is_not_there_is_not_found_whatever_is_typed(store: Store, connection_id: int, typed: str) -> None:
    await record(store, an_order(connection_id), POSTED, facts(), INVOICE)

    assert await listed(store, text=typed) in ([], ["#1042"] if not typed.strip("\0 ") else [])


async def test_filters_narrow_a_list(store: Store, connection_id: int) -> None:
    await record(store, an_order(connection_id, 1), HELD, facts(1, placed_at=NOON - timedelta(days=2)))
    await record(store, an_order(connection_id, 2), Outcome(Verdict.FAILED, Reason("x", "Locked.")), facts(2))

    assert await listed(store, cause="tax_unmapped:FI") == ["#1001"]
    assert await listed(store, error="locked") == ["#1002"]
    assert await listed(store, error="TAX_UNMAPPED") == ["#1001"]
    assert await listed(store, error="25.5 %") == ["#1001"]
    assert await listed(store, error="25_5") == []
    assert await listed(store, placed_from=NOON) == ["#1002"]
    assert await listed(store, placed_until=NOON) == ["#1001"]
    assert await listed(store, changed_from=datetime(2099, 1, 1, tzinfo=UTC)) == []
    assert await listed(store, order_ids=(an_order(connection_id, 2).id,)) == ["#1002"]
    assert await listed(store, connection_id=connection_id + 1) == []


@pytest.mark.parametrize("word", ["#1042", "1042", "42", "gid://shopify/Order/42"])
async def test_an_order_is_known_by_name_number_and_gid(store: Store, connection_id: int, word: str) -> None:
    await record(store, an_order(connection_id), POSTED, facts())

    async with store.at_once() as tx:
        found = await store.outcomes.find(tx, word)
        elsewhere = await store.outcomes.find(tx, word, connection_id=connection_id + 1)

    assert [row.order_id for row in found] == ["gid://shopify/Order/42"]
    assert elsewhere == ()


async def test_an_order_that_was_never_read_is_known_by_its_number(store: Store, connection_id: int) -> None:
    await knock(store, an_order(connection_id))

    async with store.at_once() as tx:
        [row] = await store.outcomes.find(tx, "42")

    assert row.verdict is Verdict.WAITING


async def test_causes_group_what_one_decision_releases(store: Store, connection_id: int) -> None:
    for number, currency in enumerate(["EUR", "EUR", "SEK"]):
        await record(store, an_order(connection_id, number), HELD, facts(number, total=Money.of("10", currency)))
    await record(store, an_order(connection_id, 9), Outcome(Verdict.FAILED, Reason("locked", "Locked.")), facts(9))
    await record(store, an_order(connection_id, 10), HELD, facts(10))
    await knock(store, an_order(connection_id, 10))

    async with store.at_once() as tx:
        tax, locked = await store.outcomes.causes(tx, connection_id)

    assert (tax.cause, tax.orders, tax.text, tax.fix) == (
        "tax_unmapped:FI",
        3,
        "Zoho has no tax of 25.5 %.",
        "Map the tax.",
    )
    assert tax.money == (Money.of("20", "EUR"), Money.of("10", "SEK"))
    assert (locked.cause, locked.orders, locked.verdict) == ("locked", 1, Verdict.FAILED)


async def test_the_money_of_a_day_is_added_by_currency_and_verdict(store: Store, connection_id: int) -> None:
    await record(store, an_order(connection_id, 1), POSTED, facts(1), INVOICE)
    await record(store, an_order(connection_id, 2), POSTED, facts(2), INVOICE)
    await record(store, an_order(connection_id, 3), HELD, facts(3))
    await record(store, an_order(connection_id, 4), POSTED, facts(4, placed_at=NOON + timedelta(days=1)), INVOICE)

    async with store.at_once() as tx:
        sums = await store.outcomes.money(tx, connection_id, NOON, NOON + timedelta(days=1))

    assert {entry.verdict: (entry.orders, str(entry.shopify), str(entry.zoho)) for entry in sums} == {
        Verdict.POSTED: (2, "EUR 198.00", "EUR 198.00"),
        Verdict.HELD: (1, "EUR 99.00", "EUR 0.00"),
    }


async def test_an_erased_customer_is_gone_from_lists_and_search(store: Store, connection_id: int) -> None:
    order = an_order(connection_id)
    await record(store, order, POSTED, facts(), INVOICE)

    async with store.at_once() as tx:
        erased = await store.outcomes.erase(tx, connection_id, "gid://shopify/Customer/9")

    row = await get(store, order)
    assert erased == 1
    assert (row.facts.customer, row.facts.email) == (None, None)
    assert await listed(store, text="anne@example.com") == []
    assert await listed(store, text="änne") == []
    assert await listed(store, text="1042") == ["#1042"]
    assert await listed(store, text="INV-000042") == ["#1042"]


async def test_lists_use_an_index(store: Store, connection_id: int) -> None:
    """With many orders a page must not read them all."""
    await do(
        store,
        """INSERT INTO outcomes (connection_id, order_id, name, verdict, changed_at, search)
           SELECT :c, 'gid://shopify/Order/' || n, '#' || n, CASE n % 100 WHEN 0 THEN 'held' ELSE 'posted' END,
                  clock_timestamp() - n * interval '1 second', array_to_tsvector(ARRAY['#' || n])
           FROM generate_series(1, 20000) n""",
        c=connection_id,
    )
    async with store.at_once() as tx:
        await store.subjects.knock(tx, [Knock(an_order(connection_id, 5), Lane.LIVE)])
    await do(store, "ANALYZE outcomes")
    await do(store, "ANALYZE subjects")
    from ml_connector.store.outcomes_sql import page_statement

    for verdict in (None, Verdict.HELD, Verdict.WAITING):
        statement = str(page_statement({"connection_id", "limit"}, verdict))
        for name, value in {":connection_id": str(connection_id), ":limit": "50"}.items():
            statement = statement.replace(name, value)
        plan = await ask(store, f"SELECT plan FROM explained($x${statement}$x$) AS plan")
        assert "Seq Scan on outcomes" not in plan, plan


@pytest.fixture(autouse=True)
async def explained(store: Store) -> None:
    """A function that explains a statement as one text."""
    await do(
        store,
        """CREATE OR REPLACE FUNCTION explained(statement text) RETURNS text LANGUAGE plpgsql AS $f$
           DECLARE line text; all_lines text := '';
           BEGIN
               FOR line IN EXECUTE 'EXPLAIN ' || statement LOOP all_lines := all_lines || line || E'\\n'; END LOOP;
               RETURN all_lines;
           END $f$""",
    )
