"""One request of somebody who is signed in, as a page needs it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from litestar import Response
from litestar.datastructures import Cookie
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import SkipValidation

from ml_connector.jobs.report.asked import WrongUse
from ml_connector.jobs.report.dates import zone_of
from ml_connector.jobs.report.frame import Frame, frame
from ml_connector.store import Store
from ml_connector.store.connections import Connection
from ml_connector.web.console import pages
from ml_connector.web.console.cookies import KEYS, THEME, form_token
from ml_connector.web.console.formats import Formats, locale_of
from ml_connector.web.console.guards import Asked, Role, SignedIn, form_of
from ml_connector.web.console.needs import ConsoleNeeds
from ml_connector.web.console.static import address
from ml_connector.zoho import regions

THEMES = ("light", "dark")


@dataclass(frozen=True, slots=True)
class Visit:
    """Who asks, about which connection, and how to answer.

    Attributes:
        chosen: The connection that the page is about; None when it is about all of several.
        form: What a form brought; empty for a page that is only looked at.
        formats: Figures and moments as this reader reads them, in the organisation's zone.
    """

    needs: ConsoleNeeds
    request: Asked
    who: SignedIn
    frame: Frame
    chosen: Connection | None
    form: Mapping[str, str]
    formats: Formats

    @classmethod
    async def of(cls, needs: ConsoleNeeds, request: Asked) -> Visit:
        """Read *request*, which `entrance` has let in. Two queries.

        Raises:
            NotFoundException: the connection in the address does not exist.
        """
        around = await frame(needs.store)
        chosen = _chosen(around, request)
        return cls(
            needs=needs,
            request=request,
            who=request.scope["user"],
            frame=around,
            chosen=chosen,
            form=await _form(request),
            formats=Formats(
                locale_of(request.headers.get("accept-language", "")), _zone(around, chosen), needs.clock.now()
            ),
        )

    @property
    def store(self) -> Store:
        return self.needs.store

    @property
    def name(self) -> str:
        """Who acts, as the audit and the timeline name them."""
        return self.who.operator.name

    @property
    def connections(self) -> Sequence[Connection]:
        """The connections that the page is about."""
        return self.frame.connections if self.chosen is None else (self.chosen,)

    def sides(self, connection: Connection) -> str:
        """`Zoho Europe, EUR`; what is missing where one side is."""
        if not connection.organization_id:
            return "Zoho Books not connected yet"
        currency = connection.zoho_facts.get("currency")
        return ", ".join(part for part in (f"Zoho {region_name(connection.zoho_region)}", str(currency or "")) if part)

    def numbered(self, number: int) -> Connection:
        """
        Raises:
            NotFoundException: there is no connection with this number.
        """
        for each in self.frame.connections:
            if each.id == number:
                return each
        raise NotFoundException("There is no such connection.")

    def may(self, role: Role) -> bool:
        return self.who.may(role)

    def asked(self, name: str) -> str:
        """The parameter called *name* in the address; empty without one."""
        return str(self.request.query_params.get(name, "")).replace("\0", "")

    def moment(self, name: str) -> datetime:
        """The moment in the form's field called *name*, as a page of ours wrote it.

        Raises:
            WrongUse: there is none.
        """
        try:
            moment = datetime.fromisoformat(self.form.get(name, ""))
        except ValueError:
            moment = None
        if moment is None or moment.tzinfo is None:
            raise WrongUse("This form is not complete.", fix="Open the page again, and send it from there.")
        return moment

    # -- addresses ----------------------------------------------------------------------------

    def href(self, path: str, **query: object) -> str:
        """Our own address, about the same connection, with those of *query* that are not empty."""
        given = {"connection": self.asked("connection"), **query}
        told = {name: str(value) for name, value in given.items() if value not in (None, "")}
        return f"{self.needs.base}{path}{'?' if told else ''}{urlencode(told)}"

    def here(self, **query: object) -> str:
        """This page, with some parameters changed or (empty) taken away."""
        present = {name: self.asked(name) for name in self.request.query_params if name not in ("did", "ask")}
        return self.href(self.path, **{**present, **query})

    @property
    def path(self) -> str:
        return self.request.url.path.removeprefix(self.needs.base) or "/"

    # -- answers ------------------------------------------------------------------------------

    def page(
        self, template: str, *, place: str = "", status: int = 200, cookies: Iterable[Cookie] = (), **values: Any
    ) -> Response[str]:
        """The page *template*; *place* is its name in the navigation."""
        return pages.html(self.rendered(template, place=place, **values), status=status, cookies=cookies)

    def rendered(self, template: str, *, place: str = "", **values: Any) -> str:
        """The text of *template* for this visitor; also for the small pieces of live updates."""
        return pages.rendered(
            template,
            visit=self,
            f=self.formats,
            place=place,
            href=self.href,
            here=self.here,
            asset=lambda name: address(name, self.needs.base),
            theme=self.theme,
            form_token=form_token(self.who.word),
            **values,
        )

    def go(self, path: str, **query: object) -> Response[str]:
        """On to another page after an action; `did="held"` lets it say what was done."""
        return pages.go(self.href(path, **query))

    # -- the reader's own choices -------------------------------------------------------------

    @property
    def theme(self) -> str:
        """light, dark, or empty for the system's."""
        value = self.request.cookies.get(THEME, "")
        return value if value in THEMES else ""

    @property
    def keys(self) -> bool:
        """Whether single keys do something."""
        return self.request.cookies.get(KEYS, "") != "off"


Visiting = SkipValidation[NamedDependency[Visit]]
"""How a handler is given the visit: `async def today(visit: Visiting)`."""


def region_name(code: str) -> str:
    """`Europe` for `eu`; the code itself where Zoho has opened a data centre that we have not heard of."""
    try:
        return regions.by_code(code).name
    except regions.UnknownRegion:
        return code


def _chosen(around: Frame, request: Asked) -> Connection | None:
    name = str(request.query_params.get("connection", ""))
    if name:
        found = around.named(name)
        if found is None:
            raise NotFoundException(f"There is no connection called “{name}”.")
        return found
    return around.connections[0] if len(around.connections) == 1 else None


def _zone(around: Frame, chosen: Connection | None) -> ZoneInfo:
    """The chosen organisation's; of several, the one that most of them are in."""
    if chosen is not None:
        return zone_of(chosen)
    zones = [zone_of(each) for each in around.connections]
    return max(zones, key=zones.count) if zones else ZoneInfo("UTC")


async def _form(request: Asked) -> Mapping[str, str]:
    return await form_of(request) if request.method == "POST" else {}
