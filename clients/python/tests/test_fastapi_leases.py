"""Leases of FastAPI endpoints: real servers before the real daemon."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
import time
from pathlib import Path
from typing import Any, AsyncIterator, Dict, Iterator, List, Optional

import httpx
import pytest
import uvicorn
from fake_daemon import PATIENCE, soon, state
from fake_daemon import allowed as allowed_answer
from fastapi import Depends, FastAPI, HTTPException, Request, WebSocket
from fastapi.responses import PlainTextResponse, StreamingResponse
from processes import Daemon
from starlette.routing import Mount, Route
from starlette.websockets import WebSocketDisconnect

from headgate import AsyncClient, Client, Lease
from headgate.fastapi import Headgate, api_key, heartbeat, lease_of
from headgate.v1 import limiter_pb2 as pb

POLICY = Path(__file__).with_name("lease_policy.yaml")


@pytest.fixture(scope="module")
def server() -> Iterator[Daemon]:
    daemon = Daemon(POLICY)
    try:
        daemon.start()
        daemon.wait_until_ready()
        yield daemon
    finally:
        daemon.kill()


class Served:
    """An application behind uvicorn, on a thread of its own."""

    def __init__(self, app: FastAPI) -> None:
        self.socket = socket.socket()
        self.socket.bind(("127.0.0.1", 0))
        self.url = f"127.0.0.1:{self.socket.getsockname()[1]}"
        config = uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=2)
        self.server = uvicorn.Server(config)
        self.thread = threading.Thread(target=self.server.run, args=([self.socket],))

    def __enter__(self) -> str:
        self.thread.start()
        end = time.monotonic() + PATIENCE
        while not self.server.started:
            assert time.monotonic() < end and self.thread.is_alive()
            time.sleep(0.01)
        return f"http://{self.url}"

    def __exit__(self, *error: Any) -> None:
        self.server.should_exit = True
        self.thread.join(2 * PATIENCE)
        self.socket.close()
        assert not self.thread.is_alive()


class Watch:
    """What the daemon still gives a client on a route."""

    def __init__(self, server: Daemon, client: str) -> None:
        self.client = client
        self.gate = Client(server.address, timeout=5)

    def left(self, route: str) -> Dict[str, int]:
        decision = self.gate.check(
            self.client, route, usage={"tokens": 0}, peek=True, all_limits=True
        )
        return {state.name: state.remaining for state in decision.limits}

    def becomes(self, route: str, expected: Dict[str, int]) -> None:
        end = time.monotonic() + PATIENCE
        while (left := self.left(route)) != expected:
            assert time.monotonic() < end, f"{left} and not {expected}"
            time.sleep(0.01)


@pytest.fixture
def watch(server, request) -> Iterator[Watch]:
    watch = Watch(server, str(request.node.name))
    yield watch
    watch.gate.close()


@pytest.fixture
def gate(server) -> Headgate:
    return Headgate(server.address, client=api_key("x-api-key"), timeout=5)


FULL = {"stream/inflight": 3, "stream/tpm": 1000}


def streaming_app(gate: Headgate, pieces: Optional[int]) -> FastAPI:
    """`pieces` None: a stream without end."""
    app = FastAPI(lifespan=gate.lifespan)

    async def estimate(request: Request) -> Dict[str, int]:
        return {"tokens": (await request.json())["max_tokens"]}

    @app.post("/stream")
    async def stream(lease: Lease = Depends(gate.lease(usage=estimate))) -> StreamingResponse:
        async def tokens() -> AsyncIterator[str]:
            count = 0
            while pieces is None or count < pieces:
                count += 1
                lease.used(tokens=count)
                yield f"data: {count}\n\n"
                await asyncio.sleep(0.001)

        return StreamingResponse(tokens(), media_type="text/event-stream")

    return app


def test_a_stream_holds_its_slot_to_the_end_and_pays_what_it_used(gate, watch):
    with Served(streaming_app(gate, 300)) as url:
        headers = {"x-api-key": watch.client}
        body = {"max_tokens": 900}
        with httpx.stream("POST", f"{url}/stream", json=body, headers=headers) as answer:
            assert answer.status_code == 200
            lines = answer.iter_lines()
            assert next(lines) == "data: 1"
            assert watch.left("/stream") == {"stream/inflight": 2, "stream/tpm": 100}
            refused = httpx.post(f"{url}/stream", json=body, headers=headers)
            assert refused.status_code == 429 and list(refused.json()) == ["detail"]
            assert [line for line in lines if line][-1] == "data: 300"
        watch.becomes("/stream", {"stream/inflight": 3, "stream/tpm": 700})


def test_a_reader_that_goes_away_frees_the_slot(gate, watch):
    with Served(streaming_app(gate, None)) as url:
        headers = {"x-api-key": watch.client}
        request = {"json": {"max_tokens": 900}, "headers": headers}
        with httpx.stream("POST", f"{url}/stream", **request) as answer:
            lines = answer.iter_lines()
            assert next(lines) == "data: 1"
            assert watch.left("/stream")["stream/inflight"] == 2
        end = time.monotonic() + PATIENCE
        while watch.left("/stream")["stream/inflight"] != 3:
            assert time.monotonic() < end
        assert 100 < watch.left("/stream")["stream/tpm"] < 1000


@pytest.mark.parametrize("used, tokens", [(0, 1000), (412, 588)])
@pytest.mark.parametrize("error, status", [(HTTPException(409), 409), (ZeroDivisionError(), 500)])
def test_an_endpoint_that_fails_pays_what_it_used(gate, watch, error, status, used, tokens):
    app = FastAPI(lifespan=gate.lifespan)

    @app.post("/stream")
    async def chat(lease: Lease = Depends(gate.lease(usage={"tokens": 900}))) -> None:
        if used:
            lease.used(tokens=used)
        raise error

    with Served(app) as url:
        answer = httpx.post(f"{url}/stream", headers={"x-api-key": watch.client})
    assert answer.status_code == status
    watch.becomes("/stream", {"stream/inflight": 3, "stream/tpm": tokens})


def test_limit_settles_what_it_is_handed(gate, watch):
    app = FastAPI(lifespan=gate.lifespan)
    held: List[Dict[str, int]] = []

    @app.post("/stream", dependencies=[Depends(gate.limit(usage={"tokens": 100}))])
    def chat() -> None:
        held.append(watch.left("/stream"))

    with Served(app) as url:
        for _ in range(4):
            assert httpx.post(f"{url}/stream", headers={"x-api-key": watch.client}).is_success
    assert held[0] == {"stream/inflight": 2, "stream/tpm": 900}
    watch.becomes("/stream", {"stream/inflight": 3, "stream/tpm": 600})


@pytest.mark.parametrize("by", ["lease", "limit"])
def test_a_refusal_by_a_second_dependency_frees_the_slot_of_the_first(gate, watch, by):
    app = FastAPI(lifespan=gate.lifespan)
    first = getattr(gate, by)(usage={"tokens": 900})
    second = gate.limit(usage={"tokens": 900})

    @app.post("/stream", dependencies=[Depends(first), Depends(second)])
    async def chat() -> None:
        raise AssertionError("a refused endpoint ran")

    with Served(app) as url:
        answer = httpx.post(f"{url}/stream", headers={"x-api-key": watch.client})
    assert answer.status_code == 429
    tokens = 1000 if by == "lease" else 100
    watch.becomes("/stream", {"stream/inflight": 3, "stream/tpm": tokens})


class Talk:
    """A WebSocket's client, without a network between."""

    def __init__(self, app: FastAPI, path: str, client: str = "alice") -> None:
        self.sent: "asyncio.Queue[Dict[str, Any]]" = asyncio.Queue()
        self.heard: "asyncio.Queue[Dict[str, Any]]" = asyncio.Queue()
        self.say("websocket.connect")
        scope = {
            "type": "websocket",
            "scheme": "ws",
            "path": path,
            "query_string": b"",
            "headers": [(b"x-api-key", client.encode())],
            "subprotocols": [],
        }
        self.ended = asyncio.ensure_future(app(scope, self.sent.get, self.heard.put))

    def say(self, kind: str, **fields: Any) -> None:
        self.sent.put_nowait({"type": kind, **fields})

    async def hear(self) -> Dict[str, Any]:
        return await soon(self.heard.get())


async def test_a_websocket_holds_its_slot_as_long_as_it_lasts(gate, watch):
    app = FastAPI()

    @app.websocket("/slots")
    async def talk(socket: WebSocket, lease: Lease = Depends(gate.lease())) -> None:
        await socket.accept()
        with contextlib.suppress(WebSocketDisconnect):
            await socket.send_text(await socket.receive_text())
            await socket.receive_text()

    call = Talk(app, "/slots", watch.client)
    assert (await call.hear())["type"] == "websocket.accept"
    call.say("websocket.receive", text="hello")
    assert (await call.hear())["text"] == "hello"
    assert watch.left("/slots") == {"slots/inflight": 2}
    call.say("websocket.disconnect", code=1000)
    await soon(call.ended)
    assert watch.left("/slots") == {"slots/inflight": 3}
    await gate.daemon.close()


def middleware_app(gate: Headgate, **options: Any) -> FastAPI:
    app = FastAPI(lifespan=gate.lifespan)
    app.add_middleware(gate.middleware, **options)

    @app.get("/items/{item}")
    async def item(item: str) -> str:
        return item

    @app.get("/stream")
    async def stream(request: Request) -> StreamingResponse:
        lease = lease_of(request)
        assert lease is not None
        lease.used(tokens=3)

        async def pieces() -> AsyncIterator[str]:
            for piece in "abc":
                yield piece

        return StreamingResponse(pieces())

    @app.websocket("/talk/{room}")
    async def talk(socket: WebSocket) -> None:
        await socket.accept()
        with contextlib.suppress(WebSocketDisconnect):
            while True:
                await socket.send_text(await socket.receive_text())

    async def inside(request: Request) -> PlainTextResponse:
        return PlainTextResponse("inside")

    app.mount("/files/{owner}", Mount("", routes=[Route("/{name}", inside)]))
    return app


@contextlib.asynccontextmanager
async def browsing(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://service.test") as client:
        yield client


async def test_the_middleware_asks_for_every_route_by_its_template(daemon):
    answers = {"/items/{item}": allowed_answer(limits=[state()])}
    limited = pb.CheckResponse(
        verdict=pb.VERDICT_LIMITED, reason=pb.REASON_RATE, retry_after_ms=1500
    )
    daemon.decide = lambda request: answers.get(request.route, limited)
    gate = Headgate(daemon.address, client=api_key(), timeout=5)
    async with browsing(middleware_app(gate)) as client:
        answer = await soon(client.get("/items/7", headers={"x-api-key": "alice"}))
        assert answer.json() == "7" and answer.headers["x-ratelimit-remaining"] == "7"
        refused = await soon(client.get("/stream"))
        assert refused.status_code == 429 and refused.headers["retry-after"] == "2"
        assert refused.json() == {"detail": "Rate limit exceeded"}
        assert (await soon(client.get("/files/bob/list"))).status_code == 429
        assert (await soon(client.get("/nowhere"))).status_code == 404
        assert (await soon(client.post("/items/7"))).status_code == 405
        bad = await soon(client.get("/items/7", headers={"x-api-key": "x" * 513}))
        assert bad.status_code == 400
    await gate.daemon.close()
    routes = [request.route for request in daemon.asked]
    assert routes == ["/items/{item}", "/stream", "/files/{owner}/{name}"]
    assert daemon.asked[0].client == "alice" and daemon.asked[0].attributes == {"method": "GET"}


def test_the_middleware_settles_and_shows_headers_once(gate, watch):
    with Served(middleware_app(gate, usage={"tokens": 900})) as url:
        answer = httpx.get(f"{url}/stream", headers={"x-api-key": watch.client})
        assert answer.text == "abc"
        names = [name for name, _ in answer.headers.multi_items()]
        assert names.count("x-ratelimit-limit") == 1
    watch.becomes("/stream", {"stream/inflight": 3, "stream/tpm": 997})


@pytest.mark.parametrize("messages", [True, False])
async def test_the_middleware_limits_the_messages_of_a_websocket(daemon, messages):
    left = [2]

    def decide(request: pb.CheckRequest) -> pb.CheckResponse:
        left[0] -= 1
        verdict = pb.VERDICT_ALLOWED if left[0] >= 0 else pb.VERDICT_LIMITED
        return pb.CheckResponse(verdict=verdict, retry_after_ms=1000)

    daemon.decide = decide
    gate = Headgate(daemon.address, client=api_key(), timeout=5)
    talk = Talk(middleware_app(gate, messages=messages), "/talk/5")
    assert (await talk.hear())["type"] == "websocket.accept"
    talk.say("websocket.receive", text="one")
    assert (await talk.hear())["text"] == "one"
    talk.say("websocket.receive", text="two")
    answer = await talk.hear()
    if messages:
        assert (answer["type"], answer["code"]) == ("websocket.close", 1013)
    else:
        assert answer["text"] == "two"
        talk.say("websocket.disconnect", code=1000)
    await soon(talk.ended)
    assert {request.route for request in daemon.asked} == {"/talk/{room}"}
    await gate.daemon.close()


async def test_the_middleware_refuses_a_websocket_before_it_is_accepted(daemon):
    daemon.decide = lambda request: pb.CheckResponse(verdict=pb.VERDICT_FORBIDDEN, message="No")
    gate = Headgate(daemon.address, client=api_key(), timeout=5)
    talk = Talk(middleware_app(gate), "/talk/5")
    answer = await talk.hear()
    assert (answer["type"], answer["code"], answer["reason"]) == ("websocket.close", 1008, "No")
    await soon(talk.ended)
    await gate.daemon.close()


async def test_the_lifespan_reports_the_replica(daemon, monkeypatch):
    # What comes second comes because of ready(), and not with time.
    monkeypatch.setattr(heartbeat, "INTERVAL", 3600)
    gate = Headgate(daemon.address, timeout=5, pool="llama", load=lambda: 0.25)
    app = FastAPI(lifespan=gate.lifespan)
    async with app.router.lifespan_context(app):
        first = await soon(daemon.reports.get())
        gate.ready()
        second = await soon(daemon.reports.get())
    third = await soon(daemon.reports.get())
    states = [report.state for report in (first, second, third)]
    assert states == [
        pb.REPLICA_STATE_WARMING,
        pb.REPLICA_STATE_READY,
        pb.REPLICA_STATE_DRAINING,
    ]
    assert {(report.pool, report.load, report.ttl_ms) for report in (first, second, third)} == {
        ("llama", 0.25, 10_000)
    }
    assert len({report.replica for report in (first, second, third)}) == 1 and first.replica


async def test_reports_say_what_the_daemon_makes_of_them(daemon):
    async with AsyncClient(daemon.address, timeout=5) as client:
        report = await soon(client.report(pool="llama", state="warming", load=0.2, replica="r1"))
        assert report is not None and (report.scale, report.replicas) == (0.5, 2)
        daemon.status = 14
        assert await soon(client.report(pool="llama", state="ready")) is None
        with pytest.raises(ValueError, match="state"):
            await client.report(pool="llama", state="sleepy")
        with pytest.raises(ValueError, match="load"):
            await client.report(pool="llama", load=-1.0)


def test_a_gate_without_a_pool_has_nothing_to_be_ready_for():
    with pytest.raises(RuntimeError, match="pool"):
        Headgate().ready()


def test_a_daemon_that_dies_under_a_stream_disturbs_nobody():
    daemon = Daemon(POLICY)
    daemon.start()
    daemon.wait_until_ready()
    gate = Headgate(daemon.address, client=api_key("x-api-key"), timeout=0.5)
    try:
        with Served(streaming_app(gate, 400)) as url:
            request = {"json": {"max_tokens": 900}, "headers": {"x-api-key": "alice"}}
            with httpx.stream("POST", f"{url}/stream", **request) as answer:
                lines = answer.iter_lines()
                assert next(lines) == "data: 1"
                daemon.kill()
                assert [line for line in lines if line][-1] == "data: 400"
            # And without a lease the next one goes on too.
            assert httpx.post(f"{url}/stream", **request).status_code == 200
            end = time.monotonic() + PATIENCE
            while gate.daemon.unsettled == 0:
                assert time.monotonic() < end
                time.sleep(0.01)
    finally:
        daemon.kill()
