"""The same powers as the command line, and the same answers; who may do what; what is refused, and how it is said."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import aiohttp
from litestar.testing import RequestFactory
from tests.conftest import ROOT
from tests.store.builders import ask, do
from tests.web.api.conftest import ROLES, Answer, Program, diagnosed, token_of
from tests.web.conftest import serving

from ml_connector.jobs.connecting.check import Listening
from ml_connector.jobs.connecting.pinging import ping_one
from ml_connector.jobs.preview import preview
from ml_connector.jobs.reconcile import reconcile
from ml_connector.jobs.report import in_force, orders, show, status
from ml_connector.jobs.report.orders import Asked
from ml_connector.sandbox.shopify.faults import Fault
from ml_connector.sandbox.shopify.ids import gid
from ml_connector.sandbox.shopify.model import Order
from ml_connector.web.api import ApiNeeds, api_routes, openapi
from ml_connector.web.api.refusals import API
from ml_connector.web.api.routes import HANDLERS, whose
from ml_connector.web.app import Dependencies

Json = dict[str, Any]


async def held(program: Program) -> Order:
    """An order that a person must decide about."""
    order = program.desk.order()
    await program.desk.post(order)
    await do(
        program.desk.store,
        "UPDATE outcomes SET verdict = 'held', reason_code = 'tax_unmapped', reason_text = 'No tax.', cause = 'tax'",
    )
    return order


# The same answers


async def test_what_the_api_tells_is_what_the_command_line_prints(program: Program) -> None:
    desk = program.desk
    order = desk.order()
    await desk.post(order)
    store, number = desk.store, desk.connection_id
    run = await desk.run()
    async with store.at_once() as tx:
        row = await store.outcomes.get(tx, number, gid("Order", order.id))
        connection = await store.connections.get(tx, number)
    assert row is not None
    assert connection is not None
    day = desk.clock.now().date()
    period = (day - timedelta(days=1), day + timedelta(days=1))

    told: dict[str, Callable[[], Awaitable[Json]]] = {
        "/orders": lambda: orders.orders(store, Asked(), {number: "acme"}),
        f"/orders/{order.id}": lambda: show.show(store, row, "acme"),
        f"/orders/{order.id}/preview": lambda: preview(gid("Order", order.id), run),
        "/connections/acme/policy": lambda: in_force.policy(store, connection),
    }
    for path, document in told.items():
        answer = await program.get(path)
        assert (answer.status, answer.body) == (200, await document()), path
    now = await status.standing(store)
    assert (await program.get("/status")).body == status.status(now)
    assert (await program.get("/connections")).body == status.connections(now)
    compared = await program.get("/connections/acme/reconciliation", **{"from": period[0], "to": period[1]})
    assert compared.body == (await reconcile(run, *period)).as_json()


async def test_both_sides_are_asked(program: Program) -> None:
    async with program.desk.store.at_once() as tx:
        connection = await program.desk.store.connections.get(tx, program.desk.connection_id)
    assert connection is not None
    listening = Listening("https://connector.example/webhooks/shopify", reachable=False)

    answer = await program.get("/connections/acme/ping")

    found = (await ping_one(connection, program.desk.runtimes.of, listening)).as_json()
    (pinged,) = answer.body["connections"]
    assert pinged["shopify"] == found["shopify"]
    assert pinged["zoho"].keys() == found["zoho"].keys()


async def test_a_list_goes_on_at_its_cursor(program: Program) -> None:
    first, second = program.desk.order(), program.desk.order()
    await program.desk.post(first, second)

    page = await program.get("/orders", limit=1)
    rest = await program.get("/orders", limit=1, after=page.body["next"])

    assert {each["orders"][0]["name"] for each in (page.body, rest.body)} == {first.name, second.name}
    assert rest.body["next"] is None
    assert (await program.get("/orders", outcome="held")).body["orders"] == []


async def test_customers_and_deliveries_are_listed(program: Program) -> None:
    await program.desk.post(program.desk.order())
    await program.desk.deliver("orders/create", {"id": 1, "admin_graphql_api_id": "gid://shopify/Order/1"})

    customers, deliveries = await program.get("/connections/acme/customers"), await program.get("/deliveries", limit=1)

    assert [each["matched_by"] for each in customers.body["customers"]] == ["created"]
    (delivery,) = deliveries.body["deliveries"]
    assert (delivery["connection"], delivery["topic"], deliveries.body["next"]) == ("acme", "orders/create", None)


async def test_the_summary_of_a_day_is_told_and_sent(program: Program) -> None:
    day = (program.desk.clock.now() - timedelta(days=3)).date()

    before = await program.get(f"/connections/acme/summaries/{day}")
    after = await program.post(f"/connections/acme/summaries/{day}")

    assert (before.body["date"], before.body["delivery"]["state"]) == (str(day), "open")
    assert after.body["delivery"]["state"] == "kept"


async def test_the_ledger_of_rounding_is_told(program: Program) -> None:
    answer = await program.get("/connections/acme/rounding")

    assert answer.body == {"connection": "acme", "months": []}


async def test_findings_of_the_installation_are_told(program: Program) -> None:
    answer = await program.get("/doctor")

    assert answer.body == {"ok": True, "findings": [each.as_json() for each in await diagnosed()]}


# Acting


async def test_an_order_is_looked_at_when_it_is_asked_for(program: Program) -> None:
    order = program.desk.order()

    answer = await program.as_("operator").post("/sync", orders=[str(order.id)])

    assert answer.status == 202
    assert [each["outcome"] for each in answer.body["orders"]] == ["waiting"]
    await program.desk.settle()
    assert (await program.get(f"/orders/{order.id}")).body["outcome"] == "posted"
    assert await ask(program.desk.store, "SELECT who FROM audit WHERE action = 'order.synced'") == "operator, API"


async def test_an_order_is_held_released_and_excluded_with_a_word(program: Program) -> None:
    order = program.desk.order()
    outcomes = []

    for action in ("hold", "release", "exclude"):
        answer = await program.as_("operator").post(f"/orders/{order.id}/{action}", note="Ask Maeve first.")
        await program.desk.settle()
        outcomes.append((answer.status, (await program.get(f"/orders/{order.id}")).body["outcome"]))

    again = await program.post(f"/orders/{order.id}/exclude")
    assert outcomes == [(202, "held"), (202, "posted"), (422, "posted")]
    assert "Zoho holds documents" in again.body["text"]


async def test_a_replay_is_planned_then_started_once_and_told_about(program: Program) -> None:
    await held(program)
    operator = program.as_("operator")

    plan = await operator.post("/replays", outcome="held")
    body = {"json": {"outcome": "held", "start": True}, "headers": {"Idempotency-Key": "k-1"}}
    first, second = await operator("POST", "/replays", **body), await operator("POST", "/replays", **body)

    assert plan.body == {"plan": {"orders": 1, "calls": 2}, "queued": 0, "replay": None, "ask": None}
    assert first.body["replay"]["to_go"] == 1
    # knocked again it waits, so the second finds nothing to start
    assert second.body["queued"] == 0
    await program.desk.settle()
    assert (await program.get(first.body["ask"])).body["results"]["posted"] == 1
    assert len((await program.get("/replays")).body["replays"]) == 1


async def test_a_replay_is_stopped_as_far_as_that_is_honest(program: Program) -> None:
    await held(program)
    started = await program.post("/replays", outcome="held", start=True)

    answer = await program.post(f"/replays/{started.body['replay']['id']}/stop")

    assert (answer.status, answer.body["stopped"], answer.body["finished"]) == (200, 1, True)


async def test_a_backfill_is_planned_begun_and_asked_after(program: Program) -> None:
    program.desk.order()
    since = str((program.desk.clock.now() - timedelta(days=2)).date())

    plan = await program.post("/connections/acme/backfill", since=since)
    none = await program.get("/connections/acme/backfill")
    begun = await program.post("/connections/acme/backfill", since=since, start=True)

    assert (plan.body["plan"]["orders"], plan.body["queued"], none.status) == (1, 0, 404)
    assert begun.status == 202
    async with asyncio.timeout(10):
        while (going := await program.get(begun.body["ask"])).status != 200 or going.body["listing"]:
            continue
    await program.desk.settle()
    assert (await program.get("/status")).body["outcomes"]["posted"] == 1


async def test_a_policy_changes_in_versions(program: Program) -> None:
    before = (await program.get("/connections/acme/policy")).body

    changed = await program("PUT", "/connections/acme/policy", json={"policy": {"walk_in": "own"}})
    refused = await program("PUT", "/connections/acme/policy", json={"policy": {"walk_inn": "own"}})

    assert changed.body["policy"]["walk_in"] == "own"
    assert changed.body["policy"]["gateways"] == before["policy"]["gateways"]
    assert (changed.body["version"], changed.body["who"]) == (before["version"] + 1, "admin, API")
    assert (refused.status, "Did you mean walk_in?" in refused.body["text"]) == (422, True)


async def test_tokens_are_made_shown_once_and_revoked(program: Program) -> None:
    made = await program.post("/tokens", name="erp", role="viewer")
    again = await program.post("/tokens", name="erp", role="viewer")
    headers = {"Authorization": f"Bearer {made.body['token']['secret']}"}
    works = await program.as_(None)("GET", "/status", headers=headers)
    revoked = await program("DELETE", "/tokens/erp")
    ended = await program.as_(None)("GET", "/status", headers=headers)

    assert (made.status, again.status, works.status, revoked.status, ended.status) == (201, 422, 200, 200, 401)
    assert made.body["token"]["secret"] not in str((await program.get("/tokens")).body)


async def test_operators_get_a_link_and_are_disabled(program: Program) -> None:
    added = await program.post("/operators", name="Maeve", role="operator")
    linked = await program.post("/operators/Maeve/link")
    disabled = await program("DELETE", "/operators/Maeve")

    assert added.body["link"].startswith("https://connector.example/")
    assert linked.body["link"] != added.body["link"]
    assert [(each["name"], each["state"]) for each in disabled.body["operators"]] == [("Maeve", "disabled")]


async def test_a_connection_is_ended_and_its_history_stays(program: Program) -> None:
    ended = await program("DELETE", "/connections/acme")
    after = await program.get("/connections/acme/summaries/2026-01-01")

    assert ended.body["connections"][0]["health"] == "disconnected"
    assert (after.status, after.body["code"]) == (409, "disconnected")


async def test_a_connection_that_is_not_described_well_is_refused_with_every_mistake(program: Program) -> None:
    answer = await program.post("/connections", name="new", shopify={"shopp": "x"})

    assert (answer.status, answer.body["code"]) == (422, "refused")
    assert "shopp" in answer.body["text"]


# Who may


LEAST = (
    ("GET", "/status", "viewer"),
    ("GET", "/tokens", "admin"),
    ("GET", "/operators", "admin"),
    ("POST", "/sync", "operator"),
    ("POST", "/orders/1/hold", "operator"),
    ("POST", "/orders/1/exclude", "operator"),
    ("POST", "/orders/1/release", "operator"),
    ("POST", "/replays", "operator"),
    ("POST", "/replays/1/stop", "operator"),
    ("POST", "/connections/acme/backfill", "operator"),
    ("POST", "/connections/acme/summaries/2026-01-01", "operator"),
    ("POST", "/connections", "admin"),
    ("DELETE", "/connections/nobody", "admin"),
    ("PUT", "/connections/acme/policy", "admin"),
    ("POST", "/tokens", "admin"),
    ("POST", "/operators", "admin"),
)
"""The least role that may do each."""


async def test_a_role_may_do_this_and_those_below_it_may_not(program: Program) -> None:
    for method, path, least in LEAST:
        answers = {role: await program.as_(role)(method, path) for role in ROLES}

        forbidden = {role for role, answer in answers.items() if answer.status == 403}
        assert forbidden == set(ROLES[: ROLES.index(least)]), (method, path)
        assert all(answers[role].body["code"] == "role" for role in forbidden)


async def test_without_a_token_in_force_nothing_is_told(program: Program) -> None:
    nobody = program.as_(None)

    answers = [
        await nobody.get("/status"),
        await nobody("GET", "/status", headers={"Authorization": "Bearer wrong"}),
        await nobody("GET", "/status", headers={"Authorization": f"Basic {token_of('admin')}"}),
    ]

    assert [each.status for each in answers] == [401, 401, 401]
    assert {each.headers["WWW-Authenticate"] for each in answers} == {"Bearer"}
    assert all(set(each.body) == {"code", "text", "fix"} for each in answers)


# What is refused


REFUSED: tuple[tuple[Callable[[Program], Awaitable[Answer]], int, str], ...] = (
    (lambda ask: ask.get("/orders/99999"), 404, "not_there"),
    (lambda ask: ask.get("/status", connection="acmee"), 404, "not_there"),
    (lambda ask: ask.get("/nowhere"), 404, "not_there"),
    (lambda ask: ask.get("/replays/7"), 404, "not_there"),
    (lambda ask: ask.get("/orders", outcome="lost"), 422, "wrong_use"),
    (lambda ask: ask.get("/orders", limit=9999), 422, "wrong_use"),
    (lambda ask: ask.get("/orders", after="nonsense"), 422, "wrong_use"),
    (lambda ask: ask.get("/orders", since="soon"), 422, "wrong_use"),
    (lambda ask: ask.get("/connections/%00/policy"), 422, "wrong_use"),
    (lambda ask: ask.post("/sync", orders=["\0"]), 422, "wrong_use"),
    (lambda ask: ask.get("/connections/acme/reconciliation"), 422, "wrong_use"),
    (lambda ask: ask.post("/sync", orders=[]), 422, "wrong_use"),
    (lambda ask: ask.post("/sync", order=["1"]), 422, "wrong_use"),
    (lambda ask: ask("POST", "/sync", data=b"{"), 422, "wrong_use"),
    (lambda ask: ask.post("/replays", outcome="posted"), 422, "wrong_use"),
    (lambda ask: ask("PATCH", "/status"), 405, "not_that_way"),
)


async def test_what_cannot_be_done_is_said_in_one_shape(program: Program) -> None:
    for number, (question, status_code, code) in enumerate(REFUSED):
        answer = await question(program)

        assert (answer.status, answer.body["code"]) == (status_code, code), number
        assert set(answer.body) == {"code", "text", "fix"}


async def test_a_company_that_does_not_answer_is_503_with_when_to_ask_again(program: Program) -> None:
    order = program.desk.order()
    program.desk.shopify.faults.add(Fault("server_error", times=100))

    answer = await program.get(f"/orders/{order.id}/preview")

    assert answer.status == 503
    assert int(answer.headers["Retry-After"]) >= 1


def test_who_invents_tokens_does_not_fill_the_memory_of_counts() -> None:
    asking = [RequestFactory().get("/", headers={"Authorization": f"Bearer {number}"}) for number in range(100)]

    counted = {whose(each) for each in asking}

    assert len(counted) > 90
    assert {len(each) for each in counted} == {4}


async def test_too_many_questions_are_429(program: Program) -> None:
    desk = program.desk
    listening = Listening("", reachable=False)
    needs = ApiNeeds(desk.store, desk.runtimes.of, desk.clock, "https://here.example", listening, diagnosed)
    routes = Dependencies(role="web", intake=None, routes=api_routes(needs, a_minute=2), openapi=openapi())

    async with serving(routes) as port, aiohttp.ClientSession() as client:
        busy = Program(desk, client, f"http://127.0.0.1:{port}")
        answers = [await busy.get("/policy-schema") for _ in range(3)]

    assert [each.status for each in answers] == [200, 200, 429]
    assert answers[-1].body["code"] == "too_many"


# The description


async def test_the_description_is_openapi_31_and_names_every_address(program: Program) -> None:
    answer = await program.as_(None).get(f"{API}/openapi.json")

    assert answer.status == 200
    assert answer.body["openapi"].startswith("3.1")
    described = {(method.upper(), path) for path, item in answer.body["paths"].items() for method in item}
    assert len(described) == len(HANDLERS)
    assert all(path.startswith(API) for _, path in described)
    for path, item in answer.body["paths"].items():
        for method, operation in item.items():
            assert {"401", "403", "422", "429", "503"} <= operation["responses"].keys(), (method, path)
            assert operation["security"] == [{"bearer": []}]


async def test_the_documentation_names_only_addresses_that_there_are(program: Program) -> None:
    answer = await program.get(f"{API}/openapi.json")
    there = {
        (method.upper(), re.sub(r"{\w+}", "{}", path.removeprefix(API)))
        for path, item in answer.body["paths"].items()
        for method in item
    }

    page = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    named = {(method, re.sub(r"{\w+}", "{}", path)) for method, path in re.findall(r"`([A-Z]+) (/[^`?]*)", page)}

    assert len(named) > 20
    assert named <= there
