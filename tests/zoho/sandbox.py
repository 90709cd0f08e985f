"""Zoho as a company with state on the other side of our client, driven without a socket or over one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.zoho.builders import Permits, Shelf

from ml_connector.net import AnswerLost, HttpRequest, HttpResponse, Send
from ml_connector.sandbox.http import NoAnswer, Request, Response, Slow
from ml_connector.sandbox.zoho import ZohoCompany
from ml_connector.sandbox.zoho.organization import Organization
from ml_connector.zoho import oauth
from ml_connector.zoho.caller import Caller
from ml_connector.zoho.client import ZohoClient
from ml_connector.zoho.connection import ZohoConnection
from ml_connector.zoho.exchange import Exchange, ignore
from ml_connector.zoho.masters import unique_fields
from ml_connector.zoho.oauth import App
from ml_connector.zoho.token_source import TokenSource
from ml_connector.zoho.told import Told

CALLBACK = "https://here.example/oauth/zoho/callback"


@dataclass
class Time:
    """Wall and monotonic clock in one, which only move when told."""

    now: datetime = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def monotonic(self) -> float:
        return self.now.timestamp()

    def forward(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


def in_process(company: ZohoCompany) -> Send:
    """A `Send` that hands requests to the company itself."""

    async def send(request: HttpRequest, *, timeout_s: float) -> HttpResponse:
        await asyncio.sleep(0)
        parts = urlsplit(request.url)
        headers = {name.lower(): value for name, value in request.headers.items()}
        query = tuple(parse_qsl(parts.query, keep_blank_values=True))
        answer = company.handle(Request(request.method, parts.path, query, headers, request.body))
        if isinstance(answer, Slow):
            late = answer.seconds >= timeout_s
            answer = NoAnswer(committed=False) if late else answer.answer
        if isinstance(answer, NoAnswer):
            raise AnswerLost("cut")
        return _told(answer)

    return send


def _told(answer: Response) -> HttpResponse:
    return HttpResponse(answer.status, {name.lower(): value for name, value in answer.headers.items()}, answer.body)


@dataclass
class Shop:
    """One organisation in Zoho, connected."""

    company: ZohoCompany
    org: Organization
    client: ZohoClient
    time: Time
    connection: ZohoConnection
    exchanges: list[Exchange] = field(default_factory=list)

    async def told(self, **ids: str) -> Told:
        """Which unique fields the organisation has, and the *ids* given."""
        return Told(ids, unique_fields(await self.client.custom_fields() or (), "cf_shopify_id"))

    def switch(self, **values: Any) -> None:
        self.org.switches.set(**values)


def a_client(
    connection: ZohoConnection, send: Send, time: Time, record: Callable[[Exchange], None] = ignore
) -> ZohoClient:
    """Our client as it is in production, with every permit granted."""
    caller = Caller(
        connection,
        send=send,
        tokens=TokenSource(connection, send=send, store=Shelf(), clock=time),
        permits=Permits(time.monotonic),
        clock=time,
        monotonic=time.monotonic,
        record=record,
    )
    return ZohoClient(caller)


def a_shop(region: str = "uk", *, endpoint: str = "https://zoho.example", **profile: Any) -> Shop:
    """An organisation of *region* with its masters, and our client connected to it."""
    time = Time()
    company = ZohoCompany(time, 7)
    org = company.organization(region, **profile)
    app = company.client([CALLBACK])
    connection = ZohoConnection(
        name="acme",
        region=region,
        organization_id=org.organization_id,
        app=App(app.client_id, app.secrets[region], CALLBACK),
        refresh_token=company.connect(app, scopes=oauth.SCOPES),
        accounts_endpoint=f"{endpoint}/{region}",
        api_endpoint=f"{endpoint}/{region}",
    )
    exchanges: list[Exchange] = []
    client = a_client(connection, in_process(company), time, exchanges.append)
    return Shop(company, org, client, time, connection, exchanges)
