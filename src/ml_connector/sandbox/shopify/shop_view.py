"""The shop, its people, places and goods as the Admin API and webhook bodies show them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from ml_connector.sandbox.shopify.catalogue import COUNTRIES, Variant
from ml_connector.sandbox.shopify.ids import gid
from ml_connector.sandbox.shopify.model import Company, CompanyLocation, Customer, Order, Place
from ml_connector.sandbox.shopify.money import graphql_amount
from ml_connector.sandbox.shopify.totals import net_payment
from ml_connector.sandbox.shopify.views import Ref, View, address, identity, moment, money

if TYPE_CHECKING:
    from ml_connector.sandbox.shopify.premises import Premises, ShopSettings


def shop_view(shop: Premises) -> View:
    """A `Shop`."""
    settings, now = shop.settings, shop.clock()
    offset = now.astimezone(ZoneInfo(settings.zone)).utcoffset() or timedelta(0)
    minutes = int(offset.total_seconds() // 60)
    home = _shop_address(shop)
    return {
        "__typename": "Shop",
        "id": gid("Shop", shop.id),
        "name": settings.name,
        "email": settings.email,
        "contactEmail": settings.email,
        "description": None,
        "myshopifyDomain": settings.domain,
        "url": f"https://{settings.domain}",
        "primaryDomain": {"id": gid("Domain", shop.id), "host": settings.domain, "url": f"https://{settings.domain}"},
        "currencyCode": settings.currency,
        "enabledPresentmentCurrencies": sorted({*settings.currencies, settings.currency}),
        "ianaTimezone": settings.zone,
        "timezoneOffsetMinutes": minutes,
        "timezoneOffset": f"{minutes // 60:+03d}{abs(minutes) % 60:02d}",
        "timezoneAbbreviation": now.astimezone(ZoneInfo(settings.zone)).tzname(),
        "taxesIncluded": settings.taxes_included,
        "taxShipping": True,
        "setupRequired": False,
        "weightUnit": "KILOGRAMS",
        "unitSystem": "METRIC_SYSTEM",
        "plan": {
            "publicDisplayName": settings.plan,
            "partnerDevelopment": False,
            "shopifyPlus": settings.plan == "Plus",
        },
        "shopAddress": home,
        "billingAddress": home,
        "shopOwnerName": settings.owner,
        "createdAt": moment(shop.opened_at),
        "updatedAt": moment(shop.opened_at),
        "orderNumberFormatPrefix": settings.order_prefix,
        "orderNumberFormatSuffix": "",
        "checkoutApiSupported": True,
        "marketingSmsConsentEnabledAtCheckout": False,
    }


def _shop_address(shop: Premises) -> View:
    settings = shop.settings
    country = COUNTRIES.get(settings.country, settings.country)
    return {
        "id": gid("ShopAddress", shop.id),
        "address1": "Teegasse 5",
        "address2": None,
        "city": settings.city,
        "company": settings.name,
        "country": country,
        "countryCodeV2": settings.country,
        "firstName": None,
        "lastName": settings.owner,
        "name": settings.owner,
        "phone": None,
        "province": None,
        "provinceCode": settings.province,
        "zip": "10115",
        "formatted": ["Teegasse 5", settings.city, country],
    }


def shop_body(settings: ShopSettings, number: int, opened: str | None) -> dict[str, Any]:
    """The shop as `app/uninstalled` holds it."""
    return {
        "id": number,
        "name": settings.name,
        "email": settings.email,
        "domain": settings.domain,
        "province": None,
        "country": settings.country,
        "address1": "Teegasse 5",
        "zip": "10115",
        "city": settings.city,
        "source": None,
        "phone": None,
        "latitude": None,
        "longitude": None,
        "primary_locale": "en",
        "address2": None,
        "created_at": opened,
        "updated_at": opened,
        "country_code": settings.country,
        "country_name": COUNTRIES.get(settings.country, settings.country),
        "currency": settings.currency,
        "customer_email": settings.email,
        "timezone": settings.zone,
        "iana_timezone": settings.zone,
        "shop_owner": settings.owner,
        "weight_unit": "kg",
        "province_code": settings.province,
        "taxes_included": settings.taxes_included,
        "plan_display_name": settings.plan,
        "plan_name": settings.plan.lower(),
        "myshopify_domain": settings.domain,
        "enabled_presentment_currencies": sorted({*settings.currencies, settings.currency}),
    }


def customer_view(customer: Customer, shop: Premises) -> View:
    """A `Customer`."""
    theirs = [order for order in shop.orders.values() if order.customer_id == customer.id]
    addresses = [address(one) for one in customer.addresses]
    default = next((one for one in customer.addresses if one.id == customer.default_address), None)
    return {
        **identity("Customer", customer.id),
        "firstName": customer.first_name,
        "lastName": customer.last_name,
        "displayName": customer.display_name,
        "note": customer.note,
        "tags": sorted(customer.tags),
        "state": customer.state,
        "locale": customer.locale,
        "taxExempt": customer.tax_exempt,
        "taxExemptions": list(customer.tax_exemptions),
        "verifiedEmail": customer.verified_email,
        "createdAt": moment(customer.created_at),
        "updatedAt": moment(customer.updated_at),
        "defaultEmailAddress": _email(customer),
        "defaultPhoneNumber": _phone(customer),
        "email": customer.email,
        "phone": customer.phone,
        "validEmailAddress": True,
        "defaultAddress": address(default),
        "addressesV2": addresses,
        "addresses": addresses,
        "companyContactProfiles": [_profile(shop, number) for number in customer.company_contacts],
        "mergeable": {"isMergeable": True, "reason": None, "errorFields": [], "mergeInProgress": None},
        "metafields": [_metafield(customer, number) for number in range(len(customer.metafields))],
        "numberOfOrders": str(len(theirs)),
        "amountSpent": money(_spent(theirs), shop.settings.currency),
        "lastOrder": Ref("Order", theirs[-1].id) if theirs else None,
        "orders": [Ref("Order", order.id) for order in theirs],
        "storeCreditAccounts": [],
        "statistics": {"predictedSpendTier": None},
        "dataSaleOptOut": False,
        "multipassIdentifier": None,
        "canDelete": not theirs,
        "emailMarketingConsent": None,
        "currency": shop.settings.currency,
    }


def _spent(theirs: Sequence[Order]) -> Decimal:
    return sum((net_payment(order).shop for order in theirs), Decimal(0))


def _metafield(customer: Customer, position: int) -> View:
    (namespace, key), value = list(customer.metafields.items())[position]
    return {
        "__typename": "Metafield",
        "id": gid("Metafield", customer.id + position),
        "namespace": namespace,
        "key": key,
        "value": value,
        "type": "single_line_text_field",
        "createdAt": moment(customer.created_at),
        "updatedAt": moment(customer.updated_at),
    }


def _email(customer: Customer) -> View | None:
    if customer.email is None:
        return None
    return {"emailAddress": customer.email, "marketingState": "NOT_SUBSCRIBED", "validFormat": True}


def _phone(customer: Customer) -> View | None:
    return None if customer.phone is None else {"phoneNumber": customer.phone}


def _profile(shop: Premises, company_id: int) -> View:
    company = shop.companies[company_id]
    return {
        "id": gid("CompanyContact", company.contact_id or 0),
        "company": Ref("Company", company_id),
        "customer": None if company.customer_id is None else Ref("Customer", company.customer_id),
        "title": None,
        "locale": "en",
        "isMainContact": True,
        "createdAt": moment(company.created_at),
        "updatedAt": moment(company.updated_at),
    }


def company_view(company: Company) -> View:
    """A `Company`."""
    return {
        "__typename": "Company",
        "id": gid("Company", company.id),
        "name": company.name,
        "externalId": company.external_id,
        "note": company.note,
        "createdAt": moment(company.created_at),
        "updatedAt": moment(company.updated_at),
        "customerSince": moment(company.created_at),
        "mainContact": None,
        "contacts": [],
        "locations": [Ref("CompanyLocation", number) for number in company.location_ids],
        "locationsCount": {"count": len(company.location_ids), "precision": "EXACT"},
        "contactsCount": {"count": 1, "precision": "EXACT"},
        "ordersCount": {"count": 0, "precision": "EXACT"},
        "defaultCursor": "",
    }


def company_location_view(location: CompanyLocation) -> View:
    """A `CompanyLocation`."""
    home = _company_address(location)
    return {
        "__typename": "CompanyLocation",
        "id": gid("CompanyLocation", location.id),
        "name": location.name,
        "externalId": location.external_id,
        "company": Ref("Company", location.company_id),
        "phone": None,
        "locale": "en",
        "note": None,
        "currency": location.currency,
        "createdAt": moment(location.created_at),
        "updatedAt": moment(location.updated_at),
        "billingAddress": home,
        "shippingAddress": home,
        "taxRegistrationId": location.tax_registration_id,
        "taxExemptions": list(location.tax_exemptions),
        "taxSettings": {
            "taxRegistrationId": location.tax_registration_id,
            "taxExempt": location.tax_exempt,
            "taxExemptions": list(location.tax_exemptions),
        },
        "buyerExperienceConfiguration": None,
    }


def _company_address(location: CompanyLocation) -> View:
    home = location.address
    return {
        "id": gid("CompanyAddress", location.id),
        "address1": home.address1,
        "address2": home.address2,
        "city": home.city,
        "companyName": location.name,
        "country": home.country,
        "countryCode": home.country_code,
        "firstName": home.first_name,
        "lastName": home.last_name,
        "phone": home.phone,
        "province": home.province,
        "recipient": home.name,
        "zip": home.zip,
        "zoneCode": home.province_code,
        "createdAt": moment(location.created_at),
        "updatedAt": moment(location.updated_at),
    }


def place_view(place: Place, primary: int, opened: datetime) -> View:
    """A `Location`."""
    home = place.address
    return {
        **identity("Location", place.id),
        "name": place.name,
        "isActive": place.active,
        "isPrimary": place.id == primary,
        "activatable": True,
        "createdAt": moment(opened),
        "updatedAt": moment(opened),
        "fulfillsOnlineOrders": place.id == primary,
        "hasActiveInventory": True,
        "shipsInventory": True,
        "address": {
            "address1": home.address1,
            "address2": home.address2,
            "city": home.city,
            "country": home.country,
            "countryCode": home.country_code,
            "phone": home.phone,
            "province": home.province,
            "provinceCode": home.province_code,
            "zip": home.zip,
            "formatted": [part for part in (home.address1, home.city, home.country) if part],
        },
    }


def variant_view(variant: Variant, currency: str) -> View:
    """A `ProductVariant`."""
    item = {
        "id": gid("InventoryItem", variant.inventory_item_id),
        "legacyResourceId": str(variant.inventory_item_id),
        "sku": variant.sku,
        "tracked": True,
        "updatedAt": moment(variant.created_at),
        "harmonizedSystemCode": None,
        "countryCodeOfOrigin": None,
        "unitCost": money(variant.price * 0, currency),
        "variant": Ref("ProductVariant", variant.id),
        "inventoryLevels": [],
    }
    return {
        **identity("ProductVariant", variant.id),
        "sku": variant.sku,
        "barcode": None,
        "title": variant.option or "Default Title",
        "displayName": f"{variant.title} - {variant.option or 'Default Title'}",
        "price": graphql_amount(variant.price),
        "taxable": variant.taxable,
        "updatedAt": moment(variant.created_at),
        "createdAt": moment(variant.created_at),
        "inventoryItem": item,
        "product": Ref("Product", variant.product_id),
        "selectedOptions": [{"name": "Title", "value": variant.option or "Default Title"}],
    }


def product_view(family: Sequence[Variant]) -> View:
    """A `Product`: variants that share a title."""
    first = family[0]
    return {
        **identity("Product", first.product_id),
        "title": first.title,
        "handle": first.sku.lower(),
        "vendor": first.vendor,
        "productType": first.type,
        "status": "ACTIVE",
        "isGiftCard": first.gift_card,
        "tags": [],
        "createdAt": moment(first.created_at),
        "updatedAt": moment(first.created_at),
        "variants": [Ref("ProductVariant", one.id) for one in family],
    }
