"""The summary of a day, and the ledger of rounding."""

from __future__ import annotations

import msgspec

from ml_connector.web.api.shapes.common import Money, Outcomes


class SummaryRow(msgspec.Struct):
    """One currency: `shopify` less `excluded` and `open` is `expected`; `zoho` less that is the `difference`."""

    currency: str
    number: int
    shopify: Money | None
    excluded: Money
    open: Money
    expected: Money | None
    zoho: Money
    difference: Money | None


class TaxRow(msgspec.Struct):
    name: str
    percentage: str | None
    net: Money | None
    tax: Money
    gross: Money | None


class Group(msgspec.Struct):
    """Orders with one reason."""

    outcome: str
    code: str
    text: str
    fix: str | None
    orders: int
    money: list[Money]
    names: list[str]


class Tally(msgspec.Struct):
    number: int
    money: Money


class Calls(msgspec.Struct):
    used: int | None
    limit: int | None


class Told(msgspec.Struct):
    """One recipient or chat. `result`: sent, refused, or unknown where nothing was confirmed."""

    to: str
    by: str
    result: str
    text: str | None


class Rounded(msgspec.Struct):
    """What rounding put into the books in one month and currency; above zero: the shop's gain.

    `residue` is what Shopify's and Zoho's arithmetic leave between them, `cash_rounding` what cash was rounded by.
    """

    month: str
    currency: str
    residues: int
    residue: Money
    largest_residue: Money
    cash_roundings: int
    cash_rounding: Money
    total: Money


class RoundingLedger(msgspec.Struct):
    """The ledger of rounding of one connection, oldest month first."""

    connection: str
    months: list[Rounded]


class SummaryDelivery(msgspec.Struct):
    """`state`: open, sending, sent, failed, in_doubt (perhaps sent; not again by itself), kept, skipped."""

    state: str
    told: list[Told]
    trouble: str | None
    claimed_at: str | None


class Summary(msgspec.Struct):
    """The statement of a day. `money`: invoices less credit notes of the day's orders, by currency."""

    connection: str
    date: str
    zone: str
    shop: str
    organisation: str | None
    region: str | None
    read_at: str | None
    shopify_read_at: str | None
    shopify_trouble: str | None
    complete: bool
    seal: str
    sentence: str
    outcomes: Outcomes
    money: list[SummaryRow]
    payments: list[SummaryRow] | None
    refunds: list[SummaryRow] | None
    taxes: list[TaxRow]
    open: list[Group]
    excluded: list[Group]
    unpaid: list[Tally]
    rounding: list[Tally]
    cash_rounding: list[Tally]
    rounding_of_month: list[Rounded]
    calls: Calls
    sent: str | None
    delivery: SummaryDelivery
