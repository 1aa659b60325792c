"""What a client is made with, checked once."""

from __future__ import annotations

import math
import ssl
from dataclasses import dataclass
from typing import Iterable, Optional, Tuple, Union

from .addresses import Address, parse_addresses
from .outcome import ALLOW, REFUSE
from .v1 import limiter_pb2 as pb
from .version import VERSION

DEFAULT_ADDRESS = "127.0.0.1:7420"
DEFAULT_TIMEOUT = 0.1


@dataclass(frozen=True)
class Settings:
    """The checked arguments of a client. `timeout` is in seconds."""

    addresses: Tuple[Address, ...]
    token: Optional[str]
    tls: Optional[ssl.SSLContext]
    timeout: float
    on_failure: str

    @property
    def hello(self) -> bytes:
        """The Hello message that starts every connection."""
        hello = pb.Hello(token=self.token or "", client=f"headgate-python/{VERSION}")
        return bytes(hello.SerializeToString())


def checked_settings(
    addresses: Union[str, Iterable[str]],
    token: Optional[str],
    tls: Optional[ssl.SSLContext],
    timeout: float,
    on_failure: str,
) -> Settings:
    """Raises ValueError or TypeError naming the argument that is wrong."""
    if token is not None and not isinstance(token, str):
        raise TypeError(f"token: expected a string, got {type(token).__name__}")
    if tls is not None and not isinstance(tls, ssl.SSLContext):
        raise TypeError(f"tls: expected an ssl.SSLContext, got {type(tls).__name__}")
    return Settings(
        addresses=parse_addresses(addresses),
        token=token,
        tls=tls,
        timeout=checked_timeout(timeout),
        on_failure=checked_on_failure(on_failure),
    )


def checked_timeout(timeout: float) -> float:
    """Seconds, above 0 and finite."""
    if isinstance(timeout, bool) or not isinstance(timeout, (int, float)):
        raise TypeError(f"timeout: expected seconds, got {type(timeout).__name__}")
    if not (timeout > 0 and math.isfinite(timeout)):
        raise ValueError(f"timeout: {timeout!r} is not a time above 0 s")
    return float(timeout)


def checked_on_failure(on_failure: str) -> str:
    """ "allow" or "refuse"."""
    if on_failure != ALLOW and on_failure != REFUSE:
        raise ValueError(f'on_failure: {on_failure!r} is neither "allow" nor "refuse"')
    return on_failure
