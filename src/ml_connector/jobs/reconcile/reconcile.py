"""Reads both systems live for one period and puts every order into exactly one class.

    excluded ─ open ─ missing ─ different ─ equal        the first that fits; extra: in Zoho only

Verdicts (excluded by which rule, what waits) are ours; every figure is read from the two systems now. It asks Shopify
once for each 250 orders, Zoho once for each 200 documents; only where a row of the list does not close, the order is
read whole, and an invoice that was not found is looked for once more before it is called missing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from ml_connector.domain.books import KnownDocument
from ml_connector.domain.money import Side
from ml_connector.domain.order import Order
from ml_connector.domain.outcome import Verdict
from ml_connector.jobs.beginning import connection_of, midnight
from ml_connector.jobs.deleted import LOOK_BACK
from ml_connector.jobs.masters import masters_of
from ml_connector.jobs.paging import all_orders
from ml_connector.jobs.reconcile.comparing import Held, Sold, Unlike, at_a_glance, in_full, in_zoho, unlike
from ml_connector.jobs.reconcile.entries import Class, Entry, Reconciled
from ml_connector.jobs.reconcile.gathering import LANE, Gathered, gather, with_document
from ml_connector.jobs.report.dates import zone_of
from ml_connector.jobs.runtime import Runtime
from ml_connector.shopify.listing import By, OrderGlance
from ml_connector.shopify.scopes import granted
from ml_connector.store.outcomes import OutcomeRow, Wanted
from ml_connector.zoho.told import INVOICE

TOGETHER = 50
SOME = 500
_OPEN = frozenset({Verdict.WAITING, Verdict.IN_DOUBT, Verdict.HELD, Verdict.FAILED})
NOT_LOOKED_AT = "Nobody has looked at this order yet; the next sweep finds it."
NOT_THERE = "Zoho holds no invoice for this order, although it should."
WITHOUT_ORDER = "Shopify has no order for this document."
ORDER_UNKNOWN = "It bears our mark, and we do not know which order it belongs to."


async def reconcile(run: Runtime, first: date, last: date) -> Reconciled:
    """Compare the orders placed from *first* to *last*, days of the organisation, with Zoho's books.

    Raises:
        Trouble: a side could not be asked; half a comparison is none.
    """
    zone = zone_of(await connection_of(run))
    since, until = midnight(first, zone), midnight(last + timedelta(days=1), zone)
    orders = [order async for order in all_orders(run, By.PROCESSED, since, until)]
    outcomes = await _outcomes(run, [order.id for order in orders])
    gathered = await gather(run, first, last, {order.id: order.name for order in orders})
    entries = await _orders(run, orders, outcomes, gathered)
    entries += await _extra(run, gathered, {order.id for order in orders})
    return Reconciled(run.name, first, last, tuple(entries))


async def _outcomes(run: Runtime, ids: Sequence[str]) -> Mapping[str, OutcomeRow]:
    found: dict[str, OutcomeRow] = {}
    for begin in range(0, len(ids), SOME):
        wanted = Wanted(connection_id=run.connection_id, order_ids=tuple(ids[begin : begin + SOME]))
        async with run.store.at_once() as tx:
            page = await run.store.outcomes.page(tx, wanted, limit=SOME)
            found |= {row.order_id: row for row in page.rows}
    return found


# Orders


@dataclass(frozen=True, slots=True)
class _Case:
    """One order in the middle of being compared."""

    order: OrderGlance
    row: OutcomeRow | None
    held: Held
    side: Side

    @property
    def sold(self) -> Sold:
        return at_a_glance(self.order, self.side)

    def entry(self, fits: Class, text: str = "", *, rule: str | None = None, apart: Unlike | None = None) -> Entry:
        figures = self.sold.figures
        there = in_zoho(self.held, figures.goods.currency).goods if self._same_currency else None
        return Entry(
            fits,
            "order",
            self.order.id,
            self.order.name,
            shopify=apart.shopify if apart else figures.goods,
            zoho=apart.zoho if apart else there if self.held.documents else None,
            text=apart.text if apart else text,
            rule=rule,
        )

    @property
    def _same_currency(self) -> bool:
        return self.held.currencies() <= {self.sold.figures.goods.currency}


async def _orders(
    run: Runtime, orders: Sequence[OrderGlance], outcomes: Mapping[str, OutcomeRow], gathered: Gathered
) -> list[Entry]:
    side = Side(run.policy.currency)
    cases = [_Case(order, outcomes.get(order.id), gathered.held(order.id), side) for order in orders]
    entries = {case.order.id: entry for case in cases if (entry := _by_verdict(case)) is not None}
    rest = [case for case in cases if case.order.id not in entries]
    rest = [await _looked_for(run, case) for case in rest]
    for case in rest:
        if not case.held.has_invoice:
            entries[case.order.id] = case.entry(Class.MISSING, NOT_THERE if case.row else NOT_LOOKED_AT)
        elif unlike(case.sold, case.held) is None:
            entries[case.order.id] = case.entry(Class.EQUAL)
    unequal = [case for case in rest if case.order.id not in entries]
    whole = await _whole(run, [case.order.id for case in unequal])
    entries |= {case.order.id: _judged(case, whole.get(case.order.id)) for case in unequal}
    return [entries[case.order.id] for case in cases]


def _by_verdict(case: _Case) -> Entry | None:
    """Excluded by a rule, or not at rest in the books; None for an order whose figures have to agree."""
    row = case.row
    if row is None:
        return None
    reason = row.reason
    text = reason.text if reason else ""
    if row.verdict is Verdict.EXCLUDED:
        return case.entry(Class.EXCLUDED, text, rule=reason.cause or reason.code if reason else None)
    if row.verdict in _OPEN:
        return case.entry(Class.OPEN, text or "It is being looked at right now.")
    if reason is not None and reason.code.startswith("waits"):
        return case.entry(Class.OPEN, text)
    return None


async def _looked_for(run: Runtime, case: _Case) -> _Case:
    """With the invoice, where it has another date than we thought and is not remembered: one or two calls."""
    if case.held.has_invoice or case.row is None:
        return case
    zoho, key = run.zoho.in_lane(LANE), f"invoice:{case.order.id}"
    field = (await masters_of(run)).masters.unique_fields.get(INVOICE, "")
    found = await zoho.look_up(INVOICE, key, unique_field=field, reference="" if field else case.order.name)
    held = case.held
    for each in found.matches:
        held = with_document(held, each, key)
    return _Case(case.order, case.row, held, case.side)


async def _whole(run: Runtime, ids: Sequence[str]) -> dict[str, Order]:
    """Orders read in full, for those whose row of the list does not close."""
    found: dict[str, Order] = {}
    for begin in range(0, len(ids), TOGETHER):
        answers = await run.shopify.orders(ids[begin : begin + TOGETHER], background=True)
        found |= {each.id: each for each in answers if isinstance(each, Order)}
    return found


def _judged(case: _Case, whole: Order | None) -> Entry:
    sold = in_full(whole, case.side) if whole is not None else case.sold
    apart = unlike(sold, case.held)
    remarks = " ".join(sold.remarks)
    if apart is None:
        return case.entry(Class.EQUAL, remarks)
    return case.entry(Class.DIFFERENT, apart=Unlike(apart.shopify, apart.zoho, f"{apart.text} {remarks}".strip()))


# What Zoho alone has


async def _extra(run: Runtime, gathered: Gathered, period: set[str]) -> list[Entry]:
    """Documents of ours of which Shopify has no order. An order of another period is none of these."""
    elsewhere = {order: held for order, held in gathered.by_order.items() if order not in period}
    gone = await _gone(run, list(elsewhere))
    entries = [_document(each, WITHOUT_ORDER) for order in gone for each in elsewhere[order].documents if _counts(each)]
    return entries + [_document(each, ORDER_UNKNOWN) for each in gathered.stray]


async def _gone(run: Runtime, ids: Sequence[str]) -> list[str]:
    """Orders that Shopify does not have any more; one that has only grown too old to be seen is not among them."""
    gone: list[str] = []
    for begin in range(0, len(ids), TOGETHER):
        some = ids[begin : begin + TOGETHER]
        answers = await run.shopify.orders(some, background=True)
        gone += [each for each, answer in zip(some, answers, strict=True) if answer is None]
    if not gone or granted("read_all_orders", await run.shopify.scopes()):
        return gone
    seen = run.clock.now() - LOOK_BACK
    outcomes = await _outcomes(run, gone)
    placed = {each: row.facts.placed_at for each, row in outcomes.items()}
    return [each for each in gone if (at := placed.get(each)) is not None and at >= seen]


def _counts(document: KnownDocument) -> bool:
    return document.status != "void"


def _document(document: KnownDocument, text: str) -> Entry:
    return Entry(Class.EXTRA, document.kind.value, document.zoho_id, document.number, None, document.total, text)
