"""What this package raises. An outage is never an error; a refusal is one only where a lease is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .decision import Decision


class HeadgateError(Exception):
    """The base of every error of this package."""


class InvalidRequest(HeadgateError, ValueError):
    """The daemon did not take the request: a mistake in the program, not an outage.

    The message is the daemon's own and names the field that broke a bound or did not parse.
    """


class Unauthenticated(HeadgateError):
    """The daemon wants a token, or another one than this client has."""


class Refused(HeadgateError):
    """A lease was asked for, and the call may not go on. `decision` says why, and until when."""

    def __init__(self, decision: "Decision") -> None:
        self.decision = decision
        super().__init__(decision.message or f"{decision.verdict}: {decision.reason or 'no reason'}")
