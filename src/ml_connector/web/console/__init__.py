"""The console: a calm page for a finance team.

A page is three things, and adding one takes ten minutes:

1. *What is so*: a read model in `jobs/report/` (frozen dataclasses, "two queries" in the docstring), on SQL in
   `store/`. The API under `/api/v1` answers the same values, so nothing is decided in a template.
2. *A view* in this package, one module for a place, as thin as this:

       @get("/deliveries", include_in_schema=False)
       async def deliveries(visit: Visiting) -> Response[str]:
           return visit.page("deliveries.html", place="deliveries", inbox=await inbox(visit.store, visit.connections))

       @post("/deliveries/{number:int}/again", guards=[may("operator")], include_in_schema=False)
       async def again(visit: Visiting, number: FromPath[int]) -> Response[str]:
           ...                                            # act, and note it in the same transaction:
           await visit.store.audit.note(tx, visit.name, "delivery.knocked", connection_id=…, on=…)
           return visit.go(f"/deliveries/{number}", did="knocked")    # 303: a reload repeats nothing

   and its name in `routes.PAGES`.
3. *A template* in `templates/`: `{% extends "base.html" %}`, the finding in the `h1`, the parts from `ui.html`.

What comes by itself: whoever is not signed in goes to the login and comes back; a form without our word is refused, so
every `<form method="post">` begins with `{{ ui.token() }}`; `may("operator")` before a handler, `visit.may("operator")`
around its button; `visit.chosen` is the connection (None: all of them) and `visit.connections` those the page is about;
`href(path, …)` keeps the connection, `here(name=…)` this page with one filter changed; `f` writes figures and moments
(`f.said(money)`, `ui.when(moment)`); `?did=word` says what an action did with `ui.result`, and the address stays good
for a reload; `ui.ask(question)` with `ui.dialog(question)` asks before (`confirm.Question`), and `confirm.html` is the
same question without scripting. `WrongUse` raised by a read model becomes a page that says so, and so does a `Trouble`.

No `style` attribute and no inline script: the policy in `pages.HEADERS` forbids both. Sizes in SVG are attributes.
Names, addresses and whatever else came from outside are escaped by the templates, and stand in `ui.name` (`<bdi>`).
Pieces of a page that update by themselves are in `live`.
"""

from ml_connector.web.console.needs import ConsoleNeeds
from ml_connector.web.console.refusals import for_browsers
from ml_connector.web.console.routes import console_routes, may_connect

__all__ = ["ConsoleNeeds", "console_routes", "for_browsers", "may_connect"]
