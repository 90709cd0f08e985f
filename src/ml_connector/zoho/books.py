"""What Zoho says about contacts and documents, as the values that decisions read.

List rows are thinner than details and spell some names differently (`zipcode` for `zip`, `customerpayments` in life
for `customer_payments` in the documents); both are read.

Source: Zoho Books API v3: Contacts, Invoices, Customer Payments, Credit Notes; live answers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from hashlib import sha256

from ml_connector.domain.books import KnownDocument, KnownLine
from ml_connector.domain.documents import Kind
from ml_connector.domain.money import Money
from ml_connector.zoho.exact import Json, amount, day, flag, inner, moment, number, rows, text
from ml_connector.zoho.tax_answers import tax_amounts


@dataclass(frozen=True, slots=True)
class KnownPerson:
    """A contact person; e-mail and phone belong to persons, not to the contact."""

    id: str
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    phone: str = ""
    is_primary: bool = False
    others: Mapping[str, str] = field(default_factory=dict)
    """What else Zoho holds of the person, in its own words."""

    def as_held(self) -> dict[str, str]:
        """The person in Zoho's words, to be sent again unchanged."""
        own = {
            "first_name": self.first_name,
            "last_name": self.last_name,
            "email": self.email,
            "phone": self.phone,
            **self.others,
        }
        return {"contact_person_id": self.id, **{name: value for name, value in own.items() if value}}


@dataclass(frozen=True, slots=True)
class KnownAddress:
    id: str
    attention: str = ""
    address: str = ""
    street2: str = ""
    city: str = ""
    state: str = ""
    zip: str = ""
    country: str = ""
    phone: str = ""
    state_code: str = ""
    country_code: str = ""


@dataclass(frozen=True, slots=True)
class KnownContact:
    """A contact as Zoho holds it. A row of a list has no persons and no addresses of its own."""

    id: str
    name: str
    currency: str
    currency_id: str = ""
    company_name: str = ""
    email: str = ""
    is_customer: bool = True
    active: bool = True
    persons: tuple[KnownPerson, ...] = ()
    billing: KnownAddress | None = None
    shipping: KnownAddress | None = None
    addresses: tuple[KnownAddress, ...] = ()
    """The additional ones."""
    last_modified: str = ""
    row: Json = field(default_factory=dict, repr=False)
    """Zoho's own, for custom fields and what else may be asked."""

    @property
    def emails(self) -> frozenset[str]:
        """Every e-mail address, in lower case."""
        return frozenset(each.casefold() for each in (self.email, *(one.email for one in self.persons)) if each)

    def mark(self, api_name: str) -> str | None:
        return mark_of(self.row, api_name)


def contact(row: Json) -> KnownContact:
    persons = tuple(_person(each) for each in rows(row, "contact_persons"))
    primary = next((each for each in persons if each.is_primary), None)
    return KnownContact(
        id=text(row, "contact_id", "customer_id"),
        name=text(row, "contact_name", "customer_name"),
        currency=text(row, "currency_code"),
        currency_id=text(row, "currency_id"),
        company_name=text(row, "company_name"),
        email=text(row, "email") or (primary.email if primary else ""),
        is_customer=text(row, "contact_type") in ("", "customer"),
        active=text(row, "status").lower() != "inactive",
        persons=persons,
        billing=_address_in(row, "billing_address"),
        shipping=_address_in(row, "shipping_address"),
        addresses=tuple(address(each) for each in rows(row, "addresses")),
        last_modified=text(row, "last_modified_time"),
        row=row,
    )


def _person(row: Json) -> KnownPerson:
    return KnownPerson(
        id=text(row, "contact_person_id"),
        first_name=text(row, "first_name"),
        last_name=text(row, "last_name"),
        email=text(row, "email"),
        phone=text(row, "phone"),
        is_primary=flag(row, "is_primary_contact", unless_told=False),
        others={name: text(row, name) for name in _OF_A_PERSON if text(row, name)},
    )


_OF_A_PERSON = ("salutation", "mobile", "designation", "department", "skype")


def _address_in(row: Json, name: str) -> KnownAddress | None:
    found = inner(row, name)
    return address(found) if found else None


def address(row: Json) -> KnownAddress:
    return KnownAddress(
        id=text(row, "address_id"),
        attention=text(row, "attention"),
        address=text(row, "address", "street"),
        street2=text(row, "street2"),
        city=text(row, "city"),
        state=text(row, "state"),
        zip=text(row, "zip", "zipcode"),
        country=text(row, "country"),
        phone=text(row, "phone"),
        state_code=text(row, "state_code"),
        country_code=text(row, "country_code"),
    )


def mark_of(row: Json, api_name: str) -> str | None:
    """What the custom field *api_name* of a record or row holds; None when it does not tell that field at all."""
    if not api_name:
        return None
    for where in (inner(row, "custom_field_hash"), row):
        if api_name in where:
            return text(where, api_name)
    for each in rows(row, "custom_fields"):
        if text(each, "api_name") == api_name:
            return text(each, "value")
    return None


def invoice(row: Json, key: str = "") -> KnownDocument:
    """An invoice, from its detail or a row of a list (which has no lines). `details`: `tax:<tax id>` -> amount."""
    return _document(row, key, Kind.INVOICE, "invoice_id", "invoice_number")


def credit_note(row: Json, key: str = "") -> KnownDocument:
    """A credit note; `unused` is what neither an invoice nor a refund has taken yet."""
    return _document(row, key, Kind.CREDIT_NOTE, "creditnote_id", "creditnote_number")


def payment(row: Json, key: str = "") -> KnownDocument:
    """A customer payment; `details` name the invoices it is applied to, `applied:<invoice id>` -> amount."""
    code = text(row, "currency_code")
    applied = {
        f"applied:{text(each, 'invoice_id')}": str(amount(each, "amount_applied"))
        for each in rows(row, "invoices", "applied_invoices")
    }
    return KnownDocument(
        key=key,
        kind=Kind.PAYMENT,
        state="done",
        zoho_id=text(row, "payment_id"),
        number=text(row, "payment_number"),
        status=text(row, "status"),
        dated=day(row, "date"),
        total=_money(row, code, "amount"),
        unused=_money(row, code, "unused_amount"),
        exchange_rate=number(row, "exchange_rate"),
        last_modified=text(row, "last_modified_time"),
        details=_details(row, "customer_id", "reference_number", "account_id", "payment_mode") | applied,
    )


def _document(row: Json, key: str, kind: Kind, id_name: str, number_name: str) -> KnownDocument:
    code = text(row, "currency_code")
    balance = _money(row, code, "balance")
    return KnownDocument(
        key=key,
        kind=kind,
        state="done",
        zoho_id=text(row, id_name),
        number=text(row, number_name),
        status=text(row, "status").lower(),
        dated=day(row, "date"),
        total=_money(row, code, "total"),
        balance=balance,
        unused=balance if kind is Kind.CREDIT_NOTE else None,
        exchange_rate=number(row, "exchange_rate"),
        last_modified=text(row, "last_modified_time"),
        lines=tuple(_line(each) for each in sorted(rows(row, "line_items"), key=_order)),
        details=_details(row, *_TOLD) | _texts(row) | _taxes(row),
    )


_TOLD = ("customer_id", "reference_number", "invoice_source", "tax_rounding", "place_of_supply", "due_date")


def _texts(row: Json) -> dict[str, str]:
    """Digests of the document's notes and of its lines' descriptions, to see whether a person changed them.

    The texts themselves may name people, and are Zoho's to keep.
    """
    lines = sorted(rows(row, "line_items"), key=_order)
    said = {"notes": text(row, "notes"), "descriptions": "\n".join(text(line, "description") for line in lines)}
    told = {"notes": "notes" in row, "descriptions": any("description" in line for line in lines)}
    return {name: sha256(words.encode()).hexdigest()[:16] for name, words in said.items() if told[name]}


def _taxes(row: Json) -> dict[str, str]:
    """`tax:<id>` -> amount, for the ids that lines name: a plain tax's or a group's, whose components are not told."""
    found = tax_amounts(row)
    ids = dict.fromkeys(text(line, "tax_id") for line in rows(row, "line_items"))
    return {f"tax:{tax_id}": str(found[tax_id]) for tax_id in ids if tax_id in found}


def line_ids(row: Json) -> tuple[str, ...]:
    """The ids of a document's lines, in the order in which they were sent."""
    return tuple(text(line, "line_item_id") for line in sorted(rows(row, "line_items"), key=_order))


def _order(line: Json) -> Decimal:
    return amount(line, "item_order")


def _line(row: Json) -> KnownLine:
    return KnownLine(
        line_item_id=text(row, "line_item_id"),
        name=text(row, "name"),
        rate=amount(row, "rate"),
        quantity=amount(row, "quantity"),
        discount=line_discount(row),
        item_total=amount(row, "item_total"),
        tax_id=text(row, "tax_id"),
        account_id=text(row, "account_id"),
        item_id=text(row, "item_id"),
    )


def line_discount(row: Json) -> Decimal:
    """The discount of a whole line as an amount. Zoho may write it as `10%`, and the amount beside it."""
    if text(row, "discount").endswith("%"):
        return amount(row, "discount_amount")
    return amount(row, "discount", "discount_amount")


def modified(row: Json) -> datetime | None:
    """When a record was last changed; None when it does not tell."""
    return moment(row, "last_modified_time")


def tax_rounding(row: Json) -> str | None:
    """`item_level` or `entity_level`, which only an answer with a document shows; None when it does not."""
    said = text(row, "tax_rounding")
    return said if said in ("item_level", "entity_level") else None


def locked(row: Json) -> bool:
    """Whether this one document was locked in Zoho."""
    return bool(inner(row, "lock_details"))


def _money(row: Json, currency: str, name: str) -> Money | None:
    found = number(row, name)
    return None if found is None or not currency else Money(found, currency)


def _details(row: Json, *names: str) -> dict[str, str]:
    return {name: said for name in names if (said := text(row, name))}
