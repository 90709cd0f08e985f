"""From chapters and movements of money to operations, in the order in which things happened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from ml_connector.domain.books import KnownDocument
from ml_connector.domain.documents import InvoiceDraft, Operation
from ml_connector.domain.money import Money, total
from ml_connector.domain.order import TransactionStatus
from ml_connector.domain.plan import credit_note as credit_notes
from ml_connector.domain.plan import invoice as invoices
from ml_connector.domain.plan import payments
from ml_connector.domain.plan.case import Case, stop
from ml_connector.domain.plan.contact import Contact
from ml_connector.domain.plan.credit_note import Sold
from ml_connector.domain.plan.dates import dated
from ml_connector.domain.plan.goodwill import goodwill
from ml_connector.domain.plan.history import Chapter, next_key, sold_until
from ml_connector.domain.plan.known import check_known, is_draft
from ml_connector.domain.plan.moments import Moment
from ml_connector.domain.plan.parts import Part, What
from ml_connector.domain.plan.receipts import Movement
from ml_connector.domain.plan.taxing import Taxed, account_of
from ml_connector.domain.plan.wallet import Credit, Wallet
from ml_connector.domain.taxes import Choice


@dataclass
class Writer:
    """Writes one order's operations; what it leaves (wallet, goods, cash) is checked by the closing equations.

    Attributes:
        given: Refund id -> what of its money was given for nothing, as Shopify's events say.
        said: The same as far as a credit note says it already.
        goods: Invoices less credit notes for goods.
        goodwill: Money given back without goods, and refunds that were rounded up.
        kept: Money that stayed without goods, and refunds that were rounded down.
        cash: Money out, whether it was in Zoho before or is planned.
        rated: Day of the order's invoice, if this plan makes it: all documents of the order share its rate.
        beyond_goods: Whether a refund moved more money than its goods are worth.
    """

    case: Case
    contact: Contact
    given: Mapping[str, Money] = field(default_factory=dict)
    operations: list[Operation] = field(default_factory=list)
    sold: dict[str, Sold] = field(default_factory=dict)
    said: dict[str, Money] = field(default_factory=dict)
    beyond_goods: bool = False
    rated: date | None = None
    goods: Money = field(init=False)
    goodwill: Money = field(init=False)
    kept: Money = field(init=False)
    cash: Money = field(init=False)
    wallet: Wallet = field(init=False)

    def __post_init__(self) -> None:
        self.goods = self.goodwill = self.kept = self.cash = self.case.zero
        self.wallet = Wallet(self.case)

    # Invoices

    def invoice(self, chapter: Chapter, moment: Moment, cash_rounding: Money, before: Chapter) -> None:
        """An invoice, marked sent if that is wanted; one that is in Zoho may have to be brought up to date."""
        case, amount = self.case, chapter.total(self.case) + cash_rounding
        known = case.done(chapter.key)
        is_open = case.policy.invoice_state == "sent" if known is None else True
        if known is None or chapter.update:
            operation = self._invoice(chapter, moment, cash_rounding, before, known)
            self.operations.append(operation)
            lines = len(operation.draft.lines) if isinstance(operation.draft, InvoiceDraft) else 0
        else:
            check_known(case, chapter, known, amount)
            lines = len(known.lines)
        if known is None or is_draft(known):
            is_open = case.policy.invoice_state == "sent"
            if is_open and case.done(f"sent:{chapter.key}") is None:
                self.operations.append(invoices.mark_sent(chapter.key))
        self.wallet.owe(chapter.key, amount, is_open=is_open)
        if chapter.update and known is not None:
            self.wallet.debts[-1].balance = amount  # untouched, so all of the new total is owed
        self._remember(chapter, lines)
        if chapter.adjusted:
            self.kept = self.kept + amount
        else:
            self.goods = self.goods + amount

    def _invoice(
        self, chapter: Chapter, moment: Moment, cash_rounding: Money, before: Chapter, known: KnownDocument | None
    ) -> Operation:
        if known is not None:
            return invoices.updated(self.case, chapter, self.contact, known, before, cash_rounding, at=moment.at)
        when = dated(self.case, moment.at, moment.source)
        if chapter.role == "order":
            self.rated = when.day
        return invoices.invoice(self.case, chapter, self.contact, when, cash_rounding, self.rated)

    def _remember(self, chapter: Chapter, lines: int) -> None:
        """Where each thing stands among the invoice's *lines*, for the lines that take it back."""
        if chapter.role == "order":
            self.sold[""] = Sold(chapter.key, 0)
        # shipping that bears tax stays a line under every policy
        apart = self.case.policy.shipping == "shipping_charge" and lines < len(chapter.parts)
        listed = [part for part in chapter.parts if not (apart and part.what is What.SHIPPING)]
        for position, part in enumerate(listed):
            if part.subject:
                self.sold.setdefault(part.subject, Sold(chapter.key, position))

    def added(self, chapter: Chapter) -> None:
        """What an edit, an exchange or a return fee adds."""
        self.invoice(chapter, Moment(chapter.moment, chapter.source), self.case.zero, chapter)

    # Money in

    def payment(self, movement: Movement) -> None:
        self.operations += payments.payment(self.case, movement, self.contact, self.wallet)

    # What goes back

    def taken_back(self, chapter: Chapter, money: tuple[Movement, ...]) -> None:
        """A refund, a removal or a cancellation: its credit note, then its money, out of its credit first.

        Args:
            money: The refund's successful money. What of it Zoho has paid out already is not paid again.
        """
        amount = chapter.total(self.case)
        owed = [(one, one.amount - payments.cash_known(self.case, one)) for one in money]
        self.cash = self.cash + total((one.amount - left for one, left in owed), self.case.currency)
        due = total((left for _, left in owed), self.case.currency)
        self.beyond_goods |= total((one.amount for one in money), self.case.currency) > amount
        rounding = max(_rounding(self.case, money), self.case.zero)
        own = self._held(chapter, amount)
        if not own:
            own = self._credit_note(chapter, amount, self._given(chapter, amount, money, due, rounding), rounding)
        elif due > self._open(own):
            # a refund that was posted moved more money since: a difference, for that money alone
            more = replace(chapter, key=next_key(self.case, chapter.key), parts=(), claims=())
            left = due - self._open(own)
            own += self._credit_note(more, self.case.zero, left - min(rounding, left), min(rounding, left))
        self.goods = self.goods - amount
        self._pay_out(owed, own)

    def _held(self, chapter: Chapter, amount: Money) -> list[Credit]:
        """The credit note as Zoho holds it: its goods, and what it gave beyond them."""
        known = self.case.done(chapter.key)
        if known is None:
            return []
        check_known(self.case, chapter, known, amount)
        if known.total is not None:
            self._say_given(chapter, known.total - amount)
        day = self.case.day(chapter.moment)
        return [self.wallet.have(chapter.key, amount, day, of_payment=False, reserved=_announced(self.case, chapter))]

    def _open(self, own: list[Credit]) -> Money:
        """What the customer has left: of the refund's own credit all, of others what is not meant for other money."""
        lefts = (one.left if one in own else one.free for one in self.wallet.credits)
        return total(lefts, self.case.currency)

    def _given(
        self, chapter: Chapter, amount: Money, money: tuple[Movement, ...], due: Money, rounding: Money
    ) -> Money:
        """What of the refund's money nothing covers.

        Where money went out before the credit note was made, out of a payment that had no invoice yet, what the books
        have open says nothing any more: then it is what Shopify's events say, less what is said already.
        """
        if chapter.refund is not None and total((one.amount for one in money), self.case.currency) > due:
            told = self.given.get(chapter.refund.id, self.case.zero)
            return max(told - self.said.get(chapter.refund.id, self.case.zero) - rounding, self.case.zero)
        return max(due - amount - rounding - self._open([]), self.case.zero)

    def _say_given(self, chapter: Chapter, amount: Money) -> None:
        self.goodwill = self.goodwill + amount
        if chapter.refund is not None:
            self.said[chapter.refund.id] = self.said.get(chapter.refund.id, self.case.zero) + amount

    def _credit_note(self, chapter: Chapter, amount: Money, given: Money, rounding: Money) -> list[Credit]:
        """The credit note with its goods, and with goodwill for the money that nothing else covers."""
        case = self.case
        if not (amount or given or rounding):
            return []
        when = dated(case, chapter.moment, chapter.source)
        extra: tuple[Taxed, ...] = ()
        if given:
            extra = goodwill(case, given, chapter.refund, sold_until(case, chapter.moment), when.day)
        if rounding:
            extra = (*extra, _rounding_line(case, rounding))
        operation = credit_notes.credit_note(case, chapter, self.contact, when, self.sold, extra, rated=self.rated)
        self.operations.append(operation)
        self._say_given(chapter, given + rounding)
        reserved = _announced(case, chapter)
        whole = amount + given + rounding
        return [self.wallet.have(chapter.key, whole, when.day, of_payment=False, reserved=reserved)]

    def _pay_out(self, owed: list[tuple[Movement, Money]], own: list[Credit]) -> None:
        others = [one for one in self.wallet.credits if one not in own]
        sources = [*own, *sorted(others, key=lambda one: (one.dated, one.key))]
        for movement, due in owed:
            left, number = due, payments.next_number(self.case, movement)
            for credit in sources:
                part = self.wallet.use(credit, left, own=credit in own)
                if part:
                    self.operations.append(payments.cash(self.case, movement, credit, part, number))
                    left, number, self.cash = left - part, number + 1, self.cash + part
            if left:
                raise _nothing_to_pay_from(movement, left)

    def deposits_back(self, money: tuple[Movement, ...]) -> None:
        """Money that came before there was an invoice goes back out of its own payments."""
        owed = [(one, one.amount - payments.cash_known(self.case, one)) for one in money]
        self._pay_out(owed, [])

    def settle(self) -> None:
        """What is open goes to what is still owed."""
        self.operations += self.wallet.settle()


def _announced(case: Case, chapter: Chapter) -> Money:
    """Money of the refund that is on its way: its credit waits for it."""
    ids = chapter.refund.transaction_ids if chapter.refund else ()
    pending = (one for one in case.order.transactions if one.id in ids and one.status is TransactionStatus.PENDING)
    return total((case.money(one.amount) for one in pending), case.currency)


def _rounding(case: Case, money: tuple[Movement, ...]) -> Money:
    """Cash rounding of a refund: positive when more was paid out than is due."""
    return total((case.money(one.transaction.rounding) for one in money), case.currency)


def _rounding_line(case: Case, amount: Money) -> Taxed:
    part = Part("transaction.amountRoundingSet", What.ROUNDING, "", "Cash rounding", 1, amount, amount)
    return Taxed(part, Choice(rule="Cash rounding bears no tax."), account_of(case, part))


def _nothing_to_pay_from(movement: Movement, left: Money) -> Exception:
    return stop(
        "refund_uncovered",
        f"Shopify paid {left} back, and nothing that the order's documents hold covers it.",
        "Compare the order's refunds in Shopify with Zoho, and post this money by hand.",
        details=(("Transaction", movement.id),),
    )
