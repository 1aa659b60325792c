"""The way to one daemon: dials, and dials again, for as long as the client lives."""

from __future__ import annotations

import asyncio
import enum
import logging
import ssl
from typing import Callable, Optional, Set

from . import status
from .addresses import Address
from .backoff import Backoff
from .connection import Connection

log = logging.getLogger("headgate")

# Seconds for connecting, TLS and HELLO together.
DIAL_TIMEOUT = 1.0


class LinkState(enum.Enum):
    """FRESH: never decided yet. LOST: was up, and the first dial since is not decided."""

    FRESH = "fresh"
    UP = "up"
    LOST = "lost"
    DOWN = "down"


class Link:
    """Keeps one connection to one daemon; `changed` is called at every change of state."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        address: Address,
        hello: bytes,
        tls: Optional[ssl.SSLContext],
        server_name: str,
        changed: Callable[[], None],
    ) -> None:
        self.address = address
        self.state = LinkState.FRESH
        self.connection: Optional[Connection] = None
        # Why the daemon does not want our token, while it does not.
        self.rejection: Optional[status.Ending] = None
        self._loop = loop
        self._hello = hello
        self._tls = tls
        self._server_name = server_name
        self._changed = changed
        self._backoff = Backoff()
        self._connections: Set[Connection] = set()
        self._ended = False
        self._task = loop.create_task(self._run())

    def usable(self) -> Optional[Connection]:
        """The connection that takes a call right now, if there is one."""
        connection = self.connection
        return connection if connection is not None and connection.takes_calls else None

    @property
    def undecided(self) -> bool:
        """Whether it is still open if a connection comes about; worth waiting for."""
        if self.state is LinkState.UP:
            # The connection was lost a moment ago, and the task has not heard of it yet.
            return self.usable() is None
        return self.state in (LinkState.FRESH, LinkState.LOST)

    def retire(self) -> None:
        """Ends this link once the calls in flight are answered."""
        self._ended = True
        self._task.cancel()
        for connection in list(self._connections):
            connection.retire()

    def close(self) -> "Set[asyncio.Future[None]]":
        """Ends this link now. The futures are done when nothing of it is left."""
        self._ended = True
        self._task.cancel()
        for connection in self._connections:
            connection.abort()
        return {self._task, *(connection.closed for connection in self._connections)}

    async def _run(self) -> None:
        # Not only the cancellation ends this: before Python 3.12, wait_for swallows one that comes with
        # the result.
        while not self._ended:
            connection = await self._dial()
            if connection is None:
                self._become(LinkState.DOWN)
            else:
                self.connection = connection
                self._become(LinkState.UP)
                await connection.retired
                self.connection = None
                self._become(self._after(connection))
            if not self._ended:
                await asyncio.sleep(self._backoff.delay())

    def _after(self, connection: Connection) -> LinkState:
        """A connection that served well is worth a short wait for the next one."""
        if not connection.served or connection.fell_silent:
            return LinkState.DOWN
        self._backoff.reset()
        return LinkState.LOST

    async def _dial(self) -> Optional[Connection]:
        connection = Connection(self._loop, self._hello)
        try:
            code, words = await asyncio.wait_for(self._open(connection), DIAL_TIMEOUT)
        # Whatever goes wrong here, a client that stops dialing would never limit again.
        except Exception as error:
            code, words = status.UNAVAILABLE, repr(error)
        self.rejection = (code, words) if code in status.FAULTS_OF_THE_TOKEN else None
        if code == status.OK:
            return connection
        log.debug("dialing %s failed: %s", self.address, words)
        connection.abort()
        return None

    async def _open(self, connection: Connection) -> "tuple[int, str]":
        host, port = self.address
        await self._loop.create_connection(
            lambda: connection,
            host,
            port,
            ssl=self._tls,
            server_hostname=self._server_name if self._tls else None,
        )
        self._connections.add(connection)
        connection.closed.add_done_callback(lambda _: self._connections.discard(connection))
        return await connection.ready

    def _become(self, state: LinkState) -> None:
        before, self.state = self.state, state
        if state is LinkState.DOWN and before is not LinkState.DOWN:
            trouble = "refuses our token" if self.rejection else "is unreachable"
            log.warning("daemon at %s %s", self.address, trouble)
        elif state is LinkState.UP and before is LinkState.DOWN:
            log.warning("daemon at %s is back", self.address)
        self._changed()
