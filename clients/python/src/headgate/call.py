"""One question on its way to an answer."""

from __future__ import annotations

import asyncio
import concurrent.futures
from typing import Any, Union

from . import status

# Both kinds have done() and set_result(). Of a call, the result is a status.Ending, never an exception.
Future = Union["asyncio.Future[Any]", "concurrent.futures.Future[Any]"]

TIMED_OUT: status.Ending = (status.DEADLINE_EXCEEDED, "no answer from the daemon in time")
NOT_CONNECTED: status.Ending = (status.UNAVAILABLE, "no daemon is reachable")
CONNECTION_LOST: status.Ending = (status.UNAVAILABLE, "the connection to the daemon was lost")
TOO_MANY: status.Ending = (status.RESOURCE_EXHAUSTED, "too many calls in flight")
CLOSED: status.Ending = (status.UNAVAILABLE, "the client was closed")


def end(future: Future, ending: Any) -> None:
    """Gives the call its ending, unless it has one or its caller went away."""
    if not future.done():
        future.set_result(ending)
