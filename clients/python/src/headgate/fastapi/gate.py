"""The gate of one application."""

from __future__ import annotations

import contextlib
from typing import Any, AsyncIterator, Callable, Mapping, Optional, Union

from ..aio import AsyncClient
from ..request import InlineLimit, inline_limits
from ..settings import checked_on_failure, checked_timeout
from .keys import ClientKey, api_key
from .limit import LimitDependency, PerRequest


class Headgate:
    """Limits for the routes of a FastAPI application, decided by the daemon.

    `daemon`: addresses as AsyncClient takes them, or an AsyncClient of one's own (which the gate then
    neither makes nor closes). `client`: who calls, from a request; a function, also an async one.
    `on_failure` and `timeout` as for AsyncClient; None: the client's own.
    """

    def __init__(
        self,
        daemon: Union[str, AsyncClient] = "127.0.0.1:7420",
        client: Optional[ClientKey] = None,
        on_failure: Optional[str] = None,
        timeout: Optional[float] = None,
        **options: Any,
    ) -> None:
        if client is not None and not callable(client):
            raise TypeError(f"client: expected a function, got {type(client).__name__}")
        self.client_key: ClientKey = client or api_key()
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
        """`FastAPI(lifespan=gate.lifespan)`: connects at the start, closes at the end."""
        if self._arguments is not None and self.daemon.closed:
            # An application that starts again, as it does in tests, gets connections again.
            self.daemon = AsyncClient(**self._arguments)
        self.daemon.connect()
        try:
            yield
        finally:
            if self._arguments is not None:
                await self.daemon.close()

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

        Raises Refusal: 429, 403 or 503. A response gets the rate headers unless the endpoint makes a
        Response object of its own.
        """
        inline_limits(limits)
        if cost is not None and not callable(cost):
            if isinstance(cost, bool) or not isinstance(cost, int) or cost < 0:
                raise ValueError(f"cost: {cost!r} is neither a number of requests nor a function")
        return LimitDependency(self, limits, cost, usage, route, attributes)
