"""Once a day: what people deleted, voided or changed in Zoho is noticed, and nothing else is touched."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from tests.jobs.desk import Desk
from tests.jobs.test_edited import invoice, person, posted

from ml_connector.domain.books import KnownDocument
from ml_connector.jobs import vanished
from ml_connector.jobs.vanished import Suspected, look_for_vanished
from ml_connector.sandbox.shopify.model import Order


async def settled(desk: Desk, **changed: object) -> Order:
    """An order whose documents were written long enough ago to be in Zoho's lists."""
    order = await posted(desk, **changed)
    async with desk.store.at_once() as tx:
        await tx.execute(text("UPDATE documents SET confirmed_by_zoho_at = confirmed_by_zoho_at - interval '2 hours'"))
    return order


async def invoice_kept(desk: Desk) -> KnownDocument:
    async with desk.store.at_once() as tx:
        found = await desk.store.documents.of_zoho_ids(tx, desk.connection_id, [invoice(desk)["invoice_id"]])
    return found[invoice(desk)["invoice_id"]]


async def test_documents_that_stand_cost_a_call_for_each_list_and_no_knock(desk: Desk) -> None:
    await settled(desk)
    desk.doors.requests.clear()

    looked = await look_for_vanished(await desk.run())

    assert looked == Suspected(compared=2, suspected=0)
    assert len(desk.doors.to_zoho) == 2
    assert await desk.outstanding() == []


async def test_a_deleted_invoice_holds_its_order(desk: Desk) -> None:
    order = await settled(desk, payments=())
    person(desk).delete_invoice(invoice(desk)["invoice_id"])

    await look_for_vanished(await desk.run())
    await desk.settle()

    assert await desk.verdict(order) == ("held", "deleted_in_zoho")


async def test_a_voided_invoice_and_a_changed_one_hold_theirs(desk: Desk) -> None:
    voided = await settled(desk, payments=())
    person(desk).void_invoice(invoice(desk)["invoice_id"])
    changed = await settled(desk)
    mine = next(one for one in desk.books.invoices() if one["reference_number"] == changed.name)
    person(desk).edit_invoice(mine["invoice_id"], line_items=[{**mine["line_items"][0], "rate": 9}])

    await look_for_vanished(await desk.run())
    await desk.settle()

    assert await desk.verdict(voided) == ("held", "voided_in_zoho")
    assert await desk.verdict(changed) == ("held", "changed_in_zoho")


async def test_a_deleted_payment_is_noticed_too(desk: Desk) -> None:
    order = await settled(desk)
    (payment,) = desk.books.payments()
    person(desk).delete_payment(payment["payment_id"])

    await look_for_vanished(await desk.run())
    await desk.settle()

    assert await desk.verdict(order) == ("held", "deleted_in_zoho")


async def test_a_list_that_lags_changes_no_verdict(desk: Desk) -> None:
    desk.organization.switches.set(list_lag_s=1e6)
    order = await settled(desk)

    looked = await look_for_vanished(await desk.run())
    await desk.settle()

    assert looked.suspected == 2
    assert await desk.verdict(order) == ("posted", "")
    assert not (await invoice_kept(desk)).changed_by_person


async def test_a_list_that_shows_nothing_does_not_make_us_read_everything(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vanished, "MOST", 1)
    desk.organization.switches.set(list_lag_s=1e6)
    await settled(desk)

    assert (await look_for_vanished(await desk.run())).suspected == 1
