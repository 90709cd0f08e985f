"""Money in as customer payments, money out as refunds of credit notes and payments: one entry for each transaction."""

from __future__ import annotations

from ml_connector.domain.documents import CashDraft, FieldReason, Kind, Operation, PaymentDraft, Ref
from ml_connector.domain.money import Money, total
from ml_connector.domain.plan import accounts
from ml_connector.domain.plan.case import Case, because
from ml_connector.domain.plan.contact import Contact
from ml_connector.domain.plan.dates import dated
from ml_connector.domain.plan.known import check_payment
from ml_connector.domain.plan.rates import Rate, money_rate
from ml_connector.domain.plan.receipts import Movement
from ml_connector.domain.plan.wallet import Credit, Wallet
from ml_connector.domain.policy import Gateway


def payment_key(movement: Movement) -> str:
    return f"payment:{movement.id}"


def payment(case: Case, movement: Movement, contact: Contact, wallet: Wallet) -> list[Operation]:
    """The payment of one transaction, its full amount, applied to what is owed; nothing when Zoho has it."""
    key = payment_key(movement)
    day = case.day(movement.transaction.processed_at)
    known = case.done(key)
    if known is not None:
        check_payment(known)
        wallet.have(key, case.zero, day, of_payment=True)
        return []
    when = dated(case, movement.transaction.processed_at, "transaction.processedAt")
    entry = accounts.gateway(case, movement.transaction.gateway)
    rate = money_rate(case, movement.transaction.amount, when.day)
    applied = wallet.pay(movement.amount)
    rest = movement.amount - total((one.amount for one in applied), case.currency)
    wallet.have(key, rest, when.day, of_payment=True)
    fee = _fee(case, entry, movement)
    draft = PaymentDraft(
        key=key,
        contact=contact.ref,
        amount=movement.amount,
        exchange_rate=rate.value,
        dated=when.day,
        mode=entry.mode,
        account_id=accounts.deposit(case, entry),
        reference_number=movement.id,
        applied=applied,
        description="\n".join(filter(None, (f"{case.order.name}, {_gateway_name(movement)}", when.note))),
        bank_charges=fee,
        bank_charges_account_id=accounts.optional(case, "gateway_fees") if fee else None,
    )
    source = f"transaction {movement.id}"
    gateway = f"gateway: {movement.transaction.gateway}"
    why = [
        because("contact", contact.key, "customer, purchasingEntity or email", "The buyer of the invoice."),
        because(
            "amount", draft.amount, f"{source}.amountSet: {case.money(movement.transaction.amount)}", movement.rule
        ),
        when.reason(),
        because("mode", draft.mode, gateway, "Policy “gateways”."),
        because("account_id", draft.account_id, gateway, "Policy “gateways”, deposit account.", "Undeposited Funds"),
        because("reference_number", draft.reference_number, source, "The transaction's id, to be found by."),
        because(
            "applied",
            ", ".join(str(one.amount) for one in applied) or "nothing yet",
            source,
            "At most the balance; the rest stays unapplied.",
        ),
        because("description", draft.description, source, "Order and gateway."),
    ]
    why += _rate_reason(rate)
    if fee is not None:
        why.append(because("bank_charges", fee, f"{source}.fees", "Policy “gateway_fees: on”, a clearing account."))
    return [Operation(key, Kind.PAYMENT, draft, tuple(why), (movement.id,))]


def _gateway_name(movement: Movement) -> str:
    return movement.transaction.formatted_gateway or movement.transaction.gateway


def _fee(case: Case, entry: Gateway, movement: Movement) -> Money | None:
    """The gateway's fee: only in the payment's currency, only for a clearing account, only where the policy says so."""
    fees = [bag.presentment for bag in movement.transaction.fees]
    if case.policy.gateway_fees == "off" or not entry.clearing or not fees:
        return None
    if any(one.currency != case.currency for one in fees):
        return None
    amount = total(fees, case.currency)
    return amount if case.zero < amount < movement.amount else None


def _rate_reason(rate: Rate) -> list[FieldReason]:
    return [] if rate.value is None else [because("exchange_rate", rate.value, rate.source, rate.rule)]


# Money out


def cash_known(case: Case, movement: Movement) -> Money:
    """What of this transaction's money Zoho holds as paid out already."""
    prefix = f"cash:{movement.id}"
    known = [
        document
        for key, document in case.books.documents.items()
        if (key == prefix or key.startswith(f"{prefix}:")) and document.state == "done"
    ]
    if any(document.total is None for document in known):
        return movement.amount
    return total((document.total for document in known if document.total is not None), case.currency)


def cash(case: Case, movement: Movement, credit: Credit, amount: Money, number: int) -> Operation:
    """Money back out of one credit note or unapplied payment."""
    key = f"cash:{movement.id}" if number == 1 else f"cash:{movement.id}:{number}"
    when = dated(case, movement.transaction.processed_at, "transaction.processedAt")
    entry = accounts.gateway(case, movement.transaction.gateway)
    rate = money_rate(case, movement.transaction.amount, when.day)
    draft = CashDraft(
        key=key,
        source=Ref(credit.key),
        of_payment=credit.of_payment,
        amount=amount,
        exchange_rate=rate.value,
        dated=when.day,
        mode=entry.mode,
        from_account_id=accounts.refund_from(case, entry),
        reference_number=movement.id,
        description="\n".join(filter(None, (f"{case.order.name}, {_gateway_name(movement)}", when.note))),
    )
    source, gateway = f"transaction {movement.id}", f"gateway: {movement.transaction.gateway}"
    rule = "Money goes out of the refund's own credit, then out of what else the customer has, then as goodwill."
    why = (
        because("source", credit.key, source, rule),
        because("amount", amount, f"{source}.amountSet: {movement.amount}", movement.rule),
        when.reason(),
        because("mode", draft.mode, gateway, "Policy “gateways”."),
        because("from_account_id", draft.from_account_id, gateway, "Policy “gateways”, the account of refunds."),
        because("reference_number", draft.reference_number, source, "The transaction's id, to be found by."),
        because("description", draft.description, source, "Order and gateway."),
        *_rate_reason(rate),
    )
    kind = Kind.PAYMENT_REFUND if credit.of_payment else Kind.CASH
    return Operation(key, kind, draft, why, (movement.id,) if number == 1 else ())


def next_number(case: Case, movement: Movement) -> int:
    """The first number under which this transaction's cash is not in Zoho."""
    number = 1
    while case.done(f"cash:{movement.id}" if number == 1 else f"cash:{movement.id}:{number}") is not None:
        number += 1
    return number
