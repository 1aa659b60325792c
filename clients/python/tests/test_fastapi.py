"""The FastAPI dependency, with real requests against an application and a fake daemon."""

from __future__ import annotations

from typing import Any, Dict, List

import httpx
import pytest
from fake_daemon import FakeDaemon, allowed, forbidden, free_port, limited, soon, state
from fastapi import APIRouter, Depends, FastAPI, Request, WebSocket

from headgate import AsyncClient, Decision, InlineLimit
from headgate.fastapi import Headgate, Refusal, api_key, client_ip
from headgate.v1 import limiter_pb2 as pb


def browser(app: FastAPI, peer: str = "192.0.2.7") -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app, client=(peer, 50_000))
    return httpx.AsyncClient(transport=transport, base_url="http://service.test")


class Service:
    """An application whose daemon answers `response`."""

    def __init__(self, daemon: FakeDaemon, gate: Headgate) -> None:
        self.daemon = daemon
        self.gate = gate
        self.app = FastAPI()
        self.response = allowed(limits=[state()])
        daemon.decide = lambda request: self.response

    async def get(self, path: str, method: str = "GET", **arguments: Any) -> httpx.Response:
        async with browser(self.app) as client:
            return await soon(client.request(method, path, **arguments))

    @property
    def asked(self) -> List[pb.CheckRequest]:
        return self.daemon.asked


@pytest.fixture
async def service(daemon):
    gate = Headgate(daemon.address, client=api_key("x-api-key"), timeout=5)
    yield Service(daemon, gate)
    await gate.daemon.close()


@pytest.mark.parametrize("kind", ["async", "sync"])
async def test_an_allowed_request_runs_and_shows_the_limit(service, kind):
    async def endpoint():
        return "done"

    def in_a_thread():
        return "done"

    function = endpoint if kind == "async" else in_a_thread
    service.app.post("/predict", dependencies=[Depends(service.gate.limit())])(function)
    answer = await service.get("/predict", "POST", headers={"X-API-Key": "alice"})
    assert answer.status_code == 200 and answer.json() == "done"
    assert answer.headers["x-ratelimit-limit"] == "10"
    assert answer.headers["x-ratelimit-remaining"] == "7"
    assert answer.headers["x-ratelimit-reset"] == "19"
    assert "retry-after" not in answer.headers
    [request] = service.asked
    assert (request.client, request.route) == ("alice", "/predict")
    assert request.attributes == {"method": "POST"} and not request.limits and not request.usage


def refused_service(service: Service, response: pb.CheckResponse) -> List[str]:
    ran: List[str] = []
    service.response = response

    @service.app.get("/predict", dependencies=[Depends(service.gate.limit())])
    async def predict():
        ran.append("endpoint")

    return ran


@pytest.mark.parametrize("milliseconds, seconds", [(1, "1"), (1500, "2"), (60_000, "60")])
async def test_a_limited_request_is_429(service, milliseconds, seconds):
    limits = [state(remaining=0)]
    ran = refused_service(service, limited(retry_after_ms=milliseconds, limits=limits))
    answer = await service.get("/predict")
    assert answer.status_code == 429 and ran == []
    assert answer.json() == {"detail": "Rate limit exceeded"}
    assert answer.headers["retry-after"] == seconds
    assert answer.headers["x-ratelimit-remaining"] == "0"


async def test_a_cost_that_never_fits_is_429_without_retry_after(service):
    refused_service(service, limited(never=True, retry_after_ms=0, message="Too long"))
    answer = await service.get("/predict")
    assert answer.status_code == 429 and answer.json() == {"detail": "Too long"}
    assert "retry-after" not in answer.headers


@pytest.mark.parametrize("message, detail", [("Ask for a key", "Ask for a key"), ("", "Forbidden")])
async def test_a_forbidden_request_is_403_in_the_policys_words(service, message, detail):
    ran = refused_service(service, forbidden(message=message))
    answer = await service.get("/predict")
    assert answer.status_code == 403 and answer.json() == {"detail": detail} and ran == []
    assert "retry-after" not in answer.headers


async def test_unavailable_is_503_with_retry_after_1(service):
    refused_service(service, pb.CheckResponse(verdict=pb.VERDICT_UNAVAILABLE))
    answer = await service.get("/predict")
    assert answer.status_code == 503 and answer.headers["retry-after"] == "1"
    assert answer.json() == {"detail": "Rate limits cannot be checked"}


@pytest.mark.parametrize("on_failure, status", [("allow", 200), ("refuse", 503)])
@pytest.mark.parametrize("own_client", [False, True])
async def test_an_outage_is_what_on_failure_says(on_failure, status, own_client):
    address = f"127.0.0.1:{free_port()}"
    gate = Headgate(AsyncClient(address) if own_client else address, on_failure=on_failure)
    app = FastAPI()

    @app.get("/predict")
    async def predict(decision: Decision = Depends(gate.limit())):
        return decision.degraded

    async with browser(app) as client:
        answer = await soon(client.get("/predict"))
    assert answer.status_code == status
    assert answer.json() == (True if status == 200 else {"detail": "Rate limits cannot be checked"})
    assert answer.headers.get("retry-after") == (None if status == 200 else "1")
    await gate.daemon.close()


async def test_a_refusal_can_be_answered_in_ones_own_way(service):
    refused_service(service, limited(rule="predict"))

    @service.app.exception_handler(Refusal)
    async def answer_refusal(request: Request, refusal: Refusal):
        from fastapi.responses import PlainTextResponse

        return PlainTextResponse(refusal.decision.rule, status_code=420)

    answer = await service.get("/predict")
    assert (answer.status_code, answer.text) == (420, "predict")


# Who calls


async def test_without_a_key_the_peers_address_is_the_client(service):
    refused_service(service, allowed())
    for headers in ({}, {"X-API-Key": "  "}):
        assert (await service.get("/predict", headers=headers)).status_code == 200
    assert [request.client for request in service.asked] == ["192.0.2.7"] * 2


@pytest.mark.parametrize("key", ["x" * 513, "tab\tinside", "\xe9" * 257])
async def test_a_key_that_cannot_be_a_client_is_400_and_not_asked(service, key):
    ran = refused_service(service, allowed())
    answer = await service.get("/predict", headers={"X-API-Key": key.encode("latin-1")})
    assert answer.status_code == 400 and "detail" in answer.json()
    assert ran == [] and service.asked == []


async def test_a_longest_key_is_a_client(service):
    refused_service(service, allowed())
    await service.get("/predict", headers={"X-API-Key": "x" * 512})
    assert service.asked[0].client == "x" * 512


FORWARDED = [
    (0, ["203.0.113.5"], "192.0.2.7"),
    (1, ["203.0.113.5"], "203.0.113.5"),
    (1, ["6.6.6.6, 203.0.113.5"], "203.0.113.5"),
    (2, ["6.6.6.6, 203.0.113.5, 10.0.0.1"], "203.0.113.5"),
    (2, ["6.6.6.6", "203.0.113.5", "10.0.0.1"], "203.0.113.5"),
    (2, ["203.0.113.5"], "192.0.2.7"),
    (1, [], "192.0.2.7"),
    (1, ["nonsense"], "192.0.2.7"),
    (1, ["203.0.113.5, "], "192.0.2.7"),
    (1, ["203.0.113.5:4711"], "203.0.113.5"),
    (1, ["[2001:db8::1]:4711"], "2001:db8::1"),
    (1, ["2001:0DB8:0:0::1"], "2001:db8::1"),
    (1, ["::ffff:203.0.113.5"], "203.0.113.5"),
]


@pytest.mark.parametrize("hops, lines, expected", FORWARDED)
async def test_the_callers_address_behind_proxies(daemon, hops, lines, expected):
    gate = Headgate(daemon.address, client=client_ip(trusted_hops=hops), timeout=5)
    service = Service(daemon, gate)
    refused_service(service, allowed())
    headers = [("X-Forwarded-For", line) for line in lines]
    assert (await service.get("/predict", headers=headers)).status_code == 200
    assert service.asked[0].client == expected
    await gate.daemon.close()


@pytest.mark.parametrize("hops", [-1, "1", True, 1.0])
def test_trusted_hops_is_a_number_of_proxies(hops):
    with pytest.raises(ValueError, match="^trusted_hops: "):
        client_ip(hops)


async def test_the_client_may_be_found_by_an_async_function(daemon):
    async def tenant(request) -> str:
        return "tenant-" + request.headers["x-tenant"]

    gate = Headgate(daemon.address, client=tenant, timeout=5)
    service = Service(daemon, gate)
    refused_service(service, allowed())
    await service.get("/predict", headers={"X-Tenant": "a"})
    assert service.asked[0].client == "tenant-a"
    await gate.daemon.close()


# What is called


async def test_the_route_is_the_template_wherever_it_is_mounted(service):
    limit = [Depends(service.gate.limit())]

    async def endpoint():
        return None

    inner = APIRouter(prefix="/deep")
    inner.get("/x/{item}", dependencies=limit)(endpoint)
    outer = APIRouter(prefix="/v1")
    outer.include_router(inner)
    service.app.include_router(outer, prefix="/api/{version}")
    mounted = FastAPI()
    mounted.get("/x/{item}", dependencies=limit)(endpoint)
    mounted.get("/", dependencies=limit)(endpoint)
    mounted.include_router(inner, prefix="/in")
    service.app.mount("/fixed", mounted)
    service.app.mount("/tenants/{tenant}", mounted)
    service.app.get("/files/{name:path}", dependencies=limit)(endpoint)
    for path, template in {
        "/api/2/v1/deep/x/7": "/api/{version}/v1/deep/x/{item}",
        "/fixed/x/7": "/fixed/x/{item}",
        "/fixed/": "/fixed/",
        "/fixed/in/deep/x/7": "/fixed/in/deep/x/{item}",
        "/tenants/acme/x/7": "/tenants/{tenant}/x/{item}",
        "/files/a/b/c": "/files/{name:path}",
    }.items():
        assert (await service.get(path)).status_code == 200, path
        assert service.asked[-1].route == template


async def test_the_servers_root_path_is_part_of_the_route(service):
    refused_service(service, allowed())
    transport = httpx.ASGITransport(service.app, root_path="/behind/proxy")
    async with httpx.AsyncClient(transport=transport, base_url="http://service.test") as client:
        assert (await client.get("/behind/proxy/predict")).status_code == 200
    assert service.asked[0].route == "/behind/proxy/predict"


async def test_a_route_of_ones_own_and_attributes_of_the_request(service):
    async def attributes(request: Request) -> Dict[str, str]:
        return {"model": (await request.json())["model"], "method": "forged"}

    limit = service.gate.limit(route="/chat", attributes=attributes)
    service.app.put("/v1/chat", dependencies=[Depends(limit)])(lambda: None)
    answer = await service.get("/v1/chat", "PUT", json={"model": "llama-3"})
    assert answer.status_code == 200
    assert service.asked[0].route == "/chat"
    assert service.asked[0].attributes == {"model": "llama-3", "method": "PUT"}


async def async_cost(request: Request) -> int:
    return len(await request.json())


@pytest.mark.parametrize(
    "arguments, usage",
    [
        ({"cost": 3}, {"requests": 3}),
        ({"cost": 0}, {"requests": 0}),
        ({"cost": lambda request: len(request.query_params)}, {"requests": 1}),
        ({"cost": async_cost}, {"requests": 4}),
        ({"usage": {"tokens": 9}}, {"tokens": 9}),
        ({"usage": lambda request: {"tokens": 9}, "cost": 2}, {"tokens": 9, "requests": 2}),
    ],
)
async def test_what_a_request_costs(service, arguments, usage):
    limit = service.gate.limit(**arguments)
    service.app.post("/batch", dependencies=[Depends(limit)])(lambda: None)
    assert (await service.get("/batch?a=1", "POST", json=[1, 2, 3, 4])).status_code == 200
    assert service.asked[0].usage == usage


@pytest.mark.parametrize("cost", [-1, "3", 1.5, True])
def test_a_cost_that_is_none_is_named(cost):
    with pytest.raises(ValueError, match="^cost: "):
        Headgate().limit(cost=cost)


def test_bad_limits_are_named_when_the_route_is_made():
    with pytest.raises(TypeError, match=r"^limits\[1\]: "):
        Headgate().limit("1/s", 5)


# Limits in code


def scopes(request: pb.CheckRequest) -> "list[tuple[str, str]]":
    return [(limit.rate, limit.scope) for limit in request.limits]


async def test_two_dependencies_on_one_route_have_counters_of_their_own(service):
    first = Depends(service.gate.limit("2/30 seconds"))
    second = Depends(service.gate.limit("5/30 seconds", "9/hour"))
    service.app.get("/items/{item}", dependencies=[first, second])(lambda: None)
    service.app.post("/items/{item}", dependencies=[second])(lambda: None)
    for _ in range(2):
        assert (await service.get("/items/7")).status_code == 200
    assert (await service.get("/items/7", "POST")).status_code == 200
    found = [scopes(request) for request in service.asked]
    assert found[:2] == found[2:4]
    assert found[0] == [("2/30 seconds", "GET /items/{item}#0")]
    assert found[1] == [
        ("5/30 seconds", "GET /items/{item}#1"),
        ("9/hour", "GET /items/{item}#1"),
    ]
    assert {scope for _, scope in found[4]} == {"POST /items/{item}#0"}


async def test_included_routes_have_counters_of_their_own_too(service):
    router = APIRouter(dependencies=[Depends(service.gate.limit("1/s"))])
    router.get("/x", dependencies=[Depends(service.gate.limit("2/s"))])(lambda: None)
    service.app.include_router(router, prefix="/a")
    service.app.include_router(router, prefix="/b")
    await service.get("/a/x")
    await service.get("/b/x")
    assert [scopes(request)[0][1] for request in service.asked] == [
        "GET /a/x#0",
        "GET /a/x#1",
        "GET /b/x#0",
        "GET /b/x#1",
    ]


async def test_a_scope_of_ones_own_is_kept_and_a_long_one_fits(service):
    limit = service.gate.limit(InlineLimit("1/s", scope="shared"), "2/s")
    path = "/" + "long" * 30
    service.app.get(path, dependencies=[Depends(limit)])(lambda: None)
    await service.get(path)
    [(_, shared), (_, own)] = scopes(service.asked[0])
    assert shared == "shared" and len(own) == 32


async def test_of_several_limits_the_tightest_is_shown(service):
    left = iter([7, 2, 5])
    service.daemon.decide = lambda request: allowed(limits=[state(remaining=next(left))])
    limits = [Depends(service.gate.limit(route=f"/{n}")) for n in range(3)]
    service.app.get("/x", dependencies=limits)(lambda: None)
    assert (await service.get("/x")).headers["x-ratelimit-remaining"] == "2"


# WebSockets and lifespan


async def connect_websocket(app: FastAPI, extensions: Dict[str, Any]) -> List[Dict[str, Any]]:
    sent: List[Dict[str, Any]] = []

    async def receive():
        return {"type": "websocket.connect"}

    async def send(message):
        sent.append(dict(message))

    scope = {
        "type": "websocket",
        "path": "/live/7",
        "root_path": "",
        "query_string": b"",
        "headers": [(b"x-api-key", b"alice")],
        "client": ("192.0.2.7", 1),
        "extensions": extensions,
    }
    await soon(app(scope, receive, send))
    return sent


def websocket_service(service: Service) -> None:
    limit = [Depends(service.gate.limit("3/minute"))]

    @service.app.websocket("/live/{item}", dependencies=limit)
    async def live(websocket: WebSocket):
        await websocket.accept()
        await websocket.close()


async def test_an_allowed_websocket_is_accepted(service):
    websocket_service(service)
    sent = await connect_websocket(service.app, {})
    assert [message["type"] for message in sent] == ["websocket.accept", "websocket.close"]
    [request] = service.asked
    assert (request.client, request.route) == ("alice", "/live/{item}")
    assert request.attributes == {"method": "GET"}
    assert scopes(request) == [("3/minute", "WEBSOCKET /live/{item}#0")]


async def test_a_refused_websocket_gets_the_http_answer_where_the_server_can(service):
    websocket_service(service)
    service.response = limited()
    start, body = await connect_websocket(service.app, {"websocket.http.response": {}})
    assert start["type"] == "websocket.http.response.start" and start["status"] == 429
    assert (b"retry-after", b"2") in start["headers"]
    assert body["body"] == b'{"detail":"Rate limit exceeded"}'


@pytest.mark.parametrize(
    "response, code", [(limited(), 1013), (forbidden(), 1008), (limited(never=True), 1008)]
)
async def test_a_refused_websocket_is_closed_where_the_server_cannot(service, response, code):
    websocket_service(service)
    service.response = response
    [message] = await connect_websocket(service.app, {})
    assert message["type"] == "websocket.close" and message["code"] == code and message["reason"]


async def test_the_lifespan_connects_and_closes_again_and_again(daemon):
    daemon.decide = lambda request: allowed()
    gate = Headgate(daemon.address, timeout=5)
    app = FastAPI(lifespan=gate.lifespan)
    app.get("/x", dependencies=[Depends(gate.limit())])(lambda: None)
    for round in range(1, 3):
        async with app.router.lifespan_context(app):
            peer = await daemon.connection()
            async with browser(app) as client:
                assert (await soon(client.get("/x"))).status_code == 200
        await soon(peer.lost)
        assert gate.daemon.closed and len(daemon.asked) == round


async def test_a_client_of_ones_own_is_not_closed(daemon):
    async with AsyncClient(daemon.address) as client:
        gate = Headgate(client)
        async with gate.lifespan(None):
            assert gate.daemon is client
        assert not client.closed


def test_bad_arguments_are_named():
    with pytest.raises(TypeError, match="^client: "):
        Headgate(client="x-api-key")
    with pytest.raises(ValueError, match="^on_failure: "):
        Headgate(on_failure="open")
    with pytest.raises(ValueError, match="^on_failure: "):
        Headgate(AsyncClient(), on_failure="open")
    with pytest.raises(TypeError, match="^token: "):
        Headgate(AsyncClient(), token="x")
