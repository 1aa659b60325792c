"""One `Depends(gate.lease(...))`."""

# No postponed annotations here: older FastAPI cannot resolve those of a callable object.

from typing import AsyncIterator

from fastapi import Response
from starlette.requests import ClientDisconnect, HTTPConnection

from ..lease import Lease
from .asking import Asking


class LeaseDependency(Asking):
    """Gives the endpoint a lease, and settles it when the response was sent or its reader went away."""

    async def __call__(self, connection: HTTPConnection, response: Response) -> AsyncIterator[Lease]:
        daemon = self._gate.daemon
        lease = daemon._hold(await self._admit(connection, response))
        failed = False
        try:
            yield lease
        except ClientDisconnect:
            # The reader's doing: the call was made, and is charged.
            raise
        except Exception:
            failed = True
            raise
        finally:
            await daemon._release(lease, failed)
