"""What a dependency asks for one request, whatever it does with the answer."""

from __future__ import annotations

import dataclasses
import hashlib
from typing import TYPE_CHECKING, Any, Dict, List, Mapping, Optional, Tuple, Union

from fastapi import Response
from starlette.requests import HTTPConnection

from ..decision import Decision
from ..request import InlineLimit
from .per_request import PerRequest, attributes_of, client_of, value_of
from .refusal import refuse
from .route import dependency_calls, matched_route, method_and_template, route_template

if TYPE_CHECKING:
    from .gate import Headgate

MAX_SCOPE_BYTES = 64


class Asking:
    """The question of one dependency; each has counters of its own for limits given in code."""

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

    async def _admit(self, connection: HTTPConnection, response: Response) -> Decision:
        """Asks the daemon, raises where it refuses, and shows the limit on the response to be."""
        template = self._route or route_template(connection)
        decision = await self._gate.daemon.check(
            await client_of(self._gate.client_key, connection),
            template,
            usage=await self._usage_of(connection),
            attributes=await attributes_of(self._attributes, connection),
            limits=self._limits_for(connection, template) if self._limits else None,
            **self._gate.overrides,
        )
        if not decision.allowed:
            raise refuse(connection, decision)
        _show(connection, response, decision)
        return decision

    async def _usage_of(self, connection: HTTPConnection) -> Optional[Mapping[str, int]]:
        if self._cost is None and self._usage is None:
            return None
        usage = dict(await value_of(self._usage, connection) or {})
        cost = await value_of(self._cost, connection)
        if cost is not None:
            usage["requests"] = cost
        return usage

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
            if isinstance(call, Asking) and call not in calls:
                calls.append(call)
        place = calls.index(self) if self in calls else 0
        scope = f"{' '.join(method_and_template(connection, template))}#{place}"
        if len(scope.encode()) <= MAX_SCOPE_BYTES:
            return scope
        return hashlib.sha256(scope.encode()).hexdigest()[:32]


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
