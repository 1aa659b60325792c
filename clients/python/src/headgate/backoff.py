"""How long to wait before the next dial."""

from __future__ import annotations

import random
from typing import Callable

FIRST = 0.05
MOST = 2.0


class Backoff:
    """Full jitter: anything from nothing to a bound that doubles from 50 ms to 2 s.

    Replicas that lost the same daemon at the same moment thus do not come back at the same moment.
    """

    def __init__(self, uniform: Callable[[float, float], float] = random.uniform) -> None:
        self._uniform = uniform
        self._bound = FIRST

    def delay(self) -> float:
        """Seconds to wait now; the next wait may be twice as long."""
        bound = self._bound
        self._bound = min(MOST, bound * 2)
        return self._uniform(0, bound)

    def reset(self) -> None:
        """Starts over after a success."""
        self._bound = FIRST
