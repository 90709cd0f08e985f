"""A request to Zoho and its answer, as values that can be stored, shown and compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ml_connector.zoho.exact import Json, decode_object, encode_object, inner, rows, text
from ml_connector.zoho.limits import Allowance


@dataclass(frozen=True, slots=True)
class ZohoRequest:
    """One call, complete but for host, organisation and token, which are the connection's.

    What is stored with an intent, shown by a preview and sent are these same bytes.
    """

    method: str
    path: str
    """`/invoices`, below `/books/v3`."""
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    key: str = ""
    """The stable key of the document that this makes; empty for questions."""
    subject: str = "this"
    """What it is about, in a person's words: `the invoice for #1001`."""
    upsert: bool = False
    """Whether Zoho tells by 201 and 200 if it added or changed a record."""
    scoped: bool = True
    """Whether `organization_id` goes with it: everything but the list of organisations."""
    unresolved: tuple[str, ...] = ()
    """Keys whose Zoho ids are not known yet. Such a request can be shown, never sent."""
    private: bool = False
    """Whether its body or its answer holds a secret; then neither is ever recorded."""

    @property
    def writes(self) -> bool:
        return self.method != "GET"

    @property
    def json(self) -> Json:
        """The body as a value, for showing; empty when there is none."""
        return decode_object(self.body) if self.body else {}


@dataclass(frozen=True, slots=True)
class Answer:
    """A success of Zoho's, understood."""

    body: Json
    """The whole answer."""
    created: bool
    """201: a record was added. An upsert that answers 200 found one that existed."""
    allowance: Allowance | None = None

    @property
    def message(self) -> str:
        return text(self.body, "message")

    def record(self, *names: str) -> Json:
        """The object under the first of *names* that is there; empty when none is."""
        return next((found for name in names if (found := inner(self.body, name))), {})

    def list(self, *names: str) -> list[Json]:
        """The rows under the first of *names* that is there."""
        return rows(self.body, *names)

    @property
    def more(self) -> bool:
        """Whether a list goes on. `page_context` is an object or, in the documents, an array of one."""
        return text(inner(self.body, "page_context"), "has_more_page").lower() == "true"

    def applied(self, column: str, value: str) -> bool | None:
        """Whether Zoho says that it searched *column* for *value*; None when it does not say what it searched.

        Unknown filters are ignored in silence, so a list may simply be everything.
        """
        if not _criteria(self.body):
            return None
        return any(
            text(each, "column_name") == column and text(each, "search_text").casefold() == value.casefold()
            for each in _criteria(self.body)
        )

    def searched(self, value: str) -> bool:
        """Whether Zoho says that it searched some column for *value*; for values that are like no other."""
        return any(text(each, "search_text").casefold() == value.casefold() for each in _criteria(self.body))


def _criteria(body: Json) -> list[Json]:
    """The filters that Zoho says it applied: a list, or one object for one filter."""
    context = inner(body, "page_context")
    only = context.get("search_criteria")
    return [only] if isinstance(only, dict) else rows(context, "search_criteria")


def body_of(value: Json) -> bytes:
    """The bytes that are sent for *value*."""
    return encode_object(value)
