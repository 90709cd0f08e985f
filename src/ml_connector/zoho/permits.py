"""Leave to make one call. Who gives it counts the organisation's allowance for all processes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

from ml_connector.zoho.errors import RateLimited
from ml_connector.zoho.limits import Allowance


@dataclass(frozen=True, slots=True)
class Permit:
    """Leave to send until one moment and to wait for the answer until another, both on this process's monotonic clock.

    Nobody takes the operation up again before `answer_before`, so a request must not leave after `send_before`.
    """

    send_before: float
    answer_before: float
    id: str = ""
    """Whatever the giver recognises it by."""

    def within(self, other: Permit) -> Permit:
        """This permit with the earlier of the two deadlines: a repetition does not prolong what was committed."""
        return replace(
            self,
            send_before=min(self.send_before, other.send_before),
            answer_before=min(self.answer_before, other.answer_before),
        )


class PermitSource(Protocol):
    """Gives permits, and learns from answers."""

    async def take(self, lane: str, *, write: bool) -> Permit:
        """A permit for one call.

        Args:
            lane: `live`, `refunds`, `backfill`, …: who goes first when there are too few.

        Raises:
            Trouble: none is free soon.
        """

    async def done(self, permit: Permit, allowance: Allowance | None, limited: RateLimited | None) -> None:
        """The call is over, also when no answer came.

        Args:
            allowance: The daily figures that the answer told; None when it told none.
            limited: Zoho's refusal for volume, if that was the answer: everybody has to wait.
        """
