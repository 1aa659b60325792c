"""Tells the daemon how far this replica is, for as long as it lives."""

from __future__ import annotations

import asyncio
import logging
from typing import Callable, Optional

from ..aio import AsyncClient
from ..errors import HeadgateError
from ..reporting import DEFAULT_TTL

log = logging.getLogger("headgate")

# Three chances before the daemon forgets the replica.
INTERVAL = DEFAULT_TTL / 3


class Heartbeat:
    """Reports "warming" until ready() is called, then "ready", and "draining" at the end."""

    def __init__(self, pool: str, load: Optional[Callable[[], float]]) -> None:
        self._pool = pool
        self._load = load
        self._state = "warming"
        self._changed: Optional[asyncio.Event] = None
        self._task: "Optional[asyncio.Task[None]]" = None

    def ready(self) -> None:
        """The replica serves at full speed: said at the next report, which is now."""
        self._state = "ready"
        if self._changed is not None:
            self._changed.set()

    def start(self, daemon: AsyncClient) -> None:
        """Begins to report, on the running loop."""
        self._state = "warming"
        self._changed = asyncio.Event()
        self._task = asyncio.get_running_loop().create_task(self._run(daemon, self._changed))

    async def stop(self, daemon: AsyncClient) -> None:
        """Reports a last time."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.wait({task})
        await self._report(daemon, "draining")

    async def _run(self, daemon: AsyncClient, changed: asyncio.Event) -> None:
        loop = asyncio.get_running_loop()
        while True:
            changed.clear()
            await self._report(daemon, self._state)
            due = loop.call_later(INTERVAL, changed.set)
            try:
                await changed.wait()
            finally:
                due.cancel()

    async def _report(self, daemon: AsyncClient, state: str) -> None:
        try:
            load = self._load() if self._load is not None else 0.0
            await daemon.report(pool=self._pool, state=state, load=load)
        except (HeadgateError, ValueError, TypeError) as error:
            # A mistake in the settings, which must not take the server down with it.
            log.warning("the report on pool %s was not taken: %s", self._pool, error)
