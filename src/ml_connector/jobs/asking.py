"""What a decision about one order reads, gathered before it: from our tables, and from Zoho where we cannot know it.

For a known customer of a known organisation this is three queries and no call.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncConnection

from ml_connector.domain.books import Books, ContactLink, KnownDocument
from ml_connector.domain.documents import Kind
from ml_connector.domain.order import Order
from ml_connector.domain.plan import rates
from ml_connector.domain.plan.case import Case
from ml_connector.domain.plan.contact import contact_currency, contact_key, who_buys
from ml_connector.jobs.apply import Known
from ml_connector.jobs.contacts import link_as_made, link_of
from ml_connector.jobs.masters import Kept, Masters, masters_of
from ml_connector.jobs.runtime import Runtime
from ml_connector.zoho.told import Told

NOTHING: Mapping[str, KnownDocument] = {}


@dataclass(frozen=True, slots=True)
class Asked:
    """What was gathered: for the decision, and for carrying it out."""

    books: Books
    known: Known
    masters: Kept


async def ask(
    order: Order,
    run: Runtime,
    *,
    backfill: bool = False,
    found: Mapping[str, KnownDocument] = NOTHING,
) -> Asked:
    """Everything Zoho-sided that a decision about *order* needs.

    Args:
        found: Documents as they have just been read, before what the tables say.

    Raises:
        Trouble: Zoho could not be asked; nothing was written.
    """
    masters = await masters_of(run)
    books = await _books(order, masters, run, backfill=backfill)
    books = replace(books, documents={**books.documents, **found})
    books = replace(books, rates=await _rates(order, books, run))
    told = Told(unique_fields=masters.masters.unique_fields)
    link = await _contact(order, books, told, run)
    if link is not None:
        books = replace(books, contacts={link.key: link})
    return Asked(books, _known(books, told), masters)


async def _books(order: Order, masters: Kept, run: Runtime, *, backfill: bool) -> Books:
    found = masters.masters
    async with run.store.at_once() as tx:
        documents = await run.store.documents.of_order(tx, run.connection_id, order.id)
        items = await _items_asked_for(tx, order, run)
        claims = await run.store.operations.claims(tx, run.connection_id, _sources(order))
    return replace(
        books_of(found, run),
        documents={key: each for key, each in documents.items() if each.state not in ("dropped", "refused")} | items,
        other_claims={source: key for source, key in claims.items() if key not in documents},
        backfill=backfill,
    )


async def _items_asked_for(tx: AsyncConnection, order: Order, run: Runtime) -> dict[str, KnownDocument]:
    """Items that this or another order has asked Zoho for: one that was refused is not asked for again."""
    if run.policy.items != "create":
        return {}
    keys = {f"item:{line.sku}" for line in order.lines if line.sku}
    rows = await run.store.operations.of_keys(tx, run.connection_id, keys)
    answered = {key: row for key, row in rows.items() if row.state not in ("dropped", "intended", "sent")}
    return {key: KnownDocument(key, Kind.ITEM, row.state, zoho_id=row.zoho_id) for key, row in answered.items()}


def books_of(masters: Masters, run: Runtime) -> Books:
    """The books as far as they are nobody's in particular: the organisation's master data."""
    return Books(
        organisation=masters.organisation,
        today=_today(masters.organisation.zone, run),
        currencies=masters.currencies,
        taxes=masters.taxes,
        exemptions=masters.exemptions,
        accounts=masters.accounts,
        items=masters.items,
        locked_until=masters.locked_until,
        guest_salt=run.guest_salt,
    )


def _today(zone: str, run: Runtime) -> date:
    return run.clock.now().astimezone(ZoneInfo(zone)).date()


def _sources(order: Order) -> list[str]:
    """Every sale and transaction that a document may account for."""
    sales = (sale.id for agreement in order.agreements or () for sale in agreement.sales)
    return [*(transaction.id for transaction in order.transactions), *sales]


async def _contact(order: Order, books: Books, told: Told, run: Runtime) -> ContactLink | None:
    case = Case(order, run.policy, books)
    if case.billed_to and (made_for := await link_as_made(case.billed_to, run)) is not None:
        return made_for
    who = who_buys(case)
    return await link_of(contact_key(case), who.name, who.email, contact_currency(case), told, run)


async def _rates(order: Order, books: Books, run: Runtime) -> Mapping[tuple[str, date], Decimal]:
    """Zoho's rates of the order's days, only where the order's own pair of amounts does not say them.

    The pair is enough while the shop's currency is the organisation's base and something was paid.
    """
    base = books.organisation.currency
    case = Case(order, run.policy, books)
    if case.currency == base or (order.currency == base and bool(order.totals.original_total_price.shop)):
        return {}
    wanted = {order.currency, case.currency} - {base}
    found: dict[tuple[str, date], Decimal] = {}
    for code in sorted(wanted & books.currencies.keys()):
        for day in sorted(rates.days(case)):
            rate = await run.zoho.exchange_rate(books.currencies[code], day)
            if rate is not None:
                found[code, day] = rate
    return found


def _known(books: Books, told: Told) -> Known:
    """The ids that requests refer to, from what our tables hold."""
    ids = {key: each.zoho_id for key, each in books.documents.items() if each.state == "done" and each.zoho_id}
    ids |= {key: link.contact_id for key, link in books.contacts.items()}
    lines = {
        key: tuple(line.line_item_id for line in each.lines) for key, each in books.documents.items() if each.lines
    }
    return Known(replace(told, ids=ids, line_ids=lines), books.documents)
