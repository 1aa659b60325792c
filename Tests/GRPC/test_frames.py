"""Another implementation of HTTP/2 against the daemon, where flow control and bad peers matter."""

from __future__ import annotations

import socket
from typing import Dict, Iterator, List, Tuple

import h2.config
import h2.connection
import h2.events
import h2.settings
import pytest
from daemon import PATIENCE, Daemon
from headgate.v1 import limiter_pb2 as pb
from hyperframe.frame import Frame, GoAwayFrame, PingFrame
from limiter import check

HEAD: List[Tuple[str, str]] = [
    (":method", "POST"),
    (":scheme", "http"),
    (":path", "/headgate.v1.Limiter/CheckMany"),
    (":authority", "test"),
    ("te", "trailers"),
    ("content-type", "application/grpc"),
]
ENHANCE_YOUR_CALM = 11


class Peer:
    def __init__(self, daemon: Daemon, settings: Dict[int, int]) -> None:
        self.socket = socket.create_connection(("127.0.0.1", daemon.ports["rpc"]), PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.h2 = h2.connection.H2Connection(h2.config.H2Configuration(header_encoding="utf-8"))
        self.h2.initiate_connection()
        self.h2.update_settings(settings)
        self.flush()

    def flush(self) -> None:
        self.socket.sendall(self.h2.data_to_send())

    def ask(self, stream: int, message: bytes) -> None:
        self.h2.send_headers(stream, HEAD)
        self.h2.send_data(
            stream, b"\0" + len(message).to_bytes(4, "big") + message, end_stream=True
        )
        self.flush()

    def events(self) -> Iterator[h2.events.Event]:
        while True:
            data = self.socket.recv(65_536)
            if not data:
                return
            yield from self.h2.receive_data(data)
            self.flush()

    def frames(self) -> Iterator[Frame]:
        """What comes, frame by frame, until the daemon closes."""
        received = b""
        while True:
            try:
                data = self.socket.recv(65_536)
            except ConnectionResetError:
                return
            if not data:
                return
            received += data
            while len(received) >= 9:
                frame, count = Frame.parse_frame_header(memoryview(received[:9]))
                if len(received) < 9 + count:
                    break
                frame.parse_body(memoryview(received[9 : 9 + count]))
                received = received[9 + count :]
                yield frame

    def __enter__(self) -> "Peer":
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()


@pytest.mark.parametrize("window", [1, 100, 20_000])
def test_an_answer_waits_for_room_and_comes_whole(daemon: Daemon, window: int) -> None:
    count = 4 if window == 1 else 256
    checks = pb.CheckManyRequest(checks=[check(f"c{i}") for i in range(count)])
    with Peer(daemon, {h2.settings.SettingCodes.INITIAL_WINDOW_SIZE: window}) as peer:
        peer.ask(1, checks.SerializeToString())
        body, trailers = b"", {}
        for event in peer.events():
            if isinstance(event, h2.events.DataReceived):
                assert len(event.data) <= window
                body += event.data
                peer.h2.acknowledge_received_data(event.flow_controlled_length, 1)
                if isinstance(event.stream_ended, h2.events.StreamEnded):
                    break
            elif isinstance(event, h2.events.TrailersReceived):
                trailers = dict(event.headers)
                break
    assert trailers["grpc-status"] == "0"
    answer = pb.CheckManyResponse.FromString(body[5:])
    assert len(answer.results) == count and len(body) == 5 + int.from_bytes(body[1:5], "big")


def test_a_rapid_reset_is_told_to_calm_down(daemon: Daemon) -> None:
    with Peer(daemon, {}) as peer:
        for call in range(250):
            peer.h2.send_headers(2 * call + 1, HEAD)
            peer.h2.reset_stream(2 * call + 1, error_code=8)
        peer.flush()
        farewells = [f for f in peer.frames() if isinstance(f, GoAwayFrame)]
    assert farewells[-1].error_code == ENHANCE_YOUR_CALM


def test_a_ping_flood_is_told_to_calm_down(daemon: Daemon) -> None:
    with Peer(daemon, {}) as peer:
        peer.socket.sendall(PingFrame(0, opaque_data=b"12345678").serialize() * 2000)
        farewells = [f for f in peer.frames() if isinstance(f, GoAwayFrame)]
    assert farewells[-1].error_code == ENHANCE_YOUR_CALM
    assert farewells[-1].additional_data == b"too_many_pings"


def test_many_streams_that_are_never_finished_are_bounded(daemon: Daemon) -> None:
    # 64 KiB on each of 200 streams, and no end: 12 MiB that nobody will ever need.
    with Peer(daemon, {}) as peer:
        ended = 0
        for call in range(200):
            stream = 2 * call + 1
            peer.h2.send_headers(stream, HEAD)
            piece = (b"\0\0\1\0\0" + bytes(15_000))[: 15_000]
            for _ in range(4):
                room = peer.h2.local_flow_control_window(stream)
                if room < len(piece):
                    break
                peer.h2.send_data(stream, piece)
                piece = bytes(15_000)
            peer.flush()
            peer.socket.settimeout(0.001)
            try:
                for event in peer.h2.receive_data(peer.socket.recv(65_536)):
                    ended += isinstance(event, h2.events.ResponseReceived)
            except (TimeoutError, socket.timeout):
                pass
            peer.socket.settimeout(PATIENCE)
            if ended:
                break
    assert ended, "the daemon kept all of it"
