"""Reads an organisation and its masters."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from ml_connector.domain.books import Account, Item, Organisation, TaxExemption, ZohoCurrency, ZohoTax
from ml_connector.zoho import errors, locks, masters
from ml_connector.zoho.caller import ORGANISATIONS
from ml_connector.zoho.exact import Json, text
from ml_connector.zoho.locks import TransactionLock
from ml_connector.zoho.masters import CustomField
from ml_connector.zoho.questions import IDS, ROWS, Found, get
from ml_connector.zoho.reading import Reader
from ml_connector.zoho.told import CONTACT, CREDIT_NOTE, INVOICE, ITEM, PAYMENT
from ml_connector.zoho.values import Answer, ZohoRequest

_NOT_THERE = (errors.NotFound, errors.Refused, errors.OurRequestWrong, errors.PermissionMissing)
"""What an edition, a plan or an older Zoho says about an address that it does not have, or not for this user."""
_ABSENT = frozenset({404, 405, 410, 501})
"""The same from something in between, without Zoho's envelope."""


class MasterReader(Reader):
    """Questions about the organisation, its currencies, taxes, accounts, items and locks."""

    async def organisations(self) -> tuple[Organisation, ...]:
        """Every organisation of the connected user, also inactive ones, for choosing."""
        answer = await self.call(ORGANISATIONS)
        return tuple(masters.organisation(row) for row in answer.list("organizations"))

    async def organisation(self) -> Organisation:
        """The connection's organisation, from the list (plan, edition) and its detail (tax registration).

        Raises:
            NoOrganisation, WrongOrganisation: the user has none, or not this one.
            UnknownTimeZone: no document could be dated.
        """
        rows = (await self.call(ORGANISATIONS)).list("organizations")
        wanted = self.connection.organization_id
        if not rows:
            raise errors.NoOrganisation("The connected user belongs to no organisation in Zoho.")
        row = next((row for row in rows if text(row, "organization_id") == wanted), None)
        if row is None:
            raise errors.WrongOrganisation("The connected user does not belong to this organisation in Zoho.")
        detail = await self._optional(get(f"/organizations/{wanted}", "the organisation"))
        read = masters.organisation(row, detail.record("organization") if detail else None)
        if not read.zone:
            raise errors.UnknownTimeZone(f"The organisation's time zone in Zoho is “{read.time_zone}”, unknown to us.")
        return read

    async def currencies(self) -> dict[str, ZohoCurrency]:
        """By code."""
        return masters.currencies(await self._all(get("/settings/currencies", "the currencies"), "currencies"))

    async def taxes(self) -> tuple[ZohoTax, ...]:
        """Taxes and tax groups, the groups with their components (one call more for each group)."""
        try:
            rows = await self._all(get("/settings/taxes", "the taxes"), "taxes", id_name="tax_id")
        except errors.TaxesOff:
            return ()
        groups: dict[str, Json] = {}
        for row in rows:
            if text(row, "tax_type") == "tax_group" and not row.get("taxes"):
                groups[text(row, "tax_id")] = await self.tax_group(text(row, "tax_id"))
        return masters.taxes(rows, groups)

    async def tax_group(self, group_id: str) -> Json:
        """A group with its components; empty where Zoho does not tell it."""
        answer = await self._optional(get(f"/settings/taxgroups/{group_id}", "a tax group"))
        return answer.record("tax_group") if answer else {}

    async def exemptions(self) -> tuple[TaxExemption, ...]:
        """Tax exemptions; none where the edition does not know them."""
        request = get("/settings/taxexemptions", "the tax exemptions")
        return masters.exemptions(await self._maybe_all(request, "tax_exemptions"))

    async def chart_of_accounts(self) -> tuple[Account, ...]:
        request = get("/chartofaccounts", "the chart of accounts", filter_by="AccountType.All")
        return masters.accounts(await self._all(request, "chartofaccounts", id_name="account_id"))

    async def bank_accounts(self) -> tuple[Account, ...]:
        request = get("/bankaccounts", "the bank accounts", filter_by="Status.All")
        return masters.accounts(await self._maybe_all(request, "bankaccounts", id_name="account_id"))

    async def accounts(self) -> tuple[Account, ...]:
        """Chart and bank together, each account once, with its currency where Zoho tells it."""
        chart = get("/chartofaccounts", "the chart of accounts", filter_by="AccountType.All")
        bank = get("/bankaccounts", "the bank accounts", filter_by="Status.All")
        return masters.accounts(
            await self._all(chart, "chartofaccounts", id_name="account_id"),
            await self._maybe_all(bank, "bankaccounts", id_name="account_id"),
        )

    async def custom_fields(self) -> tuple[CustomField, ...] | None:
        """Definitions of custom fields of our modules; None where Zoho tells of none of them.

        One call where Zoho tells all at once, else one each.
        """
        told: dict[str, tuple[CustomField, ...]] = {}
        for module in (INVOICE, CONTACT, PAYMENT, CREDIT_NOTE, ITEM):
            if module in told:
                continue
            answer = await self._fields_of(module)
            if answer is None and module == INVOICE:
                return None
            told |= masters.custom_fields_by_module(answer.body, module) if answer else {}
        return tuple(each for group in told.values() for each in group)

    async def _fields_of(self, module: str) -> Answer | None:
        """Two addresses are known from other connectors; the first often tells of all modules at once."""
        answer = await self._optional(get("/settings/customfields", "the custom fields", entity=module))
        return answer or await self._optional(get(f"/settings/customfields/{module}", "the custom fields"))

    async def transaction_lock(self) -> TransactionLock:
        """Up to which day sales documents are locked; `known` is False when Zoho does not say."""
        reason = ""
        for path in ("/transactionlock", "/transactionlocks"):
            answer = await self._optional(get(path, "the period lock"))
            if answer is None:
                reason = "Zoho does not tell whether a period is locked."
                continue
            read = locks.transaction_lock(answer.body)
            if read.known:
                return read
            reason = read.reason
        return TransactionLock(None, known=False, reason=reason)

    async def exchange_rate(self, currency: ZohoCurrency, when: date) -> Decimal | None:
        """Zoho's rate in force on *when*, base units for one unit of *currency*; None when it has none.

        Whether `from_date` names the day or the first day of a list is not documented. In a list from *when* on, a
        rate that is in force since earlier is missing, so all rates are asked for when it shows none.
        """
        of_the_day = await self._exchange_rate(currency, when, from_date=when.isoformat())
        return of_the_day if of_the_day is not None else await self._exchange_rate(currency, when)

    async def _exchange_rate(self, currency: ZohoCurrency, when: date, **asked: str) -> Decimal | None:
        path = f"/settings/currencies/{currency.id}/exchangerates"
        answer = await self.call(get(path, f"the rate of {currency.code}", **asked))
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

    async def _optional(self, request: ZohoRequest) -> Answer | None:
        """The answer, or None where this Zoho has no such address for us: what it would tell is then unknown."""
        try:
            return await self.call(request)
        except errors.ZohoTrouble as trouble:
            if not _is_absence(trouble):
                raise
        return None

    async def _maybe_all(self, request: ZohoRequest, *names: str, id_name: str = "") -> list[Json]:
        """Every row of a list; none where this Zoho has no such address for us."""
        try:
            return await self._all(request, *names, id_name=id_name)
        except errors.ZohoTrouble as trouble:
            if not _is_absence(trouble):
                raise
        return []


def _is_absence(trouble: errors.ZohoTrouble) -> bool:
    """Whether the address itself is not there, rather than anything that may pass."""
    if isinstance(trouble, errors.UnexpectedReadAnswer | errors.ReadFailed):
        return trouble.status in _ABSENT
    return isinstance(trouble, _NOT_THERE)
