"""What is kept, and said, where the two sides disagree about a customer."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from ml_connector.domain.order import Customer
from ml_connector.domain.outcome import Outcome, Reason, Verdict
from ml_connector.domain.plan.agreeing import WORDS, Overruled, Side
from ml_connector.jobs.customers.zoho_side import Contact
from ml_connector.jobs.runtime import Runtime
from ml_connector.store import Store
from ml_connector.store.customers import Conflict, KeptConflict
from ml_connector.store.subjects import Subject
from ml_connector.zoho.books import modified

BOTH_CHANGED, REFUSED, EXEMPTION = "both_changed", "refused", "tax_exemption"
HELD = "customers_held"
"""The notice that tells how many customers wait for a person."""

CHOOSE = "Customers → this customer: use Shopify's value, use Zoho's, or leave them apart."


def both_changed(customer: Customer, found: Overruled) -> Conflict:
    """Time has decided; the other value is kept."""
    counts = "in Zoho" if found.winner is Side.ZOHO else "in Shopify"
    return Conflict(
        customer.id,
        found.key,
        found.field,
        found.shopify,
        found.zoho,
        BOTH_CHANGED,
        f"The {WORDS[found.field]} was changed on both sides; the change {counts} came later and counts.",
        agreed=found.agreed.zoho if found.agreed else None,
        winner=found.winner.value,
        state="recorded",
        fix="Nothing has to be done. Customers → this customer takes the other value instead.",
    )


def refused(customer: Customer, contact: Contact, field: str, zoho: str, shopify: str, why: str) -> Conflict:
    """Shopify does not take what somebody entered in Zoho."""
    return Conflict(
        customer.id,
        contact.key,
        field,
        shopify,
        zoho,
        REFUSED,
        f"Shopify does not take the {WORDS[field]} that was entered in Zoho: {why.rstrip('.')}.",
        agreed=contact.pairs[field].zoho if field in contact.pairs else None,
        fix=f"Correct the {WORDS[field]} in Zoho. Or {CHOOSE}",
    )


def exemption(customer: Customer, contact: Contact) -> Conflict:
    """Taxes are not for us to change because somebody ticked a box."""
    now = contact.values["tax_exempt"]
    said = "is exempt from tax" if now == "yes" else "is no longer exempt from tax"
    return Conflict(
        customer.id,
        contact.key,
        "tax_exempt",
        "yes" if customer.tax_exempt else "no",
        now,
        EXEMPTION,
        f"In Zoho this customer {said} now. A tax exemption never goes to Shopify by itself.",
        fix=CHOOSE,
    )


def held(found: Sequence[Conflict]) -> Outcome:
    """A person decides; the first is said, all are kept."""
    first = found[0]
    more = f" {len(found) - 1} more fields wait too." if len(found) > 1 else ""
    return Outcome(Verdict.HELD, Reason(f"customer_{first.code}", first.text + more, first.fix))


async def note(found: Sequence[Conflict], run: Runtime) -> None:
    """Keep them, before anything is done about them; and tell how many wait for a person."""
    if not found:
        return
    async with run.store.transaction() as tx:
        await run.store.customer_conflicts.note(tx, run.connection_id, found)
    await tell_how_many(run)


async def settle(ids: Collection[int], run: Runtime) -> None:
    if not ids:
        return
    async with run.store.at_once() as tx:
        await run.store.customer_conflicts.settle(tx, ids)
    await tell_how_many(run)


async def tell_how_many(run: Runtime) -> None:
    """One notice for the connection, cleared with the last of them."""
    async with run.store.transaction() as tx:
        await tell_how_many_of(tx, run.store, run.connection_id)


async def tell_how_many_of(tx: AsyncConnection, store: Store, connection_id: int) -> None:
    _, customers = await store.customer_conflicts.count(tx, connection_id)
    if not customers:
        await store.notices.clear(tx, HELD, connection_id=connection_id)
        return
    text = "One customer waits" if customers == 1 else f"{customers} customers wait"
    await store.notices.open_(
        tx,
        HELD,
        f"{text} for a decision: Shopify and Zoho do not agree, and time does not settle it.",
        fix="Customers, conflicts first.",
        connection_id=connection_id,
    )


def chosen_value(conflict: KeptConflict) -> str:
    return conflict.shopify if conflict.choice == Side.SHOPIFY else conflict.zoho


Moment = tuple[datetime, datetime]
"""When a change was seen, and when it was made, which tells two apart that were seen together."""


async def later(customer: Customer, contacts: Sequence[Contact], run: Runtime) -> Side:
    """The side whose change was seen later: announced later or, where nobody announced it, made later.

    Two that were seen and made in the same moment: Shopify's.
    """
    agreed_at = [str(each.kept.agreed.get("at", "")) for each in contacts]
    since = datetime.fromisoformat(min(agreed_at)) if all(agreed_at) else None
    here = await _seen(Subject(run.connection_id, "customer", customer.id), customer.updated_at, since, run)
    there = [
        await _seen(Subject(run.connection_id, "zoho_contact", each.known.id), modified(each.known.row), since, run)
        for each in contacts
    ]
    latest = max((moment for moment in there if moment is not None), default=None)
    return Side.ZOHO if latest is not None and (here is None or latest > here) else Side.SHOPIFY


async def _seen(subject: Subject, made: datetime | None, since: datetime | None, run: Runtime) -> Moment | None:
    """When a change since the last agreement was announced, else when it was made."""
    async with run.store.at_once() as tx:
        told = await run.store.deliveries.of_subject(tx, subject)
    moments = [each.received_at for each in told if since is None or each.received_at > since]
    seen = max(moments) if moments else made
    return None if seen is None else (seen, made or seen)
