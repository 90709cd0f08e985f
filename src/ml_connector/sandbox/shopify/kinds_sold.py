"""Kinds of order that differ in what is sold: prices, taxes, discounts, extras, currencies."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from ml_connector.sandbox.shopify.catalogue import people, taxes_in
from ml_connector.sandbox.shopify.model import Address, Order
from ml_connector.sandbox.shopify.shop import Shop
from ml_connector.sandbox.shopify.spec import (
    CustomerSpec,
    DiscountSpec,
    DutySpec,
    FeeSpec,
    LineSpec,
    ShippingSpec,
    TaxSpec,
)
from ml_connector.sandbox.shopify.stories import buy, kind, some

SCRIPTS = (
    "Grüner Tee aus dem Hochland",
    "煎茶 特上 一番摘み",
    "Чай чёрный крупнолистовой",
    "شاي أخضر بالنعناع",
    "תה ירוק עם נענע",
    "चाय मसाला विशेष",
    "Trà sen Tây Hồ",
    "녹차 우전",
    "ชาเขียวมะลิ",
    "Τσάι του βουνού",
    "🍵 Matcha “ceremonial” <fine> & pure",
    "Þjóðlegt íslenskt te",
)


@kind("single line")
def single_line(shop: Shop) -> Iterator[Order]:
    """One thing, taxed, paid, sent."""
    yield buy(shop, *some(shop), delivery="4.90")


@kind("many lines")
def many_lines(shop: Shop) -> Iterator[Order]:
    """A dozen different things in different quantities."""
    lines = tuple(LineSpec(sku=line.sku, quantity=1 + n % 4) for n, line in enumerate(some(shop, 12)))
    yield buy(shop, *lines, delivery="4.90")


@kind("tax inclusive")
def tax_inclusive(shop: Shop) -> Iterator[Order]:
    """Prices that contain their tax, with cents that do not divide."""
    yield buy(shop, *some(shop, 3, 3), delivery="4.90", taxes_included=True)


@kind("tax exclusive")
def tax_exclusive(shop: Shop) -> Iterator[Order]:
    """Prices to which the tax is added."""
    yield buy(shop, *some(shop, 3, 3), delivery="4.90", taxes_included=False)


@kind("two taxes on a line")
def two_taxes(shop: Shop) -> Iterator[Order]:
    """A federal and a provincial tax on everything."""
    yield buy(
        shop,
        *some(shop, 2),
        country="CA",
        province="QC",
        delivery="9.50",
        presentment_currency="CAD",
        rate=Decimal("1.4725"),
    )


@kind("tax on shipping only")
def tax_on_shipping(shop: Shop) -> Iterator[Order]:
    """Untaxed goods, taxed delivery."""
    tax = taxes_in("DE")
    yield buy(shop, LineSpec(sku="BOOK-TEA", taxes=()), taxes=tax, shipping=(ShippingSpec(Decimal("5.90"), taxes=tax),))


@kind("different rates on lines")
def different_rates(shop: Shop) -> Iterator[Order]:
    """Ware at the usual rate, food and books at the reduced one."""
    reduced = (TaxSpec("MwSt", Decimal("0.07")),)
    yield buy(
        shop,
        LineSpec(sku="POT-CLAY-700"),
        LineSpec(sku="TEA-ASSAM-100", quantity=3, taxes=reduced),
        LineSpec(sku="BOOK-COFFEE", taxes=reduced),
        delivery="4.90",
    )


@kind("untaxed lines among taxed")
def untaxed_among_taxed(shop: Shop) -> Iterator[Order]:
    """One line that is not taxable between two that are."""
    yield buy(
        shop,
        *some(shop),
        LineSpec(title="Deposit for crate", price=Decimal("3.10"), taxable=False),
        *some(shop),
        delivery="4.90",
    )


@kind("line discount")
def line_discount(shop: Shop) -> Iterator[Order]:
    """15 % off one line by hand."""
    off = DiscountSpec("Slightly scratched", Decimal(15), "manual", percentage=True, lines=(0,), each=True)
    yield buy(shop, *some(shop, 2, 2), delivery="4.90", discounts=(off,))


@kind("order discount over lines of unequal price")
def order_discount(shop: Shop) -> Iterator[Order]:
    """10.00 off everything, spread over prices that do not divide it."""
    yield buy(
        shop,
        LineSpec(sku="FILTER-PAPER"),
        LineSpec(sku="POT-IRON-800"),
        LineSpec(sku="CHOC-72", quantity=3),
        delivery="4.90",
        discounts=(DiscountSpec("TEN-OFF", Decimal("10.00")),),
    )


@kind("shipping discount")
def shipping_discount(shop: Shop) -> Iterator[Order]:
    """Delivery that is charged and given away again."""
    off = DiscountSpec("FREESHIP", Decimal(100), percentage=True, target="shipping")
    yield buy(shop, *some(shop, 2), delivery="6.90", discounts=(off,))


@kind("buy X get Y")
def buy_x_get_y(shop: Shop) -> Iterator[Order]:
    """Two packets of tea, the third one free."""
    off = DiscountSpec("Three for two", Decimal(100), "automatic", percentage=True, lines=(0,), each=True, units=1)
    yield buy(shop, LineSpec(sku="TEA-EARL-100", quantity=3), *some(shop), discounts=(off,), delivery="4.90")


@kind("100 % off")
def all_off(shop: Shop) -> Iterator[Order]:
    """A present: everything discounted, delivery too; nothing to pay."""
    yield buy(
        shop,
        *some(shop, 2),
        delivery="4.90",
        discounts=(
            DiscountSpec("PRESS", Decimal(100), percentage=True),
            DiscountSpec("PRESS", Decimal(100), percentage=True, target="shipping"),
        ),
    )


@kind("tip")
def tip(shop: Shop) -> Iterator[Order]:
    """A tip at checkout, in the order's total and not among its lines."""
    yield buy(shop, *some(shop, 2), tip=Decimal("3.00"), delivery="4.90")


@kind("tip as a line")
def tip_line(shop: Shop) -> Iterator[Order]:
    """A tip at the point of sale: one of the lines."""
    yield buy(
        shop,
        LineSpec(sku="CLASS-BREW"),
        tip=Decimal("5.00"),
        tip_as_line=True,
        source_name="pos",
        channel="pos",
        location="Flagship store",
    )


@kind("duties")
def duties(shop: Shop) -> Iterator[Order]:
    """Sent abroad with customs duty collected at checkout."""
    duty = DutySpec(Decimal("8.35"), "6912.00", "JP")
    yield buy(shop, LineSpec(sku="POT-CLAY-700", duties=(duty,)), country="CH", delivery="14.00", taxes=taxes_in("CH"))


@kind("duties included")
def duties_included(shop: Shop) -> Iterator[Order]:
    """Prices that contain the duty: it is shown, not added."""
    duty = DutySpec(Decimal("4.10"), "0902.10", "JP")
    yield buy(
        shop, LineSpec(sku="TEA-SENCHA-250", duties=(duty,)), country="CH", delivery="14.00", duties_included=True
    )


@kind("additional fee")
def additional_fee(shop: Shop) -> Iterator[Order]:
    """A fee for paying on delivery, taxed by itself."""
    fee = FeeSpec("Cash on delivery fee", Decimal("3.50"), taxes_in("DE"))
    yield buy(shop, *some(shop, 2), delivery="4.90", fees=(fee,))


@kind("JPY")
def in_yen(shop: Shop) -> Iterator[Order]:
    """Charged in a currency without decimals."""
    yield buy(
        shop, *some(shop, 3, 2), country="JP", presentment_currency="JPY", rate=Decimal("163.4"), delivery="12.00"
    )


@kind("KWD")
def in_dinar(shop: Shop) -> Iterator[Order]:
    """Charged in a currency with three decimals."""
    yield buy(
        shop,
        *some(shop, 3, 2),
        presentment_currency="KWD",
        rate=Decimal("0.3342"),
        customer=CustomerSpec(
            "Fahad",
            "Al-Sabah",
            "fahad@example.com",
            address=Address(
                first_name="Fahad",
                last_name="Al-Sabah",
                address1="Block 4",
                city="Kuwait City",
                country="Kuwait",
                country_code="KW",
            ),
        ),
        taxes=(),
        delivery="15.00",
    )


@kind("presentment differs from shop")
def two_currencies(shop: Shop) -> Iterator[Order]:
    """An American buyer of a European shop, state and county taxed."""
    yield buy(
        shop,
        *some(shop, 3, 2),
        country="US",
        province="CA",
        presentment_currency="USD",
        rate=Decimal("1.0873"),
        delivery="11.00",
        discounts=(DiscountSpec("HELLO", Decimal(10), percentage=True),),
    )


@kind("base differs from both")
def third_currency(shop: Shop) -> Iterator[Order]:
    """Charged in francs; for books kept in neither francs nor the shop's currency."""
    yield buy(
        shop,
        *some(shop, 2),
        country="CH",
        presentment_currency="CHF",
        rate=Decimal("0.9417"),
        delivery="9.00",
        customer=CustomerSpec(
            "Urs",
            "Ämmann",
            "urs@example.com",
            address=Address(
                first_name="Urs",
                last_name="Ämmann",
                address1="Limmatquai 9",
                city="Zürich",
                zip="8001",
                country="Switzerland",
                country_code="CH",
            ),
        ),
    )


@kind("zero total in a foreign currency")
def zero_foreign(shop: Shop) -> Iterator[Order]:
    """Nothing to pay, in dollars: no pair of amounts tells the rate but the prices."""
    yield buy(
        shop,
        *some(shop),
        country="US",
        province="CA",
        presentment_currency="USD",
        rate=Decimal("1.0873"),
        discounts=(DiscountSpec("SAMPLE", Decimal(100), percentage=True),),
    )


@kind("same customer in two currencies")
def same_customer(shop: Shop) -> Iterator[Order]:
    """Emma buys in dollars, and again in the shop's currency."""
    emma = next(one for one in people() if one.email == "emma.johnson@example.com")
    yield buy(
        shop,
        *some(shop),
        country="US",
        province="CA",
        customer=emma,
        presentment_currency="USD",
        rate=Decimal("1.0911"),
    )
    yield buy(shop, *some(shop), country="US", province="CA", customer=emma)


@kind("marketplace order with channel-liable tax")
def channel_liable(shop: Shop) -> Iterator[Order]:
    """The marketplace remits the tax; it is in the total and not the merchant's."""
    taxes = (TaxSpec("WA State Tax", Decimal("0.065"), channel_liable=True),)
    yield buy(
        shop,
        *some(shop, 2),
        country="US",
        taxes=taxes,
        delivery="6.00",
        source_name="amazon-us",
        channel="amazon",
        app=(2_000_001, "Marketplace Connect"),
        presentment_currency="USD",
        rate=Decimal("1.0873"),
    )


@kind("other merchant of record")
def merchant_of_record(shop: Shop) -> Iterator[Order]:
    """Another company sells to the buyer; this shop only sends."""
    yield buy(shop, *some(shop), merchant_of_record=(2_000_002, "Global Seller"), delivery="4.90")


@kind("same rate in two countries")
def same_rate(shop: Shop) -> Iterator[Order]:
    """20 % VAT in Britain, and 20 % TVA in France."""
    yield buy(shop, *some(shop, 2), country="GB", delivery="7.00")
    yield buy(shop, *some(shop, 2), country="FR", delivery="7.00")


@kind("inclusive order shipped abroad")
def inclusive_abroad(shop: Shop) -> Iterator[Order]:
    """Prices include tax, and there is none where the goods go."""
    yield buy(shop, *some(shop, 2), country="NO", taxes=(), taxes_included=True, delivery="12.00")


@kind("260 lines")
def many_pages(shop: Shop) -> Iterator[Order]:
    """More lines than one page of 250 holds."""
    lines = tuple(
        LineSpec(
            title=f"Sample no. {n + 1}",
            sku=f"SAMPLE-{n + 1:03}",
            price=Decimal("0.37") + Decimal(n % 11) / 100,
            quantity=1 + n % 3,
        )
        for n in range(260)
    )
    yield buy(shop, *lines, delivery="4.90")


@kind("titles in every script and 300 characters long")
def every_script(shop: Shop) -> Iterator[Order]:
    """Names that books may not be ready for."""
    lines = [LineSpec(title=title, price=Decimal("5.25") + n, sku=f"SCRIPT-{n}") for n, title in enumerate(SCRIPTS)]
    long = LineSpec(title=("Very long description of a very small spoon " * 8)[:300], price=Decimal("2.75"))
    yield buy(shop, *lines, long, country="JP", delivery="9.00", note="Bitte “vorsichtig” verpacken — 取扱注意 ☂")


@kind("India within the state")
def india_within(shop: Shop) -> Iterator[Order]:
    """Central and state tax, both 9 %."""
    yield buy(
        shop,
        *some(shop, 2),
        country="IN",
        province="KA",
        presentment_currency="INR",
        rate=Decimal("98.41"),
        delivery="5.00",
    )


@kind("India between states")
def india_between(shop: Shop) -> Iterator[Order]:
    """Integrated tax at two rates under one title."""
    low = (TaxSpec("IGST", Decimal("0.05")),)
    yield buy(
        shop,
        *some(shop),
        LineSpec(sku="TEA-ASSAM-250", taxes=low),
        country="IN",
        taxes=(TaxSpec("IGST", Decimal("0.18")),),
        presentment_currency="INR",
        rate=Decimal("98.41"),
    )


@kind("all tax on one line")
def tax_on_one_line(shop: Shop) -> Iterator[Order]:
    """A foreign checkout wrote the whole order's tax, at both its rates, on the cheapest line."""
    low = (TaxSpec("IGST", Decimal("0.05")),)
    yield buy(
        shop,
        LineSpec(title="Sticker", price=Decimal("0.98")),
        LineSpec(sku="POT-CLAY-700"),
        LineSpec(sku="TEA-ASSAM-250", quantity=2, taxes=low),
        country="IN",
        taxes=(TaxSpec("IGST", Decimal("0.18")),),
        tax_on_first_line=True,
        source_name="3890849",
        app=(3_890_849, "Fast Checkout"),
    )


@kind("huge price cancelled by a script")
def script_discount(shop: Shop) -> Iterator[Order]:
    """A line of 10 000.00 with a discount of 10 000.00, as apps do."""
    off = DiscountSpec("Excise", Decimal("10000.00"), "script", lines=(1,))
    yield buy(
        shop,
        *some(shop),
        LineSpec(title="Excise", price=Decimal("10000.00"), taxable=False),
        discounts=(off,),
        delivery="4.90",
    )
