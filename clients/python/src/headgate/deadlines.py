"""When calls run out of time, for many calls at once."""

from __future__ import annotations

import asyncio
from typing import Callable, Dict, List

TICKS_PER_SECOND = 500


class Deadlines:
    """Tells which calls' time is up, with one timer for all that end in the same 2 ms.

    Nothing is taken out when a call is answered: its number comes up later and means nothing. That
    costs less than a timer of its own, made and cancelled, for each call.
    """

    def __init__(
        self, loop: asyncio.AbstractEventLoop, expired: Callable[[List[int]], None]
    ) -> None:
        self._loop = loop
        self._expired = expired
        self._ticks: Dict[int, List[int]] = {}

    def add(self, call_id: int, deadline: float) -> None:
        """`deadline` is in the loop's time; the call comes up at most 2 ms after it."""
        tick = int(deadline * TICKS_PER_SECOND) + 1
        calls = self._ticks.get(tick)
        if calls is not None:
            calls.append(call_id)
            return
        self._ticks[tick] = [call_id]
        self._loop.call_at(tick / TICKS_PER_SECOND, self._fire, tick)

    def _fire(self, tick: int) -> None:
        self._expired(self._ticks.pop(tick))
