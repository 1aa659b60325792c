from __future__ import annotations

import pytest

from headgate.framing import (
    CHECK,
    FLAG_RESPONSE,
    GOAWAY,
    MAX_RESPONSE_BYTES,
    Frame,
    FrameDecoder,
    FramingError,
    encode_frame,
)


def test_header_is_big_endian_in_the_contracts_order():
    frame = encode_frame(CHECK, 0x01020304, b"abc", status=250)
    assert frame == bytes.fromhex("00000003" "02" "00" "00fa" "01020304") + b"abc"


def test_frames_come_whole_wherever_the_stream_is_split():
    stream = encode_frame(CHECK, 7, b"hello", FLAG_RESPONSE, 3) + encode_frame(GOAWAY, 0, b"")
    expected = [Frame(CHECK, 1, 3, 7, b"hello"), Frame(GOAWAY, 0, 0, 0, b"")]
    for first in range(len(stream) + 1):
        for second in range(first, len(stream) + 1):
            decoder = FrameDecoder()
            parts = stream[:first], stream[first:second], stream[second:]
            assert [frame for part in parts for frame in decoder.feed(part)] == expected


def test_byte_by_byte():
    stream = encode_frame(CHECK, 7, b"hello", FLAG_RESPONSE) * 3
    decoder = FrameDecoder()
    frames = [frame for byte in stream for frame in decoder.feed(bytes([byte]))]
    assert frames == [Frame(CHECK, 1, 0, 7, b"hello")] * 3


def test_the_largest_frame_is_taken_and_one_byte_more_is_not():
    largest = encode_frame(CHECK, 1, bytes(MAX_RESPONSE_BYTES))
    assert len(FrameDecoder().feed(largest)[0].payload) == MAX_RESPONSE_BYTES
    with pytest.raises(FramingError, match="262145"):
        FrameDecoder().feed(encode_frame(CHECK, 1, bytes(MAX_RESPONSE_BYTES + 1))[:12])
