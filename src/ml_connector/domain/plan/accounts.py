"""Accounts by id or exact name; never a default where the money is not an ordinary sale."""

from __future__ import annotations

from ml_connector.domain.plan.case import Case, stop
from ml_connector.domain.policy import Gateway

_WHAT = {
    "gift_cards": "A gift card is money you owe, not income. Choose the liability account for gift cards.",
    "store_credit": "Store credit is money you owe. Choose the liability account it is taken from.",
    "tips": "A tip is usually owed to your staff. Choose the account for tips.",
    "duties": "Duties are usually owed to customs. Choose the account for duties.",
    "fees": "The order has a fee. Choose the account for fees.",
    "rounding": "There is a rounding difference. Choose the account for rounding.",
    "allowances": "Money was given back without goods. Choose the account for allowances.",
    "channel_tax": "The sales channel remits this tax. Choose the liability account for tax remitted by the channel.",
    "tax_payable": "Taxes are posted as lines. Choose the tax-payable liability account.",
}


def find(case: Case, named: str, what: str) -> str:
    """The id of the account *named* by id or exact name.

    Raises:
        Stopped: Zoho has none, has two, or it is inactive.
    """
    found = [one for one in case.books.accounts if named in (one.id, one.name)]
    active = [one for one in found if one.active]
    if len(active) == 1:
        return active[0].id
    if active:
        text, fix = f"Zoho has several accounts “{named}”.", "Name the account by its id."
    elif found:
        text = f"The account “{named}” is inactive in Zoho."
        fix = "Activate it or choose another, then replay the order."
    else:
        text, fix = f"Zoho has no account “{named}”, which is set for {what}.", "Choose another account."
    raise stop("account_unusable", text, fix, cause=f"account_unusable:{named}")


def special(case: Case, name: str) -> str:
    """The account of the policy's `accounts` called *name*, which has to be decided.

    Raises:
        Stopped: not decided, or not usable.
    """
    named = getattr(case.policy.accounts, name)
    if not named:
        raise stop(
            "account_unmapped",
            _WHAT[name],
            "Choose it under Mappings and policy, Accounts.",
            cause=f"account_unmapped:{name}",
        )
    return find(case, named, name.replace("_", " "))


def optional(case: Case, name: str) -> str | None:
    """The same where Zoho's own account may stay: None when nothing is chosen."""
    named = getattr(case.policy.accounts, name)
    return find(case, named, name) if named else None


_OWED = {"gift_card": "gift_cards", "shopify_store_credit": "store_credit", "store_credit": "store_credit"}


def gateway(case: Case, name: str) -> Gateway:
    """How money of the gateway *name* is recorded: its own entry for the currency, its own, or that for all others.

    Gift cards and store credit are never taken as "all others": they move what is owed.

    Raises:
        Stopped: nothing is decided for it.
    """
    entries = case.policy.gateways
    for entry in (f"{name}:{case.currency}", name):
        if entry in entries:
            return entries[entry]
    owed = _OWED.get(name)
    if owed:
        account = special(case, owed)
        return Gateway("others", account, account)
    if "*" in entries:
        return entries["*"]
    raise stop(
        "gateway_unmapped",
        f"No account is chosen for money from “{name}” in {case.currency}.",
        "Choose its payment mode and accounts under Mappings and policy, Gateways.",
        cause=f"gateway_unmapped:{name}:{case.currency}",
    )


def deposit(case: Case, entry: Gateway) -> str:
    return find(case, entry.deposit, "deposits")


def refund_from(case: Case, entry: Gateway) -> str:
    return find(case, entry.refund_from or entry.deposit, "refunds")
