"""Mappings and policy: what has no answer comes first, a choice settles its cause, every change is a version."""

from __future__ import annotations

import pytest
from tests.web.console.conftest import Browser, Site
from tests.web.console.settled import FINLAND, KLARNA, TIPS, Shop, a_shop
from tests.web.console.test_needs_you import an_operator, hidden

from ml_connector.domain.outcome import Verdict

pytestmark = pytest.mark.asyncio(loop_scope="module")

TABS = ("taxes", "gateways", "items", "accounts", "numbering", "rules", "versions")


async def waiting_shop(site: Site, browser: Browser, role: str = "operator") -> Shop:
    shop = await a_shop(site.store)
    await shop.order(1, Verdict.HELD, FINLAND)
    await shop.order(2, Verdict.HELD, FINLAND)
    await shop.order(3, Verdict.HELD, TIPS)
    await shop.order(4, Verdict.HELD, KLARNA)
    await an_operator(site, browser, role)
    return shop


@pytest.mark.parametrize("role", ["viewer", "operator"])
async def test_every_tab_is_shown_and_only_an_operator_may_change(clean: Site, browser: Browser, role: str) -> None:
    await waiting_shop(clean, browser, role)

    for tab in TABS:
        page = await browser.open(f"/policy/{tab}")

        assert page.status == 200, page.text
        assert any('<button class="btn' in line for line in page.body.split("<main")[1].splitlines()) is (
            role == "operator" and tab != "versions"
        )
    assert (await browser.open("/policy/nonsense")).status == 404


async def test_an_unmapped_tax_is_proposed_best_first_and_mapping_it_looks_again(clean: Site, browser: Browser) -> None:
    shop = await waiting_shop(clean, browser)
    page = await browser.open("/policy/taxes")
    assert page.heading == "1 tax waits for an answer."
    assert page.body.index('value="t255"') < page.body.index('value="t24"')
    fields = hidden(page, "/policy/taxes")

    page = await browser.send("/policy/taxes", **fields, tax="t255", note="As the tax office says")

    policy = await shop.policy()
    assert page.path.startswith("/needs-you")
    assert "Settled." in page.text
    assert policy.body["taxes"] == [
        {"country": "FI", "province": None, "lines": [{"title": "alv", "rate": "0.255"}], "tax": "t255"}
    ]
    assert (policy.version, policy.who, policy.note) == (2, "maeve", "As the tax office says")
    assert await shop.outstanding() == {"#1", "#2"}


async def test_the_page_of_an_order_that_waits_for_a_tax_asks_for_it_and_settles_all_of_its_kind(
    clean: Site, browser: Browser
) -> None:
    shop = await waiting_shop(clean, browser)
    page = await browser.open("/orders/1")
    assert page.body.index('value="t255"') < page.body.index('value="t24"')
    assert "Which Zoho tax is “alv 25.5 %”?" in page.text.replace("\u202f", " ")
    assert "Map the tax and post 2 orders" in page.text
    (form,) = [each for each in page.forms if each.startswith("/policy/taxes")]

    await browser.send(form, **hidden(page, form), tax="t255")

    assert [rule["tax"] for rule in (await shop.policy()).body["taxes"]] == ["t255"]
    assert await shop.outstanding() == {"#1", "#2"}


@pytest.mark.parametrize(("role", "order"), [("viewer", 1), ("operator", 3)])
async def test_no_tax_is_asked_for_where_none_is_missing_or_nobody_may_choose(
    clean: Site, browser: Browser, role: str, order: int
) -> None:
    await waiting_shop(clean, browser, role)

    page = await browser.open(f"/orders/{order}")

    assert not [each for each in page.forms if each.startswith("/policy")]


async def test_the_same_form_twice_maps_and_replays_once(clean: Site, browser: Browser) -> None:
    shop = await waiting_shop(clean, browser)
    fields = hidden(await browser.open("/policy/taxes"), "/policy/taxes")

    await browser.send("/policy/taxes", **fields, tax="t255")
    again = await browser.send("/policy/taxes", **fields, tax="t24")

    assert "Somebody else settled this cause" in again.text
    assert (await shop.policy()).version == 2


async def test_a_mapping_is_taken_back_and_stays_to_be_seen(clean: Site, browser: Browser) -> None:
    shop = await waiting_shop(clean, browser)
    fields = hidden(await browser.open("/policy/taxes"), "/policy/taxes")
    await browser.send("/policy/taxes", **fields, tax="t255")
    page = await browser.open("/policy/taxes")

    page = await browser.send("/policy/taxes/take-back", **hidden(page, "/policy/taxes/take-back"))

    assert "Taken back, held" in page.text
    assert (await shop.policy()).body["taxes"][0]["revoked"] is True


async def test_an_account_that_is_chosen_posts_what_waited_for_it(clean: Site, browser: Browser) -> None:
    shop = await waiting_shop(clean, browser)
    page = await browser.open("/policy/accounts")
    assert "1 order waits for it" in page.text

    page = await browser.send("/policy/accounts", tips="a1", word="w1")

    assert page.path.startswith("/needs-you")
    assert (await shop.policy()).body["accounts"]["tips"] == "a1"
    assert await shop.outstanding() == {"#3"}


async def test_a_gateway_gets_its_account_and_can_be_changed_and_removed(clean: Site, browser: Browser) -> None:
    shop = await waiting_shop(clean, browser)
    await browser.open("/policy/gateways?cause=gateway_unmapped:klarna:EUR")

    await browser.send("/policy/gateways", name="klarna", mode="others", deposit="a3", refund_from="", word="w2")
    page = await browser.open("/policy/gateways?gateway=klarna")
    removed = await browser.send("/policy/gateways/remove", name="klarna")

    assert await shop.outstanding() == {"#4"}
    assert "Klarna clearing" in page.text
    assert "Removed." in removed.text
    assert (await shop.policy()).body["gateways"] == {}


async def test_a_rule_is_a_draft_until_it_is_saved_as_a_version(clean: Site, browser: Browser) -> None:
    shop = await waiting_shop(clean, browser)
    await browser.open("/policy/rules")

    draft = await browser.send("/policy/choices", tab="rules", post_when="paid")
    assert draft.heading == "1 rule would change."
    assert "There is no order of the last 90 days to try it on." in draft.text
    assert (await shop.policy()).version == 1
    saved = await browser.send("/policy/choices", tab="rules", post_when="paid", sure="yes", note="From December")

    assert "Saved." in saved.text
    assert (await shop.policy()).body["post_when"] == "paid"
    versions = await browser.open("/policy/versions")
    assert "From December" in versions.text
    assert "Post when" in versions.text


async def test_a_list_is_written_with_commas_and_an_empty_field_is_an_empty_list(clean: Site, browser: Browser) -> None:
    shop = await waiting_shop(clean, browser)
    page = await browser.open("/policy/rules")

    await browser.send("/policy/choices", tab="rules", summary_to="a@example.com, b@example.com", sure="yes")
    several = (await shop.policy()).body["summary_to"]
    filled = await browser.open("/policy/rules")
    await browser.send("/policy/choices", tab="rules", summary_to="", sure="yes")

    assert 'name="summary_to" value=""' in page.body
    assert several == ["a@example.com", "b@example.com"]
    assert 'value="a@example.com, b@example.com"' in filled.body
    assert (await shop.policy()).body["summary_to"] == []


async def test_a_value_that_cannot_be_is_refused_in_words(clean: Site, browser: Browser) -> None:
    shop = await waiting_shop(clean, browser)
    await browser.open("/policy/rules")

    page = await browser.send("/policy/choices", tab="rules", lag_minutes="soon")

    assert page.status == 422
    assert "lag_minutes has to be a whole number" in page.text
    assert (await shop.policy()).version == 1


async def test_tax_as_an_adjustment_has_to_be_typed(clean: Site, browser: Browser) -> None:
    shop = await waiting_shop(clean, browser)
    await browser.open("/policy/rules")

    asked = await browser.send("/policy/choices", tab="rules", tax="adjustment", sure="yes")
    assert "Type kestrel to go on" in asked.text
    assert (await shop.policy()).version == 1
    await browser.send("/policy/choices", tab="rules", tax="adjustment", sure="yes", typed="kestrel")

    assert (await shop.policy()).body["tax"] == "adjustment"


async def test_a_rule_that_keeps_orders_out_is_added_and_removed(clean: Site, browser: Browser) -> None:
    shop = await waiting_shop(clean, browser)
    await browser.open("/policy/rules")

    page = await browser.send("/policy/exclusions", name="Tag staff", tag="staff", channel="", gateway="")
    assert "Tag staff" in page.text
    nothing = await browser.send("/policy/exclusions", name="Empty")
    await browser.open("/policy/rules")
    await browser.send("/policy/exclusions/remove", name="Tag staff")

    assert nothing.status == 422
    assert (await shop.policy()).body["exclude"] == []


async def test_an_old_version_can_be_taken_again(clean: Site, browser: Browser) -> None:
    shop = await waiting_shop(clean, browser)
    await browser.open("/policy/rules")
    await browser.send("/policy/choices", tab="rules", post_when="paid", sure="yes")
    await browser.open("/policy/versions")

    await browser.send("/policy/versions/again", version="1")

    policy = await shop.policy()
    assert (policy.version, policy.note) == (3, "Version 1 again.")
    assert policy.body.get("post_when", "created") == "created"


async def test_a_connection_that_has_no_rules_yet_has_no_versions(clean: Site, browser: Browser) -> None:
    async with clean.store.at_once() as tx:
        await clean.store.connections.save(tx, "new", shop="new.myshopify.com")
    await an_operator(clean, browser)

    page = await browser.open("/policy/versions")
    again = await browser.send("/policy/versions/again", version="99999999999")

    assert (page.status, page.heading) == (200, "0 versions.")
    assert "Nothing was decided yet." in page.text
    assert (again.status, again.heading) == (404, "There is no such version.")


async def test_with_several_connections_the_rules_of_one_are_chosen_first(clean: Site, browser: Browser) -> None:
    await a_shop(clean.store, "kestrel")
    await a_shop(clean.store, "loom")
    await an_operator(clean, browser)

    page = await browser.open("/policy")

    assert page.heading == "Whose rules?"
    assert "/policy?connection=loom" in page.links
