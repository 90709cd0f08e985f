"""Builds that are broken on purpose: the proof has to catch each within two hundred runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import replace
from math import inf
from typing import Any

from sqlalchemy import TextClause, text

from ml_connector.domain.documents import Operation
from ml_connector.jobs import in_doubt, settling
from ml_connector.jobs.looking import NotThere
from ml_connector.jobs.permits import NoPermit, Permits
from ml_connector.jobs.runtime import Runtime
from ml_connector.store import operations, subjects
from ml_connector.store.allowances import Refused
from ml_connector.store.operations import OperationRow, Sending
from ml_connector.store.subjects import Lease
from ml_connector.zoho.permits import Permit
from ml_connector.zoho.values import ZohoRequest


class _Undone(Exception):
    """Takes a transaction back."""


@contextmanager
def _replaced(module: Any, name: str, value: Any) -> Iterator[None]:
    before = getattr(module, name)
    setattr(module, name, value)
    try:
        yield
    finally:
        setattr(module, name, before)


def intent_not_committed() -> AbstractContextManager[None]:
    """Step b is taken back before the request leaves: after a crash nothing says that it was sent."""
    return _replaced(settling, "permit", _uncommitted_permit)


async def _uncommitted_permit(operation: Operation, request: ZohoRequest, lease: Lease, run: Runtime) -> settling.Leave:
    asked = run.clock.monotonic()
    got: Sending | Refused | None = None
    try:
        async with run.store.transaction() as tx:
            got = await run.store.operations.permit_and_send(
                tx, lease, [operation.key], organization=run.permits.organization, lane=lease.lane,
                request=settling.shown(request), request_sha=settling.digest(request),
            )  # fmt: skip
            raise _Undone
    except _Undone:
        assert got is not None
    if isinstance(got, Sending):
        return settling.Leave(Permits.of_sending(got, asked), got.attempts[operation.key])
    raise NoPermit(got)


def lookup_skipped() -> AbstractContextManager[None]:
    """What is in doubt is sent again without asking Zoho."""

    async def blind(row: OperationRow, run: Runtime) -> NotThere:
        return NotThere(surely=True)

    return _replaced(in_doubt, "look", blind)


def lease_ignored() -> AbstractContextManager[None]:
    """A subject is taken although somebody else has it, and the number that commits check does not change."""
    statement = text("""
        INSERT INTO subjects AS s (connection_id, kind, id, lane, lease_owner, lease_until, fence)
        VALUES (:connection_id, :kind, :id, :lane, :owner, clock_timestamp() + make_interval(secs => :for_s), 1)
        ON CONFLICT (connection_id, kind, id) DO UPDATE SET lease_owner = excluded.lease_owner,
            lease_until = clock_timestamp() + make_interval(secs => :for_s), fence = 1
        RETURNING s.*, clock_timestamp() AS now
    """)
    return _replaced(subjects, "TAKE_LEASE", statement)


@contextmanager
def fencing_ignored() -> Iterator[None]:
    """Commits do not compare the fencing number: who has lost its lease goes on as if it had it."""
    with ExitStack() as stack:
        for module, names in _FENCED:
            for name in names:
                stack.enter_context(_replaced(module, name, _without_fence(getattr(module, name))))
        yield


_FENCED = (
    (operations, ("INTEND", "SEND", "SEND_ALONG", "SETTLE", "MOVE", "NOT_SENT", "TAKE_OVER", "LOOKED_UP")),
    (subjects, ("ANSWERED", "DEFER", "HELD", "RENEW")),
)


def _without_fence(statement: TextClause) -> TextClause:
    found = statement.text.replace("AND fence = :fence", "").replace("AND o.fence = :fence", "")
    assert found != statement.text
    return text(found)


def deadline_ignored() -> AbstractContextManager[None]:
    """A request leaves however late it is: who slept after its permit writes what others have taken up."""
    of_sending = Permits.of_sending

    def endless(sending: Sending, asked: float) -> Permit:
        return replace(of_sending(sending, asked), send_before=inf, answer_before=inf)

    return _replaced(Permits, "of_sending", staticmethod(endless))


MUTATIONS: Mapping[str, Callable[[], AbstractContextManager[None]]] = {
    "intent not committed": intent_not_committed,
    "lookup skipped": lookup_skipped,
    "lease ignored": lease_ignored,
    "fencing ignored": fencing_ignored,
    "deadline ignored": deadline_ignored,
}
