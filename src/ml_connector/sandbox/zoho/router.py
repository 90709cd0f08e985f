"""Which operation a method and a path mean."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from ml_connector.sandbox.zoho.call import Route
from ml_connector.sandbox.zoho.refusals import Refusal, wrong_url

_Segments = tuple[str, ...]


class Router:
    """Finds routes; a `{}` of a path takes digits and nothing else."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._routes: defaultdict[tuple[int, str], list[tuple[_Segments, Route]]] = defaultdict(list)
        for route in routes:
            segments = tuple(route.path.strip("/").split("/"))
            self._routes[len(segments), segments[0]].append((segments, route))

    def find(self, method: str, path: str) -> tuple[Route, tuple[str, ...]]:
        """The route and the ids in *path*.

        Raises:
            Refusal: 404 code 5 for an unknown path, 405 code 37 for a known path and another method.
        """
        segments = tuple(path.strip("/").split("/"))
        known = False
        for pattern, route in self._routes.get((len(segments), segments[0]), ()):
            ids = _match(pattern, segments)
            if ids is None:
                continue
            if route.method == method:
                return route, ids
            known = True
        if known:
            raise Refusal(405, 37, "The HTTP method is not allowed for the requested resource")
        raise wrong_url()


def _match(pattern: _Segments, segments: _Segments) -> tuple[str, ...] | None:
    ids = []
    for wanted, given in zip(pattern, segments, strict=True):
        if wanted == "{}":
            if not given.isdigit():
                return None
            ids.append(given)
        elif wanted != given:
            return None
    return tuple(ids)
