"""Client of Headgate, the rate-limit decision daemon for fleets of inference servers."""

from .aio import AsyncClient
from .decision import Decision, LimitState, Reason, Verdict
from .errors import HeadgateError, InvalidRequest, Unauthenticated
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
    "LimitState",
    "Reason",
    "Unauthenticated",
    "Verdict",
    "__version__",
]
