"""One `Depends(gate.limit(...))`."""

# No postponed annotations here: older FastAPI cannot resolve those of a callable object.

import dataclasses
import hashlib
import inspect
from typing import TYPE_CHECKING, Any, Callable, Dict, List, Mapping, Optional, Tuple, TypeVar, Union

from fastapi import Response
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection

from ..decision import Decision
from ..request import InlineLimit
from .refusal import refuse
from .route import dependency_calls, matched_route, method_and_template, route_template

if TYPE_CHECKING:
    from .gate import Headgate

T = TypeVar("T")

# A value, or a function of the request that gives one, now or later.
PerRequest = Union[T, Callable[[Any], Any]]

MAX_CLIENT_BYTES = 512
MAX_SCOPE_BYTES = 64


class LimitDependency:
    """Asks for one request; FastAPI calls it with the connection and the response to be."""

    def __init__(
        self,
        gate: "Headgate",
        limits: Tuple[Union[str, InlineLimit], ...],
        cost: Optional[PerRequest[int]],
        usage: Optional[PerRequest[Mapping[str, int]]],
        route: Optional[str],
        attributes: Optional[PerRequest[Mapping[str, str]]],
    ) -> None:
        self._gate = gate
        self._limits = [InlineLimit(item) if isinstance(item, str) else item for item in limits]
        self._cost = cost
        self._usage = usage
        self._route = route
        self._attributes = attributes
        # By the route's identity and template; the route is kept so that no other gets its identity.
        self._scoped: Dict[Tuple[int, str], Tuple[Any, List[InlineLimit]]] = {}

    async def __call__(self, connection: HTTPConnection, response: Response) -> Decision:
        template = self._route or route_template(connection)
        decision = await self._gate.daemon.check(
            await self._client(connection),
            template,
            usage=await self._usage_of(connection),
            attributes=await self._attributes_of(connection),
            limits=self._limits_for(connection, template) if self._limits else None,
            **self._gate.overrides,
        )
        if not decision.allowed:
            raise refuse(connection, decision)
        _show(connection, response, decision)
        return decision

    async def _client(self, connection: HTTPConnection) -> str:
        client = await _value(self._gate.client_key, connection)
        # A key comes from outside: one that cannot be an identity is the caller's mistake, not ours.
        if isinstance(client, str) and not _may_be_client(client):
            raise HTTPException(status_code=400, detail="This cannot be a client's key")
        return client  # type: ignore[no-any-return]

    async def _usage_of(self, connection: HTTPConnection) -> Optional[Mapping[str, int]]:
        if self._cost is None and self._usage is None:
            return None
        usage = dict(await _value(self._usage, connection) or {})
        cost = await _value(self._cost, connection)
        if cost is not None:
            usage["requests"] = cost
        return usage

    async def _attributes_of(self, connection: HTTPConnection) -> Mapping[str, str]:
        # A WebSocket starts with a GET, and its scope does not say so.
        method = str(connection.scope.get("method") or "GET").upper()
        if self._attributes is None:
            return {"method": method}
        return {**(await _value(self._attributes, connection) or {}), "method": method}

    def _limits_for(self, connection: HTTPConnection, template: str) -> List[InlineLimit]:
        matched = matched_route(connection)
        key = (id(matched), template)
        known = self._scoped.get(key)
        if known is None:
            scope = self._scope(connection, matched, template)
            limits = [
                limit if limit.scope else dataclasses.replace(limit, scope=scope)
                for limit in self._limits
            ]
            known = self._scoped[key] = (matched, limits)
        return known[1]

    def _scope(self, connection: HTTPConnection, matched: Any, template: str) -> str:
        """What keeps this dependency's counters apart: methods, route, and its place on the route.

        The same in every replica that runs the same code, and after a restart.
        """
        calls: List[Any] = []
        for call in dependency_calls(getattr(matched, "dependant", None)):
            if isinstance(call, LimitDependency) and call not in calls:
                calls.append(call)
        place = calls.index(self) if self in calls else 0
        scope = f"{' '.join(method_and_template(connection, template))}#{place}"
        if len(scope.encode()) <= MAX_SCOPE_BYTES:
            return scope
        return hashlib.sha256(scope.encode()).hexdigest()[:32]


async def _value(source: Any, connection: HTTPConnection) -> Any:
    if not callable(source):
        return source
    value = source(connection)
    return await value if inspect.isawaitable(value) else value


def _may_be_client(client: str) -> bool:
    if any(character < " " or character == "\x7f" for character in client):
        return False
    return 0 < len(client.encode("utf-8", "replace")) <= MAX_CLIENT_BYTES


def _show(connection: HTTPConnection, response: Response, decision: Decision) -> None:
    """Puts the rate headers on the response; of several dependencies, the tightest limit's."""
    if decision.limit is None:
        return
    shown: Optional[Decision] = getattr(connection.state, "headgate_shown", None)
    if shown is None or _share(decision) < _share(shown):
        connection.state.headgate_shown = decision
        response.headers.update(decision.headers("x-ratelimit"))


def _share(decision: Decision) -> float:
    return (decision.remaining or 0) / decision.limit if decision.limit else 0.0
