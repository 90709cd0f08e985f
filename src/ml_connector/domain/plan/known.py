"""What Zoho holds already: whether it is still what we wrote."""

from __future__ import annotations

from ml_connector.domain.books import KnownDocument
from ml_connector.domain.money import Money
from ml_connector.domain.plan.case import Case, Stopped, stop
from ml_connector.domain.plan.history import Chapter


def is_draft(document: KnownDocument) -> bool:
    return document.status in ("draft", "pending_approval", "approved")


def check_known(case: Case, chapter: Chapter, known: KnownDocument, wanted: Money) -> None:
    """Whether the document in Zoho has the total that Shopify's figures give now.

    A credit note may hold more: money that was given without goods.

    Raises:
        Stopped: it differs, so a person changed it, or what was sold did not stay what it was.
    """
    if known.status == "void":
        raise _voided(known)
    stated = _stated(case, chapter, known)
    if stated is None or stated == wanted or (chapter.role == "refund" and stated > wanted):
        return
    raise _differs(known, stated, wanted)


def _stated(case: Case, chapter: Chapter, known: KnownDocument) -> Money | None:
    """Its total in Zoho; of an invoice that was brought up to date, after the last time."""
    if chapter.role != "order":
        return known.total
    updates = [
        document.total
        for key, document in case.books.documents.items()
        if key.endswith(":update")
        and document.state == "done"
        and document.total is not None
        and set(document.claims) & set(chapter.claims)
    ]
    return updates[-1] if updates else known.total


def _differs(known: KnownDocument, stated: Money, wanted: Money) -> Stopped:
    name = known.number or "The document"
    return stop(
        "changed_in_zoho",
        f"{name} is {stated} in Zoho, and Shopify's figures make {wanted.text}. What a person wrote is never "
        "overwritten: compare the two and choose.",
        "Bring the document in Zoho up to date by hand, or exclude the order.",
        details=(("Zoho says", str(stated)), ("Shopify's figures make", str(wanted))),
    )


def _voided(known: KnownDocument) -> Stopped:
    return stop(
        "voided_in_zoho",
        f"{known.number or 'The document'} was voided in Zoho, and the order stands in Shopify.",
        "Take the void back in Zoho, or exclude the order.",
    )
