"""Values that are given as they are, or as functions of the request."""

from __future__ import annotations

import inspect
from typing import Any, Callable, Mapping, Optional, TypeVar, Union

from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection

from .keys import ClientKey

T = TypeVar("T")

# A value, or a function of the request that gives one, now or later.
PerRequest = Union[T, Callable[[Any], Any]]

MAX_CLIENT_BYTES = 512


async def value_of(source: Any, connection: HTTPConnection) -> Any:
    """The value, for this request."""
    if not callable(source):
        return source
    value = source(connection)
    return await value if inspect.isawaitable(value) else value


async def client_of(key: ClientKey, connection: HTTPConnection) -> str:
    """Who calls. Raises HTTPException 400 for what cannot be a client's id."""
    client = await value_of(key, connection)
    # A key comes from outside: one that cannot be an identity is the caller's mistake, not ours.
    if isinstance(client, str) and not _may_be_client(client):
        raise HTTPException(status_code=400, detail="This cannot be a client's key")
    return client  # type: ignore[no-any-return]


async def attributes_of(
    source: Optional[PerRequest[Mapping[str, str]]], connection: HTTPConnection
) -> Mapping[str, str]:
    """The attributes of this request, `method` always among them."""
    # A WebSocket starts with a GET, and its scope does not say so.
    method = str(connection.scope.get("method") or "GET").upper()
    if source is None:
        return {"method": method}
    return {**(await value_of(source, connection) or {}), "method": method}


def _may_be_client(client: str) -> bool:
    if any(character < " " or character == "\x7f" for character in client):
        return False
    return 0 < len(client.encode("utf-8", "replace")) <= MAX_CLIENT_BYTES
