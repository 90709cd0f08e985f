"""What each document means in the ledger.

Source: double-entry bookkeeping; Zoho Books help, journal entries of transactions.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from ml_connector.sandbox.zoho.arithmetic import LineTotal
from ml_connector.sandbox.zoho.ledger import Posting, balance_base
from ml_connector.sandbox.zoho.organization import Organization
from ml_connector.sandbox.zoho.records import Application, CreditNote, Document, Invoice, Journal, Payment, Refund
from ml_connector.sandbox.zoho.values import ZERO

RECEIVABLE = "Accounts Receivable"
SALES = "Sales"
SHIPPING = "Shipping Charge"
DISCOUNT = "Discount"
OTHER = "Other Charges"
EXCHANGE = "Exchange Gain or Loss"
FEES = "Bank Fees and Charges"
BAD_DEBT = "Bad Debt"
TAX = "Tax Payable"
UNDEPOSITED = "Undeposited Funds"

SYSTEM_ACCOUNTS = (RECEIVABLE, SALES, SHIPPING, DISCOUNT, OTHER, EXCHANGE, FEES, BAD_DEBT, TAX, UNDEPOSITED)


def post(org: Organization, kind: str, record_id: str) -> None:
    """Put a document's present meaning into the ledger; a draft, void or deleted one means nothing."""
    if kind == "invoice":
        _post_invoice(org, record_id)
    elif kind == "payment":
        _post_payment(org, record_id)
    elif kind == "creditnote":
        _post_creditnote(org, record_id)
    else:
        _post_journal(org, record_id)


def _post_invoice(org: Organization, record_id: str) -> None:
    invoice = org.invoices.get(record_id)
    if invoice is None or invoice.status != "sent":
        org.ledger.put(record_id, ())
        return
    org.ledger.put(record_id, [*_document(org, invoice, Decimal(1)), *_write_off(org, invoice)])


def _post_creditnote(org: Organization, record_id: str) -> None:
    note = org.creditnotes.get(record_id)
    if note is None or note.status != "open":
        org.ledger.put(record_id, ())
        return
    entries = _document(org, note, Decimal(-1))
    for application in note.applied.values():
        entries += _applied(org, note, application)
    for refund in note.refunds.values():
        entries += _refunded(org, note.customer_id, note.currency_id, note.exchange_rate, refund)
    org.ledger.put(record_id, entries)


def _document(org: Organization, document: Document, sign: Decimal) -> list[Posting]:
    """An invoice, or with *sign* -1 its reversal: receivable, income, taxes, extras."""
    totals = document.totals
    currency = org.currencies[document.currency_id]

    def entry(account_id: str, amount: Decimal, tax_id: str = "") -> Posting:
        amount *= sign
        base = org.to_base(amount, document.exchange_rate)
        return Posting(account_id, amount, base, currency.code, document.date, document.customer_id, tax_id)

    accounts = org.system_accounts
    entries = [entry(accounts[RECEIVABLE], totals.total)]
    for account_id, amount in _income(org, document):
        entries.append(entry(account_id, -amount))
    for tax in totals.taxes:
        account_id = org.taxes[tax.tax_id].account_id if tax.tax_id in org.taxes else accounts[TAX]
        entries.append(entry(account_id, -tax.amount, tax.tax_id))
    entries.append(entry(document.shipping_account_id or accounts[SHIPPING], -totals.shipping_net))
    entries.append(entry(accounts[OTHER], -(totals.adjustment + totals.roundoff)))
    entries.append(entry(accounts[DISCOUNT], totals.discount_on_document))
    return balance_base([posting for posting in entries if posting.amount])


def _income(org: Organization, document: Document) -> Iterable[tuple[str, Decimal]]:
    """Each line's net income; of an inclusive document, what is left of the price without tax."""
    nets = [_net(document, total) for total in document.totals.lines]
    if document.inclusive and nets:
        on_shipping = sum((tax.amount for tax in document.totals.shipping_taxes), ZERO)
        stated = sum((total.amount for total in document.totals.lines), ZERO)
        off = stated - (document.totals.tax_total - on_shipping) - sum(nets, ZERO)
        taker = max(range(len(nets)), key=lambda at: abs(nets[at]))
        nets[taker] += off  # taxes rounded once per tax differ from those rounded per line
    for line, net in zip(document.lines, nets, strict=True):
        yield line.account_id or org.system_accounts[SALES], net


def _net(document: Document, total: LineTotal) -> Decimal:
    return total.amount - total.tax if document.inclusive else total.amount


def _write_off(org: Organization, invoice: Invoice) -> list[Posting]:
    if not invoice.written_off:
        return []
    base = org.to_base(invoice.written_off, invoice.exchange_rate)
    code = org.currencies[invoice.currency_id].code
    accounts = org.system_accounts
    return [
        Posting(accounts[RECEIVABLE], -invoice.written_off, -base, code, invoice.date, invoice.customer_id),
        Posting(accounts[BAD_DEBT], invoice.written_off, base, code, invoice.date, invoice.customer_id),
    ]


def _post_payment(org: Organization, record_id: str) -> None:
    payment = org.payments.get(record_id)
    if payment is None:
        org.ledger.put(record_id, ())
        return
    entries = _received(org, payment)
    for refund in payment.refunds.values():
        entries += _refunded(org, payment.customer_id, payment.currency_id, payment.exchange_rate, refund)
    org.ledger.put(record_id, entries)


def _received(org: Organization, payment: Payment) -> list[Posting]:
    """Money in, fees, the receivable at each invoice's own rate, and the exchange difference."""
    code, accounts = org.currencies[payment.currency_id].code, org.system_accounts
    entries: list[Posting] = []

    def add(account_id: str, amount: Decimal, rate: Decimal) -> None:
        base = org.to_base(amount, rate)
        entries.append(Posting(account_id, amount, base, code, payment.date, payment.customer_id))

    add(payment.account_id, payment.amount - payment.bank_charges, payment.exchange_rate)
    add(payment.bank_charges_account_id or accounts[FEES], payment.bank_charges, payment.exchange_rate)
    applied = ZERO
    for application in payment.applied.values():
        add(accounts[RECEIVABLE], -application.amount, org.invoices[application.invoice_id].exchange_rate)
        applied += application.amount
        if application.withheld:
            rate = org.invoices[application.invoice_id].exchange_rate
            add(accounts[RECEIVABLE], -application.withheld, rate)
            add(accounts[OTHER], application.withheld, rate)
    add(accounts[RECEIVABLE], applied - payment.amount, payment.exchange_rate)
    return _with_difference(org, entries)


def _applied(org: Organization, note: CreditNote, application: Application) -> list[Posting]:
    """A credit put against an invoice moves nothing but the exchange difference."""
    rate = org.invoices[application.invoice_id].exchange_rate
    if rate == note.exchange_rate:
        return []
    code, receivable = org.currencies[note.currency_id].code, org.system_accounts[RECEIVABLE]
    amount = application.amount
    used = org.to_base(amount, note.exchange_rate)
    settled = org.to_base(-amount, rate)
    return _with_difference(
        org,
        [
            Posting(receivable, amount, used, code, application.date, note.customer_id),
            Posting(receivable, -amount, settled, code, application.date, note.customer_id),
        ],
    )


def _refunded(org: Organization, customer_id: str, currency_id: str, rate: Decimal, refund: Refund) -> list[Posting]:
    """Money out: the receivable at the document's rate, the account at the refund's."""
    code = org.currencies[currency_id].code
    owed = org.to_base(refund.amount, rate)
    paid = org.to_base(-refund.amount, refund.exchange_rate)
    return _with_difference(
        org,
        [
            Posting(org.system_accounts[RECEIVABLE], refund.amount, owed, code, refund.date, customer_id),
            Posting(refund.from_account_id, -refund.amount, paid, code, refund.date, customer_id),
        ],
    )


def _with_difference(org: Organization, entries: list[Posting]) -> list[Posting]:
    off = sum((posting.base for posting in entries), ZERO)
    if not off:
        return entries
    first = entries[0]
    gain = Posting(org.system_accounts[EXCHANGE], ZERO, -off, org.base.code, first.date, first.contact_id)
    return [*entries, gain]


def _post_journal(org: Organization, record_id: str) -> None:
    journal = org.journals.get(record_id)
    if journal is None or journal.status != "published":
        org.ledger.put(record_id, ())
        return
    entries = [_journal_line(org, journal, line) for line in journal.lines]
    org.ledger.put(record_id, balance_base(entries))


def _journal_line(org: Organization, journal: Journal, line: dict[str, object]) -> Posting:
    amount = Decimal(str(line["amount"])) * (1 if line["debit_or_credit"] == "debit" else -1)
    return Posting(
        str(line["account_id"]),
        amount,
        org.to_base(amount, journal.exchange_rate),
        org.currencies[journal.currency_id].code,
        journal.date,
        str(line.get("customer_id") or ""),
    )
