"""Finds the route of a call before the application does."""

from __future__ import annotations

from typing import Any, Dict, Iterable, MutableMapping, Optional

from starlette.routing import Match

Scope = MutableMapping[str, Any]


def matched_scope(scope: Scope) -> Optional[Scope]:
    """The scope as the route's handler will see it, its `route` in it; None where no route matches.

    A path that matches with another method only counts as no route: nothing will run for it.
    """
    routes = getattr(scope.get("app"), "routes", None)
    return None if routes is None else _search(routes, scope)


def _search(routes: Iterable[Any], scope: Scope) -> Optional[Scope]:
    for route in routes:
        match, child = route.matches(scope)
        if match is not Match.FULL:
            continue
        inner: Dict[str, Any] = {**scope, **child}
        inner.setdefault("fastapi", scope.get("fastapi"))
        nested = getattr(route, "routes", None)
        if nested and not hasattr(route, "endpoint"):
            found = _search(nested, inner)
            # Nothing in there takes it, and the router looks no further.
            return found
        inner["route"] = child.get("route", route)
        return inner
    return None
