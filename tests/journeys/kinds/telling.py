"""How a kind of order is told: what happens in the shop, stage by stage, and what the books hold after each.

    @kind_of_order("full refund")
    def full_refund(scene: Scene) -> Story:
        \"\"\"Everything comes back, and all of the money with it.\"\"\"
        order = bought(scene.shop, TEA)
        yield books(order, Invoice("11.90", tax="1.90"), Payment("11.90"))
        scene.shop.refund(order)
        yield books(order, Invoice(…), Payment(…), CreditNote("11.90", tax="1.90", paid_out=cash("11.90")))

A story goes on only when the connector is at rest. What it does not say of a document is not compared; that the books
agree with the shop in goods, tax, money in, money out and what is owed is compared for every posted order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from tests.journeys.world import Documents, World, differences, refunds_of

from ml_connector.sandbox.shopify.model import Order
from ml_connector.sandbox.shopify.shop import Shop

Cash = tuple[tuple[str, str], ...]
"""Amounts that went out, each with the account that it left."""


def cash(amount: str, account: str = "Shopify Clearing") -> Cash:
    return ((amount, account),)


@dataclass(frozen=True)
class Line:
    """A line: its amount as the document writes it, the name of its tax, its account."""

    name: str
    amount: str
    tax: str | None = None
    account: str | None = None


@dataclass(frozen=True)
class Invoice:
    """What is said of an invoice; None: nothing."""

    total: str
    tax: str = "0.00"
    owed: str = "0.00"
    status: str | None = None
    lines: tuple[Line, ...] | None = None
    adjustment: tuple[str, str] | None = None
    rate: str | None = None
    dated: str | None = None
    due: str | None = None


@dataclass(frozen=True)
class CreditNote:
    """What is said of a credit note. *open*: what the customer still has of it."""

    total: str
    tax: str = "0.00"
    open: str = "0.00"
    paid_out: Cash = ()
    lines: tuple[Line, ...] | None = None
    rate: str | None = None
    dated: str | None = None


@dataclass(frozen=True)
class Payment:
    """What is said of a payment. *unused*: what is applied to no invoice."""

    amount: str
    account: str = "Shopify Clearing"
    unused: str = "0.00"
    paid_out: Cash = ()
    rate: str | None = None


Document = Invoice | CreditNote | Payment


@dataclass(frozen=True)
class Books:
    """What there is to be seen of one order when the connector is at rest."""

    order: Order
    verdict: tuple[str, str]
    documents: tuple[Document, ...]
    void: int = 0
    compared: bool = True
    """Whether the shop's figures are the books': not where tax is a line, or the order is older than the books."""
    says: str = ""
    """Words of the sentence that the shop owner reads."""
    also: Callable[[World, Documents], None] = lambda world, found: None
    """What else has to be true."""


def books(order: Order, *documents: Document, waits: str = "", void: int = 0, **more: Any) -> Books:
    """Posted, with just these documents, each sort in the order in which they were made.

    Args:
        waits: Code of what is not posted yet on purpose.
        void: How many void documents there are beside them.
    """
    return Books(order, ("posted", waits), documents, void, **more)


def held(order: Order, code: str, says: str, *documents: Document) -> Books:
    """A person is asked; the books hold *documents*, usually none."""
    return Books(order, ("held", code), documents, says=says)


def excluded(order: Order, code: str, says: str) -> Books:
    """A rule keeps it out."""
    return Books(order, ("excluded", code), (), says=says)


# Stories


@dataclass(frozen=True)
class Scene:
    """Where stories happen."""

    world: World

    @property
    def shop(self) -> Shop:
        return self.world.shop

    @property
    def now(self) -> datetime:
        return datetime.now(UTC)

    @property
    def last_month(self) -> datetime:
        """A moment near the end of it."""
        return self.now.replace(day=1) - timedelta(days=2)

    def approve(self, order: Order) -> None:
        """The operator sends the draft in Zoho."""
        companies = self.world.companies
        (invoice,) = self.world.documents(order).invoices
        companies.zoho.human(companies.organization).send_invoice(invoice["invoice_id"])

    def close_last_month(self) -> None:
        """The accountant closes everything up to its end."""
        companies = self.world.companies
        last = self.now.date().replace(day=1) - timedelta(days=1)
        companies.zoho.human(companies.organization).lock_until(last)


Story = Iterator[Books | tuple[Books, ...]]
Teller = Callable[[Scene], Story]


@dataclass(frozen=True)
class Shelf:
    """Kinds of order by name."""

    stories: dict[str, Teller] = field(default_factory=dict)

    def __call__(self, name: str) -> Callable[[Teller], Teller]:
        """Put a story on the shelf under *name*."""

        def keep(teller: Teller) -> Teller:
            assert name not in self.stories
            self.stories[name] = teller
            return teller

        return keep


kind_of_order = Shelf()
"""Kinds under the default policy, with accounts and gateways chosen."""
paid_first = Shelf()
"""Kinds for books in dollars, whose policy makes the invoice when the order is paid."""


@dataclass
class Telling:
    """One story while it is told, and what it found to be otherwise."""

    story: Story
    stage: int = 0
    failures: list[AssertionError] = field(default_factory=list)
    said: tuple[Books, ...] = ()
    everything: list[Books] = field(default_factory=list)

    def go_on(self) -> bool:
        """Let the next thing happen; false when that was all."""
        try:
            said = next(self.story)
        except StopIteration:
            return False
        self.said = said if isinstance(said, tuple) else (said,)
        self.everything += self.said
        self.stage += 1
        return True

    async def compare(self, world: World) -> None:
        for said in self.said:
            try:
                await compare(world, said)
            except AssertionError as failure:
                failure.add_note(f"stage {self.stage}, {said.order.name}")
                self.failures.append(failure)


async def tell(world: World, shelf: Shelf, *, within_s: float = 120.0) -> Mapping[str, Telling]:
    """Tell all stories of *shelf* side by side."""
    scene = Scene(world)
    told = {name: Telling(teller(scene)) for name, teller in shelf.stories.items()}
    going = list(told.values())
    while going := [one for one in going if one.go_on()]:
        await world.at_rest(within_s=within_s)
        for one in going:
            await one.compare(world)
    return told


# Comparing


async def compare(world: World, said: Books) -> None:
    """Fail where the books are otherwise."""
    sentence = await world.sentence(said.order)
    assert await world.verdict(said.order) == said.verdict, sentence
    assert said.says in sentence, sentence
    assert sentence or said.verdict[1] == ""
    found = world.documents(said.order)
    assert seen(world, found, said.documents) == said.documents
    assert len(found.void) == said.void
    assert len(world.contacts_of(found)) <= 1, "one buyer, one contact"
    if said.verdict == ("posted", "") and said.compared:
        assert differences(said.order, found) == {}
    said.also(world, found)


def seen(world: World, found: Documents, like: tuple[Document, ...]) -> tuple[Document, ...]:
    """The documents that were found, each sort in its order, with the fields that *like* speaks of."""
    sorts: dict[type[Document], list[Document]] = {
        Invoice: [_invoice(world, one) for one in found.invoices],
        CreditNote: [_credit_note(world, one) for one in found.creditnotes],
        Payment: [_payment(world, one) for one in found.payments],
    }
    answer = []
    for wanted in like:
        left = sorts[type(wanted)]
        if left:
            answer.append(_as_far_as(wanted, left.pop(0)))
    return (*answer, *(one for left in sorts.values() for one in left))


def _as_far_as(wanted: Document, found: Any) -> Document:
    silent = [each.name for each in fields(wanted) if getattr(wanted, each.name) is None]
    lines = _lines_as_far_as(wanted, found)
    return replace(found, **dict.fromkeys(silent), **lines)  # type: ignore[arg-type]


def _lines_as_far_as(wanted: Any, found: Any) -> dict[str, tuple[Line, ...]]:
    """The lines, without the taxes and accounts that are not spoken of."""
    if getattr(wanted, "lines", None) is None:
        return {}
    padded = (*wanted.lines, *(Line("", "") for _ in found.lines[len(wanted.lines) :]))
    pairs = zip(padded, found.lines, strict=False)
    return {
        "lines": tuple(
            replace(
                line, tax=line.tax if like.tax is not None else None, account=line.account if like.account else None
            )
            for like, line in pairs
        )
    }


def _invoice(world: World, one: Mapping[str, Any]) -> Invoice:
    adjustment = (_money(one["adjustment"]), str(one["adjustment_description"])) if one.get("adjustment") else None
    return Invoice(
        total=_money(one["total"]),
        tax=_money(one["tax_total"]),
        owed=_money(one["balance"]),
        status=one["status"],
        lines=_lines(one),
        adjustment=adjustment,
        rate=_rate(one),
        dated=one["date"],
        due=one["due_date"],
    )


def _credit_note(world: World, one: Mapping[str, Any]) -> CreditNote:
    return CreditNote(
        total=_money(one["total"]),
        tax=_money(one["tax_total"]),
        open=_money(one["balance"]),
        paid_out=_cash(world, one),
        lines=_lines(one),
        rate=_rate(one),
        dated=one["date"],
    )


def _payment(world: World, one: Mapping[str, Any]) -> Payment:
    return Payment(
        amount=_money(one["amount"]),
        account=one["account_name"],
        unused=_money(one["unused_amount"]),
        paid_out=_cash(world, one),
        rate=_rate(one),
    )


def _cash(world: World, one: Mapping[str, Any]) -> Cash:
    return tuple((_money(each["amount"]), _account(world, each)) for each in refunds_of(one))


def _account(world: World, refund: Mapping[str, Any]) -> str:
    return str(world.companies.organization.accounts[refund["from_account_id"]].name)


def _lines(one: Mapping[str, Any]) -> tuple[Line, ...]:
    return tuple(
        Line(each["name"], _money(each["item_total"]), each["tax_name"] or "none", each["account_name"])
        for each in one["line_items"]
    )


def _rate(one: Mapping[str, Any]) -> str:
    return f"{Decimal(str(one['exchange_rate'])):.6f}"


def _money(amount: Any) -> str:
    exact = Decimal(str(amount))
    return f"{exact:.2f}" if exact == exact.quantize(Decimal("0.01")) else f"{exact.normalize():f}"
