"""Every field of every planned document says why it is what it is; the prover asks it of each of its plans."""

from __future__ import annotations

from dataclasses import replace

from tests.domain.builders import Till, a_policy, an_order, books_holding, planned

from ml_connector.domain.books import ContactLink
from ml_connector.domain.documents import Operation
from ml_connector.domain.order import Address, Customer
from ml_connector.domain.plan.customer import new_contact
from ml_connector.prove.money.reasons import unexplained


def without_reasons(operations: tuple[Operation, ...]) -> dict[str, list[str]]:
    return {one.key: missing for one in operations if (missing := unexplained(one))}


def test_an_ordinary_order_says_why_of_everything():
    till = Till().line("10.00", sku="TEA", discount="1.00").shipping("4.90").placed().pay()

    assert without_reasons(planned(an_order(till, po_number="PO 7", note="Thanks")).operations) == {}


def test_what_is_made_first_says_why_of_everything():
    till = Till(rates=(("VAT", "0.07"),)).line("10.00", sku="TEA").placed()

    taxes = planned(an_order(till), a_policy(unknown_tax="create")).operations
    items = planned(an_order(Till().line("10.00", sku="TEA").placed()), a_policy(items="create")).operations

    assert [one.kind.value for one in (taxes[0], items[0])] == ["tax", "item"]
    assert without_reasons((*taxes, *items)) == {}


def test_another_address_of_a_known_contact_says_why():
    order = an_order()
    assert order.customer is not None
    key = f"contact:{order.customer.id}:GBP"
    books = replace(books_holding(), contacts={key: ContactLink(key, "c1", "GBP")})

    operations = planned(order, books=books).operations

    assert any(one.kind.value == "contact_address" for one in operations)
    assert without_reasons(operations) == {}


def test_a_customer_who_has_not_bought_yet_says_why_of_everything():
    home = Address(address1="12 St James's Square", city="London", country_code="GB")
    customer = Customer("gid://shopify/Customer/9", "Ada", "Lovelace", email="ada@example.com", default_address=home)

    assert unexplained(new_contact(customer, "contact:9:EUR", "EUR", books_holding())) == []


def test_a_reason_that_is_missing_is_noticed():
    (*_, invoice) = [one for one in planned(an_order()).operations if one.kind.value == "invoice"]

    assert unexplained(replace(invoice, reasons=())) != []
