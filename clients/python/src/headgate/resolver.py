"""The addresses behind a daemon's name, asked for again as they change."""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import socket
from typing import Callable, FrozenSet

from .addresses import Address

log = logging.getLogger("headgate")

# Seconds between two questions; the shorter one while the name has no address that answers.
REFRESH = 30.0
REFRESH_IN_TROUBLE = 1.0


def is_ip_address(host: str) -> bool:
    """Whether `host` needs no resolving."""
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True


class Resolver:
    """Watches one name. `found` gets its addresses whenever they are not those of before.

    A name that cannot be resolved keeps the addresses it had.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        name: Address,
        found: Callable[[Address, FrozenSet[Address]], None],
    ) -> None:
        self.name = name
        self.decided = False
        self._loop = loop
        self._found = found
        self._known: FrozenSet[Address] = frozenset()
        self._trouble = asyncio.Event()
        self._task = loop.create_task(self._run())

    def trouble(self) -> None:
        """Ask again soon: a daemon of this name is down, and may have moved."""
        self._trouble.set()

    def close(self) -> "asyncio.Task[None]":
        """Ends the watch; done when the task is."""
        self._task.cancel()
        return self._task

    async def _run(self) -> None:
        while True:
            addresses = await self._resolve()
            news = bool(addresses) and addresses != self._known
            if news:
                self._known = addresses
            if news or not self.decided:
                self.decided = True
                self._found(self.name, self._known)
            await asyncio.sleep(REFRESH_IN_TROUBLE)
            if self._known:
                await self._until_due()

    async def _until_due(self) -> None:
        # Not wait_for: before Python 3.12 it swallows a cancellation that comes with the result.
        due = self._loop.call_later(REFRESH - REFRESH_IN_TROUBLE, self._trouble.set)
        try:
            await self._trouble.wait()
        finally:
            due.cancel()
        self._trouble.clear()

    async def _resolve(self) -> FrozenSet[Address]:
        host, port = self.name
        try:
            found = await self._loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError as error:
            log.debug("resolving %s failed: %r", host, error)
            return frozenset()
        return frozenset(Address(str(entry[4][0]), port) for entry in found)
