"""What can be asked of an order after it was placed: a refund, an edit, a return."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from ml_connector.sandbox.shopify.spec import LineSpec, TaxSpec


@dataclass(frozen=True)
class RefundSpec:
    """What to give back.

    Attributes:
        lines: Pairs of a line's position and how many units.
        shipping: "full", or so much of it in the buyer's currency, tax included.
        amount: Money to pay out, in the buyer's currency; left out: what Shopify suggests.
        gateway: Where the money goes; left out: the way it came.
        pending: The money is announced but has not moved yet.
        restock: RETURN, CANCEL or NO_RESTOCK.
        goodwill_tax: How much of money without goods is tax.
    """

    lines: tuple[tuple[int, int], ...] = ()
    everything: bool = False
    shipping: str | None = None
    duties: bool = False
    tip: bool = False
    amount: Decimal | None = None
    gateway: str | None = None
    pending: bool = False
    note: str | None = None
    restock: str = "RETURN"
    goodwill_tax: Decimal | None = None
    rate: Decimal | None = None
    rounding: Decimal | None = None


@dataclass(frozen=True)
class EditSpec:
    """What to change. Quantities are pairs of a line's position and its new current quantity."""

    add: tuple[LineSpec, ...] = ()
    quantities: tuple[tuple[int, int], ...] = ()
    discounts: tuple[tuple[int, Decimal], ...] = ()
    add_shipping: Decimal | None = None
    remove_shipping: bool = False
    taxes: tuple[TaxSpec, ...] | None = None
    note: str | None = None


@dataclass(frozen=True)
class ReturnSpec:
    """Goods coming back, perhaps against others, perhaps for a fee (in the shop's currency)."""

    lines: tuple[tuple[int, int], ...]
    exchange: tuple[LineSpec, ...] = ()
    fee: Decimal | None = None
    amount: Decimal | None = None
    gateway: str | None = None
    taxes: tuple[TaxSpec, ...] | None = None
    settle: bool = True


@dataclass(frozen=True)
class House:
    """Where goods go back to."""

    location_id: int | None = None
