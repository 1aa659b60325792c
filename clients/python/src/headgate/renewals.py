"""Keeps leases alive while their calls run: many in one message, once in a third of their time."""

from __future__ import annotations

import asyncio
import math
import weakref
from typing import Callable, Dict, Iterator, List, Optional

from . import status
from .connection import Connection
from .framing import RENEW
from .lease import Lease
from .v1 import limiter_pb2 as pb

# The contract's bound for one message, and one that keeps its frame below 64 KiB.
MOST_LEASES = 256
MOST_BYTES = 60 * 1024

# Seconds an answer may take; a renewal that failed has time left for others.
ANSWER_WITHIN = 1.0

# A lease whose renewal failed is due again after this part of its interval.
AGAIN = 0.25

# Seconds; no lease is renewed more often, whatever the daemon says.
SHORTEST = 0.01


class Queue:
    """Leases of one interval: what comes later is due later, so the first is always the next."""

    def __init__(self) -> None:
        self.leases: "Dict[int, weakref.ref[Lease]]" = {}
        self.timer: Optional[asyncio.TimerHandle] = None


class Renewals:
    """Lives on one event loop. `reach` gives the connection for a client, if there is one now.

    A lease that nobody holds any more is no longer renewed: what was forgotten comes free.
    """

    def __init__(
        self, loop: asyncio.AbstractEventLoop, reach: Callable[[str], Optional[Connection]]
    ) -> None:
        self._loop = loop
        self._reach = reach
        self._queues: Dict[float, Queue] = {}
        self._last = 0
        self._closed = False

    def add(self, lease: Lease) -> None:
        """Renews the lease from now on."""
        if not lease._token or self._closed:
            return
        self._last += 1
        lease._number = self._last
        self._enqueue(lease, renewal_interval(lease._ttl))

    def remove(self, lease: Lease) -> None:
        """The lease is being settled."""
        queue = self._queues.get(lease._queue) if lease._queue is not None else None
        lease._queue = None
        if queue is not None:
            queue.leases.pop(lease._number, None)

    def close(self) -> None:
        """Renews nothing any more."""
        self._closed = True
        for queue in self._queues.values():
            if queue.timer is not None:
                queue.timer.cancel()
        self._queues.clear()

    def _enqueue(self, lease: Lease, interval: float) -> None:
        queue = self._queues.setdefault(interval, Queue())
        lease._queue = interval
        lease._due = self._loop.time() + interval
        queue.leases[lease._number] = weakref.ref(lease)
        if queue.timer is None:
            queue.timer = self._loop.call_at(lease._due, self._fire, interval)

    def _fire(self, interval: float) -> None:
        """Renews what is due, and what is nearly: one message then carries more of them."""
        queue = self._queues[interval]
        until = self._loop.time() + interval / 8
        due: List[Lease] = []
        queue.timer = None
        for number, reference in list(_first(queue.leases, until)):
            del queue.leases[number]
            lease = reference()
            if lease is not None:
                due.append(lease)
        for reference in queue.leases.values():
            lease = reference()
            when = lease._due if lease is not None else until
            queue.timer = self._loop.call_at(when, self._fire, interval)
            break
        else:
            del self._queues[interval]
        self._renew(due)

    def _renew(self, due: List[Lease]) -> None:
        groups: Dict[Connection, List[Lease]] = {}
        for lease in due:
            connection = self._reach(lease._client)
            if connection is None:
                self._failed(lease)
            else:
                groups.setdefault(connection, []).append(lease)
        for connection, leases in groups.items():
            for batch in _batches(leases):
                self._send(connection, batch)

    def _send(self, connection: Connection, batch: List[Lease]) -> None:
        items = [pb.RenewRequest.Item(lease=lease._token, usage=lease._usage) for lease in batch]
        payload = pb.RenewRequest(leases=items).SerializeToString()
        future = self._loop.create_future()
        now = self._loop.time()
        future.add_done_callback(lambda done: self._answered(batch, now, done.result()))
        connection.ask(future, RENEW, payload, now + ANSWER_WITHIN, now)

    def _answered(self, batch: List[Lease], asked: float, ending: status.Ending) -> None:
        code, answer = ending
        understood = code == status.OK and len(answer.leases) == len(batch)
        for index, lease in enumerate(batch):
            if lease._queue is None or self._closed:
                continue
            if not understood:
                self._failed(lease)
            elif not answer.leases[index].alive:
                self._lost(lease)
            else:
                item = answer.leases[index]
                lease._token = item.lease or lease._token
                lease._stop = lease._stop or item.stop
                lease._expires = asked + lease._ttl
                self._enqueue(lease, renewal_interval(lease._ttl))

    def _failed(self, lease: Lease) -> None:
        """No daemon answered. What it granted last still holds for a while: time to ask again."""
        if self._loop.time() < lease._expires:
            self._enqueue(lease, renewal_interval(lease._ttl) * AGAIN)
        else:
            self._lost(lease)

    def _lost(self, lease: Lease) -> None:
        lease._alive = False
        lease._queue = None


def renewal_interval(ttl: float) -> float:
    """About a third of a lease's time, in seconds: one of eight values in each power of two.

    Rounded down by an eighth at most, so that leases of nearly the same time share a message.
    """
    mantissa, exponent = math.frexp(max(ttl / 3, SHORTEST))
    return math.ldexp(math.floor(mantissa * 16) / 16, exponent)


def _first(
    leases: "Dict[int, weakref.ref[Lease]]", until: float
) -> "Iterator[tuple[int, weakref.ref[Lease]]]":
    for number, reference in leases.items():
        lease = reference()
        if lease is not None and lease._due > until:
            return
        yield number, reference


def _batches(leases: List[Lease]) -> Iterator[List[Lease]]:
    batch: List[Lease] = []
    total = 0
    for lease in leases:
        size = len(lease._token) + sum(len(unit) * 4 + 16 for unit in lease._usage) + 16
        if batch and (len(batch) == MOST_LEASES or total + size > MOST_BYTES):
            yield batch
            batch, total = [], 0
        batch.append(lease)
        total += size
    if batch:
        yield batch
