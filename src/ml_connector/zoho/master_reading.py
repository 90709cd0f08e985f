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

_NOT_THERE = (errors.NotFound, errors.Refused, errors.OurRequestWrong)
"""What an edition or an older Zoho says about an address that it does not have."""


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
        detail = await self.call(get(f"/organizations/{wanted}", "the organisation"))
        read = masters.organisation(row, detail.record("organization"))
        if not read.zone:
            raise errors.UnknownTimeZone(f"The organisation's time zone in Zoho is “{read.time_zone}”, unknown to us.")
        return read

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
        except _NOT_THERE:
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
        """Definitions of custom fields of our modules: one call where Zoho tells all at once, else one each."""
        told: dict[str, tuple[CustomField, ...]] = {}
        for module in (INVOICE, CONTACT, PAYMENT, CREDIT_NOTE, ITEM):
            if module in told:
                continue
            try:
                answer = await self.call(get("/settings/customfields", "the custom fields", entity=module))
            except _NOT_THERE:
                continue
            told |= masters.custom_fields_by_module(answer.body, module)
        return tuple(each for group in told.values() for each in group)

    async def transaction_lock(self) -> TransactionLock:
        """Up to which day sales documents are locked; `known` is False when Zoho does not say."""
        reason = ""
        for path in ("/transactionlock", "/transactionlocks"):
            try:
                read = locks.transaction_lock((await self.call(get(path, "the period lock"))).body)
            except (*_NOT_THERE, errors.PermissionMissing) as trouble:
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
