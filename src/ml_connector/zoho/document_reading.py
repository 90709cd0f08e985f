"""Reads contacts and documents, and finds them again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from ml_connector.domain.books import KnownDocument
from ml_connector.zoho import books, questions
from ml_connector.zoho.books import KnownContact
from ml_connector.zoho.exact import Json, amount, day, moment, text
from ml_connector.zoho.questions import IDS, ROWS, Found, get
from ml_connector.zoho.reading import Reader
from ml_connector.zoho.told import CONTACT, CREDIT_NOTE, INVOICE, PATHS, PAYMENT

_READERS: dict[str, Callable[[Json, str], KnownDocument]] = {
    INVOICE: books.invoice,
    PAYMENT: books.payment,
    CREDIT_NOTE: books.credit_note,
}


class ContactReader(Reader):
    """Questions about contacts."""

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
        found = await self._by_mark(CONTACT, api_name, key)
        return Found(tuple(books.contact(row) for row in found.matches), found.searched)

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


class DocumentReader(Reader):
    """Questions about invoices, payments and credit notes."""

    async def document(self, module: str, zoho_id: str, key: str = "") -> KnownDocument:
        """One invoice, payment or credit note, by id."""
        return _READERS[module](await self.record(module, zoho_id), key)

    async def newest_invoices(self) -> list[Json]:
        """Some invoices as a list tells them, the newest first."""
        request = get("/invoices", "the newest invoices", sort_column="created_time", sort_order="D", per_page="25")
        return (await self.call(request)).list(*ROWS[INVOICE])

    async def invoice(self, invoice_id: str, key: str = "") -> KnownDocument:
        return await self.document(INVOICE, invoice_id, key)

    async def payment(self, payment_id: str, key: str = "") -> KnownDocument:
        return await self.document(PAYMENT, payment_id, key)

    async def credit_note(self, creditnote_id: str, key: str = "") -> KnownDocument:
        return await self.document(CREDIT_NOTE, creditnote_id, key)

    async def find_by_mark(self, module: str, api_name: str, key: str) -> Found[KnownDocument]:
        """The document that carries our mark, from a row of a list: read it by id for its lines."""
        found = await self._by_mark(module, api_name, key)
        return Found(tuple(_READERS[module](row, key) for row in found.matches), found.searched)

    async def find_by_reference(self, module: str, reference: str, customer_id: str = "") -> Found[KnownDocument]:
        """Documents with exactly this reference number and, where given, this customer. It is not unique in Zoho."""
        request = questions.by_reference(module, reference, customer_id)
        answer = await self.call(request)
        rows = questions.referenced(answer.list(*ROWS[module]), reference, customer_id)
        searched = answer.applied("reference_number", request.query["reference_number"]) is True and not answer.more
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
        searched = answer.applied("reference_number", request.query["reference_number"]) is True and not answer.more
        found = Found(tuple(rows), searched=True)
        if unique_field:
            found = await self._marked(module, rows, unique_field, key)
        return Found(tuple(_READERS[module](row, key) for row in found.matches), searched and found.searched)

    async def of_customer(self, module: str, customer_id: str) -> Found[KnownDocument]:
        """Every document of a customer, e.g. the payments that are not applied to any invoice."""
        request = questions.of_customer(module, customer_id)
        searched = True

        def of_another(row: Json) -> bool:
            nonlocal searched
            searched = searched and text(row, "customer_id") == customer_id
            return not searched

        # a row of somebody else: the filter was ignored, and the rest of the list is not ours to walk through
        rows = await self._all(request, *ROWS[module], id_name=IDS[module], until=of_another)
        ours = [row for row in rows if text(row, "customer_id") == customer_id]
        return Found(tuple(_READERS[module](row, "") for row in ours), searched)

    async def find_invoices(self, reference: str, customer_id: str = "") -> Found[KnownDocument]:
        return await self.find_by_reference(INVOICE, reference, customer_id)

    async def find_payments(self, reference: str, customer_id: str = "") -> Found[KnownDocument]:
        """Also those that are not applied to any invoice."""
        return await self.find_by_reference(PAYMENT, reference, customer_id)

    async def find_credit_notes(self, reference: str, customer_id: str = "") -> Found[KnownDocument]:
        return await self.find_by_reference(CREDIT_NOTE, reference, customer_id)

    async def dated(self, module: str, first: date, last: date, *, unique_field: str = "") -> list[KnownDocument]:
        """Every document dated in the period, both days included, as rows of a list.

        Args:
            unique_field: Where the module has one: its value becomes the key; empty for what bears no mark of ours.
        """
        rows = await self._all(questions.dated(module, first, last), *ROWS[module], id_name=IDS[module])
        return [
            _READERS[module](row, books.mark_of(row, unique_field) or "")
            for row in rows
            if first <= (day(row, "date") or date.min) <= last
        ]


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


class SettlementReader(Reader):
    """What settled a document. Everything is asked by id, which is not known to lag."""

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

    async def _under(self, module: str, zoho_id: str, tail: str, *names: str) -> list[Json]:
        return await self._all(get(f"{PATHS[module]}/{zoho_id}/{tail}", f"what settled one of the {module}s"), *names)


def _settled(row: Json, id_name: str, of_name: str, *amounts: str) -> Settled:
    return Settled(
        id=text(row, id_name),
        of=text(row, of_name),
        amount=amount(row, *amounts),
        dated=day(row, "date") or day(row, "credited_date"),
        reference_number=text(row, "reference_number"),
    )
