"""A currency that Zoho lacks, added because a person said so with one click."""

from __future__ import annotations

from ml_connector.domain.money import places
from ml_connector.domain.outcome import Verdict
from ml_connector.jobs.masters import Part, forget_masters
from ml_connector.jobs.replay import plan_replay, start_replay
from ml_connector.jobs.runtime import Runtime
from ml_connector.store.outcomes import Wanted
from ml_connector.zoho.requests import currency


async def add_currency(run: Runtime, code: str, *, who: str, word: str) -> int:
    """Add the currency *code* to the organisation and look again at the orders that waited for it; how many.

    Zoho is asked first, so a second click, or one after a lost answer, adds nothing: two calls, or one. What was added
    can be removed in Zoho as long as nothing is booked in it.

    Raises:
        Trouble: Zoho could not be asked, or refused; its plan may not include several currencies.
    """
    if code not in await run.zoho.currencies():
        await run.zoho.call(currency(code, places(code)))
    await forget_masters(run, {Part.CURRENCIES})
    wanted = Wanted(connection_id=run.connection_id, verdict=Verdict.HELD, cause=f"currency_missing:{code}")
    plan = await plan_replay(run.store, wanted)
    async with run.store.transaction() as tx:
        await run.store.audit.note(tx, who, "currency.added", connection_id=run.connection_id, on=code)
        if plan.subjects:
            await start_replay(
                tx, run.store, plan, word=word, who=who, title=f"{code} added", connection_id=run.connection_id
            )
    return len(plan.subjects)
