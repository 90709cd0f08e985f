"""Every name of the policy: what it means, which values it takes, and how JSON is read into it and written back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ml_connector.domain.policy import shapes

Read = Callable[[Any, str, list[str]], Any]
Write = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Field:
    """One name of the policy.

    Attributes:
        read: From JSON; takes the value, where it stands, and the list that problems are added to.
        write: Back to JSON.
        schema: JSON Schema of its values, without description and default.
    """

    help: str
    read: Read
    write: Write
    schema: Mapping[str, Any]


def _choice(text: str, *values: str) -> Field:
    return Field(text, shapes.choice(values), shapes.same, {"enum": list(values)})


def _flag(text: str) -> Field:
    return Field(text, shapes.flag, shapes.same, {"type": "boolean"})


def _text(text: str) -> Field:
    return Field(text, shapes.text, shapes.same, {"type": "string"})


def _maybe_text(text: str) -> Field:
    return Field(text, shapes.maybe(shapes.text), shapes.same, {"type": ["string", "null"]})


def _number(text: str, low: int, high: int, *, optional: bool = False) -> Field:
    kind: Any = ["integer", "null"] if optional else "integer"
    read = shapes.number(low, high)
    return Field(
        text,
        shapes.maybe(read) if optional else read,
        shapes.same,
        {"type": kind, "minimum": low, "maximum": high},
    )


FIELDS: Mapping[str, Field] = {
    "post_when": _choice("When an order becomes an invoice.", "created", "paid", "fulfilled"),
    "currency": _choice("Which of Shopify's two amounts documents are made in.", "presentment", "shop"),
    "unique_field": _text("API name of the custom field that holds our key and forbids duplicates."),
    "start_date": Field(
        "Orders processed before this day are only posted by an explicit backfill.",
        shapes.maybe(shapes.day),
        shapes.iso,
        {"type": ["string", "null"], "format": "date"},
    ),
    "gateways": Field(
        "Payment mode and accounts of each gateway, `gateway:CUR` for one currency, `*` for all others.",
        shapes.gateways,
        shapes.write_gateways,
        shapes.GATEWAYS_SCHEMA,
    ),
    "gateway_fees": _choice("Whether fees are recorded with payments into clearing accounts.", "off", "on"),
    "accounts": Field(
        "Accounts for what is no ordinary sale, by id or exact name.",
        shapes.accounts,
        shapes.write_accounts,
        shapes.ACCOUNTS_SCHEMA,
    ),
    "unknown_tax": _choice("What happens when no mapping fits a tax.", "match", "hold", "create"),
    "taxes": Field(
        "Which Zoho tax stands for which tax lines in which place.",
        shapes.tax_rules,
        shapes.write_tax_rules,
        shapes.TAXES_SCHEMA,
    ),
    "tax": _choice("How tax reaches Zoho.", "mapped", "lines", "adjustment"),
    "shipping": _choice("Whether shipping is a line or Zoho's shipping charge.", "line", "shipping_charge"),
    "shipping_item": _maybe_text("SKU of the Zoho item that stands for shipping."),
    "items": _choice("Whether lines are linked to Zoho items.", "link", "create", "text"),
    "invoice_number": _choice("Whose series numbers the invoices.", "zoho", "order"),
    "invoice_number_prefix": _text("Put before the order name when the order numbers the invoice."),
    "invoice_state": _choice("Whether new invoices are marked sent (never e-mailed) or stay drafts.", "sent", "draft"),
    "walk_in": _choice("Who buys when there is neither customer nor e-mail.", "shared", "own"),
    "contact_per_currency": _flag("A contact for each currency of a customer, because Zoho freezes it."),
    "customers": _choice("Which of Shopify's customers become contacts.", "all", "with_orders"),
    "customers_back": _choice("Whether changes made in Zoho go back to Shopify.", "off", "on"),
    "orphan_refund": _choice("A refund of an order that we did not invoice.", "hold", "credit_note"),
    "cancel_unpaid": _choice("How an unpaid cancelled order is taken back.", "void", "credit_note"),
    "locked_period": _choice("What happens to a document dated in a closed period.", "hold", "next_open_day"),
    "goodwill_tax": _choice("The tax of money given back without goods.", "as_shopify", "proportional"),
    "exclude": Field(
        "Rules that keep orders out of the books.",
        shapes.exclusions,
        shapes.write_exclusions,
        shapes.EXCLUDE_SCHEMA,
    ),
    "test_orders": _choice("Test orders.", "exclude", "post"),
    "po_number_field": _maybe_text("API name of the field for purchase order numbers; null: the notes."),
    "rounding_limit_units": _number("Largest rounding residue, in smallest units of the currency.", 0, 5),
    "freshness_minutes": _number("Minutes for which a contact seen in Zoho counts as existing.", 0, 10_080),
    "lag_minutes": _number("Minutes over which Zoho is asked before something counts as not there.", 1, 1_440),
    "retention_days": _number(
        "Days that raw deliveries and exchanges are kept; null: as installed.", 7, 3_650, optional=True
    ),
    "summary_hour": _number(
        "Hour of the day after at which a day's summary is made and sent; null: never by itself.", 0, 23, optional=True
    ),
    "summary_zone": Field(
        "Time zone of that hour and of the summary's days; null: the organisation's.",
        shapes.maybe(shapes.zone),
        shapes.same,
        {"type": ["string", "null"]},
    ),
    "summary_to": Field(
        "E-mail addresses that a summary goes to, besides those of the installation; commas between several.",
        shapes.addresses,
        list,
        {"type": "array", "items": {"type": "string", "format": "email"}},
    ),
}
