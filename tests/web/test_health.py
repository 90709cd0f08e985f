"""Health for orchestrators and figures for Prometheus, over loopback."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import aiohttp
import pytest
from litestar import get
from tests.web.conftest import Site, serving, shopify_headers

from ml_connector.queue import QueueAway
from ml_connector.store.errors import StoreUnavailable
from ml_connector.web.app import Dependencies
from ml_connector.web.metrics import Figures


async def well() -> None:
    return


async def no_database() -> None:
    raise StoreUnavailable("connection refused")


async def no_queue() -> None:
    raise QueueAway("Redis")


async def asked(needs: Dependencies, path: str) -> tuple[int, str]:
    async with (
        serving(needs) as port,
        aiohttp.ClientSession(f"http://127.0.0.1:{port}") as client,
        client.get(path) as answer,
    ):
        return answer.status, await answer.text()


async def test_a_role_that_can_work_is_ready_and_names_its_checks() -> None:
    needs = Dependencies(role="web", intake=None, checks={"database": well, "key": well})

    status, text = await asked(needs, "/health/ready")

    assert status == 200
    assert json.loads(text) == {
        "ready": True,
        "role": "web",
        "checks": {
            "database": {"ok": True, "text": None, "fix": None},
            "key": {"ok": True, "text": None, "fix": None},
        },
    }


async def test_a_worker_without_its_queue_is_not_ready_and_says_what_to_do() -> None:
    needs = Dependencies(role="worker", intake=None, checks={"database": well, "queue": no_queue})

    status, text = await asked(needs, "/health/ready")

    found = json.loads(text)
    assert (status, found["ready"], found["checks"]["database"]["ok"]) == (503, False, True)
    assert found["checks"]["queue"] == {
        "ok": False,
        "text": "The job queue on Redis does not answer; work waits in the database and goes on by itself.",
        "fix": "See that Redis runs and can be reached.",
    }


async def test_a_check_that_hangs_is_a_failed_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ml_connector.web.health.CHECK_S", 0.05)
    needs = Dependencies(role="web", intake=None, checks={"database": asyncio.Event().wait})  # type: ignore[dict-item]

    status, text = await asked(needs, "/health/ready")

    assert status == 503
    assert not json.loads(text)["checks"]["database"]["ok"]


async def test_a_process_without_its_database_is_alive() -> None:
    needs = Dependencies(role="all", intake=None, checks={"database": no_database})

    status, text = await asked(needs, "/health/live")

    assert (status, json.loads(text)) == (200, {"live": True, "role": "all"})


async def test_metrics_show_the_tables_figures_and_this_process_s_counters(site: Site) -> None:
    await site.post()
    await site.post()
    await site.post(headers=shopify_headers(secret="guessed"))

    status, text = await site.get("/metrics")

    assert status == 200
    assert 'ml_connector_deliveries_total{result="accepted",source="shopify"} 1.0' in text
    assert 'ml_connector_deliveries_total{result="repeat",source="shopify"} 1.0' in text
    assert 'ml_connector_deliveries_total{result="unsigned",source="shopify"} 1.0' in text
    assert 'ml_connector_intake_seconds_count{source="shopify"} 3.0' in text


async def test_figures_of_a_connection_that_is_gone_are_not_repeated() -> None:
    told = [
        Figures(outcomes={("acme", "posted"): 3}, outstanding={"acme": 2}, oldest_s={"acme": 41.5}),
        Figures(outcomes={("other", "held"): 1}),
    ]

    async def figures() -> Figures:
        return told.pop(0)

    needs = Dependencies(role="web", intake=None, figures=figures)
    async with serving(needs) as port, aiohttp.ClientSession(f"http://127.0.0.1:{port}") as client:
        async with client.get("/metrics") as answer:
            first = await answer.text()
        async with client.get("/metrics") as answer:
            second = await answer.text()
            kind = answer.headers["Content-Type"]

    assert 'ml_connector_orders{connection="acme",outcome="posted"} 3.0' in first
    assert 'ml_connector_outstanding{connection="acme"} 2.0' in first
    assert 'ml_connector_oldest_outstanding_seconds{connection="acme"} 41.5' in first
    assert "acme" not in second
    assert 'ml_connector_orders{connection="other",outcome="held"} 1.0' in second
    assert kind == "text/plain; version=0.0.4; charset=utf-8"


async def test_metrics_without_the_database_are_503() -> None:
    async def figures() -> Figures:
        raise StoreUnavailable("connection refused")

    status, text = await asked(Dependencies(role="web", intake=None, figures=figures), "/metrics")

    assert status == 503
    assert "connection refused" in text


@pytest.mark.parametrize(
    ("error", "status"), [(StoreUnavailable("connection refused"), 503), (ZeroDivisionError("secret detail"), 500)]
)
async def test_an_error_in_any_route_is_a_sentence_without_a_traceback(error: Exception, status: int) -> None:
    @get("/failing")
    async def failing() -> None:
        raise error

    answered, text = await asked(Dependencies(role="web", intake=None, routes=[failing]), "/failing")

    said: dict[str, Any] = json.loads(text)
    assert answered == status
    assert said["message"]
    assert "Traceback" not in text
    assert "secret detail" not in text


async def test_an_unknown_address_is_404_in_json() -> None:
    status, text = await asked(Dependencies(role="web", intake=None), "/nothing/here")

    assert (status, json.loads(text)["message"]) == (404, "Not Found")


async def test_a_worker_takes_no_webhooks() -> None:
    status, _ = await asked(Dependencies(role="worker", intake=None), "/webhooks/shopify")

    assert status == 404
