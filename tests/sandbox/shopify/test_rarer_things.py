"""Drafts, companies, metafields, scopes, the end of bulk operations, cash, and the ledger's entries."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from tests.sandbox.shopify.scene import DOMAIN, Scene, a_line, a_scene, an_order
from tests.sandbox.shopify.test_webhooks import due, subscribe

from ml_connector.sandbox.shopify import CustomerSpec, RefundSpec, totals
from ml_connector.sandbox.shopify.ids import gid
from ml_connector.sandbox.shopify.kinds import tell
from ml_connector.sandbox.shopify.model import Order

LEDGER = """query L($id: ID!) { order(id: $id) { agreements(first: 9) { nodes { __typename reason
  sales(first: 50) { nodes { __typename actionType lineType quantity totalAmount { presentmentMoney { amount } } } }
} } } }"""


def ledger(scene: Scene, order: Order) -> list[tuple[str, list[tuple[str, str, str]]]]:
    found = scene.data(LEDGER, id=gid("Order", order.id))["order"]["agreements"]["nodes"]
    return [
        (
            one["__typename"],
            [
                (sale["actionType"], sale["lineType"], sale["totalAmount"]["presentmentMoney"]["amount"])
                for sale in one["sales"]["nodes"]
            ],
        )
        for one in found
    ]


def test_a_draft_is_an_offer_until_it_is_completed() -> None:
    scene = a_scene()
    draft = scene.shop.offer(an_order(a_line("10.00", 2)))
    text = """query D($id: ID!) { draftOrder(id: $id) {
      name status order { name } totalPriceSet { shopMoney { amount } } } }"""

    before = scene.data(text, id=gid("DraftOrder", draft.id))["draftOrder"]
    order = scene.shop.complete(draft)
    after = scene.data(text, id=gid("DraftOrder", draft.id))["draftOrder"]

    assert before == {
        "name": "#D1",
        "status": "OPEN",
        "order": None,
        "totalPriceSet": {"shopMoney": {"amount": "23.8"}},
    }
    assert (after["status"], after["order"]) == ("COMPLETED", {"name": order.name})
    assert (order.source_name, totals.financial_status(order)) == ("shopify_draft_order", "PENDING")


def test_a_company_order_names_company_location_and_tax_number() -> None:
    scene = a_scene()
    order = tell(scene.shop, "company order")

    entity = scene.data(
        """query Q($id: ID!) { order(id: $id) { poNumber purchasingEntity { __typename ... on PurchasingCompany {
        company { name } location { taxSettings { taxRegistrationId } } } } } }""",
        id=gid("Order", order.id),
    )["order"]

    assert entity == {
        "poNumber": "PO-2026-118",
        "purchasingEntity": {
            "__typename": "PurchasingCompany",
            "company": {"name": "Café Nord GmbH"},
            "location": {"taxSettings": {"taxRegistrationId": "DE812345678"}},
        },
    }


def test_a_metafield_is_found_by_namespace_and_key() -> None:
    scene = a_scene()
    customer = scene.shop.add_customer(CustomerSpec("M", metafields=(("custom", "tax_registration", "SE556"),)))
    text = """query Q($id: ID!) { customer(id: $id) {
      a: metafield(namespace: "custom", key: "tax_registration") { value }
      b: metafield(namespace: "other", key: "tax_registration") { value } } }"""

    found = scene.data(text, id=gid("Customer", customer.id))["customer"]

    assert found == {"a": {"value": "SE556"}, "b": None}


def test_changed_scopes_are_told_and_hold_at_once() -> None:
    scene = a_scene(scopes=("read_orders",))
    subscribe(scene, "APP_SCOPES_UPDATE")

    scene.company.change_scopes(DOMAIN, "sandbox-app", ("read_products",))

    body = json.loads(due(scene)[0].body)
    assert (body["previous"], body["current"]) == (["read_orders"], ["read_products"])
    assert "errors" in scene.ask("{ orders(first: 1) { nodes { id } } }")


def test_the_end_of_a_bulk_operation_is_told_once() -> None:
    scene = a_scene()
    subscribe(scene, "BULK_OPERATIONS_FINISH")
    scene.data(
        'mutation { bulkOperationRunQuery(groupObjects: true, query: "{ orders { nodes { id } } }") '
        "{ bulkOperation { id } userErrors { message } } }"
    )

    at_once = due(scene)
    scene.clock.pass_s(3)
    later, again = due(scene), due(scene)

    assert (at_once, again) == ([], [])
    assert json.loads(later[0].body)["status"] == "completed"


def test_cash_is_rounded_outside_the_total() -> None:
    order = tell(a_scene().shop, "POS with rounding of cash")

    rounding = totals.rounding(order, refunds=False)

    assert rounding.presentment
    assert totals.received(order).presentment == totals.current(order).price.presentment + rounding.presentment
    assert totals.outstanding(order).presentment == 0


def test_change_reduces_what_was_received() -> None:
    order = tell(a_scene().shop, "POS with change")

    assert [one.kind for one in order.transactions] == ["SALE", "CHANGE"]
    assert totals.received(order) == totals.current(order).price


@pytest.mark.parametrize("in_ledger", [True, False])
def test_money_without_goods_is_a_sale_of_its_own_where_the_house_keeps_it_so(in_ledger: bool) -> None:
    scene = a_scene(adjustment_sales=in_ledger)
    order = scene.shop.place_order(an_order(a_line("10.00")))

    scene.shop.refund(order, RefundSpec(amount=Decimal("5.00")))

    assert ledger(scene, order)[1] == ("RefundAgreement", [("RETURN", "ADJUSTMENT", "-5.0")] if in_ledger else [])
    assert totals.current(order).price.shop == Decimal("11.90")
    assert order.refunds[0].adjustments[0].amount.shop == Decimal("-5.00")


def test_an_exchange_reverses_and_sells_in_one_agreement_and_its_refund_only_moves_money() -> None:
    scene = a_scene()
    order = tell(scene.shop, "exchange down")

    agreements = ledger(scene, order)

    assert [name for name, _ in agreements] == ["OrderAgreement", "ReturnAgreement", "RefundAgreement"]
    assert [(action, kind) for action, kind, _ in agreements[1][1]] == [("RETURN", "PRODUCT"), ("ORDER", "PRODUCT")]
    assert agreements[2][1] == []
    assert order.refunds[0].return_id == order.returns[0].id


def test_a_pending_refund_is_explained_until_it_settles() -> None:
    shop = a_scene().shop
    order = shop.place_order(an_order(a_line("10.00", 2)))

    refund = shop.refund(order, RefundSpec(lines=((0, 1),), pending=True))
    reasons, owed = [one.reason for one in refund.adjustments], totals.outstanding(order)
    shop.settle_refund(order, refund)

    assert reasons == ["PENDING_REFUND_DISCREPANCY"]
    assert owed.shop == Decimal("-11.90")
    assert refund.adjustments == []
    assert totals.outstanding(order).shop == 0


def test_more_than_there_is_cannot_be_taken_back() -> None:
    shop = a_scene().shop
    order = shop.place_order(an_order(a_line(quantity=2)))

    wrong: list[Any] = [RefundSpec(lines=((0, 3),)), RefundSpec(amount=Decimal("1000.00"))]
    for spec in wrong:
        before = len(order.refunds), len(order.agreements), len(order.transactions)
        with pytest.raises(ValueError, match=r"taken back|greater than"):
            shop.refund(order, spec)
        assert (len(order.refunds), len(order.agreements), len(order.transactions)) == before


@pytest.mark.parametrize("in_amount", [True, False])
def test_cash_rounding_is_part_of_the_amount_or_beside_it_and_received_either_way(in_amount: bool) -> None:
    order = tell(a_scene(rounding_in_amount=in_amount).shop, "POS with rounding of cash")

    due, rounding = totals.current(order).price.presentment, totals.rounding(order, refunds=False).presentment

    assert order.transactions[0].amount.presentment == (due + rounding if in_amount else due)
    assert totals.received(order).presentment == due + rounding
    assert totals.outstanding(order).presentment == 0


@pytest.mark.parametrize(("negative", "quantity"), [(True, -1), (False, 1)])
def test_units_taken_back_are_counted_below_zero_or_not(negative: bool, quantity: int) -> None:
    scene = a_scene(negative_quantities=negative)
    order = scene.shop.place_order(an_order(a_line(quantity=2)))
    scene.shop.refund(order, RefundSpec(lines=((0, 1),)))

    agreements = scene.data(LEDGER, id=gid("Order", order.id))["order"]["agreements"]["nodes"]

    assert agreements[1]["sales"]["nodes"][0]["quantity"] == quantity
