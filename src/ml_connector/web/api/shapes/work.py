"""Work that a person asks for: replays, historical orders, both systems compared."""

from __future__ import annotations

import msgspec

from ml_connector.web.api.shapes.common import Json, Money, Outcomes


class Plan(msgspec.Struct):
    """What it would take: orders looked at again, and about how many calls to Zoho."""

    orders: int
    calls: int


class Replay(msgspec.Struct):
    """A replay that was started, and how far it is."""

    id: int
    connection: str | None
    kind: str
    title: str
    who: str
    plan: Json
    started_at: str | None
    stopped_at: str | None
    results: Outcomes
    to_go: int
    stopped: int
    finished: bool


class Replays(msgspec.Struct):
    replays: list[Replay]


class ReplayPlanned(msgspec.Struct):
    """The plan; with `start` how many were queued, and the replay to ask after."""

    plan: Plan
    queued: int
    replay: Replay | None
    ask: str | None


class BackfillPlan(msgspec.Struct):
    """`exact` is false where the rest was reckoned from the first. `before_start`: only a backfill posts these."""

    orders: int
    calls: int
    before_start: int
    exact: bool
    forecast_s: float | None


class Backfill(msgspec.Struct):
    plan: BackfillPlan
    queued: int
    ask: str | None


class BackfillGoing(msgspec.Struct):
    """How the last backfill stands. `listing`: its list has not been read to the end; start it again to go on."""

    since: str | None
    until: str | None
    listing: bool
    queued: int
    waiting: int
    forecast_s: float | None


class Counts(msgspec.Struct):
    equal: int
    different: int
    missing: int
    extra: int
    excluded: int
    open: int


class Entry(msgspec.Struct, rename={"class_": "class"}):
    """One order of the period in its class, or one document in Zoho without an order."""

    class_: str
    kind: str
    id: str
    name: str
    shopify: Money | None
    zoho: Money | None
    text: str
    rule: str | None


class Reconciled(msgspec.Struct, rename={"from_": "from"}):
    """Both systems as they are now, every order in exactly one class."""

    connection: str
    from_: str
    to: str
    counts: Counts
    entries: list[Entry]
