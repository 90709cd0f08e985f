"""One attack: a random order is posted as it happens and all at once, and everything that must hold is looked at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from random import Random

from ml_connector.domain.books import Books
from ml_connector.domain.documents import CreditNoteDraft, InvoiceDraft, Plan
from ml_connector.domain.money import Money, Side, places
from ml_connector.domain.outcome import Excluded, Hold
from ml_connector.domain.plan import plan_order
from ml_connector.prove.ledger_of_zoho import carried_out, nothing_negative
from ml_connector.prove.money.counting import (
    TAX_PAYABLE,
    Posted,
    Wrong,
    check_expected,
    check_open,
    check_rounding,
    residue_of,
    total_of,
)
from ml_connector.prove.money.drawing import World, a_till, a_world, events
from ml_connector.prove.money.owed import due, invoiced, taxes, without_tax
from ml_connector.prove.money.reasons import unexplained
from ml_connector.prove.till import Till

HOLDS = frozenset(
    {"totals_differ", "tax_rounding_unknown", "goodwill_tax", "tax_differs", "rate_unknown", "two_readings"}
)
"""Reasons for which a random order may be held: each says that no document would have been equal to the cent."""

CLOSED = "period_locked"
"""Allowed only where the period is closed, and the policy is to hold."""

UNCOVERED = "refund_uncovered"
"""Allowed only before the invoice: a deposit whose cash was rounded may be more when it goes back than came in."""

LEFT_OUT = frozenset({"cancelled_unpaid"})

LARGEST_RESIDUE = 5
"""Smallest units that rounding may leave on a document."""


@dataclass
class Tally:
    """What came of all orders; `failures` say what is wrong, with the seed that shows it again."""

    orders: int = 0
    plans: int = 0
    documents: int = 0
    residues: int = 0
    shifted: int = 0
    """Orders whose documents were other ones in steps, so that a unit of rounding stands in another place."""
    currencies: Counter[str] = field(default_factory=Counter)
    answers: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        for name in ("orders", "plans", "documents", "residues", "shifted"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.currencies += other.currencies
        self.answers += other.answers
        self.failures += other.failures


@dataclass
class Looked:
    """One way in which the connector came to know an order: what it posted, or why it did not go on."""

    world: World
    tally: Tally
    books: Books = field(init=False)
    posted: Posted = field(init=False)
    answer: Hold | Excluded | None = None
    allowed: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        self.books = self.world.books
        self.posted = Posted(self.books, self.world.way)

    def close(self) -> None:
        """Close the books up to the day that was drawn, if one was."""
        self.books = replace(self.books, locked_until=self.world.closes)

    def look(self, till: Till) -> None:
        """Post what the order asks for now, and look whether every promise holds.

        Raises:
            Wrong: one does not.
        """
        if isinstance(self.answer, Hold):
            return
        order = till.order()
        answer = plan_order(order, self.world.policy, self.books)
        self.answer = None if isinstance(answer, Plan) else answer
        self.allowed = HOLDS | LEFT_OUT | set(self._allowed(till))
        if not isinstance(answer, Plan):
            return
        self.tally.plans += 1
        for operation in answer.operations:
            if missing := unexplained(operation):
                raise Wrong(f"{operation.key} does not say why {', '.join(missing)}")
            check_open(operation, self.books.locked_until)
            if isinstance(operation.draft, InvoiceDraft | CreditNoteDraft):
                self.tally.documents += 1
                self.tally.residues += bool(residue_of(operation.draft))
                check_rounding(operation, operation.draft)
                check_expected(operation, operation.draft, self.books, self.world.way)
        self.books = carried_out(self.books, answer.operations, self._counted)
        self.posted.add(answer.operations)
        if len(rates := self.posted.rates()) > 1:
            raise Wrong(f"documents of one order have the rates {rates}")
        if not nothing_negative(self.books):
            raise Wrong("a balance or a credit fell under zero")
        again = plan_order(order, self.world.policy, self.books)
        if not isinstance(again, Plan) or again.operations:
            said = again.reason.text if not isinstance(again, Plan) else [one.key for one in again.operations]
            raise Wrong(f"the same order again asks for {said}")
        self._check(till)

    def _allowed(self, till: Till) -> Iterator[str]:
        """Reasons that are right for this order in this world, and for no other one."""
        if self.books.locked_until is not None and self.world.policy.locked_period == "hold":
            yield CLOSED
        less_came = till.rounded("in").presentment.amount < 0 or till.rounded("out").presentment.amount > 0
        if less_came and not invoiced(till, self.world.policy.post_when):
            yield UNCOVERED

    def _counted(self, draft: InvoiceDraft | CreditNoteDraft) -> Money:
        return total_of(draft, self.books, self.world.way)

    @property
    def side(self) -> Side:
        return Side.SHOP if self.world.policy.currency == "shop" else Side.PRESENTMENT

    # What must hold

    def _check(self, till: Till) -> None:
        wanted = due(till, self.side, self.world.policy.post_when)
        net = net_of(self.books)
        expected = {"goods": wanted.goods, "payments": wanted.received, "cash": wanted.paid_back, "owed": wanted.owed}
        if net != expected:
            raise Wrong(f"the books hold {_text(net)}, and Shopify's events make {_text(expected)}")
        if self.world.policy.tax == "mapped":
            self._check_taxes(till)
        else:
            self._check_net(till)
        unit = Decimal(1).scaleb(-places(till.currency if self.side is Side.SHOP else till.presentment))
        if any(residue > LARGEST_RESIDUE * unit for residue in self.posted.residues()):
            raise Wrong(f"rounding left {self.posted.residues()}")

    def _check_taxes(self, till: Till) -> None:
        """Tax by rate: apart by half a unit for each figure that either side rounded, and no more."""
        if self.posted.goodwill_taxed() or self.posted.voided or not invoiced(till, self.world.policy.post_when):
            return
        charged, rounded_there = taxes(till, self.side)
        held, rounded_here = self.posted.taxes(), self.posted.figures()
        for name in charged.keys() | held.keys():
            if abs(charged[name] - held[name]) * 2 > rounded_there[name] + rounded_here[name]:
                raise Wrong(f"of {name} Zoho holds {held[name]} smallest units, Shopify charged {charged[name]}")

    def _check_net(self, till: Till) -> None:
        """Where tax stands beside the prices, both are just what Shopify says: nothing is computed or rounded."""
        if self.posted.voided or not invoiced(till, self.world.policy.post_when):
            return
        prices, charged = without_tax(till, self.side)
        held = self.posted.prices()
        if held != prices:
            raise Wrong(f"prices without tax come to {held}, Shopify's to {prices} smallest units")
        if (put := self.posted.tax_beside()) != charged:
            raise Wrong(f"{put} smallest units stand beside the prices as tax, Shopify charged {charged}")


def net_of(books: Books) -> dict[str, Decimal]:
    """Invoices less credit notes, payments, money out, what is owed: what no order of events may change."""
    signs = {"invoice": ("goods", 1), "credit_note": ("goods", -1), "payment": ("payments", 1),
             "cash": ("cash", 1), "payment_refund": ("cash", 1)}  # fmt: skip
    net = dict.fromkeys(("goods", "payments", "cash", "owed"), Decimal(0))
    for document in books.documents.values():
        name, sign = signs.get(document.kind.value, ("", 0))
        if name and document.total is not None and document.status != "void":
            net[name] += sign * document.total.amount
        for figure, way in ((document.balance, 1), (document.unused, -1)):
            net["owed"] += way * figure.amount if figure is not None else 0
    return net


def _text(net: Mapping[str, Decimal]) -> str:
    return ", ".join(f"{name} {amount:f}" for name, amount in net.items())


def attack(random: Random, tally: Tally) -> None:
    """One order, looked at after every event, after some of them, and once in the end.

    Raises:
        Wrong, Refused: a promise does not hold.
    """
    world = a_world(random)
    draw, happenings = random.getrandbits(64), events(random)
    seen = [random.random() < 0.5 for _ in happenings]
    tills = [a_till(Random(draw), world.books) for _ in range(3)]
    every, some, once = (Looked(world, tally) for _ in tills)
    tally.currencies[tills[0].presentment] += 1
    every.look(tills[0])
    for number, (happen, looked_at) in enumerate(zip(happenings, seen, strict=True)):
        if number == world.closes_before:
            every.close()
            some.close()
        for till in tills:
            happen(till)
        every.look(tills[0])
        if looked_at:
            some.look(tills[1])
    some.look(tills[1])
    once.close()
    once.look(tills[2])
    for way in (every, some, once):
        _count(way, tally)
    for way in (every, some):
        _compare(way, once, tally)


def _count(way: Looked, tally: Tally) -> None:
    answer = way.answer
    if answer is None:
        tally.answers["posted"] += 1
        return
    code = answer.reason.code
    tally.answers[code] += 1
    if code not in way.allowed:
        raise Wrong(f"held for {code}: {answer.reason.text} {answer.reason.details}")


def _compare(way: Looked, once: Looked, tally: Tally) -> None:
    """The same net amounts, whenever we looked; by account and by tax up to what is rounded in another document."""
    if way.answer is not None or once.answer is not None:
        return
    if net_of(way.books) != net_of(once.books):
        raise Wrong(f"in steps {_text(net_of(way.books))}, at once {_text(net_of(once.books))}")
    figures = way.posted.figures() + once.posted.figures()
    here, there = way.posted.taxes(), once.posted.taxes()
    for name in here.keys() | there.keys():
        if abs(here[name] - there[name]) * 2 > figures[name]:
            raise Wrong(f"of {name} in steps {here[name]}, at once {there[name]} smallest units")
    ours, theirs = way.posted.accounts(), once.posted.accounts()
    loose = sum(figures.values()) + 2 * LARGEST_RESIDUE
    for name in (ours.keys() | theirs.keys()) - {TAX_PAYABLE}:  # tax may be an invoice's adjustment, see `_check_net`
        one, other = ours.get(name, Fraction(0)), theirs.get(name, Fraction(0))
        if abs(one - other) * 2 > loose:
            raise Wrong(f"on {name} in steps {one}, at once {other} smallest units")
    tally.shifted += here != there or ours != theirs
