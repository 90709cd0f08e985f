"""Who buys, where, in which currency: contacts, countries, exchange rates."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from tests.journeys.kinds.stock import AT_THE_COUNTER, BREMEN, TEA, UNPAID, D, bought, somebody
from tests.journeys.kinds.telling import (
    CreditNote,
    Invoice,
    Line,
    Payment,
    Scene,
    Story,
    books,
    cash,
    excluded,
    held,
    kind_of_order,
)
from tests.journeys.world import Documents, World, mark_of

from ml_connector.sandbox.shopify.ids import gid
from ml_connector.sandbox.shopify.model import Address, Customer, Order
from ml_connector.sandbox.shopify.spec import CustomerSpec, DiscountSpec, PaymentSpec, TaxSpec

Check = Callable[[World, Documents], None]


def bought_by(mark: str, **facts: str) -> Check:
    """The contact has this key, or one that begins so, and these fields."""

    def check(world: World, found: Documents) -> None:
        (contact,) = world.contacts_of(found)
        assert mark_of(contact).startswith(mark)
        assert {name: contact[name] for name in facts} == facts

    return check


def customer_key(order: Order) -> str:
    return f"contact:{gid('Customer', order.customer_id or 0)}:"


@kind_of_order("guest without e-mail")
def guest_without_email(scene: Scene) -> Story:
    """Nobody whom one could know again: the shared walk-in customer, the address on the invoice alone."""
    order = bought(scene.shop, TEA, customer=None, shipping_address=BREMEN)
    yield books(
        order,
        Invoice("11.90", tax="1.90"),
        Payment("11.90"),
        also=bought_by("contact:walk-in:EUR", currency_code="EUR"),
    )


@kind_of_order("guest with e-mail")
def guest_with_email(scene: Scene) -> Story:
    """A guest is known by the e-mail address, whose key does not show it, in any letter case."""
    first = bought(scene.shop, TEA, customer=None, email="Guest.Kim@Example.com", shipping_address=BREMEN)
    second = bought(scene.shop, TEA, customer=None, email="guest.kim@example.com", shipping_address=BREMEN)

    def one_contact(world: World, found: Documents) -> None:
        bought_by("contact:guest:", contact_name="Kim Beck")(world, found)
        contacts = world.contacts_of(found)
        assert contacts == world.contacts_of(world.documents(first))
        assert "kim" not in mark_of(contacts[0]).lower()

    yield tuple(
        books(order, Invoice("11.90", tax="1.90"), Payment("11.90"), also=one_contact) for order in (first, second)
    )


@kind_of_order("walk-in")
def walk_in(scene: Scene) -> Story:
    """Cash at the counter: taxed where the store is."""
    order = bought(scene.shop, TEA, payments=(PaymentSpec("cash"),), **AT_THE_COUNTER)
    yield books(
        order,
        Invoice("11.90", tax="1.90"),
        Payment("11.90", "Petty Cash"),
        also=bought_by("contact:walk-in:EUR"),
    )


@kind_of_order("returning customer")
def returning_customer(scene: Scene) -> Story:
    """Two orders, one contact."""
    buyer = CustomerSpec("Ida", "Again", "ida.again@example.com", address=BREMEN)
    first = bought(scene.shop, TEA, customer=buyer)
    yield books(first, Invoice("11.90", tax="1.90"), Payment("11.90"))
    second = bought(scene.shop, TEA, customer=buyer)

    def the_same(world: World, found: Documents) -> None:
        bought_by(customer_key(second), contact_name="Ida Again")(world, found)
        assert world.contacts_of(found) == world.contacts_of(world.documents(first))

    yield books(second, Invoice("11.90", tax="1.90"), Payment("11.90"), also=the_same)


@kind_of_order("shipped to the billing address")
def shipped_to_billing(scene: Scene) -> Story:
    """A contact's addresses are told apart by their role: what goes to the billing address says so."""
    home, cottage = replace(BREMEN, address1="Heimweg 2"), replace(BREMEN, address1="Ferienweg 7")
    buyer = CustomerSpec("Uwe", "Cottage", "uwe.cottage@example.com", address=home)
    first = bought(scene.shop, TEA, customer=buyer, billing_address=home, shipping_address=cottage)
    yield books(first, Invoice("11.90", tax="1.90"), Payment("11.90"))
    second = bought(scene.shop, TEA, customer=buyer, billing_address=home, shipping_address=home)

    def where(world: World, found: Documents) -> None:
        assert found.invoice["shipping_address"]["address"] == "Heimweg 2"
        assert found.invoice["billing_address"]["address"] == "Heimweg 2"
        assert world.documents(first).invoice["shipping_address"]["address"] == "Ferienweg 7"

    yield books(second, Invoice("11.90", tax="1.90"), Payment("11.90"), also=where)


@kind_of_order("company order")
def company_order(scene: Scene) -> Story:
    """The company's location is the customer; its purchase order is in the notes."""
    address = replace(BREMEN, company="Café Nord GmbH")
    buyer = CustomerSpec("Ines", "Roth", "einkauf@cafe-nord.example", address=address)
    location = scene.shop.add_company("Café Nord GmbH", buyer, address, tax_registration_id="DE812345678")
    order = bought(
        scene.shop, replace(TEA, quantity=12), customer=buyer, company_location_id=location.id, payments=UNPAID,
        po_number="PO-2026-118", shipping_address=address,
    )  # fmt: skip

    def company(world: World, found: Documents) -> None:
        (contact,) = world.contacts_of(found)
        assert mark_of(contact) == f"contact:{gid('CompanyLocation', location.id)}:EUR"
        assert (contact["company_name"], contact["customer_sub_type"]) == ("Café Nord GmbH", "business")
        assert "PO-2026-118" in found.invoice["notes"]

    yield books(order, Invoice("142.80", tax="22.80", owed="142.80"), also=company)
    scene.shop.pay(order, PaymentSpec("Bank Deposit"))
    yield books(order, Invoice("142.80", tax="22.80"), Payment("142.80", "Main Bank"), also=company)


@kind_of_order("customer merged")
def customer_merged(scene: Scene) -> Story:
    """Two customers turn out to be one: what was invoiced stays, and the next goes to who is left."""
    shop = scene.shop
    twin = CustomerSpec("Mara", "Twin", "mara.twin@example.com", address=BREMEN)
    other = CustomerSpec("Mara", "Twin", "mara.other@example.com", address=BREMEN)
    kept = shop.add_customer(other)
    first = bought(shop, TEA, customer=twin)
    gone = shop.customer_of(first)

    def made_for(customer: Customer) -> Check:
        return bought_by(f"contact:{gid('Customer', customer.id)}:EUR")

    yield books(first, Invoice("11.90", tax="1.90"), Payment("11.90"), also=made_for(gone))
    shop.merge_customers(kept=kept, removed=gone)
    yield books(first, Invoice("11.90", tax="1.90"), Payment("11.90"), also=made_for(gone))
    second = bought(shop, TEA, customer=other)
    shop.refund(first)
    back = CreditNote("11.90", tax="1.90", paid_out=cash("11.90"))
    yield (
        books(first, Invoice("11.90", tax="1.90"), Payment("11.90"), back, also=made_for(gone)),
        books(second, Invoice("11.90", tax="1.90"), Payment("11.90"), also=made_for(kept)),
    )


# Countries


@kind_of_order("same rate in two countries")
def same_rate(scene: Scene) -> Story:
    """20 % of Britain and 20 % of France are two taxes."""
    british, french = bought(scene.shop, TEA, country="GB"), bought(scene.shop, TEA, country="FR")
    yield (
        books(british, Invoice("12.00", tax="2.00", lines=(Line("Tea", "10.00", "GB VAT 20"),)), Payment("12.00")),
        books(french, Invoice("12.00", tax="2.00", lines=(Line("Tea", "10.00", "FR TVA 20"),)), Payment("12.00")),
    )


@kind_of_order("a tax that nobody has mapped")
def unmapped(scene: Scene) -> Story:
    """19 % of another country is not the merchant's own 19 %."""
    cyprus = replace(BREMEN, city="Nicosia", zip="1010", country="Cyprus", country_code="CY")
    order = bought(
        scene.shop, TEA, customer=None, email="kim@example.com", shipping_address=cyprus,
        taxes=(TaxSpec("VAT", D("0.19")),),
    )  # fmt: skip
    yield held(order, "tax_unmapped", "Zoho has no tax of 19\N{NARROW NO-BREAK SPACE}% for Cyprus")


@kind_of_order("inclusive order shipped abroad")
def inclusive_abroad(scene: Scene) -> Story:
    """Prices include tax, and there is none where the goods go: the price is all net."""
    order = bought(scene.shop, TEA, country="NO", taxes=(), taxes_included=True)
    yield books(order, Invoice("10.00", lines=(Line("Tea", "10.00", "MwSt 0"),)), Payment("10.00"))


@kind_of_order("marketplace order with channel-liable tax")
def channel_liable(scene: Scene) -> Story:
    """The marketplace remits 0.65 of the 10.65 that it collected: owed to nobody but its clearing account."""
    taxes = (TaxSpec("WA State Tax", D("0.065"), channel_liable=True),)
    order = bought(
        scene.shop, TEA, country="US", province="CA", taxes=taxes, payments=(PaymentSpec("amazon_payments"),),
        source_name="amazon-us", channel="amazon", app=(2_000_001, "Marketplace Connect"),
    )  # fmt: skip
    lines = (
        Line("Tea", "10.00", "none", "Sales"),
        Line("Tax remitted by the channel: Tea", "0.65", "none", "Channel tax"),
    )
    yield books(order, Invoice("10.65", lines=lines), Payment("10.65", "Marketplace Clearing"))


@kind_of_order("other merchant of record")
def merchant_of_record(scene: Scene) -> Story:
    """The buyer is another company's customer."""
    order = bought(scene.shop, TEA, merchant_of_record=(2_000_002, "Global Seller"))
    yield held(order, "merchant_of_record", "Global Seller is the seller of this order")


@kind_of_order("test order")
def test_order(scene: Scene) -> Story:
    order = bought(scene.shop, TEA, test=True, payments=(PaymentSpec("bogus"),))
    yield excluded(order, "test_order", "Test orders are not posted")


# Currencies


@kind_of_order("same customer in two currencies")
def two_currencies(scene: Scene) -> Story:
    """Zoho freezes a contact's currency, so there are two, named after it."""
    buyer = CustomerSpec("Noor", "Twofold", "noor.twofold@example.com", address=BREMEN)
    euros = bought(scene.shop, TEA, customer=buyer)
    dollars = bought(scene.shop, TEA, customer=buyer, presentment_currency="USD", rate=D("1.10"))
    yield (
        books(
            euros,
            Invoice("11.90", tax="1.90"),
            Payment("11.90"),
            also=bought_by(f"{customer_key(euros)}EUR", contact_name="Noor Twofold", currency_code="EUR"),
        ),
        books(
            dollars,
            Invoice("13.09", tax="2.09"),
            Payment("13.09"),
            also=bought_by(f"{customer_key(dollars)}USD", contact_name="Noor Twofold (USD)", currency_code="USD"),
        ),
    )


@kind_of_order("presentment differs from shop")
def presentment(scene: Scene) -> Story:
    """Charged in dollars: 11.00 + 6 % + 4.25 %; the rate is the order's own, 11.03 / 12.13."""
    order = bought(scene.shop, TEA, country="US", province="CA", presentment_currency="USD", rate=D("1.10"))
    yield books(
        order,
        Invoice("12.13", tax="1.13", rate="0.909316", lines=(Line("Tea", "11.00", "US CA Alameda"),)),
        Payment("12.13", rate="0.909316"),
    )


@kind_of_order("JPY")
def in_yen(scene: Scene) -> Story:
    """No decimals: 1600 + 160."""
    order = bought(scene.shop, TEA, country="JP", presentment_currency="JPY", rate=D(160))
    yield books(order, Invoice("1760.00", tax="160.00", rate="0.006250"), Payment("1760.00", rate="0.006250"))


@kind_of_order("KWD")
def in_dinar(scene: Scene) -> Story:
    """Three decimals: 3.342 for 10.00."""
    kuwait = Address(
        first_name="Fahad", last_name="Sabah", address1="Block 4", city="Kuwait City", country="Kuwait",
        country_code="KW",
    )  # fmt: skip
    buyer = CustomerSpec("Fahad", "Sabah", "fahad@example.com", address=kuwait)
    order = bought(scene.shop, TEA, customer=buyer, taxes=(), presentment_currency="KWD", rate=D("0.3342"))
    yield books(order, Invoice("3.342", rate="2.992220"), Payment("3.342", rate="2.992220"))


@kind_of_order("zero total in a foreign currency")
def zero_foreign(scene: Scene) -> Story:
    """Nothing is paid, so the prices tell the rate: 10.00 / 11.00."""
    off = DiscountSpec("SAMPLE", D(100), percentage=True)
    order = bought(
        scene.shop, TEA, country="US", province="CA", presentment_currency="USD", rate=D("1.10"), discounts=(off,)
    )
    yield books(order, Invoice("0.00", rate="0.909091"))


@kind_of_order("a currency that Zoho does not have")
def unknown_currency(scene: Scene) -> Story:
    order = bought(scene.shop, TEA, presentment_currency="PLN", rate=D("4.30"))
    yield held(order, "currency_missing", "Zoho has no PLN")


@kind_of_order("two countries, one buyer")
def present_to_france(scene: Scene) -> Story:
    """Lives in Bremen, sends a present to Lyon: taxed in France."""
    lyon = somebody("FR").address
    french = (TaxSpec("TVA", D("0.2")),)
    order = bought(scene.shop, TEA, billing_address=BREMEN, shipping_address=lyon, taxes=french)
    yield books(order, Invoice("12.00", tax="2.00", lines=(Line("Tea", "10.00", "FR TVA 20"),)), Payment("12.00"))
