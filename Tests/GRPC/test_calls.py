"""gRPC's own client against the daemon."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path
from typing import List

import grpc
import pytest
from daemon import PATIENCE, Daemon
from headgate.v1 import limiter_pb2 as pb
from limiter import call, check, method


def test_a_limit_holds_and_says_what_is_left(channel: grpc.Channel) -> None:
    answers = [call(channel, check("alice")) for _ in range(11)]
    assert [a.verdict for a in answers] == [pb.VERDICT_ALLOWED] * 10 + [pb.VERDICT_LIMITED]
    assert [a.limits[0].remaining for a in answers] == [*range(9, -1, -1), 0]
    assert answers[-1].retry_after_ms > 0 and answers[0].rule == "predict"


def test_checks_in_one_message_are_answered_in_order(channel: grpc.Channel) -> None:
    checks = [check("alice" if i < 11 else f"c{i}") for i in range(256)]
    results = call(channel, pb.CheckManyRequest(checks=checks)).results
    assert [i for i, r in enumerate(results) if r.verdict == pb.VERDICT_LIMITED] == [10]


@pytest.mark.parametrize(
    "request_",
    [
        pb.SettleRequest(lease=b"made up"),
        pb.RenewRequest(leases=[pb.RenewRequest.Item(lease=b"made up")]),
        pb.ReportRequest(replica="r1", pool="gpu", state=pb.REPLICA_STATE_READY, ttl_ms=1000),
    ],
    ids=["Settle", "Renew", "Report"],
)
def test_the_other_methods_are_carried_out(channel: grpc.Channel, request_: object) -> None:
    # Whether leases and replicas are served is the decision path's matter; the methods are known and answer.
    try:
        assert call(channel, request_) is not None
    except grpc.RpcError as error:
        assert error.code() in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.INVALID_ARGUMENT)


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        (check(""), "client is empty"),
        (check("a\x00b"), "client contains a control character"),
        (check("a" * 513), "client is longer than 512 bytes"),
        (pb.CheckManyRequest(), "checks is empty"),
        (pb.CheckManyRequest(checks=[check("a"), check("")]), "checks[1].client is empty"),
        (pb.SettleRequest(), "lease is empty"),
        (pb.RenewRequest(), "leases is empty"),
        (pb.ReportRequest(), "replica is empty"),
    ],
)
def test_a_broken_request_is_told_which_field(
    channel: grpc.Channel, request_: object, words: str
) -> None:
    with pytest.raises(grpc.RpcError) as raised:
        call(channel, request_)
    assert raised.value.code() == grpc.StatusCode.INVALID_ARGUMENT
    assert raised.value.details() == words


def test_a_status_message_comes_as_it_was(channel: grpc.Channel) -> None:
    request = pb.CheckRequest(client="a", route="/x", usage={"ü%": 1 << 60})
    with pytest.raises(grpc.RpcError) as raised:
        call(channel, request)
    assert "ü%" in raised.value.details()


def test_unknown_methods_are_unimplemented(channel: grpc.Channel) -> None:
    for path in ("/headgate.v1.Limiter/Nope", "/nobody.Nothing/Check"):
        with pytest.raises(grpc.RpcError) as raised:
            channel.unary_unary(path)(b"", timeout=10)
        assert raised.value.code() == grpc.StatusCode.UNIMPLEMENTED


def test_gzip_is_inflated(channel: grpc.Channel) -> None:
    request = check("alice", "/" + "x" * 1000)
    answer = call(channel, request, compression=grpc.Compression.Gzip)
    assert answer.verdict == pb.VERDICT_ALLOWED


def test_gzip_that_inflates_past_the_bound_is_refused(channel: grpc.Channel) -> None:
    # 10 MiB of one byte are 10 KiB of gzip.
    request = check("a" * (10 << 20))
    with pytest.raises(grpc.RpcError) as raised:
        call(channel, request, compression=grpc.Compression.Gzip)
    assert raised.value.code() == grpc.StatusCode.RESOURCE_EXHAUSTED


def test_other_encodings_are_unimplemented(channel: grpc.Channel) -> None:
    with pytest.raises(grpc.RpcError) as raised:
        call(channel, check("alice", "/" + "x" * 1000), compression=grpc.Compression.Deflate)
    assert raised.value.code() == grpc.StatusCode.UNIMPLEMENTED


def test_a_message_past_the_bound_is_refused_and_the_connection_goes_on(
    channel: grpc.Channel,
) -> None:
    with pytest.raises(grpc.RpcError) as raised:
        call(channel, check("a" * (5 << 20)))
    assert raised.value.code() == grpc.StatusCode.RESOURCE_EXHAUSTED
    assert call(channel, check("alice")).verdict == pb.VERDICT_ALLOWED


def test_a_deadline_that_is_over_charges_nothing(channel: grpc.Channel) -> None:
    with pytest.raises(grpc.RpcError) as raised:
        method(channel, pb.CheckRequest)(check("alice"), timeout=1e-9)
    assert raised.value.code() == grpc.StatusCode.DEADLINE_EXCEEDED
    assert call(channel, check("alice")).limits[0].remaining == 9


def test_4000_calls_are_answered_each_once(channel: grpc.Channel) -> None:
    ask = method(channel, pb.CheckRequest)
    calls = [ask.future(check(f"c{i % 50}"), timeout=30) for i in range(4000)]
    verdicts = Counter(c.result().verdict for c in calls)
    assert verdicts == {pb.VERDICT_ALLOWED: 500, pb.VERDICT_LIMITED: 3500}


def test_cancelled_calls_leave_nothing_behind(daemon: Daemon) -> None:
    with grpc.insecure_channel(daemon.address) as channel:
        ask = method(channel, pb.CheckRequest)
        # Half of 400: no more resets than any connection may make.
        for _ in range(2):
            calls = [ask.future(check("alice", "/free"), timeout=30) for _ in range(200)]
            for c in calls[::2]:
                c.cancel()
            for c in calls[1::2]:
                assert c.result().verdict == pb.VERDICT_ALLOWED
    end = time.monotonic() + PATIENCE
    while daemon.status()["connections"] != 0:
        assert time.monotonic() < end, "the connection is still counted"
    with grpc.insecure_channel(daemon.address) as channel:
        assert call(channel, check("bob")).limits[0].remaining == 9


def test_a_drain_answers_every_call_or_says_so(daemon: Daemon) -> None:
    with grpc.insecure_channel(daemon.address) as channel:
        ask = method(channel, pb.CheckRequest)
        call(channel, check("alice", "/free"))
        calls = [ask.future(check("alice", "/free"), timeout=10) for _ in range(500)]
        daemon.drain()
        ends = Counter(c.code() for c in calls if c.exception() or True)
        # A stream that the last GOAWAY did not name was not carried out, and there is nobody to dial again.
        assert set(ends) <= {grpc.StatusCode.OK, grpc.StatusCode.UNAVAILABLE}
        assert daemon.process.wait(PATIENCE) == 0


def test_an_old_connection_is_replaced_and_no_call_is_lost(tmp_path: Path) -> None:
    daemon = Daemon(tmp_path / "policy.yaml", "--max-connection-age", "1s")
    states: List[grpc.ChannelConnectivity] = []
    try:
        with grpc.insecure_channel(daemon.address) as channel:
            channel.subscribe(states.append)
            end = time.monotonic() + PATIENCE
            while states.count(grpc.ChannelConnectivity.READY) < 3:
                assert call(channel, check("alice", "/free")).verdict == pb.VERDICT_ALLOWED
                assert time.monotonic() < end, states
    finally:
        assert daemon.stop() == 0
