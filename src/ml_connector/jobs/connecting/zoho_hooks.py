"""Zoho's own webhooks: made where the plan allows it, told step by step where it does not, removed at the end.

They tell what people change in Zoho's screens. Nothing is lost without them: customers are asked for from time to time,
and `reconcile` compares documents. So nothing here keeps a connection from being made.

Zoho's settings want their calls apart and stop everybody's when they are not. So whoever is at them has them alone, in
all processes: somebody who comes meanwhile does nothing, because it is being done.

Source: Zoho Books API v3, Webhooks and Workflow Rules; Zoho Books help, Workflow Rules by plan.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

import structlog

from ml_connector.domain.trouble import Remedy, Trouble
from ml_connector.jobs.connecting import kinds
from ml_connector.jobs.connecting.findings import Finding
from ml_connector.jobs.runtime import Runtime
from ml_connector.jobs.turns import Elsewhere, Turn, turn
from ml_connector.zoho import hooks

log = structlog.get_logger(__name__)

MARK = "zoho_hooks"
"""The name under which it is kept how the last attempt ended."""

_MODULES = {"customer": "Customers", "invoice": "Invoices", "customer_payment": "Payments Received"}
_MODULES |= {"creditnote": "Credit Notes"}
_FIRST = (
    "In Zoho Books, Settings, Automation, Workflow Actions, Webhooks: New Webhook for each of these, method POST, body "
    "“Default Payload”, with the connection's webhook secret (zoho.webhook_secret, shown once when the connection was "
    "made; `connect` takes a new one)."
)
_WHEN = {"add_edit": "created or edited", "delete": "deleted"}


@dataclass(frozen=True, slots=True)
class Attempt:
    """How the last attempt to make them ended."""

    refused: str = ""
    """Zoho's reason, when it did not let us; empty when it did, or when it was not tried."""
    secret: str = ""
    """What the secret that signs them is recognised by."""


def entities(run: Runtime) -> tuple[str, ...]:
    """What Zoho is asked to tell: customers only where their changes go back, because it tells 1000 times a day."""
    return hooks.ENTITIES if run.policy.customers_back == "on" else hooks.DOCUMENTS


async def repair_hooks(run: Runtime, address: str) -> list[Finding]:
    """Make what is missing, at Zoho's pace: a call each 0.6 s, two for each webhook. One call when all is well.

    What cannot be made comes back as a finding that says how a person does it.

    Args:
        address: Where they lead; empty where Zoho cannot reach us, and then nothing is asked of Zoho.
    """
    secret = await _secret(run)
    if not address or not secret:
        return []
    before, digest = await _attempt(run), _recognised_by(secret)
    try:
        async with _alone(run):
            if before.secret not in ("", digest):
                # Zoho never shows a secret and has no change of it, so they are made anew
                await hooks.unsubscribe(run.zoho, address, pause=run.clock.sleep)
            made = await hooks.subscribe(run.zoho, address, secret, entities=entities(run), pause=run.clock.sleep)
    except Elsewhere:
        return []
    except Trouble as trouble:
        return await _not_made(trouble, before, run, address)
    if made:
        log.info("zoho_hooks.made", connection=run.name, number=len(made))
    await _keep(Attempt(secret=digest), run)
    return []


async def _not_made(trouble: Trouble, before: Attempt, run: Runtime, address: str) -> list[Finding]:
    log.info("zoho_hooks.not_made", connection=run.name, code=trouble.code, text=trouble.text)
    if trouble.remedy is not Remedy.PERSON:
        return [unfinished(trouble.text)]
    attempt = Attempt(refused=trouble.text, secret=before.secret)
    await _keep(attempt, run)
    return [by_hand(hooks.wanted(address, entities(run)), attempt.refused)]


async def check_hooks(run: Runtime, address: str) -> list[Finding]:
    """Whether Zoho tells us what it should. One call; a question that is not answered is no finding of its own."""
    if not address:
        return []
    try:
        async with _alone(run):
            there = await hooks.listed(run.zoho, pause=run.clock.sleep)
    except Elsewhere:
        return []
    except Trouble as trouble:
        log.info("zoho_hooks.not_listed", connection=run.name, code=trouble.code)
        there = ()
    wanted = hooks.missing(there, hooks.wanted(address, entities(run)))
    if not wanted:
        return []
    refused = (await _attempt(run)).refused
    return [by_hand(wanted, refused) if refused else unfinished(f"{len(wanted)} of them are missing.")]


async def remove_hooks(run: Runtime, address: str) -> list[Finding]:
    """Take ours away, each rule before its webhook."""
    if not address:
        return []
    try:
        async with _alone(run):
            await hooks.unsubscribe(run.zoho, address, pause=run.clock.sleep)
    except Trouble as trouble:
        log.info("zoho_hooks.left", connection=run.name, code=trouble.code)
        return [
            Finding(
                "zoho_webhooks_left",
                f"Our webhooks in Zoho could not be removed: {trouble.text}",
                "In Zoho Books, Settings, Automation: delete the workflow rules called “ml-connector …”, then the "
                "webhooks of the same names. What they still send is refused.",
                "info",
            )
        ]
    return []


def unfinished(why: str) -> Finding:
    """They can be made, and are not there yet."""
    return Finding(
        "zoho_webhooks_missing",
        f"Zoho does not tell us everything that is changed there: {why}",
        "Run `ml-connector connect` again, which repairs it; a running connector does so by itself once a day.",
        "info",
    )


def by_hand(wanted: Iterable[hooks.Wanted], refused: str) -> Finding:
    """Zoho does not let us make them: the steps that a person takes. The secret is named, never told."""
    steps = [_FIRST]
    for number, each in enumerate(wanted, 1):
        steps.append(f"{number}. Module {_MODULES[each.entity]}, URL {each.url}")
        steps.append(
            f"   then Workflow Rules, New Rule: module {_MODULES[each.entity]}, when a record is "
            f"{_WHEN[each.rule_type]}, every time, no criteria, action: that webhook."
        )
    return Finding(
        "zoho_webhooks_by_hand",
        f"Zoho does not let us set its webhooks up, so what people change there is noticed later. {refused}".strip(),
        "\n".join(steps),
        "info",
    )


def _alone(run: Runtime) -> AbstractAsyncContextManager[Turn]:
    """Zoho's settings, of which an organisation has one."""
    return turn(f"zoho settings of {run.permits.organization}", run.store)


async def _secret(run: Runtime) -> str:
    async with run.store.at_once() as tx:
        found = await run.store.credentials.of(tx, run.connection_id, [kinds.ZOHO_WEBHOOK_SECRET])
    return found.get(kinds.ZOHO_WEBHOOK_SECRET, b"").decode()


def _recognised_by(secret: str) -> str:
    return hashlib.sha256(b"webhook secret " + secret.encode()).hexdigest()[:16]


async def _attempt(run: Runtime) -> Attempt:
    async with run.store.at_once() as tx:
        mark = await run.store.watermarks.get(tx, run.connection_id, MARK)
    body = {} if mark is None else mark.body
    return Attempt(str(body.get("refused", "")), str(body.get("secret", "")))


async def _keep(attempt: Attempt, run: Runtime) -> None:
    body = {"refused": attempt.refused, "secret": attempt.secret}
    async with run.store.at_once() as tx:
        await run.store.watermarks.put(tx, run.connection_id, MARK, at=run.clock.now(), body=body)
