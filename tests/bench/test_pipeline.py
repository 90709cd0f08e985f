"""The benchmark of the whole way posts what it counts, and says so when it cannot."""

from __future__ import annotations

import pytest
from tests.tables import NewDatabase

from ml_connector.bench import pipeline
from ml_connector.bench.pipeline import NotPosted


async def test_every_order_of_every_shop_is_posted_and_counted(new_database: NewDatabase) -> None:
    found = await pipeline.measure(new_database(), 2, 3)

    assert (found.connections, found.orders) == (2, 6)
    assert 2 < found.zoho_calls <= 3


async def test_orders_that_do_not_come_to_rest_are_told(
    new_database: NewDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline, "GIVEN_UP_AFTER_S", 0.0)

    with pytest.raises(NotPosted, match="6 of 6 orders were not at rest"):
        await pipeline.measure(new_database(), 2, 3)
