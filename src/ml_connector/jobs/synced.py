"""What a run found out about its subject, before it is written down."""

from __future__ import annotations

from dataclasses import dataclass

from ml_connector.domain.order import Order
from ml_connector.domain.outcome import Outcome
from ml_connector.domain.trouble import Trouble


@dataclass(frozen=True, slots=True)
class Synced:
    """A verdict, the order it is about (None when Shopify did not show it), and the trouble behind it, if any."""

    order: Order | None
    outcome: Outcome
    trouble: Trouble | None = None
