"""What an organisation's books say, for tests and for the control API.

Nothing here goes through the simulated API, so nothing lags and nothing counts against a limit.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ml_connector.sandbox.zoho import contactview, creditnoteview, invoiceview, itemview, paymentview
from ml_connector.sandbox.zoho.ledger import Posting
from ml_connector.sandbox.zoho.organization import Mail, Organization
from ml_connector.sandbox.zoho.posting import RECEIVABLE
from ml_connector.sandbox.zoho.values import ZERO

Detail = dict[str, Any]


@dataclass(frozen=True)
class Books:
    """A view of one organisation; every answer is of this moment."""

    org: Organization

    # -- documents, in the shape of the API's details, oldest first -------------------------

    def contacts(self, ids: Container[str] | None = None) -> list[Detail]:
        """All contacts, or those with these ids."""
        return [contactview.detail(self.org, one) for one in self.org.contacts if ids is None or one in ids]

    def items(self) -> list[Detail]:
        """All items."""
        return [itemview.detail(self.org, one) for one in self.org.items]

    def invoices(self) -> list[Detail]:
        """All invoices."""
        return [invoiceview.detail(self.org, one) for one in self.org.invoices]

    def payments(self) -> list[Detail]:
        """All customer payments."""
        return [paymentview.detail(self.org, one) for one in self.org.payments]

    def creditnotes(self) -> list[Detail]:
        """All credit notes."""
        return [creditnoteview.detail(self.org, one) for one in self.org.creditnotes]

    def find(self, kind: str, value: str, field: str = "cf_shopify_id") -> list[Detail]:
        """The records of *kind* (`contacts`, `invoices`, …) whose custom field has that value."""
        everything: list[Detail] = getattr(self, kind)()
        return [one for one in everything if one["custom_field_hash"].get(field) == value]

    def marked(self, fits: Callable[[str], bool], field: str = "cf_shopify_id") -> Mapping[str, list[Detail]]:
        """Invoices, payments and credit notes whose custom field *fits*; the others are not even rendered."""
        shelves = (
            ("invoices", self.org.invoices, invoiceview.detail),
            ("payments", self.org.payments, paymentview.detail),
            ("creditnotes", self.org.creditnotes, creditnoteview.detail),
        )
        return {
            kind: [detail(self.org, key) for key, one in records.items() if fits(one.custom.get(field, ""))]
            for kind, records, detail in shelves
        }

    @property
    def mails(self) -> tuple[Mail, ...]:
        """E-mails that Zoho sent to customers."""
        return tuple(self.org.mails)

    # -- the ledger ---------------------------------------------------------------------------

    @property
    def postings(self) -> tuple[Posting, ...]:
        """Every entry."""
        return tuple(self.org.ledger)

    def net_by_account(self) -> Mapping[str, Decimal]:
        """Net base amount by account name; debit positive."""
        return {self.org.accounts[one].name: net for one, net in self.org.ledger.by_account().items()}

    def net_by_account_and_currency(self) -> Mapping[tuple[str, str], Decimal]:
        """Net amount by account name and document currency; debit positive."""
        nets = self.org.ledger.by_account_and_currency()
        return {(self.org.accounts[one].name, code): net for (one, code), net in nets.items()}

    def net_by_tax(self) -> Mapping[str, Decimal]:
        """Net output tax in base currency by tax name, members of groups apart; owed is positive."""
        return {self._tax(one): net for one, net in self.org.ledger.by_tax().items()}

    def net_by_tax_and_currency(self) -> Mapping[tuple[str, str], Decimal]:
        """Net output tax by tax name and document currency; owed is positive."""
        nets = self.org.ledger.by_tax_and_currency()
        return {(self._tax(one), code): net for (one, code), net in nets.items()}

    def balance_of(self, contact_id: str) -> Mapping[str, Decimal]:
        """What a contact owes by currency: open invoices less open credit and unapplied payments."""
        nets = self.org.ledger.by_contact(self.org.system_accounts[RECEIVABLE])
        return {code: net for (one, code), net in nets.items() if one == contact_id}

    def balances(self) -> Mapping[tuple[str, str], Decimal]:
        """The same for every contact, by contact id and currency."""
        return self.org.ledger.by_contact(self.org.system_accounts[RECEIVABLE])

    def trial_balance(self) -> Decimal:
        """The sum of all accounts in base currency, which is always zero."""
        return sum(self.org.ledger.by_account().values(), ZERO)

    def _tax(self, tax_id: str) -> str:
        tax = self.org.taxes.get(tax_id)
        return tax.name if tax else tax_id

    # -- for the control API --------------------------------------------------------------------

    def as_json(self) -> Detail:
        """Everything, with amounts as numbers."""
        return {
            "organization_id": self.org.organization_id,
            "contacts": self.contacts(),
            "items": self.items(),
            "invoices": self.invoices(),
            "payments": self.payments(),
            "creditnotes": self.creditnotes(),
            "ledger": {
                "accounts": self.net_by_account(),
                "taxes": self.net_by_tax(),
                "accounts_by_currency": _rows(self.net_by_account_and_currency(), "account"),
                "taxes_by_currency": _rows(self.net_by_tax_and_currency(), "tax"),
                "contacts": _rows(self.balances(), "contact_id"),
            },
            "mails": [{"document_id": mail.document_id, "to": list(mail.to)} for mail in self.org.mails],
        }


def _rows(nets: Mapping[tuple[str, str], Decimal], name: str) -> list[Detail]:
    return [{name: key, "currency": code, "amount": net} for (key, code), net in nets.items()]
