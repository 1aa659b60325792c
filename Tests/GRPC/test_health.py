from __future__ import annotations

import grpc
import pytest
from daemon import Daemon
from grpc_health.v1 import health_pb2, health_pb2_grpc

Status = health_pb2.HealthCheckResponse


def request(service: str) -> health_pb2.HealthCheckRequest:
    return health_pb2.HealthCheckRequest(service=service)


@pytest.mark.parametrize("service", ["", "headgate.v1.Limiter", "grpc.health.v1.Health"])
def test_services_are_serving(channel: grpc.Channel, service: str) -> None:
    stub = health_pb2_grpc.HealthStub(channel)
    assert stub.Check(request(service), timeout=10).status == Status.SERVING


def test_an_unknown_service_is_not_found_and_watched_all_the_same(channel: grpc.Channel) -> None:
    stub = health_pb2_grpc.HealthStub(channel)
    with pytest.raises(grpc.RpcError) as raised:
        stub.Check(request("nobody.Nothing"), timeout=10)
    assert raised.value.code() == grpc.StatusCode.NOT_FOUND
    watch = stub.Watch(request("nobody.Nothing"), timeout=10)
    assert next(watch).status == Status.SERVICE_UNKNOWN
    watch.cancel()


def test_a_watch_hears_of_the_drain(daemon: Daemon) -> None:
    with grpc.insecure_channel(daemon.address) as channel:
        stub = health_pb2_grpc.HealthStub(channel)
        watch = stub.Watch(request("headgate.v1.Limiter"), timeout=20)
        assert next(watch).status == Status.SERVING
        daemon.drain()
        assert next(watch).status == Status.NOT_SERVING
        with pytest.raises(grpc.RpcError) as raised:
            next(watch)
        assert raised.value.code() == grpc.StatusCode.UNAVAILABLE
