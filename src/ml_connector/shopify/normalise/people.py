"""Addresses, customers, companies."""

from __future__ import annotations

from ml_connector.domain.order import Address, Customer, PurchasingCompany
from ml_connector.shopify.normalise.node import Node


def address(node: Node | None) -> Address | None:
    """A MailingAddress or a LocationAddress; None when there is none."""
    if node is None:
        return None
    return Address(
        first_name=node.maybe("firstName"),
        last_name=node.maybe("lastName"),
        name=node.maybe("name"),
        company=node.maybe("company"),
        address1=node.maybe("address1"),
        address2=node.maybe("address2"),
        city=node.maybe("city"),
        province=node.maybe("province"),
        province_code=node.maybe("provinceCode"),
        zip=node.maybe("zip"),
        country=node.maybe("country"),
        country_code=node.maybe("countryCodeV2") or node.maybe("countryCode"),
        phone=node.maybe("phone"),
    )


def customer(node: Node | None) -> Customer | None:
    """A Customer; names and e-mail are None where Shopify does not show them to us."""
    if node is None:
        return None
    mail = node.maybe_child("defaultEmailAddress")
    phone = node.maybe_child("defaultPhoneNumber")
    return Customer(
        id=node.text("id"),
        first_name=node.maybe("firstName"),
        last_name=node.maybe("lastName"),
        display_name=node.maybe("displayName"),
        email=mail.maybe("emailAddress") if mail else None,
        phone=phone.maybe("phoneNumber") if phone else None,
        note=node.maybe("note"),
        tags=node.texts("tags"),
        tax_exempt=node.flag("taxExempt"),
        tax_exemptions=node.texts("taxExemptions"),
        updated_at=node.maybe_moment("updatedAt"),
        default_address=address(node.maybe_child("defaultAddress")),
        default_address_id=node.id_of("defaultAddress"),
    )


def company(node: Node | None) -> PurchasingCompany | None:
    """The buyer of a company order. `purchasingEntity` may also be a plain customer, which is no company."""
    entity = node.maybe_child("company") if node else None
    if node is None or entity is None:
        return None
    location = node.child("location")
    tax = location.maybe_child("taxSettings")
    return PurchasingCompany(
        company_id=entity.text("id"),
        company_name=entity.text("name"),
        location_id=location.text("id"),
        location_name=location.text("name"),
        external_id=location.maybe("externalId"),
        tax_registration_id=tax.maybe("taxRegistrationId") if tax else None,
        tax_exempt=tax.flag("taxExempt") if tax else False,
    )
