"""Leave to call Zoho, from the organisation's allowance that all processes share.

A write takes its permit in the same statement as step b (`settling`), a read here. Permits that have ended, and what
Zoho's headers told about the day, ride along with the next statement; when none comes, they are handed back after
`IDLE_S`.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from ml_connector.domain.trouble import Acts, Remedy, Trouble, Wrote
from ml_connector.jobs.clock import Clock
from ml_connector.store import Store
from ml_connector.store.allowances import Back, DayTold, Granted, Refused
from ml_connector.store.operations import SEND_WITHIN_S, Sending
from ml_connector.store.subjects import Lane
from ml_connector.zoho.errors import Blocked, DayLimit, InFlightLimit, MinuteLimit, RateLimited
from ml_connector.zoho.limits import Allowance
from ml_connector.zoho.permits import Permit

PATIENCE_S = 2.0
"""A run that gets no permit within this time ends with a `due_at` and does not hold its slot."""
IDLE_S = 1.0
_WHY = {MinuteLimit: "minute", DayLimit: "day", InFlightLimit: "in_flight", Blocked: "blocked"}

_SENTENCES = {
    "day": "Today's Zoho calls are used up. Posting goes on when Zoho counts anew, oldest first.",
    "minute": "Zoho takes 100 calls a minute, and this minute's are taken. Posting goes on in a moment.",
    "lane": "Newer orders go first. This one is posted when there is room.",
    "blocked": "Zoho takes no calls from us for a while after a burst of them. Posting goes on by itself.",
    "in_flight": "Zoho takes a few calls at the same time, and they are taken. Posting goes on in a moment.",
}


class NoPermit(Trouble):
    """The organisation's allowance has no call to spare right now; nothing was sent."""

    code = "waiting_for_zoho"
    wrote = Wrote.NO
    remedy = Remedy.LATER
    acts = Acts.NOBODY

    def __init__(self, refused: Refused) -> None:
        said = _SENTENCES.get(refused.why, "Zoho asks us to slow down. Posting goes on in a moment.")
        super().__init__(said, retry_after_s=max(refused.wait_s, 0.5))
        self.why = refused.why


@dataclass(frozen=True, slots=True)
class Ended:
    """What rides along with the next statement."""

    back: tuple[Back, ...] = ()
    told: DayTold | None = None


class Permits:
    """One organisation's permits in one process: a `PermitSource`."""

    def __init__(self, store: Store, organization: str, clock: Clock) -> None:
        self._store = store
        self.organization = organization
        self._clock = clock
        self._ended: list[tuple[int, float | None]] = []
        self._told: DayTold | None = None
        self._handing_back: asyncio.Task[None] | None = None

    async def take(self, lane: str, *, write: bool) -> Permit:
        """A permit for a read, or for a write that has no intent (there is none outside `apply`).

        Raises:
            NoPermit: none within `PATIENCE_S`.
        """
        patient_until = self._clock.monotonic() + PATIENCE_S
        while True:
            asked = self._clock.monotonic()
            ended = self.ended()
            async with self._store.at_once() as tx:
                got = await self._store.allowances.take(
                    tx, self.organization, Lane.named(lane), back=ended.back, told=ended.told
                )
            if isinstance(got, Granted):
                return Permit(asked + SEND_WITHIN_S, asked + got.answer_within_s, str(got.ids[0]))
            await self.wait(got, patient_until)

    async def wait(self, refused: Refused, patient_until: float) -> None:
        """Wait as long as *refused* says.

        Raises:
            NoPermit: that is longer than patience lasts.
        """
        if self._clock.monotonic() + refused.wait_s > patient_until:
            raise NoPermit(refused)
        await self._clock.sleep(max(refused.wait_s, 0.01))

    @staticmethod
    def of_sending(sending: Sending, asked: float) -> Permit:
        """The permit that step b has committed; *asked* is the monotonic moment before its statement."""
        return Permit(asked + sending.send_within_s, asked + sending.answer_within_s, str(sending.permit_id))

    async def done(self, permit: Permit, allowance: Allowance | None, limited: RateLimited | None) -> None:
        """The call is over; see `PermitSource.done`."""
        self._ended.append((int(permit.id), self._clock.monotonic()))
        if allowance is not None:
            self._told = DayTold(allowance.limit, allowance.remaining, allowance.reset_s)
        if limited is not None:
            async with self._store.at_once() as tx:
                await self._store.allowances.limited(
                    tx, self.organization, _WHY.get(type(limited), "minute"), for_s=limited.retry_after_s or 60.0
                )
        if self._handing_back is None or self._handing_back.done():
            self._handing_back = asyncio.create_task(self._hand_back())

    def ended(self) -> Ended:
        """What has ended since the last statement; the caller takes it along."""
        now = self._clock.monotonic()
        back = tuple(Back(id_, None if at is None else max(now - at, 0.0)) for id_, at in self._ended)
        told, self._told = self._told, None
        self._ended.clear()
        return Ended(back, told)

    async def close(self) -> None:
        """Hand back what is left."""
        if self._handing_back is not None:
            self._handing_back.cancel()
            await asyncio.gather(self._handing_back, return_exceptions=True)
        await self._flush()

    async def _hand_back(self) -> None:
        await self._clock.sleep(IDLE_S)
        await self._flush()

    async def _flush(self) -> None:
        ended = self.ended()
        if ended.back or ended.told:
            async with self._store.at_once() as tx:
                await self._store.allowances.give_back(tx, self.organization, ended.back, told=ended.told)
