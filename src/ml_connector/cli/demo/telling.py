"""What the person is shown, and what a program is."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import Any

from rich.console import Console
from rich.style import Style
from rich.table import Table
from rich.text import Text

from ml_connector.cli.demo.checking import Checked, Figures
from ml_connector.cli.demo.play import Result
from ml_connector.cli.demo.stage import CALLS_A_MINUTE, Stage
from ml_connector.cli.output import table
from ml_connector.domain.money import Money

Json = dict[str, Any]


def opened(out: Console, stage: Stage) -> None:
    """Where everything is, and what is not as in life."""
    credentials = stage.companies.credentials
    out.print(Text(f"The connector listens on {stage.address}, with a database of its own, new for this run."))
    out.print(Text(f"The simulated Shopify is {credentials.shopify_endpoint}, Zoho is {credentials.zoho_endpoint}."))
    out.print(Text(f"{stage.checked.name}: {credentials.shop} and its organisation are connected over OAuth."))
    out.print(
        Text(
            f"Not as in life: this Zoho allows {CALLS_A_MINUTE} calls a minute instead of 100, so that nobody waits."
            " The connector was told; it keeps to whatever the allowance is.\n"
        )
    )


def invited(out: Console, link: str | None) -> None:
    """How to come into the console; None when somebody can log in already."""
    if link is not None:
        out.print(Text(f"The console's first password is chosen here, once: {link}\n"), soft_wrap=True)


def finished(out: Console, stage: Stage, result: Result) -> None:
    """The orders, the counts, and where to look further."""
    out.print(_orders(stage, result))
    out.print(_kinds(result))
    out.print(Text(f"\n{sentence(result)}"))
    out.print(Text(f"The connector  {stage.address}"))
    credentials = stage.companies.credentials
    out.print(Text(f"Zoho's books   {credentials.zoho_endpoint}/_sandbox/books"))
    out.print(Text(f"Shopify        {credentials.shopify_endpoint}/_sandbox"))


def sentence(result: Result) -> str:
    """The whole in one sentence."""
    outcomes = Counter(order.outcome for order in result.orders)
    equal = sum(order.ok and order.outcome == "posted" for order in result.orders)
    said = ", ".join(f"{number} {word}" for word, number in sorted(outcomes.items()))
    verdict = "every order reached its expected end" if result.ok else f"{len(result.surprises)} did not"
    return (
        f"{len(result.orders)} orders in {result.took_s:.0f} s with {result.calls} calls to Zoho: {said}; {equal} of "
        f"those posted are equal in both systems; {verdict}."
    )


def _orders(stage: Stage, result: Result) -> Table:
    made = table(
        "", ("order", "kind", "outcome", "Shopify", "Zoho", "as expected", "why"), (), right=("Shopify", "Zoho")
    )
    for order in result.orders:
        made.add_row(
            Text(order.name, Style(link=f"{stage.address}/orders/{order.told.order_id}")),
            Text(order.told.kind),
            Text(order.outcome.replace("_", " ")),
            Text(_money(order, order.shopify)),
            Text(_money(order, order.zoho)),
            Text("yes" if order.ok else "NO", "" if order.ok else "bold red"),
            Text("" if order.outcome == "posted" and order.ok else order.reason),
        )
    return made


def _kinds(result: Result) -> Table:
    all_, good = Counter[str](), Counter[str]()
    for order in result.orders:
        all_[order.told.kind] += 1
        good[order.told.kind] += order.ok
    rows = [(kind, str(number), str(good[kind])) for kind, number in sorted(all_.items())]
    return table("\nBy kind", ("kind", "orders", "as expected"), rows, right=("orders", "as expected"))


def as_json(stage: Stage, result: Result) -> Json:
    """The same for a program."""
    return {
        "ok": result.ok,
        "at_rest": result.at_rest,
        "calls": result.calls,
        "took_s": round(result.took_s, 1),
        "address": stage.address,
        "counts": dict(Counter(order.outcome for order in result.orders)),
        "orders": [_order_json(order) for order in result.orders],
    }


def _order_json(order: Checked) -> Json:
    return {
        "id": f"gid://shopify/Order/{order.told.order_id}",
        "name": order.name,
        "kind": order.told.kind,
        "outcome": order.outcome,
        "expected": sorted(order.expected),
        "ok": order.ok,
        "reason": order.reason or None,
        "shopify": _figures_json(order, order.shopify),
        "zoho": _figures_json(order, order.zoho),
    }


def _figures_json(order: Checked, figures: Figures | None) -> Json | None:
    if figures is None:
        return None
    amounts = {"billed": figures.billed, "received": figures.received, "refunded": figures.refunded}
    return {name: _amount(amount, order.currency) for name, amount in amounts.items()}


def _amount(amount: Decimal, currency: str) -> Json:
    return {"amount": Money(amount, currency).text, "currency": currency}


def _money(order: Checked, figures: Figures | None) -> str:
    return "–" if figures is None else f"{Money(figures.billed, order.currency).text} {order.currency}"
