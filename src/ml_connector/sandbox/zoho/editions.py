"""What each edition of Zoho Books has that the others refuse.

Source: Zoho Books API v3, contacts and invoices (edition notes); answers published by developers
for organisations without GST.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ml_connector.sandbox.zoho.refusals import Refusal, invalid_element, invalid_value

EDITIONS = ("india", "uk", "eu", "us", "canada", "australia", "gcc", "global")

_EXEMPTION = frozenset({"tax_exemption_id", "tax_exemption_code"})
_AUTHORITY = frozenset({"tax_authority_id", "tax_authority_name"})
_AVALARA = frozenset({"avatax_use_code", "avatax_exempt_no"})
_INDIA = frozenset({"gst_treatment", "gst_no"})
_VAT = frozenset({"vat_treatment", "vat_reg_no"})
_GCC = frozenset({"tax_treatment", "tax_reg_no", "place_of_contact", "country_code"})

_CONTACT: Mapping[str, frozenset[str]] = {
    "india": _INDIA | _EXEMPTION | {"place_of_contact", "pan_no", "is_taxable"},
    "uk": _VAT | {"country_code"},
    "eu": _VAT | {"country_code"},
    "gcc": _GCC,
    "us": _EXEMPTION | _AUTHORITY | _AVALARA | {"tax_id", "is_taxable", "track_1099"},
    "canada": _EXEMPTION | _AUTHORITY | _AVALARA | {"tax_id", "is_taxable"},
    "australia": frozenset({"is_taxable", "tax_id"}),
    "global": frozenset(),
}

_DOCUMENT: Mapping[str, frozenset[str]] = {
    "india": _INDIA | {"place_of_supply", "reference_invoice_type", "is_reverse_charge_applied"},
    "uk": frozenset({"vat_treatment"}),
    "eu": frozenset({"vat_treatment"}),
    "gcc": frozenset({"tax_treatment", "place_of_supply", "is_reverse_charge_applied"}),
    "us": _EXEMPTION | _AUTHORITY | _AVALARA,
    "canada": _EXEMPTION | _AUTHORITY | _AVALARA,
    "australia": frozenset(),
    "global": frozenset(),
}

_LINE: Mapping[str, frozenset[str]] = {
    "india": _EXEMPTION | {"hsn_or_sac"},
    "uk": frozenset({"tax_treatment_code"}),
    "eu": frozenset({"tax_treatment_code"}),
    "gcc": frozenset({"tax_treatment_code"}),
    "us": _EXEMPTION | {"avatax_tax_code"},
    "canada": _EXEMPTION | {"avatax_tax_code"},
    "australia": _EXEMPTION,
    "global": frozenset(),
}

_MEXICO = frozenset({"cfdi_usage", "cfdi_reference_type", "tax_regime", "legal_name", "sat_item_key_code"})

ALLOWED: Mapping[str, Mapping[str, frozenset[str]]] = {
    "contact": _CONTACT,
    "document": _DOCUMENT,
    "line": _LINE,
}
_ALL: Mapping[str, frozenset[str]] = {
    where: frozenset().union(*by_edition.values()) | _MEXICO for where, by_edition in ALLOWED.items()
}

_EMIRATES = frozenset({"AB", "AJ", "DU", "FU", "RA", "SH", "UM"})
_GULF = frozenset({"AE", "SA", "BH", "KW", "OM", "QA"})
INDIAN_STATES = frozenset(
    """AP AR AS BR CG GA GJ HR HP JK JH KA KL MP MH MN ML MZ NL OD PB RJ SK TN TS TR UP UK WB
    AN CH DN DD DL LA LD PY""".split()
)

_VALUES: Mapping[str, Mapping[str, frozenset[str]]] = {
    "india": {
        "gst_treatment": frozenset({"business_gst", "business_none", "overseas", "consumer"}),
        "place_of_contact": INDIAN_STATES | {"OT"},
        "place_of_supply": INDIAN_STATES | {"OT"},
    },
    "uk": {"vat_treatment": frozenset({"uk", "eu_vat_registered", "eu_vat_not_registered", "non_eu", "overseas"})},
    "eu": {"vat_treatment": frozenset({"uk", "eu_vat_registered", "eu_vat_not_registered", "non_eu", "overseas"})},
    "gcc": {
        "tax_treatment": frozenset(
            {
                "vat_registered",
                "vat_not_registered",
                "gcc_vat_registered",
                "gcc_vat_not_registered",
                "non_gcc",
                "dz_vat_registered",
                "dz_vat_not_registered",
            }
        ),
        "place_of_contact": _EMIRATES | _GULF,
        "place_of_supply": _EMIRATES | _GULF,
    },
}


def check_fields(edition: str, registered: bool, where: str, body: Mapping[str, Any]) -> None:
    """Refuse fields that *edition* does not have, and tax fields while tax is off.

    Args:
        where: `contact`, `document` or `line`.

    Raises:
        Refusal: Code 8 for the first field that does not belong here, code 4 for a value that
            the edition does not know.
    """
    allowed = ALLOWED[where][edition] if registered else frozenset()
    for name in body:
        if name in _ALL[where] and name not in allowed:
            raise invalid_element(name)
        values = _VALUES.get(edition, {}).get(name)
        if values is not None and body[name] not in ("", None) and str(body[name]) not in values:
            raise invalid_value(name)


def check_kind(place_of_supply: str, home_state: str, specification: str) -> None:
    """India: refuse the wrong choice between IGST and CGST with SGST.

    Args:
        specification: `intra`, `inter`, or empty for a tax that is neither.

    Raises:
        Refusal: Code 3032.
    """
    if not specification or not place_of_supply:
        return
    interstate = place_of_supply != home_state
    if interstate and specification == "intra":
        raise Refusal(400, 3032, "IGST has to be applied as this is an interstate transaction")
    if not interstate and specification == "inter":
        raise Refusal(400, 3032, "IGST cannot be applied as this is an intrastate transaction")
