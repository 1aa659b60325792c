"""The client for asyncio."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Iterable, Mapping, Optional, Type, Union

from .aio_lease import AsyncLease
from .decision import Decision
from .fleet import Fleet
from .framing import CHECK, REPORT
from .lease import Lease, Settlement, encode_settlement
from .outcome import outcome
from .reporting import PoolReport, encode_report, replica_name, report_outcome
from .request import Limits, encode_check
from .settings import (
    DEFAULT_ADDRESS,
    DEFAULT_TIMEOUT,
    TLS,
    checked_on_failure,
    checked_settings,
    checked_timeout,
)
from .status import Ending
from .usage import checked_usage


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
        self._replica = replica_name()

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
        return outcome(await self._ask(CHECK, client, payload, seconds), failure, client)

    async def _ask(self, kind: int, client: str, payload: bytes, seconds: float) -> Ending:
        loop = asyncio.get_running_loop()
        fleet = self._fleet
        if fleet is None or loop is not self._loop:
            fleet = self._start(loop)
        future = loop.create_future()
        fleet.ask(future, kind, client, payload, loop.time() + seconds)
        if future.done():
            # Answered here, with no daemon in reach. Without this turn for the loop, a caller that
            # tries again and again would keep it from ever connecting.
            await asyncio.sleep(0)
        return await future  # type: ignore[no-any-return]

    def lease(
        self,
        client: str,
        route: str,
        usage: Optional[Mapping[str, int]] = None,
        attributes: Optional[Mapping[str, str]] = None,
        tier: Optional[str] = None,
        limits: Optional[Limits] = None,
        timeout: Optional[float] = None,
        on_failure: Optional[str] = None,
    ) -> AsyncLease:
        """Checks, and holds what the check was granted until the body of the `with` ends.

        `usage` is an estimate; `lease.used(tokens=412)` says what was used. While the body runs the
        lease is renewed; when it ends it is settled, or given back as if the call never was where the
        body raised before anything was used. Raises Refused where the call may not go on, and else
        what check() raises. An outage raises nothing, at the end neither: the settlement is tried
        again in the background until the lease is over.
        """
        return AsyncLease(
            self,
            {
                "client": client,
                "route": route,
                "usage": usage,
                "attributes": attributes,
                "tier": tier,
                "limits": limits,
                "timeout": timeout,
                "on_failure": on_failure,
            },
        )

    async def settle(
        self, decision: Decision, usage: Optional[Mapping[str, int]] = None
    ) -> Settlement:
        """Ends what a decision handed out, with what the call used; a unit left out keeps its estimate.

        Waits for the client's timeout at most. Raises TypeError or ValueError for a wrong `usage`
        only: what became of the lease is the answer.
        """
        return await self._settle(decision, checked_usage(usage or {}), cancel=False)

    async def cancel(self, decision: Decision) -> Settlement:
        """Gives back all that a decision charged: the call never happened."""
        return await self._settle(decision, {}, cancel=True)

    async def _settle(
        self, decision: Decision, usage: Mapping[str, int], cancel: bool
    ) -> Settlement:
        grant = decision.lease
        if grant is None:
            return Settlement.NOTHING
        fleet = self._connected()
        future = asyncio.get_running_loop().create_future()
        payload = encode_settlement(grant.token, usage, cancel)
        fleet.settle(future, grant.client, payload, grant.ttl)
        return await future  # type: ignore[no-any-return]

    def _hold(self, decision: Decision) -> Lease:
        """Renews what the decision handed out until it is released."""
        fleet = self._connected()
        lease = Lease(decision, asyncio.get_running_loop().time())
        fleet.hold(lease)
        return lease

    async def _release(self, lease: Lease, failed: bool) -> Settlement:
        """Settles a lease that was held. Never raises, except where the waiting is cancelled."""
        fleet, loop = self._fleet, asyncio.get_running_loop()
        if lease.decision.lease is None:
            return Settlement.NOTHING
        if fleet is None or loop is not self._loop:
            # The client was closed while the call ran: the lease runs out.
            return Settlement.UNSETTLED
        future = loop.create_future()
        # Sent before the first wait: a call that is being cancelled settles too.
        fleet.release(future, lease, failed)
        return await future  # type: ignore[no-any-return]

    async def report(
        self,
        pool: str,
        state: str = "ready",
        load: float = 0.0,
        replica: Optional[str] = None,
        ttl: Optional[float] = None,
    ) -> Optional[PoolReport]:
        """A replica's heartbeat: "warming", "ready" or "draining", and how loaded it is.

        `load` is 0 when idle and 1 when saturated; above that calls queue. `replica` names this one
        among all; unless given, this process. The daemon forgets it after `ttl` seconds of silence
        (10). None in an outage. Raises as check() does.
        """
        name = self._replica if replica is None else replica
        payload = encode_report(pool, state, load, name, ttl)
        return report_outcome(await self._ask(REPORT, name, payload, self._settings.timeout))

    @property
    def unsettled(self) -> int:
        """Leases that ran out before a daemon could be told what was used."""
        return self._fleet.settlements.unsettled if self._fleet is not None else 0

    @property
    def closed(self) -> bool:
        """Whether close() was called."""
        return self._closed

    def connect(self) -> None:
        """Starts to connect now instead of at the first check. Does not wait."""
        self._connected()

    def _connected(self) -> Fleet:
        loop = asyncio.get_running_loop()
        if self._fleet is None or loop is not self._loop:
            return self._start(loop)
        return self._fleet

    async def close(self) -> None:
        """Ends all connections; calls in flight end as `on_failure` says. A check raises from now on.

        Settlements that no daemon took yet get the client's timeout for a last try.
        """
        self._closed = True
        fleet, self._fleet = self._fleet, None
        if fleet is None or self._loop is not asyncio.get_running_loop():
            return
        await fleet.settlements.drain()
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
