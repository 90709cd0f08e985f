"""What Zoho is known to hold, and who its contacts are."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import date
from decimal import Decimal

from tests.store.builders import NOON, a_lease, an_intent, an_order, send

from ml_connector.domain.books import ContactLink, Item, KnownDocument, KnownLine
from ml_connector.domain.documents import (
    Applied,
    ContactDraft,
    DraftLine,
    Expected,
    ExpectedTax,
    FieldReason,
    InvoiceDraft,
    Kind,
    PaymentDraft,
    Ref,
    Rounding,
)
from ml_connector.domain.money import Money
from ml_connector.domain.order import Address
from ml_connector.store import Store
from ml_connector.store.documents import Put, Rounded, Stated
from ml_connector.store.operations import Step
from ml_connector.store.values import dumps, loads, restore

ORDER = "gid://shopify/Order/42"
KEY = f"invoice:{ORDER}"


def a_document(**more: object) -> KnownDocument:
    plain = KnownDocument(
        key=KEY,
        kind=Kind.INVOICE,
        state="done",
        zoho_id="460000000012345678",
        number="INV-000042",
        status="sent",
        dated=date(2026, 11, 24),
        total=Money.of("118.00", "EUR"),
        balance=Money.of("18.50", "EUR"),
        exchange_rate=Decimal("1.168022"),
        last_modified="2026-11-24T13:59:20+0100",
        fingerprint="abc",
        lines=(KnownLine("1", "Tea", Decimal("59.0"), Decimal(2), Decimal("0.10"), Decimal("117.90"), tax_id="t"),),
        claims=("gid://shopify/Sale/1",),
        policy_version=3,
        details={"adjustment": "0.01"},
    )
    return replace(plain, **more)  # type: ignore[arg-type]


async def put(store: Store, connection_id: int, document: KnownDocument, **more: object) -> None:
    async with store.at_once() as tx:
        await store.documents.put(tx, connection_id, Put(document, ORDER, **more))  # type: ignore[arg-type]


async def of_order(store: Store, connection_id: int) -> dict[str, KnownDocument]:
    async with store.at_once() as tx:
        return await store.documents.of_order(tx, connection_id, ORDER)


async def test_a_document_comes_back_as_it_was(store: Store, connection_id: int) -> None:
    await put(store, connection_id, a_document())

    assert await of_order(store, connection_id) == {KEY: a_document()}


async def test_amounts_keep_every_digit(store: Store, connection_id: int) -> None:
    exact = Decimal("12345678901234567890.123456789")

    await put(store, connection_id, a_document(total=Money(exact, "EUR"), exchange_rate=exact))

    [document] = (await of_order(store, connection_id)).values()
    assert document.total == Money(exact, "EUR")
    assert document.exchange_rate == exact


async def test_an_operation_without_a_document_is_known_by_its_state(store: Store, connection_id: int) -> None:
    lease = await a_lease(store, an_order(connection_id))
    async with store.transaction() as tx:
        await store.operations.intend(tx, lease, [an_intent(KEY), an_intent("payment:1", kind="payment", claims=())])
    await send(store, lease, KEY)

    documents = await of_order(store, connection_id)

    assert {key: document.state for key, document in documents.items()} == {KEY: "sent", "payment:1": "intended"}
    assert documents[KEY].claims == ("gid://shopify/Sale/1",)


async def test_a_document_whose_operation_is_in_doubt_says_so(store: Store, connection_id: int) -> None:
    lease = await a_lease(store, an_order(connection_id))
    async with store.transaction() as tx:
        await store.operations.intend(tx, lease, [an_intent(KEY)])
    await send(store, lease, KEY)
    await put(store, connection_id, a_document())
    async with store.transaction() as tx:
        await store.operations.settle(tx, lease, [Step(KEY, "in_doubt")])

    assert (await of_order(store, connection_id))[KEY].state == "in_doubt"


async def test_reasons_and_rounding_stay_when_only_the_status_changes(store: Store, connection_id: int) -> None:
    stated = Stated(Decimal("0.03"), Rounding(residue=Decimal("0.01"), cash=Decimal("0.02")))
    why = FieldReason(
        "exchange_rate", "1.168022", "totalPriceSet: 118.00 / 137.83", "the order's own pair", ("Zoho's",)
    )
    await put(store, connection_id, a_document(), fields=[why], stated=stated, confirmed=True)

    await put(store, connection_id, a_document(status="paid", balance=Money.of("0", "EUR")))

    async with store.at_once() as tx:
        [kept] = await store.documents.shown(tx, connection_id, ORDER)
    assert kept.fields == (why,)
    assert kept.stated == stated
    assert kept.confirmed_by_zoho_at is not None
    assert kept.document.status == "paid"


async def test_rounding_is_counted_by_month_and_currency(store: Store, connection_id: int) -> None:
    told = [
        ("invoice:1", date(2026, 11, 1), "sent", Rounding(Decimal("0.01"))),
        ("credit-note:2", date(2026, 11, 30), "open", Rounding(Decimal("-0.02"), Decimal("-0.03"))),
        ("invoice:3", date(2026, 11, 30), "sent", Rounding()),
        ("invoice:4", date(2026, 11, 30), "void", Rounding(Decimal("0.05"))),
        ("invoice:5", date(2026, 12, 1), "paid", Rounding(cash=Decimal("0.02"))),
    ]
    for key, dated, status, rounding in told:
        document = a_document(key=key, dated=dated, status=status)
        await put(store, connection_id, document, stated=Stated(rounding=rounding))

    async with store.at_once() as tx:
        november, december = await store.documents.rounded(tx, connection_id)
        of_december = await store.documents.rounded(tx, connection_id, first=date(2026, 12, 1), last=date(2026, 12, 1))

    cent = Money.of("0.01", "EUR")
    assert november == Rounded(date(2026, 11, 1), 2, -cent, 1, cent * -3, cent * 2)
    assert december == Rounded(date(2026, 12, 1), 0, cent * 0, 1, cent * 2, cent * 0)
    assert of_december == (december,)


async def test_documents_are_found_by_key_by_zohos_id_and_by_day(store: Store, connection_id: int) -> None:
    await put(store, connection_id, a_document())

    async with store.at_once() as tx:
        by_key = await store.documents.of_keys(tx, connection_id, [KEY, "other"])
        by_id = await store.documents.of_zoho_ids(tx, connection_id, ["460000000012345678", ""])
        of_day = await store.documents.dated(tx, connection_id, date(2026, 11, 24), date(2026, 11, 25))
        of_next = await store.documents.dated(tx, connection_id, date(2026, 11, 25), date(2026, 11, 26))

    assert by_key == {KEY: a_document()}
    assert by_id == {"460000000012345678": a_document()}
    assert [kept.document.key for kept in of_day] == [KEY]
    assert of_next == ()


async def test_an_edit_by_somebody_else_is_remembered(store: Store, connection_id: int) -> None:
    await put(store, connection_id, a_document())

    async with store.at_once() as tx:
        await store.documents.changed_by_person(tx, connection_id, KEY, last_modified="later")

    assert (await of_order(store, connection_id))[KEY].changed_by_person


def test_drafts_survive_the_way_through_jsonb() -> None:
    money = Money.of("118.00", "EUR")
    invoice = InvoiceDraft(
        key=KEY,
        contact=Ref("contact:1:EUR"),
        currency_id="1",
        currency="EUR",
        exchange_rate=Decimal("1.10"),
        dated=date(2026, 11, 24),
        due_date=None,
        reference_number="#1042",
        lines=(DraftLine("Tee ☕ \0", Decimal("59.00"), Decimal(2), invoice_ref="4600"),),
        is_inclusive_tax=True,
        expected=Expected(money, (ExpectedTax("t", Money.of("18", "EUR")),)),
        custom_fields={"cf_shopify_id": KEY},
    )
    contact = ContactDraft(
        key="contact:1:EUR",
        name="Änne",
        fallback_name="Änne (1)",
        currency_id="1",
        currency="EUR",
        billing=Address(city="Köln", country_code="DE"),
    )
    payment = PaymentDraft(
        key="payment:1",
        contact="4600",
        amount=money,
        exchange_rate=None,
        dated=date(2026, 11, 24),
        mode="cash",
        account_id="1",
        reference_number="1",
        applied=(Applied(Ref(KEY), money),),
    )

    back = restore(InvoiceDraft, loads(dumps(invoice)))

    assert back == replace(invoice, lines=(replace(invoice.lines[0], name="Tee ☕ \ufffd"),))
    assert restore(ContactDraft, loads(dumps(contact))) == contact
    assert restore(PaymentDraft, loads(dumps(payment))) == payment


async def test_drafts_survive_the_way_through_the_database(store: Store, connection_id: int) -> None:
    line = DraftLine("Tea", Decimal("0.1"), Decimal("1E+2"), discount=Decimal("33.3333333333"))
    lease = await a_lease(store, an_order(connection_id))
    async with store.transaction() as tx:
        await store.operations.intend(tx, lease, [an_intent(KEY, draft=line)])

    async with store.at_once() as tx:
        [row] = await store.operations.of_subject(tx, lease.subject)

    assert restore(DraftLine, row.draft) == line


def a_link(key: str = "contact:1:EUR", **more: object) -> ContactLink:
    plain = ContactLink(key=key, contact_id="4601", currency="EUR", name="Änne", checked_at=NOON, matched_by="email")
    return replace(plain, **more)  # type: ignore[arg-type]


async def test_a_contact_is_known_by_its_key(store: Store, connection_id: int) -> None:
    async with store.at_once() as tx:
        await store.contacts.put(tx, connection_id, a_link(), customer_id="c1", agreed={"name": "Änne"})
        await store.contacts.put(tx, connection_id, a_link(fingerprint="f"))

        assert await store.contacts.of(tx, connection_id, ["contact:1:EUR", "x"]) == {
            "contact:1:EUR": a_link(fingerprint="f")
        }
        [kept] = await store.contacts.of_customer(tx, connection_id, "c1")
        assert kept.agreed == {"name": "Änne"}
        assert (await store.contacts.of_contacts(tx, connection_id, ["4601"])) == (kept,)


async def test_what_two_add_to_a_contact_at_the_same_moment_stands_side_by_side(
    store: Store, connection_id: int
) -> None:
    async with store.at_once() as tx:
        await store.contacts.put(tx, connection_id, a_link(), agreed={"name": "Änne"})
        await store.contacts.put(tx, connection_id, a_link("contact:2:EUR", contact_id="4602"))

    async with store.at_once() as other:
        async with store.transaction() as one:
            await store.contacts.add(one, connection_id, "4601", "addresses", {"a": "1"})
            waits = asyncio.create_task(store.contacts.add(other, connection_id, "4601", "addresses", {"b": "2"}))
            await store.contacts.add(one, connection_id, "4601", "addresses", {"c": "3"})
        await waits

    async with store.at_once() as tx:
        kept = await store.contacts.kept(tx, connection_id, ["contact:1:EUR", "contact:2:EUR"])
    assert kept["contact:1:EUR"].agreed == {"name": "Änne", "addresses": {"a": "1", "b": "2", "c": "3"}}
    assert kept["contact:2:EUR"].agreed == {}


async def test_a_merged_customers_key_answers_with_who_remains(store: Store, connection_id: int) -> None:
    async with store.transaction() as tx:
        for number in (1, 2, 3):
            await store.contacts.put(
                tx, connection_id, a_link(f"contact:{number}:EUR", contact_id=f"460{number}"), customer_id=f"c{number}"
            )
        await store.contacts.make_alias(tx, connection_id, "contact:1:EUR", "contact:2:EUR")
        await store.contacts.make_alias(tx, connection_id, "contact:2:EUR", "contact:3:EUR")

        links = await store.contacts.of(tx, connection_id, ["contact:1:EUR", "contact:2:EUR"])

    assert {link.contact_id for link in links.values()} == {"4603"}
    assert set(links) == {"contact:1:EUR", "contact:2:EUR"}


async def test_contacts_seen_in_zoho_are_noted_and_gone_ones_forgotten(store: Store, connection_id: int) -> None:
    async with store.transaction() as tx:
        await store.contacts.put(tx, connection_id, a_link(checked_at=None), customer_id="c1")
        await store.contacts.checked(tx, connection_id, ["4601"])
        links = await store.contacts.of(tx, connection_id, ["contact:1:EUR"])
        erased = await store.contacts.erase(tx, connection_id, "c1")
        [page] = await store.contacts.page(tx, connection_id)
        forgotten = await store.contacts.forget(tx, connection_id, ["contact:1:EUR"])

    assert links["contact:1:EUR"].checked_at is not None
    assert (erased, forgotten) == (1, 1)
    assert page.link.name == ""


async def test_items_are_remembered_by_sku_also_when_there_are_none(store: Store, connection_id: int) -> None:
    tea = Item(id="1", name="Tea", sku="TEA")
    async with store.at_once() as tx:
        await store.items.put(tx, connection_id, {"TEA": tea, "GONE": None})

        links = await store.items.of(tx, connection_id, ["TEA", "GONE", "NEVER"])

    assert {sku: link.item for sku, link in links.items()} == {"TEA": tea, "GONE": None}


async def test_masters_are_kept_by_kind_and_forgotten(store: Store, connection_id: int) -> None:
    async with store.at_once() as tx:
        await store.masters.put(tx, connection_id, "taxes", [{"rate": Decimal("20.0")}])
        await store.masters.put(tx, connection_id, "accounts", [])
        taxes = await store.masters.get(tx, connection_id, "taxes")
        forgotten = await store.masters.forget(tx, connection_id, ["taxes"])
        rest = await store.masters.many(tx, connection_id)

    assert taxes is not None
    assert taxes.body == [{"rate": Decimal("20.0")}]
    assert forgotten == 1
    assert list(rest) == ["accounts"]


async def test_masters_that_were_asked_for_before_they_were_forgotten_are_not_kept(
    store: Store, connection_id: int
) -> None:
    async with store.at_once() as tx:
        before = await store.masters.moment(tx)
        await store.masters.forget(tx, connection_id, ["taxes"])
        await store.masters.put(tx, connection_id, "taxes", ["old"], asked_at=before)
        nothing = await store.masters.get(tx, connection_id, "taxes")
        after = await store.masters.moment(tx)
        await store.masters.put(tx, connection_id, "taxes", ["new"], asked_at=after)
        await store.masters.put(tx, connection_id, "taxes", ["older"], asked_at=before)
        kept = await store.masters.get(tx, connection_id, "taxes")

    assert nothing is None
    assert kept is not None
    assert (kept.body, kept.fetched_at) == (["new"], after)


async def test_a_watermark_is_moved(store: Store, connection_id: int) -> None:
    async with store.at_once() as tx:
        assert await store.watermarks.get(tx, connection_id, "sweep") is None
        await store.watermarks.put(tx, connection_id, "sweep", at=NOON, cursor="c", body={"n": 1})
        mark = await store.watermarks.get(tx, connection_id, "sweep")

    assert mark is not None
    assert (mark.at, mark.cursor, mark.body) == (NOON, "c", {"n": 1})
