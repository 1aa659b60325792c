"""Limits for every route of an application, in one place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Awaitable, Callable, Mapping, MutableMapping, Optional

from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse

from ..decision import Decision
from ..lease import Lease
from .matching import matched_scope
from .per_request import PerRequest, attributes_of, client_of, value_of
from .refusal import WEBSOCKET_REFUSED, WEBSOCKET_TRY_AGAIN, Refusal, refusal_detail
from .route import route_template

if TYPE_CHECKING:
    from .gate import Headgate

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

# Where the lease of a call is kept for its handler.
LEASE_KEY = "headgate.lease"


class HeadgateMiddleware:
    """Asks before each call of a known route, and settles when its answer was sent. Plain ASGI."""

    def __init__(
        self,
        gate: "Headgate",
        app: Any,
        usage: Optional[PerRequest[Mapping[str, int]]] = None,
        attributes: Optional[PerRequest[Mapping[str, str]]] = None,
        messages: bool = False,
    ) -> None:
        self._gate = gate
        self._app = app
        self._usage = usage
        self._attributes = attributes
        self._messages = messages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        matched = matched_scope(scope) if scope["type"] in ("http", "websocket") else None
        if matched is None:
            await self._app(scope, receive, send)
            return
        connection = HTTPConnection(matched)
        try:
            decision = await self._ask(connection)
        except HTTPException as error:
            await _answer(scope, receive, send, error)
            return
        if not decision.allowed:
            await _refuse(scope, receive, send, decision)
            return
        await self._go_on(connection, decision, scope, receive, send)

    async def _ask(self, connection: HTTPConnection) -> Decision:
        return await self._gate.daemon.check(
            await client_of(self._gate.client_key, connection),
            route_template(connection),
            usage=await value_of(self._usage, connection),
            attributes=await attributes_of(self._attributes, connection),
            **self._gate.overrides,
        )

    async def _go_on(
        self,
        connection: HTTPConnection,
        decision: Decision,
        scope: Scope,
        receive: Receive,
        send: Send,
    ) -> None:
        daemon = self._gate.daemon
        lease = scope[LEASE_KEY] = daemon._hold(decision)
        if scope["type"] == "http":
            send = _showing(send, decision)
        elif self._messages:
            receive = self._limiting(connection, receive, send)
        try:
            await self._app(scope, receive, send)
        finally:
            await daemon._release(lease, failed=False)

    def _limiting(self, connection: HTTPConnection, receive: Receive, send: Send) -> Receive:
        """Asks for every message that comes; one too many ends the WebSocket."""

        async def limited() -> Message:
            message = await receive()
            if message["type"] != "websocket.receive":
                return message
            decision = await self._ask(connection)
            if decision.allowed:
                await self._gate.daemon.settle(decision)
                return message
            await send(_farewell(decision))
            return {"type": "websocket.disconnect", "code": _close_code(decision)}

        return limited


def lease_of(connection: HTTPConnection) -> Optional[Lease]:
    """The lease that the middleware holds for this call; None where it does not stand before it."""
    return connection.scope.get(LEASE_KEY)


def _showing(send: Send, decision: Decision) -> Send:
    """Adds the rate headers, once, before the first byte; a dependency's own go first."""
    headers = decision.headers("x-ratelimit") if decision.limit is not None else {}

    async def showing(message: Message) -> None:
        if message["type"] == "http.response.start":
            shown = MutableHeaders(scope=message)
            for name, value in headers.items():
                shown.setdefault(name, value)
        await send(message)

    return showing


async def _refuse(scope: Scope, receive: Receive, send: Send, decision: Decision) -> None:
    extensions = scope.get("extensions") or {}
    if scope["type"] == "websocket" and "websocket.http.response" not in extensions:
        # The handshake has to be taken in before it can be refused.
        await receive()
        await send(_farewell(decision))
        return
    await _answer(scope, receive, send, Refusal(decision))


async def _answer(scope: Scope, receive: Receive, send: Send, error: HTTPException) -> None:
    """The answer that FastAPI makes of the same exception. On a WebSocket, its kind of message."""
    response = JSONResponse(
        {"detail": error.detail}, status_code=error.status_code, headers=dict(error.headers or {})
    )
    if scope["type"] == "websocket" and "websocket.http.response" not in (
        scope.get("extensions") or {}
    ):
        await receive()
        await send({"type": "websocket.close", "code": WEBSOCKET_REFUSED, "reason": error.detail})
        return
    await response(scope, receive, send)


def _farewell(decision: Decision) -> Message:
    reason = refusal_detail(decision)
    return {"type": "websocket.close", "code": _close_code(decision), "reason": reason}


def _close_code(decision: Decision) -> int:
    return WEBSOCKET_TRY_AGAIN if decision.retry_after is not None else WEBSOCKET_REFUSED
