"""Who calls: functions from a request to a client id."""

from __future__ import annotations

import ipaddress
from typing import Awaitable, Callable, List, Optional, Union

from starlette.requests import HTTPConnection

ClientKey = Callable[[HTTPConnection], Union[str, Awaitable[str]]]

# A server behind a Unix socket knows no peer address.
UNKNOWN_PEER = "unknown"


def api_key(header: str = "x-api-key") -> ClientKey:
    """The header's value, else the peer's address.

    The header is taken as it is: it says who calls, not that the caller may. Check keys before.
    """
    if not isinstance(header, str) or not header:
        raise ValueError(f"header: {header!r} is not a header's name")

    def key(connection: HTTPConnection) -> str:
        return connection.headers.get(header, "").strip() or peer_address(connection)

    return key


def client_ip(trusted_hops: int = 0) -> ClientKey:
    """The caller's IP address, seen through `trusted_hops` proxies of one's own.

    Each of them appends its own peer to X-Forwarded-For, so the caller is that many entries from the
    right; whatever stands left of it, the caller wrote. Where there are fewer entries, or no address,
    the call did not come through all the proxies: then it is the peer's address, which nobody can
    forge. 0 hops: always the peer's address.
    """
    if isinstance(trusted_hops, bool) or not isinstance(trusted_hops, int) or trusted_hops < 0:
        raise ValueError(f"trusted_hops: {trusted_hops!r} is not a number of proxies")

    def key(connection: HTTPConnection) -> str:
        if trusted_hops:
            hops = _forwarded_for(connection)
            if len(hops) >= trusted_hops:
                address = _address(hops[-trusted_hops])
                if address is not None:
                    return address
        return peer_address(connection)

    return key


def peer_address(connection: HTTPConnection) -> str:
    """The IP address at the other end of the connection."""
    if connection.client is None or not connection.client.host:
        return UNKNOWN_PEER
    return _address(connection.client.host) or connection.client.host


def _forwarded_for(connection: HTTPConnection) -> List[str]:
    lines = connection.headers.getlist("x-forwarded-for")
    return [hop.strip() for line in lines for hop in line.split(",")]


def _address(text: str) -> Optional[str]:
    """One spelling for every address; a port that some proxies add is left out."""
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    mapped = getattr(address, "ipv4_mapped", None)
    return str(mapped or address)
