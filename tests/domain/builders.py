"""Orders, policies and books, valid by default; a test names only what matters to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, TypeVar

import pytest

from ml_connector.domain.books import Account, Books, Edition, Organisation, ZohoCurrency, ZohoTax
from ml_connector.domain.documents import CreditNoteDraft, InvoiceDraft, Kind, Operation, PaymentDraft, Plan
from ml_connector.domain.money import places
from ml_connector.domain.order import Address, Order
from ml_connector.domain.outcome import Excluded, Hold
from ml_connector.domain.plan import plan_order
from ml_connector.domain.policy import Accounts, Gateway, Policy, TaxRule, TaxTitle
from ml_connector.prove.ledger_of_zoho import carried_out
from ml_connector.prove.till import HOME, START, Till  # noqa: F401 - tests take them from here

T = TypeVar("T")

ACCOUNT_NAMES = (
    "Clearing", "PayPal", "Main bank", "Gift cards", "Store credit", "Tips", "Duties", "Fees", "Rounding",
    "Allowances", "Channel tax", "Tax payable", "Gateway fees", "Sales",
)  # fmt: skip


def an_account(name: str, **changes: Any) -> Account:
    return replace(Account(f"acc-{name.lower().replace(' ', '-')}", name, "bank"), **changes)


def an_organisation(**changes: Any) -> Organisation:
    base = Organisation(
        "1", "Acme", "GBP", "cur-GBP", "Europe/London", "Europe/London", "GB", Edition.UK, tax_rounding="item_level"
    )
    return replace(base, **changes)


def a_tax(name: str, percentage: str, **changes: Any) -> ZohoTax:
    return replace(ZohoTax(f"tax-{name.lower().replace(' ', '-')}", name, Decimal(percentage)), **changes)


INVOICE = "invoice:gid://shopify/Order/1001"
"""The key of the invoice of `an_order`."""
SOON, LATER = timedelta(seconds=30), timedelta(days=2)
OSLO = Address(city="Oslo", country="Norway", country_code="NO", zip="0150")
BERLIN = Address(city="Berlin", country="Germany", country_code="DE", zip="10115")
VAT20, VAT5, VAT0 = a_tax("Standard Rate", "20"), a_tax("Reduced Rate", "5"), a_tax("Zero Rate", "0")


def books_holding(*documents: Any, **changes: Any) -> Books:
    """Books of a British organisation with its usual masters, and the documents that are named."""
    codes = ("GBP", "EUR", "USD", "JPY", "KWD", "INR", "CAD")
    base = Books(
        organisation=an_organisation(),
        today=date(2026, 11, 24),
        currencies={code: ZohoCurrency(f"cur-{code}", code, places(code)) for code in codes},
        taxes=(VAT20, VAT5, VAT0),
        accounts=tuple(an_account(name) for name in ACCOUNT_NAMES),
        documents={document.key: document for document in documents},
        guest_salt=b"salt",
    )
    return replace(base, **changes)


def a_policy(**changes: Any) -> Policy:
    """Every account and gateway decided; all else as it comes."""
    base = Policy(
        gateways={
            "*": Gateway("others", "Clearing", "Main bank"),
            "paypal": Gateway("others", "PayPal", "PayPal"),
        },
        accounts=Accounts(
            gift_cards="Gift cards",
            store_credit="Store credit",
            tips="Tips",
            duties="Duties",
            fees="Fees",
            rounding="Rounding",
            allowances="Allowances",
            channel_tax="Channel tax",
            tax_payable="Tax payable",
            gateway_fees="Gateway fees",
        ),
    )
    return replace(base, **changes)


def an_order(till: Till | None = None, **changes: Any) -> Order:
    """One thing for 118.00, tax included, paid; or what *till* holds."""
    return (till or Till().line("118.00").placed().pay()).order(**changes)


def planned(order: Order, policy: Policy | None = None, books: Books | None = None) -> Plan:
    """The plan; a hold or an exclusion fails the test with its sentence."""
    answer = plan_order(order, policy or a_policy(), books or books_holding())
    if not isinstance(answer, Plan):
        pytest.fail(f"{answer.reason.code}: {answer.reason.text} {answer.reason.details}")
    return answer


def held(order: Order, policy: Policy | None = None, books: Books | None = None) -> Hold:
    answer = plan_order(order, policy or a_policy(), books or books_holding())
    assert isinstance(answer, Hold), answer
    return answer


def excluded(order: Order, policy: Policy | None = None, books: Books | None = None) -> Excluded:
    answer = plan_order(order, policy or a_policy(), books or books_holding())
    assert isinstance(answer, Excluded), answer
    return answer


def posted(order: Order, policy: Policy | None = None, books: Books | None = None) -> Books:
    """The books after the plan for *order* was carried out, with master data first where it is needed."""
    books = books or books_holding()
    for _ in range(3):
        plan = planned(order, policy, books)
        books = carried_out(books, plan.operations)
        if not plan.more:
            return books
    raise AssertionError("master data is asked for again and again")


def keys(plan: Plan) -> list[str]:
    """The operations' keys with short ids: `invoice`, `payment`, `sent`, …"""
    return [one.key for one in plan.operations]


def kinds(plan: Plan) -> list[str]:
    return [one.kind.value for one in plan.operations]


def only(plan: Plan, kind: Kind) -> Operation:
    found = [one for one in plan.operations if one.kind is kind]
    assert len(found) == 1, [one.key for one in plan.operations]
    return found[0]


def the_invoice(plan: Plan) -> InvoiceDraft:
    draft = next(one.draft for one in plan.operations if one.kind in (Kind.INVOICE, Kind.INVOICE_UPDATE))
    assert isinstance(draft, InvoiceDraft)
    return draft


def invoices(plan: Plan) -> list[InvoiceDraft]:
    return [one.draft for one in plan.operations if isinstance(one.draft, InvoiceDraft)]


def credit_notes(plan: Plan) -> list[CreditNoteDraft]:
    return [one.draft for one in plan.operations if isinstance(one.draft, CreditNoteDraft)]


def payments(plan: Plan) -> list[PaymentDraft]:
    return [one.draft for one in plan.operations if isinstance(one.draft, PaymentDraft)]


def drafts(plan: Plan, kind: type[T]) -> list[T]:
    return [one.draft for one in plan.operations if isinstance(one.draft, kind)]


def balances(books: Books) -> Mapping[str, str]:
    """What is owed and what is open, by key, without zeros."""
    answer = {}
    for key, document in books.documents.items():
        for figure in (document.balance, None if document.unused is None else -document.unused):
            if figure:
                answer[key] = figure.text
    return answer


def a_till(**facts: Any) -> Till:
    """Two kinds of goods and their shipping, 136.00 in all."""
    return Till(**facts).line("50.00", 2).line("30.00").shipping("6.00").placed()


def settled(till: Till, policy: Policy | None = None, books: Books | None = None) -> Books:
    """The books after the plan; the same order again must then ask for nothing."""
    order = an_order(till)
    after = posted(order, policy, books)
    assert planned(order, policy, after).operations == ()
    return after


def changed(books: Books, key: str, **changes: Any) -> Books:
    """*books* in which one document is otherwise."""
    return replace(books, documents={**books.documents, key: replace(books.documents[key], **changes)})


def a_rule(*lines: tuple[str, str], tax: str = "Standard Rate", country: str = "GB", **changes: Any) -> TaxRule:
    base = TaxRule(country, None, tuple(TaxTitle(title, Decimal(rate)) for title, rate in lines), tax)
    return replace(base, **changes)


def taxed(*rates: tuple[str, str], **facts: Any) -> Till:
    return Till(rates=rates, **facts).line("100.00").placed()
