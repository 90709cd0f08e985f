"""The chart of accounts and the bank accounts in it.

Source: Zoho Books API v3, chart of accounts and bank accounts.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from ml_connector.sandbox.http import Response
from ml_connector.sandbox.zoho.call import Call, Route
from ml_connector.sandbox.zoho.encoding import success
from ml_connector.sandbox.zoho.lists import Filters, Row, find
from ml_connector.sandbox.zoho.modules import paged
from ml_connector.sandbox.zoho.money import shown
from ml_connector.sandbox.zoho.organization import Organization
from ml_connector.sandbox.zoho.records import Account
from ml_connector.sandbox.zoho.refusals import Refusal, missing
from ml_connector.sandbox.zoho.values import ZERO, choice, flag, identifier, required, text

ASSETS = "other_asset other_current_asset cash bank fixed_asset accounts_receivable stock payment_clearing".split()
LIABILITIES = "other_current_liability credit_card long_term_liability other_liability accounts_payable".split()
EQUITY = ["equity"]
INCOME = ["income", "other_income"]
EXPENSE = ["expense", "cost_of_goods_sold", "other_expense"]
_GROUPS = {
    "AccountType.Asset": ASSETS,
    "AccountType.Liability": LIABILITIES,
    "AccountType.Equity": EQUITY,
    "AccountType.Income": INCOME,
    "AccountType.Expense": EXPENSE,
}
_KINDS = [*ASSETS, *LIABILITIES, *EQUITY, *INCOME, *EXPENSE]


def add(org: Organization, name: str, kind: str, *, code: str = "", currency_id: str = "", **facts: Any) -> Account:
    """An account of the chart."""
    now = org.clock()
    account = Account(
        org.new_id(),
        name,
        kind,
        code,
        currency_id or org.base.currency_id,
        created=now,
        modified=now,
        **facts,
    )
    org.accounts[account.account_id] = account
    return account


def _view(org: Organization, account: Account, balances: dict[str, Decimal] | None) -> Row:
    view: Row = {
        "account_id": account.account_id,
        "account_name": account.name,
        "account_code": account.code,
        "account_type": account.kind,
        "account_type_formatted": account.kind.replace("_", " ").title(),
        "currency_id": account.currency_id,
        "currency_code": org.currencies[account.currency_id].code,
        "description": account.description,
        "is_user_created": not account.is_system,
        "is_system_account": account.is_system,
        "is_standalone_account": False,
        "is_active": account.is_active,
        "is_involved_in_transaction": False,
        "parent_account_id": account.parent_id,
        "parent_account_name": org.accounts[account.parent_id].name if account.parent_id else "",
        "depth": 1 if account.parent_id else 0,
        "is_child_present": False,
        "child_count": "",
        "has_attachment": False,
        "created_time": org.stamp(account.created),
        "last_modified_time": org.stamp(account.modified),
    }
    if balances is not None:
        balance = balances.get(account.account_id, ZERO)
        view["current_balance"] = shown(balance, org.base.places)
        view["is_involved_in_transaction"] = account.account_id in balances
    return view


def list_all(call: Call) -> Response:
    """`GET /chartofaccounts`."""
    org = call.org
    balances = org.ledger.by_account() if call.asked("showbalance") else None
    rows = [_view(org, account, balances) for account in org.accounts.values()]
    return paged(org, "chartofaccounts", find(rows, call.query, _FILTERS))


def _get(call: Call) -> Account:
    account = call.org.accounts.get(call.id)
    if account is None:
        raise missing("Account does not exist.")
    return account


def show(call: Call) -> Response:
    """`GET /chartofaccounts/{id}`."""
    return success(chart_of_account=_view(call.org, _get(call), call.org.ledger.by_account()))


def _free_name(org: Organization, name: str, account_id: str = "") -> str:
    if any(a.name.casefold() == name.casefold() and a.account_id != account_id for a in org.accounts.values()):
        raise Refusal(400, 1001, f'The account "{name}" already exists.')
    return name


def create(call: Call) -> Response:
    """`POST /chartofaccounts`."""
    org, body = call.org, call.body
    required(body, "account_name", "account_type")
    name = _free_name(org, text(body, "account_name", 100))
    kind = choice(body, "account_type", _KINDS)
    currency_id = identifier(body, "currency_id")
    if currency_id:
        org.known_currency(currency_id)
    account = add(
        org,
        name,
        kind,
        code=text(body, "account_code", 50),
        currency_id=currency_id,
        description=text(body, "description", 500),
        parent_id=identifier(body, "parent_account_id"),
    )
    return success("The account has been created.", status=201, chart_of_account=_view(org, account, None))


def update(call: Call) -> Response:
    """`PUT /chartofaccounts/{id}`."""
    org, account = call.org, _get(call)
    account.name = _free_name(org, text(call.body, "account_name", 100, account.name), account.account_id)
    account.code = text(call.body, "account_code", 50, account.code)
    account.description = text(call.body, "description", 500, account.description)
    account.modified = call.now
    return success("The details of the account have been updated.", chart_of_account=_view(org, account, None))


def delete(call: Call) -> Response:
    """`DELETE /chartofaccounts/{id}`."""
    org, account = call.org, _get(call)
    if account.is_system or account.account_id in org.ledger.by_account():
        raise org.refusal("in_use", document="account")
    del org.accounts[account.account_id]
    return success("The account has been deleted.")


def _status(base: str, scope: str, active: bool) -> Route:
    word = "active" if active else "inactive"

    def handle(call: Call) -> Response:
        account = _get(call)
        account.is_active, account.modified = active, call.now
        return success(f"The account has been marked as {word}.", status=201)

    return Route("POST", f"{base}/{{}}/{word}", scope, handle)


# -- bank accounts ------------------------------------------------------------------------

_BANK_KINDS = ("bank", "credit_card", "cash", "payment_clearing")


def _bank_view(org: Organization, account: Account) -> Row:
    nets = org.ledger.by_account_and_currency()
    code = org.currencies[account.currency_id].code
    own = nets.get((account.account_id, code), ZERO)
    base = org.ledger.by_account().get(account.account_id, ZERO)
    return {
        "account_id": account.account_id,
        "account_name": account.name,
        "account_code": account.code,
        "account_type": account.kind,
        "currency_id": account.currency_id,
        "currency_code": code,
        "account_number": account.account_number,
        "bank_name": account.bank_name,
        "balance": shown(own, org.currencies[account.currency_id].places),
        "bank_balance": Decimal(0),
        "bcy_balance": shown(base, org.base.places),
        "is_active": account.is_active,
        "is_primary_account": account.is_primary,
        "is_paypal_account": account.is_paypal,
        "uncategorized_transactions": 0,
    }


def list_banks(call: Call) -> Response:
    """`GET /bankaccounts`: the accounts of type bank, cash and card."""
    org = call.org
    rows = [_bank_view(org, account) for account in org.accounts.values() if account.kind in _BANK_KINDS]
    return paged(org, "bankaccounts", find(rows, call.query, _BANK_FILTERS))


def show_bank(call: Call) -> Response:
    """`GET /bankaccounts/{id}`."""
    account = _get(call)
    if account.kind not in _BANK_KINDS:
        raise missing("Account does not exist.")
    return success(bankaccount=_bank_view(call.org, account))


def create_bank(call: Call) -> Response:
    """`POST /bankaccounts`."""
    org, body = call.org, call.body
    required(body, "account_name", "account_type")
    name = _free_name(org, text(body, "account_name", 100))
    kind = choice(body, "account_type", _BANK_KINDS)
    currency_id = identifier(body, "currency_id")
    if currency_id:
        org.known_currency(currency_id)
    account = add(
        org,
        name,
        kind,
        code=text(body, "account_code", 50),
        currency_id=currency_id,
        account_number=text(body, "account_number", 50),
        bank_name=text(body, "bank_name", 100),
        is_primary=flag(body, "is_primary_account", False),
        is_paypal=flag(body, "is_paypal_account", False),
    )
    return success("The account has been created.", status=201, bankaccount=_bank_view(org, account))


def _active(row: Row) -> bool:
    return bool(row["is_active"])


def _of_group(kinds: list[str]) -> Any:
    return lambda row: row["account_type"] in kinds


_FILTERS = Filters(
    report="Chart of Accounts",
    texts=frozenset({"account_name", "account_code"}),
    exacts=frozenset({"last_modified_time"}),
    search=("account_name", "account_code"),
    sorts=frozenset({"account_name", "account_type", "created_time", "last_modified_time"}),
    sort="account_name",
    order="A",
    filter_by={
        "AccountType.All": lambda row: True,
        "AccountType.Active": _active,
        "AccountType.Inactive": lambda row: not row["is_active"],
        **{name: _of_group(kinds) for name, kinds in _GROUPS.items()},
    },
    default_filter="AccountType.All",
)
_BANK_FILTERS = Filters(
    report="Bank Accounts",
    sorts=frozenset({"account_name", "account_type", "account_code"}),
    sort="account_name",
    order="A",
    filter_by={
        "Status.All": lambda row: True,
        "Status.Active": _active,
        "Status.Inactive": lambda row: not row["is_active"],
    },
)

ROUTES = [
    Route("GET", "/chartofaccounts", "accountants.READ", list_all),
    Route("POST", "/chartofaccounts", "accountants.CREATE", create),
    Route("GET", "/chartofaccounts/{}", "accountants.READ", show),
    Route("PUT", "/chartofaccounts/{}", "accountants.UPDATE", update),
    Route("DELETE", "/chartofaccounts/{}", "accountants.DELETE", delete),
    _status("/chartofaccounts", "accountants.CREATE", True),
    _status("/chartofaccounts", "accountants.CREATE", False),
    Route("GET", "/bankaccounts", "banking.READ", list_banks),
    Route("POST", "/bankaccounts", "banking.CREATE", create_bank),
    Route("GET", "/bankaccounts/{}", "banking.READ", show_bank),
    _status("/bankaccounts", "banking.CREATE", True),
    _status("/bankaccounts", "banking.CREATE", False),
]
