"""What Shopify refused, or failed to answer.

ShopifyError
 ├─ Unreachable            nothing left our machine
 ├─ NoAnswer               a question was sent and no whole answer came
 ├─ WriteInDoubt           a change was sent and no whole answer came: it may have happened
 ├─ Throttled              too many points, or 429: wait as long as Shopify says
 ├─ ServerFault            Shopify's own trouble: 5xx, 540, INTERNAL_SERVER_ERROR, an answer that is not JSON
 ├─ ChangedWhileReading    the order changed between two pages of it
 ├─ OrderTooLarge          more than can be read completely
 ├─ Refused                userErrors: a sentence for the person who filled in the field
 ├─ OurMistake             bugs of ours
 │   ├─ QueryRefused       Shopify does not understand the question
 │   ├─ TooExpensive       more than 1000 points in one question
 │   ├─ FilterIgnored      a search word was ignored, so the rows are not the ones we asked for
 │   └─ NotUnderstood      an answer in a shape we do not know
 └─ ConnectionTrouble      the whole connection stands still until somebody acts
     ├─ TokenRefused       401
     ├─ NonExpiringToken   403, a token of the kind that public apps may not use any more
     ├─ ShopFrozen         402
     ├─ Forbidden          403
     ├─ ShopUnknown        404
     ├─ ShopLocked         423
     ├─ SecurityRejected   430
     ├─ ScopeMissing       ACCESS_DENIED, or protected customer data not approved
     └─ (oauth.*)          see `shopify.oauth`

Source: Shopify Admin GraphQL, status and error codes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ml_connector.domain.trouble import Acts, Remedy, Trouble, Wrote


def _clause(said: str) -> str:
    """Shopify's words inside a sentence of ours, which ends them itself."""
    return said.strip().rstrip(".")


class ShopifyError(Trouble):
    """Shopify refused, or did not answer.

    Attributes:
        request_id: Shopify's `X-Request-Id`, which its support asks for; empty when there was no answer.
    """

    code: ClassVar[str] = "shopify_error"

    def __init__(self, text: str, *, fix: str = "", retry_after_s: float | None = None, request_id: str = "") -> None:
        super().__init__(text, fix=fix, retry_after_s=retry_after_s)
        self.request_id = request_id


class Unreachable(ShopifyError):
    """The request surely did not leave: no name, no connection."""

    code = "shopify_unreachable"
    wrote = Wrote.NO
    remedy = Remedy.LATER
    acts = Acts.NOBODY


class NoAnswer(ShopifyError):
    """A question was sent and no whole answer came. Nothing changes by asking, so it may be asked again."""

    code = "shopify_no_answer"
    wrote = Wrote.NO
    remedy = Remedy.LATER
    acts = Acts.NOBODY


class WriteInDoubt(ShopifyError):
    """A change was sent and no whole answer came; Shopify may have made it."""

    code = "shopify_write_in_doubt"
    wrote = Wrote.UNKNOWN
    remedy = Remedy.ASK_FIRST
    acts = Acts.NOBODY


class Throttled(ShopifyError):
    """Shopify refused for volume, before doing anything. `retry_after_s` is never None."""

    code = "shopify_throttled"
    wrote = Wrote.NO
    remedy = Remedy.LATER
    acts = Acts.NOBODY

    def __init__(self, *, retry_after_s: float, request_id: str = "") -> None:
        super().__init__(
            f"Shopify asks us to wait {retry_after_s:.0f} s.", retry_after_s=retry_after_s, request_id=request_id
        )
        self.wait_s = retry_after_s


class ServerFault(ShopifyError):
    """Shopify's own trouble, while we only asked.

    Attributes:
        status: The HTTP status; 200 when the fault came inside an answer.
        smaller_may_help: The question may have been too large for the time that Shopify gives it.
    """

    code = "shopify_server_fault"
    wrote = Wrote.NO
    remedy = Remedy.LATER
    acts = Acts.NOBODY

    def __init__(self, text: str, *, status: int, retry_after_s: float | None = None, request_id: str = "") -> None:
        super().__init__(text, retry_after_s=retry_after_s, request_id=request_id)
        self.status = status
        self.smaller_may_help = status in (200, 502, 504)


class ChangedWhileReading(ShopifyError):
    """The order changed between two of its pages, several times in a row."""

    code = "shopify_changed_while_reading"
    wrote = Wrote.NO
    remedy = Remedy.LATER
    acts = Acts.NOBODY

    def __init__(self, subject: str) -> None:
        super().__init__("The order changed in Shopify while we were reading it.")
        self.subject = subject


class OrderTooLarge(ShopifyError):
    """More than can be read completely; an order read in part must not be posted."""

    code = "shopify_order_too_large"
    wrote = Wrote.NO
    remedy = Remedy.PERSON
    acts = Acts.OPERATOR

    def __init__(self, subject: str, what: str) -> None:
        super().__init__(
            f"The order has more {what} than can be read completely.",
            fix="Enter this order in Zoho by hand, and exclude it here.",
        )
        self.subject = subject
        self.what = what


@dataclass(frozen=True, slots=True)
class FieldRefusal:
    """One entry of `userErrors`. `field` is the path inside our input, joined with dots; may be empty."""

    field: str
    message: str
    code: str = ""


class Refused(ShopifyError):
    """Shopify understood the change and will not make it (`userErrors`)."""

    code = "shopify_refused"
    wrote = Wrote.NO
    remedy = Remedy.PERSON
    acts = Acts.OPERATOR

    def __init__(self, refusals: tuple[FieldRefusal, ...], *, request_id: str = "") -> None:
        said = "; ".join(refusal.message.rstrip(".") for refusal in refusals)
        super().__init__(
            f"Shopify refused the change: {said}.",
            fix="Correct the value and send it again.",
            request_id=request_id,
        )
        self.refusals = refusals


class OurMistake(ShopifyError):
    """A bug of ours: sending the same thing again cannot help."""

    code = "shopify_our_mistake"
    wrote = Wrote.NO
    remedy = Remedy.BUG
    acts = Acts.US


class QueryRefused(OurMistake):
    """Shopify does not understand the question. `codes` are its own words for it."""

    code = "shopify_query_refused"

    def __init__(self, said: str, *, codes: tuple[str, ...] = (), status: int = 200, request_id: str = "") -> None:
        super().__init__(f"Shopify did not understand our question: {said}", fix=_REPORT, request_id=request_id)
        self.codes = codes
        self.status = status


class TooExpensive(OurMistake):
    """One question asked for more points than Shopify allows in one."""

    code = "shopify_too_expensive"

    def __init__(self, said: str, *, request_id: str = "") -> None:
        super().__init__(f"Our question was too large for Shopify: {said}", fix=_REPORT, request_id=request_id)


class FilterIgnored(OurMistake):
    """Shopify ignored a part of our search, so its rows are not those we asked for."""

    code = "shopify_filter_ignored"

    def __init__(self, warnings: tuple[str, ...], *, request_id: str = "") -> None:
        super().__init__(
            f"Shopify ignored a part of our search: {'; '.join(warnings)}.", fix=_REPORT, request_id=request_id
        )
        self.warnings = warnings


class NotUnderstood(OurMistake):
    """An answer in a shape that we do not know; `path` says where."""

    code = "shopify_not_understood"

    def __init__(self, path: str, problem: str) -> None:
        super().__init__(f"Shopify's answer is not what we expect at {path}: {problem}.", fix=_REPORT)
        self.path = path


_REPORT = "Send us the diagnostics of this page; it is our mistake."


class ConnectionTrouble(ShopifyError):
    """Nothing works for this shop until somebody acts; asking again changes nothing."""

    code = "shopify_connection"
    wrote = Wrote.NO
    remedy = Remedy.CONNECTION
    acts = Acts.MERCHANT_IN_SHOPIFY


class TokenRefused(ConnectionTrouble):
    """401: the token is wrong, expired or revoked."""

    code = "shopify_token_refused"

    def __init__(self, *, request_id: str = "") -> None:
        super().__init__(
            "Shopify does not accept our access any more.",
            fix="Open the app in Shopify's admin, or connect the shop again.",
            request_id=request_id,
        )


class NonExpiringToken(ConnectionTrouble):
    """403: public apps need tokens that expire."""

    code = "shopify_token_kind_refused"
    acts = Acts.OPERATOR

    def __init__(self, *, request_id: str = "") -> None:
        super().__init__(
            "Shopify accepts only expiring access tokens from this app.",
            fix="Connect the shop again, so that Shopify gives an expiring token.",
            request_id=request_id,
        )


class ShopFrozen(ConnectionTrouble):
    """402: the shop has not paid Shopify."""

    code = "shopify_shop_frozen"

    def __init__(self, *, request_id: str = "") -> None:
        super().__init__(
            "Shopify has frozen this shop because a bill is open.",
            fix="Pay the open bill in Shopify's admin under Settings, Billing.",
            request_id=request_id,
        )


class Forbidden(ConnectionTrouble):
    """403 for a reason that we do not know."""

    code = "shopify_forbidden"

    def __init__(self, said: str, *, request_id: str = "") -> None:
        super().__init__(
            f"Shopify does not allow us in: {_clause(said) or 'no reason given'}.",
            fix="Check the app's permissions in Shopify's admin, or connect the shop again.",
            request_id=request_id,
        )


class ShopUnknown(ConnectionTrouble):
    """404: there is no such shop, or no such address in it."""

    code = "shopify_shop_unknown"
    acts = Acts.OPERATOR

    def __init__(self, shop: str = "", *, request_id: str = "") -> None:
        super().__init__(
            f"Shopify knows no shop {shop}." if shop else "Shopify knows no such shop.",
            fix="Check the shop's address (name.myshopify.com) in the connection.",
            request_id=request_id,
        )


class ShopLocked(ConnectionTrouble):
    """423: Shopify has locked the shop."""

    code = "shopify_shop_locked"

    def __init__(self, *, request_id: str = "") -> None:
        super().__init__(
            "Shopify has locked this shop.", fix="Ask Shopify's support to unlock the shop.", request_id=request_id
        )


class SecurityRejected(ConnectionTrouble):
    """430: Shopify takes us for an attacker."""

    code = "shopify_security_rejected"
    acts = Acts.OPERATOR

    def __init__(self, *, request_id: str = "") -> None:
        super().__init__(
            "Shopify rejected our request as suspicious.",
            fix="Ask Shopify's support why this server's address is refused.",
            request_id=request_id,
        )


class ScopeMissing(ConnectionTrouble):
    """A field that we cannot do without is not shown to us.

    Attributes:
        required: Shopify's words for what it wants; may be empty.
        path: Where in the answer.
    """

    code = "shopify_scope_missing"

    def __init__(self, said: str, *, required: str = "", path: str = "", request_id: str = "") -> None:
        super().__init__(
            f"Shopify does not show us what we need: {said}",
            fix="Connect the shop again and grant the permissions that are asked for.",
            request_id=request_id,
        )
        self.required = required
        self.path = path
