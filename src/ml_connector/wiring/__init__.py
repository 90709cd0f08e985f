"""The one place that chooses: PostgreSQL embedded or given, BullMQ's back end, real companies or a sandbox."""

from ml_connector.wiring.application import (
    WEBHOOKS_PATH,
    Application,
    back_end,
    database,
    endpoints,
    key_source,
    migrate,
    opened,
)
from ml_connector.wiring.process import Process, Started, serve

__all__ = [
    "WEBHOOKS_PATH",
    "Application",
    "Process",
    "Started",
    "back_end",
    "database",
    "endpoints",
    "key_source",
    "migrate",
    "opened",
    "serve",
]
