"""What is drawn for one attack: the order, what happens to it, the organisation, the operator's choices."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from ml_connector.domain.books import Account, Books, Edition, Organisation, TaxComponent, ZohoCurrency, ZohoTax
from ml_connector.domain.money import places
from ml_connector.domain.policy import Accounts, Gateway, Policy
from ml_connector.prove.money.arithmetic import Way
from ml_connector.prove.till import START, Rates, Till

CURRENCIES = (
    "GBP EUR USD CHF SEK NOK DKK PLN CZK HUF RON CAD AUD NZD INR MXN BRL ZAR AED SAR SGD HKD THB TRY ILS CNY "
    "JPY KRW VND CLP ISK UGX "
    "KWD BHD OMR JOD TND"
).split()
"""Of 2, of 0 and of 3 decimal places."""

USUAL = ("GBP", "EUR", "USD", "JPY", "KWD")

TAXES: tuple[Rates, ...] = (
    (("VAT", "0.2"),),
    (("VAT", "0.05"),),
    (("VAT", "0.255"),),
    (("VAT", "0.075"),),
    (("VAT", "0"),),
    (("State", "0.06"), ("City", "0.0125")),
    (("Federal", "0.05"), ("Provincial", "0.09975")),
    (("State", "0.0725"), ("County", "0.0025"), ("City", "0.0125")),
    (("State", "0.06"), ("County", "0.01"), ("City", "0.0125"), ("District", "0.0025")),
)
"""One to four taxes on a line; some are members of several groups."""

_RATES = {date(2026, 1, 1): "0.37", START.date() + timedelta(days=2): "0.41"}
"""Zoho's own, which change while the order goes on."""

_NAMES = ("Clearing", "Gift cards", "Store credit", "Tips", "Duties", "Fees", "Rounding", "Allowances", "Tax payable")


@dataclass(frozen=True, slots=True)
class World:
    """The organisation and the operator's choices, and how Zoho really rounds, which the planner may not know.

    Attributes:
        closes: The day up to which the period is closed while the order goes on; None: it stays open.
        closes_before: How many of the order's events have happened by then.
    """

    books: Books
    policy: Policy
    way: Way
    closes: date | None = None
    closes_before: int = 0


# The order


def a_till(random: Random, books: Books) -> Till:
    """A random order as it is placed: lines, discounts, shipping, what else there may be."""
    base = books.organisation.currency
    shop = random.choice([base, base, random.choice(CURRENCIES)])
    paid = random.choice([shop, shop, random.choice(USUAL), random.choice(CURRENCIES)])
    till = Till(
        number=random.randint(1, 9_999),
        currency=shop,
        presentment=paid,
        rate="1" if shop == paid else f"{random.uniform(0.004, 2):.6f}",
        included=random.random() < 0.5,
        rates=random.choice(TAXES),
    )
    for _ in range(random.choice([1, 1, 2, 3, 5, random.randint(6, 20)])):
        _draw_line(till, random)
    if random.random() < 0.6:
        price = a_price(random, paid, 20)
        bears_none = any(line.tax_lines for line in till.lines) and random.random() < 0.3
        till.shipping(price, discount=random.choice(["0", "0", price]), rates=() if bears_none else None)
    if random.random() < 0.1:
        till.fee("Handling", a_price(random, paid, 5), rates=random.choice([(), till.rates]))
    if random.random() < 0.1:
        till.tip(a_price(random, paid, 5))
    return till.placed()


def a_price(random: Random, currency: str, largest: int = 300) -> str:
    units = random.choice([random.randint(1, 99), random.randint(100, largest * 100)])
    if places(currency) == 0:
        return str(units)
    fine = Decimal(random.randint(0, 9)).scaleb(-3) if places(currency) == 3 else 0
    return f"{Decimal(units).scaleb(-2) + fine}"


def _draw_line(till: Till, random: Random) -> None:
    price, quantity = a_price(random, till.presentment), random.choice([1, 1, 1, 2, 3, 7])
    discounts = _discounts(Decimal(price) * quantity, till.presentment, random)
    kind = random.random()
    if kind < 0.06:
        till.line(price, quantity, gift_card=True)
    elif kind < 0.12:
        till.line(price, quantity, discount=discounts, taxable=False)
    elif kind < 0.17:
        till.line(price, quantity, duty=a_price(random, till.presentment, 9), duty_rates=till.rates)
    else:
        rates = None if random.random() < 0.8 else random.choice(TAXES)
        till.line(price, quantity, discount=discounts, rates=rates)


def _discounts(gross: Decimal, currency: str, random: Random) -> list[str]:
    """None, one or several on top of each other; together at most the price."""
    unit, left, found = Decimal(1).scaleb(-places(currency)), gross, []
    for _ in range(random.choice([0, 0, 0, 1, 1, 2, 3])):
        part = (left * Decimal(random.choice(["0.1", "0.333", "0.05", "1"]))).quantize(unit)
        left -= part
        found.append(str(part))
    return found


# What happens to it

Event = Callable[[Till], object]


def events(random: Random) -> list[Event]:
    """What happens to the order, in time order; each may find that it cannot happen any more."""
    drawn: list[Event] = []
    clock = 0
    for _ in range(random.choice([0, 1, 1, 2, 3, 4, 6])):
        clock += random.randint(1, 60)
        drawn.append(_event(random, timedelta(hours=clock)))
    return drawn


def _event(random: Random, after: timedelta) -> Event:
    seed = random.random()
    kind = random.choice(_KINDS)
    return lambda till: kind(till, Random(seed), after)


def _pay(till: Till, random: Random, after: timedelta) -> None:
    if till.outstanding().presentment.amount > 0 and till.cancelled_at is None:
        till.pay(after=after, gateway=random.choice(["shopify_payments", "gift_card", "manual"]))


def _pay_cash(till: Till, random: Random, after: timedelta) -> None:
    owed = till.outstanding().presentment
    rounding = _cash_rounding(till, random)
    if owed.amount + Decimal(rounding) > 0 and owed.amount > 0 and till.cancelled_at is None:
        till.pay(after=after, gateway="cash", rounding=rounding)


def _cash_rounding(till: Till, random: Random) -> str:
    """A few of the smallest units, more or less; coins are of the shop's own currency."""
    units = random.choice([-2, -1, 1, 2]) if till.currency == till.presentment else 0
    return str(units * till.zero.presentment.unit)


def _pay_part(till: Till, random: Random, after: timedelta) -> None:
    part = (till.outstanding().presentment * Decimal(random.choice(["0.3", "0.5"]))).rounded()
    if part.amount > 0 and till.cancelled_at is None:
        till.pay(part.text, after=after)


def _edit(till: Till, random: Random, after: timedelta) -> None:
    at = random.randrange(len(till.lines))
    line = till.lines[at]
    if line.is_gift_card or line.current_quantity != line.quantity or till.cancelled_at is not None:
        return
    if random.random() < 0.5:
        till.edit(add=[(a_price(random, till.presentment, 50), random.randint(1, 2))], after=after)
    elif not line.duties and line.quantity > 1:
        till.edit(quantities=[(at, line.quantity - 1)], after=after)


def _refund(till: Till, random: Random, after: timedelta, *, pending: bool = False) -> None:
    at = random.randrange(len(till.lines))
    left = till.lines[at].current_quantity
    if left and till.money("in").presentment.amount > till.money("out").presentment.amount:
        till.refund((at, random.randint(1, left)), shipping=random.random() < 0.3, after=after, pending=pending)


def _refund_cash(till: Till, random: Random, after: timedelta) -> None:
    at = random.randrange(len(till.lines))
    left = till.lines[at].current_quantity
    there = till.money("in").presentment - till.money("out").presentment
    if left and there.amount > 1:
        till.refund((at, random.randint(1, left)), after=after, gateway="cash", rounding=_cash_rounding(till, random))


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
        add = [(a_price(random, till.presentment, 50), 1)] if random.random() < 0.7 else []
        till.exchange((at, 1), add=add, after=after)


def _fulfil(till: Till, random: Random, after: timedelta) -> None:
    if till.cancelled_at is None and till.fulfilled_at is None:
        till.fulfilled_at = till.at + after


def _cancel(till: Till, random: Random, after: timedelta) -> None:
    if till.cancelled_at is None and random.random() < 0.5:
        till.cancel(after=after)


_KINDS: tuple[Callable[[Till, Random, timedelta], None], ...] = (
    *(_pay, _pay, _pay, _pay_part, _pay_cash, _fulfil),
    *(_edit, _edit, _exchange),
    *(_refund, _refund_pending, _refund_cash, _goodwill, _cancel),
)

# The organisation and the operator


def a_world(random: Random) -> World:
    """An organisation in one of several currencies, whose rounding of taxes is known, or not yet."""
    way = random.choice(list(Way))
    said = "item_level" if way is Way.LINES else "entity_level"
    base, policy = random.choice(USUAL), _policy(random)
    organisation = Organisation(
        *("1", "Acme", base, base, "Europe/London", "Europe/London", "GB", Edition.UK),
        tax_rounding=random.choice([said, said, None]),
        tax_registered=policy.tax == "mapped" or (policy.tax == "lines" and random.random() < 0.5),
    )
    books = Books(
        organisation=organisation,
        today=date(2026, 11, 24),
        currencies={code: ZohoCurrency(code, code, places(code)) for code in CURRENCIES},
        taxes=_zoho_taxes(),
        accounts=tuple(Account(name, name, "bank") for name in _NAMES),
        rates={(code, day): Decimal(rate) for code in CURRENCIES for day, rate in _RATES.items()},
        guest_salt=b"money",
    )
    closes = START.date() + timedelta(days=random.randint(-1, 9)) if random.random() < 0.3 else None
    return World(books, policy, way, closes, random.randint(0, 4))


def component_id(title: str, rate: Decimal | str) -> str:
    """Zoho's id of the tax that stands for one of Shopify's tax lines."""
    return f"{title} {Decimal(rate).normalize():f}"


def _zoho_taxes() -> tuple[ZohoTax, ...]:
    taxes = []
    for rates in TAXES:
        members = tuple(TaxComponent(component_id(*one), one[0], Decimal(one[1]) * 100) for one in rates)
        whole = sum((one.percentage for one in members), Decimal(0))
        if len(members) == 1:
            taxes.append(ZohoTax(members[0].id, f"Rate {whole}", whole))
        else:
            taxes.append(ZohoTax(f"group {whole}", f"Rate {whole}", whole, "tax_group", components=members))
    return tuple(taxes)


def _policy(random: Random) -> Policy:
    return Policy(
        currency=random.choice(["presentment", "presentment", "shop"]),
        gateways={"*": Gateway("others", "Clearing")},
        accounts=Accounts(
            gift_cards="Gift cards",
            store_credit="Store credit",
            tips="Tips",
            duties="Duties",
            fees="Fees",
            rounding="Rounding",
            allowances="Allowances",
            tax_payable="Tax payable",
        ),
        goodwill_tax=random.choice(["as_shopify", "proportional"]),
        post_when=random.choice(["created", "created", "created", "paid", "fulfilled"]),
        cancel_unpaid=random.choice(["void", "credit_note"]),
        tax=random.choice(["mapped", "mapped", "mapped", "mapped", "lines", "adjustment"]),
        shipping=random.choice(["line", "line", "shipping_charge"]),
        locked_period=random.choice(["hold", "next_open_day", "next_open_day"]),
    )
