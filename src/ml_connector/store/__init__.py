"""What we remember: deliveries, subjects, operations, documents, outcomes, exchanges, secrets. PostgreSQL only."""

from ml_connector.store.store import Store

__all__ = ["Store"]
