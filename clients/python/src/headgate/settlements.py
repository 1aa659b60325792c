"""Ends leases, again and again where no daemon answers, until they are over anyway."""

from __future__ import annotations

import asyncio
import logging
from typing import Callable, Optional, Set

from . import status
from .backoff import Backoff
from .call import Future, end
from .framing import SETTLE
from .lease import Settlement

log = logging.getLogger("headgate")

# Settlements that wait for a daemon's return; more are given up, and their leases run out.
MOST_PENDING = 65_536

Ask = Callable[[Future, int, str, bytes, float], None]


class Ending:
    """One lease on its way to be settled."""

    __slots__ = ("client", "payload", "expires", "future", "backoff")

    def __init__(self, client: str, payload: bytes, expires: float, future: Future) -> None:
        self.client = client
        self.payload = payload
        self.expires = expires
        self.future = future
        self.backoff: Optional[Backoff] = None


class Settlements:
    """Lives on one event loop. `unsettled` counts leases that ended before a daemon was told."""

    def __init__(self, loop: asyncio.AbstractEventLoop, ask: Ask, timeout: float) -> None:
        self.unsettled = 0
        self._loop = loop
        self._ask = ask
        self._timeout = timeout
        self._open: Set[Ending] = set()
        self._idle: "Optional[asyncio.Future[None]]" = None
        self._closed = False

    def start(self, future: Future, client: str, payload: bytes, expires: float) -> None:
        """Settles by a SettleRequest. The future's result is a Settlement, after `timeout` at most."""
        ending = Ending(client, payload, expires, future)
        if self._closed or len(self._open) >= MOST_PENDING:
            self._give_up(ending)
            return
        self._open.add(ending)
        self._try(ending)

    def _try(self, ending: Ending) -> None:
        if self._closed:
            return
        answer = self._loop.create_future()
        answer.add_done_callback(lambda answer: self._answered(ending, answer.result()))
        deadline = self._loop.time() + self._timeout
        self._ask(answer, SETTLE, ending.client, ending.payload, deadline)

    def _answered(self, ending: Ending, result: status.Ending) -> None:
        if self._closed:
            return
        code, answer = result
        if code == status.OK:
            self._done(ending, Settlement.SETTLED if answer.settled else Settlement.GONE)
        elif code == status.INVALID_ARGUMENT:
            log.warning("the daemon did not take a lease back: %s", answer)
            self._done(ending, Settlement.REFUSED)
        elif self._loop.time() >= ending.expires:
            self._open.discard(ending)
            self._give_up(ending)
        else:
            end(ending.future, Settlement.PENDING)
            ending.backoff = ending.backoff or Backoff()
            self._loop.call_later(ending.backoff.delay(), self._try, ending)

    def _done(self, ending: Ending, settlement: Settlement) -> None:
        self._open.discard(ending)
        end(ending.future, settlement)
        self._tell_if_idle()

    def _give_up(self, ending: Ending) -> None:
        self.unsettled += 1
        end(ending.future, Settlement.UNSETTLED)
        self._tell_if_idle()

    def _tell_if_idle(self) -> None:
        if self._idle is not None and not self._open and not self._idle.done():
            self._idle.set_result(None)

    async def drain(self) -> None:
        """Gives what is not settled yet a last moment; the longest is the client's timeout."""
        if self._open and not self._closed:
            self._idle = self._loop.create_future()
            await asyncio.wait({self._idle}, timeout=self._timeout)

    def close(self) -> None:
        """Gives up what is left."""
        self._closed = True
        for ending in self._open:
            self._give_up(ending)
        self._open.clear()
        if self.unsettled:
            log.warning("%d leases were left to run out: no daemon took them back", self.unsettled)
