"""All daemons a client knows, and which of them is asked."""

from __future__ import annotations

import asyncio
import functools
from typing import Callable, Dict, FrozenSet, List, NamedTuple, Optional, Set, Tuple, Union

from . import status
from .addresses import Address
from .call import CLOSED, NOT_CONNECTED, TIMED_OUT, Future, end
from .connection import Connection
from .deadlines import Deadlines
from .lease import Lease, lease_ending
from .link import Link, LinkState
from .renewals import Renewals
from .rendezvous import rendezvous
from .resolver import Resolver, is_ip_address
from .settings import Settings
from .settlements import Settlements

# Seconds after the start in which a call waits for its own daemon though another one is up already.
PATIENCE = 0.05

# Orders of daemons that are remembered, one per client id.
REMEMBERED_CLIENTS = 4096


class Waiting(NamedTuple):
    """A call that came before any connection did."""

    future: Future
    kind: int
    client: str
    payload: bytes
    deadline: float


class Fleet:
    """Lives on one event loop. Every method is called on that loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop, settings: Settings) -> None:
        self._loop = loop
        self._settings = settings
        self._links: Dict[Address, Link] = {}
        self._origins: Dict[Address, FrozenSet[Address]] = {}
        self._waiting: Dict[int, Waiting] = {}
        self._arrivals = 0
        self._deadlines = Deadlines(loop, self._time_is_up)
        self._closed = False
        self._patient = True
        self.settlements = Settlements(loop, self.ask, settings.timeout)
        self._renewals = Renewals(loop, self._reach)
        self._order = self._fresh_order()
        names = [name for name in settings.addresses if not is_ip_address(name.host)]
        self._resolvers = [Resolver(loop, name, self._found) for name in names]
        for address in settings.addresses:
            if address not in names:
                self._found(address, frozenset([address]))
        loop.call_later(min(PATIENCE, settings.timeout / 2), self._end_patience)

    def ask(
        self, future: Future, kind: int, client: str, payload: bytes, deadline: float
    ) -> None:
        """Asks the client's daemon. The future is done by `deadline` (the loop's time)."""
        now = self._loop.time()
        choice = self._choose(client)
        if isinstance(choice, Connection):
            choice.ask(future, kind, payload, deadline, now)
        elif choice is not None:
            end(future, choice)
        else:
            self._arrivals += 1
            self._waiting[self._arrivals] = Waiting(future, kind, client, payload, deadline)
            self._deadlines.add(self._arrivals, deadline)

    def hold(self, lease: Lease) -> None:
        """Renews the lease until it is released."""
        self._renewals.add(lease)

    def release(self, future: Future, lease: Lease, failed: bool) -> None:
        """Settles a lease that was held. The future's result is a Settlement."""
        self._renewals.remove(lease)
        ending = lease_ending(lease, failed)
        self.settlements.start(future, lease._client, ending, lease._expires)

    def settle(self, future: Future, client: str, payload: bytes, ttl: float) -> None:
        """Settles by a SettleRequest. The future's result is a Settlement."""
        self.settlements.start(future, client, payload, self._loop.time() + ttl)

    def _reach(self, client: str) -> Optional[Connection]:
        choice = self._choose(client)
        return choice if isinstance(choice, Connection) else None

    def _choose(self, client: str) -> Union[Connection, status.Ending, None]:
        """The connection to ask, or how the call ends without one; None: wait for a decision."""
        if self._closed:
            return CLOSED
        undecided = not all(resolver.decided for resolver in self._resolvers)
        for link in self._order(client):
            connection = link.usable()
            if connection is not None:
                return connection
            if link.rejection is not None:
                return link.rejection
            if link.state is LinkState.FRESH and self._patient:
                return None
            undecided = undecided or link.undecided
        return None if undecided else NOT_CONNECTED

    def _changed(self) -> None:
        """Something was decided: calls that waited may go on now."""
        waiting, self._waiting = self._waiting, {}
        now = self._loop.time()
        for number, call in waiting.items():
            choice = self._choose(call.client)
            if isinstance(choice, Connection):
                choice.ask(call.future, call.kind, call.payload, call.deadline, now)
            elif choice is not None:
                end(call.future, choice)
            else:
                self._waiting[number] = call
        if any(link.state is LinkState.DOWN for link in self._links.values()):
            for resolver in self._resolvers:
                resolver.trouble()

    def _time_is_up(self, numbers: List[int]) -> None:
        for number in numbers:
            call = self._waiting.pop(number, None)
            if call is not None:
                end(call.future, TIMED_OUT)

    def _end_patience(self) -> None:
        self._patient = False
        if not self._closed:
            self._changed()

    # Which daemons there are

    def _found(self, name: Address, addresses: FrozenSet[Address]) -> None:
        """`name` now stands for these addresses, and no longer for those of before."""
        self._origins[name] = addresses
        wanted: Set[Address] = set().union(*self._origins.values())
        for address in wanted - self._links.keys():
            self._links[address] = Link(
                self._loop,
                address,
                self._settings.hello,
                self._settings.tls,
                name.host,
                self._changed,
            )
        for address in self._links.keys() - wanted:
            self._links.pop(address).retire()
        self._order = self._fresh_order()
        self._changed()

    def _fresh_order(self) -> Callable[[str], Tuple[Link, ...]]:
        links = tuple(self._links.values())
        if len(links) == 1:
            return lambda client: links

        @functools.lru_cache(maxsize=REMEMBERED_CLIENTS)
        def order(client: str) -> Tuple[Link, ...]:
            return rendezvous(client, links, name=_name)

        return order

    def close(self) -> "Set[asyncio.Future[None]]":
        """Ends every call and connection. The futures are done when nothing of it is left."""
        self._closed = True
        self.settlements.close()
        self._renewals.close()
        gone: Set[asyncio.Future[None]] = {resolver.close() for resolver in self._resolvers}
        for call in self._waiting.values():
            end(call.future, CLOSED)
        self._waiting.clear()
        return gone.union(*(link.close() for link in self._links.values()))


def _name(link: Link) -> str:
    return str(link.address)
