"""A refused call as an HTTP answer."""

from __future__ import annotations

from starlette.exceptions import HTTPException, WebSocketException
from starlette.requests import HTTPConnection

from ..decision import Decision, Verdict

STATUS = {Verdict.LIMITED: 429, Verdict.FORBIDDEN: 403, Verdict.UNAVAILABLE: 503}

DETAIL = {
    Verdict.LIMITED: "Rate limit exceeded",
    Verdict.FORBIDDEN: "Forbidden",
    Verdict.UNAVAILABLE: "Rate limits cannot be checked",
}

# Close codes of RFC 6455 and its registry: policy violation, try again later.
WEBSOCKET_REFUSED = 1008
WEBSOCKET_TRY_AGAIN = 1013


class Refusal(HTTPException):
    """429, 403 or 503; `decision` is there for exception handlers that answer in their own way."""

    def __init__(self, decision: Decision) -> None:
        self.decision = decision
        super().__init__(
            status_code=STATUS[decision.verdict],
            detail=refusal_detail(decision),
            headers=decision.headers("x-ratelimit"),
        )


def refusal_detail(decision: Decision) -> str:
    """The policy's words, or plain ones. The cause of an outage is not the caller's to know."""
    if decision.verdict is Verdict.UNAVAILABLE:
        return DETAIL[decision.verdict]
    return decision.message or DETAIL[decision.verdict]


def refuse(connection: HTTPConnection, decision: Decision) -> Exception:
    """What to raise. A WebSocket gets the HTTP answer where its server can send one."""
    if connection.scope["type"] != "websocket":
        return Refusal(decision)
    if "websocket.http.response" in (connection.scope.get("extensions") or {}):
        return Refusal(decision)
    again = decision.retry_after is not None
    code = WEBSOCKET_TRY_AGAIN if again else WEBSOCKET_REFUSED
    return WebSocketException(code=code, reason=refusal_detail(decision))
