"""One `Depends(gate.limit(...))`."""

# No postponed annotations here: older FastAPI cannot resolve those of a callable object.

from typing import AsyncIterator

from fastapi import Response
from starlette.requests import HTTPConnection

from ..decision import Decision
from .asking import Asking


class LimitDependency(Asking):
    """Asks for one request; what it is handed is held until the response was sent, then settled."""

    async def __call__(
        self, connection: HTTPConnection, response: Response
    ) -> AsyncIterator[Decision]:
        decision = await self._admit(connection, response)
        if decision.lease is None:
            yield decision
            return
        daemon = self._gate.daemon
        lease = daemon._hold(decision)
        try:
            yield decision
        finally:
            await daemon._release(lease, failed=False)
