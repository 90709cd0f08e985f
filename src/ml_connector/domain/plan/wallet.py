"""What is owed and what is open while a plan is made: balances of invoices, credits of payments and credit notes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from ml_connector.domain.documents import Applied, ApplyPaymentDraft, Kind, Operation, Ref
from ml_connector.domain.money import Money, total
from ml_connector.domain.plan.case import Case, because


@dataclass(slots=True)
class Debt:
    """An invoice and what is still owed on it. `open`: money may be put against it (it is no draft)."""

    key: str
    balance: Money
    open: bool


@dataclass(slots=True)
class Credit:
    """Money of the customer's that is not used yet: the rest of a payment, or of a credit note.

    `reserved` is what announced money will be paid out of; nothing else may take it.
    """

    key: str
    left: Money
    of_payment: bool
    dated: date
    reserved: Money

    @property
    def free(self) -> Money:
        return max(self.left - self.reserved, self.left * 0)


@dataclass(slots=True)
class Wallet:
    """Changes only while one plan is made, and leaves it as closing figures."""

    case: Case
    debts: list[Debt] = field(default_factory=list)
    credits: list[Credit] = field(default_factory=list)

    def owe(self, key: str, amount: Money, *, is_open: bool) -> None:
        """An invoice; one that Zoho holds has the balance that Zoho says."""
        known = self.case.done(key)
        balance = known.balance if known is not None and known.balance is not None else amount
        self.debts.append(Debt(key, balance, is_open))

    def have(self, key: str, amount: Money, dated: date, *, of_payment: bool, reserved: Money | None = None) -> Credit:
        """A payment or credit note; one that Zoho holds has left what Zoho says."""
        known = self.case.done(key)
        left = known.unused if known is not None and known.unused is not None else amount
        credit = Credit(key, left, of_payment, dated, reserved or self.case.zero)
        self.credits.append(credit)
        return credit

    def pay(self, amount: Money) -> tuple[Applied, ...]:
        """Put new money against what is owed, oldest first: never more than the balance."""
        applied = []
        for debt in self.debts:
            part = min(amount, debt.balance)
            if debt.open and part > self.case.zero:
                debt.balance, amount = debt.balance - part, amount - part
                applied.append(Applied(Ref(debt.key), part))
        return tuple(applied)

    def use(self, credit: Credit, amount: Money, *, own: bool = False) -> Money:
        """Take up to *amount* out of *credit*; what was taken."""
        part = min(amount, credit.left if own else credit.free)
        credit.left = credit.left - part
        return part

    def settle(self) -> list[Operation]:
        """Put every open credit against what is still owed, oldest first."""
        operations = []
        for credit in sorted(self.credits, key=lambda one: (one.dated, one.key)):
            for applied in self.pay(credit.free):
                credit.left = credit.left - applied.amount
                operations.append(self._apply(credit, applied))
        return operations

    def _apply(self, credit: Credit, applied: Applied) -> Operation:
        invoice = applied.invoice
        named = invoice.key if isinstance(invoice, Ref) else invoice
        key = _free(self.case, f"apply:{credit.key}:{named}")
        source = Ref(credit.key)
        draft = ApplyPaymentDraft(
            key,
            invoice,
            applied.amount,
            payment=source if credit.of_payment else None,
            credit_note=None if credit.of_payment else source,
        )
        rule = "What is open goes to what the order still owes, at most its balance."
        kind = Kind.APPLY_PAYMENT if credit.of_payment else Kind.APPLY_CREDIT
        return Operation(
            key,
            kind,
            draft,
            (
                because("amount", applied.amount, credit.key, rule),
                because("invoice", named, credit.key, rule),
                because("source", credit.key, credit.key, rule),
            ),
        )

    @property
    def outstanding(self) -> Money:
        """Balances less open credits and unapplied payments."""
        zero = self.case.currency
        return total((one.balance for one in self.debts), zero) - total((one.left for one in self.credits), zero)


def _free(case: Case, key: str) -> str:
    """*key*, or with the first number under which Zoho holds nothing yet: the same pair may meet again."""
    number, free = 1, key
    while case.done(free) is not None:
        number += 1
        free = f"{key}:{number}"
    return free
