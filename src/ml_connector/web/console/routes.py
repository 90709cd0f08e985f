"""The addresses of the console: what is behind the login, and what stands before it."""

from __future__ import annotations

from collections.abc import Sequence

from litestar import Router
from litestar.di import Provide
from litestar.types import ControllerRouterHandler

from ml_connector.web.console import (
    beginning,
    connect,
    connections,
    customers,
    deliveries,
    live,
    login,
    needs_you,
    order,
    orders,
    people,
    summary,
    system,
    today,
    yours,
)
from ml_connector.web.console.guards import Asked, entrance, signed_in
from ml_connector.web.console.needs import ConsoleNeeds
from ml_connector.web.console.policy import POLICY_PAGES
from ml_connector.web.console.refusals import refusals
from ml_connector.web.console.static import static_file
from ml_connector.web.console.visit import Visit

PAGES: tuple[ControllerRouterHandler, ...] = (
    today.today,
    needs_you.needs,
    needs_you.start,
    needs_you.add,
    needs_you.stop,
    *POLICY_PAGES,
    deliveries.deliveries,
    deliveries.delivery,
    deliveries.body,
    summary.latest,
    summary.summary,
    summary.table,
    summary.ask_send,
    summary.send,
    connections.connections,
    connections.connection,
    connections.look,
    connections.ask_disconnect,
    connections.end,
    customers.customers,
    customers.customer,
    customers.settle,
    system.system,
    system.ask_rotate,
    system.rotate,
    connect.connect,
    beginning.post_first,
    beginning.ask_begin,
    beginning.begin,
    beginning.ask_pause,
    beginning.pause,
    people.people,
    people.add,
    people.link,
    people.disable,
    people.end_sessions,
    live.events,
    orders.orders,
    orders.look_up,
    orders.orders_csv,
    order.one_order,
    order.order_preview,
    order.attempt_of,
    order.sync_now,
    order.hold,
    order.exclude,
    order.keep,
    order.release,
    yours.you,
    yours.choose,
    yours.more,
    yours.logout,
)
"""Everything behind the login. A page that is not here does not exist."""

live.SOURCES.update(today=today.changing, order=order.changing, orders=orders.changing, connect=beginning.changing)

STRANGERS: tuple[ControllerRouterHandler, ...] = (
    login.login_page,
    login.login,
    login.first_run_page,
    login.first_run,
)
"""What somebody may see who is not signed in."""


def console_routes(needs: ConsoleNeeds) -> Sequence[ControllerRouterHandler]:
    """`/` and everything below it that belongs to people, for `Dependencies.routes`."""

    async def visit_of(request: Asked) -> Visit:
        return await Visit.of(needs, request)

    inside = Router(
        "/",
        route_handlers=list(PAGES),
        guards=[entrance(needs)],
        dependencies={"visit": Provide(visit_of)},
        exception_handlers=refusals(needs),
    )
    outside = Router(
        "/",
        route_handlers=list(STRANGERS),
        dependencies={"needs": Provide(lambda: needs, sync_to_thread=False)},
        exception_handlers=refusals(needs),
    )
    return [inside, outside, static_file]


async def may_connect(needs: ConsoleNeeds, request: Asked) -> bool:
    """Whether whoever sent *request* may start connecting a shop."""
    who = await signed_in(needs, request)
    return who is not None and who.may("admin")
