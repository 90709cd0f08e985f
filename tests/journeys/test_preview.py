"""What a preview shows is what is then sent, byte for byte, as Zoho received it."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from tests.journeys.world import World

from ml_connector.jobs.masters import forget_masters
from ml_connector.jobs.preview import preview
from ml_connector.sandbox.shopify import LineSpec, OrderSpec, ShippingSpec, TaxSpec
from ml_connector.sandbox.shopify.catalogue import person_in
from ml_connector.sandbox.zoho.requestlog import Entry
from ml_connector.store.values import dumps
from ml_connector.zoho.exact import encode_object

pytestmark = pytest.mark.asyncio(loop_scope="module")


def close(world: World, *, days: int) -> None:
    """Close the books up to so many days from today, as an accountant does."""
    today = datetime.now(UTC).date()
    world.companies.zoho.human(world.companies.organization).lock_until(today + timedelta(days=days))


def writes(entries: list[Entry]) -> list[tuple[str, str, dict[str, str], bytes]]:
    """What was sent to be written into the books, as Zoho received it."""
    return [
        (one.method, one.path.split("/books/v3", 1)[1], _without_organisation(one.query), one.body)
        for one in entries
        if one.method in ("POST", "PUT") and not re.search("/oauth/|/settings/", one.path)
    ]


def _without_organisation(query: tuple[tuple[str, str], ...]) -> dict[str, str]:
    return {name: value for name, value in query if name != "organization_id"}


def as_sent(operation: dict[str, Any], ids: dict[str, str]) -> tuple[str, str, dict[str, str], bytes]:
    """An operation of a preview, with the ids that Zoho has given meanwhile."""
    path, body = operation["path"], dumps(operation["body"])
    for key, zoho_id in ids.items():
        path, body = path.replace("{" + key + "}", zoho_id), body.replace(dumps({"$ref": key}), f'"{zoho_id}"')
    sent = b"" if not operation["body"] else encode_object(json.loads(body, parse_float=Decimal))
    return operation["method"], path, operation["query"], sent


async def test_what_is_sent_is_what_the_preview_showed(world: World) -> None:
    close(world, days=2)
    lines = (LineSpec(title="Pot", price=Decimal("39.00")), LineSpec(title="Tee", price=Decimal("3.33"), quantity=3))
    spec = OrderSpec(lines, person_in("DE"), taxes=(TaxSpec("MwSt", Decimal("0.19")),),
                     shipping=(ShippingSpec(Decimal("4.90")),))  # fmt: skip
    order = world.shop.place_order(spec)
    await world.at_rest()
    held = await world.verdict(order)
    close(world, days=-400)
    run = await world.app.runtimes.of(world.connection_id)
    await forget_masters(run)  # as when some minutes went by

    shown = await preview(world.subject(order).id, run)
    log = world.companies.zoho.log
    so_far = len(log)
    await world.knock(order)
    await world.at_rest()

    assert held == ("held", "period_locked")
    assert (shown["hold"], shown["more"]) == (None, False)
    assert await world.verdict(order) == ("posted", "")
    async with world.app.store.at_once() as tx:
        store = world.app.store
        documents = await store.documents.of_order(tx, world.connection_id, world.subject(order).id)
        contacts = await store.contacts.of(tx, world.connection_id, [shown["operations"][0]["key"]])
    ids = {key: one.zoho_id for key, one in documents.items()} | {key: one.contact_id for key, one in contacts.items()}
    assert [as_sent(each, ids) for each in shown["operations"]] == writes(list(log)[so_far:])
