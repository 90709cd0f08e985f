"""The tax of each part: which set it bears, which Zoho tax stands for it, and whether Shopify's amounts bear it out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from ml_connector.domain.arithmetic import exact_taxes
from ml_connector.domain.editions import kind_disagrees
from ml_connector.domain.money import Money, total
from ml_connector.domain.plan.accounts import find, special
from ml_connector.domain.plan.case import Case, Stopped, stop
from ml_connector.domain.plan.one_line import spread_all_on_one
from ml_connector.domain.plan.parts import Part, What
from ml_connector.domain.plan.unknown_tax import hold_for
from ml_connector.domain.taxes import EU, NOTHING, Choice, Missing, TaxSet, Unknown, choose, kinds_meant

NO_TAX_KINDS = frozenset({What.CHANNEL_TAX, What.TAX, What.ROUNDING, What.ALLOWANCE})
"""Lines that no sale stands behind: they bear a tax only where one was worked out for them."""


@dataclass(frozen=True, slots=True)
class Taxed:
    """A part and what Zoho is told about its tax."""

    part: Part
    choice: Choice
    account_id: str | None


@dataclass(frozen=True, slots=True)
class Taxation:
    """All parts of a document with their taxes; `on_top` is tax that goes into the adjustment instead."""

    parts: tuple[Taxed, ...]
    on_top: Money
    net: bool
    """Whether amounts are without tax although the order's prices include it."""


def tax_parts(case: Case, parts: Sequence[Part], dated: date) -> Taxation:
    """Decide the tax of every part, in the way that the policy `tax` says.

    Raises:
        Stopped: a tax is not mapped, or what Shopify charged cannot be said in Zoho.
    """
    pieces = [_without_channel_tax(case, part) for part in parts]
    # what goes with a part stands behind all parts, so that each keeps its place among the lines
    parts = [own for own, *_ in pieces] + [more for _, *rest in pieces for more in rest]
    mode = _mode(case, parts)
    if mode == "mapped":
        parts = spread_all_on_one(case, parts)
        return Taxation(tuple(_mapped(case, parts, dated)), case.zero, net=False)
    charged = total((part.tax for part in parts), case.currency)
    untaxed = [net_part(case, part) for part in parts]
    if mode == "lines":
        untaxed += _tax_lines(case, parts)
        charged = case.zero
    return Taxation(tuple(Taxed(part, NOTHING, account_of(case, part)) for part in untaxed), charged, net=True)


def _mode(case: Case, parts: Iterable[Part]) -> str:
    """`mapped`, `lines` or `adjustment`, or a hold where the organisation cannot have it so.

    Under `lines` no line names a tax, also in a document where none is charged: what was sold net comes back net.
    """
    registered, wanted = case.books.organisation.tax_registered, case.policy.tax
    if wanted == "lines":
        return wanted
    if not any(part.tax for part in parts):
        return "mapped"
    if wanted == "adjustment" and registered:
        raise stop(
            "adjustment_while_registered",
            "The order has tax, and your organisation is registered for tax in Zoho, so tax cannot go into an "
            "adjustment: your tax report would be empty.",
            "Set the policy “tax” to mapped.",
        )
    if wanted == "mapped" and not registered:
        raise stop(
            "not_registered",
            "Shopify charged tax, but your organisation is not registered for tax in Zoho, so no tax can be posted.",
            "Register the organisation in Zoho, or set the policy “tax” to adjustment.",
        )
    return wanted


def net_part(case: Case, part: Part) -> Part:
    """The part without its tax."""
    if not case.order.taxes_included:
        return replace(part, taxes=())
    return replace(part, amount=part.amount - part.tax, unit_price=None if part.tax else part.unit_price, taxes=())


def _tax_lines(case: Case, parts: Iterable[Part]) -> list[Part]:
    """One line per tax, on the tax-payable account."""
    sums: dict[tuple[str, Decimal], Money] = {}
    for tax in (tax for part in parts for tax in part.taxes):
        key = (tax.title, tax.rate)
        sums[key] = sums.get(key, case.zero) + tax.amount
    return [
        Part(f"taxLines: {title}", What.TAX, "", title or "Tax", 1, amount, amount, taxable=False)
        for (title, _), amount in sums.items()
        if amount
    ]


def _without_channel_tax(case: Case, part: Part) -> list[Part]:
    """A part whose tax the sales channel remits bears none of ours; what of it the buyer paid is a line of its own."""
    liable = [tax for tax in part.taxes if tax.channel_liable]
    if not liable:
        return [part]
    if len(liable) != len(part.taxes):
        raise stop(
            "channel_tax_mixed",
            f"“{part.name}” has tax that the sales channel remits and tax that you owe on one line. "
            "Zoho cannot hold both.",
            "Post this order by hand, or exclude it.",
        )
    goods = replace(part, taxes=(), untaxed_because="The sales channel remits this tax.")
    if case.order.taxes_included:
        goods = replace(goods, amount=part.amount - part.tax, unit_price=None)
    charged = case.order.taxes_included or case.reading.channel_tax_charged
    if not charged or not part.tax:
        return [goods]
    name = f"Tax remitted by the channel: {part.name}"
    remitted = Part(f"{part.source}.taxLines", What.CHANNEL_TAX, "", name, 1, part.tax, part.tax, taxable=False)
    return [goods, remitted]


# Mapped taxes


def _mapped(case: Case, parts: Iterable[Part], dated: date) -> list[Taxed]:
    taxed, unknown = [], []
    for part in parts:
        choice = _choice(case, part, dated)
        if isinstance(choice, Unknown):
            unknown.append((part, choice))
            continue
        taxed.append(Taxed(part, choice, account_of(case, part)))
        if choice.learned is not None:
            case.learned[choice.learned] = None
    if unknown:
        raise hold_for(case, unknown)
    _check_explained(case, taxed)
    return taxed


def _choice(case: Case, part: Part, dated: date) -> Choice | Unknown:
    if not case.books.organisation.tax_registered:
        return NOTHING
    if part.untaxed_because:
        return Choice(rule=part.untaxed_because)
    if part.what in NO_TAX_KINDS and not part.taxes:
        return Choice(rule="No sale stands behind this line, so it bears no tax.")
    wanted = tax_set(case, part)
    if not part.amount and not part.tax and not wanted.lines:
        return Choice(rule="Nothing is charged here, so there is nothing to tax.")
    _check_rates(part, wanted)
    _check_kind(case, kinds_meant(wanted, case.policy, dated))
    found = choose(wanted, case.policy, case.books, dated)
    if isinstance(found, Missing):
        raise stop(
            "tax_missing",
            f"The mapping for {wanted.text} in {wanted.place} names “{found.rule.tax}”, which Zoho does not have.",
            "Choose another tax under Mappings and policy, Taxes.",
            cause=f"tax_missing:{found.rule.tax}",
        )
    if isinstance(found, Unknown) and not part.amount and not part.tax:
        return Choice(rule="Nothing is charged here, so there is nothing to tax.")
    return found


def tax_set(case: Case, part: Part) -> TaxSet:
    """The set that *part* bears; without tax lines, with the reason that Shopify gives for it."""
    charged = part.taxes
    if part.taxes and part.amount and not part.tax and case.buyer.tax_exempt:
        charged = ()  # lines of nothing for a buyer who is exempt
    if charged:
        return TaxSet(case.place, tuple((tax.title, tax.rate) for tax in charged))
    return TaxSet(case.place, (), _reason(case, part))


def _reason(case: Case, part: Part) -> str:
    """Why there is no tax, only where Shopify says so."""
    home, place, buyer = case.books.organisation.country_code, case.place, case.buyer
    if part.what is What.GIFT_CARD:
        return "gift_card"
    if buyer.tax_exempt:
        return "exempt"
    if part.what is What.TIP or not part.taxable or _shipping_left_untaxed(case, part):
        return "not_taxable"
    within_eu = home in EU and place.country in EU
    if within_eu and buyer.registered and place.country != home:
        return "reverse_charge"
    if place.country not in ("", home) and not within_eu:
        return "export"
    return ""


def _shipping_left_untaxed(case: Case, part: Part) -> bool:
    """Delivery without tax beside goods that bear it, or beside goods that are not taxable: Shopify decided so.

    A line says by `taxable` whether it may be taxed, so its missing tax alone is no reason; delivery has no such
    field, and the checkout that taxed the goods would have taxed it too.
    """
    goods = [line for line in case.order.lines if not line.is_gift_card and not line.is_tip]
    return part.what is What.SHIPPING and any(line.tax_lines or not line.taxable for line in goods)


def _check_rates(part: Part, wanted: TaxSet) -> None:
    if all(rate < 1 for _, rate in wanted.lines):
        return
    raise stop(
        "tax_rate_impossible",
        f"Shopify says that “{part.name}” bears {wanted.text}. No tax is as much as the price, so an app will have "
        "written the tax of something else there. Nothing was sent to Zoho.",
        "Check the taxes of this order in Shopify, then post it by hand or exclude it.",
        details=(("Tax on the line", str(part.tax)), ("Price of the line", str(part.amount))),
    )


def _check_kind(case: Case, kinds: frozenset[str]) -> None:
    disagreement = kind_disagrees(kinds, case.order, case.books.organisation)
    if disagreement:
        raise stop(
            "tax_kind_and_place",
            f"{disagreement}. What Shopify charged is never taxed anew.",
            "Check the address and the tax settings in Shopify.",
        )


def _check_explained(case: Case, taxed: Sequence[Taxed]) -> None:
    """Shopify's tax has to be rate times price, to half a unit for each figure that was rounded."""
    by_tax: dict[str | None, list[Taxed]] = {}
    for one in taxed:
        by_tax.setdefault(one.choice.tax_id, []).append(one)
    for group in by_tax.values():
        charged, exact, figures = _charged_and_exact(case, group)
        if abs(charged.amount - exact) * 2 > charged.unit * figures:
            raise _tax_differs(group[0], charged, exact)


def _charged_and_exact(case: Case, group: Sequence[Taxed]) -> tuple[Money, Decimal, int]:
    charged = total((one.part.tax for one in group), case.currency)
    inclusive = case.order.taxes_included
    exact = sum(
        (
            tax
            for one in group
            for tax in exact_taxes(one.part.amount.amount, one.choice.components, inclusive=inclusive)
        ),
        Decimal(0),
    )
    figures = sum(max(len(one.part.taxes), 1) * one.part.roundings for one in group)
    return charged, exact, figures


def _tax_differs(example: Taxed, charged: Money, exact: Decimal) -> Stopped:
    if example.part.taxes and not any(tax.rate for tax in example.part.taxes):
        return _rate_untold(example, charged)
    percentage = f"{example.choice.percentage.normalize():f}"
    computed = Money(exact, charged.currency)
    return stop(
        "tax_differs",
        f"Shopify charged {charged} tax; {percentage} % of the price would be {computed.text}, "
        "more than rounding explains. Nothing was sent to Zoho.",
        "Check the tax of this order in Shopify, and the mapping of this tax.",
        details=(
            ("Shopify's tax", str(charged)),
            (f"{percentage} % of the price", str(computed)),
            ("First line concerned", example.part.name),
        ),
    )


def _rate_untold(example: Taxed, charged: Money) -> Stopped:
    """Tax lines may have an amount and no rate, or one of zero: `TaxLine.rate` and `ratePercentage` are nullable."""
    names = " + ".join(dict.fromkeys(tax.title or "Tax" for tax in example.part.taxes))
    return stop(
        "tax_differs",
        f"Shopify charged {charged} tax and gives no rate for “{names}”. Nothing was sent to Zoho.",
        f"Map “{names}” with a rate of 0 to the Zoho tax that explains the amount, or post this order by hand.",
        details=(("Shopify's tax", str(charged)), ("First line concerned", example.part.name)),
    )


# Accounts

_ACCOUNTS = {
    What.GIFT_CARD: "gift_cards",
    What.TIP: "tips",
    What.DUTY: "duties",
    What.FEE: "fees",
    What.CHANNEL_TAX: "channel_tax",
    What.TAX: "tax_payable",
    What.ROUNDING: "rounding",
    What.ALLOWANCE: "allowances",
}


def account_of(case: Case, part: Part) -> str | None:
    """The income or liability account of a part; None: Zoho's own for ordinary goods and shipping."""
    if part.what in _ACCOUNTS:
        return special(case, _ACCOUNTS[part.what])
    chosen = case.policy.accounts.shipping if part.what is What.SHIPPING else case.policy.accounts.sales
    return find(case, chosen, part.what.value) if chosen else None
