"""From a trouble to the verdict that the order gets, in one place."""

from __future__ import annotations

from ml_connector.domain.outcome import Outcome, Reason, Verdict
from ml_connector.domain.trouble import Acts, Remedy, Trouble, Wrote

_VERDICTS = {
    Remedy.LATER: Verdict.WAITING,
    Remedy.CONNECTION: Verdict.WAITING,
    Remedy.ASK_FIRST: Verdict.IN_DOUBT,
    Remedy.PERSON: Verdict.FAILED,
    Remedy.BUG: Verdict.FAILED,
}

_NEXT = {
    Acts.NOBODY: "",
    Acts.OPERATOR: "Open the order, change what is named here, then replay it.",
    Acts.MERCHANT_IN_ZOHO: "Put it right in Zoho Books, then replay the order.",
    Acts.MERCHANT_IN_SHOPIFY: "Put it right in Shopify, then replay the order.",
    Acts.US: "This is our fault. Keep the reference and tell whoever runs the connector.",
}


def reason_of(trouble: Trouble) -> Reason:
    """The sentence an operator reads, with one next action."""
    return Reason(code=trouble.code, text=trouble.text, fix=trouble.fix or _NEXT[trouble.acts], cause=trouble.code)


def verdict_of(trouble: Trouble) -> Verdict:
    """The verdict while *trouble* is the last thing that happened.

    An unknown effect outranks everything: as long as Zoho may have written, the order is in doubt.
    """
    if trouble.wrote is Wrote.UNKNOWN and trouble.remedy is Remedy.ASK_FIRST:
        return Verdict.IN_DOUBT
    return _VERDICTS[trouble.remedy]


def outcome_of(trouble: Trouble) -> Outcome:
    return Outcome(verdict_of(trouble), reason_of(trouble))


class UnexpectedFailure(Trouble):
    """An exception that nobody foresaw: our bug, recorded with a reference."""

    code = "our_fault"
    wrote = Wrote.UNKNOWN
    remedy = Remedy.BUG
    acts = Acts.US

    def __init__(self, reference: str, *, during: str) -> None:
        super().__init__(
            f"This could not be finished, and that is our fault ({during}). Reference {reference}",
            fix="Keep the reference and tell whoever runs the connector; the order can be replayed.",
        )
        self.reference = reference
