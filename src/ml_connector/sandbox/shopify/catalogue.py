"""A believable small shop: what it sells, who buys, what they are taxed. The same for a seed.

Every name, number and address is invented.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TypeAlias

from ml_connector.sandbox.shopify.ids import Numbers
from ml_connector.sandbox.shopify.model import Address
from ml_connector.sandbox.shopify.spec import CustomerSpec, TaxSpec


@dataclass(frozen=True)
class Variant:
    """A product in one option. The price is in the shop's currency."""

    id: int
    product_id: int
    inventory_item_id: int
    sku: str
    title: str
    option: str | None
    vendor: str
    type: str
    price: Decimal
    taxable: bool
    gift_card: bool
    created_at: datetime


GOODS = (
    ("TEA-ASSAM-100", "Assam leaf tea", "100 g", "Halden & Moor", "Tea", "7.90"),
    ("TEA-ASSAM-250", "Assam leaf tea", "250 g", "Halden & Moor", "Tea", "16.40"),
    ("TEA-SENCHA-100", "Sencha 煎茶", "100 g", "Uji Garden", "Tea", "12.50"),
    ("TEA-SENCHA-250", "Sencha 煎茶", "250 g", "Uji Garden", "Tea", "27.90"),
    ("TEA-EARL-100", "Earl Grey", "100 g", "Halden & Moor", "Tea", "8.40"),
    ("TEA-ROOIBOS-100", "Rooibos", "100 g", "Kaap Trading", "Tea", "6.95"),
    ("TEA-OOLONG-50", "Oolong 烏龍", "50 g", "Alishan Farm", "Tea", "14.20"),
    ("TEA-MINT-50", "Nana mint نعناع", "50 g", "Atlas Herbs", "Tea", "5.60"),
    ("TEA-SAMPLER", "Taster box", None, "Halden & Moor", "Tea", "24.99"),
    ("COF-ETH-250", "Ethiopia Guji filter", "250 g", "North Roast", "Coffee", "13.80"),
    ("COF-ETH-1000", "Ethiopia Guji filter", "1 kg", "North Roast", "Coffee", "46.00"),
    ("COF-COL-250", "Colombia Huila", "250 g", "North Roast", "Coffee", "11.95"),
    ("COF-DECAF-250", "Decaf Brazil", "250 g", "North Roast", "Coffee", "12.35"),
    ("POT-CLAY-700", "Clay teapot", "0.7 l", "Ton & Glut", "Ware", "48.50"),
    ("POT-GLASS-900", "Glass teapot", "0.9 l", "Ton & Glut", "Ware", "36.00"),
    ("POT-IRON-800", "Iron kettle 鉄瓶", "0.8 l", "Uji Garden", "Ware", "129.00"),
    ("CUP-CLAY-S", "Clay cup", "small", "Ton & Glut", "Ware", "9.75"),
    ("CUP-CLAY-L", "Clay cup", "large", "Ton & Glut", "Ware", "12.25"),
    ("CUP-GLASS-2", "Double-wall glass", "pair", "Ton & Glut", "Ware", "19.90"),
    ("TRAY-ASH", "Ash tea tray", None, "Holzweg", "Ware", "62.00"),
    ("WHISK-BAMBOO", "Bamboo whisk 茶筅", None, "Uji Garden", "Ware", "21.30"),
    ("BOWL-MATCHA", "Matcha bowl", "raku black", "Uji Garden", "Ware", "44.44"),
    ("FILTER-PAPER", "Paper filters", "100", "North Roast", "Ware", "4.15"),
    ("FILTER-STEEL", "Steel infuser", None, "Ton & Glut", "Ware", "8.99"),
    ("GRINDER-HAND", "Hand grinder", None, "Kesting", "Ware", "89.00"),
    ("KETTLE-GOOSE", "Gooseneck kettle", "1 l", "Kesting", "Ware", "74.90"),
    ("SCALE-01", "Brewing scale", "0.1 g", "Kesting", "Ware", "39.95"),
    ("THERMOS-500", "Steel flask", "0.5 l", "Kesting", "Ware", "29.90"),
    ("HONEY-LIND-250", "Lime honey", "250 g", "Imkerei Sonne", "Food", "7.20"),
    ("HONEY-HEATH-250", "Heather honey", "250 g", "Imkerei Sonne", "Food", "9.80"),
    ("BISC-SHORT", "Shortbread", "200 g", "Halden & Moor", "Food", "4.99"),
    ("BISC-GINGER", "Ginger thins", "150 g", "Halden & Moor", "Food", "3.49"),
    ("CHOC-72", "Dark chocolate 72 %", "80 g", "Kakao Kollektiv", "Food", "4.33"),
    ("CHOC-NIBS", "Cocoa nibs", "120 g", "Kakao Kollektiv", "Food", "6.17"),
    ("BOOK-TEA", "The Slow Leaf (book)", None, "Papierhaus", "Book", "22.00"),
    ("BOOK-COFFEE", "Grind, Pour, Wait (book)", None, "Papierhaus", "Book", "26.50"),
    ("SUB-TEA-MONTH", "Tea of the month", "monthly", "Halden & Moor", "Subscription", "15.00"),
    ("GIFT-25", "Gift card", "25", "Halden & Moor", "Gift card", "25.00"),
    ("GIFT-50", "Gift card", "50", "Halden & Moor", "Gift card", "50.00"),
    ("CLASS-BREW", "Brewing evening", "one seat", "Halden & Moor", "Event", "35.00"),
)


def variants(numbers: Numbers, created_at: datetime) -> dict[str, Variant]:
    """Everything on the shelves, by SKU; variants of one title share a product."""
    products: dict[str, int] = {}
    shelves: dict[str, Variant] = {}
    for sku, title, option, vendor, kind, price in GOODS:
        product = products.setdefault(title, 0) or numbers.next()
        products[title] = product
        shelves[sku] = Variant(
            numbers.next(),
            product,
            numbers.next(),
            sku,
            title,
            option,
            vendor,
            kind,
            Decimal(price),
            kind != "Gift card",
            kind == "Gift card",
            created_at,
        )
    return shelves


Person: TypeAlias = tuple[str, str, str, str, str | None, str, str, str]

PEOPLE: tuple[Person, ...] = (
    ("Mara", "Lindqvist", "mara.lindqvist@example.com", "SE", "AB", "Stockholm", "111 22", "Götgatan 14"),
    ("Jürgen", "Weiß", "j.weiss@example.com", "DE", "BE", "Berlin", "10435", "Kastanienallee 77"),
    ("Zoë", "O'Brien", "zoe@example.com", "GB", "ENG", "Bristol", "BS1 4QA", "3 Narrow Quay"),
    ("Élodie", "Lefèvre", "elodie.l@example.com", "FR", None, "Lyon", "69002", "12 rue Mercière"),
    ("山田", "太郎", "taro.yamada@example.com", "JP", "JP-13", "渋谷区", "150-0001", "神宮前1-2-3"),
    ("Ольга", "Соколова", "olga.s@example.com", "LT", None, "Vilnius", "01103", "Pilies g. 9"),
    ("محمد", "الفارسي", "m.alfarsi@example.com", "AE", "DU", "دبي", "00000", "شارع الرقة 5"),
    ("Nguyễn", "Thị Hương", "huong.nguyen@example.com", "AU", "NSW", "Sydney", "2000", "88 George St"),
    ("Priya", "राव", "priya.rao@example.com", "IN", "KA", "Bengaluru", "560001", "42 MG Road"),
    ("Arjun", "Mehta", "arjun.mehta@example.com", "IN", "MH", "Mumbai", "400001", "7 Colaba Causeway"),
    ("Noa", "כהן", "noa.c@example.com", "IL", None, "תל אביב", "6329302", "דיזנגוף 100"),
    ("Siobhán", "Ní Dhuibhir", "siobhan@example.com", "IE", "D", "Dublin", "D02 X285", "4 Dame Street"),
    ("Ana María", "González Ñíguez", "ana.gn@example.com", "ES", "M", "Madrid", "28004", "Calle del Pez 21"),
    ("Łukasz", "Żółć", "lukasz.z@example.com", "PL", None, "Kraków", "31-010", "Rynek Główny 8"),
    ("Emma", "Johnson", "emma.johnson@example.com", "US", "CA", "Oakland", "94607", "1401 Broadway"),
    ("Liam", "Tremblay", "liam.t@example.com", "CA", "QC", "Montréal", "H2X 1Y6", "3500 rue Saint-Denis"),
    ("Olivia", "Chen 陈", "olivia.chen@example.com", "CA", "BC", "Vancouver", "V6B 1A1", "210 Water St"),
    ("Kofi", "Mensah-Addo", "kofi@example.com", "NL", None, "Utrecht", "3511 LX", "Oudegracht 155"),
    ("Þóra", "Guðmundsdóttir", "thora@example.com", "NO", None, "Bergen", "5014", "Bryggen 3"),
    ("Giulia", "D’Amico", "giulia.damico@example.com", "IT", "RM", "Roma", "00186", "Via dei Coronari 40"),
)
COUNTRIES = {
    "SE": "Sweden",
    "DE": "Germany",
    "GB": "United Kingdom",
    "FR": "France",
    "JP": "Japan",
    "LT": "Lithuania",
    "AE": "United Arab Emirates",
    "AU": "Australia",
    "IN": "India",
    "IL": "Israel",
    "IE": "Ireland",
    "ES": "Spain",
    "PL": "Poland",
    "US": "United States",
    "CA": "Canada",
    "NL": "Netherlands",
    "NO": "Norway",
    "IT": "Italy",
    "CH": "Switzerland",
    "KW": "Kuwait",
    "FI": "Finland",
    "AT": "Austria",
}
PROVINCES = {
    "AB": "Stockholm",
    "BE": "Berlin",
    "ENG": "England",
    "JP-13": "Tōkyō",
    "DU": "Dubai",
    "NSW": "New South Wales",
    "KA": "Karnataka",
    "MH": "Maharashtra",
    "D": "Dublin",
    "M": "Madrid",
    "CA": "California",
    "QC": "Quebec",
    "BC": "British Columbia",
    "RM": "Roma",
}


def people() -> tuple[CustomerSpec, ...]:
    """The shop's regulars, one for each of many countries and scripts."""
    return tuple(_person(person) for person in PEOPLE)


def _person(row: Person) -> CustomerSpec:
    first, last, email, country, province, city, code, street = row
    address = Address(
        first_name=first,
        last_name=last,
        address1=street,
        city=city,
        zip=code,
        province=PROVINCES.get(province or ""),
        province_code=province,
        country=COUNTRIES[country],
        country_code=country,
    )
    return CustomerSpec(first, last, email, address=address)


def person_in(country: str) -> CustomerSpec:
    """A regular who lives in *country* (ISO code).

    Raises:
        StopIteration: Nobody does.
    """
    return next(one for one in people() if one.address is not None and one.address.country_code == country)


VAT = {
    "DE": "0.19",
    "SE": "0.25",
    "GB": "0.2",
    "FR": "0.2",
    "LT": "0.21",
    "IE": "0.23",
    "ES": "0.21",
    "PL": "0.23",
    "NL": "0.21",
    "IT": "0.22",
    "AT": "0.2",
    "FI": "0.255",
}
NAMED = {
    "DE": "MwSt",
    "SE": "Moms",
    "GB": "VAT",
    "FR": "TVA",
    "LT": "PVM",
    "IE": "VAT",
    "ES": "IVA",
    "PL": "VAT",
    "NL": "BTW",
    "IT": "IVA",
    "AT": "USt",
    "FI": "ALV",
}
ELSEWHERE = {
    "JP": (("CT", "0.1"),),
    "AE": (("VAT", "0.05"),),
    "AU": (("GST", "0.1"),),
    "CH": (("MwSt", "0.081"),),
    "NO": (("MVA", "0.25"),),
    "IL": (("VAT", "0.18"),),
}
PROVINCIAL = {
    ("CA", "QC"): (("GST", "0.05"), ("QST", "0.09975")),
    ("CA", "BC"): (("GST", "0.05"), ("PST", "0.07")),
    ("US", "CA"): (("California State Tax", "0.06"), ("Alameda County Tax", "0.0425")),
    ("IN", "KA"): (("CGST", "0.09"), ("SGST", "0.09")),
    ("IN", "MH"): (("IGST", "0.18"),),
}


def taxes_in(country: str, province: str | None = None) -> tuple[TaxSpec, ...]:
    """What a seller registered everywhere charges on ordinary goods sent there."""
    if country in VAT:
        return (TaxSpec(NAMED[country], Decimal(VAT[country])),)
    rates = PROVINCIAL.get((country, province or ""), ELSEWHERE.get(country, ()))
    return tuple(TaxSpec(title, Decimal(rate)) for title, rate in rates)


def skus(random_source: random.Random) -> Iterator[str]:
    """Ordinary goods, endlessly, in no particular order."""
    ordinary = [good[0] for good in GOODS if good[4] not in ("Gift card", "Subscription", "Event")]
    while True:
        yield random_source.choice(ordinary)
