"""Telling Shopify what changed in Zoho: kept before it is sent, and looked up after an answer that was lost.

                a          b            c
    (none) ──► sent ──► answered ──► done | refused
                  │  d
                  └──► looked up ──► done | not done

a: what is wanted is committed, with the run's lease. c: what both sides have now is committed with the answer. d: no
answer came, or the process died; nobody looks before the request can no longer take effect, then the customer is read:
a value that is there was written by us, and is no change of Shopify's. What is not there was not done, and is decided
anew. Nothing else changes a customer in Shopify.
"""

from __future__ import annotations

from collections.abc import Awaitable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from ml_connector.domain.order import Address, Customer
from ml_connector.domain.outcome import Outcome, Reason, Verdict
from ml_connector.domain.plan.agreeing import alike
from ml_connector.domain.plan.customer import values_of
from ml_connector.domain.trouble import Trouble, Wrote
from ml_connector.jobs.addresses import ADDRESSES
from ml_connector.jobs.customers.kept import FIELDS, PLACES
from ml_connector.jobs.customers.places import COMPANY, Move, own_name, same_place
from ml_connector.jobs.runtime import Runtime
from ml_connector.jobs.synced import Synced
from ml_connector.shopify.client import PlacedAddress
from ml_connector.shopify.errors import Refused
from ml_connector.store.customers import Write
from ml_connector.store.subjects import Lease
from ml_connector.store.values import plain, restore

log = structlog.get_logger(__name__)

T = TypeVar("T")

LEASE_S = 90.0
INPUTS = {
    "first_name": "firstName",
    "last_name": "lastName",
    "email": "email",
    "phone": "phone",
    "tax_exempt": "taxExempt",
}
"""Our word for a field -> Shopify's in `CustomerInput`."""

ZohoValues = Mapping[str, Mapping[str, str]]
"""Contact -> field -> Zoho's value when it was decided."""


class NotAnswered(Exception):
    """Shopify was told, and no answer came; `synced` says until when nothing more is done."""

    def __init__(self, synced: Synced) -> None:
        super().__init__("Shopify did not answer")
        self.synced = synced


@dataclass(frozen=True, slots=True)
class Told:
    """What Shopify took.

    Attributes:
        customer: As Shopify has it now.
        refused: Field -> Shopify's reason.
        placed: Addresses that Shopify has now, with what they stand for in Zoho.
    """

    customer: Customer
    refused: Mapping[str, str] = field(default_factory=dict)
    placed: tuple[tuple[Move, PlacedAddress], ...] = ()


# Telling


async def tell_fields(
    customer: Customer, values: Mapping[str, str], there: ZohoValues, lease: Lease, run: Runtime
) -> Told:
    """Set *values*; what Shopify refuses is left out and the rest is sent once more.

    Raises:
        NotAnswered: it may have been done.
        ShopifyError: nothing was done.
    """
    key, wanted, refused = f"customer:{customer.id}", dict(values), dict[str, str]()
    while wanted:
        await _sending(key, {"fields": wanted}, there, lease, run)
        try:
            after = await _answered(key, lease, run, run.shopify.customer_update(customer.id, _input(wanted)))
        except Refused as error:
            no = _refused(error, wanted)
            refused |= no
            wanted = {name: value for name, value in wanted.items() if name not in no}
            continue
        async with run.store.transaction() as tx:
            await _keep_fields(tx, after, wanted, there, run)
            await run.store.customer_writes.settled(tx, run.connection_id, key, "done")
        return Told(after, refused)
    return Told(customer, refused)


def _input(values: Mapping[str, str]) -> dict[str, object]:
    return {INPUTS[name]: value == "yes" if name == "tax_exempt" else value or None for name, value in values.items()}


def _refused(error: Refused, wanted: Mapping[str, str]) -> dict[str, str]:
    """Which fields Shopify means; all of them when it does not say."""
    named = {theirs: ours for ours, theirs in INPUTS.items()}
    found: dict[str, str] = {}
    for each in error.refusals:
        ours = named.get(each.field.rpartition(".")[2], "")
        if ours in wanted:
            found[ours] = each.message
    return found or dict.fromkeys(wanted, error.text)


async def tell_address(customer: Customer, move: Move, lease: Lease, run: Runtime) -> PlacedAddress | str:
    """Change or add one address; Shopify's reason where it does not take it.

    Raises:
        NotAnswered: it may have been done.
        ShopifyError: nothing was done.
    """
    if move.problem:
        return move.problem
    key = f"address:{move.contact}:{move.place}"
    await _sending(key, {"move": plain(move)}, {}, lease, run)
    call = run.shopify.customer_address(
        customer.id, move.address, address_id=move.shopify_id or None, default=move.default
    )
    try:
        there = await _answered(key, lease, run, call)
    except Refused as error:
        known = None if move.shopify_id else await _there(customer.id, move, run)
        if known is None:
            return "; ".join(each.message for each in error.refusals)
        there = known
    async with run.store.transaction() as tx:
        await _keep_move(tx, customer.id, move, there, run)
        await run.store.customer_writes.settled(tx, run.connection_id, key, "done")
    return there


async def _there(customer_id: str, move: Move, run: Runtime) -> PlacedAddress | None:
    """The address as Shopify has it, if it has it."""
    for each in await run.shopify.customer_addresses(customer_id):
        if move.shopify_id in ("", each.id) and same_place(each.address, move.address):
            return each
    return None


async def _sending(key: str, wanted: Mapping[str, Any], there: ZohoValues, lease: Lease, run: Runtime) -> None:
    """Step a."""
    async with run.store.transaction() as tx:
        await run.store.subjects.renew(tx, lease, for_s=LEASE_S)
        await run.store.customer_writes.sending(tx, lease, key, wanted=wanted, agreed=there)


async def _answered(key: str, lease: Lease, run: Runtime, call: Awaitable[T]) -> T:
    """Step b; the caller commits c."""
    try:
        return await call
    except Refused as error:
        await _settled(key, "refused", run, answer=error.code)
        raise
    except Trouble as trouble:
        if trouble.wrote is Wrote.NO:
            await _settled(key, "not_done", run, answer=trouble.code)
            raise
        raise NotAnswered(await _in_doubt(lease, run)) from trouble


async def _settled(key: str, state: str, run: Runtime, *, answer: str = "") -> None:
    async with run.store.at_once() as tx:
        await run.store.customer_writes.settled(tx, run.connection_id, key, state, answer=answer)


# Answers that were lost


async def _in_doubt(lease: Lease, run: Runtime) -> Synced:
    async with run.store.at_once() as tx:
        sent = await run.store.customer_writes.sent(tx, run.connection_id, lease.subject.id)
    return _waits(sent)


def _waits(sent: Iterable[Write]) -> Synced:
    reason = Reason(
        "shopify_answer_lost",
        "Shopify was told of a change and did not answer. The customer is read again before anything else is sent.",
    )
    return Synced(None, Outcome(Verdict.IN_DOUBT, reason, until=max(each.answer_before for each in sent)))


async def settle_sent(customer: Customer, lease: Lease, run: Runtime) -> Synced | bool:
    """Settle what earlier runs sent without an answer.

    Returns:
        Whether there was anything; or, while an answer may still come, that this run waits.
    """
    async with run.store.at_once() as tx:
        sent = await run.store.customer_writes.sent(tx, run.connection_id, customer.id)
    if not sent:
        return False
    if any(lease.now < each.answer_before for each in sent):
        return _waits(sent)
    for each in sent:
        done = await (_settle_move if "move" in each.wanted else _settle_fields)(customer, each, run)
        log.info("customer.write_settled", key=each.key, done=done)
    return True


async def _settle_fields(customer: Customer, write: Write, run: Runtime) -> bool:
    """A value of ours that Shopify has was written by us, and so both sides agree on what Zoho had then."""
    now = values_of(customer)
    done = {name: value for name, value in write.wanted["fields"].items() if alike(name, now[name], value)}
    async with run.store.transaction() as tx:
        await _keep_fields(tx, customer, done, write.agreed, run)
        state = "done" if done else "not_done"
        await run.store.customer_writes.settled(tx, run.connection_id, write.key, state)
    return bool(done)


async def _settle_move(customer: Customer, write: Write, run: Runtime) -> bool:
    move = restore(Move, write.wanted["move"])
    there = await _there(customer.id, move, run)
    async with run.store.transaction() as tx:
        if there is not None:
            await _keep_move(tx, customer.id, move, there, run)
        state = "not_done" if there is None else "done"
        await run.store.customer_writes.settled(tx, run.connection_id, write.key, state)
    return there is not None


async def _keep_fields(
    tx: AsyncConnection, customer: Customer, done: Mapping[str, str], there: ZohoValues, run: Runtime
) -> None:
    """What Shopify has now is agreed with each contact that had it; the others have still to be told."""
    if not done:
        return
    now = values_of(customer)
    for key, each in (await run.store.contacts.kept(tx, run.connection_id, list(there))).items():
        if FIELDS not in each.agreed:
            continue
        held = there[key]
        had = [name for name, value in done.items() if alike(name, held.get(name, ""), value)]
        written = {name: [now[name], held.get(name, "")] for name in had}
        agreed = {**each.agreed, FIELDS: {**each.agreed[FIELDS], **written}}
        await run.store.contacts.put(tx, run.connection_id, each.link, customer_id=customer.id, agreed=agreed)


async def _keep_move(tx: AsyncConnection, customer_id: str, move: Move, there: PlacedAddress, run: Runtime) -> None:
    kept = (await run.store.contacts.kept(tx, run.connection_id, [move.contact])).get(move.contact)
    if kept is None or move.place == COMPANY:
        return
    agreed = placed(kept.agreed, move, there.id, there.address, run)
    await run.store.contacts.put(tx, run.connection_id, kept.link, customer_id=customer_id, agreed=agreed)


def placed(agreed: Mapping[str, Any], move: Move, shopify_id: str, address: Address, run: Runtime) -> dict[str, Any]:
    """What a link remembers once both sides have the address."""
    name, zoho_id = own_name(move, address, run)
    return {
        **agreed,
        PLACES: {**agreed.get(PLACES, {}), move.place: [move.digest, shopify_id]},
        ADDRESSES: {**agreed.get(ADDRESSES, {}), name: zoho_id},
    }


def with_company(customer: Customer, company: str) -> Address | None:
    """The default address with another company; None when the customer has no address that could name one."""
    home = customer.default_address
    return None if home is None or customer.default_address_id is None else replace(home, company=company or None)
