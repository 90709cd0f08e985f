"""What was asked and answered, without the secrets."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ml_connector.sandbox.http import Answer, NoAnswer, Request, Slow
from ml_connector.sandbox.zoho.faults import Fault

if TYPE_CHECKING:
    from ml_connector.sandbox.zoho.api import Gate

SECRET_PARAMETERS = frozenset({"client_secret", "refresh_token", "code", "token", "access_token"})


@dataclass(frozen=True, slots=True)
class Entry:
    """One request and what became of it.

    Attributes:
        path: Without region prefix.
        query: As sent; secrets are replaced by `…`.
        status: Of the answer; None when the connection was cut.
        code: Zoho's code of a refusal, else 0; None when a fault answered.
        body: What was sent to Books; bodies for Accounts are not kept.
        committed: Whether the operation was carried out.
    """

    at: datetime
    region: str | None
    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    organization_id: str
    status: int | None
    code: int | None
    fault: str
    seconds: float
    committed: bool
    body: bytes
    unique_key: str
    unique_value: str

    def as_json(self) -> dict[str, Any]:
        """For the control API."""
        return {
            "at": self.at.isoformat(),
            "region": self.region,
            "method": self.method,
            "path": self.path,
            "query": dict(self.query),
            "organization_id": self.organization_id,
            "status": self.status,
            "code": self.code,
            "fault": self.fault or None,
            "seconds": self.seconds,
            "committed": self.committed,
            "body": self.body.decode("utf-8", "replace"),
            "unique": [self.unique_key, self.unique_value] if self.unique_key else None,
        }


def note(
    log: deque[Entry], request: Request, path: str, gate: Gate, answer: Answer, fault: Fault | None, now: datetime
) -> None:
    """Add a request to the log."""
    inner = answer.answer if isinstance(answer, Slow) else answer
    refused = gate.refusal is not None
    executed = fault is None or fault.executes
    log.append(
        Entry(
            at=now,
            region=gate.region,
            method=request.method,
            path=path,
            query=tuple((k, "…" if k in SECRET_PARAMETERS else v) for k, v in request.query),
            organization_id=gate.org.organization_id if gate.org else "",
            status=None if isinstance(inner, NoAnswer) else inner.status,
            code=(gate.refusal.code if gate.refusal else 0) if executed else None,
            fault=fault.name if fault else "",
            seconds=answer.seconds if isinstance(answer, Slow) else 0.0,
            committed=executed and not refused,
            body=b"" if path.startswith("/oauth/") else request.body,
            unique_key=request.header("x-unique-identifier-key") or "",
            unique_value=request.header("x-unique-identifier-value") or "",
        )
    )
