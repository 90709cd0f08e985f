"""What kind of tax a title means, and how titles are compared."""

from __future__ import annotations

import re

_PERCENT = re.compile(r"\(?\s*@?\s*\d+(?:[.,]\d+)?\s*%\s*\)?")
_VAT = "vat mwst ust tva iva btw moms mva alv pvm dph afa fpa kdv nds"
_KINDS = {
    **dict.fromkeys(_VAT.split(), "VAT"),
    **dict.fromkeys(("igst",), "IGST"),
    **dict.fromkeys(("cgst",), "CGST"),
    **dict.fromkeys(("sgst", "utgst"), "SGST"),
    **{word: word.upper() for word in ("cess", "hst", "pst", "rst", "qst", "gst")},
}
_KIND = re.compile(rf"(?<![a-z])({'|'.join(_KINDS)})(?![a-z])")


def normalised(title: str) -> str:
    """*title* without case, spacing and a percentage: `VAT 20 %` and `vat (20%)` are one."""
    return " ".join(_PERCENT.sub(" ", title.casefold()).split())


def kind_of(title: str) -> str:
    """`VAT`, `IGST`, … as far as the title says; empty when it does not."""
    found = _KIND.search(title.casefold())
    return _KINDS[found.group(1)] if found else ""
