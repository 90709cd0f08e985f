"""What one order costs, held: whoever adds a round trip or a call says so here."""

from __future__ import annotations

from tests.tables import NewDatabase

from ml_connector.bench import one_order


async def test_an_order_costs_no_more_questions_than_we_say(new_database: NewDatabase) -> None:
    url = new_database()

    costs = {each.case: each for each in await one_order.measure(url)}

    assert {each.verdict for each in costs.values()} == {"posted"}
    assert {case: each.zoho for case, each in costs.items() if case != "paid, a new customer"} == {
        "paid, a known customer": 3,
        "not paid, a known customer": 2,
        "looked at again, nothing changed": 0,
    }
    assert {each.shopify for each in costs.values()} == {1}
    assert costs["paid, a known customer"].trips <= 38
    assert costs["looked at again, nothing changed"].trips <= 14
