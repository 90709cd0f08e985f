"""Countries by their English names, as Zoho matches them; an unknown name is dropped silently."""

from __future__ import annotations

_TABLE = """
AF Afghanistan|AL Albania|DZ Algeria|AD Andorra|AO Angola|AI Anguilla|AG Antigua and Barbuda|AR Argentina
AM Armenia|AW Aruba|AU Australia|AT Austria|AZ Azerbaijan|BS Bahamas|BH Bahrain|BD Bangladesh|BB Barbados
BY Belarus|BE Belgium|BZ Belize|BJ Benin|BM Bermuda|BT Bhutan|BO Bolivia|BA Bosnia and Herzegovina|BW Botswana
BR Brazil|BN Brunei|BG Bulgaria|BF Burkina Faso|BI Burundi|KH Cambodia|CM Cameroon|CA Canada|CV Cape Verde
KY Cayman Islands|CF Central African Republic|TD Chad|CL Chile|CN China|CO Colombia|KM Comoros|CG Congo
CD Congo, Democratic Republic of the|CR Costa Rica|CI Cote d'Ivoire|HR Croatia|CU Cuba|CW Curacao|CY Cyprus
CZ Czech Republic|DK Denmark|DJ Djibouti|DM Dominica|DO Dominican Republic|EC Ecuador|EG Egypt|SV El Salvador
GQ Equatorial Guinea|ER Eritrea|EE Estonia|SZ Swaziland|ET Ethiopia|FO Faroe Islands|FJ Fiji|FI Finland|FR France
GF French Guiana|PF French Polynesia|GA Gabon|GM Gambia|GE Georgia|DE Germany|GH Ghana|GI Gibraltar|GR Greece
GL Greenland|GD Grenada|GP Guadeloupe|GU Guam|GT Guatemala|GG Guernsey|GN Guinea|GW Guinea-Bissau|GY Guyana|HT Haiti
HN Honduras|HK Hong Kong|HU Hungary|IS Iceland|IN India|ID Indonesia|IR Iran|IQ Iraq|IE Ireland|IM Isle of Man
IL Israel|IT Italy|JM Jamaica|JP Japan|JE Jersey|JO Jordan|KZ Kazakhstan|KE Kenya|KI Kiribati|XK Kosovo|KW Kuwait
KG Kyrgyzstan|LA Laos|LV Latvia|LB Lebanon|LS Lesotho|LR Liberia|LY Libya|LI Liechtenstein|LT Lithuania
LU Luxembourg|MO Macao|MK Macedonia|MG Madagascar|MW Malawi|MY Malaysia|MV Maldives|ML Mali|MT Malta
MH Marshall Islands|MQ Martinique|MR Mauritania|MU Mauritius|YT Mayotte|MX Mexico|FM Micronesia|MD Moldova|MC Monaco
MN Mongolia|ME Montenegro|MS Montserrat|MA Morocco|MZ Mozambique|MM Myanmar|NA Namibia|NR Nauru|NP Nepal
NL Netherlands|NC New Caledonia|NZ New Zealand|NI Nicaragua|NE Niger|NG Nigeria|KP North Korea|NO Norway|OM Oman
PK Pakistan|PW Palau|PS Palestine|PA Panama|PG Papua New Guinea|PY Paraguay|PE Peru|PH Philippines|PL Poland
PT Portugal|PR Puerto Rico|QA Qatar|RE Reunion|RO Romania|RU Russia|RW Rwanda|KN Saint Kitts and Nevis|LC Saint Lucia
VC Saint Vincent and the Grenadines|WS Samoa|SM San Marino|ST Sao Tome and Principe|SA Saudi Arabia|SN Senegal
RS Serbia|SC Seychelles|SL Sierra Leone|SG Singapore|SK Slovakia|SI Slovenia|SB Solomon Islands|SO Somalia
ZA South Africa|KR South Korea|SS South Sudan|ES Spain|LK Sri Lanka|SD Sudan|SR Suriname|SE Sweden|CH Switzerland
SY Syria|TW Taiwan|TJ Tajikistan|TZ Tanzania|TH Thailand|TL Timor-Leste|TG Togo|TO Tonga|TT Trinidad and Tobago
TN Tunisia|TR Turkey|TM Turkmenistan|TC Turks and Caicos Islands|TV Tuvalu|UG Uganda|UA Ukraine
AE United Arab Emirates|GB United Kingdom|US U.S.A|UY Uruguay|UZ Uzbekistan|VU Vanuatu|VA Vatican City|VE Venezuela
VN Vietnam|VG Virgin Islands, British|VI Virgin Islands, U.S.|YE Yemen|ZM Zambia|ZW Zimbabwe
"""

_ALIASES = {
    "united states": "US",
    "united states of america": "US",
    "usa": "US",
    "czechia": "CZ",
    "eswatini": "SZ",
    "north macedonia": "MK",
    "cape verde": "CV",
    "türkiye": "TR",
    "turkiye": "TR",
    "curaçao": "CW",
    "réunion": "RE",
    "côte d’ivoire": "CI",
    "côte d'ivoire": "CI",
    "ivory coast": "CI",
    "hong kong sar": "HK",
    "hong kong sar china": "HK",
    "macao sar": "MO",
    "macao sar china": "MO",
    "macau": "MO",
    "russian federation": "RU",
    "viet nam": "VN",
    "palestinian territories": "PS",
    "myanmar (burma)": "MM",
    "st. lucia": "LC",
    "st. kitts & nevis": "KN",
    "st. vincent & grenadines": "VC",
    "são tomé & príncipe": "ST",
    "bosnia & herzegovina": "BA",
    "antigua & barbuda": "AG",
    "trinidad & tobago": "TT",
    "turks & caicos islands": "TC",
    "british virgin islands": "VG",
    "u.s. virgin islands": "VI",
    "congo - kinshasa": "CD",
    "congo - brazzaville": "CG",
}


def _names() -> dict[str, str]:
    cells = (cell for line in _TABLE.split("\n") for cell in line.split("|") if cell)
    return {cell[:2]: cell[3:] for cell in cells}


COUNTRIES = _names()
_CODES = {name.casefold(): code for code, name in COUNTRIES.items()} | _ALIASES


def code_of(name: str) -> str | None:
    """The ISO code of a country's English name, in any letter case; an ISO code is no name."""
    return _CODES.get(name.strip().casefold())
