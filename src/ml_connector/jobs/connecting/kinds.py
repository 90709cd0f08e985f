"""The kinds under which a connection's credentials are kept in the vault."""

import hashlib
from collections.abc import Mapping

from ml_connector.store.credentials import GUEST_SALT, OLDER_SHOPIFY_CLIENT_SECRET, SHOPIFY_CLIENT_SECRET

SHOPIFY_ACCESS_TOKEN = "shopify_access_token"  # noqa: S105 - the kind, not the secret
SHOPIFY_CLIENT_ID = "shopify_client_id"
SHOPIFY_REFRESH_TOKEN = "shopify_refresh_token"  # noqa: S105
SHOPIFY_EXPIRES_AT = "shopify_expires_at"
ZOHO_CLIENT_ID = "zoho_client_id"
ZOHO_CLIENT_SECRET = "zoho_client_secret"  # noqa: S105
ZOHO_REFRESH_TOKEN = "zoho_refresh_token"  # noqa: S105
ZOHO_OFFER = "zoho_offer"
"""What a person granted at Zoho, until an organisation is chosen; empty when nothing waits for that."""
ZOHO_SIGNED_IN = "zoho_signed_in"
"""Not empty where a person granted the refresh token in a browser: nobody else has it, so it is given back."""
ZOHO_WEBHOOK_SECRET = "zoho_webhook_secret"  # noqa: S105

ACCESS = (
    SHOPIFY_ACCESS_TOKEN,
    SHOPIFY_CLIENT_ID,
    SHOPIFY_CLIENT_SECRET,
    ZOHO_CLIENT_ID,
    ZOHO_CLIENT_SECRET,
    ZOHO_REFRESH_TOKEN,
)
"""What both companies gave: connecting again changes some of it."""


def digest_of_access(secrets: Mapping[str, bytes]) -> str:
    """By what two accesses are told apart, without showing either."""
    parts = (secrets.get(kind, b"") for kind in ACCESS)
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


__all__ = [
    "ACCESS",
    "GUEST_SALT",
    "OLDER_SHOPIFY_CLIENT_SECRET",
    "SHOPIFY_ACCESS_TOKEN",
    "SHOPIFY_CLIENT_ID",
    "SHOPIFY_CLIENT_SECRET",
    "SHOPIFY_EXPIRES_AT",
    "SHOPIFY_REFRESH_TOKEN",
    "ZOHO_CLIENT_ID",
    "ZOHO_CLIENT_SECRET",
    "ZOHO_OFFER",
    "ZOHO_REFRESH_TOKEN",
    "ZOHO_SIGNED_IN",
    "ZOHO_WEBHOOK_SECRET",
    "digest_of_access",
]
