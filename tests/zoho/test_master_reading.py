"""Master data as Zoho tells them: what is asked, what is believed, and what is no absence."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from tests.zoho import reference
from tests.zoho.builders import (
    a_read,
    a_token,
    answer,
    refusal,
)
from tests.zoho.desk import ORGANISATIONS, ORGANISATIONS_IN_PST, UNAUTHORISED, Desk, rows_of

from ml_connector.domain.books import Edition, ZohoCurrency
from ml_connector.net import HttpResponse
from ml_connector.zoho import errors
from ml_connector.zoho.errors import ZohoTrouble
from ml_connector.zoho.limits import Allowance


async def test_the_organisation_is_read_from_list_and_detail():
    detail = {"organization": {"organization_id": "60041112223", "time_zone": "PST", "tax_settings": {}}}
    desk = Desk(answer(200, ORGANISATIONS), answer(200, detail))

    organisation = await desk.client.organisation()

    assert (organisation.edition, organisation.zone) == (Edition.UK, "America/Los_Angeles")
    assert desk.asked == ["/organizations", "/organizations/60041112223"]


@pytest.mark.parametrize(
    ("rows", "kind"), [([], errors.NoOrganisation), ([{"organization_id": "1"}], errors.WrongOrganisation)]
)
async def test_an_organisation_that_is_not_ours_is_said(rows: list[dict[str, Any]], kind: type[ZohoTrouble]):
    with pytest.raises(kind):
        await Desk(answer(200, {"organizations": rows})).client.organisation()


async def test_an_organisation_whose_day_cannot_be_known_is_refused():
    rows = [{"organization_id": "60041112223", "time_zone": "Mars/Olympus"}]

    with pytest.raises(errors.UnknownTimeZone, match="Mars/Olympus"):
        await Desk(answer(200, {"organizations": rows}), answer()).client.organisation()


async def test_organisations_can_be_listed_before_one_is_chosen():
    desk = Desk(answer(200, ORGANISATIONS), organization_id="")

    assert [each.name for each in await desk.client.organisations()] == ["Acme"]


async def test_a_group_is_asked_for_its_components():
    rows = reference.example("taxes")["taxes"]
    desk = Desk(answer(200, {"taxes": rows}), answer(200, reference.example("tax-group")))

    taxes = {tax.name: tax for tax in await desk.client.taxes()}

    assert [part.name for part in taxes["GST18"].components] == ["CGST9", "SGST9"]
    assert desk.asked[1] == "/settings/taxgroups/3917264000000014231"


async def test_an_edition_without_exemptions_has_none():
    assert await Desk(refusal(5, "Invalid URL Passed", 404)).client.exemptions() == ()


async def test_exemptions_accounts_and_currencies_are_read():
    exemptions = {"tax_exemptions": [{"tax_exemption_id": "1", "tax_exemption_code": "EXPORT"}]}
    desk = Desk(
        answer(200, exemptions),
        answer(200, reference.example("chartofaccounts")),
        answer(200, reference.example("bankaccounts")),
        answer(200, reference.example("currencies")),
        answer(200, reference.example("chartofaccounts")),
        answer(200, reference.example("bankaccounts")),
    )

    assert [each.code for each in await desk.client.exemptions()] == ["EXPORT"]
    assert len(await desk.client.accounts()) == 4
    assert set(await desk.client.currencies()) == {"INR", "USD", "JPY"}
    assert len(await desk.client.chart_of_accounts()) == 3
    assert len(await desk.client.bank_accounts()) == 1


async def test_custom_fields_are_asked_for_once_where_zoho_tells_all():
    desk = Desk(answer(200, reference.example("customfields")))

    fields = await desk.client.custom_fields() or ()

    assert {each.module for each in fields} == {"contact", "invoice"}


BARE = HttpResponse(404, {"content-type": "text/plain"}, b"404: Not Found")


@pytest.mark.parametrize("absent", [BARE, refusal(5, "Invalid URL Passed", 404), HttpResponse(501, {}, b"{}")])
async def test_what_this_zoho_does_not_tell_is_unknown_and_no_failure(absent: HttpResponse):
    assert await Desk(absent, absent).client.custom_fields() is None
    assert await Desk(absent).client.exemptions() == ()
    assert await Desk(absent).client.bank_accounts() == ()
    assert (await Desk(absent, absent).client.transaction_lock()).known is False
    assert (await Desk(answer(200, ORGANISATIONS_IN_PST), absent).client.organisation()).edition is Edition.UK


async def test_what_may_pass_is_never_taken_for_absence():
    away = HttpResponse(503, {}, b"<html>Service Unavailable</html>")

    with pytest.raises(errors.ReadFailed):
        await Desk(away).client.bank_accounts()


@pytest.mark.parametrize("needed", ["currencies", "taxes", "chart_of_accounts"])
async def test_what_every_posting_needs_is_not_taken_for_empty(needed: str):
    with pytest.raises(errors.UnexpectedReadAnswer):
        await getattr(Desk(BARE).client, needed)()


async def test_custom_fields_are_asked_for_each_module_where_zoho_tells_one():
    def only(api_name: str) -> HttpResponse:
        return answer(200, {"customfields": [{"api_name": api_name}]})

    nowhere = refusal(5, "Invalid URL Passed", 404)
    desk = Desk(only("cf_a"), only("cf_b"), nowhere, nowhere, only("cf_d"), only("cf_e"))

    fields = await desk.client.custom_fields() or ()

    assert {each.module: each.api_name for each in fields} == {
        "invoice": "cf_a",
        "contact": "cf_b",
        "creditnote": "cf_d",
        "item": "cf_e",
    }


async def test_the_day_s_figures_and_the_token_in_use_are_told():
    desk = Desk(answer(200, {}, x_rate_limit_remaining="7"), answer())

    assert desk.client.allowance is None
    await desk.client.call(a_read())
    await desk.client.call(a_read())

    assert desk.client.allowance == Allowance(None, 7, None)
    assert (await desk.client.token()).api_domain == "https://www.zohoapis.eu"


async def test_the_lock_is_asked_in_a_second_place_when_the_first_does_not_say():
    lock = {"transaction_lock_status": "enabled", "transaction_lock_date": "2026-09-30"}
    desk = Desk(refusal(5, "Invalid URL Passed", 404), answer(200, {"transaction_locks": [lock]}))

    assert (await desk.client.transaction_lock()).until == date(2026, 9, 30)


async def test_a_lock_that_nobody_tells_is_not_known():
    desk = Desk(answer(), refusal(999, "No", 400))

    read = await desk.client.transaction_lock()

    assert (read.until, read.known) == (None, False)
    assert read.reason


async def test_a_lock_that_the_user_may_not_see_is_not_known():
    twice = (UNAUTHORISED, UNAUTHORISED, answer(200, ORGANISATIONS))
    desk = Desk(*twice, *twice)
    desk.tokens.tokens = [a_token(), a_token("1000.second"), a_token("1000.third")]

    assert not (await desk.client.transaction_lock()).known


async def test_the_rate_of_a_day_is_read():
    desk = Desk(answer(200, {"exchange_rates": [{"effective_date": "2026-11-01", "rate": 84.35}]}))

    rate = await desk.client.exchange_rate(ZohoCurrency("66", "USD", 2), date(2026, 11, 20))

    assert rate == Decimal("84.35")
    assert desk.asked == ["/settings/currencies/66/exchangerates?from_date=2026-11-20"]


async def test_items_are_read_page_by_page_each_once():
    first = [{"item_id": "1", "sku": "A"}, {"item_id": "2", "sku": "B"}]
    second = [{"item_id": "2", "sku": "B"}, {"item_id": "3", "sku": "C"}]
    desk = Desk(rows_of("items", *first, more=True), rows_of("items", *second))

    assert {sku: item.id for sku, item in (await desk.client.items()).items()} == {"A": "1", "B": "2", "C": "3"}
    assert [url.split("&page=")[1] for url in desk.asked] == ["1&per_page=200", "2&per_page=200"]


async def test_a_list_that_never_ends_is_left_when_it_repeats_itself():
    desk = Desk(*[rows_of("items", {"item_id": "1", "sku": "A"}, more=True)] * 2)

    assert list(await desk.client.items()) == ["A"]


async def test_an_ignored_sku_filter_is_seen_and_proves_nothing():
    rows = ({"item_id": "1", "sku": "OTHER"}, {"item_id": "2", "sku": "LT-1"})

    ignored = await Desk(rows_of("items", *rows)).client.find_item("LT-1")
    applied = await Desk(rows_of("items", searched=("sku", "LT-1"))).client.find_item("LT-1")

    assert ([item.id for item in ignored.matches], ignored.searched) == (["2"], False)
    assert (applied.matches, applied.searched) == ((), True)


async def test_an_item_is_found_by_its_name_in_any_letter_case():
    desk = Desk(rows_of("items", {"item_id": "1", "name": "THROW"}, {"item_id": "2", "name": "Throw 2"}))

    found = await desk.client.find_item_named("Throw")

    assert found.only is not None
    assert found.only.id == "1"
