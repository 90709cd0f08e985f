"""Coming in: the first run, logging in and out, sessions, forms, roles."""

from __future__ import annotations

from urllib.parse import unquote

import pytest
from sqlalchemy import text
from tests.web.console.conftest import PASSWORD, Browser, Site, a_browser

from ml_connector.jobs import operators
from ml_connector.web.console.login import own_path

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_the_printed_link_sets_the_first_password_and_lets_in(clean: Site, browser: Browser) -> None:
    link = await operators.first_link(clean.store, clean.url)
    assert link is not None

    page = await browser.open(link.removeprefix(clean.url))
    assert page.heading == "Choose your password."
    page = await browser.send(page.path, password=PASSWORD, again=PASSWORD)

    assert (page.status, page.path) == (200, "/")
    assert "admin" in page.body
    assert await operators.first_link(clean.store, clean.url) is None


async def test_a_link_works_once_and_says_how_to_print_another(clean: Site, browser: Browser) -> None:
    link = await operators.first_link(clean.store, clean.url)
    assert link is not None
    path = link.removeprefix(clean.url)
    await browser.open(path)
    await browser.send(path, password=PASSWORD, again=PASSWORD)

    again = await browser.open(path)

    assert again.status == 410
    assert "ml-connector operators link" in again.text


@pytest.mark.parametrize(
    ("password", "again", "said"),
    [
        ("short", "short", "A password has 10 to 256 characters."),
        ("aaaaaaaaaaaa", "aaaaaaaaaaaa", "This one is guessed at once."),
        (PASSWORD, "something else", "The two are not the same."),
    ],
)
async def test_a_password_that_is_not_taken_leaves_the_link_good(
    clean: Site, browser: Browser, password: str, again: str, said: str
) -> None:
    link = await operators.first_link(clean.store, clean.url)
    assert link is not None
    path = link.removeprefix(clean.url)
    await browser.open(path)

    page = await browser.send(path, password=password, again=again)

    assert page.status == 422
    assert said in page.text
    assert (await browser.send(path, password=PASSWORD, again=PASSWORD)).path == "/"


async def test_logging_in_never_says_which_of_the_two_was_wrong(clean: Site, browser: Browser) -> None:
    await clean.operator("maeve", "operator")
    await browser.open("/login")

    wrong_password = await browser.send("/login", name="maeve", password="not this one")
    wrong_name = await browser.send("/login", name="nobody", password=PASSWORD)

    assert wrong_password.status == wrong_name.status == 401
    assert "do not go together" in wrong_password.text
    assert wrong_password.text.replace("maeve", "") == wrong_name.text.replace("nobody", "")


async def test_after_five_tries_it_says_when_to_try_again(clean: Site, browser: Browser) -> None:
    await clean.operator("maeve", "operator")
    await browser.open("/login")

    tries = [await browser.send("/login", name="maeve", password="not this one") for _ in range(5)]
    right = await browser.send("/login", name=" Maeve", password=PASSWORD)

    assert [page.status for page in tries] == [401, 401, 401, 401, 429]
    assert right.status == 429
    assert "five tries, so the next one is looked at from" in right.text


async def test_the_wait_ends_and_the_right_password_forgets_the_wrong_ones(clean: Site, browser: Browser) -> None:
    await clean.operator("maeve", "operator")
    await browser.open("/login")
    for _ in range(5):
        await browser.send("/login", name="maeve", password="not this one")
    async with clean.store.at_once() as tx:
        await tx.execute(text("UPDATE sign_in_tries SET locked_until = clock_timestamp()"))

    assert (await browser.log_in("maeve")).path == "/"

    async with clean.store.at_once() as tx:
        assert (await tx.execute(text("SELECT count(*) FROM sign_in_tries"))).scalar_one() == 0


async def test_a_stranger_is_sent_to_the_login_and_back_to_the_page(clean: Site, browser: Browser) -> None:
    await clean.operator("maeve", "viewer")

    asked = await browser.open("/you?connection=")
    await browser.send("/login", name="maeve", password=PASSWORD, next="/you?did=chosen")

    assert asked.heading == "Log in."
    assert browser.page.path == "/you?did=chosen"


async def test_a_form_sent_after_the_session_has_ended_leads_back_and_is_not_sent_again(
    clean: Site, browser: Browser
) -> None:
    await clean.operator("maeve", "viewer")
    await browser.log_in("maeve")
    await browser.open("/you?did=")
    async with clean.store.at_once() as tx:
        await tx.execute(text("UPDATE sessions SET until = clock_timestamp()"))

    page = await browser.send("/you", theme="dark")
    assert (page.heading, unquote(page.path)) == ("Log in.", "/login?next=/you?did=")
    page = await browser.send("/login", name="maeve", password=PASSWORD, next="/you?did=")

    assert page.path == "/you?did="
    assert 'data-theme="dark"' not in page.body


async def test_logging_out_ends_the_session_on_the_server_too(clean: Site, browser: Browser) -> None:
    await clean.operator("maeve", "viewer")
    await browser.log_in("maeve")
    word = browser.cookie("ml-connector-session")

    page = await browser.send("/logout")

    assert page.heading == "Log in."
    assert (await browser.open("/", Cookie=f"ml-connector-session={word}")).heading == "Log in."


@pytest.mark.parametrize("token", ["", "0" * 64, "é"])
async def test_a_form_without_our_word_does_nothing(clean: Site, browser: Browser, token: str) -> None:
    await clean.operator("maeve", "viewer")
    await browser.log_in("maeve")

    page = await browser.send("/you", token=token, theme="dark")

    assert page.status == 403
    assert page.heading == "This form was not taken."
    assert browser.cookie("ml-connector-theme") == ""


async def test_another_visitors_word_is_not_taken(clean: Site, browser: Browser) -> None:
    await clean.operator("maeve", "viewer")
    async with a_browser(clean) as other:
        theirs = (await other.log_in("maeve")).token
    await browser.log_in("maeve")

    assert (await browser.send("/logout", token=theirs)).status == 403


async def test_a_login_form_of_another_site_is_not_taken(clean: Site, browser: Browser) -> None:
    await clean.operator("maeve", "viewer")

    page = await browser.send("/login", token="made up", name="maeve", password=PASSWORD)

    assert page.status == 403


async def test_the_session_cookie_is_new_after_logging_in_and_closed_to_scripts(clean: Site, browser: Browser) -> None:
    await clean.operator("maeve", "viewer")
    await browser.open("/login")

    async with browser.session.post(
        f"{clean.url}/login",
        data={"form": browser.page.token, "name": "maeve", "password": PASSWORD},
        headers={"Cookie": "ml-connector-session=planted"},
        allow_redirects=False,
    ) as answer:
        cookies = answer.headers.getall("Set-Cookie")

    session = next(each for each in cookies if each.startswith("ml-connector-session"))
    assert "planted" not in session
    assert {"HttpOnly", "Path=/", "SameSite=lax"} <= {part.strip() for part in session.split(";")}


async def test_every_page_keeps_itself_to_itself(clean: Site, browser: Browser) -> None:
    page = await browser.open("/login")

    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    assert page.headers["Referrer-Policy"] == "same-origin"
    assert page.headers["Cache-Control"] == "no-store"
    assert not [link for link in page.links if link.startswith("http")]
    assert "style=" not in page.body
    assert "<script>" not in page.body


async def test_the_theme_is_kept_and_rendered_by_the_server(clean: Site, browser: Browser) -> None:
    await clean.operator("maeve", "viewer")
    await browser.log_in("maeve")

    page = await browser.send("/you", theme="dark", keys="off")

    assert '<html lang="en" data-theme="dark">' in page.body
    assert 'data-keys="off"' in page.body
    assert "Kept in this browser." in page.text


@pytest.mark.parametrize(
    ("wanted", "led_to"),
    [
        ("/orders?q=1", "/orders?q=1"),
        ("", "/"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("/\\evil.example", "/"),
        ("/\t/evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("/login?next=/login", "/"),
        ("//[", "/"),
    ],
)
async def test_a_login_leads_to_pages_of_ours_only(wanted: str, led_to: str) -> None:
    assert own_path(wanted) == led_to


async def test_a_name_that_no_table_keeps_is_nobodys(clean: Site, browser: Browser) -> None:
    await browser.open("/login")

    page = await browser.send("/login", name="ann\0a", password=PASSWORD)

    assert (page.status, page.heading) == (401, "Log in.")


async def test_where_a_form_came_from_may_be_no_address_at_all(clean: Site, browser: Browser) -> None:
    page = await browser.open("/you", Referer="http://[")
    sent = await browser._go("POST", "/you", {}, {"Referer": "http://["})

    assert (page.status, sent.path) == (200, "/login")


async def test_an_address_that_nobody_knows_is_a_page_for_people_and_json_for_programs(
    clean: Site, browser: Browser
) -> None:
    page = await browser.open("/nowhere")
    told = await browser.open("/nowhere", Accept="application/json")

    assert (page.status, page.heading) == (404, "There is no such page.")
    assert (told.status, told.headers["Content-Type"]) == (404, "application/json")
