"""One connection to a daemon: many calls in flight, answered in any order."""

from __future__ import annotations

import asyncio
from typing import Any, Dict, List, Optional, Tuple, cast

from google.protobuf.message import DecodeError

from . import status
from .call import CONNECTION_LOST, TIMED_OUT, TOO_MANY, Future, end
from .deadlines import Deadlines
from .framing import (
    CHECK,
    FLAG_RESPONSE,
    GOAWAY,
    HEADER,
    HELLO,
    MAX_CALL_ID,
    MAX_PING_BYTES,
    MAX_REQUEST_BYTES,
    MAX_TIME_LEFT_MS,
    PING,
    PREAMBLE,
    RENEW,
    REPORT,
    SETTLE,
    Frame,
    FrameDecoder,
    FramingError,
    encode_frame,
)
from .v1 import limiter_pb2 as pb

# What the daemon takes unless its HELLO says otherwise.
MAX_IN_FLIGHT = 4096

# Past this much unsent, the daemon is not reading, and more would only fill our memory.
MAX_UNSENT_BYTES = 1024 * 1024

# Seconds without a word while calls wait, after which the connection counts as dead. TCP alone takes
# a quarter of an hour to notice a host that vanished.
SILENCE = 1.0

HELLO_CALL_ID = 1

# The answer's message, by the kind of the call.
ANSWERS: Dict[int, Any] = {
    CHECK: pb.CheckResponse,
    SETTLE: pb.SettleResponse,
    RENEW: pb.RenewResponse,
    REPORT: pb.ReportResponse,
}


class Connection(asyncio.Protocol):
    """Takes calls from `ready` (the daemon answered HELLO) until `retired` (GOAWAY, or lost).

    `ready` ends with a status and words: OK, or why the daemon does not want us. A daemon that does
    not know HELLO is as good as one that does.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, hello: bytes) -> None:
        self._loop = loop
        self._hello = hello
        self.ready: "asyncio.Future[tuple[int, str]]" = loop.create_future()
        self.retired: "asyncio.Future[None]" = loop.create_future()
        self.closed: "asyncio.Future[None]" = loop.create_future()
        self.takes_calls = False
        self.fell_silent = False
        self.served = False
        self._transport: Optional[asyncio.Transport] = None
        self._decoder = FrameDecoder()
        self._deadlines = Deadlines(loop, self._time_is_up)
        self._calls: Dict[int, Tuple[Future, int]] = {}
        self._last_id = HELLO_CALL_ID
        self._outbox: List[bytes] = []
        self._congested = False
        self._asked_at: Optional[float] = None
        self._max_in_flight = MAX_IN_FLIGHT
        self._max_request_bytes = MAX_REQUEST_BYTES

    # Calls

    def ask(self, future: Future, kind: int, payload: bytes, deadline: float, now: float) -> None:
        """Sends a request of a kind in ANSWERS. The future is done by `deadline`, in the loop's time."""
        if len(payload) > self._max_request_bytes:
            most = self._max_request_bytes
            text = f"the request has {len(payload)} bytes, the daemon takes {most}"
            end(future, (status.INVALID_ARGUMENT, text))
            return
        if self._congested or len(self._calls) >= self._max_in_flight:
            end(future, TOO_MANY)
            return
        call_id = self._next_id()
        self._calls[call_id] = (future, kind)
        self._deadlines.add(call_id, deadline)
        left = _milliseconds(deadline - now)
        self._send(HEADER.pack(len(payload), kind, 0, left, call_id) + payload)
        if self._asked_at is None:
            self._asked_at = now

    def _next_id(self) -> int:
        # Numbers run through all 32 bits before one comes again, so that a late answer finds nobody.
        call_id = self._last_id
        while True:
            call_id = call_id + 1 if call_id < MAX_CALL_ID else 1
            if call_id not in self._calls:
                self._last_id = call_id
                return call_id

    def _time_is_up(self, call_ids: List[int]) -> None:
        late = False
        for call_id in call_ids:
            call = self._calls.pop(call_id, None)
            if call is not None:
                end(call[0], TIMED_OUT)
                late = True
        if late and self._asked_at is not None and self._loop.time() - self._asked_at >= SILENCE:
            self.fell_silent = True
            self.abort()
        self._leave_if_done()

    # Sending: whatever one pass of the loop asks for goes out in one write.

    def _send(self, frame: bytes) -> None:
        if not self._outbox:
            self._loop.call_soon(self._flush)
        self._outbox.append(frame)

    def _flush(self) -> None:
        data = b"".join(self._outbox)
        self._outbox.clear()
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)

    def pause_writing(self) -> None:
        self._congested = True

    def resume_writing(self) -> None:
        self._congested = False

    # What arrives

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._transport.set_write_buffer_limits(high=MAX_UNSENT_BYTES)
        self._transport.write(PREAMBLE + encode_frame(HELLO, HELLO_CALL_ID, self._hello))

    def data_received(self, data: bytes) -> None:
        self._asked_at = None
        try:
            for frame in self._decoder.feed(data):
                self._take(frame)
        except (FramingError, DecodeError):
            self.abort()
            return
        if self._calls:
            self._asked_at = self._loop.time()
        else:
            self._leave_if_done()

    def _take(self, frame: Frame) -> None:
        kind = frame.kind
        if kind == GOAWAY:
            self.retire()
        elif frame.flags & FLAG_RESPONSE:
            if kind in ANSWERS:
                self._answer(frame)
            elif kind == HELLO and not self.ready.done():
                self._welcome(frame)
        elif kind == PING:
            if len(frame.payload) > MAX_PING_BYTES:
                raise FramingError(f"a PING of {len(frame.payload)} bytes")
            self._send(encode_frame(PING, frame.call_id, frame.payload, FLAG_RESPONSE))
        # Any other kind is from a later version of the framing, and not meant for us.

    def _answer(self, frame: Frame) -> None:
        future, kind = self._calls.pop(frame.call_id, (None, frame.kind))
        self.served = True
        if future is None or future.done():
            return
        try:
            if kind != frame.kind:
                raise FramingError(f"an answer of kind {frame.kind} to a call of kind {kind}")
            if frame.status == status.OK:
                future.set_result((status.OK, ANSWERS[kind].FromString(frame.payload)))
            else:
                future.set_result((frame.status, _failure(frame)))
        except (FramingError, DecodeError):
            end(future, (status.UNAVAILABLE, "the daemon's answer is garbage"))
            raise

    def _welcome(self, frame: Frame) -> None:
        if frame.status == status.OK:
            reply = pb.HelloReply.FromString(frame.payload)
            self._max_in_flight = reply.max_in_flight or MAX_IN_FLIGHT
            self._max_request_bytes = reply.max_frame_bytes or MAX_REQUEST_BYTES
        elif frame.status != status.UNIMPLEMENTED:
            self.ready.set_result((frame.status, _failure(frame)))
            return
        self.takes_calls = not self.retired.done()
        self.ready.set_result((status.OK, ""))

    # The end

    def retire(self) -> None:
        """No new calls; those in flight are still answered, and the last one closes the door."""
        self.takes_calls = False
        if not self.retired.done():
            self.retired.set_result(None)
        self._leave_if_done()

    def _leave_if_done(self) -> None:
        if self.retired.done() and not self._calls:
            self.close()

    def close(self) -> None:
        """Ends the connection in an orderly way."""
        self.takes_calls = False
        if self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        """Ends the connection at once; calls in flight end as lost."""
        self.takes_calls = False
        if self._transport is not None:
            self._transport.abort()

    def connection_lost(self, error: Optional[Exception]) -> None:
        self.takes_calls = False
        calls = list(self._calls.values())
        self._calls.clear()
        for future, _ in calls:
            end(future, CONNECTION_LOST)
        if not self.ready.done():
            self.ready.set_result((status.UNAVAILABLE, "the daemon closed the connection"))
        for done in (self.retired, self.closed):
            if not done.done():
                done.set_result(None)


def _milliseconds(seconds: float) -> int:
    # The small addend undoes the rounding of a subtraction: 0.1 s are 100 ms, not 99.
    return max(1, min(MAX_TIME_LEFT_MS, int(seconds * 1000 + 0.001)))


def _failure(frame: Frame) -> str:
    message: str = pb.Failure.FromString(frame.payload).message
    return message or f"the daemon answered with status {frame.status}"
