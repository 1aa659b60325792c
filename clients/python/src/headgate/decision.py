"""What the daemon decided, in Python's own types."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Dict, Optional, Tuple

from . import rate_headers
from .v1 import limiter_pb2 as pb


class Verdict(str, enum.Enum):
    """What to answer the caller: go on, 429, 403 or 503."""

    ALLOWED = "allowed"
    LIMITED = "limited"
    FORBIDDEN = "forbidden"
    UNAVAILABLE = "unavailable"

    def __str__(self) -> str:
        return self.value


class Reason(str, enum.Enum):
    """Why a call was refused."""

    RATE = "rate"
    CONCURRENCY = "concurrency"
    COST_TOO_LARGE = "cost_too_large"
    TIER = "tier"
    BLOCKED = "blocked"
    STORE_UNAVAILABLE = "store_unavailable"
    NO_RULE = "no_rule"
    # This client's own: no daemon answered in time, and `on_failure` is "refuse".
    DAEMON_UNAVAILABLE = "daemon_unavailable"

    def __str__(self) -> str:
        return self.value


VERDICTS = {
    pb.VERDICT_ALLOWED: Verdict.ALLOWED,
    pb.VERDICT_LIMITED: Verdict.LIMITED,
    pb.VERDICT_FORBIDDEN: Verdict.FORBIDDEN,
    pb.VERDICT_UNAVAILABLE: Verdict.UNAVAILABLE,
}

REASONS = {
    pb.REASON_RATE: Reason.RATE,
    pb.REASON_CONCURRENCY: Reason.CONCURRENCY,
    pb.REASON_COST_TOO_LARGE: Reason.COST_TOO_LARGE,
    pb.REASON_TIER: Reason.TIER,
    pb.REASON_BLOCKED: Reason.BLOCKED,
    pb.REASON_STORE_UNAVAILABLE: Reason.STORE_UNAVAILABLE,
    pb.REASON_NO_RULE: Reason.NO_RULE,
}

# Seconds a caller is asked to wait when nothing could be decided.
UNAVAILABLE_RETRY = 1.0


@dataclass(frozen=True)
class LimitState:
    """One limit after this decision. `reset` and `window` are seconds.

    `remaining` is what a further call could take now; `reset` the time until remaining equals limit
    if nobody calls. `window` is None for a concurrency limit. `limited`: this limit refused the call.
    `shadow`: it is evaluated, but never refuses.
    """

    # Written out, since dataclass(slots=True) needs Python 3.10.
    __slots__ = ("name", "limit", "remaining", "reset", "window", "unit", "limited", "shadow")

    name: str
    limit: int
    remaining: int
    reset: float
    window: Optional[float]
    unit: str
    limited: bool
    shadow: bool

    def __reduce__(self) -> "tuple[type, tuple[object, ...]]":
        return (type(self), tuple(getattr(self, name) for name in self.__slots__))


@dataclass(frozen=True, repr=False)
class LeaseGrant:
    """What a decision handed out: to be settled within `ttl` seconds, or renewed.

    `token` is the daemon's own; whoever has it can settle the lease, so it is not printed. `client`
    is who was asked about: its daemon settles the lease too.
    """

    __slots__ = ("client", "token", "ttl")

    client: str
    token: bytes
    ttl: float

    def __repr__(self) -> str:
        return f"LeaseGrant(ttl={self.ttl})"

    def __reduce__(self) -> "tuple[type, tuple[object, ...]]":
        return (type(self), (self.client, self.token, self.ttl))


@dataclass(frozen=True)
class Decision:
    """Whether the call may go on, and what to tell the caller.

    Seconds are floats, and None where there is none. `retry_after` is the time until this same cost
    fits; None when allowed, when forbidden, and when `never` (it can never fit: do not retry).
    `limit`, `remaining` and `reset` are those of the deciding limit, None where no limit applied.
    `message` is the policy's own words for a refusal or, where no daemon answered, what was wrong.
    `degraded`: decided without the shared store, or by this client because no daemon answered.
    `policy` is the fingerprint of the policy that decided. `lease` is there where the call must be
    settled when it is over: hand the decision to settle() or cancel().
    """

    __slots__ = (
        "allowed",
        "verdict",
        "reason",
        "retry_after",
        "limit",
        "remaining",
        "reset",
        "message",
        "degraded",
        "never",
        "rule",
        "limits",
        "policy",
        "lease",
    )

    allowed: bool
    verdict: Verdict
    reason: Optional[Reason]
    retry_after: Optional[float]
    limit: Optional[int]
    remaining: Optional[int]
    reset: Optional[float]
    message: str
    degraded: bool
    never: bool
    rule: str
    limits: Tuple[LimitState, ...]
    policy: Optional[int]
    lease: Optional[LeaseGrant]

    def headers(self, style: str = "x-ratelimit") -> Dict[str, str]:
        """HTTP headers of this decision: "x-ratelimit", "ietf", "openai" or "anthropic".

        Retry-After is there on refusals only. Raises ValueError for another style.
        """
        return rate_headers.rate_headers(self, style)

    def __reduce__(self) -> "tuple[type, tuple[object, ...]]":
        return (type(self), tuple(getattr(self, name) for name in self.__slots__))


def decision_of(response: pb.CheckResponse, client: str = "") -> Optional[Decision]:
    """The daemon's answer to a check of `client`, or None where it has no verdict that this client knows."""
    verdict = VERDICTS.get(response.verdict)
    if verdict is None:
        return None
    limits = tuple([_state_of(state) for state in response.limits])
    deciding = limits[0] if limits else None
    return Decision(
        verdict is Verdict.ALLOWED,
        verdict,
        REASONS.get(response.reason),
        _retry_after(verdict, response),
        deciding.limit if deciding else None,
        deciding.remaining if deciding else None,
        deciding.reset if deciding else None,
        response.message,
        response.degraded,
        response.never,
        response.rule,
        limits,
        response.policy or None,
        _lease_of(response, client),
    )


def _retry_after(verdict: Verdict, response: pb.CheckResponse) -> Optional[float]:
    if verdict is Verdict.ALLOWED or response.never:
        return None
    if response.retry_after_ms:
        return response.retry_after_ms / 1000
    return UNAVAILABLE_RETRY if verdict is Verdict.UNAVAILABLE else None


def _lease_of(response: pb.CheckResponse, client: str) -> Optional[LeaseGrant]:
    if not response.lease:
        return None
    return LeaseGrant(client, response.lease, response.lease_ttl_ms / 1000)


def _state_of(state: pb.LimitState) -> LimitState:
    window = state.window_ms
    return LimitState(
        state.name,
        state.limit,
        state.remaining,
        state.reset_ms / 1000,
        window / 1000 if window else None,
        state.unit,
        state.limited,
        state.shadow,
    )
