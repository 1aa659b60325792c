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
from .status import Ending
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
        # The worker's loop reads the same clock.
        start = time.monotonic()
        payload = encode_check(client, route, usage, attributes, tier, limits, peek, all_limits)
        settings = self._settings
        seconds = settings.timeout if timeout is None else checked_timeout(timeout)
        failure = settings.on_failure if on_failure is None else checked_on_failure(on_failure)
        worker = self._worker or self._start()
        future: concurrent.futures.Future[Ending] = concurrent.futures.Future()
        worker.ask(future, client, payload, start + seconds)
        try:
            ending = future.result(seconds + GRACE)
        except concurrent.futures.TimeoutError:
            ending = TIMED_OUT
        return outcome(ending, failure)

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
