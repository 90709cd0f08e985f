"""What a person changed in a document of ours: the version that we wrote, and the one that Zoho holds now. Pure.

Compared is what both versions tell; what one of them leaves out is no change. What Zoho moves by itself or because of
us (status, balance, the moment of the last change) is none either.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal

from ml_connector.domain.books import KnownDocument, KnownLine

GONE = "deleted"
"""The status of a document that Zoho does not have any more."""
_NOTED = "person:"
_KEPT = "kept_by"
_PLACES = Decimal("0.000001")
_MONEY = {"reference_number": "Reference", "customer_id": "Customer", "account_id": "Account"}
_TEXTS = {"due_date": "Due date", "notes": "Notes", "descriptions": "Descriptions"}
_DIGESTS = frozenset({"notes", "descriptions"})
"""Kept as digests, because they may name people."""


@dataclass(frozen=True, slots=True)
class Edit:
    """One field: what we wrote, and what Zoho says now."""

    field: str
    ours: str
    theirs: str


def edits(ours: KnownDocument, theirs: KnownDocument, *, texts: bool = False) -> tuple[Edit, ...]:
    """Where *theirs*, as Zoho holds it now, is not *ours*, as Zoho answered when we wrote it.

    Args:
        texts: Also what no figure depends on (due date, notes, descriptions), which only an update would overwrite.
    """
    return tuple(_edits(ours, theirs, _MONEY | (_TEXTS if texts else {})))


def _edits(ours: KnownDocument, theirs: KnownDocument, names: Mapping[str, str]) -> Iterator[Edit]:
    for label, one, other in (
        ("Total", ours.total, theirs.total),
        ("Date", ours.dated, theirs.dated),
        ("Exchange rate", _rate(ours.exchange_rate), _rate(theirs.exchange_rate)),
    ):
        if one is not None and other is not None and one != other:
            yield Edit(label, str(one), str(other))
    for name, label in names.items():
        said, found = ours.details.get(name), theirs.details.get(name)
        if said and found and said != found:
            yield Edit(label, "as we wrote them", "changed") if name in _DIGESTS else Edit(label, said, found)
    if ours.lines and theirs.lines:
        yield from _lines(ours.lines, theirs.lines)


def _rate(rate: Decimal | None) -> Decimal | None:
    return None if rate is None else rate.quantize(_PLACES, ROUND_HALF_UP).normalize()


def _lines(ours: tuple[KnownLine, ...], theirs: tuple[KnownLine, ...]) -> Iterator[Edit]:
    there = {line.line_item_id: line for line in theirs}
    for line in ours:
        found = there.pop(line.line_item_id, None)
        if found is None:
            yield Edit(f"Line “{line.name}”", _figures(line), "not there")
        elif _differ(line, found):
            yield Edit(f"Line “{line.name}”", _figures(line), _figures(found))
    for added in there.values():
        yield Edit(f"Line “{added.name}”", "not there", _figures(added))


def _differ(one: KnownLine, other: KnownLine) -> bool:
    if (one.rate, one.quantity, one.discount) != (other.rate, other.quantity, other.discount):
        return True
    told = ((one.name, other.name), (one.tax_id, other.tax_id), (one.account_id, other.account_id))
    return any(mine and found and mine != found for mine, found in told)


def _figures(line: KnownLine) -> str:
    """`2 × 10.00 − 1.50, tax 4600…, account 4600…`, as far as there is any."""
    said = f"{line.quantity.normalize():f} × {line.rate}"
    said += f" − {line.discount}" if line.discount else ""
    said += f", tax {line.tax_id}" if line.tax_id else ""
    return said + (f", account {line.account_id}" if line.account_id else "")


# What is known of a document after it was read again


def read_again(ours: KnownDocument, theirs: KnownDocument, *, texts: bool = False) -> KnownDocument:
    """*ours* after Zoho showed *theirs*: brought up to date, or our version with what a person changed noted.

    A person's change stays noted until Zoho's version is ours again, or somebody has chosen.
    """
    found = edits(ours, theirs, texts=texts)
    kept = {name: said for name, said in ours.details.items() if not name.startswith(_NOTED)}
    if found:
        noted = {f"{_NOTED}{each.field}": f"{each.ours} → {each.theirs}" for each in found}
        return replace(
            ours, status=theirs.status, last_modified=theirs.last_modified, changed_by_person=True, details=kept | noted
        )
    return replace(
        ours,
        status=theirs.status or ours.status,
        number=theirs.number or ours.number,
        balance=ours.balance if theirs.balance is None else theirs.balance,
        unused=ours.unused if theirs.unused is None else theirs.unused,
        last_modified=theirs.last_modified,
        changed_by_person=False,
        details=kept,
    )


def adopted(ours: KnownDocument, theirs: KnownDocument, who: str) -> KnownDocument:
    """*theirs*, which a person keeps, in place of *ours*: compared with from now on, and never changed in place."""
    return replace(
        theirs,
        key=ours.key,
        kind=ours.kind,
        state=ours.state,
        zoho_id=ours.zoho_id,
        claims=ours.claims,
        contact=theirs.contact or ours.contact,
        policy_version=ours.policy_version,
        fingerprint=ours.fingerprint,
        changed_by_person=False,
        details={**theirs.details, _KEPT: who},
    )


def is_kept(document: KnownDocument) -> bool:
    """Whether a person wanted Zoho's version of it kept."""
    return _KEPT in document.details


def gone(ours: KnownDocument) -> KnownDocument:
    """*ours* after Zoho said that it has no such document."""
    return replace(ours, status=GONE, changed_by_person=True)


def noted(document: KnownDocument) -> tuple[tuple[str, str], ...]:
    """The changes that were noted, as field and `before → after`."""
    return tuple(
        (name.removeprefix(_NOTED), said) for name, said in document.details.items() if name.startswith(_NOTED)
    )


def texts_noted(document: KnownDocument) -> bool:
    """Whether a text was among the changes, so that texts are compared again."""
    return any(field in _TEXTS.values() for field, _ in noted(document))
