"""The decision: an order, the policy and the books, and what Zoho must be told."""

from __future__ import annotations

from ml_connector.domain.books import Books
from ml_connector.domain.documents import Plan
from ml_connector.domain.order import Order
from ml_connector.domain.outcome import Excluded, Hold
from ml_connector.domain.plan.case import Case, LeftOut, Prepare, Stopped
from ml_connector.domain.plan.deciding import decide
from ml_connector.domain.policy import Policy

__all__ = ["plan_order"]


def plan_order(order: Order, policy: Policy, books: Books) -> Plan | Hold | Excluded:
    """Say what Zoho must be told so that its books agree with *order*.

    Reads only its arguments: the same three values give the same plan. So a plan can be shown before it is carried
    out, and made again after a crash.

    Returns:
        A `Plan`, empty when the books already agree, with `more` when master data has to be made first; a `Hold` when
        a person must decide; `Excluded` when a rule keeps the order out. A hold is an answer, not an error.
    """
    case = Case(order, policy, books)
    try:
        return decide(case)
    except Stopped as stopped:
        return Hold(stopped.reason)
    except LeftOut as left_out:
        return Excluded(left_out.reason)
    except Prepare as prepare:
        return Plan(prepare.operations, case.money(order.totals.total_price), more=True)
