"""The compact framing: a 12-byte header, then a protobuf message. Integers are big-endian."""

from __future__ import annotations

import struct
from typing import List, NamedTuple, Union

PREAMBLE = b"HGATE/1\n"

HELLO = 1
CHECK = 2
SETTLE = 4
RENEW = 5
REPORT = 6
PING = 7
GOAWAY = 8

FLAG_RESPONSE = 1

MAX_REQUEST_BYTES = 64 * 1024
MAX_RESPONSE_BYTES = 256 * 1024
MAX_PING_BYTES = 64
MAX_TIME_LEFT_MS = 65_535
MAX_CALL_ID = 0xFFFF_FFFF

# payload length, kind, flags, time left in ms or a status, call id
HEADER = struct.Struct(">IBBHI")


class FramingError(Exception):
    """The peer sent what no frame can be: the connection is of no more use."""


class Frame(NamedTuple):
    """One frame as it arrived. `status` is a gRPC status code in a response."""

    kind: int
    flags: int
    status: int
    call_id: int
    payload: bytes

    @property
    def is_response(self) -> bool:
        return bool(self.flags & FLAG_RESPONSE)


def encode_frame(kind: int, call_id: int, payload: bytes, flags: int = 0, status: int = 0) -> bytes:
    """One frame as it is sent; `status` is the time left in ms in a request."""
    return HEADER.pack(len(payload), kind, flags, status, call_id) + payload


class FrameDecoder:
    """Cuts a byte stream into frames, however the network split it."""

    def __init__(self, max_payload: int = MAX_RESPONSE_BYTES) -> None:
        self._max_payload = max_payload
        self._rest = bytearray()

    def feed(self, data: bytes) -> List[Frame]:
        """The frames that are complete now. Raises FramingError on an oversize one."""
        if not self._rest:
            frames, used = self._cut(data)
            if used < len(data):
                self._rest += data[used:]
            return frames
        self._rest += data
        frames, used = self._cut(self._rest)
        del self._rest[:used]
        return frames

    def _cut(self, data: Union[bytes, bytearray]) -> "tuple[List[Frame], int]":
        frames: List[Frame] = []
        start, end = 0, len(data)
        while end - start >= HEADER.size:
            length, kind, flags, status, call_id = HEADER.unpack_from(data, start)
            if length > self._max_payload:
                raise FramingError(
                    f"a frame of {length} bytes, where {self._max_payload} is the most"
                )
            body = start + HEADER.size
            if end - body < length:
                break
            start = body + length
            frames.append(Frame(kind, flags, status, call_id, bytes(data[body:start])))
        return frames, start
