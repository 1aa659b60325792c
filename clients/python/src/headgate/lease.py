"""A call that holds something of its limits until it is settled."""

from __future__ import annotations

import enum
from typing import Dict, Mapping, Optional

from .decision import Decision
from .usage import checked_usage
from .v1 import limiter_pb2 as pb


class Settlement(str, enum.Enum):
    """What became of a lease that was to be settled."""

    # The daemon replaced what was held by what was used, and freed the slots.
    SETTLED = "settled"
    # It was settled before, or had run out: nothing was changed.
    GONE = "gone"
    # The daemon did not give it out, or it was altered: nothing was changed.
    REFUSED = "refused"
    # No daemon took it yet; it is tried again in the background until the lease is over.
    PENDING = "pending"
    # No daemon took it, and it is not tried again.
    UNSETTLED = "unsettled"
    # There is nothing to settle.
    NOTHING = "nothing"

    def __str__(self) -> str:
        return self.value


class Lease:
    """What `lease(...)` gives to the body of its `with`: say here what the call used.

    It is renewed in the background until the body ends. Any thread may use it.
    """

    def __init__(self, decision: Decision, now: float) -> None:
        self.decision = decision
        self._usage: Dict[str, int] = {}
        self._stop = False
        self._alive = True
        grant = decision.lease
        self._client = grant.client if grant else ""
        self._token = grant.token if grant else b""
        self._ttl = grant.ttl if grant else 0.0
        # By the clock of the loop that renews it, which is time.monotonic()'s.
        self._expires = now + self._ttl
        # Where the renewals keep it: the queue's interval, its own number, and when it is due.
        self._queue: Optional[float] = None
        self._number = 0
        self._due = 0.0

    def used(self, usage: Optional[Mapping[str, int]] = None, **units: int) -> None:
        """What the call has used so far in all: `lease.used(tokens=412)`.

        A later amount of a unit replaces the earlier one; a unit that is never named keeps its
        estimate. Raises TypeError or ValueError naming the unit that is wrong.
        """
        self._usage = checked_usage({**self._usage, **(usage or {}), **units})

    @property
    def usage(self) -> Dict[str, int]:
        """What used() was told."""
        return dict(self._usage)

    @property
    def stop(self) -> bool:
        """Whether the daemon asked to end the call: by what was reported, the client is over a limit.

        It stays so, however late the body looks.
        """
        return self._stop

    @property
    def alive(self) -> bool:
        """False once the lease ran out: its slots are free for others, its estimate stays charged.

        The call itself may go on; a daemon that was away for long is none of its faults.
        """
        return self._alive

    def __repr__(self) -> str:
        return f"Lease(usage={self._usage}, stop={self._stop}, alive={self._alive})"


def encode_settlement(token: bytes, usage: Mapping[str, int], cancel: bool = False) -> bytes:
    """The SettleRequest's bytes."""
    return bytes(pb.SettleRequest(lease=token, usage=usage, cancel=cancel).SerializeToString())


def lease_ending(lease: Lease, failed: bool) -> bytes:
    """How a lease ends: with what was used, or as if the call never was where it failed before."""
    usage = lease._usage
    return encode_settlement(lease._token, usage, cancel=failed and not usage)
