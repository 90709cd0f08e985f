"""What another policy would make of an order: both plans, and where they differ. Pure.

Planned is as if nothing of the order were in Zoho yet, so that one policy is compared with the other and with nothing
else. What is posted keeps the policy that it was made under, whatever comes of this.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from ml_connector.domain.books import Books
from ml_connector.domain.documents import Kind, Operation, Plan
from ml_connector.domain.order import Address, Customer, Order, PurchasingCompany
from ml_connector.domain.outcome import Excluded, Hold
from ml_connector.domain.plan import plan_order
from ml_connector.domain.policy import Policy

SOMEBODY = "somebody@example.invalid"
"""Stands for an e-mail address: whether there is one decides something, which one does not."""
_MASTER_DATA = frozenset({Kind.CONTACT, Kind.CONTACT_UPDATE, Kind.CONTACT_ADDRESS})
MOST_CHANGES = 5
"""Fields that are told of one order; who needs all of them asks for its preview."""


@dataclass(frozen=True, slots=True)
class Changed:
    """One thing that would come out differently; empty where there is nothing on that side."""

    what: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Difference:
    """What an order comes to under each policy, as a sentence; and the first fields that differ."""

    before: str
    after: str
    changes: tuple[Changed, ...] = ()


def difference(order: Order, before: Policy, after: Policy, books: Books) -> Difference | None:
    """What *after* would make of *order* that *before* does not; None when both make the same of it."""
    old, new = plan_order(order, before, books), plan_order(order, after, books)
    changes = tuple(_changes(_documents(old), _documents(new)))
    said, says = _sentence(old), _sentence(new)
    return Difference(said, says, changes[:MOST_CHANGES]) if changes or said != says else None


def _sentence(decided: Plan | Hold | Excluded) -> str:
    if isinstance(decided, Hold):
        return f"Held: {decided.reason.text}"
    if isinstance(decided, Excluded):
        return f"Excluded: {decided.reason.text}"
    if not decided.operations:
        return "Nothing is posted yet."
    if decided.more:
        return "Posted, after a tax or an item was made in Zoho."
    return f"Posted, {decided.total}."


def _documents(decided: Plan | Hold | Excluded) -> Mapping[str, Operation]:
    """What would be written, without the customer's own record."""
    operations = decided.operations if isinstance(decided, Plan) else ()
    return {each.key: each for each in operations if each.kind not in _MASTER_DATA}


def _changes(old: Mapping[str, Operation], new: Mapping[str, Operation]) -> Iterator[Changed]:
    if not old or not new:
        return  # the sentences say all of it
    for key in [*old, *(key for key in new if key not in old)]:
        before, after = old.get(key), new.get(key)
        if before is None or after is None:
            one = after or before
            assert one is not None
            yield Changed(_name(one), "made" if before else "not made", "made" if after else "not made")
        elif before.draft != after.draft:
            fields = list(_fields(before, after))
            yield from fields or [Changed(_name(after), "as now", "different")]


def _fields(before: Operation, after: Operation) -> Iterator[Changed]:
    said = {each.field: each.value for each in before.reasons}
    says = {each.field: each.value for each in after.reasons}
    for field in [*said, *(field for field in says if field not in said)]:
        if said.get(field) != says.get(field):
            yield Changed(f"{_name(after)}, {field}", said.get(field, ""), says.get(field, ""))


def _name(operation: Operation) -> str:
    return operation.kind.value.replace("_", " ").capitalize()


# What is kept of an order for this


def without_people(order: Order) -> Order:
    """*order* as far as a plan depends on it: no name, no address but country and province, nothing anybody wrote."""
    return replace(
        order,
        customer=_nobody(order.customer),
        company=_some_company(order.company),
        email=SOMEBODY if order.email else None,
        phone=None,
        billing_address=_place(order.billing_address),
        shipping_address=_place(order.shipping_address),
        retail_location_address=_place(order.retail_location_address),
        note=None,
        po_number=None,
        attributes=(),
        lines=tuple(replace(each, attributes=()) for each in order.lines),
        refunds=tuple(replace(each, note=None) for each in order.refunds),
    )


def _nobody(customer: Customer | None) -> Customer | None:
    if customer is None:
        return None
    return Customer(
        customer.id,
        display_name="Somebody",
        email=SOMEBODY if customer.email else None,
        tax_exempt=customer.tax_exempt,
        tax_exemptions=customer.tax_exemptions,
    )


def _some_company(company: PurchasingCompany | None) -> PurchasingCompany | None:
    if company is None:
        return None
    registered = "registered" if company.tax_registration_id else None
    return replace(company, company_name="Company", location_name="", external_id=None, tax_registration_id=registered)


def _place(address: Address | None) -> Address | None:
    if address is None:
        return None
    return Address(
        province=address.province,
        province_code=address.province_code,
        country=address.country,
        country_code=address.country_code,
    )
