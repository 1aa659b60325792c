"""gRPC status codes as they stand in a response's header, and what a call ends with."""

from __future__ import annotations

from typing import Any, Tuple

OK = 0
INVALID_ARGUMENT = 3
DEADLINE_EXCEEDED = 4
NOT_FOUND = 5
PERMISSION_DENIED = 7
RESOURCE_EXHAUSTED = 8
FAILED_PRECONDITION = 9
OUT_OF_RANGE = 11
UNIMPLEMENTED = 12
UNAVAILABLE = 14
UNAUTHENTICATED = 16

# The request itself is at fault: asking another daemon, or later, would not help.
FAULTS_OF_THE_REQUEST = frozenset({INVALID_ARGUMENT, NOT_FOUND, FAILED_PRECONDITION, OUT_OF_RANGE})
FAULTS_OF_THE_TOKEN = frozenset({PERMISSION_DENIED, UNAUTHENTICATED})

# OK with the answer's message, or another status with the reason in words.
Ending = Tuple[int, Any]
