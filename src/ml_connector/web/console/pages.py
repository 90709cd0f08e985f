"""How a page is made and sent: the templates, and the headers that keep it to itself."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from litestar import Response
from litestar.datastructures import Cookie

from ml_connector.web.console.formats import in_words, number_of

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    # our own pages learn where somebody comes from, so that signing in again leads back; nobody else does
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


@cache
def environment() -> Environment:
    """The templates, escaping everything that is not marked as ours."""
    made = Environment(
        loader=PackageLoader("ml_connector.web.console"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.globals.update(number_of=number_of, in_words=in_words)
    return made


def rendered(template: str, **values: Any) -> str:
    """The text of *template*."""
    return environment().get_template(template).render(**values)


def html(text: str, *, status: int = 200, cookies: Iterable[Cookie] = ()) -> Response[str]:
    """A page, kept by nobody."""
    return Response(text, status_code=status, media_type="text/html", headers=dict(HEADERS), cookies=list(cookies))


def go(address: str, *cookies: Cookie) -> Response[str]:
    """303 to *address*: a browser comes back with GET, and a reload repeats nothing."""
    return Response(
        "",
        status_code=303,
        media_type="text/plain",
        headers={**HEADERS, "Location": address},
        cookies=list(cookies),
    )
