"""The shapes of answers, as OpenAPI describes them: those of the command line's `--json`, key by key.

An answer is made by a read model and converted into its shape, so a key that is missing or of another type is noticed
here and not by an operator's program.
"""

from ml_connector.web.api.shapes.common import Json, Problem, shaped
from ml_connector.web.api.shapes.connections import Connected, Connections, Doctor, Pings, Policy, Status
from ml_connector.web.api.shapes.orders import Asked, OrderRow, Orders, Preview, Shown
from ml_connector.web.api.shapes.people import Customers, Deliveries, Invited, Link, NewToken, Operators, Tokens
from ml_connector.web.api.shapes.summary import RoundingLedger, Summary
from ml_connector.web.api.shapes.work import Backfill, BackfillGoing, Reconciled, Replay, ReplayPlanned, Replays

__all__ = [
    "Asked",
    "Backfill",
    "BackfillGoing",
    "Connected",
    "Connections",
    "Customers",
    "Deliveries",
    "Doctor",
    "Invited",
    "Json",
    "Link",
    "NewToken",
    "Operators",
    "OrderRow",
    "Orders",
    "Pings",
    "Policy",
    "Preview",
    "Problem",
    "Reconciled",
    "Replay",
    "ReplayPlanned",
    "Replays",
    "RoundingLedger",
    "Shown",
    "Status",
    "Summary",
    "Tokens",
    "shaped",
]
