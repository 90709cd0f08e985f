"""The double-entry books underneath: what each document posted, and what that adds up to.

A document's postings are replaced whenever it changes, so the ledger always says what the
documents of this moment mean. Debits are positive. Amounts are kept in the document's currency
and in the organisation's base currency.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from ml_connector.sandbox.zoho.values import ZERO


@dataclass(frozen=True, slots=True)
class Posting:
    """One entry: debit positive, credit negative.

    Attributes:
        amount: In `currency`.
        base: In the organisation's base currency.
    """

    account_id: str
    amount: Decimal
    base: Decimal
    currency: str
    date: date
    contact_id: str = ""
    tax_id: str = ""


class Unbalanced(ValueError):
    """Postings whose debits and credits differ: a mistake of this sandbox."""


class Ledger:
    """All postings, by the document they come from."""

    def __init__(self) -> None:
        self._postings: dict[str, tuple[Posting, ...]] = {}

    def put(self, source: str, postings: Iterable[Posting]) -> None:
        """Replace what *source* posted; nothing removes it.

        Raises:
            Unbalanced: Debits and credits in base currency differ.
        """
        entries = tuple(posting for posting in postings if posting.amount or posting.base)
        if sum((posting.base for posting in entries), ZERO):
            raise Unbalanced(f"{source}: {entries}")
        if entries:
            self._postings[source] = entries
        else:
            self._postings.pop(source, None)

    def __iter__(self) -> Iterator[Posting]:
        for entries in self._postings.values():
            yield from entries

    def of(self, source: str) -> tuple[Posting, ...]:
        """What *source* posted."""
        return self._postings.get(source, ())

    def by_account(self) -> dict[str, Decimal]:
        """Net base amount per account id; debit positive."""
        nets: defaultdict[str, Decimal] = defaultdict(lambda: ZERO)
        for posting in self:
            nets[posting.account_id] += posting.base
        return dict(nets)

    def by_account_and_currency(self) -> dict[tuple[str, str], Decimal]:
        """Net amount per account id and document currency; debit positive."""
        nets: defaultdict[tuple[str, str], Decimal] = defaultdict(lambda: ZERO)
        for posting in self:
            nets[posting.account_id, posting.currency] += posting.amount
        return dict(nets)

    def by_tax(self) -> dict[str, Decimal]:
        """Net base amount of output tax per tax id; what is owed is positive."""
        nets: defaultdict[str, Decimal] = defaultdict(lambda: ZERO)
        for posting in self:
            if posting.tax_id:
                nets[posting.tax_id] -= posting.base
        return dict(nets)

    def by_tax_and_currency(self) -> dict[tuple[str, str], Decimal]:
        """Net amount of output tax per tax id and document currency; what is owed is positive."""
        nets: defaultdict[tuple[str, str], Decimal] = defaultdict(lambda: ZERO)
        for posting in self:
            if posting.tax_id:
                nets[posting.tax_id, posting.currency] -= posting.amount
        return dict(nets)

    def by_contact(self, account_id: str) -> dict[tuple[str, str], Decimal]:
        """Net amount on *account_id* per contact id and currency; what the contact owes is positive."""
        nets: defaultdict[tuple[str, str], Decimal] = defaultdict(lambda: ZERO)
        for posting in self:
            if posting.account_id == account_id and posting.contact_id:
                nets[posting.contact_id, posting.currency] += posting.amount
        return dict(nets)


def balance_base(postings: Sequence[Posting]) -> list[Posting]:
    """Move the rounding of a conversion to the base currency into the largest entry that is not first."""
    off = sum((posting.base for posting in postings), ZERO)
    entries = list(postings)
    if off and len(entries) > 1:
        taker = max(range(1, len(entries)), key=lambda at: abs(entries[at].base))
        entries[taker] = replace(entries[taker], base=entries[taker].base - off)
    return entries
