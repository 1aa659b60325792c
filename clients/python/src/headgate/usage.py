"""What a call used, by unit, checked where it is said."""

from __future__ import annotations

from typing import Dict, Mapping

# The contract's bounds. A daemon refuses a whole settlement that breaks one, and the slots with it,
# so they are looked after where the mistake is made.
MOST_UNITS = 8
MOST_USED = 2**53 - 1
MOST_UNIT_BYTES = 64


def checked_usage(usage: Mapping[str, int]) -> Dict[str, int]:
    """Raises TypeError or ValueError naming the unit that is wrong."""
    if not isinstance(usage, Mapping):
        raise TypeError(f"usage: expected amounts by unit, got {type(usage).__name__}")
    for unit, amount in usage.items():
        if not isinstance(unit, str):
            raise TypeError(f"usage: {unit!r} is not a unit's name")
        if not 0 < len(unit.encode()) <= MOST_UNIT_BYTES or not unit.isprintable():
            raise ValueError(f"usage: {unit!r} is not a name of 1 to {MOST_UNIT_BYTES} bytes")
        if isinstance(amount, bool) or not isinstance(amount, int):
            raise TypeError(f"usage[{unit!r}]: expected an integer, got {type(amount).__name__}")
        if not 0 <= amount <= MOST_USED:
            raise ValueError(f"usage[{unit!r}]: {amount} is not from 0 to {MOST_USED}")
    if len(usage) > MOST_UNITS:
        raise ValueError(f"usage: {len(usage)} units, {MOST_UNITS} are the most")
    return dict(usage)
