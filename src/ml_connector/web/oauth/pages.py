"""The few pages of a sign-in, and the redirects between them. No script, no style of their own, never cached."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from jinja2 import Environment, StrictUndefined
from litestar import Response
from litestar.datastructures import Cookie

from ml_connector.domain.trouble import Remedy, Trouble
from ml_connector.jobs.connecting.sign_in_errors import SignInRefused
from ml_connector.jobs.connecting.zoho_consent import TooLittleGranted
from ml_connector.redaction import clean_text
from ml_connector.shopify import oauth_errors as shopify_refusals
from ml_connector.store.errors import StoreTrouble
from ml_connector.zoho import errors as zoho_errors
from ml_connector.zoho import oauth_errors as zoho_refusals

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "Cache-Control": "no-store",
    # the address of this page may hold a code or a ticket
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}

_PAGE = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True).from_string("""\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{ title }} · ml-connector</title>
{% if stylesheet %}
<link rel="stylesheet" href="{{ stylesheet }}">
{% endif %}
</head>
<body>
<main id="main">
<h1>{{ title }}</h1>
{% for sentence in sentences %}
<p>{{ sentence }}</p>
{% endfor %}
{% if links %}
<ul>
{% for link in links %}
<li><a href="{{ link.address }}" rel="nofollow"><bdi>{{ link.name }}</bdi></a>{% if link.remark %} <small>{{ link.remark }}</small>{% endif %}</li>
{% endfor %}
</ul>
{% endif %}
{% if code %}
<p><small>({{ code }})</small></p>
{% endif %}
</main>
</body>
</html>
""")  # noqa: E501


@dataclass(frozen=True, slots=True)
class Link:
    """Something to choose on a page."""

    address: str
    name: str
    remark: str = ""


def page(
    title: str,
    *sentences: str,
    status: int = 200,
    links: Sequence[Link] = (),
    code: str = "",
    stylesheet: str = "",
    cookies: Iterable[Cookie] = (),
) -> Response[str]:
    """A page that says what is so, then what it means, then what to do."""
    html = _PAGE.render(
        title=clean_text(title),
        sentences=[clean_text(sentence) for sentence in sentences if sentence],
        links=links,
        code=code,
        stylesheet=stylesheet,
    )
    return Response(html, status_code=status, media_type="text/html", headers=dict(HEADERS), cookies=list(cookies))


def go(address: str, *cookies: Cookie) -> Response[str]:
    """302 to *address*, which is complete already."""
    headers = {**HEADERS, "Location": address}
    return Response("", status_code=302, media_type="text/plain", headers=headers, cookies=list(cookies))


def refusal(trouble: Trouble, *, stylesheet: str = "") -> Response[str]:
    """Why a sign-in was not carried out."""
    status = status_of(trouble)
    meaning = "Nothing was changed, and no order is lost." if status < 500 else "No order is lost."
    answer = page(
        trouble.text, meaning, trouble.fix or "Start again.", status=status, code=trouble.code, stylesheet=stylesheet
    )
    if status == 503:
        answer.headers["Retry-After"] = str(max(1, round(trouble.retry_after_s or 30)))
    return answer


_OURS = {"not_allowed": 401, "ticket": 403, "state": 403, "used": 403, "not_set_up": 503}
_SHOPIFYS = {"hmac": 401, "timestamp": 401, "state": 403, "declined": 403}
_FORBIDDEN = (zoho_refusals.ConsentRefused, zoho_errors.NoOrganisation, TooLittleGranted)
_MISCONFIGURED = (shopify_refusals.AppRefused, zoho_refusals.ClientRefused)


def status_of(trouble: Trouble) -> int:
    """400 what was asked cannot be; 401 nobody vouches for it; 403 it may not be; 502 the vendor does not know our
    app; 503 not now."""
    if isinstance(trouble, SignInRefused):
        return _OURS.get(trouble.reason, 400)
    if isinstance(trouble, shopify_refusals.CallbackRefused):
        return _SHOPIFYS.get(trouble.reason, 400)
    if isinstance(trouble, _FORBIDDEN):
        return 403
    if isinstance(trouble, _MISCONFIGURED):
        return 502
    return 503 if isinstance(trouble, StoreTrouble) or trouble.remedy is Remedy.LATER else 400
