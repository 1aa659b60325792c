"""The gate of one application."""

from __future__ import annotations

import contextlib
from typing import Any, AsyncIterator, Callable, Mapping, Optional, Union

from ..aio import AsyncClient
from ..request import InlineLimit, inline_limits
from ..settings import checked_on_failure, checked_timeout
from .heartbeat import Heartbeat
from .keys import ClientKey, api_key
from .lease import LeaseDependency
from .limit import LimitDependency
from .middleware import HeadgateMiddleware
from .per_request import PerRequest


class Headgate:
    """Limits for the routes of a FastAPI application, decided by the daemon.

    `daemon`: addresses as AsyncClient takes them, or an AsyncClient of one's own (which the gate then
    neither makes nor closes). `client`: who calls, from a request; a function, also an async one.
    `on_failure` and `timeout` as for AsyncClient; None: the client's own. `pool`: what this replica
    serves; the lifespan then reports it, with the `load` that the function gives, 0 to 1 and above.
    """

    def __init__(
        self,
        daemon: Union[str, AsyncClient] = "127.0.0.1:7420",
        client: Optional[ClientKey] = None,
        on_failure: Optional[str] = None,
        timeout: Optional[float] = None,
        pool: Optional[str] = None,
        load: Optional[Callable[[], float]] = None,
        **options: Any,
    ) -> None:
        if pool is not None and not isinstance(pool, str):
            raise TypeError(f"pool: expected a string, got {type(pool).__name__}")
        if load is not None and (pool is None or not callable(load)):
            raise TypeError("load: expected a function, with the pool that it is about")
        if client is not None and not callable(client):
            raise TypeError(f"client: expected a function, got {type(client).__name__}")
        self.client_key: ClientKey = client or api_key()
        self._heartbeat = None if pool is None else Heartbeat(pool, load)
        self.overrides: "dict[str, Any]" = {}
        self._arguments: Optional["dict[str, Any]"] = None
        given: "dict[str, Any]" = {}
        if on_failure is not None:
            given["on_failure"] = checked_on_failure(on_failure)
        if timeout is not None:
            given["timeout"] = checked_timeout(timeout)
        if isinstance(daemon, AsyncClient):
            if options:
                raise TypeError(f"{', '.join(options)}: give these to the AsyncClient")
            self.daemon = daemon
            self.overrides = given
        else:
            self._arguments = {"addresses": daemon, **given, **options}
            self.daemon = AsyncClient(**self._arguments)

    @contextlib.asynccontextmanager
    async def lifespan(self, app: Any) -> AsyncIterator[None]:
        """`FastAPI(lifespan=gate.lifespan)`: connects at the start, closes at the end.

        With a `pool`, reports this replica: warming until ready() is called, draining at the end.
        """
        if self._arguments is not None and self.daemon.closed:
            # An application that starts again, as it does in tests, gets connections again.
            self.daemon = AsyncClient(**self._arguments)
        self.daemon.connect()
        if self._heartbeat is not None:
            self._heartbeat.start(self.daemon)
        try:
            yield
        finally:
            if self._heartbeat is not None:
                await self._heartbeat.stop(self.daemon)
            if self._arguments is not None:
                await self.daemon.close()

    def ready(self) -> None:
        """This replica has warmed up; its lifespan reports it as ready from now on."""
        if self._heartbeat is None:
            raise RuntimeError("pool: the gate was made without one, so nothing is reported")
        self._heartbeat.ready()

    def middleware(
        self,
        app: Any,
        usage: Optional[PerRequest[Mapping[str, int]]] = None,
        attributes: Optional[PerRequest[Mapping[str, str]]] = None,
        messages: bool = False,
    ) -> HeadgateMiddleware:
        """`app.add_middleware(gate.middleware)`: the policy's limits on every route, by its template.

        What is held for a call is settled when its answer was sent; `lease_of(request)` gives it to
        the endpoint. Answers carry the rate headers. Paths without a route are not asked about. A
        WebSocket is one call, or with `messages` one more for each message that comes. `usage` and
        `attributes` as for limit(); they must not read the body.
        """
        return HeadgateMiddleware(self, app, usage, attributes, messages)

    def lease(
        self,
        *limits: Union[str, InlineLimit],
        usage: Optional[PerRequest[Mapping[str, int]]] = None,
        cost: Optional[PerRequest[int]] = None,
        route: Optional[str] = None,
        attributes: Optional[PerRequest[Mapping[str, str]]] = None,
    ) -> Callable[..., Any]:
        """A dependency: `lease: Lease = Depends(gate.lease(usage=estimate))`.

        Asks as limit() does, holds what was granted while the endpoint runs and its response is sent,
        a stream too, and settles then by what `lease.used(tokens=412)` was told. A reader that goes
        away ends it. What raises before anything was used is not charged.
        """
        inline_limits(limits)
        return LeaseDependency(self, limits, _checked(cost), usage, route, attributes)

    def limit(
        self,
        *limits: Union[str, InlineLimit],
        cost: Optional[PerRequest[int]] = None,
        usage: Optional[PerRequest[Mapping[str, int]]] = None,
        route: Optional[str] = None,
        attributes: Optional[PerRequest[Mapping[str, str]]] = None,
    ) -> Callable[..., Any]:
        """A dependency: `Depends(gate.limit())` asks the daemon before the endpoint runs.

        `limits` hold beside the policy's own; their counters are this dependency's alone on each
        route, unless an InlineLimit names a scope. `cost`: what a request costs in requests (1);
        `usage`: what it costs in other units. `route`: instead of the route's template.
        `attributes`: what else the policy may match; `method` is always sent. `cost`, `usage` and
        `attributes` may be functions of the request, also async ones.

        What the daemon holds for the call (slots, tokens) is settled by its estimate when the response
        was sent. Raises Refusal: 429, 403 or 503. A response gets the rate headers unless the endpoint makes a
        Response object of its own.
        """
        inline_limits(limits)
        return LimitDependency(self, limits, _checked(cost), usage, route, attributes)


def _checked(cost: Optional[PerRequest[int]]) -> Optional[PerRequest[int]]:
    if cost is not None and not callable(cost):
        if isinstance(cost, bool) or not isinstance(cost, int) or cost < 0:
            raise ValueError(f"cost: {cost!r} is neither a number of requests nor a function")
    return cost
