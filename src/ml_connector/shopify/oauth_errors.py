"""What can go wrong while a shop is connected, or its token renewed.

 ├─ CallbackRefused        the browser came back with something that we do not believe
 ├─ CodeRefused            the code was used, or is too old
 ├─ RefreshInDoubt         a refresh was sent and no answer came; repeating it at once is the way out
 ├─ RefreshDead            the refresh token is used, revoked or too old          (ConnectionTrouble)
 ├─ GrantRefused           Shopify gives this app no token for this shop          (ConnectionTrouble)
 └─ AppRefused             client id or secret is wrong                           (ConnectionTrouble)

Source: Shopify, "Authorization code grant", "Offline access tokens", "Client credentials grant".
"""

from __future__ import annotations

from ml_connector.domain.trouble import Acts, Remedy, Wrote
from ml_connector.shopify.errors import ConnectionTrouble, ShopifyError


class CallbackRefused(ShopifyError):
    """The browser's request does not prove that it comes from Shopify and belongs to this sign-in.

    Attributes:
        reason: shop | hmac | timestamp | state | parameters | declined
    """

    code = "shopify_callback_refused"
    wrote = Wrote.NO
    remedy = Remedy.PERSON
    acts = Acts.OPERATOR

    def __init__(self, reason: str, text: str) -> None:
        super().__init__(text, fix="Start connecting the shop again.")
        self.reason = reason


class CodeRefused(ShopifyError):
    """The code of the callback was used already, or is too old."""

    code = "shopify_code_refused"
    wrote = Wrote.NO
    remedy = Remedy.PERSON
    acts = Acts.OPERATOR

    def __init__(self, said: str, *, request_id: str = "") -> None:
        super().__init__(
            f"Shopify did not accept the code of this sign-in{_because(said)}.",
            fix="Start connecting the shop again.",
            request_id=request_id,
        )


class RefreshInDoubt(ShopifyError):
    """A refresh was sent and no answer came. The old refresh token may be used up; for a short while the same request
    gives the same answer again."""

    code = "shopify_refresh_in_doubt"
    wrote = Wrote.UNKNOWN
    remedy = Remedy.LATER
    acts = Acts.NOBODY

    def __init__(self) -> None:
        super().__init__("Shopify did not answer while our access was being renewed.", retry_after_s=1.0)


class RefreshDead(ConnectionTrouble):
    """The refresh token is used, revoked or too old: the merchant has to open the app again."""

    code = "shopify_refresh_dead"

    def __init__(self, said: str = "", *, request_id: str = "") -> None:
        super().__init__(
            f"Shopify does not renew our access any more{_because(said)}.",
            fix="Open the app in Shopify's admin, or connect the shop again.",
            request_id=request_id,
        )


class GrantRefused(ConnectionTrouble):
    """Shopify gives this app no token for this shop."""

    code = "shopify_grant_refused"

    def __init__(self, said: str, *, request_id: str = "") -> None:
        super().__init__(
            f"Shopify gives us no access to this shop{_because(said)}.",
            fix="Install the app in this shop, then connect again.",
            request_id=request_id,
        )


class AppRefused(ConnectionTrouble):
    """Client id or client secret is wrong."""

    code = "shopify_app_refused"
    acts = Acts.OPERATOR

    def __init__(self, *, request_id: str = "") -> None:
        super().__init__(
            "Shopify does not know this app: its client id or its client secret is wrong.",
            fix="Copy client id and client secret of the app from Shopify's developer pages again.",
            request_id=request_id,
        )


def _because(said: str) -> str:
    return f" ({said.rstrip('.')})" if said else ""
