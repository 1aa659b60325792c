"""A daemon that says what a test tells it to, on a real socket of the loopback interface."""

from __future__ import annotations

import asyncio
import socket
from typing import Any, Awaitable, Callable, List, Optional, TypeVar

from headgate import framing
from headgate.framing import FLAG_RESPONSE, Frame, FrameDecoder, encode_frame
from headgate.v1 import limiter_pb2 as pb

T = TypeVar("T")

# Seconds until a test that waits in vain fails.
PATIENCE = 5.0


async def soon(awaitable: Awaitable[T]) -> T:
    return await asyncio.wait_for(awaitable, PATIENCE)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def allowed(**fields: Any) -> pb.CheckResponse:
    return pb.CheckResponse(verdict=pb.VERDICT_ALLOWED, **fields)


def limited(**fields: Any) -> pb.CheckResponse:
    fields = {"reason": pb.REASON_RATE, "retry_after_ms": 1500, **fields}
    return pb.CheckResponse(verdict=pb.VERDICT_LIMITED, **fields)


def forbidden(**fields: Any) -> pb.CheckResponse:
    fields = {"reason": pb.REASON_TIER, **fields}
    return pb.CheckResponse(verdict=pb.VERDICT_FORBIDDEN, **fields)


def state(name: str = "predict/requests-per-1minute", **fields: Any) -> pb.LimitState:
    fields = {
        "limit": 10,
        "remaining": 7,
        "reset_ms": 18_001,
        "window_ms": 60_000,
        "unit": "requests",
        **fields,
    }
    return pb.LimitState(name=name, **fields)


class Question:
    """One CHECK that arrived, to be answered when and as the test likes."""

    def __init__(self, connection: "FakeConnection", frame: Frame) -> None:
        self.connection = connection
        self.frame = frame
        self.request = pb.CheckRequest.FromString(frame.payload)

    def answer(self, response: Optional[pb.CheckResponse] = None) -> None:
        self.connection.send(self.encoded(response))

    def encoded(self, response: Optional[pb.CheckResponse] = None) -> bytes:
        payload = (response or allowed()).SerializeToString()
        return encode_frame(framing.CHECK, self.frame.call_id, payload, FLAG_RESPONSE)

    def fail(self, status: int, message: str = "") -> None:
        payload = pb.Failure(message=message).SerializeToString()
        self.connection.send(
            encode_frame(framing.CHECK, self.frame.call_id, payload, FLAG_RESPONSE, status)
        )


class FakeConnection(asyncio.Protocol):
    def __init__(self, daemon: "FakeDaemon") -> None:
        self.daemon = daemon
        self.decoder = FrameDecoder()
        self.preamble = bytearray()
        self.hello: Optional[pb.Hello] = None
        self.chunks: List[bytes] = []
        self.pongs: "asyncio.Queue[Frame]" = asyncio.Queue()
        self.greeted = asyncio.get_running_loop().create_future()
        self.lost = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        self.daemon.open.append(self)
        self.daemon.connections.put_nowait(self)

    def data_received(self, data: bytes) -> None:
        self.chunks.append(data)
        missing = len(framing.PREAMBLE) - len(self.preamble)
        self.preamble += data[:missing]
        assert framing.PREAMBLE.startswith(bytes(self.preamble))
        for frame in self.decoder.feed(data[missing:]):
            self.take(frame)

    def take(self, frame: Frame) -> None:
        if frame.kind == framing.HELLO:
            self.hello = pb.Hello.FromString(frame.payload)
            self.hello_frame = frame
            self.greeted.set_result(None)
            if self.daemon.answers_hello:
                self.welcome()
        elif frame.kind == framing.PING:
            self.pongs.put_nowait(frame)
        elif frame.kind == framing.REPORT:
            self.daemon.reports.put_nowait(pb.ReportRequest.FromString(frame.payload))
            self.respond(frame, pb.ReportResponse(scale=0.5, replicas=2))
        elif frame.kind == framing.SETTLE:
            self.daemon.settled.append(pb.SettleRequest.FromString(frame.payload))
            self.respond(frame, pb.SettleResponse(settled=True))
        elif frame.kind == framing.RENEW:
            request = pb.RenewRequest.FromString(frame.payload)
            self.daemon.renewed.append(request)
            items = [
                pb.RenewResponse.Item(alive=True, stop=self.daemon.stops, lease=item.lease + b"+") for item in request.leases
            ]
            self.respond(frame, pb.RenewResponse(leases=items))
        else:
            assert frame.kind == framing.CHECK and self.hello is not None
            question = Question(self, frame)
            if self.daemon.decide is None:
                self.daemon.questions.put_nowait(question)
            else:
                self.daemon.asked.append(question.request)
                question.answer(self.daemon.decide(question.request))

    def respond(self, frame: Frame, message: Any) -> None:
        """Answers, or fails with the daemon's `status`."""
        status = self.daemon.status
        payload = b"" if status else message.SerializeToString()
        self.send(encode_frame(frame.kind, frame.call_id, payload, FLAG_RESPONSE, status))

    def welcome(self) -> None:
        payload = self.daemon.hello_reply.SerializeToString()
        status = self.daemon.hello_status
        call_id = self.hello_frame.call_id
        self.send(encode_frame(framing.HELLO, call_id, payload, FLAG_RESPONSE, status))

    def send(self, data: bytes) -> None:
        self.transport.write(data)

    def goaway(self) -> None:
        self.send(encode_frame(framing.GOAWAY, 0, pb.Failure(message="bye").SerializeToString()))

    def connection_lost(self, error: Optional[Exception]) -> None:
        self.daemon.open.remove(self)
        if not self.lost.done():
            self.lost.set_result(error)


class FakeDaemon:
    """Questions wait in `questions`, unless `decide` answers them at once."""

    def __init__(
        self,
        decide: Optional[Callable[[pb.CheckRequest], pb.CheckResponse]] = None,
        host: str = "127.0.0.1",
        port: int = 0,
        tls: Any = None,
    ) -> None:
        self.decide = decide
        self.host = host
        self.port = port
        self.tls = tls
        self.answers_hello = True
        self.hello_status = 0
        self.hello_reply: Any = pb.HelloReply(server="fake")
        self.questions: "asyncio.Queue[Question]" = asyncio.Queue()
        self.connections: "asyncio.Queue[FakeConnection]" = asyncio.Queue()
        self.asked: List[pb.CheckRequest] = []
        self.reports: "asyncio.Queue[pb.ReportRequest]" = asyncio.Queue()
        self.settled: List[pb.SettleRequest] = []
        self.renewed: List[pb.RenewRequest] = []
        self.stops = False
        # How everything but a check is answered.
        self.status = 0
        self.open: List[FakeConnection] = []

    @property
    def address(self) -> str:
        return f"{self.host}:{self.port}"

    async def question(self) -> Question:
        return await soon(self.questions.get())

    async def connection(self) -> FakeConnection:
        return await soon(self.connections.get())

    async def start(self) -> "FakeDaemon":
        loop = asyncio.get_running_loop()
        self.server = await loop.create_server(
            lambda: FakeConnection(self), self.host, self.port, ssl=self.tls
        )
        self.port = self.server.sockets[0].getsockname()[1]
        return self

    async def stop(self) -> None:
        """Ends as a killed process does: no farewell to anyone."""
        self.server.close()
        lost = [connection.lost for connection in self.open]
        for connection in list(self.open):
            connection.transport.abort()
        if lost:
            await soon(asyncio.wait(lost))

    async def __aenter__(self) -> "FakeDaemon":
        return await self.start()

    async def __aexit__(self, *error: Any) -> None:
        await self.stop()
