"""What happens when no Zoho tax stands for what Shopify charged: a hold with proposals, or the tax is made."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from ml_connector.domain.books import Edition
from ml_connector.domain.documents import Kind, Operation, Ref, TaxDraft
from ml_connector.domain.plan.case import Case, Prepare, Stopped, because, stop
from ml_connector.domain.plan.parts import Part
from ml_connector.domain.taxes import NOWHERE, TaxSet, Unknown, created_name, kind_of, percent

Found = Sequence[tuple[Part, Unknown]]


def hold_for(case: Case, unknown: Found) -> Stopped | Prepare:
    """The hold that proposes mappings; under the policy `create`, the taxes to be made first.

    A line without tax and without a reason is held under every policy, for no reason is inferred from a missing tax
    alone; and so is a set whose mapping a person took back.
    """
    said = all((one.set.lines or one.set.reason) and not one.revoked for _, one in unknown)
    if case.policy.unknown_tax == "create" and case.place != NOWHERE and said:
        sets = {one.set.cause: one.set for _, one in unknown}
        return Prepare(tuple(operation for one in sets.values() for operation in _made(case, one)))
    if case.place == NOWHERE:
        return stop(
            "jurisdiction_unknown",
            "No address says where this order is taxed, so no tax of Zoho's can be chosen.",
            "Add an address in Shopify, or exclude the order.",
        )
    part, first = unknown[0]
    return stop(
        "tax_unmapped",
        _sentence(first.set),
        "Map the tax.",
        cause=f"tax_unmapped:{first.set.cause}",
        details=(
            ("Shopify charged", first.set.text),
            ("Where", str(first.set.place)),
            ("First line concerned", part.name),
            *(("Not taken", candidate) for candidate in first.candidates),
            *(("Also unmapped", one.set.text) for _, one in unknown[1:] if one.set != first.set),
        ),
    )


def _sentence(wanted: TaxSet) -> str:
    if not wanted.lines:
        why = f" ({wanted.reason.replace('_', ' ')})" if wanted.reason else ", and Shopify does not say why"
        return f"A line has no tax{why}, and nothing says how that is shown in Zoho for {wanted.place}."
    if len(wanted.lines) == 1:
        return f"Zoho has no tax of {percent(wanted.lines[0][1])} for {wanted.place}."
    return f"Zoho has no tax group of {wanted.text} for {wanted.place}."


def _made(case: Case, wanted: TaxSet) -> list[Operation]:
    """The tax, or its members and the group of them."""
    key, name = f"tax:{wanted.cause}", created_name(wanted)
    if len(wanted.lines) <= 1:
        return [_operation(_draft(case, key, name, wanted, wanted.lines), wanted)]
    members = []
    for title, rate in wanted.lines:
        one = TaxSet(wanted.place, ((title, rate),))
        members.append(_draft(case, f"tax:{one.cause}", created_name(one), one, one.lines))
    existing = {tax.name: tax.id for tax in case.books.taxes if tax.active}
    refs: tuple[Ref | str, ...] = tuple(existing.get(draft.name, Ref(draft.key)) for draft in members)
    whole = sum((rate for _, rate in wanted.lines), Decimal(0)) * 100
    new = [draft for draft in members if draft.name not in existing]
    return [_operation(draft, wanted) for draft in (*new, TaxDraft(key, name, whole, refs))]


def _draft(case: Case, key: str, name: str, wanted: TaxSet, lines: tuple[tuple[str, Decimal], ...]) -> TaxDraft:
    rate = lines[0][1] * 100 if lines else Decimal(0)
    return TaxDraft(key, name, rate, (), _edition_fields(case, wanted))


def _edition_fields(case: Case, wanted: TaxSet) -> dict[str, str]:
    edition = case.books.organisation.edition
    if edition is Edition.INDIA and wanted.lines:
        kind = kind_of(wanted.lines[0][0]).lower()
        return {"tax_specific_type": kind} if kind in ("igst", "cgst", "sgst", "cess") else {}
    if edition in (Edition.UK, Edition.EU, Edition.GCC):
        return {"country_code": wanted.place.country}
    return {}


def _operation(draft: TaxDraft, wanted: TaxSet) -> Operation:
    source, rule = f"{wanted.text} in {wanted.place}", "Policy “unknown_tax: create”."
    reasons = [because("name", draft.name, source, rule), because("percentage", draft.percentage, source, rule)]
    if draft.components:
        reasons.append(because("components", len(draft.components), source, rule))
    reasons += [because(name, value, source, "Fields of the edition.") for name, value in draft.edition_fields.items()]
    return Operation(draft.key, Kind.TAX, draft, tuple(reasons))
