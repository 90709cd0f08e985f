"""Attack the arithmetic and the plans: many random orders, each posted in steps and at once.

For each order, drawn from a seed: the plan is carried out against a stand-in for Zoho that refuses what Zoho refuses;
every document is added up again by the sandbox's own arithmetic, which shares no code with ours; the same order again
must ask for nothing; what is owed in the end must be what Shopify says; and looking after every single event must end
in the same net amounts as looking once. A hold is an answer, but only for a reason that is on the list.

    python -m ml_connector.prove.money --plans 100000 --seed 1
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from ml_connector.domain.books import Account, Books, Edition, Organisation, TaxComponent, ZohoCurrency, ZohoTax
from ml_connector.domain.documents import CreditNoteDraft, InvoiceDraft, Operation, Plan
from ml_connector.domain.money import places
from ml_connector.domain.outcome import Excluded, Hold
from ml_connector.domain.plan import plan_order
from ml_connector.domain.policy import Accounts, Gateway, Policy
from ml_connector.prove.ledger_of_zoho import Refused, carried_out, nothing_negative
from ml_connector.prove.till import Till
from ml_connector.sandbox.zoho.arithmetic import Charge, Part, Rules, add_up

HOLDS = frozenset(
    {"totals_differ", "tax_rounding_unknown", "goodwill_tax", "tax_differs", "rate_unknown", "two_readings"}
)
"""Reasons for which a random order may be held: each says that no document would have been equal to the cent."""

LEFT_OUT = frozenset({"cancelled_unpaid"})

_CURRENCIES = ("GBP", "EUR", "USD", "JPY", "KWD")
_NAMES = ("Clearing", "Gift cards", "Store credit", "Tips", "Duties", "Fees", "Rounding", "Allowances")


@dataclass
class Tally:
    """What came of all orders; `failures` say what is wrong, with the seed that shows it again."""

    orders: int = 0
    plans: int = 0
    documents: int = 0
    residues: int = 0
    answers: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)


class Wrong(AssertionError):
    """Something that must hold for every order does not."""


# What is drawn


def _taxes(random: Random) -> tuple[tuple[str, str], ...]:
    return random.choice([
        (("VAT", "0.2"),), (("VAT", "0.05"),), (("VAT", "0.255"),), (("VAT", "0.075"),), (("VAT", "0"),),
        (("State", "0.06"), ("City", "0.0125")), (("VAT", "0.2"),),
    ])  # fmt: skip


def _price(random: Random, currency: str, largest: int = 300) -> str:
    units = random.choice([random.randint(1, 99), random.randint(100, largest * 100)])
    if places(currency) == 0:
        return str(units)
    return f"{Decimal(units).scaleb(-2) + (Decimal(random.randint(0, 9)).scaleb(-3) if places(currency) == 3 else 0)}"


def a_till(random: Random) -> Till:
    """A random order as it is placed: lines, discounts, shipping, what else there may be."""
    shop, paid = random.choice([("GBP", "GBP"), ("GBP", "GBP"), ("GBP", random.choice(_CURRENCIES))])
    rate = "1" if shop == paid else f"{random.uniform(0.004, 2):.6f}"
    till = Till(
        number=random.randint(1, 9_999),
        currency=shop,
        presentment=paid,
        rate=rate,
        included=random.random() < 0.5,
        rates=_taxes(random),
    )
    for _ in range(random.choice([1, 1, 2, 3, 5, random.randint(6, 20)])):
        _draw_line(till, random)
    if random.random() < 0.6:
        price = _price(random, paid, 20)
        till.shipping(price, discount=random.choice(["0", "0", price]))
    if random.random() < 0.1:
        till.fee("Handling", _price(random, paid, 5), rates=random.choice([(), till.rates]))
    if random.random() < 0.1:
        till.tip(_price(random, paid, 5))
    return till.placed()


def _draw_line(till: Till, random: Random) -> None:
    price, quantity = _price(random, till.presentment), random.choice([1, 1, 1, 2, 3, 7])
    gross = Decimal(price) * quantity
    unit = Decimal(1).scaleb(-places(till.presentment))
    discount = (gross * Decimal(random.choice(["0", "0", "0", "0.1", "0.333", "1"]))).quantize(unit)
    kind = random.random()
    if kind < 0.06:
        till.line(price, quantity, gift_card=True)
    elif kind < 0.12:
        till.line(price, quantity, discount=str(discount), taxable=False)
    elif kind < 0.17:
        till.line(price, quantity, duty=_price(random, till.presentment, 9), duty_rates=till.rates)
    else:
        rates = None if random.random() < 0.8 else _taxes(random)
        till.line(price, quantity, discount=str(discount), rates=rates)


def events(random: Random) -> list[Callable[[Till], object]]:
    """What happens to the order, in time order; each may find that it cannot happen any more."""
    drawn: list[Callable[[Till], object]] = []
    clock = 0
    for _ in range(random.choice([0, 1, 1, 2, 3, 4])):
        clock += random.randint(1, 60)
        drawn.append(_event(random, timedelta(hours=clock)))
    return drawn


def _event(random: Random, after: timedelta) -> Callable[[Till], object]:
    seed = random.random()
    kinds: list[Callable[[Till, Random, timedelta], object]] = [
        _pay,
        _pay,
        _pay_part,
        _edit,
        _refund,
        _goodwill,
        _exchange,
        _pay,
        _refund_pending,
    ]
    kind = random.choice(kinds)
    return lambda till: kind(till, Random(seed), after)


def _pay(till: Till, random: Random, after: timedelta) -> None:
    if till.outstanding().presentment.amount > 0:
        till.pay(after=after, gateway=random.choice(["shopify_payments", "gift_card", "manual"]))


def _pay_part(till: Till, random: Random, after: timedelta) -> None:
    owed = till.outstanding().presentment
    part = (owed * Decimal(random.choice(["0.3", "0.5"]))).rounded()
    if part.amount > 0:
        till.pay(part.text, after=after)


def _edit(till: Till, random: Random, after: timedelta) -> None:
    at = random.randrange(len(till.lines))
    line = till.lines[at]
    if line.is_gift_card or line.current_quantity != line.quantity:
        return
    if random.random() < 0.5:
        till.edit(add=[(_price(random, till.presentment, 50), random.randint(1, 2))], after=after)
    elif line.duties or line.quantity == 1:
        return
    else:
        till.edit(quantities=[(at, line.quantity - 1)], after=after)


def _refund(till: Till, random: Random, after: timedelta, *, pending: bool = False) -> None:
    at = random.randrange(len(till.lines))
    left = till.lines[at].current_quantity
    if left and till.money("in").presentment.amount > till.money("out").presentment.amount:
        till.refund((at, random.randint(1, left)), shipping=random.random() < 0.3, after=after, pending=pending)


def _refund_pending(till: Till, random: Random, after: timedelta) -> None:
    _refund(till, random, after, pending=True)
    if random.random() < 0.6:
        till.settle(after=after + timedelta(minutes=30))


def _goodwill(till: Till, random: Random, after: timedelta) -> None:
    there = till.money("in").presentment - till.money("out").presentment
    part = (there * Decimal("0.1")).rounded()
    if part.amount > 0:
        till.refund(amount=part.text, after=after, adjustment_sale=random.random() < 0.5)


def _exchange(till: Till, random: Random, after: timedelta) -> None:
    at = random.randrange(len(till.lines))
    if till.lines[at].current_quantity and not till.lines[at].is_gift_card:
        add = [(_price(random, till.presentment, 50), 1)] if random.random() < 0.7 else []
        till.exchange((at, 1), add=add, after=after)


def _books(random: Random) -> Books:
    group = (TaxComponent("t6", "State", Decimal(6)), TaxComponent("t125", "City", Decimal("1.25")))
    rates = ("20", "5", "25.5", "7.5")
    taxes = [ZohoTax(f"t{rate}", f"Rate {rate}", Decimal(rate)) for rate in rates]
    return Books(
        organisation=Organisation(
            "1",
            "Acme",
            "GBP",
            "GBP",
            "Europe/London",
            "Europe/London",
            "GB",
            Edition.UK,
            tax_rounding=random.choice(["item_level", "entity_level", None]),
        ),
        today=date(2026, 11, 24),
        currencies={code: ZohoCurrency(code, code, places(code)) for code in _CURRENCIES},
        taxes=(
            *taxes,
            ZohoTax("t0", "Zero", Decimal(0)),
            ZohoTax("tg", "Both", Decimal("7.25"), "tax_group", components=group),
        ),
        accounts=tuple(Account(name, name, "bank") for name in _NAMES),
        guest_salt=b"money",
    )


def _policy(random: Random) -> Policy:
    return Policy(
        gateways={"*": Gateway("others", "Clearing")},
        accounts=Accounts(
            gift_cards="Gift cards",
            store_credit="Store credit",
            tips="Tips",
            duties="Duties",
            fees="Fees",
            rounding="Rounding",
            allowances="Allowances",
        ),
        goodwill_tax=random.choice(["as_shopify", "proportional"]),
    )


# What is checked


def _again(draft: InvoiceDraft | CreditNoteDraft, books: Books, rounding: str) -> Decimal:
    """The document's total by the sandbox's arithmetic."""
    by_id = {tax.id: tax for tax in books.taxes}
    charges = []
    for line in draft.lines:
        tax = by_id.get(line.tax_id or "")
        members = () if tax is None else tax.components or (TaxComponent(tax.id, tax.name, tax.percentage),)
        parts = tuple(Part(one.id, one.percentage) for one in members)
        charges.append(Charge(line.rate, line.quantity, str(line.discount), line.tax_id or "", parts))
    rules = Rules(places(draft.currency), draft.is_inclusive_tax, rounding)
    adjustment = draft.adjustment if isinstance(draft, InvoiceDraft) else Decimal(0)
    return add_up(charges, rules, adjustment=adjustment).total


def _check_documents(operations: Iterable[Operation], books: Books, tally: Tally) -> None:
    rounding = books.organisation.tax_rounding
    for operation in operations:
        draft = operation.draft
        if not isinstance(draft, InvoiceDraft | CreditNoteDraft):
            continue
        tally.documents += 1
        tally.residues += isinstance(draft, InvoiceDraft) and bool(draft.adjustment)
        for way in (rounding,) if rounding else ("item_level", "entity_level"):
            found = _again(draft, books, way)
            if found != draft.expected.total.amount:
                raise Wrong(f"{operation.key}: {way} makes {found}, expected {draft.expected.total}")


def _posted(till: Till, policy: Policy, books: Books, tally: Tally) -> Books | Hold | Excluded:
    """The books after the order's plan, every promise about it checked."""
    order = till.order()
    answer = plan_order(order, policy, books)
    if not isinstance(answer, Plan):
        return answer
    tally.plans += 1
    _check_documents(answer.operations, books, tally)
    after = carried_out(books, answer.operations)
    if not nothing_negative(after):
        raise Wrong("a balance or a credit fell under zero")
    again = plan_order(order, policy, after)
    if not isinstance(again, Plan) or again.operations:
        said = again.reason.text if not isinstance(again, Plan) else [one.key for one in again.operations]
        raise Wrong(f"the same order again asks for {said}")
    for label, ours, theirs in answer.closing:
        if ours != theirs:
            raise Wrong(f"{label}: {ours} and {theirs}")
    return after


def _net(books: Books) -> dict[str, Decimal]:
    """Invoices less credit notes, payments, money out, what is owed: what no order of events may change."""
    signs = {"invoice": ("documents", 1), "credit_note": ("documents", -1), "payment": ("payments", 1),
             "cash": ("cash", 1), "payment_refund": ("cash", 1)}  # fmt: skip
    net = dict.fromkeys(("documents", "payments", "cash", "owed"), Decimal(0))
    for document in books.documents.values():
        name, sign = signs.get(document.kind.value, ("", 0))
        if name and document.total is not None:
            net[name] += sign * document.total.amount
        for figure, way in ((document.balance, 1), (document.unused, -1)):
            net["owed"] += way * figure.amount if figure is not None else 0
    return net


def prove_one(seed: int, tally: Tally) -> None:
    """One order in steps and at once.

    Raises:
        Wrong, Refused: a promise does not hold.
    """
    random = Random(seed)
    policy, books = _policy(random), _books(random)
    draw, happenings = random.getrandbits(64), events(random)
    stepwise, at_once = a_till(Random(draw)), a_till(Random(draw))
    looked: Books | Hold | Excluded = _posted(stepwise, policy, books, tally)
    for happen in happenings:
        happen(stepwise)
        happen(at_once)
        if isinstance(looked, Books):
            looked = _posted(stepwise, policy, looked, tally)
    once = _posted(at_once, policy, books, tally)
    for answer in (looked, once):
        _count(answer, tally)
    if isinstance(looked, Books) and isinstance(once, Books) and _net(looked) != _net(once):
        raise Wrong(f"in steps {_net(looked)}, at once {_net(once)}")


def _count(answer: Books | Hold | Excluded, tally: Tally) -> None:
    if isinstance(answer, Books):
        tally.answers["posted"] += 1
        return
    code = answer.reason.code
    tally.answers[code] += 1
    if code not in HOLDS | LEFT_OUT:
        raise Wrong(f"held for {code}: {answer.reason.text} {answer.reason.details}")


def prove(plans: int, seed: int, *, tell: Callable[[str], object] = lambda _: None) -> Tally:
    """Make and check at least *plans* plans, from orders drawn by *seed*."""
    tally = Tally()
    while tally.plans < plans and len(tally.failures) < 20:
        own = seed * 1_000_000_007 + tally.orders
        tally.orders += 1
        try:
            prove_one(own, tally)
        except (Wrong, Refused) as wrong:
            tally.failures.append(f"order seed {own}: {wrong}")
        if tally.orders % 2_000 == 0:
            tell(f"{tally.plans} plans, {len(tally.failures)} failures")
    return tally


def main(arguments: list[str] | None = None) -> int:
    """The command; exit status 1 when something is wrong."""
    parser = argparse.ArgumentParser(prog="python -m ml_connector.prove.money", description=__doc__)
    parser.add_argument("--plans", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args(arguments)
    tally = prove(given.plans, given.seed, tell=lambda line: sys.stderr.write(f"{line}\n"))
    lines = [
        (
            f"{tally.orders} orders, {tally.plans} plans, {tally.documents} documents added up twice, "
            f"{tally.residues} with a rounding residue"
        ),
        ", ".join(f"{name} {count}" for name, count in tally.answers.most_common()),
        *tally.failures,
    ]
    sys.stdout.write("\n".join(lines) + "\n")
    return 1 if tally.failures else 0


if __name__ == "__main__":
    sys.exit(main())
