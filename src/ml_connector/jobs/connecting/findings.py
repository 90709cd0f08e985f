"""What a check of one connection found, in the words of the owner, each finding with its fix."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlsplit

from ml_connector.domain.editions import prepayment_may_be_taxed
from ml_connector.domain.policy import Policy
from ml_connector.domain.trouble import Trouble
from ml_connector.jobs.masters import Masters
from ml_connector.shopify import subscriptions, topics
from ml_connector.shopify.scopes import granted
from ml_connector.shopify.shop import Shop
from ml_connector.shopify.subscriptions import Subscription
from ml_connector.zoho import regions
from ml_connector.zoho.books import mark_of

NEEDED_SCOPES = ("read_orders", "read_customers")
WEBHOOKS_DIFFER = "webhooks_differ"
MARKED = {"invoice": "invoices", "customer_payment": "payments", "creditnote": "credit notes", "contact": "contacts"}


_PASSES = "Nothing to do here, it is tried again by itself. If it lasts, check this machine's network and try later."


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
    """A check that could not be made; what passes by itself says so."""
    return Finding(trouble.code, trouble.text, trouble.fix or _PASSES, "blocker")


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


def of_customers_back(policy: Policy, scopes: AbstractSet[str]) -> list[Finding]:
    """Whether the shop lets us do what the policy wants of its customers."""
    if policy.customers_back != "on" or granted("write_customers", scopes):
        return []
    return [
        Finding(
            "customers_back_scope",
            "Changes of customers in Zoho are to go to Shopify, and the shop has not granted write_customers.",
            "Add write_customers to the app's scopes in Shopify, then connect again; or set customers_back to off.",
        )
    ]


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
    text = f"{missing} webhook subscriptions are missing or lead elsewhere."
    if not missing:
        text = f"{len(changes.delete)} webhook subscriptions are there twice or are not needed."
    return [
        Finding(
            WEBHOOKS_DIFFER,
            text,
            "Run `ml-connector connect` again, which repairs them.",
        )
    ]


def of_webhook_trouble(trouble: Trouble) -> Finding:
    """Whether Shopify tells us what it should is not known. No order is lost by it: the sweep finds them all."""
    return Finding(
        "webhooks_unknown",
        f"We cannot see what Shopify tells us: {trouble.text}",
        trouble.fix or "Run `ml-connector connect` again; until then the sweep finds new orders.",
    )


def of_refused_webhooks(refused: Mapping[str, str]) -> list[Finding]:
    """Topics that Shopify does not take, each with its words."""
    if not refused:
        return []
    topics_, words = ", ".join(sorted(refused)), " ".join(sorted(set(refused.values())))
    return [
        Finding(
            "webhooks_refused",
            f"Shopify does not take our webhooks for {topics_}. {words}",
            "Repair what Shopify names and connect again; until then the sweep finds what is not announced.",
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
    if not masters.fields_known:
        found.append(
            Finding(
                "unique_field_unknown",
                f"Zoho does not tell which custom fields there are, so {policy.unique_field} is not used. A lost "
                "answer is settled by searching, which takes longer and is weaker against duplicates.",
                "Let the connected user see Zoho's settings, or grant ZohoBooks.settings.READ; then connect again.",
            )
        )
    elif without:
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
    if policy.post_when != "created" and prepayment_may_be_taxed(organisation):
        found.append(
            Finding(
                "prepayment_tax_point",
                f"With “post_when: {policy.post_when}” money may come before its invoice. Under VAT or GST such a "
                "prepayment may be a tax point: tax is then owed when it is paid.",
                "Ask your accountant; with “post_when: created” every order is invoiced when it is placed.",
                "info",
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


def of_region(region: str, told_domain: str) -> list[Finding]:
    """Whether Zoho's token belongs to the connection's region, where a configured address hides it otherwise."""
    try:
        found = regions.by_api_domain(told_domain)
    except regions.UnknownRegion:
        return []
    if found.code == region:
        return []
    return [
        Finding(
            "zoho_region_differs",
            f"This connection is set to {regions.by_code(region).name}, and its token belongs to {found.name}.",
            f"Connect again with the region {found.code}, or with a refresh token of {region}.",
        )
    ]


def of_others(shop: str, same_books: Iterable[str], other_books: Iterable[str]) -> list[Finding]:
    """Other connections of the same shop, by name: those that post to the same organisation, and those that do not."""
    fix = "Disconnect all but one of them."
    found = []
    if names := ", ".join(sorted(same_books)):
        text = f"{shop} is connected to this organisation as {names} too, so each of its orders is posted by both."
        found.append(Finding("shop_connected_twice", text, fix, "info"))
    if names := ", ".join(sorted(other_books)):
        text = f"{shop} is connected to another organisation as {names}, so each of its orders is in both books."
        found.append(Finding("shop_connected_elsewhere", text, f"{fix} If both books are meant, nothing.", "info"))
    return found


def zoho_access_left() -> Finding:
    """Zoho did not take back what it had given."""
    return Finding(
        "zoho_access_left",
        "Zoho did not confirm that our access has ended. We have forgotten it and do not use it any more.",
        "In Zoho, Accounts, Connected Apps: remove the connector's entry.",
        "info",
    )


def of_protected(kept: Iterable[str]) -> list[Finding]:
    """What Shopify keeps from this app of its customers.

    Source: Shopify, "Protected customer data": level 1 without names and addresses, level 2 with them.
    """
    words = " ".join(kept)
    if not words:
        return []
    return [
        Finding(
            "protected_data",
            "Shopify does not show us all of a buyer, so contacts in Zoho are made without the name, address or e-mail "
            f"that is missing. Shopify says: {words}",
            "For a public app, ask for protected customer data, level 1 and 2, in the Partner Dashboard. For an older "
            "kind of custom app it depends on the shop's plan. Orders are posted meanwhile.",
        )
    ]


_TELL_TALES = ("invoice_source", "source", "created_by", "sales_channel", "sales_channel_formatted", "integration_name")


def of_rival(invoices: Iterable[Mapping[str, Any]], unique_field: str) -> list[Finding]:
    """Whether something else that is called Shopify makes invoices too: Zoho has an integration of its own."""
    theirs = [
        str(row.get("invoice_number") or row.get("reference_number") or "")
        for row in invoices
        if not mark_of(row, unique_field) and any("shopify" in str(row.get(name, "")).lower() for name in _TELL_TALES)
    ]
    if not theirs:
        return []
    return [
        Finding(
            "zoho_shopify_integration",
            f"Invoices such as {', '.join(theirs[:3])} were made from Shopify by something else, perhaps Zoho's own "
            "integration. Then every order is in the books twice.",
            "In Zoho Books, Settings, Integrations: switch the Shopify integration off, or stop this connection.",
        )
    ]
