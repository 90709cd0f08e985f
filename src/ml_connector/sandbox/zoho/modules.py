"""What every kind of record has: a list that shows it and webhooks that tell of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ml_connector.sandbox.http import Response
from ml_connector.sandbox.zoho.call import Call
from ml_connector.sandbox.zoho.encoding import success
from ml_connector.sandbox.zoho.lists import Filters, Page, Row, find
from ml_connector.sandbox.zoho.organization import Organization


@dataclass(frozen=True)
class Module:
    """A kind of record.

    Attributes:
        name: Its collection, which is also the key of its list answers.
        root: The key of a single record and of a webhook's payload.
        entity: What workflow rules call it.
        id_key: The key of its id.
        row: Its row in a list; None once it is deleted.
        detail: The whole record.
        finish: What is added to the rows of a page.
    """

    name: str
    root: str
    entity: str
    id_key: str
    row: Callable[[Organization, str], Row | None]
    detail: Callable[[Organization, str], dict[str, Any]]
    filters: Filters
    finish: Callable[[Organization, Row], Row] | None = None

    def rows(self, org: Organization) -> list[Row]:
        """Its rows as lists see them now."""
        index = org.index(self.name, lambda record_id: self.row(org, record_id))
        return index.rows(org.clock())

    def changed(self, org: Organization, record_id: str, event: str) -> None:
        """A record was added, edited or deleted: update the list, tell who listens."""
        org.index(self.name, lambda wanted: self.row(org, wanted))
        org.touched(self.name, record_id)
        if org.automation.workflows and org.automation.listens(self.entity, event):
            payload = self._payload(org, record_id, event)
            org.automation.fire(self.entity, event, payload, org.clock(), org.switches, org.random)

    def _payload(self, org: Organization, record_id: str, event: str) -> dict[str, Any]:
        """The whole record, or after its deletion little more than the id."""
        if event == "delete":
            return {self.root: {self.id_key: record_id}}
        detail = self.detail(org, record_id)
        custom = detail.get("custom_field_hash", {})
        extra = webhook_extras(org, detail) if self.root == "invoice" else {}
        return {self.root: {**detail, **extra, **custom}}

    def list(self, call: Call) -> Response:
        """`GET /<module>`."""
        org = call.org
        names = custom_names(org, self.root) if org.switches.custom_field_filter else frozenset()
        page = find(self.rows(org), call.query, self.filters, custom_fields=names)
        if self.finish is not None:
            page.rows[:] = [self.finish(org, row) for row in page.rows]
        return paged(org, self.name, page)


_REGISTERED: dict[str, Module] = {}


def register(module: Module) -> Module:
    """Make a kind of record known by its name, to those below it."""
    _REGISTERED[module.name] = module
    return module


def changed(org: Organization, name: str, record_id: str, event: str) -> None:
    """A record of the module called *name* was added, edited or deleted."""
    _REGISTERED[name].changed(org, record_id, event)


def webhook_extras(org: Organization, detail: Mapping[str, Any]) -> dict[str, Any]:
    """What an invoice's payload has beyond `GET /invoices/{id}`."""
    contact = org.contacts.get(detail["customer_id"])
    if contact is None:
        return {}
    address = {key: value for key, value in contact.billing.items() if key != "address_id"}
    owed, unused = org.standing(contact.contact_id)
    return {
        "contact": {"customer_balance": owed, "credit_limit": 0, "unused_customer_credits": unused},
        "customer_default_billing_address": address,
    }


def custom_names(org: Organization, root: str) -> frozenset[str]:
    """The `cf_…` names of a kind of record."""
    entity = {"payment": "customer_payment"}.get(root, root)
    return frozenset(field.api_name for field in org.custom_fields.get(entity, ()))


def paged(org: Organization, key: str, page: Page) -> Response:
    """A list answer; the context may come in an array, and the criteria out of theirs."""
    context = page.context
    criteria = context.get("search_criteria")
    if criteria and org.switches.search_criteria_object:
        context["search_criteria"] = criteria[0]
    shown: Any = [context] if org.switches.page_context_array else context
    return success(**{key: page.rows, "page_context": shown})
