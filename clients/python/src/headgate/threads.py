"""The client for threads."""

from __future__ import annotations

import concurrent.futures
import os
import threading
import time
import weakref
from types import TracebackType
from typing import Iterable, Mapping, Optional, Type, Union

from .call import TIMED_OUT
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
from .thread_lease import ThreadLease
from .usage import checked_usage
from .worker import Worker


# Seconds a thread gives the worker beyond the deadline: enough for it to say how the call ended.
GRACE = 0.005


class Client:
    """AsyncClient's twin for threads: the same arguments, answers and errors.

    Any number of threads may use one client; their calls share its connections, which a thread of its
    own looks after. A forked process starts with connections of its own.
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
        self._lock = threading.Lock()
        self._worker: Optional[Worker] = None
        self._closed = False
        self._replica = replica_name()
        CLIENTS.add(self)

    def check(
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
        """As AsyncClient.check; blocks the calling thread, for `timeout` at most."""
        start = time.monotonic()
        payload = encode_check(client, route, usage, attributes, tier, limits, peek, all_limits)
        settings = self._settings
        seconds = settings.timeout if timeout is None else checked_timeout(timeout)
        failure = settings.on_failure if on_failure is None else checked_on_failure(on_failure)
        return outcome(self._ask(CHECK, client, payload, seconds, start), failure, client)

    def _ask(
        self, kind: int, client: str, payload: bytes, seconds: float, start: Optional[float] = None
    ) -> Ending:
        worker = self._worker or self._start()
        # The worker's loop reads the same clock.
        deadline = (time.monotonic() if start is None else start) + seconds
        future: concurrent.futures.Future[Ending] = concurrent.futures.Future()
        worker.run(Fleet.ask, future, kind, client, payload, deadline)
        try:
            return future.result(seconds + GRACE)
        except concurrent.futures.TimeoutError:
            return TIMED_OUT

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
    ) -> ThreadLease:
        """As AsyncClient.lease: `with gate.lease(...) as lease`."""
        return ThreadLease(
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

    def settle(
        self, decision: Decision, usage: Optional[Mapping[str, int]] = None
    ) -> Settlement:
        """As AsyncClient.settle."""
        return self._settle(decision, checked_usage(usage or {}), cancel=False)

    def cancel(self, decision: Decision) -> Settlement:
        """As AsyncClient.cancel."""
        return self._settle(decision, {}, cancel=True)

    def _settle(self, decision: Decision, usage: Mapping[str, int], cancel: bool) -> Settlement:
        grant = decision.lease
        if grant is None:
            return Settlement.NOTHING
        future: concurrent.futures.Future[Settlement] = concurrent.futures.Future()
        payload = encode_settlement(grant.token, usage, cancel)
        worker = self._worker or self._start()
        worker.run(Fleet.settle, future, grant.client, payload, grant.ttl)
        return self._settlement(future)

    def _hold(self, decision: Decision) -> Lease:
        """Renews what the decision handed out until it is released."""
        worker = self._worker or self._start()
        lease = Lease(decision, time.monotonic())
        worker.run(Fleet.hold, None, lease)
        return lease

    def _release(self, lease: Lease, failed: bool) -> Settlement:
        """Settles a lease that was held. Never raises."""
        if lease.decision.lease is None:
            return Settlement.NOTHING
        worker = self._worker
        if worker is None:
            # The client was closed, or the process forked, while the call ran: the lease runs out.
            return Settlement.UNSETTLED
        future: concurrent.futures.Future[Settlement] = concurrent.futures.Future()
        worker.run(Fleet.release, future, lease, failed)
        return self._settlement(future)

    def _settlement(self, future: "concurrent.futures.Future[Settlement]") -> Settlement:
        try:
            return future.result(self._settings.timeout + GRACE)
        except concurrent.futures.TimeoutError:
            return Settlement.PENDING

    def report(
        self,
        pool: str,
        state: str = "ready",
        load: float = 0.0,
        replica: Optional[str] = None,
        ttl: Optional[float] = None,
    ) -> Optional[PoolReport]:
        """As AsyncClient.report."""
        name = self._replica if replica is None else replica
        payload = encode_report(pool, state, load, name, ttl)
        return report_outcome(self._ask(REPORT, name, payload, self._settings.timeout))

    @property
    def unsettled(self) -> int:
        """Leases that ran out before a daemon could be told what was used."""
        worker = self._worker
        return worker.unsettled if worker is not None else 0

    @property
    def closed(self) -> bool:
        """Whether close() was called."""
        return self._closed

    def connect(self) -> None:
        """Starts to connect now instead of at the first check. Does not wait."""
        if self._worker is None:
            self._start()

    def close(self) -> None:
        """Ends all connections; calls in flight end as `on_failure` says. A check raises from now on."""
        with self._lock:
            self._closed = True
            worker, self._worker = self._worker, None
        if worker is not None:
            worker.close()

    def _start(self) -> Worker:
        with self._lock:
            if self._closed:
                raise RuntimeError("this client was closed")
            if self._worker is None:
                self._worker = Worker(self._settings)
            return self._worker

    def _forked(self) -> None:
        """In the child: the worker's thread stayed with the parent, and so do its connections."""
        self._lock = threading.Lock()
        if self._worker is not None:
            self._worker.abandon()
            self._worker = None

    def __enter__(self) -> "Client":
        self.connect()
        return self

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        self.close()


CLIENTS: "weakref.WeakSet[Client]" = weakref.WeakSet()


def _forked() -> None:
    for client in CLIENTS:
        client._forked()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)
