"""What a check raises. A refusal is never an error, and neither is an outage: both are decisions."""

from __future__ import annotations


class HeadgateError(Exception):
    """The base of every error of this package."""


class InvalidRequest(HeadgateError, ValueError):
    """The daemon did not take the request: a mistake in the program, not an outage.

    The message is the daemon's own and names the field that broke a bound or did not parse.
    """


class Unauthenticated(HeadgateError):
    """The daemon wants a token, or another one than this client has."""
