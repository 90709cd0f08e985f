"""The benchmark of the intake finds in the tables whatever was answered 200."""

from __future__ import annotations

from ml_connector.bench import intake
from ml_connector.store.embedded import EmbeddedPostgres
from ml_connector.store.migrate import migrate


async def test_the_intake_benchmark_counts_what_is_stored(postgres: EmbeddedPostgres) -> None:
    url = postgres.fresh_database("intake_benchmark")
    migrate(url)

    result = await intake.measure(url, seconds=0.3, senders=4, size=100)

    assert result.deliveries == result.stored > 0
