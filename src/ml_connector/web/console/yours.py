"""What is each reader's own: colours, keys, and the way out."""

from __future__ import annotations

from litestar import Response, get, post

from ml_connector.web.console import pages
from ml_connector.web.console.cookies import CHOICE_S, KEYS, SESSION, THEME, cookie, over
from ml_connector.web.console.visit import THEMES, Visiting


@get("/you", include_in_schema=False)
async def you(visit: Visiting) -> Response[str]:
    """Who is logged in, and how the console looks in this browser."""
    return visit.page("you.html", place="you")


@post("/you", include_in_schema=False)
async def choose(visit: Visiting) -> Response[str]:
    """Keep the choices in the browser; they are nobody else's business."""
    theme = visit.form.get("theme", "")
    theme_cookie = (
        cookie(visit.needs, THEME, theme, max_age_s=CHOICE_S) if theme in THEMES else over(visit.needs, THEME)
    )
    quiet = visit.form.get("keys") == "off"
    keys_cookie = cookie(visit.needs, KEYS, "off", max_age_s=CHOICE_S) if quiet else over(visit.needs, KEYS)
    return pages.go(visit.href("/you", did="chosen"), theme_cookie, keys_cookie)


@get("/more", include_in_schema=False)
async def more(visit: Visiting) -> Response[str]:
    """The pages that have no room in a phone's bar."""
    return visit.page("more.html", place="more")


@post("/logout", include_in_schema=False)
async def logout(visit: Visiting) -> Response[str]:
    """End this session here and on the server."""
    async with visit.store.transaction() as tx:
        await visit.store.sessions.end(tx, visit.who.word)
        await visit.store.audit.note(tx, visit.name, "operator.logged_out", on=visit.name)
    return pages.go(f"{visit.needs.base}/login", over(visit.needs, SESSION))
