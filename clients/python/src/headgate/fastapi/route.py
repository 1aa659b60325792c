"""Which route a request matched, by its template."""

from __future__ import annotations

from typing import Any, Iterator, List, Tuple

from starlette.requests import HTTPConnection


def matched_route(connection: HTTPConnection) -> Any:
    """What FastAPI matched: has `path` and `dependant`.

    Since FastAPI keeps included routers apart, scope["route"] is the route as its own router knows
    it, without the prefix it was included under; the whole of it is then in a context beside it.
    """
    included = connection.scope.get("fastapi")
    if isinstance(included, dict):
        context = included.get("effective_route_context")
        if getattr(context, "path", None):
            return context
    return connection.scope.get("route")


def route_template(connection: HTTPConnection) -> str:
    """The route as it is written in the code, under everything it is mounted on: "/items/{item}".

    Where nothing matched (no FastAPI or Starlette route), the path itself.
    """
    scope = connection.scope
    template = getattr(matched_route(connection), "path", None)
    if template is None:
        return str(scope.get("path") or "/")
    mount = str(scope.get("root_path") or "").rstrip("/")
    if "{" in str(template) or scope.get("path_params"):
        mount = _mount_template(mount, str(template), scope.get("path_params") or {})
    return mount + str(template) or "/"


def _mount_template(mount: str, template: str, path_params: "dict[str, Any]") -> str:
    """A mount's path with the values of its own parameters put back to their names."""
    names = {
        str(value): name
        for name, value in path_params.items()
        if "{" + name + "}" not in template and "{" + name + ":" not in template
    }
    segments: List[str] = []
    for segment in mount.split("/"):
        name = names.get(segment)
        segments.append("{" + name + "}" if name and segment else segment)
    return "/".join(segments)


def dependency_calls(dependant: Any) -> "Iterator[Any]":
    """Every dependency of a route, its own and those of its dependencies, in the order they run."""
    for dependency in getattr(dependant, "dependencies", ()):
        yield from dependency_calls(dependency)
        yield dependency.call


def method_and_template(connection: HTTPConnection, template: str) -> Tuple[str, str]:
    """What tells two routes of one template apart: the methods they are for."""
    methods = getattr(matched_route(connection), "methods", None) or ()
    return ",".join(sorted(methods)) or "WEBSOCKET", template
