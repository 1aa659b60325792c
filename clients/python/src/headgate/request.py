"""A check as the caller asks it, made into the message the daemon reads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable, Iterable, Mapping, Optional, Union

from .v1 import limiter_pb2 as pb


@dataclass(frozen=True)
class InlineLimit:
    """A limit given in code, beside the policy's own.

    `rate` is the rate notation ("10 per minute"). `scope` names what shares the counter; empty: the
    route. `algorithm` empty: the policy's default. `cost` 0: the usage of the rate's unit. `burst` is
    for the token bucket only; 0: the rate's count.
    """

    rate: str
    scope: str = ""
    algorithm: str = ""
    cost: int = 0
    burst: int = 0


Limits = Union[str, InlineLimit, Iterable[Union[str, InlineLimit]]]


def encode_check(
    client: str,
    route: str,
    usage: Optional[Mapping[str, int]] = None,
    attributes: Optional[Mapping[str, str]] = None,
    tier: Optional[str] = None,
    limits: Optional[Limits] = None,
    peek: bool = False,
    all_limits: bool = False,
) -> bytes:
    """The CheckRequest's bytes. Raises TypeError or ValueError naming the argument of a wrong kind.

    Bounds (a client's length and the like) are the daemon's to check: they are its own to change.
    """
    # protobuf takes None for "not set" here, so these two would turn into an empty identity.
    if not isinstance(client, str):
        raise TypeError(f"client: expected a string, got {type(client).__name__}")
    if not isinstance(route, str):
        raise TypeError(f"route: expected a string, got {type(route).__name__}")
    try:
        request = pb.CheckRequest(
            client=client,
            route=route,
            usage=usage,
            attributes=attributes,
            tier=tier,
            limits=None if limits is None else inline_limits(limits),
            peek=peek,
            all_limits=all_limits,
        )
    except (TypeError, ValueError, AttributeError) as error:
        # Only now is it worth the time to find out which argument it was.
        raise _explained(
            error,
            client=client,
            route=route,
            usage=usage,
            attributes=attributes,
            tier=tier,
            peek=peek,
            all_limits=all_limits,
        ) from None
    return bytes(request.SerializeToString())


def inline_limits(limits: Limits) -> "list[pb.InlineLimit]":
    """One limit or several, as messages. Raises TypeError or ValueError naming `limits`."""
    if isinstance(limits, (str, InlineLimit)):
        limits = (limits,)
    try:
        items = list(limits)
    except TypeError:
        raise TypeError(
            f"limits: expected strings or InlineLimit, got {type(limits).__name__}"
        ) from None
    return [_inline_limit(index, item) for index, item in enumerate(items)]


def _inline_limit(index: int, item: object) -> pb.InlineLimit:
    if isinstance(item, str):
        item = InlineLimit(item)
    if not isinstance(item, InlineLimit):
        raise TypeError(
            f"limits[{index}]: expected a string or InlineLimit, got {type(item).__name__}"
        )
    try:
        return pb.InlineLimit(
            rate=item.rate,
            scope=item.scope,
            algorithm=item.algorithm,
            cost=item.cost,
            burst=item.burst,
        )
    except (TypeError, ValueError) as error:
        raise type(error)(f"limits[{index}]: {item!r} does not fit: {error}") from None


def _explained(error: Exception, **arguments: object) -> Exception:
    kind = ValueError if isinstance(error, ValueError) else TypeError
    message: Callable[..., pb.CheckRequest] = pb.CheckRequest
    for name, value in arguments.items():
        try:
            message(**{name: value})
        except (TypeError, ValueError, AttributeError):
            return kind(f"{name}: {value!r} does not fit: {error}")
    return kind(str(error))
