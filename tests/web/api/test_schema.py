"""Whatever a program sends, the API answers as its own description says (schemathesis, with a small budget)."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import hypothesis
import schemathesis
from tests.web.api.conftest import Program, token_of

from ml_connector.web.api.refusals import API

EXAMPLES = 3
"""Questions to each address."""
HEADERS = {"Authorization": f"Bearer {token_of('admin')}"}


async def test_every_answer_is_as_described(program: Program) -> None:
    described = (await program.get(f"{API}/openapi.json")).body
    # what ends the stage for those who come after
    for path, method in ((f"{API}/connections/{{name}}", "delete"), (f"{API}/connections", "post")):
        del described["paths"][path][method]

    asked = await asyncio.to_thread(_ask_all, json.loads(json.dumps(described)), program.url)

    assert asked > 60


def _ask_all(described: dict[str, Any], url: str) -> int:
    """How many questions were asked; raises with the first answer that is not as described, or is a 500."""
    schema = schemathesis.openapi.from_dict(described)
    schema.config.update(base_url=url)
    asked = 0
    for found in schema.get_all_operations():
        operation = found.ok()

        @hypothesis.settings(
            max_examples=EXAMPLES,
            deadline=None,
            database=None,
            derandomize=True,
            suppress_health_check=list(hypothesis.HealthCheck),
            phases=[hypothesis.Phase.generate],
        )
        @hypothesis.given(case=operation.as_strategy())
        def ask(case: schemathesis.Case) -> None:
            nonlocal asked
            asked += 1
            case.call_and_validate(headers=HEADERS, excluded_checks=_not_ours())

        ask()
    return asked


def _not_ours() -> list[Any]:
    """What a description cannot say (which text is a date), and the token, which every question here brings."""
    checks = schemathesis.checks.CHECKS
    names = (
        "positive_data_acceptance",
        "ignored_auth",
        "use_after_free",
        "ensure_resource_availability",
        "unsupported_method",
    )
    return [checks.get_one(name) for name in names]
