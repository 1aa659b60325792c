"""What a client is made with, checked once."""

from __future__ import annotations

import math
import os
import ssl
from dataclasses import dataclass
from typing import Iterable, Optional, Tuple, Union

from .addresses import Address, parse_addresses
from .outcome import ALLOW, REFUSE
from .v1 import limiter_pb2 as pb
from .version import VERSION

DEFAULT_ADDRESS = "127.0.0.1:7420"
DEFAULT_TIMEOUT = 0.1

# What a client may be given for TLS: a context, the path of a CA file, or True for the system's CAs.
TLS = Union[ssl.SSLContext, str, "os.PathLike[str]", bool, None]


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
    tls: TLS,
    timeout: float,
    on_failure: str,
) -> Settings:
    """Raises ValueError or TypeError naming the argument that is wrong."""
    if token is not None and not isinstance(token, str):
        raise TypeError(f"token: expected a string, got {type(token).__name__}")
    return Settings(
        addresses=parse_addresses(addresses),
        token=token,
        tls=checked_tls(tls),
        timeout=checked_timeout(timeout),
        on_failure=checked_on_failure(on_failure),
    )


def checked_tls(tls: TLS) -> Optional[ssl.SSLContext]:
    """The context to connect with; None for no TLS."""
    if tls is None or tls is False:
        return None
    if isinstance(tls, ssl.SSLContext):
        return tls
    if tls is not True and not isinstance(tls, (str, os.PathLike)):
        raise TypeError(
            f"tls: expected an ssl.SSLContext, a CA file or True, got {type(tls).__name__}"
        )
    try:
        context = ssl.create_default_context(cafile=None if tls is True else tls)
    except (OSError, ssl.SSLError) as error:
        raise ValueError(f"tls: {tls!s} holds no certificates that can be used: {error}") from None
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["headgate/1"])
    return context


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
