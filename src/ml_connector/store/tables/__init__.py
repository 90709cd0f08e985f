"""The tables, by what they are about."""

from ml_connector.store.tables.base import metadata
from ml_connector.store.tables.books import claims, contact_links, documents, item_links, masters, operations
from ml_connector.store.tables.connections import connections, keys, mappings, policies, schema_steps, secrets, tokens
from ml_connector.store.tables.customers import customer_conflicts, customer_writes
from ml_connector.store.tables.inbox import deliveries, leases, subjects, watermarks
from ml_connector.store.tables.pace import allowances
from ml_connector.store.tables.people import api_tokens, audit, notices, operators, sessions, sign_in_tries
from ml_connector.store.tables.replays import replay_orders, replays
from ml_connector.store.tables.story import decisions, exchanges, outcomes, readings, timeline
from ml_connector.store.tables.summaries import summaries

__all__ = [
    "allowances",
    "api_tokens",
    "audit",
    "claims",
    "connections",
    "contact_links",
    "customer_conflicts",
    "customer_writes",
    "decisions",
    "deliveries",
    "documents",
    "exchanges",
    "item_links",
    "keys",
    "leases",
    "mappings",
    "masters",
    "metadata",
    "notices",
    "operations",
    "operators",
    "outcomes",
    "policies",
    "readings",
    "replay_orders",
    "replays",
    "schema_steps",
    "secrets",
    "sessions",
    "sign_in_tries",
    "subjects",
    "summaries",
    "timeline",
    "tokens",
    "watermarks",
]
