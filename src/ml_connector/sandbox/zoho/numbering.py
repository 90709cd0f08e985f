"""Document numbers: Zoho’s own series, or one’s own.

Source: Zoho Books API v3, invoices and credit notes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ml_connector.sandbox.zoho.organization import Organization
from ml_connector.sandbox.zoho.records import Document
from ml_connector.sandbox.zoho.refusals import Refusal, invalid_value
from ml_connector.sandbox.zoho.values import (
    Body,
    text,
)


@dataclass(frozen=True)
class Kind:
    """What differs between invoices and credit notes.

    Attributes:
        extras: Whether shipping and adjustment count.
        loose_discounts: Whether a line's discount counts without `discount_type`.
    """

    entity: str
    label: str
    number_field: str
    series: str
    prefix: str
    extras: bool
    loose_discounts: bool


def numbered(
    org: Organization, kind: Kind, taken: Mapping[str, str], known: Document | None, body: Body, ignore: bool
) -> str:
    """The document's number: Zoho's next, or one's own when that was asked for.

    Args:
        taken: Ids by number.
        ignore: The query flag `ignore_auto_number_generation`.

    Raises:
        Refusal: 4097 for an own number without the flag; a number that exists.
    """
    sent = text(body, kind.number_field, 100)
    if known is not None and sent in ("", known.number):
        return known.number
    if sent and org.switches.auto_numbers and not ignore:
        raise Refusal(400, 4097, "Number entered does not match the auto-generated number.")
    if not sent and not org.switches.auto_numbers:
        raise invalid_value(kind.number_field)
    if sent and taken.get(sent, known.id if known else "") != (known.id if known else ""):
        raise org.refusal("duplicate_number", value=sent, document=kind.label)
    return sent or _next_number(org, kind, taken)


def _next_number(org: Organization, kind: Kind, taken: Mapping[str, str]) -> str:
    while True:
        number_ = f"{kind.prefix}{org.next_number(kind.series):06d}"
        if number_ not in taken:
            return number_
