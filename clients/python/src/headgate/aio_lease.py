"""`async with gate.lease(...) as lease`."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING, Any, Optional, Type

from .errors import Refused
from .lease import Lease

if TYPE_CHECKING:
    from .aio import AsyncClient


class AsyncLease:
    """Asks at the beginning, settles at the end. May be used once."""

    def __init__(self, gate: "AsyncClient", check: "dict[str, Any]") -> None:
        self._gate = gate
        self._check = check
        self._lease: Optional[Lease] = None

    async def __aenter__(self) -> Lease:
        if self._lease is not None:
            raise RuntimeError("this lease was used before: ask for another one")
        decision = await self._gate.check(**self._check)
        if not decision.allowed:
            raise Refused(decision)
        self._lease = self._gate._hold(decision)
        return self._lease

    async def __aexit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        if self._lease is not None:
            await self._gate._release(self._lease, failed=error is not None)
