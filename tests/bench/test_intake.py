"""The benchmark of the intake finds in the tables whatever was answered 200."""

from __future__ import annotations

from tests.tables import NewDatabase

from ml_connector.bench import intake


async def test_the_intake_benchmark_counts_what_is_stored(new_database: NewDatabase) -> None:
    url = new_database()

    result = await intake.measure(url, seconds=0.3, senders=4, size=100)

    assert result.deliveries == result.stored > 0
