"""The fields that one edition of Zoho Books has and the others refuse (code 8).

Only what the edition documents is sent, and nothing while the organisation is not registered for tax.

Source: Zoho Books API v3, Contacts and Invoices (edition notes).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ml_connector.domain.books import Books, Edition, Organisation
from ml_connector.domain.order import Order
from ml_connector.domain.taxes.places import EU, NOWHERE, Place, place_of, sold_in_store

Fields = Mapping[str, str]

_INDIA_STATES = {"OR": "OD", "CT": "CG", "UT": "UK", "TG": "TS"}
"""Codes that Shopify writes otherwise than Zoho."""

_EMIRATES = {"AZ": "AB", "AJ": "AJ", "DU": "DU", "FU": "FU", "SH": "SH", "RK": "RA", "UQ": "UM"}
_GCC = frozenset({"AE", "SA", "BH", "KW", "OM", "QA"})
OTHER_TERRITORY = "OT"


@dataclass(frozen=True, slots=True)
class Buyer:
    """What an edition asks about the customer.

    Attributes:
        tax_number: The company's registration number, as Shopify holds it; empty: none, so a consumer.
    """

    place: Place
    tax_number: str = ""
    tax_exempt: bool = False

    @property
    def registered(self) -> bool:
        return bool(self.tax_number)


def buyer_of(order: Order, organisation: Organisation) -> Buyer:
    """The buyer as tax sees it."""
    company, customer = order.company, order.customer
    exempt = order.tax_exempt or bool(company and company.tax_exempt) or bool(customer and customer.tax_exempt)
    return Buyer(place_of(order, organisation), (company.tax_registration_id or "") if company else "", exempt)


def indian_state(province: str) -> str:
    """Zoho's code of an Indian state from Shopify's."""
    return _INDIA_STATES.get(province, province)


def place_of_supply(place: Place) -> str:
    """India: the state's code, or other territory; GCC: the emirate's or the country's code; empty: not known."""
    if place.country == "IN":
        return indian_state(place.province)
    if place.country == "AE":
        return _EMIRATES.get(place.province, "")
    return place.country if place.country in _GCC else ""


def contact_fields(buyer: Buyer, books: Books) -> Fields:
    """Tax fields of a contact, ready to send."""
    organisation = books.organisation
    if not organisation.tax_registered:
        return {}
    match organisation.edition:
        case Edition.INDIA:
            return _india_contact(buyer)
        case Edition.UK | Edition.EU:
            return _vat_treatment(buyer, organisation)
        case Edition.GCC:
            return _gcc_contact(buyer, organisation)
        case Edition.US | Edition.CANADA:
            return _exempt(buyer, books)
        case Edition.AUSTRALIA:
            return {"is_taxable": "false"} if buyer.tax_exempt else {}
        case _:
            return {}


def document_fields(order: Order, books: Books) -> Fields:
    """Tax fields of an invoice or credit note, ready to send."""
    organisation = books.organisation
    buyer = buyer_of(order, organisation)
    if not organisation.tax_registered:
        return {}
    match organisation.edition:
        case Edition.INDIA:
            treatment = _india_treatment(buyer)
            place = place_of_supply(buyer.place) or OTHER_TERRITORY
            number = {"gst_no": buyer.tax_number} if treatment == "business_gst" else {}
            return {"gst_treatment": treatment, "place_of_supply": place} | number
        case Edition.UK | Edition.EU:
            return {name: value for name, value in _vat_treatment(buyer, organisation).items() if name != "vat_reg_no"}
        case Edition.GCC:
            return _gcc_document(buyer, organisation)
        case _:
            return {}


def _india_treatment(buyer: Buyer) -> str:
    if buyer.place.country not in ("", "IN"):
        return "overseas"
    return "business_gst" if buyer.registered else "consumer"


def _india_contact(buyer: Buyer) -> Fields:
    treatment = _india_treatment(buyer)
    fields = {"gst_treatment": treatment}
    if treatment == "business_gst":
        fields["gst_no"] = buyer.tax_number
    state = place_of_supply(buyer.place)
    return fields | ({"place_of_contact": state} if state and treatment != "overseas" else {})


def _vat_treatment(buyer: Buyer, organisation: Organisation) -> Fields:
    """The UK's own values; in the EU edition only what every reading knows, a registered buyer in another state."""
    country = buyer.place.country
    if buyer.registered and country in EU and country != organisation.country_code:
        return {"vat_treatment": "eu_vat_registered", "vat_reg_no": buyer.tax_number}
    if organisation.edition is Edition.EU:
        return {}
    home = country in ("", "GB")
    number = {"vat_reg_no": buyer.tax_number} if buyer.registered and home else {}
    return {"vat_treatment": "uk" if home else "overseas"} | number


def _gcc_treatment(buyer: Buyer, organisation: Organisation) -> str:
    country = buyer.place.country or organisation.country_code
    if country == organisation.country_code:
        return "vat_registered" if buyer.registered else "vat_not_registered"
    if country in _GCC:
        return "gcc_vat_registered" if buyer.registered else "gcc_vat_not_registered"
    return "non_gcc"


def _gcc_contact(buyer: Buyer, organisation: Organisation) -> Fields:
    treatment = _gcc_treatment(buyer, organisation)
    number = {"tax_reg_no": buyer.tax_number} if treatment.endswith("_registered") and buyer.registered else {}
    place = place_of_supply(buyer.place)
    return {"tax_treatment": treatment} | number | ({"place_of_contact": place} if place else {})


def _gcc_document(buyer: Buyer, organisation: Organisation) -> Fields:
    place = place_of_supply(buyer.place)
    return {"tax_treatment": _gcc_treatment(buyer, organisation)} | ({"place_of_supply": place} if place else {})


def _exempt(buyer: Buyer, books: Books) -> Fields:
    """An exempt customer, where the organisation has exactly one exemption for customers."""
    exemptions = [one for one in books.exemptions if one.type == "customer"]
    if not buyer.tax_exempt or len(exemptions) != 1:
        return {}
    return {"is_taxable": "false", "tax_exemption_id": exemptions[0].id}


_TAXED_WHEN_PAID = frozenset({Edition.INDIA, Edition.UK, Edition.EU, Edition.GCC, Edition.CANADA, Edition.AUSTRALIA,
                              Edition.KENYA, Edition.SOUTH_AFRICA, Edition.MEXICO})  # fmt: skip


def prepayment_may_be_taxed(organisation: Organisation) -> bool:
    """Whether money that comes before its invoice may be a tax point, as it may under VAT and GST."""
    return organisation.tax_registered and organisation.edition in _TAXED_WHEN_PAID


def origin_state(order: Order, organisation: Organisation) -> str:
    """India: the state that sells; the store's where the goods changed hands in one."""
    store = order.retail_location_address
    if sold_in_store(order) and store is not None and store.province_code:
        return indian_state(store.province_code.upper())
    return organisation.state_code


def kind_disagrees(kinds: frozenset[str], order: Order, organisation: Organisation) -> str:
    """India: why the kind of tax that was charged does not agree with the place; empty when it does.

    Source: Zoho Books API v3, error 3032; Indian GST: IGST between states, CGST and SGST within one.
    """
    place = place_of(order, organisation)
    if organisation.edition is not Edition.INDIA or place is NOWHERE:
        return ""
    supply, origin = place_of_supply(place) or OTHER_TERRITORY, origin_state(order, organisation)
    inside = supply == origin
    if "IGST" in kinds and inside:
        return f"Shopify charged IGST, but {supply} to {supply} is within one state"
    if kinds & {"CGST", "SGST"} and not inside:
        return f"Shopify charged CGST and SGST, but {origin} to {supply} is between two states"
    return ""
