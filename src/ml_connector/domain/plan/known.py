"""What Zoho holds already: whether it is still what we wrote."""

from __future__ import annotations

from ml_connector.domain.books import KnownDocument
from ml_connector.domain.edited import GONE, noted
from ml_connector.domain.money import Money
from ml_connector.domain.plan.case import Case, Stopped, stop
from ml_connector.domain.plan.history import Chapter


def is_draft(document: KnownDocument) -> bool:
    return document.status in ("draft", "pending_approval", "approved")


def check_known(case: Case, chapter: Chapter, known: KnownDocument, wanted: Money) -> None:
    """Whether the document in Zoho has the total that Shopify's figures give now.

    A credit note may hold more: money that was given without goods.

    Raises:
        Stopped: it is gone or differs, so a person changed it, or what was sold did not stay what it was.
    """
    check_there(known)
    if known.changed_by_person:
        raise _edited(known)
    stated = _stated(case, chapter, known)
    if stated is None or stated == wanted or (chapter.role == "refund" and stated > wanted):
        return
    raise _differs(known, stated, wanted)


def check_there(known: KnownDocument) -> None:
    """Whether the document still stands in Zoho.

    Raises:
        Stopped: a person deleted or voided it.
    """
    if known.status == GONE:
        raise _deleted(known)
    if known.status == "void":
        raise _voided(known)


def check_payment(known: KnownDocument) -> None:
    """Whether the payment in Zoho is still the money of its transaction.

    Raises:
        Stopped: a person deleted or changed it.
    """
    check_there(known)
    if known.changed_by_person:
        raise _edited(known)


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
        "Keep Zoho's version, or bring the document in Zoho up to date by hand and replay the order.",
        details=(("Zoho says", str(stated)), ("Shopify's figures make", str(wanted))),
    )


def _edited(known: KnownDocument) -> Stopped:
    """A person changed what we wrote: nothing is corrected on top of it."""
    when = f" ({known.last_modified})" if known.last_modified else ""
    return stop(
        "changed_in_zoho",
        f"{known.number or 'The document'} was changed in Zoho{when}, so it is not corrected. What a person wrote is "
        "never overwritten: compare the two and choose.",
        "Keep Zoho's version, or take the change back in Zoho and replay the order.",
        details=noted(known),
    )


def _deleted(known: KnownDocument) -> Stopped:
    return stop(
        "deleted_in_zoho",
        f"{known.number or 'A document of this order'} was deleted in Zoho, and the order stands in Shopify. Nothing "
        "further was sent.",
        "Post by hand what is missing in Zoho, or leave it out: then keep Zoho's version.",
    )


def _voided(known: KnownDocument) -> Stopped:
    return stop(
        "voided_in_zoho",
        f"{known.number or 'The document'} was voided in Zoho, and the order stands in Shopify.",
        "Take the void back in Zoho, or keep Zoho's version.",
    )
