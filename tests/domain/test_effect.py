"""What another policy would make of an order, and what is kept of an order to find that out."""

from __future__ import annotations

from dataclasses import replace

from tests.domain.builders import HOME, Till, a_policy, an_order, books_holding

from ml_connector.domain.effect import SOMEBODY, Changed, difference, without_people
from ml_connector.domain.order import Customer, PurchasingCompany
from ml_connector.domain.plan import plan_order
from ml_connector.domain.policy import Accounts, Exclusion


def test_a_policy_that_changes_nothing_makes_no_difference():
    order = an_order()

    assert difference(order, a_policy(), a_policy(summary_hour=9), books_holding()) is None


def test_an_order_that_a_new_rule_keeps_out_is_told_with_both_results():
    order = an_order(tags=("staff",))
    after = a_policy(exclude=(Exclusion("Tag staff", tag="staff"),))

    found = difference(order, a_policy(), after, books_holding())

    assert found is not None
    assert found.before == "Posted, GBP 118.00."
    assert found.after == "Excluded: Excluded by rule “Tag staff”."
    assert found.changes == ()


def test_an_order_that_would_wait_for_an_account_is_told_as_held():
    order = an_order(Till().line("118.00").tip("2.00").placed().pay())

    found = difference(order, a_policy(), a_policy(accounts=Accounts()), books_holding())

    assert found is not None
    assert found.after.startswith("Held: ")


def test_the_first_fields_that_differ_are_told():
    after = a_policy(gateways={"*": replace(a_policy().gateways["*"], mode="cash")})

    found = difference(an_order(), a_policy(), after, books_holding())

    assert found is not None
    assert found.before == found.after
    assert Changed("Payment, mode", "others", "cash") in found.changes


def test_a_step_that_is_left_out_is_told():
    found = difference(an_order(), a_policy(), a_policy(invoice_state="draft"), books_holding())

    assert found is not None
    assert Changed("Mark sent", "made", "not made") in found.changes


def test_a_step_that_is_added_is_told():
    found = difference(an_order(), a_policy(invoice_state="draft"), a_policy(), books_holding())

    assert found is not None
    assert Changed("Mark sent", "not made", "made") in found.changes


def test_a_tax_that_would_be_made_first_is_told():
    order = an_order(Till().line("118.00", rates=(("Luxury", "0.33"),)).placed().pay())

    found = difference(order, a_policy(unknown_tax="hold"), a_policy(unknown_tax="create"), books_holding())

    assert found is not None
    assert found.before.startswith("Held: ")
    assert found.after == "Posted, after a tax or an item was made in Zoho."


def test_an_invoice_that_comes_later_is_nothing_yet():
    order = an_order(Till().line("118.00").placed())

    found = difference(order, a_policy(), a_policy(post_when="paid"), books_holding())

    assert found is not None
    assert found.after == "Nothing is posted yet."


def test_what_is_kept_of_an_order_names_nobody_and_plans_the_same():
    company = PurchasingCompany("gid://shopify/Company/1", "Lovelace Ltd", "gid://shopify/CompanyLocation/2", "Ockham",
                                tax_registration_id="GB123")  # fmt: skip
    order = an_order(
        note="Ring twice, Ada", phone="+44 1", attributes=(("For", "Ada"),), company=company, po_number="Ada 7",
        retail_location_address=HOME,
    )  # fmt: skip

    kept = without_people(order)

    assert not any(
        word in repr(kept) for word in ("Ada", "Lovelace", "example.com", "+44", "GB123", HOME.address1 or "?")
    )
    assert (kept.email, kept.customer.email if kept.customer else None) == (SOMEBODY, SOMEBODY)
    assert kept.totals == order.totals
    was, now = plan_order(order, a_policy(), books_holding()), plan_order(kept, a_policy(), books_holding())
    assert type(was) is type(now)


def test_a_guest_without_an_address_stays_one():
    kept = without_people(an_order(customer=None, email=None, billing_address=None, shipping_address=None))

    assert (kept.customer, kept.company, kept.email, kept.billing_address) == (None, None, None, None)
    assert without_people(an_order(customer=Customer("gid://shopify/Customer/1"))).customer is not None
