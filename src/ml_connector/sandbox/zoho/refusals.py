"""Zoho's refusals: HTTP status, code and message.

Where no source tells the code or the text, `READINGS` holds several believable answers and the
organisation's switch `reading` picks one, so that nobody comes to depend on our guess.

Source: Zoho Books API v3, errors; answers published by developers.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class Refusal(Exception):
    """Zoho refuses, and nothing was written."""

    def __init__(self, status: int, code: int, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(f"{status} {code} {message}")
        self.status = status
        self.code = code
        self.message = message
        self.headers = dict(headers or {})


def invalid_value(field: str) -> Refusal:
    """A field value that Zoho does not take."""
    return Refusal(400, 4, f"Invalid value passed for {field}")


def invalid_element(field: str) -> Refusal:
    """A field that this organisation's edition or settings do not have."""
    return Refusal(400, 8, f"Invalid Element {field}")


def too_long(field: str, limit: int) -> Refusal:
    """A text above its limit."""
    return Refusal(400, 15, f'Please ensure that the "{field}" has less than {limit} characters.')


def missing(sentence: str) -> Refusal:
    """A record that is not there, or no longer."""
    return Refusal(404, 1002, sentence)


def unauthorized() -> Refusal:
    """Expired token, foreign data centre, missing scope or role: Zoho does not say which."""
    return Refusal(401, 57, "You are not authorized to perform this operation")


def wrong_url() -> Refusal:
    """No such address."""
    return Refusal(404, 5, "Invalid URL Passed")


_Variant = tuple[int, int, str]

READINGS: Mapping[str, tuple[_Variant, ...]] = {
    "duplicate_number": (
        (400, 1001, 'Invoice number "{value}" already exists. Please specify a different number.'),
        (400, 4010, "The {document} number {value} already exists."),
        (400, 120303, "This {document} number already exists in your organization."),
    ),
    "duplicate_field": (
        (400, 120124, 'The value "{value}" already exists for the field {field}.'),
        (400, 4, "A record with the same {field} already exists. Duplicate values are not allowed."),
        (400, 120303, "{field} already exists."),
    ),
    "locked": (
        (400, 1097, "You cannot create or modify transactions dated on or before {day} since the books are locked."),
        (400, 120303, "The transaction date falls within a locked period. Please contact your accountant."),
        (400, 2006, "Transactions have been locked until {day}. Unlock them to make changes."),
    ),
    "inactive_item": (
        (400, 2003, "The item {value} is inactive. Please mark it as active to use it in transactions."),
        (400, 4, "Inactive item cannot be used in a transaction."),
    ),
    "inactive_contact": (
        (400, 3034, "The customer {value} is inactive."),
        (400, 4, "You cannot create transactions for an inactive contact."),
    ),
    "inactive_account": (
        (400, 1002, "The account {value} is inactive."),
        (400, 4, "Inactive account cannot be used in a transaction."),
    ),
    "payment_on_draft": (
        (400, 24017, "Payments cannot be recorded for draft invoices."),
        (400, 4, "You cannot record a payment for an invoice that is in draft status."),
    ),
    "payment_on_void": (
        (400, 24017, "Payments cannot be recorded for void invoices."),
        (400, 4, "You cannot record a payment for an invoice that is void."),
    ),
    "credit_on_draft": (
        (400, 12007, "Credits cannot be applied to draft invoices."),
        (400, 4, "Credits can be applied only to open invoices."),
    ),
    "over_application": (
        (400, 24016, "The amount entered is more than the balance due for the selected invoices."),
        (400, 4, "The amount entered is more than the balance due for the selected invoices."),
    ),
    "over_credit": (
        (400, 12003, "The amount entered is more than the credits available."),
        (400, 24016, "The amount applied is more than the unused credits of the selected record."),
    ),
    "over_refund": (
        (400, 12009, "The refund amount is more than the balance available."),
        (400, 4, "Refund amount cannot be greater than the unused amount."),
    ),
    "currency_mismatch": (
        (400, 4035, "The currency of the transaction is different from the currency of the customer."),
        (400, 4, "Invalid value passed for currency_id"),
    ),
    "currency_frozen": (
        (400, 3018, "You cannot change the currency of this contact since transactions have been recorded."),
        (400, 4, "Invalid value passed for currency_id"),
    ),
    "modify_closed": (
        (400, 1025, "{document} that is {status} cannot be edited."),
        (400, 4, "You cannot modify a {status} {document}."),
    ),
    "delete_applied": (
        (400, 1010, "{document} cannot be deleted because payments or credits have been applied to it."),
        (400, 4, "Remove the payments and credits applied before you delete this {document}."),
    ),
    "status_change": (
        (400, 1007, "The status of the {document} cannot be changed from {status}."),
        (400, 4, "Invalid status for this {document}."),
    ),
    "below_applied": (
        (400, 1029, "The total cannot be less than the payments and credits already applied."),
        (400, 4, "Invalid value passed for line_items"),
    ),
    "no_unique_match": (
        (404, 1002, "No record found for the given unique identifier."),
        (400, 120140, "Resource does not exist for the given X-Unique-Identifier-Value."),
    ),
    "unknown_unique_field": (
        (400, 4, "Invalid value passed for X-Unique-Identifier-Key"),
        (400, 120141, "The field given in X-Unique-Identifier-Key does not prevent duplicate values."),
    ),
    "negative_total": (
        (400, 4014, "The total amount of the {document} cannot be negative."),
        (400, 4, "Invalid value passed for total"),
    ),
    "organization_missing": (
        (400, 6041, "This user is not associated with the CompanyID/CompanyName:."),
        (400, 4001, "Invalid value passed for organization_id"),
        (400, 14, "Invalid value passed for organization_id"),
    ),
    "trial_over": (
        (400, 103001, "Your trial of Zoho Books is over. Please upgrade to a paid plan to enjoy our service."),
        (403, 103001, "Your trial of Zoho Books is over. Please upgrade to a paid plan to enjoy our service."),
        (401, 103001, "Your trial of Zoho Books is over. Please upgrade to a paid plan to enjoy our service."),
    ),
    "no_organization": (
        (400, 9017, "This user is not associated with any organization."),
        (401, 9017, "This user is not associated with any organization."),
    ),
    "garbage_token": (
        (401, 57, "You are not authorized to perform this operation"),
        (401, 14, "Invalid value passed for authtoken"),
    ),
    "deposit_account": (
        (400, 1002, "The account type is not supported for this transaction."),
        (400, 4, "Invalid value passed for account_id"),
    ),
    "exemption_required": (
        (400, 110815, "Please select a tax or an exemption for each line item."),
        (400, 4, "Invalid value passed for tax_id"),
    ),
    "in_use": (
        (400, 1040, "The {document} cannot be deleted as it is associated with transactions."),
        (400, 4, "This {document} is used in transactions and cannot be deleted."),
    ),
}


def read_as(reading: int, case: str, **values: Any) -> Refusal:
    """The refusal for *case* under one of its readings; *reading* counts from 0 and wraps."""
    variants = READINGS[case]
    status, code, text = variants[reading % len(variants)]
    return Refusal(status, code, text.format(**values))
