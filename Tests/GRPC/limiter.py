"""`headgate.v1.Limiter` as generated code would have it, and no more of that than the tests need."""

from __future__ import annotations

from typing import Any

import grpc
from headgate.v1 import limiter_pb2 as pb

RESPONSES = {
    pb.CheckRequest: ("Check", pb.CheckResponse),
    pb.CheckManyRequest: ("CheckMany", pb.CheckManyResponse),
    pb.SettleRequest: ("Settle", pb.SettleResponse),
    pb.RenewRequest: ("Renew", pb.RenewResponse),
    pb.ReportRequest: ("Report", pb.ReportResponse),
}


def method(channel: grpc.Channel, request: type) -> grpc.UnaryUnaryMultiCallable:
    name, response = RESPONSES[request]
    return channel.unary_unary(
        f"/headgate.v1.Limiter/{name}",
        request_serializer=request.SerializeToString,
        response_deserializer=response.FromString,
    )


def call(channel: grpc.Channel, request: Any, **options: Any) -> Any:
    return method(channel, type(request))(request, timeout=10, **options)


def check(client: str, route: str = "/predict") -> pb.CheckRequest:
    return pb.CheckRequest(client=client, route=route)
