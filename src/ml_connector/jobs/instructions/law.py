"""What the law asks of us through Shopify: tell a customer what we hold, forget a customer, forget a shop.

These come for a connection that was ended too, so they need the tables only. Each is done again without harm.

Source: Shopify, "Privacy law compliance": customers/data_request, customers/redact, shop/redact; 30 days.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from ml_connector.domain.plan.contact import keyed
from ml_connector.jobs.connecting import kinds
from ml_connector.jobs.instructions.held import held_about
from ml_connector.jobs.instructions.told import Told, did, nothing, told
from ml_connector.jobs.runtime import Runtime
from ml_connector.jobs.synced import Synced
from ml_connector.shopify.knocks import Kind
from ml_connector.store import Store
from ml_connector.store.connections import Connection
from ml_connector.store.exchanges import Event
from ml_connector.store.subjects import Lease, Subject

KINDS = (Kind.DATA_REQUEST, Kind.CUSTOMER_REDACT, Kind.SHOP_REDACT)
LEASE_S = 90.0
MOST = 500


async def job(lease: Lease, run: Runtime) -> Synced:
    """Do what the subject's deliveries ask."""
    return await answer(lease.subject, run.store)


async def answer(subject: Subject, store: Store) -> Synced:
    """Do what the deliveries of *subject* ask, by its kind."""
    match subject.kind:
        case Kind.DATA_REQUEST:
            return await _data_request(subject, store)
        case Kind.CUSTOMER_REDACT:
            return await _forget_customer(subject, store)
        case _:
            return await _forget_shop(subject, store)


async def settle_ended(store: Store, connection_id: int) -> int:
    """Do what is outstanding of this for a connection that was ended, which no worker looks at; how many."""
    done = 0
    async with store.at_once() as tx:
        subjects = await store.subjects.outstanding_of(tx, connection_id, [kind.value for kind in KINDS], limit=MOST)
    for subject in subjects:
        async with store.at_once() as tx:
            lease = await store.subjects.take_lease(tx, subject, owner="law", for_s=LEASE_S)
        if lease is None or not lease.outstanding:
            continue
        synced = await answer(subject, store)
        async with store.transaction() as tx:
            await store.subjects.answered(tx, lease)
            if synced.outcome.reason is not None:
                event = Event(subject, f"{subject.kind}.posted", synced.outcome.reason.text)
                await store.timeline.note(tx, [event])
        done += 1
    return done


async def _data_request(subject: Subject, store: Store) -> Synced:
    """A person answers, because only a person knows the customer: raise it where it is seen, without personal data.

    What happened names the orders, contacts and documents; `held_about` gives what is kept of them.
    """
    orders = sorted({order for each in await told(subject, store) for order in each.asked.orders})
    named = subject.id.startswith("gid:")
    who = subject.id if named else "somebody whom the request does not name"
    held = await held_about(store, subject.connection_id, subject.id if named else "", orders)
    contacts = f" and {len(held['contacts'])} contacts in Zoho" if held["contacts"] else ""
    number = len({*orders, *(each["id"] for each in held["orders"])})
    text = f"A customer asks what is kept about them: {who}, {number} orders{contacts}."
    fix = "Send the customer what Shopify, Zoho and the pages of these orders here hold, within 30 days."
    where = {name: [each["id"] for each in held[name]] for name in ("orders", "contacts", "documents")}
    async with store.transaction() as tx:
        await store.notices.open_(tx, f"data_request:{subject.id}", text, fix=fix, connection_id=subject.connection_id)
        await store.timeline.note(tx, [Event(subject, "data_request.found", text, details=where)])
    return did("data_request", text, fix)


async def _forget_customer(subject: Subject, store: Store) -> Synced:
    """Our copies go; invoices stay in the books, as the law wants, and with them Zoho's contact."""
    asked = await told(subject, store)
    orders = sorted({order for each in asked for order in each.asked.orders})
    number = subject.connection_id
    customer = subject.id if subject.id.startswith("gid:") else ""
    if not customer and not orders:
        return did("redact_unnamed", "A customer is to be forgotten, and the request does not say which.")
    async with store.transaction() as tx:
        salt = (await store.credentials.of(tx, number, [kinds.GUEST_SALT])).get(kinds.GUEST_SALT, b"")
        guest = _guest(asked, salt)
        await store.erasing.customer(tx, number, customer, order_ids=orders, guest=guest)
        text = f"A customer asked to be forgotten: {customer or 'a guest'}. Our copies of names and addresses are gone."
        fix = "In Zoho, remove from the customer's contact what the law does not ask you to keep; its invoices stay."
        await store.notices.open_(tx, f"customer_redact:{subject.id}", text, fix=fix, connection_id=number)
    await _erase_evidence(store, number, customer, orders)
    return did("customer_forgotten", text, fix)


def _guest(asked: Sequence[Told], salt: bytes) -> str | None:
    """The key under which the same e-mail address bought without an account."""
    emails = [email for each in asked if (email := _email(each.body))]
    return f"guest:{keyed(salt, emails[-1].strip().lower())}" if emails and salt else None


def _email(body: bytes) -> str:
    try:
        content: Any = msgspec.json.decode(body)
    except msgspec.DecodeError:
        return ""
    customer = content.get("customer") if isinstance(content, dict) else None
    email = customer.get("email") if isinstance(customer, dict) else None
    return email if isinstance(email, str) else ""


async def _forget_shop(subject: Subject, store: Store) -> Synced:
    """48 hours after an uninstall; a shop that has come back meanwhile is not forgotten."""
    async with store.at_once() as tx:
        connection = await store.connections.get(tx, subject.connection_id)
    if not _has_left(connection):
        return nothing()
    async with store.transaction() as tx:
        await store.erasing.shop(tx, subject.connection_id)
    await _erase_evidence(store, subject.connection_id, None, [])
    return did(
        "shop_forgotten", "The shop has left, and Shopify asked us to forget its customers: our copies are gone."
    )


def _has_left(connection: Connection | None) -> bool:
    return connection is not None and connection.disconnected_at is not None


async def _erase_evidence(store: Store, connection_id: int, customer: str | None, orders: Sequence[str]) -> None:
    """Raw deliveries and recorded exchanges, batch by batch, so that nobody waits."""
    while True:
        async with store.at_once() as tx:
            rows = await store.erasing.evidence(tx, connection_id, customer, order_ids=orders)
        if not rows:
            return
