"""What a check of one connection found, in the words of the owner, each finding with its fix."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlsplit

from ml_connector.domain.policy import Policy
from ml_connector.domain.trouble import Trouble
from ml_connector.jobs.masters import Masters
from ml_connector.shopify import subscriptions, topics
from ml_connector.shopify.scopes import granted
from ml_connector.shopify.shop import Shop
from ml_connector.shopify.subscriptions import Subscription

NEEDED_SCOPES = ("read_orders", "read_customers")
MARKED = {"invoice": "invoices", "customer_payment": "payments", "creditnote": "credit notes", "contact": "contacts"}


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to know or to put right. `severity`: blocker, warning or info."""

    code: str
    text: str
    fix: str
    severity: str = "warning"

    @property
    def bad(self) -> bool:
        """Whether the answer of a check is bad news because of it."""
        return self.severity != "info"

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def of_trouble(trouble: Trouble) -> Finding:
    """A check that could not be made."""
    return Finding(trouble.code, trouble.text, trouble.fix, "blocker")


def of_shop(shop: Shop, domain: str) -> list[Finding]:
    """What the shop's own description says."""
    found = [
        Finding(
            "scope_missing",
            f"The shop has not granted {scope}.",
            f"Add {scope} to the app's scopes in Shopify, then connect again.",
            "blocker",
        )
        for scope in NEEDED_SCOPES
        if not granted(scope, shop.scopes)
    ]
    if not granted("read_all_orders", shop.scopes):
        found.append(
            Finding(
                "sixty_days",
                "Without read_all_orders Shopify shows us the orders of the last 60 days only.",
                "Ask Shopify for read_all_orders if older orders are to be posted or corrected.",
                "info",
            )
        )
    if shop.domain.lower() != domain:
        found.append(
            Finding(
                "other_shop",
                f"The token belongs to {shop.domain}, not to {domain}.",
                "Connect with a token of the right shop.",
                "blocker",
            )
        )
    return found


def of_webhooks(found: Iterable[Subscription], scopes: AbstractSet[str], uri: str, *, reachable: bool) -> list[Finding]:
    """Whether Shopify tells us what it should."""
    if not reachable:
        host = urlsplit(uri).netloc
        return [
            Finding(
                "webhooks_unreachable",
                f"Shopify cannot reach {host}, so it is not asked to. We look for new orders ourselves.",
                "Give PUBLIC_URL a public https address, then connect again.",
                "info",
            )
        ]
    changes = subscriptions.changes(topics.wanted(scopes), uri, found)
    if not changes:
        return []
    missing = len(changes.create) + len(changes.update)
    return [
        Finding(
            "webhooks_differ",
            f"{missing} webhook subscriptions are missing or lead elsewhere.",
            "Run `ml-connector connect` again, which repairs them.",
        )
    ]


def of_organisation(masters: Masters, policy: Policy, shop: Shop | None) -> list[Finding]:
    """Whether the organisation has what posting needs."""
    organisation = masters.organisation
    found: list[Finding] = []
    if not organisation.active:
        found.append(
            Finding(
                "organisation_inactive",
                f"{organisation.name} is not active in Zoho.",
                "Activate the organisation in Zoho Books.",
                "blocker",
            )
        )
    without = [name for module, name in MARKED.items() if module not in masters.unique_fields]
    if without:
        found.append(
            Finding(
                "unique_field_missing",
                f"Zoho has no custom field {policy.unique_field} on {', '.join(without)}. Without it a lost answer is "
                "settled by searching, which takes longer and is weaker against duplicates.",
                f"In Zoho Books, Settings, Custom Fields: add a text field {policy.unique_field} to each of them and "
                "switch “prevent duplicate values” on.",
            )
        )
    if not organisation.tax_registered:
        found.append(
            Finding(
                "taxes_off",
                "Taxes are switched off in this organisation, so orders with tax are held.",
                "Switch taxes on in Zoho Books, or choose the policy “tax: lines”.",
            )
        )
    if shop is not None and shop.currency not in masters.currencies:
        found.append(
            Finding(
                "currency_missing",
                f"Zoho does not have {shop.currency}, the shop's currency.",
                f"Add {shop.currency} in Zoho Books, Settings, Currencies.",
            )
        )
    if not masters.lock_known:
        found.append(
            Finding(
                "lock_unknown",
                "Zoho did not say up to which day the books are closed.",
                "Nothing has to be done: Zoho refuses what lies in a closed period, and the order is held.",
                "info",
            )
        )
    return found
