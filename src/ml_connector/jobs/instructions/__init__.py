"""Deliveries that are instructions themselves, and everything else that is not about an order: small jobs by kind."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from ml_connector.jobs.customers.sync_customer import sync_customer
from ml_connector.jobs.instructions import law
from ml_connector.jobs.instructions.merged import merged
from ml_connector.jobs.instructions.shop import scopes_changed, shop_changed, uninstalled
from ml_connector.jobs.instructions.zoho_told import CONTACT_KIND, MODULES, contact_told, document_told
from ml_connector.jobs.runtime import Runtime
from ml_connector.jobs.synced import Synced
from ml_connector.shopify.knocks import Kind
from ml_connector.store.subjects import Lease

INSTRUCTIONS: Mapping[str, Callable[[Lease, Runtime], Awaitable[Synced]]] = {
    Kind.CUSTOMER.value: sync_customer,
    Kind.CUSTOMER_MERGE.value: merged,
    Kind.UNINSTALLED.value: uninstalled,
    Kind.SCOPES.value: scopes_changed,
    Kind.SHOP.value: shop_changed,
    Kind.DATA_REQUEST.value: law.job,
    Kind.CUSTOMER_REDACT.value: law.job,
    Kind.SHOP_REDACT.value: law.job,
    CONTACT_KIND: contact_told,
    **dict.fromkeys(MODULES, document_told),
}
"""By the kind of the subject."""
