"""The choices of one organisation: its preferences in Zoho, and the readings of what is undocumented.

Every name is settable through `POST /_sandbox/settings` and `Organisation.switch`.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any


@dataclass(slots=True)
class Switches:
    """Preferences, readings and limits of an organisation.

    Attributes:
        reading: Which of several believable answers is given where no source tells (see
            `refusals.READINGS`); counts from 0 and wraps.
        tax_rounding: `entity_level` (once per tax) or `item_level` (once per line).
        transaction_rounding_type: `no_rounding`, or anything else for whole units.
        inclusive_totals: Whether `item_total` and `sub_total` of an inclusive document are
            `gross` or `net`.
        discount_remainder: Which line takes what is left of a spread discount: `last` or `largest`.
        shipping_follows_inclusive: Whether `shipping_charge` of an inclusive document includes tax.
        shipping_tax: Whether `shipping_charge_tax_id` counts: `india`, `everywhere` or `never`.
        auto_numbers: Whether Zoho numbers invoices and credit notes itself.
        duplicate_contact_names: The preference that allows a display name twice.
        names_ignore_case: Whether unique names are compared without letter case.
        multi_currency_contacts: Whether a document may differ from its contact's currency.
        currency_mismatch: Otherwise: `contact` (the document silently takes the contact's
            currency) or `refuse`.
        inherit_item_tax: Whether a line that names no tax takes its item's or its contact's.
        exemption_required: Whether a registered organisation refuses a line without tax.
        negative_rates: Whether a line may have a rate below zero.
        long_line_names: `refuse` (code 15) or `cut`.
        edit_sent: Whether a sent invoice may be edited.
        creditnote_invoice_applies: Whether `POST /creditnotes?invoice_id=` applies the credit too.
        creditnote_extras: Whether adjustment and shipping on credit notes count; else ignored.
        creditnote_html: Whether `GET /creditnotes/{id}` is HTML unless JSON is asked for (the
            documented default of its parameter `accept`).
        payment_modes_closed: Whether only the seven documented payment modes are taken.
        payments_key: The key of payment lists: `customerpayments` or `customer_payments`.
        payment_reference_limit: Characters of a payment's `reference_number`: 50 or 100.
        liability_deposits: Whether a liability account can receive payments and pay refunds.
        credits_need_update: Whether applying credits needs the UPDATE scopes too.
        unknown_body_keys: `ignore` or `refuse` (code 8).
        unknown_custom_field: `ignore` or `refuse`.
        currency_code_accepted: Whether `currency_code` works where `currency_id` is documented.
        sku_filter: Whether `GET /items?sku=` filters.
        custom_field_filter: Whether `?cf_x=` filters lists; `custom_field` always does.
        list_lag_s: Seconds until lists and searches show a write.
        page_context_array: Whether `page_context` is a one-element array.
        search_criteria_object: Whether `search_criteria` is an object instead of an array.
        numbers_as_text: Whether tax amounts and exchange rates come as strings.
        booleans_as_text: Whether the organisation's flags come as strings.
        missing_organization: What an absent `organization_id` gets: `refuse`, or `default` (some
            organisation of the user answers).
        bulk: Whether a bulk status call with one impossible id changes the others: `partial` or
            `all_or_nothing`.
        trial_over: Whether every call is refused with 103001.
        minute_limit, day_limit, in_flight_limit: Calls; the day's figure follows the plan.
        minute_window: `rolling` (any 60 seconds) or `calendar` (from :00 to :59).
        settings_spacing_s: Seconds that webhook and workflow settings want between two calls.
        minute_block: Calls in a minute that bring the one-hour block (code 43).
        webhook_day_limit: Deliveries a day.
        webhook_form: Whether deliveries are urlencoded with one field `JSONString`.
        webhook_drop, webhook_duplicate: Probabilities, 0 to 1.
        latency_s: Seconds that every answer takes.
    """

    reading: int = 0
    tax_rounding: str = "entity_level"
    transaction_rounding_type: str = "no_rounding"
    inclusive_totals: str = "gross"
    discount_remainder: str = "last"
    shipping_follows_inclusive: bool = True
    shipping_tax: str = "india"
    auto_numbers: bool = True
    duplicate_contact_names: bool = False
    names_ignore_case: bool = True
    multi_currency_contacts: bool = False
    currency_mismatch: str = "contact"
    inherit_item_tax: bool = True
    exemption_required: bool = False
    negative_rates: bool = False
    long_line_names: str = "refuse"
    edit_sent: bool = True
    creditnote_invoice_applies: bool = False
    creditnote_extras: bool = False
    creditnote_html: bool = False
    payment_modes_closed: bool = True
    payments_key: str = "customerpayments"
    payment_reference_limit: int = 50
    liability_deposits: bool = False
    credits_need_update: bool = False
    unknown_body_keys: str = "ignore"
    unknown_custom_field: str = "ignore"
    currency_code_accepted: bool = False
    sku_filter: bool = True
    custom_field_filter: bool = False
    list_lag_s: float = 0.0
    page_context_array: bool = False
    search_criteria_object: bool = False
    numbers_as_text: bool = False
    booleans_as_text: bool = False
    missing_organization: str = "refuse"
    bulk: str = "partial"
    trial_over: bool = False
    minute_limit: int = 100
    day_limit: int = 2000
    in_flight_limit: int = 10
    minute_window: str = "rolling"
    settings_spacing_s: float = 0.5
    minute_block: int = 1100
    webhook_day_limit: int = 1000
    webhook_form: bool = False
    webhook_drop: float = 0.0
    webhook_duplicate: float = 0.0
    latency_s: float = 0.0

    def set(self, **values: Any) -> None:
        """Change some of them.

        Raises:
            ValueError: A name is unknown, or a value is of another kind.
        """
        for name, value in values.items():
            if name not in _NAMES:
                raise ValueError(f"no switch is called {name}")
            setattr(self, name, _like(getattr(self, name), value, name))


_NAMES = frozenset(switch.name for switch in fields(Switches))


def _like(current: Any, value: Any, name: str) -> Any:
    if isinstance(current, bool) or isinstance(value, bool):
        if isinstance(current, bool) and isinstance(value, bool):
            return value
        raise ValueError(f"{name} takes {type(current).__name__}, not {value!r}")
    if isinstance(current, float) and isinstance(value, int | float):
        return float(value)
    if isinstance(value, type(current)):
        return value
    raise ValueError(f"{name} takes {type(current).__name__}, not {value!r}")
