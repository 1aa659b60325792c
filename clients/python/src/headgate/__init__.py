"""Client of Headgate, the rate-limit decision daemon for fleets of inference servers."""

from .aio import AsyncClient
from .decision import Decision, LeaseGrant, LimitState, Reason, Verdict
from .errors import HeadgateError, InvalidRequest, Refused, Unauthenticated
from .lease import Lease, Settlement
from .reporting import PoolReport
from .request import InlineLimit
from .threads import Client
from .version import VERSION as __version__

__all__ = [
    "AsyncClient",
    "Client",
    "Decision",
    "HeadgateError",
    "InlineLimit",
    "InvalidRequest",
    "Lease",
    "LeaseGrant",
    "LimitState",
    "PoolReport",
    "Reason",
    "Refused",
    "Settlement",
    "Unauthenticated",
    "Verdict",
    "__version__",
]
