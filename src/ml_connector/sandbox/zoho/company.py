"""Zoho as a whole: its accounts servers and Books in every region, one request after another.

Source: Zoho Books API v3, introduction; Zoho Accounts, multi-DC support.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from ml_connector.sandbox.http import Answer, Clock, Request, Response, Slow
from ml_connector.sandbox.zoho import accounts, api, control
from ml_connector.sandbox.zoho.api import Gate
from ml_connector.sandbox.zoho.faults import Fault, Faults, make
from ml_connector.sandbox.zoho.humans import Human
from ml_connector.sandbox.zoho.limits import Burst
from ml_connector.sandbox.zoho.oauth import Client, DataCentre, TokenLimits
from ml_connector.sandbox.zoho.organization import Organization
from ml_connector.sandbox.zoho.readmodel import Books
from ml_connector.sandbox.zoho.records import User
from ml_connector.sandbox.zoho.regions import REGIONS, split_region
from ml_connector.sandbox.zoho.requestlog import Entry, note
from ml_connector.sandbox.zoho.seed import DEFAULT_SCOPES, found
from ml_connector.sandbox.zoho.webhooks import Delivery

LOG_LENGTH = 20_000


def _wall_clock() -> datetime:
    return datetime.now(UTC)


class ZohoCompany:
    """The simulated vendor: state in memory, time and chance given from outside.

    Attributes:
        clock: Tells the time, timezone-aware.
        ahead: How far this company is ahead of that clock.
        random: The one source of chance; the same seed and requests give the same answers.
        clients, users, organizations: Who exists, by id.
        centres: Grants and tokens by region.
        signed_in: The user whose browser arrives at the consent page.
        refuse_consent: Whether that user says no.
        api_domain: What token answers name; nothing means the region's real one.
        faults: What goes wrong next.
        log: The requests so far, oldest first, without their secrets.
    """

    def __init__(self, clock: Clock = _wall_clock, seed: int = 1, *, api_domain: str | None = None) -> None:
        self.clock = clock
        self.seed = seed
        self._default_api_domain = api_domain
        self._start()

    def _start(self) -> None:
        self.random = Random(self.seed)
        self.ahead = timedelta()
        self.api_domain = self._default_api_domain
        self.accounts_servers: dict[str, str] = {}
        self.limits = TokenLimits()
        self.centres = {code: DataCentre(code, Random(self.random.getrandbits(64)), self.limits) for code in REGIONS}
        self.clients: dict[str, Client] = {}
        self.users: dict[str, User] = {}
        self.organizations: dict[str, Organization] = {}
        self.bursts: dict[str, Burst] = {}
        self.signed_in: User | None = None
        self.refuse_consent = False
        self.faults = Faults(Random(self.random.getrandbits(64)))
        self.log: deque[Entry] = deque(maxlen=LOG_LENGTH)

    def reset(self) -> None:
        """Forget everything and start from the seed again."""
        self._start()

    def now(self) -> datetime:
        """This moment: the given clock, and what it was put forward by."""
        return self.clock() + self.ahead

    # -- the requests ---------------------------------------------------------------------

    def handle(self, request: Request) -> Answer:
        """Answer one request."""
        if request.path.startswith("/_sandbox/"):
            return control.handle(self, request)
        region, path = split_region(request.path)
        fault = self.faults.pick(request.method, path, request.body)
        gate = Gate(region)
        answer = self._answer(request, path, gate, fault)
        note(self.log, request, path, gate, answer, fault, self.now())
        return answer

    def _answer(self, request: Request, path: str, gate: Gate, fault: Fault | None) -> Answer:
        if fault is not None and not fault.executes:
            return self._late(gate, fault.spoil(None))
        true_answer = self._true_answer(request, path, gate)
        return self._late(gate, true_answer if fault is None else fault.spoil(true_answer))

    def _true_answer(self, request: Request, path: str, gate: Gate) -> Response:
        if path.startswith("/oauth/"):
            return accounts.handle(self, request, gate.region, path)
        return api.handle(self, request, path, gate)

    def _late(self, gate: Gate, answer: Answer) -> Answer:
        """Let an answer take its time, and its place among those in flight."""
        seconds = answer.seconds if isinstance(answer, Slow) else 0.0
        if gate.org is not None:
            latency = gate.org.switches.latency_s
            if latency > 0:
                inner = answer.answer if isinstance(answer, Slow) else answer
                seconds += latency
                answer = Slow(inner, seconds)
            if seconds > 0:
                gate.org.allowance.occupy(self.now() + timedelta(seconds=seconds))
        return answer

    # -- who exists -----------------------------------------------------------------------

    def client(
        self,
        redirect_uris: Iterable[str],
        *,
        home: str = "us",
        regions: Iterable[str] | None = None,
        own_secrets: bool = False,
        client_id: str | None = None,
        client_secret: str | None = None,
    ) -> Client:
        """Register an application, by default in every region with one secret."""
        secret = client_secret or f"{self.random.getrandbits(168):042x}"
        codes = list(regions) if regions is not None else list(REGIONS)
        secrets = {
            code: f"{self.random.getrandbits(168):042x}" if own_secrets and code != home else secret
            for code in dict.fromkeys([home, *codes])
        }
        identifier = client_id or f"1000.{self.random.getrandbits(150):030X}"
        client = Client(identifier, home, secrets, tuple(redirect_uris))
        self.clients[client.client_id] = client
        return client

    def user(self, region: str, name: str = "Robin Keeper", email: str = "", role: str = "admin") -> User:
        """Somebody who can sign in to *region*; the first one is the browser's user."""
        user_id = str(600_000_000 + len(self.users) + 1)
        user = User(user_id, region, name, email or f"user{len(self.users) + 1}@bookkeeping.example", role)
        self.users[user_id] = user
        self.signed_in = self.signed_in or user
        return user

    def organization(
        self, region: str = "eu", edition: str | None = None, *, user: User | None = None, **profile: Any
    ) -> Organization:
        """A believable organisation of *region*, seeded with its masters.

        Args:
            edition: One of `editions.EDITIONS`; by default the region's own.
            user: Who may use it; by default the region's first user, made if there is none.
            profile: Anything of `organization.Profile`, e.g. `currency_code="EUR"`.
        """
        owner = user or next((u for u in self.users.values() if u.region == region), None) or self.user(region)
        org = found(self, region, edition, profile)
        self.organizations[org.organization_id] = org
        owner.organizations.append(org.organization_id)
        return org

    organisation = organization

    def connect(self, client: Client, user: User | None = None, scopes: Iterable[str] = DEFAULT_SCOPES) -> str:
        """A refresh token without a browser, as a self client gets it."""
        who = user or self.signed_in
        if who is None:
            raise ValueError("nobody has signed up yet")
        return self.centres[who.region].connect(client.client_id, who.user_id, tuple(scopes)).token

    def accounts_server(self, region: str) -> str:
        """What a callback names as `accounts-server`."""
        return self.accounts_servers.get(region, REGIONS[region].accounts)

    def centre_of(self, region: str | None, token: str, client_id: str) -> DataCentre:
        """The data centre that was addressed, or the one that knows the token, or the client's home."""
        if region is not None:
            return self.centres[region]
        for centre in self.centres.values():
            if token in centre.refresh_tokens or token in centre.grants or token in centre.access_tokens:
                return centre
        client = self.clients.get(client_id)
        return self.centres[client.home if client else "us"]

    # -- what tests ask and do ------------------------------------------------------------

    def books(self, org: Organization | str) -> Books:
        """What an organisation's books say, for tests."""
        return Books(self.organizations[org] if isinstance(org, str) else org)

    def human(self, org: Organization | str) -> Human:
        """A person in Zoho's own screens, who edits, deletes and locks behind a connector's back."""
        return Human(self.organizations[org] if isinstance(org, str) else org)

    def fault(self, kind: str, **how: Any) -> Fault:
        """Queue a fault of a named kind; see `faults.KINDS` and `faults.Fault`."""
        return self.faults.add(make(kind, **how))

    def due_deliveries(self, now: datetime | None = None) -> list[tuple[str, Delivery]]:
        """Webhook calls whose time has come, each with its organisation's id."""
        moment = now or self.now()
        return [
            (org.organization_id, delivery)
            for org in self.organizations.values()
            for delivery in org.automation.due(moment)
        ]

    def delivered(self, organization_id: str, delivery_id: str, status: int | None) -> None:
        """Say what a webhook call was answered; None when nobody answered."""
        org = self.organizations.get(organization_id)
        if org is not None:
            org.automation.delivered(delivery_id, status, self.now())
