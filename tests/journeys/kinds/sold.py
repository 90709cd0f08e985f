"""What is sold: lines, taxes, discounts, delivery, and what is no ordinary sale."""

from __future__ import annotations

from dataclasses import replace

from tests.journeys.kinds.stock import CUP, MWST_7, MWST_19, POT, TEA, D, bought
from tests.journeys.kinds.telling import Invoice, Line, Payment, Scene, Story, books, held, kind_of_order

from ml_connector.sandbox.shopify.catalogue import taxes_in
from ml_connector.sandbox.shopify.spec import DiscountSpec, DutySpec, FeeSpec, LineSpec, ShippingSpec, TaxSpec


@kind_of_order("single line")
def single_line(scene: Scene) -> Story:
    """10.00 + 19 %."""
    order = bought(scene.shop, TEA)
    yield books(
        order,
        Invoice("11.90", tax="1.90", status="paid", lines=(Line("Tea", "10.00", "MwSt 19", "Sales"),)),
        Payment("11.90"),
    )


@kind_of_order("many lines")
def many_lines(scene: Scene) -> Story:
    """One invoice line for each order line, in its order."""
    prices = (("Tea", "7.90", 1), ("Cup", "9.80", 2), ("Pot", "48.00", 3), ("Filter", "3.10", 4), ("Spoon", "2.05", 5))
    order = bought(scene.shop, *(LineSpec(title=title, price=D(price), quantity=n) for title, price, n in prices))
    # 194.15 + 1.50 + 3.72 + 27.36 + 2.36 + 1.95
    lines = (("Tea", "7.90"), ("Cup", "19.60"), ("Pot", "144.00"), ("Filter", "12.40"), ("Spoon", "10.25"))
    yield books(
        order,
        Invoice("231.04", tax="36.89", lines=tuple(Line(title, amount, "MwSt 19") for title, amount in lines)),
        Payment("231.04"),
    )


@kind_of_order("tax inclusive")
def tax_inclusive(scene: Scene) -> Story:
    """3 × 9.99, of which 19/119."""
    order = bought(scene.shop, replace(TEA, price=D("9.99"), quantity=3), taxes_included=True)
    yield books(order, Invoice("29.97", tax="4.79"), Payment("29.97"))


@kind_of_order("tax exclusive")
def tax_exclusive(scene: Scene) -> Story:
    """3 × 9.99 + 5.69."""
    order = bought(scene.shop, replace(TEA, price=D("9.99"), quantity=3), taxes_included=False)
    yield books(order, Invoice("35.66", tax="5.69"), Payment("35.66"))


@kind_of_order("two taxes on a line")
def two_taxes(scene: Scene) -> Story:
    """120.00 + 5 % of the country + 9.975 % of the province, as one group."""
    order = bought(scene.shop, replace(TEA, price=D("120.00")), country="CA", province="QC")
    yield books(
        order, Invoice("137.97", tax="17.97", lines=(Line("Tea", "120.00", "QC GST + QST"),)), Payment("137.97")
    )


@kind_of_order("tax on shipping only")
def tax_on_shipping_only(scene: Scene) -> Story:
    """A book that is not taxable: 12.00 + 5.00 + 19 % of the delivery."""
    book = LineSpec(title="Book", price=D("12.00"), taxable=False)
    order = bought(scene.shop, book, shipping=(ShippingSpec(D("5.00"), taxes=MWST_19),))
    lines = (Line("Book", "12.00", "MwSt 0"), Line("Standard", "5.00", "MwSt 19"))
    yield books(order, Invoice("17.95", tax="0.95", lines=lines), Payment("17.95"))


@kind_of_order("taxable goods without tax")
def taxable_without_tax(scene: Scene) -> Story:
    """Shopify says that they may be taxed, and does not say why they were not: a reason is never inferred from that."""
    order = bought(scene.shop, replace(TEA, taxes=()), shipping=(ShippingSpec(D("5.00"), taxes=MWST_19),))
    yield held(order, "tax_unmapped", "A line has no tax, and Shopify does not say why")


@kind_of_order("different rates on lines")
def different_rates(scene: Scene) -> Story:
    """48.00 and 5.00 at 19 %, 20.00 at 7 %: 73.00 + 10.07 + 1.40."""
    book = LineSpec(title="Book", price=D("20.00"), taxes=MWST_7)
    order = bought(scene.shop, POT, book, delivery="5.00")
    lines = (Line("Pot", "48.00", "MwSt 19"), Line("Book", "20.00", "MwSt 7"), Line("Standard", "5.00", "MwSt 19"))
    yield books(order, Invoice("84.47", tax="11.47", lines=lines), Payment("84.47"))


@kind_of_order("untaxed lines among taxed")
def untaxed_among_taxed(scene: Scene) -> Story:
    """A deposit that the merchant marked as not taxable."""
    crate = LineSpec(title="Deposit for crate", price=D("3.10"), taxable=False)
    order = bought(scene.shop, TEA, crate, delivery="5.00")
    lines = (
        Line("Tea", "10.00", "MwSt 19"),
        Line("Deposit for crate", "3.10", "MwSt 0"),
        Line("Standard", "5.00", "MwSt 19"),
    )
    yield books(order, Invoice("20.95", tax="2.85", lines=lines), Payment("20.95"))


@kind_of_order("all tax on one line")
def all_tax_on_one_line(scene: Scene) -> Story:
    """0.98 and 48.00 at 19 %, 20.00 at 7 %, all of it written on the first line by a foreign checkout."""
    sticker = LineSpec(title="Sticker", price=D("0.98"))
    book = LineSpec(title="Book", price=D("20.00"), taxes=MWST_7)
    order = bought(scene.shop, sticker, POT, book, tax_on_first_line=True)
    lines = (Line("Sticker", "0.98", "MwSt 19"), Line("Pot", "48.00", "MwSt 19"), Line("Book", "20.00", "MwSt 7"))
    yield books(order, Invoice("79.69", tax="10.71", lines=lines), Payment("79.69"))


@kind_of_order("a tax above the price")
def tax_above_the_price(scene: Scene) -> Story:
    """0.98 with 7.11 of tax: whatever that is, it is not asked of Zoho."""
    sticker = LineSpec(title="Sticker", price=D("0.98"), taxes=(TaxSpec("MwSt", D("7.25")),))
    order = bought(scene.shop, sticker, replace(POT, taxes=()))
    yield held(order, "tax_on_one_line", "no rate over its lines explains it")


# Discounts


@kind_of_order("line discount")
def line_discount(scene: Scene) -> Story:
    """15 % off the pot: 40.80 + 10.00 + 9.65."""
    off = DiscountSpec("Scratched", D(15), "manual", percentage=True, lines=(0,), each=True)
    order = bought(scene.shop, POT, TEA, discounts=(off,))
    yield books(
        order, Invoice("60.45", tax="9.65", lines=(Line("Pot", "40.80"), Line("Tea", "10.00"))), Payment("60.45")
    )


@kind_of_order("order discount over lines of unequal price")
def order_discount(scene: Scene) -> Story:
    """10.00 off 39.00 and 9.30, as Shopify allocated it: 38.30 + 5.88 + 1.40."""
    lines = (LineSpec(title="Pot", price=D("39.00")), LineSpec(title="Filter", price=D("3.10"), quantity=3))
    order = bought(scene.shop, *lines, discounts=(DiscountSpec("TEN", D("10.00")),))
    yield books(
        order, Invoice("45.58", tax="7.28", lines=(Line("Pot", "30.93"), Line("Filter", "7.37"))), Payment("45.58")
    )


@kind_of_order("shipping discount")
def shipping_discount(scene: Scene) -> Story:
    """Delivery that is given away is shown as such."""
    off = DiscountSpec("FREESHIP", D(100), percentage=True, target="shipping")
    order = bought(scene.shop, TEA, delivery="6.90", discounts=(off,))
    yield books(
        order, Invoice("11.90", tax="1.90", lines=(Line("Tea", "10.00"), Line("Standard", "0.00"))), Payment("11.90")
    )


@kind_of_order("buy X get Y")
def buy_x_get_y(scene: Scene) -> Story:
    """Three for two: 2 × 8.40 + 3.19."""
    off = DiscountSpec("Three for two", D(100), "automatic", percentage=True, lines=(0,), each=True, units=1)
    order = bought(scene.shop, replace(TEA, price=D("8.40"), quantity=3), discounts=(off,))
    yield books(order, Invoice("19.99", tax="3.19", lines=(Line("Tea", "16.80"),)), Payment("19.99"))


@kind_of_order("100 % off")
def all_off(scene: Scene) -> Story:
    """Nothing to pay is still an invoice, with its lines, and no payment."""
    off = (
        DiscountSpec("PRESS", D(100), percentage=True),
        DiscountSpec("PRESS", D(100), percentage=True, target="shipping"),
    )
    order = bought(scene.shop, TEA, delivery="5.00", discounts=off)
    yield books(order, Invoice("0.00", lines=(Line("Tea", "0.00"), Line("Standard", "0.00"))))


# What is no ordinary sale


@kind_of_order("tip")
def tip(scene: Scene) -> Story:
    """3.00 for the staff, on the account for tips and without tax."""
    order = bought(scene.shop, TEA, tip=D("3.00"))
    lines = (Line("Tea", "10.00", "MwSt 19", "Sales"), Line("Tip", "3.00", "MwSt 0", "Tips"))
    yield books(order, Invoice("14.90", tax="1.90", lines=lines), Payment("14.90"))


@kind_of_order("tip as a line")
def tip_as_a_line(scene: Scene) -> Story:
    """A tip that is one of the order's lines is not added again."""
    order = bought(scene.shop, TEA, tip=D("3.00"), tip_as_line=True)
    lines = (Line("Tea", "10.00", "MwSt 19"), Line("Tip", "3.00", "MwSt 0", "Tips"))
    yield books(order, Invoice("14.90", tax="1.90", lines=lines), Payment("14.90"))


@kind_of_order("duties")
def duties(scene: Scene) -> Story:
    """48.00 + 8.1 % + 8.35 that is passed on to customs."""
    duty = DutySpec(D("8.35"), "6912.00", "JP")
    order = bought(scene.shop, replace(POT, duties=(duty,)), country="CH")
    lines = (Line("Pot", "48.00", "CH MwSt 8.1"), Line("Duty (6912.00): Pot", "8.35", "MwSt 0", "Duties"))
    yield books(order, Invoice("60.24", tax="3.89", lines=lines), Payment("60.24"))


@kind_of_order("duties included")
def duties_included(scene: Scene) -> Story:
    """The price contains the duty, so no line says it again."""
    duty = DutySpec(D("4.10"), "0902.10", "JP")
    order = bought(scene.shop, replace(POT, duties=(duty,)), country="CH", duties_included=True)
    yield books(order, Invoice("51.89", tax="3.89", lines=(Line("Pot", "48.00", "CH MwSt 8.1"),)), Payment("51.89"))


@kind_of_order("additional fee")
def additional_fee(scene: Scene) -> Story:
    """4.00 for paying on delivery, taxed by itself."""
    fee = FeeSpec("Cash on delivery", D("4.00"), taxes_in("DE"))
    order = bought(scene.shop, TEA, fees=(fee,))
    lines = (Line("Tea", "10.00", "MwSt 19", "Sales"), Line("Cash on delivery", "4.00", "MwSt 19", "Fees"))
    yield books(order, Invoice("16.66", tax="2.66", lines=lines), Payment("16.66"))


@kind_of_order("gift card sold")
def gift_card_sold(scene: Scene) -> Story:
    """50.00 that is still owed in goods: a liability without tax, beside tea."""
    card = LineSpec(title="Gift card", price=D("50.00"), gift_card=True)
    order = bought(scene.shop, card, TEA)
    lines = (Line("Gift card", "50.00", "MwSt 0", "Gift cards"), Line("Tea", "10.00", "MwSt 19", "Sales"))
    yield books(order, Invoice("61.90", tax="1.90", lines=lines), Payment("61.90"))


# Many and odd lines


@kind_of_order("260 lines")
def many_pages(scene: Scene) -> Story:
    """More than a page of lines: 260 × 1.00 + 19 %."""
    lines = (LineSpec(title=f"Sample no. {n}", price=D("1.00")) for n in range(260))
    order = bought(scene.shop, *lines)
    wanted = tuple(Line(f"Sample no. {n}", "1.00") for n in range(260))
    yield books(order, Invoice("309.40", tax="49.40", lines=wanted), Payment("309.40"))


@kind_of_order("titles in every script and 300 characters long")
def every_script(scene: Scene) -> Story:
    """Twelve lines whose taxes all end on half a cent: 0.53 twelve times, and not 6.30."""
    titles = ("煎茶 特上", "Чай", "شاي أخضر", "תה ירוק", "चाय", "Trà sen", "녹차", "ชา", "Τσάι", "🍵 <b> & pure", "Þé")
    long = ("Very long description of a very small spoon " * 8)[:300]
    order = bought(scene.shop, *(LineSpec(title=one, price=D("5.25")) for one in (*titles, long)), country="JP")
    yield books(order, Invoice("69.36", tax="6.31"), Payment("69.36"))


@kind_of_order("a line worth nothing")
def cup_for_nothing(scene: Scene) -> Story:
    """A free cup stays a line, so that the warehouse and the books tell the same."""
    order = bought(scene.shop, TEA, replace(CUP, price=D("0.00")))
    yield books(
        order, Invoice("11.90", tax="1.90", lines=(Line("Tea", "10.00"), Line("Cup", "0.00"))), Payment("11.90")
    )
