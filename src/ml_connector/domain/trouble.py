"""The error family: every error answers three questions.

Trouble                      was anything written, may we try again, who has to act
 ├─ shopify.errors.*         what Shopify refused or failed to answer
 ├─ zoho.errors.*            what Zoho refused or failed to answer
 └─ store.*, vault.*         what our own machine could not do
"""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar


class Wrote(StrEnum):
    """Whether the other company may have changed something."""

    NO = "no"
    YES = "yes"
    UNKNOWN = "unknown"


class Remedy(StrEnum):
    """What may be done next."""

    LATER = "later"
    """Send the same request again after waiting."""
    ASK_FIRST = "ask_first"
    """Look the key up in Zoho before anything is sent again."""
    PERSON = "person"
    """A person has to change data or decide; the order is held or failed."""
    CONNECTION = "connection"
    """The whole connection is affected: pause it, use up no attempts, raise one notice."""
    BUG = "bug"
    """Ours: record it, show it as our fault."""


class Acts(StrEnum):
    """Who has to act before it can work."""

    NOBODY = "nobody"
    OPERATOR = "operator"
    MERCHANT_IN_ZOHO = "merchant_in_zoho"
    MERCHANT_IN_SHOPIFY = "merchant_in_shopify"
    US = "us"


class Trouble(Exception):
    """An expected failure, which says what follows from it.

    Attributes:
        code: A stable word for programs (`rate_limited`), never matched by text.
        fix: The next action for the person in `acts`, one sentence; empty when nobody has to act.
        retry_after_s: Seconds that the vendor asked us to wait; None when it said nothing.
    """

    code: ClassVar[str] = "trouble"
    wrote: ClassVar[Wrote] = Wrote.UNKNOWN
    remedy: ClassVar[Remedy] = Remedy.BUG
    acts: ClassVar[Acts] = Acts.US

    def __init__(self, text: str, *, fix: str = "", retry_after_s: float | None = None) -> None:
        super().__init__(text)
        self.text = text
        self.fix = fix
        self.retry_after_s = retry_after_s
