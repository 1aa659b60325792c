"""The thread behind a Client: an event loop that owns its connections."""

from __future__ import annotations

import asyncio
import collections
import threading
from typing import Any, Callable, Deque, List, Optional, Tuple

from .call import CLOSED, Future, end
from .fleet import Fleet
from .lease import Settlement
from .settings import Settings

# What a fleet is to do, the future that it has to end, if any, and the other arguments.
Errand = Tuple[Callable[..., None], Optional[Future], Tuple[Any, ...]]

# Workers of a parent process: kept from the garbage collector of a forked child, which would close
# connections that the two share in an orderly way, the parent's too where they are encrypted.
ABANDONED: "List[Worker]" = []


class Worker:
    """Takes errands from any thread and runs them on its loop."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._loop = asyncio.SelectorEventLoop()
        self._errands: Deque[Errand] = collections.deque()
        self._waking = False
        # Made by the thread, before anything is run there.
        self._fleet: Optional[Fleet] = None
        self._thread = threading.Thread(target=self._run, name="headgate", daemon=True)
        self._thread.start()

    def run(
        self, action: Callable[..., None], future: Optional[Future], *arguments: Any
    ) -> None:
        """Has a method of Fleet called; its times are time.monotonic()'s."""
        self._errands.append((action, future, arguments))
        # One wake-up serves every thread that asks before the loop gets there.
        if not self._waking:
            self._waking = True
            try:
                self._loop.call_soon_threadsafe(self._run_all)
            except RuntimeError:
                _close(action, future)

    @property
    def unsettled(self) -> int:
        """Leases that ended before a daemon was told."""
        fleet = self._fleet
        return fleet.settlements.unsettled if fleet is not None else 0

    def _run_all(self) -> None:
        # Cleared before the queue is read: an errand that comes after the reading wakes us again.
        self._waking = False
        errands = self._errands
        while errands:
            action, future, arguments = errands.popleft()
            if future is None:
                action(self._fleet, *arguments)
            else:
                action(self._fleet, future, *arguments)

    def close(self) -> None:
        """Ends the thread; whatever was asked has its ending then."""
        try:
            self._loop.call_soon_threadsafe(self._loop.stop)
        except RuntimeError:
            return
        self._thread.join()

    def abandon(self) -> None:
        """Forgets everything without touching it: it belongs to the parent process."""
        ABANDONED.append(self)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        fleet = self._fleet = Fleet(self._loop, self._settings)
        try:
            self._loop.run_forever()
            self._loop.run_until_complete(fleet.settlements.drain())
            self._loop.run_until_complete(asyncio.wait(fleet.close()))
        finally:
            self._loop.close()
            while self._errands:
                action, future, _ = self._errands.popleft()
                _close(action, future)


def _close(action: Callable[..., None], future: Optional[Future]) -> None:
    if future is not None:
        end(future, CLOSED if action is Fleet.ask else Settlement.UNSETTLED)
