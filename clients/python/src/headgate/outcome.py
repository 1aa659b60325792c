"""From how a call ended to what the caller gets: a decision, or an error for the program to fix."""

from __future__ import annotations

from . import status
from .decision import UNAVAILABLE_RETRY, Decision, Reason, Verdict, decision_of
from .errors import InvalidRequest, Unauthenticated

ALLOW = "allow"
REFUSE = "refuse"


def outcome(ending: status.Ending, on_failure: str, client: str = "") -> Decision:
    """The decision on a check of `client`; an outage becomes what `on_failure` says.

    Raises InvalidRequest or Unauthenticated where the program is at fault: a mistake that was let
    through as an outage would switch the limits off without a word.
    """
    code, answer = ending
    if not isinstance(answer, str):
        decision = decision_of(answer, client)
        return decision or undecided("the daemon's answer has no verdict", on_failure)
    if code in status.FAULTS_OF_THE_REQUEST:
        raise InvalidRequest(answer)
    if code in status.FAULTS_OF_THE_TOKEN:
        raise Unauthenticated(answer or "the daemon wants a token")
    return undecided(answer, on_failure)


def undecided(cause: str, on_failure: str) -> Decision:
    """The client's own answer where no daemon gave one in time; always `degraded`."""
    allowed = on_failure == ALLOW
    return Decision(
        allowed=allowed,
        verdict=Verdict.ALLOWED if allowed else Verdict.UNAVAILABLE,
        reason=None if allowed else Reason.DAEMON_UNAVAILABLE,
        retry_after=None if allowed else UNAVAILABLE_RETRY,
        limit=None,
        remaining=None,
        reset=None,
        message=cause,
        degraded=True,
        never=False,
        rule="",
        limits=(),
        policy=None,
        lease=None,
    )
