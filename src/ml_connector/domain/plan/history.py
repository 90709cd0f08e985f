"""What each document is to hold: the order, its edits, what a return took back or added, each sale once.

An order that nobody edited is told by its lines. After an edit, an exchange or a removal only Shopify's ledger of
sales is right. Which sale stands in which document is remembered by claims: what a document in Zoho claims stays
there, and only what nobody claims yet goes into a new one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from ml_connector.domain.edited import is_kept
from ml_connector.domain.identities import Failed, check, check_ledger
from ml_connector.domain.money import Money, total
from ml_connector.domain.order import Agreement, Refund, Sale, Transaction
from ml_connector.domain.plan.case import Case, Stopped, stop
from ml_connector.domain.plan.parts import Part, PartTax, sold_parts
from ml_connector.domain.plan.sales import negated, of_sales


@dataclass(frozen=True, slots=True)
class Chapter:
    """What one document holds.

    Attributes:
        role: `order`, `up` (an edit or return adds), `down` (an edit takes away), `fee`, `refund`, `rounding`.
        moment: When it happened; decides its date.
        claims: Ids of the sales in it.
        update: Key of the operation that brings the invoice up to date in place; empty: none is wanted.
        adjusted: Whether it only says money that stayed without goods (an ADJUSTMENT), which no total counts.
    """

    key: str
    role: str
    moment: datetime
    source: str
    parts: tuple[Part, ...]
    claims: tuple[str, ...] = ()
    refund: Refund | None = None
    update: str = ""
    new_claims: tuple[str, ...] = ()
    adjusted: bool = False

    def total(self, case: Case) -> Money:
        """The sum of its parts, tax included, as Shopify says it."""
        amounts = total((part.amount for part in self.parts), case.currency)
        if case.order.taxes_included:
            return amounts
        return amounts + total((tax.amount for tax in self._charged(case)), case.currency)

    def _charged(self, case: Case) -> list[PartTax]:
        """Taxes on top of its prices: what the sales channel remits only if the buyer paid it to us."""
        taxes = [tax for part in self.parts for tax in part.taxes]
        ours = [tax for tax in taxes if not tax.channel_liable]
        return taxes if len(ours) == len(taxes) or case.reading.channel_tax_charged else ours


def invoice_key(case: Case) -> str:
    return f"invoice:{case.order.id}"


def story(case: Case) -> tuple[Chapter, ...]:
    """All chapters, the order first, the others in time order.

    Raises:
        Stopped: the figures do not add up, or the ledger was not read although it is needed.
    """
    agreements = case.order.agreements
    if not agreements:  # not read, or Shopify shows none
        case.reading  # noqa: B018 - raises when the order does not add up
        _refuse_history_without_ledger(case)
        parts = sold_parts(case, case.reading)
        return (_order(case, parts, tuple(claim for part in parts for claim in part.claims)),)
    failed = check_ledger(case.order, agreements, case.side)
    if failed is not None:
        as_sold = check(case.order, case.side)  # figures that were wrong from the start say more than the ledger
        raise Stopped((as_sold if isinstance(as_sold, Failed) else failed).reason)
    _refuse_unknown(agreements)
    return _Ledger(case, agreements).chapters()


def sold_until(case: Case, moment: datetime) -> tuple[Part, ...]:
    """Everything that was sold until then, by the order, its edits and exchanges; what came back is among it.

    Says the same whichever documents hold it, and whatever happened since.
    """
    agreements = case.order.agreements or ()
    if not any(one.reason != "ORDER" and _sells(one, sale) for one in agreements for sale in one.sales):
        return sold_parts(case, case.reading)  # nothing was ever added, so the lines are those of the order
    until = [one for one in agreements if one.reason == "ORDER" or one.happened_at <= moment]
    sales = [sale for one in until for sale in one.sales if _sells(one, sale)]
    return tuple(part for part in of_sales(case, sales, "agreements") if part.amount > case.zero)


def _sells(agreement: Agreement, sale: Sale) -> bool:
    """Whether the entry tells what was sold, an edit's removals among it."""
    if agreement.reason in ("ORDER", "ORDER_EDIT"):
        return True
    return is_added(sale) and sale.line_type not in ("FEE", "ADJUSTMENT")


def invoice_of_claims(case: Case, claims: Iterable[str]) -> Chapter:
    """The invoice as it was with these of the ledger's sales, before an edit."""
    wanted = set(claims)
    sales = [sale for one in case.order.agreements or () for sale in one.sales if sale.id in wanted]
    return _order(case, of_sales(case, sales, "agreements"), tuple(wanted))


def _order(case: Case, parts: tuple[Part, ...], claims: tuple[str, ...]) -> Chapter:
    return Chapter(invoice_key(case), "order", case.order.processed_at, "processedAt", parts, claims)


def _refuse_history_without_ledger(case: Case) -> None:
    order = case.order
    moved = any(line.quantity != line.current_quantity for line in order.lines)
    if order.edited or order.refunds or moved:
        raise stop(
            "ledger_unread",
            "This order was changed or refunded, and Shopify did not show its ledger of sales with it.",
            "Replay the order.",
        )


def _refuse_unknown(agreements: Iterable[Agreement]) -> None:
    for agreement in agreements:
        for sale in agreement.sales:
            if "UNKNOWN" in (sale.action_type, sale.line_type):
                raise stop(
                    "sale_unknown",
                    f"Shopify's ledger has a sale of {sale.total.presentment} of a kind that we do not know.",
                    "Post what it means by hand, then exclude the order; and tell us about it.",
                    details=(("Sale", sale.id), ("Action", sale.action_type), ("Line", sale.line_type)),
                )


class _Ledger:
    """One order's ledger, dealt out to documents."""

    def __init__(self, case: Case, agreements: Sequence[Agreement]) -> None:
        self.case = case
        self.agreements = sorted(agreements, key=lambda one: one.happened_at)
        self.first = [one for one in self.agreements if one.reason == "ORDER"]
        self.edits = [one for one in self.agreements if one.reason == "ORDER_EDIT"]
        self.returns = [one for one in self.agreements if one.reason not in ("ORDER", "ORDER_EDIT")]
        self.claimed = self._claimed()

    def _claimed(self) -> dict[str, str]:
        """Sale id -> key of the document in Zoho that holds it."""
        taken = dict(self.case.books.other_claims)
        for key, document in self.case.books.documents.items():
            if document.state == "done":
                taken |= dict.fromkeys(document.claims, _document_of(self.case, key))
        invoice = self.case.done(invoice_key(self.case))
        firsts = [sale.id for agreement in self.first for sale in agreement.sales]
        if invoice is not None and not any(one in taken for one in firsts):
            taken |= dict.fromkeys(firsts, invoice.key)  # it was made before the ledger was read
        return taken

    def chapters(self) -> tuple[Chapter, ...]:
        invoice, left = self._invoice()
        others = [chapter for edit in left for chapter in self._edit(edit)]
        others += [chapter for agreement in self.returns for chapter in self._added(agreement)]
        others += self._refunds()
        return (invoice, *sorted(others, key=lambda one: one.moment))

    # The invoice

    def _invoice(self) -> tuple[Chapter, list[Agreement]]:
        """The invoice's chapter, and the edits that are not in it."""
        key = invoice_key(self.case)
        held = [edit for edit in self.edits if edit.sales and all(self.claimed.get(s.id) == key for s in edit.sales)]
        more = self._more_for_invoice([edit for edit in self.edits if edit not in held])
        chapter = self._invoice_with([*held, *more])
        if more and self.case.done(key) is not None:
            fresh = tuple(sale.id for edit in more for sale in edit.sales)
            chapter = replace(chapter, update=f"edit:{more[-1].id}:update", new_claims=fresh)
        inside = [*held, *more]
        return chapter, [edit for edit in self.edits if edit not in inside]

    def _more_for_invoice(self, edits: list[Agreement]) -> list[Agreement]:
        """The edits that the invoice can still take: none is claimed elsewhere, and something is left to sell."""
        if self.case.done(invoice_key(self.case)) is not None and not untouched(self.case):
            return []
        edits = self._before_payment([one for one in edits if not any(sale.id in self.claimed for sale in one.sales)])
        while edits and not _sellable(self._invoice_with([*self._held(), *edits]).parts):
            edits = edits[:-1]
        return edits

    def _held(self) -> list[Agreement]:
        key = invoice_key(self.case)
        return [edit for edit in self.edits if edit.sales and all(self.claimed.get(s.id) == key for s in edit.sales)]

    def _before_payment(self, edits: list[Agreement]) -> list[Agreement]:
        paid = [one.processed_at for one in self.case.order.transactions if _is_payment(one)]
        first_payment = min(paid, default=None)
        if first_payment is None or self._paid_as_ordered(first_payment):
            return [edit for edit in edits if first_payment is None or edit.happened_at < first_payment]
        return [edit for edit in edits if edit.happened_at <= first_payment]

    def _paid_as_ordered(self, at: datetime) -> bool:
        """Whether the money of that moment is just what was ordered first, so that an edit of the moment came later."""
        case = self.case
        paid = [one.amount for one in case.order.transactions if one.processed_at == at and _is_payment(one)]
        return total((case.money(one) for one in paid), case.currency) == case.money(
            case.order.totals.original_total_price
        )

    def _invoice_with(self, edits: Sequence[Agreement]) -> Chapter:
        sales = [sale for agreement in (*self.first, *edits) for sale in agreement.sales]
        claims = tuple(sale.id for sale in sales)
        if not self.edits and not self._adds_lines():
            return _order(self.case, sold_parts(self.case, self.case.reading), claims)
        return _order(self.case, of_sales(self.case, sales, "agreements ORDER"), claims)

    def _adds_lines(self) -> bool:
        """Whether a return brought lines into the order, so that its own lines are not those of the first sale."""
        return any(is_added(sale) and sale.line_type != "FEE" for a in self.returns for sale in a.sales)

    # Edits after payment, and what returns add

    def _edit(self, edit: Agreement) -> list[Chapter]:
        parts = of_sales(self.case, edit.sales, f"agreement {edit.id}")
        up = tuple(part for part in parts if part.amount > self.case.zero)
        down = negated(part for part in parts if part.amount < self.case.zero)
        return [
            Chapter(
                f"edit:{edit.id}:{role}",
                role,
                edit.happened_at,
                "agreement.happenedAt",
                some,
                tuple(claim for part in some for claim in part.claims),
            )
            for role, some in (("up", up), ("down", down))
            if some
        ]

    def _added(self, agreement: Agreement) -> list[Chapter]:
        """Goods and fees that a return or refund adds."""
        added = [sale for sale in agreement.sales if is_added(sale)]
        goods = [sale for sale in added if sale.line_type not in ("FEE", "ADJUSTMENT")]
        fees = [sale for sale in added if sale.line_type == "FEE"]
        kept = [sale for sale in added if sale.line_type == "ADJUSTMENT"]
        refund = refund_of(self.case, agreement)
        fee_key = f"fee:{refund.id if refund else agreement.id}"
        chapters = []
        for key, role, sales, adjusted in (
            (f"edit:{agreement.id}:up", "up", goods, False),
            (fee_key, "fee", fees, False),
            (f"{fee_key}:kept" if fees else fee_key, "fee", kept, True),
        ):
            if sales:
                parts = of_sales(self.case, sales, f"agreement {agreement.id}")
                claims = tuple(sale.id for sale in sales)
                chapters.append(
                    Chapter(
                        key,
                        role,
                        agreement.happened_at,
                        "agreement.happenedAt",
                        parts,
                        claims,
                        refund,
                        adjusted=adjusted,
                    )
                )
        return chapters

    # Refunds

    def _refunds(self) -> list[Chapter]:
        """A chapter for each refund, for what it takes back; and for returns that no refund tells yet."""
        back: dict[str, list[Sale]] = {}
        told: dict[str, tuple[datetime, Refund | None]] = {
            f"credit-note:{refund.id}": (refund.processed_at, refund) for refund in self.case.order.refunds
        }
        for agreement in self.returns:
            refund = refund_of(self.case, agreement)
            key = f"credit-note:{refund.id if refund else agreement.return_id or agreement.id}"
            told.setdefault(key, (agreement.happened_at, refund))
            back.setdefault(key, []).extend(sale for sale in agreement.sales if _is_taken_back(sale))
        return [
            chapter
            for key, (moment, refund) in told.items()
            for chapter in self._refund_chapters(key, moment, refund, back.get(key, []))
        ]

    def _refund_chapters(
        self, key: str, moment: datetime, refund: Refund | None, sales: Sequence[Sale]
    ) -> list[Chapter]:
        """One chapter, or several when a posted refund changed: what each document holds, then what none does."""
        holders = dict.fromkeys(
            [
                *(held for held in self._held_for(key) if not any(held == self.claimed.get(sale.id) for sale in sales)),
                *(self.claimed[sale.id] for sale in sales if sale.id in self.claimed),
            ]
        )
        groups = [(holder, [s for s in sales if self.claimed.get(s.id) == holder]) for holder in holders]
        fresh = [sale for sale in sales if sale.id not in self.claimed]
        if fresh or not groups:
            groups.append((next_key(self.case, key), fresh))
        return [self._refund_chapter(holder, moment, refund, group) for holder, group in groups]

    def _held_for(self, key: str) -> list[str]:
        """Credit notes of this refund that Zoho holds; one for money alone claims no sale."""
        return [
            known
            for known, document in self.case.books.documents.items()
            if document.state == "done" and (known == key or known.startswith(f"{key}:"))
        ]

    def _refund_chapter(self, key: str, moment: datetime, refund: Refund | None, sales: Sequence[Sale]) -> Chapter:
        parts = negated(of_sales(self.case, sales, f"refund {refund.id}" if refund else "return"))
        claims = tuple(sale.id for sale in sales)
        return Chapter(key, "refund", moment, "refund.processedAt", parts, claims, refund)


def next_key(case: Case, key: str) -> str:
    """The refund's own key, or, when that is in Zoho, the next difference's."""
    number, free = 1, key
    while case.done(free) is not None:
        free, number = f"{key}:{number}", number + 1
    return free


def _document_of(case: Case, key: str) -> str:
    """The document that an operation's claims belong to: an update's are the invoice's."""
    return invoice_key(case) if key.endswith(":update") else key


def _is_payment(one: Transaction) -> bool:
    return one.status == "SUCCESS" and one.kind in ("SALE", "CAPTURE")


def refund_of(case: Case, agreement: Agreement) -> Refund | None:
    """The refund that tells of what was agreed."""
    return next((one for one in case.order.refunds if _tells_of(one, agreement)), None)


def _tells_of(refund: Refund, agreement: Agreement) -> bool:
    if agreement.refund_id == refund.id:
        return True
    return agreement.return_id is not None and agreement.return_id == refund.return_id


def is_added(sale: Sale) -> bool:
    """Whether the ledger's entry adds to the order; else it takes something back, or gives money for nothing."""
    return sale.total.presentment.amount > 0 or sale.total.shop.amount > 0


def _is_taken_back(sale: Sale) -> bool:
    return not is_added(sale) and sale.line_type != "ADJUSTMENT"


def _sellable(parts: Iterable[Part]) -> bool:
    parts = list(parts)
    return bool(parts) and all(part.amount.amount >= 0 for part in parts)


def untouched(case: Case) -> bool:
    """Whether the invoice in Zoho may still be changed in place: nobody paid, credited, locked or edited it."""
    invoice = case.done(invoice_key(case))
    if invoice is None or invoice.changed_by_person or is_kept(invoice):
        return False
    if invoice.status in ("paid", "partially_paid", "void"):
        return False
    locked = case.books.locked_until
    if locked is not None and invoice.dated is not None and invoice.dated <= locked:
        return False
    return invoice.balance is None or invoice.total is None or invoice.balance == invoice.total
