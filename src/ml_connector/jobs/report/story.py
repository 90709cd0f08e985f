"""What happened to one order, in the order in which it happened: deliveries, decisions, and every attempt."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ml_connector.domain.reading import ReadOrder
from ml_connector.store.deliveries import KeptDelivery
from ml_connector.store.documents import Kept
from ml_connector.store.exchanges import KeptEvent, KeptExchange

TOGETHER = timedelta(seconds=5)
"""Deliveries this close to each other are told as one."""

_NOUNS = {
    "invoice": "Invoice",
    "payment": "Payment",
    "credit-note": "Credit note",
    "cash": "Refund",
    "contact": "Contact",
    "contact-update": "Contact",
    "address": "Address",
    "item": "Item",
    "tax": "Tax",
    "fee": "Invoice for a fee",
    "sent": "Invoice, to be marked as sent",
    "void": "Invoice, to be voided",
    "apply": "Credit, to be put against the invoice",
}
_DONE = {"sent": "Invoice marked as sent", "void": "Invoice voided", "apply": "Credit put against the invoice"}
_MARKS = {"posted": "posted", "waiting": "waiting", "in_doubt": "in_doubt", "held": "held", "failed": "failed",
          "excluded": "excluded", "held_by_hand": "held", "excluded_by_hand": "excluded"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the story.

    Attributes:
        mark: An outcome, or empty for what is no news.
        attempt: The exchange behind it, by its number; None where there was none.
    """

    at: datetime
    text: str
    remark: str = ""
    mark: str = ""
    attempt: int | None = None


def story(
    read: ReadOrder | None,
    deliveries: Sequence[KeptDelivery],
    attempts: Sequence[KeptExchange],
    events: Sequence[KeptEvent],
    documents: Sequence[Kept],
) -> tuple[Entry, ...]:
    """Oldest first."""
    numbers = {each.document.key: each.document.number for each in documents if each.document.number}
    entries = [
        *_placed(read),
        *_delivered(deliveries),
        *(_attempt(each, numbers) for each in attempts),
        *(_event(each) for each in events),
    ]
    return tuple(sorted(entries, key=lambda each: each.at))


def _placed(read: ReadOrder | None) -> Iterator[Entry]:
    if read is None or read.placed_at is None:
        return
    remark = ""
    if read.other is not None:
        remark = f"Charged in {read.currency}, the shop sells in {read.other.currency}."
    yield Entry(read.placed_at, "Order placed in Shopify", remark)
    if read.cancelled_at is not None:
        yield Entry(read.cancelled_at, "Order cancelled in Shopify")


def _delivered(deliveries: Sequence[KeptDelivery]) -> Iterator[Entry]:
    for group in _groups(sorted(deliveries, key=lambda each: each.received_at)):
        topics = ", ".join(dict.fromkeys(each.topic for each in group))
        repeats = sum(each.repeats for each in group)
        number = "A delivery" if len(group) == 1 else f"{len(group)} deliveries"
        good = all(each.verdict == "accepted" for each in group)
        again = f" {repeats} of them came again." if repeats else ""
        once = " One job for all." if len(group) > 1 else ""
        verdict = "signature valid" if len(group) == 1 else "signatures valid"
        said = f"{number} received, {verdict if good else ', '.join(sorted({each.verdict for each in group}))}"
        yield Entry(group[0].received_at, said, f"{topics}.{again}{once}")


def _groups(deliveries: Iterable[KeptDelivery]) -> Iterator[list[KeptDelivery]]:
    group: list[KeptDelivery] = []
    for each in deliveries:
        if group and each.received_at - group[0].received_at > TOGETHER:
            yield group
            group = []
        group.append(each)
    if group:
        yield group


def _attempt(exchange: KeptExchange, numbers: Mapping[str, str]) -> Entry:
    kind = exchange.key.split(":", 1)[0]
    noun = _NOUNS.get(kind, "Document")
    again = f" again, attempt {exchange.attempt}" if exchange.attempt > 1 else ""
    took = f"Answered in {exchange.took_s:.1f} s." if exchange.took_s is not None else ""
    if exchange.status is None:
        remark = "In doubt. Nothing more is sent until Zoho has been asked."
        return Entry(exchange.at, f"{noun} sent{again}, and no answer came", remark, "in_doubt", exchange.id)
    number = numbers.get(exchange.key, "")
    if exchange.verdict in ("done", "created", "adopted", "found"):
        said = _DONE.get(kind) or f"{noun} {number} posted".replace("  ", " ")
        return Entry(exchange.at, f"{said}{again}", took, "posted", exchange.id)
    verdict = exchange.verdict.replace("_", " ")
    return Entry(exchange.at, f"{noun} sent{again}: {verdict}", took, _refused(exchange), exchange.id)


def _refused(exchange: KeptExchange) -> str:
    return "waiting" if exchange.status == 429 or "rate" in exchange.verdict else "failed"


def _event(event: KeptEvent) -> Entry:
    word = event.event.removeprefix("order.")
    return Entry(event.at, event.text, "", _MARKS.get(word, ""))
