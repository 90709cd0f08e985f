"""The prover of the arithmetic: it finds nothing wrong with the planner, and finds what was planted."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from ml_connector.domain import arithmetic as emulation
from ml_connector.domain.money import places
from ml_connector.domain.plan import parts, payments, wallet
from ml_connector.prove.money import prove
from ml_connector.prove.money.__main__ import main
from ml_connector.prove.money.arithmetic import Line, Way, add_up
from ml_connector.prove.money.drawing import CURRENCIES, TAXES
from ml_connector.sandbox.zoho.arithmetic import Charge, Part, Rules
from ml_connector.sandbox.zoho.arithmetic import add_up as sandbox_adds_up

PLANS = 2_000
READINGS = {
    Way.LINES: emulation.Reading("item_level"),
    Way.NAMED_TAXES: emulation.Reading("entity_level"),
    Way.COMPONENTS: emulation.Reading("entity_level", by_component=True),
}


def test_thousands_of_plans_leave_no_failure():
    tally = prove(PLANS, seed=2)

    assert tally.failures == []
    assert tally.plans >= PLANS
    assert tally.residues > 0


def test_orders_are_drawn_in_thirty_currencies_of_all_places_and_with_up_to_four_taxes():
    assert len(CURRENCIES) >= 30
    assert {places(code) for code in CURRENCIES} == {0, 2, 3}
    assert {len(rates) for rates in TAXES} == {1, 2, 3, 4}


def test_the_command_says_what_it_proved_and_repeats_one_order(capsys):
    assert main(["--plans", "5", "--seed", "3", "--processes", "1"]) == 0
    assert main(["--order", "7"]) == 0

    said = capsys.readouterr().out
    assert "added up by another arithmetic" in said
    assert "1 orders in 1 currencies" in said


# What was planted is found


def test_rounding_half_to_even_is_found(monkeypatch):
    def to_even(amount: Decimal, to_places: int) -> Decimal:
        return amount.quantize(Decimal(1).scaleb(-to_places), ROUND_HALF_EVEN)

    monkeypatch.setattr(emulation, "half_up", to_even)

    assert prove(4_000, seed=1, enough=1).failures


def test_a_credit_that_is_spent_twice_is_found(monkeypatch):
    monkeypatch.setattr(wallet.Wallet, "use", lambda _, credit, amount, **__: min(amount, credit.left))

    assert prove(2_000, seed=1, enough=1).failures


def test_a_tax_that_is_left_out_is_found(monkeypatch):
    whole = parts.taxes_of
    monkeypatch.setattr(parts, "taxes_of", lambda case, lines: whole(case, lines)[:1])

    assert prove(500, seed=1, enough=1).failures


def test_money_that_is_not_paid_out_is_found(monkeypatch):
    monkeypatch.setattr(payments, "cash_known", lambda _, movement: movement.amount)

    assert prove(2_000, seed=1, enough=1).failures


# Three arithmetics, written apart, say the same

amounts = st.decimals("0.001", "9999.999", places=3)
rates = st.sampled_from(TAXES)


@settings(max_examples=100)
@given(
    sold=st.lists(st.tuples(amounts, st.integers(1, 9), rates), min_size=1, max_size=6),
    inclusive=st.booleans(),
    to_places=st.sampled_from([0, 2, 3]),
    discount_units=st.integers(0, 500),
    way=st.sampled_from(list(Way)),
)
def test_the_emulation_the_sandbox_and_the_prover_add_up_alike(sold, inclusive, to_places, discount_units, way):
    discount = Decimal(discount_units).scaleb(-to_places)
    named = [("+".join(f"{title}{rate}" for title, rate in taxes), taxes) for _, _, taxes in sold]
    percents = [{f"{title}{rate}": Decimal(rate) * 100 for title, rate in taxes} for _, taxes in named]

    prover = add_up(
        [Line(Fraction(price), Fraction(count), tax=name, components={k: Fraction(v) for k, v in each.items()})
         for (price, count, _), (name, _), each in zip(sold, named, percents, strict=True)],
        way, places=to_places, inclusive=inclusive, discount=Fraction(discount),
    )  # fmt: skip
    lines = tuple(
        emulation.Amount(
            price, Decimal(count), Decimal(0), name, tuple(emulation.Component(*one) for one in each.items())
        )
        for (price, count, _), (name, _), each in zip(sold, named, percents, strict=True)
    )
    document = emulation.Document(lines, to_places, inclusive, discount=discount)
    ours = emulation.add_up(document, READINGS[way])

    assert (ours.total.scaleb(to_places), ours.taxes) == (
        prover.total,
        {name: Decimal(amount).scaleb(-to_places) for name, amount in prover.taxes.items()},
    )
    if way is not Way.COMPONENTS:
        rules = Rules(to_places, inclusive, way.value, str(discount), "entity_level")
        charges = [
            Charge(price, Decimal(count), "", name, tuple(Part(*one) for one in each.items()))
            for (price, count, _), (name, _), each in zip(sold, named, percents, strict=True)
        ]
        assert sandbox_adds_up(charges, rules).total == ours.total
