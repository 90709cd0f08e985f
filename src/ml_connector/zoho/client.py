"""One organisation's books, in our words.

What is asked and what the answers mean is decided in pure modules: `questions`, `masters`, `books`, `responses`. Here
they are put together. Writing is one method, `call`, because only `jobs/apply` writes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from ml_connector.domain.books import Account, Item, KnownDocument, Organisation, TaxExemption, ZohoCurrency, ZohoTax
from ml_connector.zoho import books, errors, masters, questions
from ml_connector.zoho.books import KnownContact
from ml_connector.zoho.caller import ORGANISATIONS, Caller
from ml_connector.zoho.connection import ZohoConnection
from ml_connector.zoho.exact import Json, amount, day, moment, text
from ml_connector.zoho.masters import CustomField, TransactionLock
from ml_connector.zoho.permits import Permit
from ml_connector.zoho.questions import IDS, RECORDS, ROWS, Found, get
from ml_connector.zoho.told import CONTACT, CREDIT_NOTE, INVOICE, ITEM, PATHS, PAYMENT
from ml_connector.zoho.values import Answer, ZohoRequest

_READERS: dict[str, Callable[[Json, str], KnownDocument]] = {
    INVOICE: books.invoice,
    PAYMENT: books.payment,
    CREDIT_NOTE: books.credit_note,
}


@dataclass(frozen=True, slots=True)
class Settled:
    """One amount that was put against a document: a payment or credit on an invoice, or money paid back."""

    id: str
    """Zoho's id of this settlement."""
    of: str
    """The payment's, credit note's or invoice's id on the other side."""
    amount: Decimal
    dated: date | None = None
    reference_number: str = ""


class ZohoClient:
    """Asks one organisation, and carries what `jobs/apply` writes."""

    def __init__(self, caller: Caller, *, lane: str = "live") -> None:
        self._caller = caller
        self._lane = lane

    @property
    def connection(self) -> ZohoConnection:
        return self._caller.connection

    def in_lane(self, lane: str) -> ZohoClient:
        """The same client, asking for permits in another lane."""
        return ZohoClient(self._caller, lane=lane)

    async def call(self, request: ZohoRequest, *, permit: Permit | None = None) -> Answer:
        """Send one request and say what the answer means; see `Caller.call`."""
        return await self._caller.call(request, lane=self._lane, permit=permit)

    # The organisation and its masters.

    async def organisations(self) -> tuple[Organisation, ...]:
        """Every organisation of the connected user, also inactive ones, for choosing."""
        answer = await self.call(ORGANISATIONS)
        return tuple(masters.organisation(row) for row in answer.list("organizations"))

    async def organisation(self) -> Organisation:
        """The connection's organisation, from the list (plan, edition) and its detail (tax registration).

        Raises:
            NoOrganisation, WrongOrganisation: the user has none, or not this one.
        """
        rows = (await self.call(ORGANISATIONS)).list("organizations")
        wanted = self.connection.organization_id
        if not rows:
            raise errors.NoOrganisation("The connected user belongs to no organisation in Zoho.")
        row = next((row for row in rows if text(row, "organization_id") == wanted), None)
        if row is None:
            raise errors.WrongOrganisation("The connected user does not belong to this organisation in Zoho.")
        detail = await self.call(get(f"/organizations/{wanted}", "the organisation"))
        return masters.organisation(row, detail.record("organization"))

    async def currencies(self) -> dict[str, ZohoCurrency]:
        """By code."""
        return masters.currencies(await self._all(get("/settings/currencies", "the currencies"), "currencies"))

    async def taxes(self) -> tuple[ZohoTax, ...]:
        """Taxes and tax groups, the groups with their components (one call more for each group)."""
        rows = await self._all(get("/settings/taxes", "the taxes"), "taxes", id_name="tax_id")
        groups: dict[str, Json] = {}
        for row in rows:
            if text(row, "tax_type") == "tax_group" and not row.get("taxes"):
                groups[text(row, "tax_id")] = await self.tax_group(text(row, "tax_id"))
        return masters.taxes(rows, groups)

    async def tax_group(self, group_id: str) -> Json:
        answer = await self.call(get(f"/settings/taxgroups/{group_id}", "a tax group"))
        return answer.record("tax_group")

    async def exemptions(self) -> tuple[TaxExemption, ...]:
        """Tax exemptions; none where the edition does not know them."""
        try:
            rows = await self._all(get("/settings/taxexemptions", "the tax exemptions"), "tax_exemptions")
        except (errors.NotFound, errors.Refused, errors.OurRequestWrong):
            return ()
        return masters.exemptions(rows)

    async def chart_of_accounts(self) -> tuple[Account, ...]:
        request = get("/chartofaccounts", "the chart of accounts", filter_by="AccountType.All")
        return masters.accounts(await self._all(request, "chartofaccounts", id_name="account_id"))

    async def bank_accounts(self) -> tuple[Account, ...]:
        request = get("/bankaccounts", "the bank accounts", filter_by="Status.All")
        return masters.accounts(await self._all(request, "bankaccounts", id_name="account_id"))

    async def accounts(self) -> tuple[Account, ...]:
        """Chart and bank together, each account once, with its currency where Zoho tells it."""
        chart = get("/chartofaccounts", "the chart of accounts", filter_by="AccountType.All")
        bank = get("/bankaccounts", "the bank accounts", filter_by="Status.All")
        return masters.accounts(
            await self._all(chart, "chartofaccounts", id_name="account_id"),
            await self._all(bank, "bankaccounts", id_name="account_id"),
        )

    async def custom_fields(self) -> tuple[CustomField, ...]:
        """Definitions of custom fields of every module that Zoho tells about."""
        answer = await self.call(get("/settings/customfields", "the custom fields", entity=INVOICE))
        return masters.custom_fields(answer.body, INVOICE)

    async def transaction_lock(self) -> TransactionLock:
        """Up to which day sales documents are locked; `known` is False when Zoho does not say."""
        reason = ""
        for path in ("/transactionlock", "/transactionlocks"):
            try:
                read = masters.transaction_lock((await self.call(get(path, "the period lock"))).body)
            except (errors.NotFound, errors.Refused, errors.OurRequestWrong, errors.PermissionMissing) as trouble:
                reason = trouble.text
                continue
            if read.known:
                return read
            reason = read.reason
        return TransactionLock(None, known=False, reason=reason)

    async def exchange_rate(self, currency: ZohoCurrency, when: date) -> Decimal | None:
        """Zoho's rate in force on *when*, base units for one unit of *currency*; None when it has none."""
        path = f"/settings/currencies/{currency.id}/exchangerates"
        answer = await self.call(get(path, f"the rate of {currency.code}", from_date=when.isoformat()))
        rows = [{"currency_code": currency.code, **row} for row in answer.list("exchange_rates")]
        return masters.rate_on(masters.exchange_rates(rows), currency.code, when)

    async def items(self) -> dict[str, Item]:
        """Every item that has a SKU, by SKU. Many calls for a large catalogue: keep the result."""
        request = get("/items", "the items", filter_by="Status.All", sort_column="name")
        return masters.items(await self._all(request, *ROWS[ITEM], id_name=IDS[ITEM]))

    async def find_item(self, sku: str) -> Found[Item]:
        """The item with exactly this SKU. Zoho may ignore the filter, hence `searched`."""
        answer = await self.call(get("/items", "an item", sku=sku))
        matches = tuple(masters.item(row) for row in answer.list(*ROWS[ITEM]) if text(row, "sku") == sku)
        return Found(matches, answer.applied("sku", sku) is True)

    async def find_item_named(self, name: str) -> Found[Item]:
        """The item with this name, any letter case, after Zoho said that it exists."""
        answer = await self.call(get("/items", "an item", name=name))
        rows = answer.list(*ROWS[ITEM])
        matches = tuple(masters.item(row) for row in rows if text(row, "name").casefold() == name.casefold())
        return Found(matches, answer.applied("name", name) is True)

    # Contacts.

    async def contact(self, contact_id: str) -> KnownContact:
        """One contact with persons and addresses.

        Raises:
            NotFound: it is gone.
        """
        return books.contact(await self.record(CONTACT, contact_id))

    async def contacts_by_email(self, email: str) -> Found[KnownContact]:
        """Customers with exactly this address, any letter case. Several contacts may share one."""
        answer = await self.call(get("/contacts", "contacts by e-mail", email=email))
        found = (books.contact(row) for row in answer.list(*ROWS[CONTACT]))
        matches = tuple(each for each in found if each.is_customer and email.casefold() in each.emails)
        return Found(matches, answer.applied("email", email) is True)

    async def contacts_named(self, name: str) -> Found[KnownContact]:
        """Contacts with this `contact_name`, any letter case: vendors too, because the name is taken by either."""
        answer = await self.call(get("/contacts", "contacts by name", contact_name=name))
        found = (books.contact(row) for row in answer.list(*ROWS[CONTACT]))
        matches = tuple(each for each in found if each.name.casefold() == name.casefold())
        return Found(matches, answer.applied("contact_name", name) is True)

    async def contact_by_mark(self, api_name: str, key: str) -> Found[KnownContact]:
        """The contact that carries our mark."""
        rows, searched = await self._marked(CONTACT, api_name, key)
        return Found(tuple(books.contact(row) for row in rows), searched)

    async def contacts_changed_since(self, since: datetime) -> list[KnownContact]:
        """Contacts modified at or after *since*, newest first: many are checked in few calls."""
        request = get(
            "/contacts", "changed contacts", sort_column="last_modified_time", sort_order="D", filter_by="Status.All"
        )

        def earlier(row: Json) -> bool:
            changed = moment(row, "last_modified_time")
            return changed is not None and changed < since

        rows = await self._all(request, *ROWS[CONTACT], id_name=IDS[CONTACT], until=earlier)
        return [books.contact(row) for row in rows if not earlier(row)]

    # Documents.

    async def record(self, module: str, zoho_id: str) -> Json:
        """One record as Zoho tells it, by id.

        Raises:
            NotFound: it is gone.
            UnexpectedReadAnswer: another record was answered.
        """
        answer = await self.call(questions.record(module, zoho_id))
        found = answer.record(*RECORDS[module])
        if text(found, IDS[module]) != zoho_id:
            raise errors.UnexpectedReadAnswer("Zoho answered with another record than we asked for.")
        return found

    async def document(self, module: str, zoho_id: str, key: str = "") -> KnownDocument:
        """One invoice, payment or credit note, by id."""
        return _READERS[module](await self.record(module, zoho_id), key)

    async def invoice(self, invoice_id: str, key: str = "") -> KnownDocument:
        return await self.document(INVOICE, invoice_id, key)

    async def payment(self, payment_id: str, key: str = "") -> KnownDocument:
        return await self.document(PAYMENT, payment_id, key)

    async def credit_note(self, creditnote_id: str, key: str = "") -> KnownDocument:
        return await self.document(CREDIT_NOTE, creditnote_id, key)

    async def find_by_mark(self, module: str, api_name: str, key: str) -> Found[KnownDocument]:
        """The document that carries our mark, from a row of a list: read it by id for its lines."""
        rows, searched = await self._marked(module, api_name, key)
        return Found(tuple(_READERS[module](row, key) for row in rows), searched)

    async def find_by_reference(self, module: str, reference: str, customer_id: str = "") -> Found[KnownDocument]:
        """Documents with exactly this reference number and, where given, this customer. It is not unique in Zoho."""
        request = questions.by_reference(module, reference, customer_id)
        answer = await self.call(request)
        rows = questions.referenced(answer.list(*ROWS[module]), reference, customer_id)
        searched = answer.applied("reference_number", request.query["reference_number"]) is True
        return Found(tuple(_READERS[module](row, "") for row in rows), searched)

    async def look_up(
        self, module: str, key: str, *, unique_field: str = "", reference: str = "", customer_id: str = ""
    ) -> Found[KnownDocument]:
        """The document with this key, by its mark and by its reference number, whichever finds it: two calls at most.

        A row that says another mark is somebody else's. `searched` is True only when Zoho said that it searched by
        reference number, the filter that was seen to work; and a search lags, so one is never the last word.

        Args:
            unique_field: Where the module has one; else what fits the reference counts.
            customer_id: Empty compares the reference alone.
        """
        if unique_field:
            marked = await self.find_by_mark(module, unique_field, key)
            if marked.matches:
                return marked
        if not reference:
            return Found()
        request = questions.by_reference(module, reference, customer_id)
        answer = await self.call(request)
        rows = questions.referenced(answer.list(*ROWS[module]), reference, customer_id)
        if unique_field:
            told = [await self._telling(module, row, unique_field) for row in rows[:_FEW]]
            rows = questions.marked(told, unique_field, key)
        searched = answer.applied("reference_number", request.query["reference_number"]) is True
        return Found(tuple(_READERS[module](row, key) for row in rows), searched)

    async def find_invoices(self, reference: str, customer_id: str = "") -> Found[KnownDocument]:
        return await self.find_by_reference(INVOICE, reference, customer_id)

    async def find_payments(self, reference: str, customer_id: str = "") -> Found[KnownDocument]:
        """Also those that are not applied to any invoice."""
        return await self.find_by_reference(PAYMENT, reference, customer_id)

    async def find_credit_notes(self, reference: str, customer_id: str = "") -> Found[KnownDocument]:
        return await self.find_by_reference(CREDIT_NOTE, reference, customer_id)

    async def dated(self, module: str, first: date, last: date) -> list[KnownDocument]:
        """Every document dated in the period, both days included, as rows of a list."""
        rows = await self._all(questions.dated(module, first, last), *ROWS[module], id_name=IDS[module])
        return [_READERS[module](row, "") for row in rows if first <= (day(row, "date") or date.min) <= last]

    # What settled a document.

    async def invoice_payments(self, invoice_id: str) -> tuple[Settled, ...]:
        """Payments on an invoice, by id and therefore not known to lag."""
        rows = await self._under(INVOICE, invoice_id, "payments", "payments")
        return tuple(_settled(row, "invoice_payment_id", "payment_id", "amount", "amount_applied") for row in rows)

    async def invoice_credits(self, invoice_id: str) -> tuple[Settled, ...]:
        """Credit notes applied to an invoice."""
        rows = await self._under(INVOICE, invoice_id, "creditsapplied", "credits")
        return tuple(_settled(row, "creditnotes_invoice_id", "creditnote_id", "amount_applied") for row in rows)

    async def credit_note_invoices(self, creditnote_id: str) -> tuple[Settled, ...]:
        """Invoices that a credit note was applied to."""
        rows = await self._under(CREDIT_NOTE, creditnote_id, "invoices", "invoices_credited", "invoices")
        return tuple(
            _settled(row, "creditnote_invoice_id", "invoice_id", "credited_amount", "amount_applied") for row in rows
        )

    async def credit_note_refunds(self, creditnote_id: str) -> tuple[Settled, ...]:
        """Money paid out of a credit note, in its currency."""
        rows = await self._under(CREDIT_NOTE, creditnote_id, "refunds", "creditnote_refunds")
        return tuple(_settled(row, "creditnote_refund_id", "creditnote_id", "amount_fcy", "amount") for row in rows)

    async def payment_refunds(self, payment_id: str) -> tuple[Settled, ...]:
        """Money given back out of a payment, in its currency."""
        rows = await self._under(PAYMENT, payment_id, "refunds", "payment_refunds")
        return tuple(_settled(row, "payment_refund_id", "payment_id", "amount_fcy", "amount") for row in rows)

    # How lists are read.

    async def _under(self, module: str, zoho_id: str, tail: str, *names: str) -> list[Json]:
        return await self._all(get(f"{PATHS[module]}/{zoho_id}/{tail}", f"what settled one of the {module}s"), *names)

    async def _marked(self, module: str, api_name: str, key: str) -> tuple[list[Json], bool]:
        """Rows with our mark, and whether Zoho applied the filter. Rows that do not tell the field are read by id."""
        answer = await self.call(questions.by_mark(module, api_name, key))
        rows = answer.list(*ROWS[module])
        searched = answer.searched(key)
        if searched:
            rows = [await self._telling(module, row, api_name) for row in rows[:_FEW]]
        return questions.marked(rows, api_name, key), searched

    async def _telling(self, module: str, row: Json, api_name: str) -> Json:
        if books.mark_of(row, api_name) is not None:
            return row
        return await self.record(module, text(row, IDS[module]))

    async def _all(
        self, request: ZohoRequest, *names: str, id_name: str = "", until: Callable[[Json], bool] | None = None
    ) -> list[Json]:
        """Every row of a list, page by page, each id once: pages shift while records are added.

        Args:
            until: Stops after the first page on which it is true of a row; for sorted lists.
        """
        found: dict[str, Json] = {}
        for number in range(1, _MOST_PAGES):
            answer = await self.call(questions.page(request, number))
            rows, before = answer.list(*names), len(found)
            for place, row in enumerate(rows):
                found.setdefault(text(row, id_name) or f"{number}/{place}", row)
            if not answer.more or len(found) == before or (until is not None and any(until(row) for row in rows)):
                break
        return list(found.values())


_FEW = 5
_MOST_PAGES = 5001


def _settled(row: Json, id_name: str, of_name: str, *amounts: str) -> Settled:
    return Settled(
        id=text(row, id_name),
        of=text(row, of_name),
        amount=amount(row, *amounts),
        dated=day(row, "date") or day(row, "credited_date"),
        reference_number=text(row, "reference_number"),
    )
