"""Customers as an app sees and changes them."""

from __future__ import annotations

import unicodedata
from typing import Any

import pytest
from tests.sandbox.shopify.scene import Scene, a_scene, an_order

from ml_connector.sandbox.shopify import CustomerSpec
from ml_connector.sandbox.shopify.catalogue import people, person_in
from ml_connector.sandbox.shopify.ids import gid
from ml_connector.sandbox.shopify.model import Customer

UPDATE = """mutation U($i: CustomerInput!) { customerUpdate(input: $i) {
  customer { id firstName tags defaultEmailAddress { emailAddress } } userErrors { field message } } }"""
ADDRESS = "address { id city country } userErrors { field message }"


def a_customer(scene: Scene, email: str = "mara@example.com") -> Customer:
    return scene.shop.add_customer(CustomerSpec("Mara", "Lindqvist", email, tags=("vip",)))


def update(scene: Scene, **changed: Any) -> Any:
    return scene.data(UPDATE, i=changed)["customerUpdate"]


def test_a_customer_is_changed_and_its_tags_are_replaced() -> None:
    scene = a_scene()
    customer = a_customer(scene)
    scene.clock.pass_s(60)

    answer = update(scene, id=gid("Customer", customer.id), firstName="Mára", tags=["b2b", " "])

    assert answer["userErrors"] == []
    assert answer["customer"]["firstName"] == "Mára"
    assert answer["customer"]["tags"] == ["b2b"]
    assert customer.updated_at == scene.clock()


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"email": "zoe@example.com"}, (["email"], "Email has already been taken")),
        ({"email": "not an e-mail"}, (["email"], "Email is invalid")),
        ({"phone": "call me"}, (["phone"], "Phone is invalid")),
        (
            {"firstName": "", "lastName": "", "email": ""},
            (None, "A name, phone number, or email address must be present"),
        ),
    ],
)
def test_what_cannot_be_is_a_user_error_and_changes_nothing(changed: Any, error: Any) -> None:
    scene = a_scene()
    customer = a_customer(scene)
    a_customer(scene, "zoe@example.com")

    answer = update(scene, id=gid("Customer", customer.id), **changed)

    assert [(one["field"], one["message"]) for one in answer["userErrors"]] == [error]
    assert customer.email == "mara@example.com"


def test_an_unknown_customer_cannot_be_changed() -> None:
    assert update(a_scene(), id=gid("Customer", 1))["userErrors"] == [
        {"field": ["id"], "message": "Customer does not exist"}
    ]


def test_addresses_come_and_go() -> None:
    scene = a_scene()
    customer = gid("Customer", a_customer(scene).id)
    create = f"""mutation C($c: ID!, $a: MailingAddressInput!) {{
      customerAddressCreate(customerId: $c, address: $a) {{ {ADDRESS} }} }}"""
    change = f"""mutation C($c: ID!, $n: ID!, $a: MailingAddressInput!) {{
      customerAddressUpdate(customerId: $c, addressId: $n, address: $a) {{ {ADDRESS} }} }}"""
    delete = (
        "mutation D($c: ID!, $n: ID!) { customerAddressDelete(customerId: $c, addressId: $n) { deletedAddressId } }"
    )

    made = scene.data(create, c=customer, a={"city": "Lyon", "countryCode": "FR"})["customerAddressCreate"]
    number = made["address"]["id"]
    changed = scene.data(change, c=customer, n=number, a={"city": "Paris"})["customerAddressUpdate"]
    gone = scene.data(delete, c=customer, n=number)["customerAddressDelete"]

    assert made["address"]["country"] == "France"
    assert changed["address"]["city"] == "Paris"
    assert gone["deletedAddressId"] == number
    again = scene.ask(delete, c=customer, n=number)
    assert again["errors"][0]["extensions"]["code"] == "RESOURCE_NOT_FOUND"


def test_a_customer_is_found_again_by_e_mail_in_any_letter_case() -> None:
    scene = a_scene()

    one = scene.shop.place_order(an_order(customer=CustomerSpec("Mara", "L", "Mara@Example.com")))
    two = scene.shop.place_order(an_order(customer=CustomerSpec("M.", "L", "mara@example.com")))

    assert one.customer_id == two.customer_id
    assert len(scene.shop.customers) == 1


def test_the_regulars_come_from_many_countries_and_scripts() -> None:
    countries = {one.address.country_code for one in people() if one.address}
    letters = "".join(f"{one.first_name}{one.last_name}" for one in people())
    scripts = {unicodedata.name(letter).split()[0] for letter in letters}

    assert len(countries) >= 15
    assert scripts >= {"LATIN", "CYRILLIC", "CJK", "ARABIC", "HEBREW", "DEVANAGARI"}
    assert person_in("JP").first_name == "山田"


def test_customers_are_listed_by_their_changes() -> None:
    scene = a_scene()
    early = a_customer(scene)
    scene.clock.pass_s(3600)
    a_customer(scene, "zoe@example.com")
    text = """query Q($q: String) { customers(first: 9, query: $q, sortKey: UPDATED_AT) {
      nodes { defaultEmailAddress { emailAddress } } } }"""

    def emails(query: str) -> list[str]:
        found = scene.data(text, q=query)["customers"]["nodes"]
        return [one["defaultEmailAddress"]["emailAddress"] for one in found]

    assert emails("updated_at:>'2026-11-23T09:30:00Z'") == ["zoe@example.com"]
    assert emails("email:mara@example.com") == ["mara@example.com"]
    update(scene, id=gid("Customer", early.id), note="changed")
    assert emails("updated_at:>'2026-11-23T09:30:00Z'") == ["mara@example.com", "zoe@example.com"]
