"""Why a sign-in was not carried out, where the reason is ours and not Shopify's or Zoho's."""

from __future__ import annotations

from ml_connector.domain.trouble import Acts, Remedy, Trouble, Wrote


class SignInRefused(Trouble):
    """We did not carry out a sign-in. Nothing was changed.

    Attributes:
        reason: not_allowed | ticket | state | used | parameters | connection | shop | organisation | not_set_up
    """

    code = "sign_in_refused"
    wrote = Wrote.NO
    remedy = Remedy.PERSON
    acts = Acts.OPERATOR

    def __init__(self, reason: str, text: str, *, fix: str = "Start connecting again.") -> None:
        super().__init__(text, fix=fix)
        self.reason = reason
