"""The client against a Zoho with state: the journey of an order, and what goes wrong on the way."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from urllib.parse import parse_qsl, urlsplit

import pytest
from tests.zoho.builders import (
    CONTACT_KEY,
    FIELD,
    INVOICE_KEY,
    a_contact,
    a_credit_note,
    a_line,
    a_payment,
    a_refund,
    an_application,
    an_invoice,
    gbp,
)
from tests.zoho.sandbox import Shop, a_client, a_shop, in_process

from ml_connector.domain.books import Edition
from ml_connector.domain.documents import (
    AddressDraft,
    Draft,
    Expected,
    ExpectedTax,
    InvoiceDraft,
    ItemDraft,
    Ref,
    StatusDraft,
    TaxDraft,
)
from ml_connector.domain.money import Money
from ml_connector.domain.order import Address
from ml_connector.net import HttpRequest
from ml_connector.net.aiohttp_sender import AiohttpSender
from ml_connector.sandbox.http import serve
from ml_connector.sandbox.zoho import faults
from ml_connector.zoho import errors, oauth, oauth_errors
from ml_connector.zoho.compare import balance_difference, differences
from ml_connector.zoho.made import Made, made
from ml_connector.zoho.requests import mark_sent_together, request_for
from ml_connector.zoho.told import CREDIT_NOTE, INVOICE, PAYMENT, Told


async def _do(shop: Shop, draft: Draft, told: Told) -> tuple[Made, Told]:
    """Carry out one draft, compare it, and know its id afterwards."""
    answer = await shop.client.call(request_for(draft, told))
    made_ = made(draft, answer.body)
    assert differences(draft, answer.body, told) == ()
    shop.time.forward(1)
    return made_, told.adding(draft.key, made_.zoho_id, made_.line_ids) if made_.zoho_id else told


async def _invoice(shop: Shop, **changes: object) -> InvoiceDraft:
    """A draft that fits the organisation: 2 × 50.00 and 20 % on top."""
    currencies = await shop.client.currencies()
    taxes = {tax.name: tax for tax in await shop.client.taxes()}
    accounts = {account.name: account for account in await shop.client.accounts()}
    tax = next(tax for tax in taxes.values() if tax.percentage == 20 and not tax.components)
    line = a_line(tax_id=tax.id, account_id=accounts["Sales"].id)
    expected = Expected(gbp("120.00"), (ExpectedTax(tax.id, gbp("20.00")),))
    draft = an_invoice(currency_id=currencies["GBP"].id, lines=(line,), expected=expected)
    return replace(draft, **changes)  # type: ignore[arg-type]


async def _with_contact(shop: Shop) -> Told:
    currencies = await shop.client.currencies()
    _, told = await _do(shop, a_contact(currency_id=currencies["GBP"].id), await shop.told())
    return told


async def test_an_order_from_contact_to_refund_agrees_to_the_cent():
    shop = a_shop()
    told = await _with_contact(shop)
    draft = await _invoice(shop)
    bank = next(account.id for account in await shop.client.accounts() if account.name == "Shopify Clearing")

    invoice, told = await _do(shop, draft, told)
    await _do(shop, StatusDraft("sent:1", Ref(draft.key), "sent"), told)
    await _do(shop, a_payment(account_id=bank), told)
    line = replace(draft.lines[0], quantity=Decimal(1), invoice_ref=Ref(draft.key), sold_position=0)
    tax = ExpectedTax(draft.expected.taxes[0].tax_id, gbp("10.00"))
    note = a_credit_note(currency_id=draft.currency_id, lines=(line,), expected=Expected(gbp("60.00"), (tax,)))
    credited, told = await _do(shop, note, told)
    await _do(shop, a_refund(source=Ref(note.key), from_account_id=bank), told)

    assert (await shop.client.invoice(invoice.zoho_id)).status == "paid"
    (payment,) = await shop.client.invoice_payments(invoice.zoho_id)
    assert payment.amount == 120
    (refund,) = await shop.client.credit_note_refunds(credited.zoho_id)
    assert refund.amount == 60
    assert (await shop.client.credit_note(credited.zoho_id)).unused == gbp("0.00")
    assert shop.company.books(shop.org).net_by_account()["Shopify Clearing"] == Decimal("60.00")
    assert shop.org.mails == []


async def test_a_second_upsert_with_the_same_key_finds_the_first():
    shop = a_shop()
    told = await _with_contact(shop)
    request = request_for(await _invoice(shop), told)

    first, second = await shop.client.call(request), await shop.client.call(request)

    assert (first.created, second.created) == (True, False)
    assert len(shop.org.invoices) == 1


async def test_a_lost_answer_is_found_again_by_its_mark_and_by_its_reference():
    shop = a_shop()
    told = await _with_contact(shop)
    draft = await _invoice(shop)
    shop.company.faults.add(faults.make("commit_then_no_answer", method="PUT", path="/invoices"))

    with pytest.raises(errors.AnswerLost):
        await shop.client.call(request_for(draft, told))

    found = await shop.client.look_up(INVOICE, INVOICE_KEY, unique_field=FIELD, reference="#1001")
    assert found.only is not None
    assert (found.only.total, found.only.key) == (gbp("120.00"), INVOICE_KEY)
    assert (await shop.client.find_invoices("#1001", told.ids[CONTACT_KEY])).searched


async def test_a_lost_answer_that_was_not_written_is_not_found():
    shop = a_shop()
    told = await _with_contact(shop)
    draft = await _invoice(shop)
    shop.company.faults.add(faults.make("no_answer_before_commit", method="PUT", path="/invoices"))

    with pytest.raises(errors.AnswerLost):
        await shop.client.call(request_for(draft, told))

    found = await shop.client.look_up(INVOICE, INVOICE_KEY, unique_field=FIELD, reference="#1001")
    assert (found.matches, found.searched) == ((), True)


@pytest.mark.parametrize("filters", [True, False])
async def test_a_payment_and_a_credit_note_are_found_whether_or_not_the_mark_can_be_searched(filters: bool):
    shop = a_shop()
    shop.switch(custom_field_filter=filters)
    told = await _with_contact(shop)
    draft = await _invoice(shop)
    bank = next(account.id for account in await shop.client.accounts() if account.name == "Shopify Clearing")
    _, told = await _do(shop, draft, told)
    await _do(shop, StatusDraft("sent:1", Ref(draft.key), "sent"), told)
    payment = a_payment(account_id=bank)
    note = a_credit_note(currency_id=draft.currency_id, lines=draft.lines, expected=draft.expected, invoice=None)
    await _do(shop, payment, told)
    await _do(shop, note, told)

    paid = await shop.client.look_up(PAYMENT, payment.key, unique_field=FIELD, reference="5")
    noted = await shop.client.look_up(CREDIT_NOTE, note.key, unique_field=FIELD, reference="#1001-R1")

    assert [len(paid.matches), len(noted.matches)] == [1, 1]


@pytest.mark.parametrize(
    "switches",
    [
        {"page_context_array": True, "numbers_as_text": True, "booleans_as_text": True},
        {"search_criteria_object": True, "creditnote_html": True},
        {"tax_rounding": "item_level", "inclusive_totals": "net"},
        {"unknown_body_keys": "refuse", "unknown_custom_field": "refuse"},
        {"missing_organization": "default", "minute_window": "calendar"},
        {"credits_need_update": True, "payment_reference_limit": 100},
    ],
)
async def test_every_reading_of_what_is_undocumented_is_lived_with(switches: dict[str, object]):
    shop = a_shop()
    shop.switch(**switches)
    told = await _with_contact(shop)
    draft = await _invoice(shop)

    invoice, told = await _do(shop, draft, told)
    tied = replace(draft.lines[0], invoice_ref=Ref(draft.key), sold_position=0)
    note, _ = await _do(
        shop, a_credit_note(currency_id=draft.currency_id, lines=(tied,), expected=draft.expected), told
    )

    organisation = await shop.client.organisation()
    assert (organisation.currency, organisation.edition, organisation.active) == ("GBP", Edition.UK, True)
    assert (await shop.client.invoice(invoice.zoho_id)).total == gbp("120.00")
    assert (await shop.client.credit_note(note.zoho_id)).total == gbp("120.00")
    assert (await shop.client.find_invoices("#1001")).searched


async def test_a_contact_is_found_by_mail_by_name_by_mark_and_by_id():
    shop = a_shop()
    shop.switch(custom_field_filter=True)
    told = await _with_contact(shop)
    contact_id = told.ids[CONTACT_KEY]

    by_mail = await shop.client.contacts_by_email("ADA@mail.example")
    by_name = await shop.client.contacts_named("ada byron")
    by_mark = await shop.client.contact_by_mark(FIELD, CONTACT_KEY)
    known = await shop.client.contact(contact_id)

    assert [found.only and found.only.id for found in (by_mail, by_name, by_mark)] == [contact_id] * 3
    assert known.billing is not None
    assert (known.billing.country, known.email) == ("United Kingdom", "ada@mail.example")
    assert [each.id for each in await shop.client.contacts_changed_since(shop.time().replace(hour=0))] == [contact_id]


async def test_a_name_that_is_taken_says_so_and_the_fallback_is_free():
    from ml_connector.zoho.requests import contact

    shop = a_shop()
    await _with_contact(shop)
    currencies = await shop.client.currencies()
    other = a_contact(key="contact:other", currency_id=currencies["GBP"].id)
    told = await shop.told()

    with pytest.raises(errors.NameTaken):
        await shop.client.call(request_for(other, told))
    await shop.client.call(contact(other, told, use_fallback_name=True))

    assert sorted(each.name for each in shop.org.contacts.values()) == ["Ada Byron", "Ada Byron (9)"]


async def test_an_updated_contact_keeps_its_addresses_and_persons():
    shop = a_shop()
    told = await _with_contact(shop)
    contact_id = told.ids[CONTACT_KEY]
    before = await shop.client.contact(contact_id)
    changed = a_contact(
        zoho_id=contact_id,
        first_name="Augusta",
        contact_person_id=before.persons[0].id,
        billing=Address(city="Elsewhere"),
    )

    await shop.client.call(request_for(changed, told))
    await shop.client.call(request_for(AddressDraft("a", contact_id, Address(city="Paris", country="France")), told))

    after = await shop.client.contact(contact_id)
    assert [(each.id, each.first_name) for each in after.persons] == [(before.persons[0].id, "Augusta")]
    assert after.billing == before.billing
    assert after.mark(FIELD) == CONTACT_KEY
    assert [each.city for each in after.addresses] == ["Paris"]


async def test_an_invoice_is_updated_in_place_with_every_line():
    shop = a_shop()
    told = await _with_contact(shop)
    draft = await _invoice(shop)
    invoice, told = await _do(shop, draft, told)
    lines = (
        replace(draft.lines[0], line_item_id=invoice.line_ids[0], quantity=Decimal(1)),
        replace(draft.lines[0], name="Another"),
    )
    tax = ExpectedTax(draft.expected.taxes[0].tax_id, gbp("30.00"))
    changed = replace(
        draft,
        zoho_id=invoice.zoho_id,
        lines=lines,
        expected=Expected(gbp("179.99"), (tax,)),
        adjustment=Decimal("-0.01"),
    )

    await _do(shop, changed, told)

    read = await shop.client.invoice(invoice.zoho_id)
    assert [(line.name, line.quantity) for line in read.lines] == [("Linen throw", 1), ("Another", 2)]
    assert read.lines[0].line_item_id == invoice.line_ids[0]
    assert read.total == gbp("179.99")


async def test_a_rest_of_a_payment_and_a_credit_note_are_applied_once_the_invoice_is_sent():
    shop = a_shop()
    told = await _with_contact(shop)
    draft = await _invoice(shop)
    bank = next(account.id for account in await shop.client.accounts() if account.name == "Shopify Clearing")
    payment, told = await _do(shop, a_payment(account_id=bank, applied=(), amount=gbp("50.00")), told)
    note = a_credit_note(currency_id=draft.currency_id, lines=draft.lines, expected=draft.expected, invoice=None)
    credited, told = await _do(shop, note, told)
    invoice, told = await _do(shop, draft, told)
    credit = an_application(payment=None, credit_note=credited.zoho_id)

    with pytest.raises(errors.ZohoTrouble):
        await shop.client.call(request_for(credit, told))
    await shop.client.call(mark_sent_together((invoice.zoho_id,)))
    await _do(shop, an_application(payment=payment.zoho_id), told)
    await _do(shop, credit, told)

    read = await shop.client.record(INVOICE, invoice.zoho_id)
    assert balance_difference(gbp("100.00"), read) is None
    assert [each.of for each in await shop.client.invoice_credits(invoice.zoho_id)] == [credited.zoho_id]
    assert [each.of for each in await shop.client.credit_note_invoices(credited.zoho_id)] == [invoice.zoho_id]


async def test_india_s_two_components_are_compared_as_one_group():
    shop = a_shop("in")
    taxes = {tax.name: tax for tax in await shop.client.taxes()}
    group, currency = taxes["GST18"], (await shop.client.currencies())["INR"]
    contact = a_contact(
        currency_id=currency.id,
        currency="INR",
        billing=None,
        shipping=None,
        edition_fields={"gst_treatment": "consumer", "place_of_contact": "KA"},
    )
    _, told = await _do(shop, contact, await shop.told())
    total, tax = Money.of("118.00", "INR"), ExpectedTax(group.id, Money.of("18.00", "INR"))
    draft = an_invoice(
        currency_id=currency.id,
        currency="INR",
        lines=(a_line(tax_id=group.id, account_id=None),),
        expected=Expected(total, (tax,)),
        edition_fields={"gst_treatment": "consumer", "place_of_supply": "KA"},
    )

    invoice, _ = await _do(shop, draft, told)

    assert [part.percentage for part in group.components] == [9, 9]
    assert invoice.record["tax_total"] == 18


async def test_the_wrong_kind_of_tax_and_another_edition_s_field_are_refused_by_name():
    shop = a_shop("in")
    taxes = {tax.name: tax for tax in await shop.client.taxes()}
    contact = a_contact(currency_id="", edition_fields={"gst_treatment": "consumer", "place_of_contact": "KA"})
    _, told = await _do(shop, contact, await shop.told())
    line = a_line(tax_id=taxes["IGST18"].id, account_id=None)
    interstate = an_invoice(currency_id="", lines=(line,), edition_fields={"place_of_supply": "KA"})
    elsewhere = a_shop("uk")

    with pytest.raises(errors.WrongTaxKind):
        await shop.client.call(request_for(interstate, told))
    with pytest.raises(errors.FieldNotAllowed):
        await elsewhere.client.call(request_for(contact, await elsewhere.told()))


async def test_a_browser_brings_a_code_that_becomes_a_connection_which_can_be_revoked():
    shop = a_shop("eu")
    send = in_process(shop.company)
    app, accounts = shop.connection.app, shop.connection.accounts
    start = await send(HttpRequest("GET", oauth.authorize_url(app, accounts, state="s1")), timeout_s=1)
    query = dict(parse_qsl(urlsplit(start.headers["location"]).query))

    callback = oauth.read_callback(query, expected_state="s1", accounts=accounts)
    answer = await send(oauth.exchange_request(app, callback), timeout_s=1)
    granted = oauth.read_exchange(answer, now=shop.time(), region="eu", endpoint="https://zoho.example/eu")
    twice = await send(oauth.exchange_request(app, callback), timeout_s=1)
    revoked = await send(oauth.revoke_request(accounts, granted.refresh_token), timeout_s=1)
    after = await send(oauth.refresh_request(app, accounts, granted.refresh_token), timeout_s=1)

    assert set(granted.token.scopes) == set(oauth.SCOPES)
    assert callback.region is not None
    assert callback.region.code == "eu"
    with pytest.raises(oauth_errors.CodeRefused):
        oauth.read_exchange(twice, now=shop.time())
    assert oauth.revoked(revoked)
    with pytest.raises(errors.ConnectionRevoked):
        oauth.read_refresh(after, now=shop.time())


async def test_over_a_real_socket_an_order_is_written_once_and_a_cut_line_is_doubt():
    async with AiohttpSender() as sender:
        shop = a_shop()
        server = await serve(shop.company.handle)
        try:
            connection = replace(shop.connection, accounts_endpoint=f"{server.url}/uk", api_endpoint=f"{server.url}/uk")
            client = a_client(connection, sender, shop.time)
            currencies = await client.currencies()
            contact = a_contact(currency_id=currencies["GBP"].id)
            shop.company.faults.add(faults.make("commit_then_no_answer", method="POST", path="/contacts"))

            with pytest.raises(errors.AnswerLost):
                await client.call(request_for(contact, Told()))
            with pytest.raises(errors.NameTaken):
                await client.call(request_for(contact, Told()))
        finally:
            await server.close()
    async with AiohttpSender() as sender:
        with pytest.raises(errors.NotSent):
            await a_client(connection, sender, shop.time).currencies()

    assert len(shop.org.contacts) == 1


async def test_a_search_that_lags_says_that_it_searched_and_still_proves_nothing():
    shop = a_shop()
    told = await _with_contact(shop)
    draft = await _invoice(shop)
    shop.switch(list_lag_s=60.0)
    invoice, _ = await _do(shop, draft, told)

    at_once = await shop.client.find_invoices("#1001")
    by_id = await shop.client.invoice(invoice.zoho_id)
    shop.time.forward(120)
    later = await shop.client.find_invoices("#1001")

    assert (at_once.matches, at_once.searched) == ((), True)
    assert by_id.total == gbp("120.00")
    assert later.only is not None


async def test_an_invoice_is_voided_and_voiding_again_does_no_harm():
    shop = a_shop()
    told = await _with_contact(shop)
    invoice, told = await _do(shop, await _invoice(shop), told)
    void = request_for(StatusDraft("void:1", Ref(INVOICE_KEY), "void"), told)

    await shop.client.call(void)

    assert (await shop.client.invoice(invoice.zoho_id)).status == "void"


async def test_items_and_taxes_are_made_and_known_afterwards():
    shop = a_shop()
    told = await shop.told()

    item, _ = await _do(shop, ItemDraft("item:1", "Throw - Sand", Decimal("12.50"), sku="LT-1"), told)
    tax, _ = await _do(shop, TaxDraft("tax:1", "VAT 5.5 %", Decimal("5.5")), told)

    assert (await shop.client.find_item("LT-1")).only is not None
    assert (await shop.client.items())["LT-1"].id == item.zoho_id
    made_tax = next(each for each in await shop.client.taxes() if each.id == tax.zoho_id)
    assert made_tax.percentage == Decimal("5.5")


async def test_an_item_that_exists_is_found_instead():
    shop = a_shop()
    told = Told()
    draft = ItemDraft("item:1", "Throw - Sand", Decimal("12.50"), sku="LT-1")
    await shop.client.call(request_for(draft, told))

    with pytest.raises(errors.Occupied):
        await shop.client.call(request_for(draft, told))

    assert (await shop.client.find_item_named("throw - sand")).only is not None


async def test_an_expired_token_is_renewed_without_anybody_noticing():
    shop = a_shop()
    await shop.client.currencies()
    shop.company.faults.add(faults.make("401", path="/settings/currencies"))

    assert "GBP" in await shop.client.currencies()


async def test_a_revoked_connection_says_so():
    shop = a_shop()
    shop.company.faults.add(faults.make("invalid_code", path="/oauth/v2/token", times=None))

    with pytest.raises(errors.ConnectionRevoked):
        await shop.client.currencies()


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("429_minute", errors.MinuteLimit),
        ("429_day", errors.DayLimit),
        ("429_in_flight", errors.InFlightLimit),
        ("429_block", errors.Blocked),
        ("500_before_commit", errors.InternalError),
        ("500_after_commit", errors.InternalError),
        ("503", errors.InternalError),
        ("200_with_error", errors.NotFound),
        ("not_json", errors.UnexpectedAnswer),
        ("slow_then_no_answer", errors.AnswerLost),
    ],
)
async def test_each_fault_of_the_other_side_has_its_name(kind: str, error: type[errors.ZohoTrouble]):
    shop = a_shop()
    told = await _with_contact(shop)
    draft = await _invoice(shop)
    shop.company.faults.add(faults.make(kind, method="PUT", path="/invoices"))

    with pytest.raises(error):
        await shop.client.call(request_for(draft, told))


async def test_a_locked_period_is_known_and_refused():
    shop = a_shop()
    told = await _with_contact(shop)
    draft = await _invoice(shop)
    shop.company.human(shop.org).lock_until(date(2026, 11, 30))

    assert (await shop.client.transaction_lock()).until == date(2026, 11, 30)
    for reading in range(4):
        shop.switch(reading=reading)
        with pytest.raises(errors.PeriodLocked):
            await shop.client.call(request_for(draft, told))


async def test_a_trial_that_is_over_stops_everything():
    shop = a_shop()
    shop.switch(trial_over=True)

    with pytest.raises(errors.TrialOver):
        await shop.client.currencies()


async def test_another_s_organisation_is_refused():
    shop = a_shop()
    client = a_shop().client
    other = replace(shop.connection, organization_id="123")
    shop.client._caller.connection = other

    with pytest.raises(errors.WrongOrganisation):
        await shop.client.currencies()
    assert "GBP" in await client.currencies()


async def test_every_region_s_organisation_is_understood():
    for region in "us eu in au jp ca cn sa uk ae".split():
        shop = a_shop(region)

        organisation = await shop.client.organisation()

        assert organisation.zone, region
        assert organisation.currency
        assert await shop.client.taxes()


async def test_nothing_secret_is_kept_of_an_exchange():
    shop = a_shop()
    await _with_contact(shop)

    kept = repr([(each.request, each.answer) for each in shop.exchanges])

    assert len(shop.exchanges) > 2
    assert "oauthtoken" not in kept
    assert shop.connection.refresh_token not in kept
