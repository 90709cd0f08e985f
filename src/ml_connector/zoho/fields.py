"""How long Zoho's texts may be, and cutting ours so that they fit.

Lengths are counted in UTF-16 units, the strictest reading, and a cut never splits what a reader sees as one character.

Source: Zoho Books API v3, field descriptions (Max-length); Zoho Books support notes on code 15.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from ml_connector.domain.documents import DraftLine
from ml_connector.domain.order import Address
from ml_connector.zoho.exact import Json

CONTACT_NAME = 200
COMPANY_NAME = 200
PERSON_NAME = 100
EMAIL = 100
PHONE = 50
LINE_NAME = 100
LINE_DESCRIPTION = 2000
ITEM_NAME = 100
SKU = 100
REFERENCE = 50
"""Documents say 100; 50 was refused above by payments, so 50 everywhere, and searches use the same cut."""
NUMBER = 100
MODE = 100
REFUND_MODE = 50
LABEL = 100
NOTES = 5000
DESCRIPTION = 500

_CUT = "…"
_JOINER = "\u200d"


def one_line(text: str | None, limit: int) -> str:
    """*text* on one line, without control characters, cut to *limit*."""
    return fit(" ".join(_printable(text or "").split()), limit)


def uncut(told: str, *ours: str) -> str:
    """A contact's name as it was meant: the one of *ours* that Zoho's is the shortened form of, else Zoho's own."""
    return next((name for name in ours if one_line(name, CONTACT_NAME) == told), told)


def many_lines(text: str | None, limit: int) -> str:
    """*text* with its line breaks, without other control characters, cut to *limit*."""
    lines = (_printable(line).strip() for line in (text or "").replace("\r\n", "\n").split("\n"))
    return fit("\n".join(lines).strip(), limit)


def fit(text: str, limit: int) -> str:
    """*text* within *limit* UTF-16 units; where something was cut off, it ends with an ellipsis."""
    if _units(text) <= limit:
        return text
    kept, left = "", limit - _units(_CUT)
    for character in _characters(text):
        left -= _units(character)
        if left < 0:
            break
        kept += character
    return kept.rstrip() + _CUT


def fit_with_suffix(text: str, suffix: str, limit: int) -> str:
    """*text* and *suffix* within *limit*, cutting the text, because the suffix is what makes it unlike others."""
    return fit(text, limit - _units(suffix)) + suffix


def reference(text: str) -> str:
    """A reference number as it is sent and searched."""
    return one_line(text, REFERENCE)


def address(place: Address) -> Json:
    """An address in Zoho's fields, empty ones left out. Countries go by English name; an unknown one is dropped."""
    who = place.name or " ".join(part for part in (place.first_name, place.last_name) if part)
    values = {
        "attention": one_line(who or place.company, 100),
        "address": one_line(place.address1, 500),
        "street2": one_line(place.address2, 255),
        "city": one_line(place.city, 100),
        "state": one_line(place.province, 100),
        "zip": one_line(place.zip, 50),
        "country": one_line(place.country, 100),
        "phone": one_line(place.phone, PHONE),
    }
    return {name: value for name, value in values.items() if value}


def address_with_code(place: Address) -> Json:
    """An address of a new contact, which also takes the state's code."""
    code = one_line(place.province_code, 100)
    return {**address(place), **({"state_code": code} if code else {})}


def line_texts(line: DraftLine) -> Json:
    """A line's own words; they never rename the catalogue's item."""
    description = many_lines(line.description, LINE_DESCRIPTION)
    return {"name": one_line(line.name, LINE_NAME), **({"description": description} if description else {})}


def _printable(text: str) -> str:
    """Without control characters and halves of surrogate pairs, neither of which can be stored."""
    return "".join(" " if unicodedata.category(each) in ("Cc", "Cs") else each for each in text)


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _characters(text: str) -> Iterator[str]:
    """What a reader sees as characters: a letter with its accents, an emoji with its modifiers, a flag."""
    whole = ""
    for each in text:
        if whole and not _continues(whole, each):
            yield whole
            whole = ""
        whole += each
    if whole:
        yield whole


def _continues(whole: str, each: str) -> bool:
    flag = _is_flag_half(each) and len(whole) == 1 and _is_flag_half(whole)
    mark = unicodedata.category(each) in ("Mn", "Mc", "Me") or each == _JOINER or "\U0001f3fb" <= each <= "\U0001f3ff"
    return flag or mark or whole.endswith(_JOINER)


def _is_flag_half(each: str) -> bool:
    return "\U0001f1e6" <= each <= "\U0001f1ff"
