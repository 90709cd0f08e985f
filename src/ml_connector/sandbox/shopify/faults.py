"""What goes wrong on request: the next answers, in the order they were asked for.

A fault is used up by the requests it applies to, as many as it says.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ml_connector.sandbox.http import Request

KINDS = frozenset(
    {"status", "cut_before", "cut_after", "slow", "throttled", "server_error", "partial_error", "revoked"}
)


@dataclass
class Fault:
    """One thing that goes wrong.

    Attributes:
        kind: status (answer *status* with *body*), cut_before or cut_after (no answer, nothing
            or everything done), slow (answer after *seconds*), throttled, server_error (no data),
            partial_error (data, but null at *path* with an error), revoked (401).
        times: How many requests it applies to.
        matches: Only requests whose path or body contains this text.
        shop: Only requests to this shop.
        after: Let so many matching requests pass first.
    """

    kind: str
    times: int = 1
    status: int = 500
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 6.0
    matches: str = ""
    path: str = ""
    shop: str | None = None
    after: int = 0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"no such fault: {self.kind!r}; there are {', '.join(sorted(KINDS))}")

    def applies(self, request: Request, shop: str | None) -> bool:
        """Whether it is about *request*, not counting how often it already was."""
        text = request.path + "\n" + request.body.decode("utf-8", "replace")
        return self.shop in (None, shop) and self.matches in text


class FaultScript:
    """Faults waiting for their requests."""

    def __init__(self) -> None:
        self.waiting: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Put *fault* behind those that wait already."""
        self.waiting.append(fault)

    def clear(self) -> None:
        """Nothing goes wrong any more."""
        self.waiting.clear()

    def next_for(self, request: Request, shop: str | None) -> Fault | None:
        """The fault that *request* meets, used up by it; nothing when all is well."""
        for fault in self.waiting:
            if not fault.applies(request, shop):
                continue
            if fault.after > 0:
                fault.after -= 1
                continue
            fault.times -= 1
            if fault.times <= 0:
                self.waiting.remove(fault)
            return fault
        return None


def with_partial_error(answer: dict[str, Any], path: str) -> dict[str, Any]:
    """*answer* with null at the dotted *path* and an error that says so."""
    steps = path.split(".")
    target: Any = answer.get("data")
    for step in steps[:-1]:
        target = target[int(step)] if isinstance(target, list) else (target or {}).get(step)
    if isinstance(target, dict) and steps[-1] in target:
        target[steps[-1]] = None
    return answer | {
        "errors": [
            *answer.get("errors", []),
            {
                "message": "Something went wrong",
                "locations": [],
                "path": steps,
                "extensions": {"code": "INTERNAL_SERVER_ERROR"},
            },
        ]
    }
