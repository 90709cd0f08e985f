"""What an app may change about customers.

Source: Shopify Admin API, customerUpdate and the customer address mutations.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ml_connector.sandbox.shopify.catalogue import COUNTRIES, PROVINCES
from ml_connector.sandbox.shopify.errors import Refused, invalid_id
from ml_connector.sandbox.shopify.ids import gid
from ml_connector.sandbox.shopify.model import Address, Customer
from ml_connector.sandbox.shopify.queries import wanted_number
from ml_connector.sandbox.shopify.resolvers import Info, Resolver, Session
from ml_connector.sandbox.shopify.views import Ref, View, address

EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
PHONE = re.compile(r"\+?[\d\s().-]{6,20}")
PLAIN = {
    "firstName": "first_name",
    "lastName": "last_name",
    "note": "note",
    "locale": "locale",
    "taxExempt": "tax_exempt",
    "taxExemptions": "tax_exemptions",
    "tags": "tags",
    "email": "email",
    "phone": "phone",
}


def update(session: Session, arguments: dict[str, Any], _: Info) -> View:
    """Change a customer; tags are replaced as a whole."""
    wanted = arguments["input"]
    customer = _customer(session, wanted.get("id") or "")
    if customer is None:
        return {"customer": None, "userErrors": [_error(["id"], "Customer does not exist")]}
    errors = _errors(session, customer, wanted)
    if errors:
        return {"customer": None, "userErrors": errors}
    for theirs, ours in PLAIN.items():
        if theirs in wanted:
            setattr(customer, ours, _stored(theirs, wanted[theirs]))
    session.shop.customer_changed(customer)
    return {"customer": session.shop.view(Ref("Customer", customer.id)), "userErrors": []}


def _stored(name: str, value: Any) -> Any:
    if name in ("tags", "taxExemptions"):
        return [str(one).strip() for one in value or () if str(one).strip()]
    if name == "taxExempt":
        return bool(value)
    return (value or None) if isinstance(value, str) else value


def _customer(session: Session, global_id: str) -> Customer | None:
    return session.shop.customers.get(wanted_number(global_id, "Customer")) if global_id else None


def _errors(session: Session, customer: Customer, wanted: Mapping[str, Any]) -> list[dict[str, Any]]:
    email, phone = wanted.get("email"), wanted.get("phone")
    errors = []
    if email and not EMAIL.fullmatch(email):
        errors.append(_error(["email"], "Email is invalid"))
    elif email and session.shop.find_customer(email) not in (None, customer):
        errors.append(_error(["email"], "Email has already been taken"))
    if phone and not PHONE.fullmatch(phone):
        errors.append(_error(["phone"], "Phone is invalid"))
    elif phone and session.shop.find_customer(None, phone) not in (None, customer):
        errors.append(_error(["phone"], "Phone has already been taken"))
    after = {ours: wanted.get(theirs, getattr(customer, ours)) for theirs, ours in PLAIN.items()}
    if not any(after[name] for name in ("first_name", "last_name", "email", "phone")):
        errors.append(_error(None, "A name, phone number, or email address must be present"))
    return errors


def _error(field: list[str] | None, message: str) -> dict[str, Any]:
    return {"field": field, "message": message}


def delete(session: Session, arguments: dict[str, Any], _: Info) -> View:
    """Delete a customer that has no orders."""
    customer = _customer(session, arguments["input"]["id"])
    if customer is None:
        return {"deletedCustomerId": None, "userErrors": [_error(["id"], "Customer can't be found")]}
    if any(order.customer_id == customer.id for order in session.shop.orders.values()):
        message = "Customer can’t be deleted because they have associated orders"
        return {"deletedCustomerId": None, "userErrors": [_error(["id"], message)]}
    session.shop.delete_customer(customer)
    return {"deletedCustomerId": arguments["input"]["id"], "userErrors": []}


def merge(session: Session, arguments: dict[str, Any], _: Info) -> View:
    """Merge the first customer into the second one."""
    one, two = (_customer(session, arguments[name]) for name in ("customerOneId", "customerTwoId"))
    if one is None or two is None or one is two:
        field = ["customerOneId"] if one is None else ["customerTwoId"]
        code = "INVALID_CUSTOMER_ID" if one is not two else "INVALID_CUSTOMER"
        message = f"Customer does not exist with ID {arguments[field[0]]}"
        return {"job": None, "resultingCustomerId": None, "userErrors": [{**_error(field, message), "code": code}]}
    job = session.shop.merge_customers(two, one)
    return {"job": {"id": job, "done": True}, "resultingCustomerId": gid("Customer", two.id), "userErrors": []}


def create_address(session: Session, arguments: dict[str, Any], _: Info) -> View:
    """Give a customer another address."""
    customer = _customer(session, arguments["customerId"])
    if customer is None:
        return {"address": None, "userErrors": [_error(["customerId"], "Customer does not exist")]}
    if errors := _address_errors(arguments["address"]):
        return {"address": None, "userErrors": errors}
    made = _address(Address(id=session.shop.numbers.next()), arguments["address"])
    if any(replace(known, id=0) == replace(made, id=0) for known in customer.addresses):
        return {"address": None, "userErrors": [_error(["address"], "Address already exists")]}
    customer.addresses.append(made)
    if arguments.get("setAsDefault") or customer.default_address is None:
        customer.default_address = made.id
    session.shop.customer_changed(customer)
    return {"address": address(made), "userErrors": []}


def _address(known: Address, wanted: Mapping[str, Any]) -> Address:
    names = {
        "address1": "address1",
        "address2": "address2",
        "city": "city",
        "company": "company",
        "firstName": "first_name",
        "lastName": "last_name",
        "phone": "phone",
        "zip": "zip",
        "countryCode": "country_code",
        "provinceCode": "province_code",
    }
    changed = {ours: wanted[theirs] for theirs, ours in names.items() if theirs in wanted}
    if wanted.get("province"):
        changed["province_code"] = _province_code(wanted["province"])
    made = replace(known, **changed)
    return replace(
        made,
        country=COUNTRIES.get(made.country_code or "", made.country),
        province=PROVINCES.get(made.province_code or ""),
    )


def _province_code(name: str) -> str | None:
    return next((code for code, known in PROVINCES.items() if known.casefold() == name.strip().casefold()), None)


def _address_errors(wanted: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Provinces and phone numbers that the shop does not know."""
    errors = []
    code, name, phone = wanted.get("provinceCode"), wanted.get("province"), wanted.get("phone")
    if (code and code not in PROVINCES) or (name and _province_code(name) is None):
        errors.append(_error(["address", "province"], "Province is not valid"))
    if phone and not PHONE.fullmatch(phone):
        errors.append(_error(["address", "phone"], "Phone is invalid"))
    return errors


def _known_address(session: Session, arguments: Mapping[str, Any]) -> tuple[Customer | None, int]:
    customer = _customer(session, arguments["customerId"])
    number = wanted_number(arguments["addressId"], "MailingAddress")
    if not any(one.id == number for known in session.shop.customers.values() for one in known.addresses):
        raise invalid_id(arguments["addressId"])
    return customer, number


def update_address(session: Session, arguments: dict[str, Any], _: Info) -> View:
    """Change one of a customer's addresses."""
    customer, number = _known_address(session, arguments)
    if customer is None or all(one.id != number for one in customer.addresses):
        message = "Address does not belong to customer" if customer else "Customer does not exist"
        return {"address": None, "userErrors": [_error(["addressId"], message)]}
    if errors := _address_errors(arguments["address"]):
        return {"address": None, "userErrors": errors}
    position = next(n for n, one in enumerate(customer.addresses) if one.id == number)
    customer.addresses[position] = _address(customer.addresses[position], arguments["address"])
    if arguments.get("setAsDefault"):
        customer.default_address = number
    session.shop.customer_changed(customer)
    return {"address": address(customer.addresses[position]), "userErrors": []}


def delete_address(session: Session, arguments: dict[str, Any], _: Info) -> View:
    """Take one of a customer's addresses away."""
    customer, number = _known_address(session, arguments)
    if customer is None or all(one.id != number for one in customer.addresses):
        message = "Address does not belong to customer" if customer else "Customer does not exist"
        return {"deletedAddressId": None, "userErrors": [_error(["addressId"], message)]}
    customer.addresses = [one for one in customer.addresses if one.id != number]
    if customer.default_address == number:
        customer.default_address = customer.addresses[0].id if customer.addresses else None
    session.shop.customer_changed(customer)
    return {"deletedAddressId": arguments["addressId"], "userErrors": []}


def default_address(session: Session, arguments: dict[str, Any], _: Info) -> View:
    """Make one of a customer's addresses the usual one."""
    customer, number = _known_address(session, arguments)
    if customer is None or all(one.id != number for one in customer.addresses):
        return {"customer": None, "userErrors": [_error(["addressId"], "Address does not belong to customer")]}
    customer.default_address = number
    session.shop.customer_changed(customer)
    return {"customer": session.shop.view(Ref("Customer", customer.id)), "userErrors": []}


def tags(*, add: bool) -> Resolver:
    """Add or remove tags of an order or a customer."""

    def resolve(session: Session, arguments: dict[str, Any], _: Info) -> View:
        number = wanted_number(arguments["id"], "Order", "Customer")
        order, customer = session.shop.orders.get(number), session.shop.customers.get(number)
        scope = "write_orders" if order else "write_customers"
        if scope not in session.scopes:
            raise Refused("Access denied for tagsAdd field.", "ACCESS_DENIED")
        target = order or customer
        if target is None:
            return {"node": None, "userErrors": [_error(["id"], "Resource does not exist")]}
        wanted = [tag.strip() for tag in arguments["tags"]]
        kept = [tag for tag in target.tags if tag not in wanted]
        target.tags = kept + (wanted if add else [])
        if customer is not None:
            session.shop.customer_changed(customer)
        elif order is not None:
            session.shop.tag(order)
        view = session.shop.view(Ref("Order" if order else "Customer", number))
        return {"node": view, "userErrors": []}

    return resolve


def uninstall(session: Session, _: dict[str, Any], __: Info) -> View:
    """End this app's installation in this shop, its tokens included."""
    session.leave()
    return {"app": {"id": "gid://shopify/App/1"}, "userErrors": []}


MUTATIONS: dict[str, Resolver] = {
    "customerUpdate": update,
    "customerDelete": delete,
    "customerMerge": merge,
    "customerAddressCreate": create_address,
    "customerAddressUpdate": update_address,
    "customerAddressDelete": delete_address,
    "customerUpdateDefaultAddress": default_address,
    "tagsAdd": tags(add=True),
    "tagsRemove": tags(add=False),
    "appUninstall": uninstall,
}
