"""From answers to orders: both sides of every amount, and nothing guessed."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.shopify.builders import (
    AT,
    a_bag,
    a_connection,
    a_history,
    a_line,
    a_refund_node,
    a_sale,
    a_shipping_line,
    a_tax,
    a_transaction,
    an_agreement,
    an_order_node,
    edges,
)

from ml_connector.domain.money import Money, MoneyBag
from ml_connector.domain.order import (
    Address,
    Allocation,
    DiscountApplication,
    Order,
    TaxLine,
    TransactionKind,
    TransactionStatus,
)
from ml_connector.shopify import normalise
from ml_connector.shopify.errors import NotUnderstood
from ml_connector.shopify.normalise.node import Node

_decode = msgspec.json.Decoder(float_hook=Decimal).decode


def over_the_wire(value: Any) -> Any:
    """*value* as the client would decode it."""
    return _decode(json.dumps(value))


def normal(node: Any = None, history: Any = None, **more: Any) -> Order:
    node = over_the_wire(node or an_order_node(**more))
    return normalise.order(node, None if history is None else over_the_wire(history))


def euros(amount: str) -> MoneyBag:
    return MoneyBag(Money.of(amount, "EUR"), Money.of(amount, "EUR"))


def test_both_sides_of_an_amount_are_kept() -> None:
    order = normal(totalPriceSet=a_bag("100.0", "1080.5", ("EUR", "SEK")))

    assert order.totals.total_price == MoneyBag(Money.of("100.0", "EUR"), Money.of("1080.5", "SEK"))


def test_moments_are_aware() -> None:
    order = normal(processedAt="2026-03-29T01:30:00+01:00")

    assert order.processed_at == datetime(2026, 3, 29, 0, 30, tzinfo=UTC)


def test_the_plain_facts() -> None:
    order = normal(
        number=7,
        taxesIncluded=True,
        tags=["vip", "b2b"],
        note="thanks",
        poNumber="PO-1",
        sourceName="web",
        app={"id": "gid://shopify/App/1", "name": "Online Store"},
        customAttributes=[{"key": "gift", "value": "yes"}, {"key": "empty", "value": None}],
        paymentGatewayNames=["shopify_payments"],
        test=True,
        dutiesIncluded=True,
        closedAt=AT,
    )

    assert (order.id, order.name, order.currency, order.presentment_currency) == (
        "gid://shopify/Order/7",
        "#7",
        "EUR",
        "EUR",
    )
    assert (order.taxes_included, order.test, order.duties_included) == (True, True, True)
    assert (order.tags, order.note, order.po_number) == (("vip", "b2b"), "thanks", "PO-1")
    assert (order.source_name, order.channel, order.app_id) == ("web", "Online Store", "gid://shopify/App/1")
    assert order.attributes == (("gift", "yes"), ("empty", ""))
    assert order.payment_gateways == ("shopify_payments",)
    assert order.closed_at is not None
    assert order.merchant_of_record is None


def test_a_line_with_discount_tax_and_duty() -> None:
    line = a_line(
        1,
        "24.0",
        2,
        taxLines=[a_tax("3.0", 0.255, "ALV", channelLiable=True)],
        discountAllocations=[{"allocatedAmountSet": a_bag("9.6"), "discountApplication": {"index": 1}}],
        duties=[
            {
                "id": "gid://shopify/Duty/1",
                "price": a_bag("2.0"),
                "taxLines": [],
                "harmonizedSystemCode": "6912",
                "countryCodeOfOrigin": "CN",
            }
        ],
    )

    found = normal(lineItems=a_connection(line)).lines[0]

    assert (found.quantity, found.unit_price, found.sku) == (2, euros("24.0"), "MUG-1")
    assert found.allocations == (Allocation(euros("9.6"), 1),)
    assert found.tax_lines == (TaxLine("ALV", Decimal("0.255"), euros("3.0"), channel_liable=True, source="shopify"),)
    assert found.duties[0].price == euros("2.0")
    assert found.duties[0].country_of_origin == "CN"
    assert (found.product_id, found.variant_id) == ("gid://shopify/Product/1", "gid://shopify/ProductVariant/1")


@pytest.mark.parametrize(
    ("tax", "expected"),
    [
        ({"rate": 0.2}, "0.2"),
        ({"rate": 0.06625}, "0.06625"),
        ({"rate": 0}, "0"),
        ({"rate": None, "ratePercentage": 7.5}, "0.075"),
        ({"rate": None, "ratePercentage": None}, "0"),
    ],
)
def test_rates(tax: dict[str, Any], expected: str) -> None:
    order = normal(lineItems=a_connection(a_line(taxLines=[a_tax() | tax])))

    assert order.lines[0].tax_lines[0].rate == Decimal(expected)


@pytest.mark.parametrize(("given_flag", "expected"), [(True, True), (False, False), (None, False)])
def test_a_liability_that_is_not_told_is_the_merchants(given_flag: bool | None, expected: bool) -> None:
    order = normal(taxLines=[a_tax(channelLiable=given_flag)])

    assert order.tax_lines[0].channel_liable is expected


def test_without_the_scope_for_products_a_line_has_none() -> None:
    line = a_line()
    del line["product"], line["variant"]

    assert normal(lineItems=a_connection(line)).lines[0].product_id is None


def test_shipping_with_its_removal() -> None:
    lines = a_connection(a_shipping_line(1), a_shipping_line(2, isRemoved=True), a_shipping_line(3, id=None))

    found = normal(shippingLines=lines).shipping_lines

    assert [(line.id, line.is_removed) for line in found] == [
        ("gid://shopify/ShippingLine/1", False),
        ("gid://shopify/ShippingLine/2", True),
        ("shipping-line:2", False),
    ]


@pytest.mark.parametrize(
    ("node", "expected"),
    [
        ({"__typename": "DiscountCodeApplication", "code": "SAVE"}, ("code", "SAVE")),
        ({"__typename": "AutomaticDiscountApplication", "title": "3 for 2"}, ("automatic", "3 for 2")),
        ({"__typename": "ManualDiscountApplication", "title": "Sorry"}, ("manual", "Sorry")),
        ({"__typename": "ScriptDiscountApplication", "title": "Script"}, ("script", "Script")),
        ({"__typename": "NewDiscountApplication"}, ("NewDiscountApplication", "")),
    ],
)
def test_discounts_by_their_kind(node: dict[str, Any], expected: tuple[str, str]) -> None:
    order = normal(discountApplications=a_connection(node | {"index": 0, "targetType": "SHIPPING_LINE"}))

    assert order.discounts == (DiscountApplication(0, *expected, target="SHIPPING_LINE"),)


def test_fees_duties_and_cash_rounding() -> None:
    order = normal(
        additionalFees=[
            {
                "id": "gid://shopify/AdditionalFee/1",
                "name": "Bottle deposit",
                "price": a_bag("0.25"),
                "taxLines": [a_tax("0.05")],
            }
        ],
        originalTotalDutiesSet=a_bag("3.0"),
        totalCashRoundingAdjustment={"paymentSet": a_bag("-0.02"), "refundSet": a_bag("0.01")},
    )

    assert order.additional_fees[0].name == "Bottle deposit"
    assert order.totals.original_total_duties == euros("3.0")
    assert order.totals.current_total_duties is None
    assert order.totals.cash_rounding_payment == euros("-0.02")
    assert order.totals.cash_rounding_refund == euros("0.01")


@pytest.mark.parametrize("name", ["subtotalPriceSet", "totalDiscountsSet", "totalShippingPriceSet", "totalTaxSet"])
def test_a_figure_that_the_schema_lets_be_null_is_zero_in_both_currencies(name: str) -> None:
    order = normal(presentmentCurrencyCode="SEK", **{name: None})

    field = {
        "subtotalPriceSet": "subtotal_price",
        "totalDiscountsSet": "total_discounts",
        "totalShippingPriceSet": "total_shipping_price",
        "totalTaxSet": "total_tax",
    }[name]
    assert getattr(order.totals, field) == MoneyBag(Money.zero("EUR"), Money.zero("SEK"))


@pytest.mark.parametrize("name", ["totalPriceSet", "originalTotalPriceSet", "currentTotalPriceSet", "totalReceivedSet"])
def test_a_figure_that_must_be_there_is_not_guessed(name: str) -> None:
    with pytest.raises(NotUnderstood) as caught:
        normal(**{name: None})

    assert caught.value.path == f"order.{name}"


def test_a_transaction() -> None:
    found = normal(
        transactions=[
            a_transaction(
                5,
                "12.5",
                kind="CAPTURE",
                parentTransaction={"id": "gid://shopify/OrderTransaction/4"},
                amountRoundingSet=a_bag("0.01"),
                fees=[{"id": "f", "amount": {"amount": "0.5", "currencyCode": "EUR"}}],
            )
        ]
    ).transactions[0]

    assert (found.kind, found.status, found.amount) == (
        TransactionKind.CAPTURE,
        TransactionStatus.SUCCESS,
        euros("12.5"),
    )
    assert found.parent_id == "gid://shopify/OrderTransaction/4"
    assert found.rounding == euros("0.01")
    assert found.fees == (euros("0.5"),)


def test_a_transaction_that_is_not_processed_yet_has_its_creation() -> None:
    found = normal(transactions=[a_transaction(processedAt=None, createdAt="2026-11-21T00:00:00Z")])

    assert found.transactions[0].processed_at == datetime(2026, 11, 21, tzinfo=UTC)


def test_a_kind_of_transaction_that_we_do_not_know_is_not_ignored() -> None:
    with pytest.raises(NotUnderstood, match="BARTER"):
        normal(transactions=[a_transaction(kind="BARTER")])


def test_a_status_that_we_do_not_know_is_unknown_and_so_never_money() -> None:
    order = normal(transactions=[a_transaction(status="PERHAPS")])

    assert order.transactions[0].status is TransactionStatus.UNKNOWN


def test_a_refund_with_everything() -> None:
    refund = a_refund_node(
        1,
        note="broken",
        duties=[{"amountSet": a_bag("1.0"), "originalDuty": {"id": "gid://shopify/Duty/1"}}],
        refundShippingLines=a_connection(
            {
                "id": "gid://shopify/RefundShippingLine/1",
                "shippingLine": {"id": "gid://shopify/ShippingLine/1"},
                "subtotalAmountSet": a_bag("5.0"),
                "taxAmountSet": a_bag("1.0"),
            }
        ),
        orderAdjustments=a_connection(
            {
                "id": "gid://shopify/OrderAdjustment/1",
                "reason": "REFUND_DISCREPANCY",
                "amountSet": a_bag("-2.0"),
                "taxAmountSet": a_bag("0.0"),
            }
        ),
    )
    refund["return"] = {"id": "gid://shopify/Return/1"}

    found = normal(history=a_history(refunds=[refund])).refunds[0]

    assert (found.note, found.return_id) == ("broken", "gid://shopify/Return/1")
    assert (found.lines[0].line_id, found.lines[0].quantity) == ("gid://shopify/LineItem/1", 1)
    assert found.shipping[0].subtotal == euros("5.0")
    assert found.adjustments[0].amount == euros("-2.0")
    assert found.duties[0].original_duty_id == "gid://shopify/Duty/1"
    assert found.transaction_ids == ("gid://shopify/OrderTransaction/2",)


def test_a_fee_in_the_ledger_is_the_fee_of_the_order() -> None:
    sold = a_sale(lineItem=None, lineType="ADDITIONAL_FEE", additionalFee={"id": "gid://shopify/SaleAdditionalFee/4"})

    order = normal(history=a_history(agreements=edges(an_agreement(1, sold))))

    assert order.agreements is not None
    assert order.agreements[0].sales[0].subject_id == "gid://shopify/AdditionalFee/4"


def test_the_ledger_keeps_signs_taxes_and_subjects() -> None:
    returned = a_sale(
        2,
        "-12.0",
        actionType="RETURN",
        totalTaxAmount=a_bag("-2.0"),
        quantity=-1,
        taxes=[
            {
                "id": "gid://shopify/SaleTax/1",
                "amount": a_bag("-2.0"),
                "taxLine": {"title": "VAT", "rate": 0.2, "channelLiable": None},
            }
        ],
    )
    fee = a_sale(3, "4.0", lineType="FEE", lineItem=None, fee={"id": "gid://shopify/ReturnShippingFee/9"})
    agreements = edges(
        an_agreement(1),
        an_agreement(2, returned, fee, reason="REFUND", refund={"id": "gid://shopify/Refund/1"}),
    )

    order = normal(history=a_history(agreements=agreements))

    assert order.agreements is not None
    sale = order.agreements[1].sales[0]
    assert (sale.total, sale.tax, sale.quantity) == (euros("-12.0"), euros("-2.0"), -1)
    assert (sale.taxes[0].title, sale.taxes[0].rate, sale.taxes[0].amount) == ("VAT", Decimal("0.2"), euros("-2.0"))
    assert sale.subject_id == "gid://shopify/LineItem/1"
    assert order.agreements[1].sales[1].subject_id == "gid://shopify/ReturnShippingFee/9"
    assert order.agreements[1].refund_id == "gid://shopify/Refund/1"


def test_a_tip_is_known_from_the_ledger() -> None:
    tip = a_sale(2, "3.0", __typename="TipSale", lineType="TIP", lineItem={"id": "gid://shopify/LineItem/2"})
    node = an_order_node(lineItems=a_connection(a_line(1), a_line(2, title="Tip", requiresShipping=False)))

    order = normal(node, a_history(agreements=edges(an_agreement(1, a_sale(), tip))))

    assert [line.is_tip for line in order.lines] == [False, True]


def test_goods_of_an_exchange_are_known_from_the_return() -> None:
    returns = a_connection(
        {
            "id": "gid://shopify/Return/1",
            "exchangeLineItems": a_connection({"id": "x", "lineItems": [{"id": "gid://shopify/LineItem/9"}]}),
        },
        {"id": "gid://shopify/Return/2", "exchangeLineItems": a_connection({"id": "y", "lineItems": None})},
    )

    assert normal(history=a_history(returns=returns)).exchange_line_ids == {"gid://shopify/LineItem/9"}


def test_a_customer_with_address_in_english() -> None:
    address = {
        "id": "gid://shopify/MailingAddress/5",
        "firstName": "Ana",
        "lastName": "Petrović",
        "address1": "Ilica 1",
        "city": "Zagreb",
        "zip": "10000",
        "country": "Croatia",
        "countryCodeV2": "HR",
        "province": None,
    }
    customer = {
        "id": "gid://shopify/Customer/3",
        "firstName": "Ana",
        "lastName": "Petrović",
        "displayName": "Ana Petrović",
        "tags": ["vip"],
        "taxExempt": True,
        "taxExemptions": ["EU_REVERSE_CHARGE_EXEMPTION_RULE"],
        "updatedAt": AT,
        "defaultEmailAddress": {"emailAddress": "ana@example.com"},
        "defaultPhoneNumber": None,
        "defaultAddress": address,
    }

    order = normal(customer=customer, billingAddress=address)

    assert order.customer is not None
    assert (order.customer.email, order.customer.phone) == ("ana@example.com", None)
    assert (order.customer.tax_exempt, order.customer.tax_exemptions) == (True, ("EU_REVERSE_CHARGE_EXEMPTION_RULE",))
    assert order.customer.default_address_id == "gid://shopify/MailingAddress/5"
    assert order.billing_address == Address(
        first_name="Ana", last_name="Petrović", address1="Ilica 1", city="Zagreb", zip="10000", country="Croatia",
        country_code="HR",
    )  # fmt: skip


def test_a_guest_has_no_customer() -> None:
    order = normal(customer=None, email="guest@example.com")

    assert order.customer is None
    assert order.email == "guest@example.com"


def test_the_buyer_of_a_company_order() -> None:
    entity = {
        "company": {"id": "gid://shopify/Company/1", "name": "Kaffee KG"},
        "location": {
            "id": "gid://shopify/CompanyLocation/2",
            "name": "Graz",
            "externalId": "G1",
            "taxSettings": {"taxRegistrationId": "ATU1", "taxExempt": True},
        },
    }

    company = normal(purchasingEntity=entity).company

    assert company is not None
    assert (company.company_name, company.location_name, company.external_id) == ("Kaffee KG", "Graz", "G1")
    assert (company.tax_registration_id, company.tax_exempt) == ("ATU1", True)


@pytest.mark.parametrize("entity", [None, {}, {"id": "gid://shopify/Customer/1"}])
def test_a_private_buyer_is_no_company(entity: Any) -> None:
    assert normal(purchasingEntity=entity).company is None


def test_the_store_of_a_sale_over_the_counter() -> None:
    store = {
        "id": "gid://shopify/Location/1",
        "address": {"country": "Canada", "countryCode": "CA", "provinceCode": "ON"},
    }

    order = normal(retailLocation=store)

    assert order.retail_location_id == "gid://shopify/Location/1"
    assert order.retail_location_address == Address(country="Canada", country_code="CA", province_code="ON")


def test_terms_and_disputes() -> None:
    order = normal(
        paymentTerms={
            "paymentTermsName": "Net 30",
            "paymentSchedules": a_connection({"id": "1", "dueAt": AT, "completedAt": None}),
        },
        disputes=[{"id": "d", "initiatedAs": "CHARGEBACK", "status": "UNDER_REVIEW"}],
    )

    assert order.payment_terms_name == "Net 30"
    assert order.payment_schedules[0].due_at is not None
    assert order.disputes == ("chargeback, under review",)


@pytest.mark.parametrize(
    ("status", "made", "expected"),
    [
        ("FULFILLED", ["2026-11-21T00:00:00Z", "2026-11-22T00:00:00Z"], datetime(2026, 11, 22, tzinfo=UTC)),
        ("PARTIALLY_FULFILLED", ["2026-11-21T00:00:00Z"], None),
        ("FULFILLED", [], None),
    ],
)
def test_when_an_order_was_fulfilled(status: str, made: list[str], expected: datetime | None) -> None:
    shipments = [{"id": str(at), "createdAt": at, "status": "SUCCESS"} for at in made]
    cancelled = {"id": "x", "createdAt": "2026-12-01T00:00:00Z", "status": "CANCELLED"}

    order = normal(displayFulfillmentStatus=status, fulfillments=[*shipments, cancelled])

    assert order.fulfilled_at == expected


def test_another_seller_is_named() -> None:
    assert normal(merchantOfRecordApp={"id": "a", "name": "Marketplace"}).merchant_of_record == "Marketplace"


def test_what_was_not_shown_is_kept() -> None:
    order = normalise.order(over_the_wire(an_order_node()), unread=["customer: not approved"])

    assert order.unread == ("customer: not approved",)


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ({"name": 5}, "order.name: a text"),
        ({"name": None}, "order.name: a text"),
        ({"createdAt": "yesterday"}, "order.createdAt: a moment"),
        ({"createdAt": "2026-11-20T10:00:00"}, "order.createdAt: a moment with its offset"),
        ({"tags": "vip"}, "order.tags: a list of texts"),
        ({"test": "yes"}, "order.test: true or false"),
        ({"transactions": {}}, None),
        ({"transactions": [1]}, "order.transactions: a list"),
        ({"lineItems": []}, "order.lineItems: an object"),
        ({"totalPriceSet": {"shopMoney": {"amount": "x", "currencyCode": "EUR"}}}, "shopMoney: a number"),
        ({"totalPriceSet": {"shopMoney": {"amount": "NaN", "currencyCode": "EUR"}}}, "shopMoney: a finite number"),
        ({"totalPriceSet": {"shopMoney": {"amount": "1.0"}}}, "currencyCode: a text"),
        ({"totalPriceSet": {"shopMoney": {"amount": "1.0", "currencyCode": "EUR"}}}, "presentmentMoney: an object"),
        ({"lineItems": a_connection(a_line(quantity=True))}, "quantity: a whole number"),
        ({"taxLines": [a_tax(rate=[])]}, "rate: a number"),
    ],
)
def test_a_surprise_names_its_place(value: dict[str, Any], problem: str | None) -> None:
    if problem is None:
        assert normal(**value).transactions == ()
        return

    with pytest.raises(NotUnderstood) as caught:
        normal(**value)

    assert problem in caught.value.text


def test_a_place_deep_inside_is_named_in_full() -> None:
    lines = a_connection(a_line(1), a_line(2, taxLines=[a_tax(priceSet=None)]))

    with pytest.raises(NotUnderstood) as caught:
        normal(lineItems=lines)

    assert caught.value.path == "order.lineItems.nodes.1.taxLines.0.priceSet"


@given(st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**12), max_value=10**12))
def test_no_amount_changes_on_its_way(amount: Decimal) -> None:
    node = Node({"m": {"amount": str(amount), "currencyCode": "EUR"}}, "x")

    assert node.money("m") == Money(amount, "EUR")


def test_an_untouched_order_needs_no_history() -> None:
    assert not normalise.history_needed(over_the_wire(an_order_node()))
