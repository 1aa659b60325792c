"""What a replica tells the daemon of itself, and what the daemon makes of it."""

from __future__ import annotations

import math
import os
import socket
import uuid
from dataclasses import dataclass
from typing import Optional

from . import status
from .errors import InvalidRequest, Unauthenticated
from .v1 import limiter_pb2 as pb

STATES = {
    "warming": pb.REPLICA_STATE_WARMING,
    "ready": pb.REPLICA_STATE_READY,
    "draining": pb.REPLICA_STATE_DRAINING,
}

# Seconds of silence after which the daemon forgets a replica, unless told otherwise.
DEFAULT_TTL = 10.0


@dataclass(frozen=True)
class PoolReport:
    """`scale`: what the pool's limits are multiplied by now. `replicas`: how many the daemon knows."""

    scale: float
    replicas: int


def replica_name() -> str:
    """A name for this process that no other replica has; a restart makes another one."""
    return f"{socket.gethostname()[:64]}-{os.getpid()}-{uuid.uuid4().hex[:8]}"


def encode_report(pool: str, state: str, load: float, replica: str, ttl: Optional[float]) -> bytes:
    """The ReportRequest's bytes. Raises TypeError or ValueError naming the argument that is wrong."""
    if not isinstance(pool, str):
        raise TypeError(f"pool: expected a string, got {type(pool).__name__}")
    if not isinstance(replica, str):
        raise TypeError(f"replica: expected a string, got {type(replica).__name__}")
    if state not in STATES:
        raise ValueError(f"state: {state!r} is none of {', '.join(STATES)}")
    if not (load >= 0 and math.isfinite(load)):
        raise ValueError(f"load: {load!r} is not a share from 0 up")
    seconds = DEFAULT_TTL if ttl is None else ttl
    if not (seconds > 0 and math.isfinite(seconds)):
        raise ValueError(f"ttl: {ttl!r} is not a time above 0 s")
    report = pb.ReportRequest(
        replica=replica,
        pool=pool,
        state=STATES[state],
        load=load,
        ttl_ms=max(1, round(seconds * 1000)),
    )
    return bytes(report.SerializeToString())


def report_outcome(ending: status.Ending) -> Optional[PoolReport]:
    """None in an outage. Raises InvalidRequest or Unauthenticated where the program is at fault."""
    code, answer = ending
    if code == status.OK:
        return PoolReport(answer.scale, answer.replicas)
    if code in status.FAULTS_OF_THE_REQUEST:
        raise InvalidRequest(answer)
    if code in status.FAULTS_OF_THE_TOKEN:
        raise Unauthenticated(answer)
    return None
