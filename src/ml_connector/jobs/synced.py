"""What a run found out about its subject, before it is written down."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ml_connector.domain.order import Order
from ml_connector.domain.outcome import Outcome
from ml_connector.domain.trouble import Trouble


@dataclass(frozen=True, slots=True)
class Synced:
    """A verdict, the order it is about (None when Shopify did not show it), and the trouble behind it, if any.

    Attributes:
        updated_at: What else than an order was read says when it was last updated.
    """

    order: Order | None
    outcome: Outcome
    trouble: Trouble | None = None
    updated_at: datetime | None = None
