"""Custom fields: their definitions, their values on records, and the ones that forbid duplicates.

Source: Zoho Books API v3, custom fields and unique identifiers; Zoho Books help, preventing
duplicate values.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ml_connector.sandbox.http import Response
from ml_connector.sandbox.zoho.call import Call, Handler, Route
from ml_connector.sandbox.zoho.encoding import answer, success
from ml_connector.sandbox.zoho.organization import ENTITIES, Organization
from ml_connector.sandbox.zoho.records import CustomField, Document, Invoice
from ml_connector.sandbox.zoho.refusals import invalid_value, too_long, wrong_url

TEXT_LIMIT = 255


def read(org: Organization, entity: str, current: Mapping[str, str], sent: Any, record_id: str) -> dict[str, str]:
    """The values of a record after *sent*, a request's `custom_fields` array.

    Raises:
        Refusal: A value is too long, is not one of a dropdown's, or exists already in a field
            that forbids duplicates.
    """
    values = dict(current)
    if sent is None:
        return values
    if not isinstance(sent, list) or not all(isinstance(row, dict) for row in sent):
        raise invalid_value("custom_fields")
    for row in sent:
        definition = _named(org, entity, row)
        if definition is not None:
            values[definition.api_name] = _value(org, entity, definition, row.get("value"), record_id)
        elif org.switches.unknown_custom_field == "refuse":
            raise invalid_value("custom_fields")
    return {name: value for name, value in values.items() if value != ""}


def _named(org: Organization, entity: str, row: Mapping[str, Any]) -> CustomField | None:
    for definition in org.custom_fields[entity]:
        if (
            row.get("api_name") == definition.api_name
            or str(row.get("customfield_id", "")) == definition.customfield_id
            or row.get("index") == definition.index
            or row.get("label") == definition.label
        ):
            return definition
    return None


def _value(org: Organization, entity: str, definition: CustomField, value: Any, record_id: str) -> str:
    text = "" if value is None else str(value).strip()
    if len(text) > TEXT_LIMIT:
        raise too_long(definition.label, TEXT_LIMIT)
    if text and definition.values and text not in definition.values:
        raise invalid_value(definition.label)
    if text and definition.unique:
        holder = org.unique_values.get((entity, definition.api_name), {}).get(text)
        if holder not in (None, record_id):
            raise org.refusal("duplicate_field", value=text, field=definition.label)
    return text


def keep(org: Organization, entity: str, record_id: str, before: Mapping[str, str], after: Mapping[str, str]) -> None:
    """Remember which record holds which unique value; a deleted record's `after` is empty."""
    for definition in org.custom_fields[entity]:
        if not definition.unique:
            continue
        held = org.unique_values.setdefault((entity, definition.api_name), {})
        old, new = before.get(definition.api_name, ""), after.get(definition.api_name, "")
        if old and held.get(old) == record_id:
            del held[old]
        if new:
            held[new] = record_id


def entity_of(document: Document) -> str:
    """What the custom fields of a document belong to."""
    return "invoice" if isinstance(document, Invoice) else "creditnote"


def rendered(org: Organization, entity: str, values: Mapping[str, str]) -> dict[str, Any]:
    """`custom_fields` and `custom_field_hash` of a detail."""
    fields = []
    plain: dict[str, str] = {}
    for definition in org.custom_fields[entity]:
        value = values.get(definition.api_name, "")
        if value == "":
            continue
        fields.append(
            {
                "field_id": definition.customfield_id,
                "customfield_id": definition.customfield_id,
                "index": definition.index,
                "label": definition.label,
                "api_name": definition.api_name,
                "data_type": definition.data_type,
                "is_active": True,
                "show_on_pdf": False,
                "value": value,
                "value_formatted": value,
            }
        )
        plain[definition.api_name] = value
        plain[f"{definition.api_name}_unformatted"] = value
    return {"custom_fields": fields, "custom_field_hash": plain}


def upsert(entity: str, scope: str, path: str, create: Handler, update: Handler) -> Route:
    """`PUT /<module>` with unique identifier headers: 201 for a new record, 200 for a known one."""

    def handle(call: Call) -> Response:
        record_id = _holder(call, entity)
        if record_id is not None:
            call.ids = (record_id,)
            return update(call)
        if call.header("x-upsert").lower() != "true":
            raise call.org.refusal("no_unique_match")
        return create(call)

    return Route("PUT", path, scope, handle)


def _holder(call: Call, entity: str) -> str | None:
    name, value = call.header("x-unique-identifier-key"), call.header("x-unique-identifier-value")
    definition = next((d for d in call.org.custom_fields[entity] if d.api_name == name), None)
    if definition is None or not definition.unique:
        raise call.org.refusal("unknown_unique_field")
    if not value:
        raise invalid_value("X-Unique-Identifier-Value")
    return call.org.unique_values.get((entity, name), {}).get(value)


def _definition(definition: CustomField) -> dict[str, Any]:
    """A row of the definitions; that it forbids duplicates is not part of it."""
    row: dict[str, Any] = {
        "customfield_id": definition.customfield_id,
        "index": definition.index,
        "label": definition.label,
        "api_name": definition.api_name,
        "data_type": definition.data_type,
        "is_active": True,
    }
    if definition.values:
        row["values"] = [{"name": name, "order": n} for n, name in enumerate(definition.values, 1)]
    return row


def _all(call: Call) -> Response:
    """Every entity, whatever was asked for."""
    fields = {entity: [_definition(d) for d in call.org.custom_fields[entity]] for entity in ENTITIES}
    return success(customfields=fields)


def _of(entity: str) -> Handler:
    def handle(call: Call) -> Response:
        if entity not in call.org.custom_fields:
            raise wrong_url()
        return success(customfields=[_definition(d) for d in call.org.custom_fields[entity]])

    return handle


def saved() -> Response:
    """The answer to a change of nothing but custom fields."""
    return answer({"code": 0, "message": "Custom Fields Updated Successfully"})


ROUTES = [
    Route("GET", "/settings/customfields", "settings.READ", _all),
    *(Route("GET", f"/settings/customfields/{entity}", "settings.READ", _of(entity)) for entity in ENTITIES),
]
