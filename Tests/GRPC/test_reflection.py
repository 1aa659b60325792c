"""What grpcurl and its like do: they know the daemon's address and nothing else."""

from __future__ import annotations

import grpc
import pytest
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import (
    ProtoReflectionDescriptorDatabase,
)

SERVED = {
    "headgate.v1.Limiter",
    "grpc.health.v1.Health",
    "grpc.reflection.v1.ServerReflection",
    "grpc.reflection.v1alpha.ServerReflection",
}


def ask(channel: grpc.Channel, version: str, **question: object) -> object:
    """Version 1 has the messages of version 1alpha under another name."""
    info = channel.stream_stream(
        f"/grpc.reflection.{version}.ServerReflection/ServerReflectionInfo",
        request_serializer=reflection_pb2.ServerReflectionRequest.SerializeToString,
        response_deserializer=reflection_pb2.ServerReflectionResponse.FromString,
    )
    request = reflection_pb2.ServerReflectionRequest(host="h", **question)
    (answer,) = info(iter([request]), timeout=10)
    assert answer.original_request == request and answer.valid_host == "h"
    return answer


@pytest.mark.parametrize("version", ["v1", "v1alpha"])
def test_services_are_listed(channel: grpc.Channel, version: str) -> None:
    answer = ask(channel, version, list_services="")
    assert SERVED <= {s.name for s in answer.list_services_response.service}


def test_a_call_through_descriptors_that_the_daemon_gave(channel: grpc.Channel) -> None:
    pool = DescriptorPool(ProtoReflectionDescriptorDatabase(channel))
    service = pool.FindServiceByName("headgate.v1.Limiter")
    check = service.FindMethodByName("Check")
    request = GetMessageClass(check.input_type)(client="alice", route="/predict")
    answer = channel.unary_unary(
        f"/{service.full_name}/{check.name}",
        request_serializer=lambda message: message.SerializeToString(),
        response_deserializer=GetMessageClass(check.output_type).FromString,
    )(request, timeout=10)
    assert answer.limits[0].remaining == 9


def test_every_listed_service_has_a_file(channel: grpc.Channel) -> None:
    database = ProtoReflectionDescriptorDatabase(channel)
    for name in database.get_services():
        assert name.rpartition(".")[0] == database.FindFileContainingSymbol(name).package
        file = database.FindFileContainingSymbol(name)
        assert database.FindFileByName(file.name) == file


@pytest.mark.parametrize(
    ("symbol", "file"),
    [
        ("headgate.v1.Limiter.Check", "headgate/v1/limiter.proto"),
        ("headgate.v1.CheckRequest", "headgate/v1/limiter.proto"),
        ("headgate.v1.CheckRequest.client", "headgate/v1/limiter.proto"),
        ("headgate.v1.VERDICT_LIMITED", "headgate/v1/limiter.proto"),
        ("headgate.v1.RenewRequest.Item", "headgate/v1/limiter.proto"),
        ("grpc.health.v1.HealthCheckResponse.ServingStatus", "grpc/health/v1/health.proto"),
        ("headgate.v1.Nothing", None),
        ("", None),
    ],
)
def test_symbols_are_found_in_their_files(
    channel: grpc.Channel, symbol: str, file: str | None
) -> None:
    answer = ask(channel, "v1", file_containing_symbol=symbol)
    if file is None:
        assert answer.error_response.error_code == grpc.StatusCode.NOT_FOUND.value[0]
    else:
        assert file.encode() in answer.file_descriptor_response.file_descriptor_proto[0]


def test_questions_about_extensions_are_answered_with_an_error(channel: grpc.Channel) -> None:
    extension = reflection_pb2.ExtensionRequest(containing_type="x", extension_number=1)
    for question in (
        {"file_containing_extension": extension},
        {"all_extension_numbers_of_type": "x"},
        {"file_by_filename": "nothing.proto"},
    ):
        answer = ask(channel, "v1", **question)
        assert answer.error_response.error_code == grpc.StatusCode.NOT_FOUND.value[0]
    assert ask(channel, "v1").error_response.error_code == grpc.StatusCode.UNIMPLEMENTED.value[0]


def test_one_stream_takes_many_questions(channel: grpc.Channel) -> None:
    stub = reflection_pb2_grpc.ServerReflectionStub(channel)
    request = reflection_pb2.ServerReflectionRequest(file_containing_symbol="headgate.v1.Limiter")
    answers = list(stub.ServerReflectionInfo(iter([request] * 300), timeout=20))
    assert len(answers) == 300 and all(a.file_descriptor_response for a in answers)
