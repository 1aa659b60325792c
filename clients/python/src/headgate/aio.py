"""The client for asyncio."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Iterable, Mapping, Optional, Type, Union

from .decision import Decision
from .fleet import Fleet
from .outcome import outcome
from .request import Limits, encode_check
from .settings import (
    DEFAULT_ADDRESS,
    DEFAULT_TIMEOUT,
    TLS,
    checked_on_failure,
    checked_settings,
    checked_timeout,
)


class AsyncClient:
    """Asks the daemon whether a client may call a route; never blocks the event loop.

    `addresses`: "host:port", several joined by commas. A name with several IP addresses counts as
    several daemons. `timeout`: seconds a check takes at most (to within 2 ms). `on_failure`: what a
    check says when no daemon answers in time, "allow" or "refuse"; such decisions are `degraded`.
    `token`: what the daemon asks for, if it does. `tls`: True to connect with TLS and trust whom the
    system trusts, the path of a CA file, or an ssl.SSLContext, which may hold a client certificate.

    Connects in the background from the first use on, again whenever a connection is lost. Belongs to
    the event loop that uses it first, until that one has ended.
    """

    def __init__(
        self,
        addresses: Union[str, Iterable[str]] = DEFAULT_ADDRESS,
        token: Optional[str] = None,
        tls: TLS = None,
        timeout: float = DEFAULT_TIMEOUT,
        on_failure: str = "allow",
    ) -> None:
        self._settings = checked_settings(addresses, token, tls, timeout, on_failure)
        self._loop: Optional[asyncio.AbstractEventLoop] = None
        self._fleet: Optional[Fleet] = None
        self._closed = False

    async def check(
        self,
        client: str,
        route: str,
        usage: Optional[Mapping[str, int]] = None,
        attributes: Optional[Mapping[str, str]] = None,
        tier: Optional[str] = None,
        limits: Optional[Limits] = None,
        peek: bool = False,
        all_limits: bool = False,
        timeout: Optional[float] = None,
        on_failure: Optional[str] = None,
    ) -> Decision:
        """May this client call this route now? Charges every limit that applies, or none of them.

        `usage`: what the call costs by unit; "requests" is 1 unless given. `attributes`: whatever else
        the policy matches or counts by. `tier`: the client's, where the caller knows it. `limits`:
        limits beside the policy's own. `peek`: answer without charging. `all_limits`: the decision
        carries the state of every limit that applied, not only of the deciding one. `timeout` and
        `on_failure` stand in for the client's own.

        Raises InvalidRequest where the daemon does not take the request, Unauthenticated where it
        wants another token, TypeError or ValueError where an argument cannot be sent at all. An
        outage raises nothing: see `on_failure`.
        """
        payload = encode_check(client, route, usage, attributes, tier, limits, peek, all_limits)
        settings = self._settings
        seconds = settings.timeout if timeout is None else checked_timeout(timeout)
        failure = settings.on_failure if on_failure is None else checked_on_failure(on_failure)
        loop = asyncio.get_running_loop()
        fleet = self._fleet
        if fleet is None or loop is not self._loop:
            fleet = self._start(loop)
        future = loop.create_future()
        fleet.ask(future, client, payload, loop.time() + seconds)
        if future.done():
            # Answered here, with no daemon in reach. Without this turn for the loop, a caller that
            # tries again and again would keep it from ever connecting.
            await asyncio.sleep(0)
        return outcome(await future, failure)

    @property
    def closed(self) -> bool:
        """Whether close() was called."""
        return self._closed

    def connect(self) -> None:
        """Starts to connect now instead of at the first check. Does not wait."""
        loop = asyncio.get_running_loop()
        if self._fleet is None or loop is not self._loop:
            self._start(loop)

    async def close(self) -> None:
        """Ends all connections; calls in flight end as `on_failure` says. A check raises from now on."""
        self._closed = True
        fleet, self._fleet = self._fleet, None
        if fleet is None or self._loop is not asyncio.get_running_loop():
            return
        await asyncio.wait(fleet.close())

    def _start(self, loop: asyncio.AbstractEventLoop) -> Fleet:
        if self._closed:
            raise RuntimeError("this client was closed")
        if self._loop is not None and self._loop is not loop and self._loop.is_running():
            raise RuntimeError("this client belongs to another event loop, which still runs")
        # What an ended loop left behind ended with it; a test client runs one loop per request.
        self._loop = loop
        self._fleet = Fleet(loop, self._settings)
        return self._fleet

    async def __aenter__(self) -> "AsyncClient":
        self.connect()
        return self

    async def __aexit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        await self.close()
