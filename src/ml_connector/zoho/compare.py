"""Whether what Zoho answered is what was wanted. A difference is a value with a sentence, never a guess.

Compared are the figures that make two sets of books agree: totals, tax for each id, accounts, currency, customer, what
is still owed. Zoho drops fields that it does not know without a word, and items and contacts pass their own taxes on,
so both have to be read back.

Source: Zoho Books API v3, answers of Invoices, Credit Notes, Customer Payments.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from ml_connector.domain.documents import (
    CashDraft,
    CreditNoteDraft,
    Draft,
    DraftLine,
    Expected,
    ExpectedTax,
    InvoiceDraft,
    PaymentDraft,
    Ref,
)
from ml_connector.domain.money import Money
from ml_connector.zoho import fields
from ml_connector.zoho.books import mark_of
from ml_connector.zoho.exact import Json, amount, inner, number, rows, text
from ml_connector.zoho.tax_answers import tax_amounts
from ml_connector.zoho.told import CREDIT_NOTE, INVOICE, PAYMENT, Told


@dataclass(frozen=True, slots=True)
class Difference:
    """One field in which Zoho's document is not the wanted one."""

    field: str
    """`total`, `tax:<id>`, `line_items[0].account_id`"""
    wanted: str
    found: str
    text: str
    """A sentence for the owner."""


def differences(draft: Draft, record: Json, told: Told) -> tuple[Difference, ...]:
    """Where *record*, Zoho's own, is not what *draft* wanted; empty when they agree.

    Args:
        record: The record, or the whole answer around it.
        told: The ids that the request was made with.

    Contacts, items, taxes and steps have no figures to compare; for them the answer is always empty.
    """
    own = next((found for name in _RECORDS if (found := inner(record, name))), record)
    if isinstance(draft, InvoiceDraft):
        return tuple(_of_document(draft, own, told, INVOICE))
    if isinstance(draft, CreditNoteDraft):
        return tuple(_of_document(draft, own, told, CREDIT_NOTE))
    if isinstance(draft, PaymentDraft):
        return tuple(_of_payment(draft, own, told))
    if isinstance(draft, CashDraft):
        return tuple(_of_cash(draft, own))
    return ()


_RECORDS = ("invoice", "creditnote", "payment", "creditnote_refund", "payment_refunds", "payment_refund")


def balance_difference(wanted: Money, record: Json) -> Difference | None:
    """What is still owed on a document, against what should be; None when equal or not told."""
    found = number(record, "balance")
    return None if found is None else _figure("balance", "Still owed", wanted, found)


def _owed(draft: InvoiceDraft, record: Json) -> Difference | None:
    """What is owed on an invoice, against its total less what Zoho says was paid, credited and written off.

    Less than that: something is withheld, and the whole payment would not fit.
    """
    moved = [number(record, name) for name in ("payment_made", "credits_applied", "write_off_amount")]
    if all(each is None for each in moved) or text(record, "status").lower() == "void":
        return None
    gone = sum((each for each in moved if each is not None), Decimal(0))
    return balance_difference(Money(amount(record, "total") - gone, draft.currency), record)


def _of_document(draft: InvoiceDraft | CreditNoteDraft, record: Json, told: Told, module: str) -> Iterator[Difference]:
    yield from _some(_figure("total", "The total", draft.expected.total, amount(record, "total")))
    yield from _either_taxes(draft.expected, record, draft.currency)
    yield from _said(draft, record, told, module)
    yield from _lines(draft.lines, rows(record, "line_items"))
    if text(record, "status").lower() == "void":
        yield Difference("status", "", "void", "The document is void in Zoho.")


def _said(draft: InvoiceDraft | CreditNoteDraft, record: Json, told: Told, module: str) -> Iterator[Difference]:
    yield from _some(_id("customer_id", "The customer", _resolved(draft.contact, told), record))
    yield from _some(_word("currency_code", "The currency", draft.currency, record))
    yield from _some(_word("date", "The date", draft.dated.isoformat(), record))
    reference = fields.reference(draft.reference_number)
    yield from _some(_word("reference_number", "The reference", reference, record))
    yield from _some(_rate(draft.exchange_rate, record))
    yield from _some(_mark(draft.key, record, told, module))
    if isinstance(draft, InvoiceDraft):
        wanted = Money(draft.adjustment, draft.currency)
        yield from _some(_figure("adjustment", "The adjustment", wanted, amount(record, "adjustment")))
        yield from _some(_owed(draft, record))


def _either_taxes(expected: Expected, record: Json, currency: str) -> tuple[Difference, ...]:
    """Against the one expectation, or, while we do not know how the organisation rounds, against either."""
    found = tuple(_taxes(expected.taxes, record, currency))
    if found and any(not tuple(_taxes(other, record, currency)) for other in expected.or_taxes):
        return ()
    return found


def _taxes(wanted: Iterable[ExpectedTax], record: Json, currency: str) -> Iterator[Difference]:
    """Tax for each id that was expected, and tax that nobody expected: an item's or a contact's own."""
    found = tax_amounts(record)
    expected: dict[str, Money] = {}
    for each in wanted:
        expected[each.tax_id] = expected.get(each.tax_id, Money.zero(currency)) + each.amount
    for tax_id, money in expected.items():
        yield from _some(_figure(f"tax:{tax_id}", "The tax", money, found.get(tax_id, Decimal(0))))
    all_taxes = number(record, "tax_total")
    if all_taxes is not None:
        total = sum((each.amount for each in expected.values()), Decimal(0))
        if not _counted_twice(expected, record):
            yield from _some(_figure("tax_total", "All tax together", Money(total, currency), all_taxes))


def _counted_twice(expected: Mapping[str, Money], record: Json) -> bool:
    """Whether a group and its components were both expected, so that their sum means nothing."""
    groups = {
        text(line, "tax_id"): {text(row, "tax_id") for row in rows(line, "line_item_taxes")}
        for line in rows(record, "line_items")
    }
    return any(group in expected and (ids - {group}) & expected.keys() for group, ids in groups.items())


def _lines(wanted: tuple[DraftLine, ...], found: list[Json]) -> Iterator[Difference]:
    if len(found) != len(wanted):
        yield Difference(
            "line_items",
            str(len(wanted)),
            str(len(found)),
            f"Zoho has {len(found)} lines where {len(wanted)} were sent.",
        )
        return
    in_order = sorted(found, key=lambda row: amount(row, "item_order"))
    for place, (line, row) in enumerate(zip(wanted, in_order, strict=True)):
        yield from _line(place, line, row)


def _line(place: int, line: DraftLine, row: Json) -> Iterator[Difference]:
    where, what = f"line_items[{place}]", f"Line {place + 1}"
    if line.account_id:
        yield from _some(_id("account_id", f"{what}: the account", line.account_id, row, where))
    if "tax_id" in row and text(row, "tax_id") != (line.tax_id or ""):
        found = text(row, "tax_id")
        said = f"Zoho uses another tax than was sent: {text(row, 'tax_name')}." if found else "Zoho uses no tax."
        yield Difference(f"{where}.tax_id", line.tax_id or "", found, f"{what}: {said}")


def _of_payment(draft: PaymentDraft, record: Json, told: Told) -> Iterator[Difference]:
    yield from _some(_figure("amount", "The amount", draft.amount, amount(record, "amount")))
    yield from _some(_id("customer_id", "The customer", _resolved(draft.contact, told), record))
    yield from _some(_id("account_id", "The deposit account", draft.account_id, record))
    yield from _some(_word("currency_code", "The currency", draft.amount.currency, record))
    yield from _some(_word("date", "The date", draft.dated.isoformat(), record))
    yield from _some(_rate(draft.exchange_rate, record))
    yield from _some(_mark(draft.key, record, told, PAYMENT))
    applied = rows(record, "invoices", "applied_invoices")
    for part in draft.applied:
        invoice_id = _resolved(part.invoice, told)
        found = sum(
            (amount(row, "amount_applied") for row in applied if text(row, "invoice_id") == invoice_id), Decimal(0)
        )
        yield from _some(_figure(f"applied:{invoice_id}", "What the invoice got", part.amount, found))


def _of_cash(draft: CashDraft, record: Json) -> Iterator[Difference]:
    told = number(record, "amount_fcy", "amount")
    if told is not None:
        yield from _some(_figure("amount", "The refund", draft.amount, told))
    yield from _some(_word("date", "The date", draft.dated.isoformat(), record))
    yield from _some(_id("from_account_id", "The account", draft.from_account_id, record))


def _some(found: Difference | None) -> Iterator[Difference]:
    if found is not None:
        yield found


def _figure(field: str, what: str, wanted: Money, found: Decimal) -> Difference | None:
    if wanted.amount == found:
        return None
    other = Money(found, wanted.currency)
    by = abs(other - wanted)
    return Difference(field, wanted.text, f"{found:f}", f"{what} differs by {by}: wanted {wanted}, Zoho says {other}.")


def _word(name: str, what: str, wanted: str, record: Json) -> Difference | None:
    """A field that Zoho may leave out of an answer; what it does not tell is no difference."""
    found = text(record, name)
    if not found or found == wanted:
        return None
    return Difference(name, wanted, found, f"{what} is {found} in Zoho, and {wanted} was sent.")


def _id(name: str, what: str, wanted: str, record: Json, where: str = "") -> Difference | None:
    found = text(record, name)
    if not found or not wanted or found == wanted:
        return None
    called = text(record, name.removesuffix("_id") + "_name") or found
    path = f"{where}.{name}" if where else name
    return Difference(path, wanted, found, f"{what} is “{called}” in Zoho, which is not the one that was sent.")


def _rate(wanted: Decimal | None, record: Json) -> Difference | None:
    """Zoho keeps six places of a rate; a longer one comes back rounded and is the same rate."""
    found = number(record, "exchange_rate")
    if wanted is None or found is None or found in (wanted, wanted.quantize(Decimal("0.000001"), ROUND_HALF_UP)):
        return None
    return Difference(
        "exchange_rate", f"{wanted:f}", f"{found:f}", f"Zoho used the rate {found:f}, and {wanted:f} was sent."
    )


def _mark(key: str, record: Json, told: Told, module: str) -> Difference | None:
    found = mark_of(record, told.unique_fields.get(module, ""))
    if found is None or found == key:
        return None
    return Difference("mark", key, found, "The document does not carry our mark, so it cannot be found again by it.")


def _resolved(of: Ref | str, told: Told) -> str:
    found = told.id(of)
    return found if isinstance(found, str) else ""
