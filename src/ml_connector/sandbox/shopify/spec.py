"""What to place: orders described in a few words, from Python or as JSON.

Prices, delivery charges, duties, fees, tips and fixed discounts are in the shop's currency;
money that moves (pay, capture, refund) is in the buyer's.
"""

from __future__ import annotations

import types
import typing
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar

from ml_connector.sandbox.shopify.model import Address

T = TypeVar("T")


@dataclass(frozen=True)
class TaxSpec:
    """A tax to charge. `rate` is a fraction (0.2 for 20 %)."""

    title: str
    rate: Decimal
    channel_liable: bool | None = False
    source: str | None = None


@dataclass(frozen=True)
class DutySpec:
    """Customs duty for the whole line."""

    price: Decimal
    harmonized_code: str | None = None
    origin: str | None = None
    taxes: tuple[TaxSpec, ...] = ()


@dataclass(frozen=True)
class LineSpec:
    """Something to sell. `taxes` left out: the order's; empty: none."""

    title: str | None = None
    price: Decimal | None = None
    quantity: int = 1
    sku: str | None = None
    variant_title: str | None = None
    vendor: str | None = None
    taxes: tuple[TaxSpec, ...] | None = None
    taxable: bool = True
    gift_card: bool = False
    requires_shipping: bool = True
    duties: tuple[DutySpec, ...] = ()
    properties: tuple[tuple[str, str], ...] = ()
    selling_plan: str | None = None
    presentment_price: Decimal | None = None
    group: str | None = None


@dataclass(frozen=True)
class ShippingSpec:
    """A delivery charge. `taxes` left out: the order's; empty: none."""

    price: Decimal
    title: str = "Standard"
    taxes: tuple[TaxSpec, ...] | None = None


@dataclass(frozen=True)
class FeeSpec:
    """A fee on the whole order."""

    name: str
    price: Decimal
    taxes: tuple[TaxSpec, ...] = ()


@dataclass(frozen=True)
class DiscountSpec:
    """A discount: of a kind (code, automatic, manual, script), on lines or on shipping.

    Attributes:
        lines: Positions of the lines it applies to; left out: all of them.
        each: Take the percentage from every line by itself, not once from their sum.
        units: At most so many units of each line ("buy two, get one").
    """

    title: str
    value: Decimal
    kind: str = "code"
    percentage: bool = False
    target: str = "line_item"
    lines: tuple[int, ...] | None = None
    each: bool = False
    units: int | None = None


@dataclass(frozen=True)
class PaymentSpec:
    """How an order is paid as it is placed.

    Attributes:
        amount: In the buyer's currency; left out: all that is still open.
        kind: SALE, AUTHORIZATION, CAPTURE or CHANGE.
        rounding: Cash rounding that is part of the amount: -0.02 when 10.02 is paid as 10.00.
        rate: Presentment units for one shop unit on the day of payment; left out: the order's.
    """

    gateway: str = "shopify_payments"
    amount: Decimal | None = None
    kind: str = "SALE"
    status: str = "SUCCESS"
    rounding: Decimal | None = None
    rate: Decimal | None = None
    fee: Decimal | None = None


@dataclass(frozen=True)
class CustomerSpec:
    """A person. Found again by e-mail or phone, as Shopify does.

    Attributes:
        metafields: Namespace, key and value of each.
    """

    first_name: str | None = None
    last_name: str | None = None
    email: str | None = None
    phone: str | None = None
    address: Address | None = None
    note: str | None = None
    tags: tuple[str, ...] = ()
    locale: str = "en"
    tax_exempt: bool = False
    tax_exemptions: tuple[str, ...] = ()
    metafields: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True)
class OrderSpec:
    """An order to place. Everything has a default but the lines.

    Attributes:
        customer: Who buys; nothing for a guest. `customer_id` names somebody known instead.
        taxes: On every taxable line and on shipping, unless the line says otherwise.
        rate: Presentment units for one unit of the shop's currency.
        payments: Empty for an order that is still to be paid.
        tip_as_line: The tip is one of the order's lines too, as at the point of sale.
        tax_on_first_line: The first line carries the tax of all of them, as some apps' checkouts write it.
        terms_days: Net days of a pay-later order; -1: due on receipt; nothing: no terms.
    """

    lines: tuple[LineSpec, ...]
    customer: CustomerSpec | None = None
    customer_id: int | None = None
    company_location_id: int | None = None
    email: str | None = None
    phone: str | None = None
    shipping_address: Address | None = None
    billing_address: Address | None = None
    taxes: tuple[TaxSpec, ...] = ()
    taxes_included: bool | None = None
    tax_on_first_line: bool = False
    shipping: tuple[ShippingSpec, ...] = ()
    discounts: tuple[DiscountSpec, ...] = ()
    tip: Decimal | None = None
    tip_as_line: bool = False
    fees: tuple[FeeSpec, ...] = ()
    duties_included: bool = False
    presentment_currency: str | None = None
    rate: Decimal = Decimal(1)
    payments: tuple[PaymentSpec, ...] = (PaymentSpec(),)
    terms_days: int | None = None
    created_at: datetime | None = None
    processed_at: datetime | None = None
    test: bool = False
    tags: tuple[str, ...] = ()
    note: str | None = None
    po_number: str | None = None
    attributes: tuple[tuple[str, str], ...] = ()
    source_name: str = "web"
    app: tuple[int, str] | None = (580111, "Online Store")
    merchant_of_record: tuple[int, str] | None = None
    channel: str | None = "online_store"
    location: str | None = None
    tax_exempt: bool = False
    name: str | None = None


def spec_from(kind: type[T], value: Any) -> T:
    """Read a specification from JSON, strictly: an unknown name or a wrong shape is refused.

    Raises:
        ValueError: With a sentence about what is wrong.
    """
    if not isinstance(value, dict):
        raise ValueError(f"{kind.__name__} is an object, not {value!r}")  # noqa: TRY004 (about JSON, not about us)
    hints = typing.get_type_hints(kind)
    known = {part.name for part in fields(kind)}  # type: ignore[arg-type]
    unknown = value.keys() - known
    if unknown:
        raise ValueError(f"{kind.__name__} has no {', '.join(sorted(unknown))}")
    try:
        return kind(**{name: _convert(hints[name], part) for name, part in value.items()})
    except TypeError as error:
        raise ValueError(f"{kind.__name__}: {error}") from error


def _convert(hint: Any, value: Any) -> Any:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (types.UnionType, typing.Union):
        if value is None:
            return None
        return _convert(next(part for part in arguments if part is not type(None)), value)
    if origin is tuple:
        return _convert_tuple(arguments, value)
    if is_dataclass(hint):
        return spec_from(typing.cast(type[Any], hint), value)
    return _convert_plain(hint, value)


def _convert_tuple(arguments: tuple[Any, ...], value: Any) -> tuple[Any, ...]:
    if arguments[-1] is Ellipsis:
        return tuple(_convert(arguments[0], part) for part in value)
    return tuple(_convert(hint, part) for hint, part in zip(arguments, value, strict=True))


def _convert_plain(hint: Any, value: Any) -> Any:
    if hint is Decimal:
        return Decimal(str(value))
    if hint is datetime:
        return datetime.fromisoformat(value)
    return value
