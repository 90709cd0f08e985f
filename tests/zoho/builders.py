"""Drafts, answers and a connection to Zoho, valid by default; a test names only what matters to it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from ml_connector.domain.documents import (
    Applied,
    ApplyPaymentDraft,
    CashDraft,
    ContactDraft,
    CreditNoteDraft,
    DraftLine,
    Expected,
    ExpectedTax,
    InvoiceDraft,
    PaymentDraft,
    Ref,
)
from ml_connector.domain.money import Money
from ml_connector.domain.order import Address
from ml_connector.net import HttpRequest, HttpResponse
from ml_connector.zoho.connection import ZohoConnection
from ml_connector.zoho.errors import RateLimited
from ml_connector.zoho.limits import Allowance
from ml_connector.zoho.oauth import App
from ml_connector.zoho.permits import Permit
from ml_connector.zoho.tokens import ZohoToken
from ml_connector.zoho.told import Told
from ml_connector.zoho.values import ZohoRequest

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
ORDER = "gid://shopify/Order/1001"
INVOICE_KEY = f"invoice:{ORDER}"
CONTACT_KEY = "contact:gid://shopify/Customer/9:GBP"
FIELD = "cf_shopify_id"
MARKED = Told(
    ids={CONTACT_KEY: "700", INVOICE_KEY: "800"},
    unique_fields={
        "contact": FIELD,
        "invoice": FIELD,
        "customer_payment": FIELD,
        "creditnote": FIELD,
        "item": FIELD,
    },
)
UNMARKED = Told(ids=MARKED.ids)


def gbp(amount: str) -> Money:
    return Money.of(amount, "GBP")


def a_line(**changes: Any) -> DraftLine:
    return replace(
        DraftLine(name="Linen throw", rate=Decimal("50.00"), quantity=Decimal(2), tax_id="tax20", account_id="acc1"),
        **changes,
    )


def an_invoice(**changes: Any) -> InvoiceDraft:
    draft = InvoiceDraft(
        key=INVOICE_KEY,
        contact=Ref(CONTACT_KEY),
        currency_id="cur1",
        currency="GBP",
        exchange_rate=None,
        dated=date(2026, 11, 20),
        due_date=date(2026, 11, 20),
        reference_number="#1001",
        lines=(a_line(),),
        is_inclusive_tax=False,
        expected=Expected(gbp("120.00"), (ExpectedTax("tax20", gbp("20.00")),)),
    )
    return replace(draft, **changes)


def a_contact(**changes: Any) -> ContactDraft:
    draft = ContactDraft(
        key=CONTACT_KEY,
        name="Ada Byron",
        fallback_name="Ada Byron (9)",
        currency_id="cur1",
        currency="GBP",
        first_name="Ada",
        last_name="Byron",
        email="ada@mail.example",
        phone="+44 20 0000",
        billing=an_address(),
        shipping=an_address(),
    )
    return replace(draft, **changes)


def an_address(**changes: Any) -> Address:
    place = Address(
        name="Ada Byron",
        address1="1 High Street",
        city="London",
        province="England",
        province_code="ENG",
        zip="N1",
        country="United Kingdom",
        country_code="GB",
    )
    return replace(place, **changes)


def a_payment(**changes: Any) -> PaymentDraft:
    draft = PaymentDraft(
        key="payment:gid://shopify/OrderTransaction/5",
        contact=Ref(CONTACT_KEY),
        amount=gbp("120.00"),
        exchange_rate=None,
        dated=date(2026, 11, 20),
        mode="creditcard",
        account_id="bank1",
        reference_number="5",
        applied=(Applied(Ref(INVOICE_KEY), gbp("120.00")),),
    )
    return replace(draft, **changes)


def a_credit_note(**changes: Any) -> CreditNoteDraft:
    draft = CreditNoteDraft(
        key="credit-note:gid://shopify/Refund/3",
        contact=Ref(CONTACT_KEY),
        currency_id="cur1",
        currency="GBP",
        exchange_rate=None,
        dated=date(2026, 11, 21),
        reference_number="#1001-R1",
        lines=(a_line(quantity=Decimal(1), invoice_item_id="line1", invoice_ref=Ref(INVOICE_KEY)),),
        is_inclusive_tax=False,
        expected=Expected(gbp("60.00"), (ExpectedTax("tax20", gbp("10.00")),)),
        invoice=Ref(INVOICE_KEY),
    )
    return replace(draft, **changes)


def a_refund(**changes: Any) -> CashDraft:
    draft = CashDraft(
        key="cash:gid://shopify/OrderTransaction/6",
        source="900",
        of_payment=False,
        amount=gbp("60.00"),
        exchange_rate=None,
        dated=date(2026, 11, 21),
        mode="creditcard",
        from_account_id="bank1",
        reference_number="6",
    )
    return replace(draft, **changes)


def an_application(**changes: Any) -> ApplyPaymentDraft:
    return replace(
        ApplyPaymentDraft(key="apply:1", invoice=Ref(INVOICE_KEY), amount=gbp("10.00"), payment="600"), **changes
    )


def a_read(path: str = "/invoices/800", **query: str) -> ZohoRequest:
    return ZohoRequest("GET", path, query, subject="the invoice")


def a_write(path: str = "/invoices") -> ZohoRequest:
    return ZohoRequest("POST", path, body=b"{}", key=INVOICE_KEY, subject="the invoice for #1001")


def answer(status: int = 200, body: Any = None, **headers: str) -> HttpResponse:
    """An answer; `x_rate_limit_limit="2000"` names a header."""
    content = (
        body if isinstance(body, bytes) else json.dumps({"code": 0, "message": "success", **(body or {})}).encode()
    )
    return HttpResponse(status, {name.replace("_", "-"): value for name, value in headers.items()}, content)


def refusal(code: int, message: str = "No", status: int = 400) -> HttpResponse:
    return answer(status, {"code": code, "message": message})


# The other side of a connection, scripted.


def a_connection(**changes: Any) -> ZohoConnection:
    connection = ZohoConnection(
        name="acme",
        region="eu",
        organization_id="60041112223",
        app=App("1000.CLIENT", "client-secret", "https://here.example/oauth/zoho/callback"),
        refresh_token="1000.refresh",
    )
    return replace(connection, **changes)


def a_token(access: str = "1000.first", **changes: Any) -> ZohoToken:
    return replace(ZohoToken(access, NOW + timedelta(hours=1), "https://www.zohoapis.eu"), **changes)


Reply = HttpResponse | Exception | Callable[[HttpRequest], HttpResponse]


class Script:
    """A `Send` that answers in order and remembers what it was sent."""

    def __init__(self, *replies: Reply) -> None:
        self.replies = list(replies)
        self.sent: list[HttpRequest] = []
        self.timeouts: list[float] = []

    async def __call__(self, request: HttpRequest, *, timeout_s: float) -> HttpResponse:
        self.sent.append(request)
        self.timeouts.append(timeout_s)
        reply = self.replies.pop(0)
        if isinstance(reply, Exception):
            raise reply
        return reply if isinstance(reply, HttpResponse) else reply(request)

    @property
    def urls(self) -> list[str]:
        return [request.url for request in self.sent]


class Permits:
    """Gives every permit at once: ten seconds to send, forty to wait."""

    def __init__(self, monotonic: Callable[[], float] = lambda: 0.0) -> None:
        self.monotonic = monotonic
        self.taken: list[tuple[str, bool]] = []
        self.over: list[tuple[Permit, Allowance | None, RateLimited | None]] = []

    async def take(self, lane: str, *, write: bool) -> Permit:
        self.taken.append((lane, write))
        now = self.monotonic()
        return Permit(now + 10, now + 40, id=str(len(self.taken)))

    async def done(self, permit: Permit, allowance: Allowance | None, limited: RateLimited | None) -> None:
        self.over.append((permit, allowance, limited))


class Tokens:
    """Tokens in a row: the next one after each refusal."""

    def __init__(self, *tokens: ZohoToken) -> None:
        self.tokens = list(tokens or (a_token(), a_token("1000.second")))
        self.refused: list[ZohoToken | None] = []

    async def token(self) -> ZohoToken:
        return self.tokens[0]

    async def renewed(self, refused: ZohoToken | None) -> ZohoToken:
        self.refused.append(refused)
        return self.tokens.pop(0) if len(self.tokens) == 1 else self.tokens[len(self.refused)]

    async def give_back(self) -> bool:
        return True


class Shelf:
    """A `TokenStore` in memory whose lock is real."""

    def __init__(self, token: ZohoToken | None = None, attempts: Sequence[datetime] = ()) -> None:
        import asyncio

        self.token = token
        self.attempts = list(attempts)
        self._lock = asyncio.Lock()

    async def current(self, connection: str) -> ZohoToken | None:
        return self.token

    @asynccontextmanager
    async def _hold(self) -> AsyncIterator[Shelf]:
        async with self._lock:
            yield self

    def exclusive(self, connection: str) -> Any:
        return self._hold()

    async def attempting(self, at: datetime) -> None:
        self.attempts.append(at)

    async def keep(self, token: ZohoToken) -> None:
        self.token = token
