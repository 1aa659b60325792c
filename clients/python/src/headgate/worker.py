"""The thread behind a Client: an event loop that owns its connections."""

from __future__ import annotations

import asyncio
import collections
import threading
from typing import Deque, List, Tuple

from .call import CLOSED, Future, end
from .fleet import Fleet
from .settings import Settings

Question = Tuple[Future, str, bytes, float]

# Workers of a parent process: kept from the garbage collector of a forked child, which would close
# connections that the two share in an orderly way, the parent's too where they are encrypted.
ABANDONED: "List[Worker]" = []


class Worker:
    """Takes questions from any thread and asks them on its loop."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._loop = asyncio.SelectorEventLoop()
        self._questions: Deque[Question] = collections.deque()
        self._waking = False
        self._thread = threading.Thread(target=self._run, name="headgate", daemon=True)
        self._thread.start()

    def ask(self, future: Future, client: str, payload: bytes, deadline: float) -> None:
        """`deadline` is in time.monotonic()'s time."""
        self._questions.append((future, client, payload, deadline))
        # One wake-up serves every thread that asks before the loop gets there.
        if not self._waking:
            self._waking = True
            try:
                self._loop.call_soon_threadsafe(self._ask_all)
            except RuntimeError:
                end(future, CLOSED)

    def _ask_all(self) -> None:
        # Cleared before the queue is read: a question that comes after the reading wakes us again.
        self._waking = False
        questions = self._questions
        while questions:
            self._fleet.ask(*questions.popleft())

    def close(self) -> None:
        """Ends the thread; every question that was asked has its ending then."""
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
        self._fleet = Fleet(self._loop, self._settings)
        try:
            self._loop.run_forever()
            self._loop.run_until_complete(asyncio.wait(self._fleet.close()))
        finally:
            self._loop.close()
            while self._questions:
                end(self._questions.popleft()[0], CLOSED)
