"""How any field is answered: cut out of a view, looked up, or paged.

Fields that compute something are in `queries` and `mutations`; everything else is here.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias

from graphql import (
    GraphQLNonNull,
    GraphQLResolveInfo,
    get_named_type,
    get_nullable_type,
    is_abstract_type,
    is_enum_type,
    is_list_type,
)

from ml_connector.sandbox.shopify.access import FIELD_SCOPES, granted, sentence
from ml_connector.sandbox.shopify.connections import page, whole
from ml_connector.sandbox.shopify.errors import Refused, access_denied
from ml_connector.sandbox.shopify.money import NOTHING, Currencies
from ml_connector.sandbox.shopify.shop import Shop
from ml_connector.sandbox.shopify.views import Ref, View, money_bag


@dataclass
class Session:
    """Who asks: through which app, with which scopes, at which version.

    Attributes:
        hidden: Fields this app is not approved to see (`Customer.email`): null and an error.
        base_url: Where the sandbox can be reached, for addresses in answers.
        whole_lists: A bulk operation asks: lists are not paged.
        execute: Runs another document as the same asker; for bulk operations.
        warnings: What searches complained about, for the answer's extensions.
    """

    shop: Shop
    client_id: str
    scopes: Collection[str]
    version: str
    now: datetime
    hidden: Collection[str] = ()
    leave: Callable[[], None] = lambda: None
    base_url: str = "https://sandbox.invalid"
    whole_lists: bool = False
    execute: Callable[[str], View | None] = lambda document: None
    warnings: list[dict[str, Any]] = field(default_factory=list)


Info: TypeAlias = GraphQLResolveInfo[Any]

Resolver: TypeAlias = Callable[[Session, dict[str, Any], Info], Any]


def check_access(session: Session, type_name: str, name: str) -> None:
    """Refuse what the token's scopes do not reach, or the app is not approved for.

    Raises:
        Refused: With the sentence Shopify says.
    """
    wanted = FIELD_SCOPES.get((type_name, name))
    if wanted is not None and not granted(session.scopes, wanted):
        raise access_denied(name, sentence(wanted))
    if f"{type_name}.{name}" in session.hidden:
        raise Refused(
            f"This app is not approved to use the {name} field. See https://partners.shopify.com/"
            "1/apps/1/customer_data for more details.",
            "ACCESS_DENIED",
            documentation="https://shopify.dev/api/usage/access-scopes",
            requiredAccess="",
        )


def check_type(session: Session, type_name: str) -> None:
    """Refuse a whole type that the app is not approved to see."""
    if type_name in session.hidden:
        raise Refused(
            f"This app is not approved to access the {type_name} object. See https://partners."
            "shopify.com/1/apps/1/customer_data for more details.",
            "ACCESS_DENIED",
            documentation="https://shopify.dev/api/usage/access-scopes",
            requiredAccess="",
        )


def resolve_field(source: View, info: Info, **arguments: Any) -> Any:
    """The default resolver of the whole schema."""
    session: Session = info.context
    check_access(session, info.parent_type.name, info.field_name)
    check_type(session, get_named_type(info.return_type).name)
    value = _value(source, info.field_name, arguments)
    if isinstance(value, Ref):
        value = session.shop.view(value)
    if get_named_type(info.return_type).name.endswith("Connection"):
        return _connection(session, source, info, value, arguments)
    if value is None and isinstance(info.return_type, GraphQLNonNull):
        return _absent(session, source, info)
    if isinstance(value, list):
        return _some(session, value, arguments)
    return value


def _value(source: View, name: str, arguments: dict[str, Any]) -> Any:
    if name != "metafield":
        return source.get(name)
    wanted = (arguments.get("namespace") or "custom", arguments["key"])
    known = source.get("metafields") or ()
    return next((one for one in known if (one["namespace"], one["key"]) == wanted), None)


def _connection(session: Session, source: View, info: Info, value: Any, arguments: dict[str, Any]) -> View:
    if isinstance(value, dict):
        return value
    found = [session.shop.view(one) if isinstance(one, Ref) else one for one in value or ()]
    nodes = [node for node in found if node is not None]
    if info.field_name == "shippingLines" and not arguments.get("includeRemovals"):
        nodes = [node for node in nodes if not node.get("isRemoved")]
    if arguments.get("reverse"):
        nodes.reverse()
    if session.whole_lists:
        return whole(nodes)
    return page(nodes, arguments)


def _some(session: Session, value: list[Any], arguments: dict[str, Any]) -> list[Any]:
    """A plain list, cut to `first` where that is asked for."""
    found = [session.shop.view(one) if isinstance(one, Ref) else one for one in value]
    return found[: arguments["first"]] if arguments.get("first") is not None else found


def _absent(session: Session, source: View, info: Info) -> Any:
    """Something for a field that must not be null and that an imported document leaves out."""
    kind = get_nullable_type(info.return_type)
    if is_list_type(kind):
        return []
    name = get_named_type(kind).name
    if name == "MoneyBag":
        return _no_money(session, source)
    plain = {"Boolean": False, "Int": 0, "String": "", "UnsignedInt64": "0", "Float": 0.0}
    if is_enum_type(kind):
        return next(iter(kind.values))
    return plain.get(name)


def _no_money(session: Session, source: View) -> View:
    shop = source.get("currencyCode") or session.shop.settings.currency
    return money_bag(NOTHING, Currencies(shop, source.get("presentmentCurrencyCode") or shop))


def type_of(value: Any, info: Info, abstract: Any) -> str | None:
    """Which type a value of an interface or union is: it says so itself."""
    assert is_abstract_type(abstract)
    return value.get("__typename") if isinstance(value, dict) else None
