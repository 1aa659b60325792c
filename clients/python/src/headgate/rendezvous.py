"""Which daemon a client's calls go to."""

from __future__ import annotations

import hashlib
from typing import Callable, Sequence, Tuple, TypeVar

T = TypeVar("T")


def rendezvous(client: str, nodes: Sequence[T], name: Callable[[T], str] = str) -> Tuple[T, ...]:
    """All nodes, the client's own first, then those to go over to when it is down.

    Highest random weight (Thaler and Ravishankar, 1998) with the first 8 bytes of SHA-256 over the
    node's name, a line feed and the client: every process that knows the same nodes finds the same
    order, and a node that goes or comes moves only its own clients.
    """
    key = client.encode("utf-8", "surrogatepass")

    def weight(node: T) -> bytes:
        return hashlib.sha256(name(node).encode() + b"\n" + key).digest()[:8]

    return tuple(sorted(nodes, key=weight, reverse=True))
