"""What Zoho's accounts servers refuse, and what we refuse of what reaches the callback.

OAuthTrouble
 ├─ ConsentRefused         the person said no
 ├─ CallbackRefused        the callback does not belong to a start of ours, or names a server that is not Zoho's
 ├─ CodeRefused            the grant code is used, too old or of another data centre: start again
 ├─ ClientRefused          client id, secret or redirect address do not fit: configuration
 ├─ RegionDiffers          the token belongs to another data centre than the connection says
 ├─ TokenThrottled         too many token calls; Zoho says so, or our own count does before Zoho has to
 └─ TokenAnswerUnreadable  neither a token nor a refusal
(a dead refresh token is `errors.ConnectionRevoked`)

Nothing of this touches anybody's books. Source: Zoho Accounts, OAuth; answers recorded by others.
"""

from __future__ import annotations

from ml_connector.domain.trouble import Acts, Remedy, Wrote
from ml_connector.zoho.errors import ZohoTrouble


class OAuthTrouble(ZohoTrouble):
    """Connecting, or staying connected, did not go as wanted.

    Attributes:
        vendor_error: Zoho's `error` word, empty without one.
    """

    code = "zoho_oauth"
    wrote = Wrote.NO
    remedy = Remedy.CONNECTION
    acts = Acts.OPERATOR

    def __init__(self, text: str, *, vendor_error: str = "", retry_after_s: float | None = None) -> None:
        said = f"{text} ({vendor_error})" if vendor_error else text
        super().__init__(said, retry_after_s=retry_after_s)
        self.vendor_error = vendor_error


class ConsentRefused(OAuthTrouble):
    """The person at Zoho said no, or closed the page."""

    code = "consent_refused"
    default_fix = "Connect again and accept what the connector asks for."


class CallbackRefused(OAuthTrouble):
    """The callback is not the answer to a start of ours; nothing was sent anywhere."""

    code = "callback_refused"
    default_fix = "Start connecting Zoho again from the console."


class CodeRefused(OAuthTrouble):
    """The grant code was used already, is too old or belongs to another data centre."""

    code = "grant_code_refused"
    default_fix = "Start connecting Zoho again from the console."


class ClientRefused(OAuthTrouble):
    """Client id, client secret or redirect address do not fit what is registered in Zoho's API console."""

    code = "zoho_client_refused"
    default_fix = "Compare client id, secret and redirect address with Zoho's API console, for this data centre."


class RegionDiffers(OAuthTrouble):
    """The token belongs to another data centre than the connection says, or to none of Zoho's."""

    code = "zoho_region_differs"
    default_fix = "Set the connection's region to the one where the organisation lives."


class TokenThrottled(OAuthTrouble):
    """Ten tokens in ten minutes are the most; the connection itself is well."""

    code = "token_throttled"
    remedy = Remedy.LATER
    acts = Acts.NOBODY


class TokenAnswerUnreadable(OAuthTrouble):
    """The accounts server's answer is neither a token nor a refusal that we know."""

    code = "token_answer_unreadable"
    remedy = Remedy.LATER
    acts = Acts.NOBODY
