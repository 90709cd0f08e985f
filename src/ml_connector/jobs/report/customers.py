"""Customers for a page or a program: who is linked to what, what was agreed, what is in conflict, and how to settle it.

Both sides are shown as they were when they were last compared; nobody is called for a page.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from ml_connector.domain.plan.agreeing import BACK, FIELDS, WORDS
from ml_connector.domain.policy import Policy, read_policy
from ml_connector.jobs.customers import conflicts
from ml_connector.jobs.customers.kept import pairs_of, places_of
from ml_connector.jobs.report.asked import WrongUse
from ml_connector.jobs.report.shapes import Json, moment
from ml_connector.jobs.report.show import event
from ml_connector.store import Store
from ml_connector.store.connections import Connection
from ml_connector.store.contacts import KeptContact
from ml_connector.store.customer_lists import After, CustomerRow
from ml_connector.store.customers import KeptConflict
from ml_connector.store.subjects import Knock, Lane, Subject

MOST = 500


class Choice(StrEnum):
    """What a person decides about a conflict: the left side, the right one, or neither."""

    SHOPIFY = "shopify"
    ZOHO = "zoho"
    APART = "apart"


async def customers(
    store: Store,
    connection: Connection | None = None,
    *,
    conflicts_only: bool = False,
    after: str | None = None,
    limit: int = 50,
) -> Json:
    """One page of customers, those that wait for a person first, and the cursor of the next. Two queries.

    Raises:
        WrongUse: a cursor or a limit that there is not.
    """
    if not 1 <= limit <= MOST:
        raise WrongUse(f"A page has 1 to {MOST} customers.", fix=f"Give a limit of at most {MOST}.")
    async with store.at_once() as tx:
        names = {each.id: each.name for each in await store.connections.all(tx)}
        found = await store.customer_lists.page(
            tx,
            connection.id if connection else None,
            conflicts=conflicts_only,
            after=_read_cursor(after),
            limit=limit + 1,
        )
    rows, more = found[:limit], found[limit:]
    return {
        "customers": [customer_row(each, names.get(each.connection_id, "")) for each in rows],
        "next": _cursor(rows[-1]) if more else None,
    }


def customer_row(row: CustomerRow, connection: str) -> Json:
    """One customer in a list."""
    return {
        "connection": connection,
        "id": row.customer_id,
        "name": row.name or None,
        "contacts": row.contacts,
        "conflicts": row.open,
        "recorded": row.recorded,
        "changed_at": moment(row.changed_at),
    }


async def customer(store: Store, connection: Connection, customer_id: str) -> Json:
    """One customer: the row, each contact with both sides and what was agreed, the conflicts, what happened.

    Four queries.

    Raises:
        WrongUse: nobody of that id is linked to a contact.
    """
    subject = Subject(connection.id, "customer", customer_id)
    async with store.at_once() as tx:
        found = await store.customer_lists.page(tx, connection.id, customer_id=customer_id, limit=1)
        kept = await store.contacts.of_customer(tx, connection.id, customer_id)
        recorded = await store.customer_conflicts.of_customer(tx, connection.id, customer_id)
        timeline = await store.timeline.of_subject(tx, subject)
    if not found:
        raise WrongUse(f"No contact in Zoho is linked to {customer_id}.", fix="Look at the list of customers.")
    order = sorted(recorded, key=lambda one: one.state not in ("open", "chosen"))
    return {
        **customer_row(found[0], connection.name),
        "links": [link(each, recorded) for each in kept],
        "conflicts_of": [conflict(each) for each in order],
        "timeline": [event(each) for each in timeline],
    }


def link(kept: KeptContact, recorded: tuple[KeptConflict, ...] = ()) -> Json:
    """One contact: how it was found, and field by field what each side had when they were last compared."""
    pairs, places = pairs_of(kept), places_of(kept) or {}
    open_ = {each.field: each.id for each in recorded if each.key == kept.link.key and each.state == "open"}
    return {
        "key": kept.link.key,
        "contact_id": kept.link.contact_id,
        "name": kept.link.name or None,
        "currency": kept.link.currency,
        "matched_by": kept.link.matched_by,
        "alias_of": kept.alias_of,
        "checked_at": moment(kept.link.checked_at),
        "agreed_at": kept.agreed.get("at"),
        "news": kept.has_news,
        "addresses": len(places),
        "fields": [
            {
                "field": name,
                "label": WORDS[name],
                "shopify": pairs[name].shopify,
                "zoho": pairs[name].zoho,
                "same": pairs[name].shopify == pairs[name].zoho,
                "goes_back": name in BACK,
                "conflict": open_.get(name),
            }
            for name in FIELDS
            if name in pairs
        ],
    }


def conflict(kept: KeptConflict) -> Json:
    """One conflict, open or in the record."""
    return {
        "id": kept.id,
        "key": kept.key,
        "field": kept.field,
        "label": WORDS.get(kept.field, kept.field),
        "shopify": kept.shopify,
        "zoho": kept.zoho,
        "agreed": kept.agreed,
        "winner": kept.winner or None,
        "state": kept.state,
        "code": kept.code,
        "text": kept.text,
        "fix": kept.fix or None,
        "choice": kept.choice,
        "who": kept.who or None,
        "found_at": moment(kept.found_at),
        "settled_at": moment(kept.settled_at),
    }


async def resolve(store: Store, connection: Connection, conflict_id: int, choice: str, *, who: str) -> Json:
    """Settle a conflict as a person decided; the customer is looked at at once, which carries it out.

    Args:
        choice: shopify | zoho | apart: the value of that side goes to the other one; or both stay as they are.

    Raises:
        WrongUse: there is no such conflict or choice; or it would change Shopify, and the policy says that we may not.
    """
    async with store.at_once() as tx:
        found = await store.customer_conflicts.get(tx, conflict_id)
        version = await store.connections.policy(tx, connection.id)
    if found is None or found.connection_id != connection.id:
        raise WrongUse(f"There is no conflict {conflict_id} in {connection.name}.", fix="Look at the customer again.")
    _check(found, choice, read_policy(version.body) if version else Policy())
    async with store.transaction() as tx:
        customer_id = await store.customer_conflicts.choose(tx, connection.id, conflict_id, choice, who=who)
        details: dict[str, Any] = {"customer": customer_id, "field": found.field, "choice": choice}
        await store.audit.note(
            tx, who, "conflict.resolved", connection_id=connection.id, on=str(conflict_id), details=details
        )
        await store.subjects.knock(tx, [Knock(Subject(connection.id, "customer", customer_id), Lane.LIVE)])
        await conflicts.tell_how_many_of(tx, store, connection.id)
        after = await store.customer_conflicts.get(tx, conflict_id)
    assert after is not None
    return conflict(after)


def _check(found: KeptConflict, choice: str, policy: Policy) -> None:
    if choice not in set(Choice):
        raise WrongUse(f"{choice!r} is no choice.", fix=f"Choose one of {', '.join(Choice)}.")
    if choice == Choice.ZOHO and policy.customers_back != "on":
        raise WrongUse(
            "Zoho's value would be written to Shopify, and the policy does not allow that.",
            fix="Set the policy customers_back to on first, or enter the value in Shopify.",
        )


def _cursor(row: CustomerRow) -> str:
    return f"{int(row.open > 0)}~{row.changed_at.isoformat()}~{row.customer_id}"


def _read_cursor(text: str | None) -> After | None:
    if text is None:
        return None
    flag, _, rest = text.partition("~")
    at, _, customer_id = rest.partition("~")
    try:
        return After(bool(int(flag)), datetime.fromisoformat(at), customer_id)
    except ValueError as error:
        raise WrongUse(
            "This cursor was not given out by this list.", fix="Use `next` of the page before, unchanged."
        ) from error
