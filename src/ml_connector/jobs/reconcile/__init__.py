"""Both systems as they are now, order by order: equal, or what differs and by how much."""

from ml_connector.jobs.reconcile.entries import Class, Entry, Reconciled
from ml_connector.jobs.reconcile.reconcile import reconcile

__all__ = ["Class", "Entry", "Reconciled", "reconcile"]
