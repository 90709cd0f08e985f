"""The order of deciding: what keeps it out, what it consists of, what Zoho must be told, whether the books close."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial

from ml_connector.domain.documents import Operation, Plan, Ref
from ml_connector.domain.money import Money, total
from ml_connector.domain.order import Refund
from ml_connector.domain.outcome import Reason
from ml_connector.domain.plan import cancelled, gates
from ml_connector.domain.plan.case import Case, stop
from ml_connector.domain.plan.closing import Equation, equations
from ml_connector.domain.plan.contact import Contact, contact_of
from ml_connector.domain.plan.history import Chapter, invoice_key, invoice_of_claims, story
from ml_connector.domain.plan.known import is_draft
from ml_connector.domain.plan.moments import Moment, invoice_moment, waiting
from ml_connector.domain.plan.parts import Part, What
from ml_connector.domain.plan.receipts import Movement, Rounding, paid_back, received, roundings
from ml_connector.domain.plan.standing import standing
from ml_connector.domain.plan.writer import Writer

WAITS_FOR_APPROVAL = Reason(
    "waits_for_approval",
    "The invoice is a draft, waiting for your approval in Zoho. Payments stay unapplied and credits wait until then.",
)


def decide(case: Case) -> Plan:
    """What Zoho must be told.

    Raises:
        Stopped, LeftOut, Prepare: instead of a plan.
    """
    gates.check_exclusions(case)
    gates.check_readable(case)
    gates.check_currency(case)
    gates.check_seller(case)
    orphan = gates.check_start(case)
    receipts, refunds = received(case), paid_back(case)
    if case.order.cancelled_at is not None and case.done(invoice_key(case)) is None and not receipts:
        story(case)  # figures that do not add up are said, also where nothing is to be posted
        raise cancelled.left_out()
    contact = contact_of(case)
    if orphan:
        return _orphans(case, contact, refunds)
    moment = invoice_moment(case, receipts, refunds)
    if moment is None:
        return _deposits(case, contact, receipts, refunds)
    chapters = story(case)
    if not chapters[0].parts and not receipts:
        raise gates.nothing_sold()
    if case.order.cancelled_at is not None and not receipts and not refunds:
        return _cancelled_unpaid(case, contact, chapters, case.order.cancelled_at)
    return _told(case, contact, moment, chapters, receipts, refunds)


def _plan(
    case: Case, contact: Contact, writer: Writer, closing: tuple[Equation, ...], waits: tuple[Reason, ...] = ()
) -> Plan:
    operations = [one for one in writer.operations if case.done(one.key) is None]
    everything = (*_needed(contact, operations), *operations)
    return Plan(everything, _total(case), closing=closing, learned=tuple(case.learned), waits=waits)


def _total(case: Case) -> Money:
    return case.money(case.order.totals.total_price)


def _needed(contact: Contact, operations: list[Operation]) -> list[Operation]:
    """The contact's own operations, as far as a document names them."""
    named = {
        value.key
        for operation in operations
        for name in ("contact", "billing_address", "shipping_address")
        if isinstance(value := getattr(operation.draft, name, None), Ref)
    }
    return [one for one in contact.operations if one.key in named]


# The ordinary case


def _told(
    case: Case,
    contact: Contact,
    moment: Moment,
    chapters: tuple[Chapter, ...],
    receipts: tuple[Movement, ...],
    refunds: tuple[Movement, ...],
) -> Plan:
    writer = Writer(case, contact, standing(case, case.side, receipts, refunds).given)
    rounded = roundings(case, receipts, case.side)
    inside = _rounded_in_invoice(case, chapters[0], rounded, refunds)
    writer.invoice(chapters[0], moment, _sum(case, inside), _before(case, chapters[0]))
    waits = _waits(case)
    steps = _steps(case, writer, chapters[1:], receipts, refunds)
    steps += [(one.at, _ROUNDING, partial(_rounding_apart, case, writer, one)) for one in rounded if one not in inside]
    for _, rank, act in sorted(steps, key=lambda step: step[:2]):
        if not waits or rank == _PAYMENT:
            act()
        if not waits:
            writer.settle()
    if waits:
        return _plan(case, contact, writer, (), waits)
    return _plan(case, contact, writer, equations(case, writer, receipts, refunds))


_PAYMENT, _DOCUMENT, _REFUND, _ROUNDING = 1, 2, 3, 4
Step = tuple[datetime, int, Callable[[], None]]


def _steps(
    case: Case,
    writer: Writer,
    chapters: tuple[Chapter, ...],
    receipts: tuple[Movement, ...],
    refunds: tuple[Movement, ...],
) -> list[Step]:
    """Everything but the invoice, with its moment: what happened first is told first."""
    steps: list[Step] = [(one.transaction.processed_at, _PAYMENT, partial(writer.payment, one)) for one in receipts]
    paid: set[str] = set()
    for chapter in chapters:
        if chapter.role in ("up", "fee"):
            steps.append((chapter.moment, _DOCUMENT, partial(writer.added, chapter)))
            continue
        money = _money_of(chapter, chapters, refunds)
        paid |= {one.id for one in money}
        moment = max([chapter.moment, *(one.transaction.processed_at for one in money)])
        steps.append((moment, _REFUND, partial(writer.taken_back, chapter, money)))
        steps += _rounded_down(case, writer, chapter, money)
    stray = [one for one in refunds if one.id not in paid]
    if stray:
        raise stop(
            "refund_unexplained",
            f"Shopify paid {stray[0].amount} back, and no refund of the order says what for.",
            "Post this money by hand, then exclude the order.",
        )
    return steps


def _money_of(chapter: Chapter, chapters: tuple[Chapter, ...], refunds: tuple[Movement, ...]) -> tuple[Movement, ...]:
    """The money of a refund, with the last of its credit notes: then all that it gave back is there to pay from."""
    if chapter.refund is None or chapter.role != "refund":
        return ()
    last = [one for one in chapters if one.role == "refund" and one.refund == chapter.refund][-1]
    return tuple(one for one in refunds if one.id in _transactions(chapter.refund)) if chapter is last else ()


def _transactions(refund: Refund | None) -> tuple[str, ...]:
    return () if refund is None else refund.transaction_ids


def _waits(case: Case) -> tuple[Reason, ...]:
    """Whether the invoice is a draft that the operator wants as a draft."""
    known = case.done(invoice_key(case))
    if case.policy.invoice_state == "sent" or (known is not None and not is_draft(known)):
        return ()
    return (WAITS_FOR_APPROVAL,)


def _before(case: Case, chapter: Chapter) -> Chapter:
    """The invoice as it is in Zoho, when it is to be brought up to date."""
    if not chapter.update:
        return chapter
    return invoice_of_claims(case, set(chapter.claims) - set(chapter.new_claims))


# Cash rounding


def _rounded_in_invoice(
    case: Case, chapter: Chapter, rounded: tuple[Rounding, ...], refunds: tuple[Movement, ...]
) -> tuple[Rounding, ...]:
    """Cash rounding that the invoice shows: on one that is still to be made all until money first went back, so that
    no refund finds open what was rounded later, and while the total stays above zero; else as it was made.
    """
    left = tuple(one for one in rounded if case.done(one.key) is None)
    known = case.done(chapter.key)
    if known is None or known.total is None or chapter.update:
        back = min((one.transaction.processed_at for one in refunds), default=None)
        left = tuple(one for one in left if back is None or one.at <= back)
        return next((some for some in _firsts(left) if chapter.total(case) + _sum(case, some) >= case.zero), ())
    return next((some for some in _firsts(left) if known.total == chapter.total(case) + _sum(case, some)), ())


def _firsts(rounded: tuple[Rounding, ...]) -> list[tuple[Rounding, ...]]:
    """All of them, then the first ones, down to none."""
    return [rounded[:count] for count in range(len(rounded), -1, -1)]


def _sum(case: Case, rounded: tuple[Rounding, ...]) -> Money:
    return total((one.amount for one in rounded), case.currency)


def _rounding_apart(case: Case, writer: Writer, rounding: Rounding) -> None:
    """A difference document on the rounding account, for cash that was rounded after the invoice was made."""
    amount = abs(rounding.amount)
    part = Part("transaction.amountRoundingSet", What.ROUNDING, "", "Cash rounding", 1, amount, amount)
    role = "up" if rounding.amount > case.zero else "refund"
    chapter = Chapter(rounding.key, role, rounding.at, "transaction.processedAt", (part,))
    if role == "up":
        writer.added(chapter)
    else:
        writer.taken_back(chapter, ())


def _rounded_down(case: Case, writer: Writer, chapter: Chapter, money: tuple[Movement, ...]) -> list[Step]:
    """A refund whose cash was rounded down: what the customer did not get is kept, on the rounding account."""
    rounding = sum((case.money(one.transaction.rounding) for one in money), case.zero)
    if rounding >= case.zero:
        return []
    part = Part("transaction.amountRoundingSet", What.ROUNDING, "", "Cash rounding", 1, -rounding, -rounding)
    kept = Chapter(f"rounding:{chapter.key}", "fee", chapter.moment, "refund.processedAt", (part,), adjusted=True)
    return [(money[-1].transaction.processed_at, _ROUNDING, partial(writer.added, kept))]


# Before the invoice's moment, without an invoice, cancelled


def _deposits(case: Case, contact: Contact, receipts: tuple[Movement, ...], refunds: tuple[Movement, ...]) -> Plan:
    """Money before the invoice's moment: unapplied payments, each returned by its own refund."""
    writer = Writer(case, contact)
    for one in receipts:
        writer.payment(one)
    if refunds:
        writer.deposits_back(refunds)
    ended = case.order.cancelled_at is not None
    return _plan(case, contact, writer, (), () if ended else (waiting(case),))


def _orphans(case: Case, contact: Contact, refunds: tuple[Movement, ...]) -> Plan:
    """Refunds of an order that we did not invoice: credit notes that stand alone, with their money."""
    writer = Writer(case, contact)
    since = case.policy.start_date
    for chapter in story(case)[1:]:
        if chapter.role == "refund" and (since is None or case.day(chapter.moment) >= since):
            money = tuple(one for one in refunds if one.id in _transactions(chapter.refund))
            writer.taken_back(chapter, money)
    return _plan(case, contact, writer, ())


def _cancelled_unpaid(case: Case, contact: Contact, chapters: tuple[Chapter, ...], at: datetime) -> Plan:
    """The invoice of an order that was cancelled and never paid: void, or credited."""
    writer = Writer(case, contact)
    invoice = case.done(invoice_key(case))
    if invoice is not None and invoice.status == "void":
        return _plan(case, contact, writer, ())
    if cancelled.can_be_voided(case):
        writer.operations.append(cancelled.void(case, chapters))
        return _plan(case, contact, writer, ())
    key = cancelled.void_key(case)
    chapters = tuple(_before(case, chapter) for chapter in chapters if not cancelled.is_consumed(case, chapter))
    for chapter in chapters:
        if chapter.role == "order":
            writer.invoice(chapter, Moment(case.order.processed_at, "processedAt"), case.zero, chapter)
        elif chapter.role in ("up", "fee"):
            writer.added(chapter)
        elif case.done(chapter.key) is not None and chapter.key != key:
            writer.taken_back(chapter, ())
    left = cancelled.what_is_left(case, chapters, at)
    if left.parts:
        writer.taken_back(left, ())
    writer.settle()
    cancelled.check_settled(writer.wallet.outstanding)
    return _plan(case, contact, writer, ())
