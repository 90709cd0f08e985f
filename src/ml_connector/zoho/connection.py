"""One connection to Zoho: which organisation, where, and with which credentials."""

from __future__ import annotations

from dataclasses import dataclass, field

from ml_connector.zoho import regions
from ml_connector.zoho.oauth import App

_PAGES = {
    "contact": "contacts",
    "invoice": "invoices",
    "customer_payment": "paymentsreceived",
    "creditnote": "creditnotes",
    "item": "inventory/items",
}
"""Module -> its page in the web app."""


@dataclass(frozen=True, slots=True)
class ZohoConnection:
    """What calls of one connection share. Printing it shows no secret."""

    name: str
    region: str
    """us, eu, in, au, jp, ca, cn, sa (uk and ae are ready)."""
    organization_id: str
    """Empty while it is not chosen yet; then only the organisations can be listed."""
    app: App
    refresh_token: str = field(repr=False)
    accounts_endpoint: str = ""
    """Another accounts server for all regions, for sandboxes; empty: the region's."""
    api_endpoint: str = ""
    """Another API address, for sandboxes; empty: `api_domain` of the token answer."""

    @property
    def accounts(self) -> str:
        return self.accounts_endpoint.rstrip("/") or regions.by_code(self.region).accounts

    def link_to(self, module: str, zoho_id: str) -> str:
        """Where a person sees a record of *module* (`invoice`, `contact`, …) of this organisation in Zoho."""
        return self.link(_PAGES[module], zoho_id)

    def link(self, page: str, zoho_id: str) -> str:
        """Where a person sees a record of this organisation in Zoho."""
        return regions.by_code(self.region).link(self.organization_id, page, zoho_id)
