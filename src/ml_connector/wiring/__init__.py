"""The one place that chooses: PostgreSQL embedded or given, BullMQ's back end, real companies or a sandbox.

What `serve` runs is in `wiring.process`, loaded by whoever serves: a short command needs no web side.
"""

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

__all__ = [
    "WEBHOOKS_PATH",
    "Application",
    "back_end",
    "database",
    "endpoints",
    "key_source",
    "migrate",
    "opened",
]
