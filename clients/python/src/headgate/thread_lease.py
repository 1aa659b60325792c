"""`with gate.lease(...) as lease`, for threads."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING, Any, Optional, Type

from .errors import Refused
from .lease import Lease

if TYPE_CHECKING:
    from .threads import Client


class ThreadLease:
    """Asks at the beginning, settles at the end. May be used once."""

    def __init__(self, gate: "Client", check: "dict[str, Any]") -> None:
        self._gate = gate
        self._check = check
        self._lease: Optional[Lease] = None

    def __enter__(self) -> Lease:
        if self._lease is not None:
            raise RuntimeError("this lease was used before: ask for another one")
        decision = self._gate.check(**self._check)
        if not decision.allowed:
            raise Refused(decision)
        self._lease = self._gate._hold(decision)
        return self._lease

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        if self._lease is not None:
            self._gate._release(self._lease, failed=error is not None)
