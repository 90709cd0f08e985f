"""One comparison of a customer with its contacts, and what follows from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from ml_connector.domain.books import Books
from ml_connector.domain.documents import AddressDraft, Kind, Operation, Plan, Ref
from ml_connector.domain.order import Customer
from ml_connector.domain.outcome import Outcome, Reason, Verdict
from ml_connector.domain.plan.agreeing import (
    WORDS,
    Decision,
    Overruled,
    Rules,
    Side,
    alike,
    both_changed,
    changed_in_zoho,
    decide,
)
from ml_connector.domain.plan.case import because
from ml_connector.domain.plan.contact import address_digest
from ml_connector.domain.plan.customer import contact_update
from ml_connector.jobs.apply import Applied, Known, apply
from ml_connector.jobs.customers import conflicts, shopify_side
from ml_connector.jobs.customers.places import (
    BILLING,
    COMPANY,
    Move,
    changed_places,
    moves,
    same_in_zoho,
    shopify_moved,
)
from ml_connector.jobs.customers.remembering import After, agree
from ml_connector.jobs.customers.zoho_side import Contact, held
from ml_connector.jobs.customers.zoho_side import shopify_side as side_of
from ml_connector.jobs.runtime import Runtime
from ml_connector.jobs.synced import Synced
from ml_connector.shopify.client import PlacedAddress
from ml_connector.store.customers import Conflict, KeptConflict
from ml_connector.store.subjects import Lease
from ml_connector.zoho.books import KnownAddress
from ml_connector.zoho.told import Told

ADDRESS = "address"
Changed = Mapping[str, KnownAddress]


@dataclass(frozen=True, slots=True)
class Following:
    """What a comparison reads besides the contacts.

    Attributes:
        customer: As Shopify has it.
        unsettled: Conflicts that a person decides, or has decided.
        back: Whether changes in Zoho go to Shopify.
    """

    customer: Customer
    books: Books
    told: Told
    unsettled: Sequence[KeptConflict] = ()
    back: bool = False

    @property
    def chosen(self) -> dict[str, str]:
        """Field -> the value that a person chose."""
        taken = [each for each in self.unsettled if each.state == "chosen" and each.choice != "apart"]
        return {each.field: conflicts.chosen_value(each) for each in taken if each.field != ADDRESS}


@dataclass(frozen=True, slots=True)
class Found:
    """What was decided, before anything is done about it."""

    decisions: tuple[Decision, ...]
    moves: tuple[Move, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    apart: frozenset[str] = frozenset()
    """Fields that stay as each side has them, because a person decides or has decided so."""
    overtaken: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Contact -> addresses in Zoho that a later change in Shopify has overtaken, or that say the same."""


@dataclass(frozen=True, slots=True)
class InShop:
    """What Shopify has after it was told."""

    customer: Customer
    refused: Mapping[str, str] = field(default_factory=dict)
    placed: tuple[tuple[Move, PlacedAddress], ...] = ()
    refused_moves: tuple[tuple[Move, str], ...] = ()


async def follow(following: Following, contacts: Sequence[Contact], lease: Lease, run: Runtime) -> Synced:
    """Compare, tell both sides, remember.

    Raises:
        NotAnswered: Shopify may have done what it was told.
        Trouble: somebody could not be asked or told.
    """
    found = await _compare(following, contacts, run)
    await conflicts.note(found.conflicts, run)
    shop = await _tell_shopify(following, found, contacts, lease, run)
    refusals = _refusals(following, found, shop, contacts)
    await conflicts.note(refusals, run)
    given: dict[str, Mapping[str, str]] = {}
    for contact in contacts:
        values = {each.field: each.value for each in found.decisions if contact.key in each.to_zoho}
        given[contact.key] = {name: value for name, value in values.items() if name not in shop.refused}
        applied = await _tell_zoho(shop.customer, contact, given[contact.key], following, lease, run)
        if applied is not None and applied.outcome.verdict is not Verdict.POSTED:
            return Synced(None, applied.outcome, applied.trouble)
        now = await agree(
            shop.customer, _after(contact, given[contact.key], applied, found, shop), following.books, run
        )
        await _settle(following.unsettled, now, shop, found, run)
    asked = [each for each in (*found.conflicts, *refusals) if each.state == "open"]
    if asked:
        return Synced(None, conflicts.held(asked))
    return _told_of(found, given, shop)


# Comparing


async def _compare(following: Following, contacts: Sequence[Contact], run: Runtime) -> Found:
    customer = following.customer
    shopify, sides = side_of(customer), [each.side for each in contacts]
    changed = {each.key: changed_places(each, run) for each in contacts} if following.back else {}
    crossed = any(BILLING in changed.get(each.key, {}) and shopify_moved(customer, each, run) for each in contacts)
    later = Side.SHOPIFY
    if following.back and (crossed or both_changed(shopify, sides)):
        later = await conflicts.later(customer, contacts, run)
    decisions = decide(shopify, sides, Rules(following.back, later, following.chosen))
    if not following.back:
        decisions = tuple(replace(each, to_shopify=False) for each in decisions)
    exempt = changed_in_zoho("tax_exempt", shopify, sides) if following.back and not following.chosen else ()
    asked = [conflicts.exemption(customer, each) for each in contacts if each.key in {one.key for one in exempt}]
    left = {each.field for each in following.unsettled if each.state == "chosen" and each.choice == "apart"}
    moved, overtaken, over = _addresses(customer, contacts, changed, later, run)
    recorded = [conflicts.both_changed(customer, one) for each in decisions for one in each.overruled]
    return Found(
        decisions,
        moved,
        (*recorded, *over, *asked),
        frozenset(left) | ({"tax_exempt"} if asked else frozenset()),
        overtaken,
    )


def _addresses(
    customer: Customer, contacts: Sequence[Contact], changed: Mapping[str, Changed], later: Side, run: Runtime
) -> tuple[tuple[Move, ...], dict[str, frozenset[str]], list[Conflict]]:
    """Which addresses go to Shopify, which need not, and what was changed on both sides."""
    wanted: dict[str, Move] = {}
    overtaken: dict[str, frozenset[str]] = {}
    over: list[Conflict] = []
    for contact in contacts:
        here = changed.get(contact.key, {})
        found = moves(contact, customer, here, run)
        same = set(here) - {each.place for each in found}
        for move in found:
            if move.default and shopify_moved(customer, contact, run):
                over.append(_crossed(customer, contact, move, later))
                if later is Side.SHOPIFY:
                    same.add(move.place)
                    continue
            # of a customer's contacts, the address of one is enough
            wanted.setdefault(move.shopify_id or f"{move.contact}:{move.place}", move)
        overtaken[contact.key] = frozenset(same)
    return tuple(wanted.values()), overtaken, over


def _crossed(customer: Customer, contact: Contact, move: Move, later: Side) -> Conflict:
    found = Overruled(contact.key, ADDRESS, _one_line(customer.default_address), _one_line(move.address), None, later)
    return conflicts.both_changed(customer, found)


def _one_line(address: object) -> str:
    names = ("first_name", "last_name", "company", "address1", "address2", "zip", "city", "province", "country_code")
    return ", ".join(str(value) for name in names if (value := getattr(address, name, None)))


# Telling


async def _tell_shopify(
    following: Following, found: Found, contacts: Sequence[Contact], lease: Lease, run: Runtime
) -> InShop:
    values = {each.field: each.value for each in found.decisions if each.to_shopify}
    there = {each.key: {name: each.values.get(name, "") for name in values} for each in contacts}
    company = values.pop("company", None)
    told = await shopify_side.tell_fields(following.customer, values, there, lease, run)
    shop = InShop(told.customer, told.refused)
    for move in _with_company(shop.customer, company, found.moves, contacts):
        answer = await shopify_side.tell_address(shop.customer, move, lease, run)
        shop = _placed(shop, move, answer)
    if company is not None and not alike("company", _company(shop.customer), company):
        why = "Shopify keeps the company in the customer's address, and could not keep it there"
        shop = replace(shop, refused={**shop.refused, "company": why})
    return shop


def _with_company(
    customer: Customer, company: str | None, wanted: Sequence[Move], contacts: Sequence[Contact]
) -> list[Move]:
    """The moves, and the company in the default address, in one write where both change."""
    if company is None:
        return list(wanted)
    homes = [each for each in wanted if each.default]
    if homes:
        others = [each for each in wanted if not each.default]
        return [*others, *(replace(each, address=replace(each.address, company=company or None)) for each in homes)]
    home = shopify_side.with_company(customer, company)
    if home is None:
        return list(wanted)
    return [*wanted, Move(contacts[0].key, COMPANY, "", home, customer.default_address_id or "")]


def _company(customer: Customer) -> str:
    return (customer.default_address.company if customer.default_address else None) or ""


def _placed(shop: InShop, move: Move, answer: PlacedAddress | str) -> InShop:
    if isinstance(answer, str):
        return replace(shop, refused_moves=(*shop.refused_moves, (move, answer)))
    customer = shop.customer
    if move.default or answer.id == customer.default_address_id:
        customer = replace(customer, default_address=answer.address, default_address_id=answer.id)
    placed = shop.placed if move.place == COMPANY else (*shop.placed, (move, answer))
    return replace(shop, customer=customer, placed=placed)


def _refusals(following: Following, found: Found, shop: InShop, contacts: Sequence[Contact]) -> list[Conflict]:
    """What Shopify did not take, for a person."""
    customer, shopify = following.customer, side_of(following.customer).values
    values = {each.field: each.value for each in found.decisions}
    refused = []
    for name, why in shop.refused.items():
        source = _source(values[name], name, contacts)
        refused.append(conflicts.refused(customer, source, name, values[name], shopify[name], why))
    by_key, home = {each.key: each for each in contacts}, _one_line(customer.default_address)
    for move, why in shop.refused_moves:
        if move.place != COMPANY:
            refused.append(
                conflicts.refused(customer, by_key[move.contact], ADDRESS, _one_line(move.address), home, why)
            )
    return refused


def _source(value: str, name: str, contacts: Sequence[Contact]) -> Contact:
    """The contact in which the value was entered."""
    return next((each for each in contacts if each.values.get(name) == value), contacts[0])


async def _tell_zoho(
    customer: Customer, contact: Contact, values: Mapping[str, str], following: Following, lease: Lease, run: Runtime
) -> Applied | None:
    operations: list[Operation] = []
    if values:
        books = following.books
        operations.append(contact_update(customer, held(contact, books), values, books, turn=lease.fence))
    operations += _new_address(customer, contact, run)
    if not operations:
        return None
    link = contact.kept.link
    known = Known(replace(following.told, ids={**following.told.ids, link.key: link.contact_id}))
    return await apply(Plan(tuple(operations), policy_version=run.policy_version), known, lease, run)


def _new_address(customer: Customer, contact: Contact, run: Runtime) -> list[Operation]:
    """A new default address is added; those that the contact has stay, because open documents show them."""
    address = customer.default_address
    if address is None or not shopify_moved(customer, contact, run) or same_in_zoho(address, contact.known):
        return []
    if not contact.pairs:
        return []  # compared for the first time: what it was made with is not known to be another address
    key = f"address:{contact.key}:{address_digest(address, run.guest_salt)}"
    why = because("address", "added", "customer.defaultAddress", "Existing addresses stay: open documents show them.")
    return [Operation(key, Kind.CONTACT_ADDRESS, AddressDraft(key, Ref(contact.key), address), (why,))]


# Remembering


def _after(contact: Contact, given: Mapping[str, str], applied: Applied | None, found: Found, shop: InShop) -> After:
    records = applied.known.records if applied is not None and applied.known is not None else {}
    update = next((each for key, each in records.items() if key.startswith("contact-update:")), {})
    refused = frozenset(move.place for move, _ in shop.refused_moves if move.contact == contact.key)
    return After(
        contact,
        record=update,
        sent=given,
        settled=frozenset(each.field for each in found.decisions) | found.apart,
        placed=[(move, there) for move, there in shop.placed if move.contact == contact.key],
        apart=found.overtaken.get(contact.key, frozenset()) | refused,
        name=str(update.get("contact_name") or "") or None,
    )


async def _settle(unsettled: Sequence[KeptConflict], now: Contact, shop: InShop, found: Found, run: Runtime) -> None:
    """What a person decided is carried out; what has become the same by itself needs nobody any more."""
    shopify = side_of(shop.customer)
    over = []
    for each in unsettled:
        if each.key != now.key:
            continue
        same = each.field != ADDRESS and alike(each.field, shopify.as_zoho[each.field], now.values.get(each.field, ""))
        moved = each.field == ADDRESS and any(move.contact == each.key for move, _ in shop.placed)
        if same or moved or (each.state == "chosen" and each.field not in shop.refused):
            over.append(each.id)
    await conflicts.settle(over, run)


def _told_of(found: Found, given: Mapping[str, Mapping[str, str]], shop: InShop) -> Synced:
    there = dict.fromkeys(name for values in given.values() for name in values)
    here = dict.fromkeys(each.field for each in found.decisions if each.to_shopify)
    here |= {ADDRESS: None} if shop.placed else {}
    said = []
    if there:
        said.append(f"Changed in Zoho as in Shopify: {', '.join(WORDS[name] for name in there)}.")
    if here:
        said.append(f"Changed in Shopify as in Zoho: {', '.join(WORDS[name] for name in here)}.")
    for each in found.conflicts:
        loser = "Shopify" if each.winner == "zoho" else "Zoho"
        winner = "Zoho" if each.winner == "zoho" else "Shopify"
        said.append(
            f"Somebody had changed the {WORDS[each.field]} in {loser}; the change in {winner} came later and counts."
        )
    if not said:
        return Synced(None, Outcome(Verdict.POSTED))
    code = "customer_updated" if here else "contact_updated"
    return Synced(None, Outcome(Verdict.POSTED, Reason(code, " ".join(said))))
