"""Mistakes of the caller are named before anything is sent."""

from __future__ import annotations

import pytest

from headgate import AsyncClient, Client, InlineLimit
from headgate.addresses import Address, parse_addresses
from headgate.request import encode_check
from headgate.v1 import limiter_pb2 as pb


@pytest.mark.parametrize(
    "text, expected",
    [
        ("127.0.0.1:7420", [("127.0.0.1", 7420)]),
        ("gate", [("gate", 7420)]),
        (" a:1 , b:2,a:1", [("a", 1), ("b", 2)]),
        ("[::1]:9", [("::1", 9)]),
        ("[::1]", [("::1", 7420)]),
        (["a:1", "b:2,c:3"], [("a", 1), ("b", 2), ("c", 3)]),
    ],
)
def test_addresses(text, expected):
    assert list(parse_addresses(text)) == [Address(*pair) for pair in expected]


def test_an_address_is_written_as_it_is_read():
    assert str(Address("::1", 9)) == "[::1]:9"
    assert str(Address("gate", 9)) == "gate:9"


BAD_ADDRESSES = ["", ",", ":7420", "a:", "a:0", "a:65536", "a:x", "::1", "[::1", "[a]:1", "a b:1"]


@pytest.mark.parametrize("text", BAD_ADDRESSES + ["http://a:1", [], "a:-1", "[::1]x"])
def test_bad_addresses_are_refused(text):
    with pytest.raises(ValueError, match="^addresses: "):
        parse_addresses(text)


@pytest.mark.parametrize("client", [AsyncClient, Client])
@pytest.mark.parametrize(
    "arguments, error, name",
    [
        ({"addresses": None}, TypeError, "addresses"),
        ({"addresses": [1]}, TypeError, "addresses"),
        ({"token": b"x"}, TypeError, "token"),
        ({"tls": 1}, TypeError, "tls"),
        ({"tls": b"ca.pem"}, TypeError, "tls"),
        ({"tls": "/nowhere/ca.pem"}, ValueError, "tls"),
        ({"tls": __file__}, ValueError, "tls"),
        ({"timeout": 0}, ValueError, "timeout"),
        ({"timeout": -1}, ValueError, "timeout"),
        ({"timeout": float("inf")}, ValueError, "timeout"),
        ({"timeout": float("nan")}, ValueError, "timeout"),
        ({"timeout": "1"}, TypeError, "timeout"),
        ({"timeout": True}, TypeError, "timeout"),
        ({"on_failure": "open"}, ValueError, "on_failure"),
        ({"on_failure": None}, ValueError, "on_failure"),
    ],
)
def test_constructor_names_the_bad_argument(client, arguments, error, name):
    with pytest.raises(error, match=f"^{name}: "):
        client(**arguments)


@pytest.mark.parametrize(
    "arguments, error, name",
    [
        ({"client": None}, TypeError, "client"),
        ({"client": b"alice"}, TypeError, "client"),
        ({"client": "\ud800"}, ValueError, "client"),
        ({"route": 1}, TypeError, "route"),
        ({"usage": {"tokens": "many"}}, TypeError, "usage"),
        ({"usage": {"tokens": -1}}, ValueError, "usage"),
        ({"usage": {1: 1}}, TypeError, "usage"),
        ({"attributes": {"model": 1}}, TypeError, "attributes"),
        ({"tier": 1}, TypeError, "tier"),
        ({"limits": 10}, TypeError, "limits"),
        ({"limits": ["10/minute", 3]}, TypeError, r"limits\[1\]"),
        ({"limits": [InlineLimit("1/s", burst=-1)]}, ValueError, r"limits\[0\]"),
        ({"peek": "yes"}, TypeError, "peek"),
    ],
)
def test_check_names_the_bad_argument(arguments, error, name):
    with pytest.raises(error, match=f"^{name}: "):
        encode_check(**{"client": "alice", "route": "/predict", **arguments})


async def test_a_check_refuses_a_bad_timeout_and_on_failure():
    client = AsyncClient()
    with pytest.raises(ValueError, match="^timeout: "):
        await client.check("alice", "/", timeout=-1)
    with pytest.raises(ValueError, match="^on_failure: "):
        await client.check("alice", "/", on_failure="open")


def test_everything_a_check_says_is_in_the_message():
    payload = encode_check(
        "alice",
        "/predict",
        usage={"tokens": 812},
        attributes={"model": "llama-3"},
        tier="premium",
        limits=["10/minute", InlineLimit("5/s", "all", "token-bucket", 2, 9)],
        peek=True,
        all_limits=True,
    )
    assert pb.CheckRequest.FromString(payload) == pb.CheckRequest(
        client="alice",
        route="/predict",
        usage={"tokens": 812},
        attributes={"model": "llama-3"},
        tier="premium",
        limits=[
            pb.InlineLimit(rate="10/minute"),
            pb.InlineLimit(rate="5/s", scope="all", algorithm="token-bucket", cost=2, burst=9),
        ],
        peek=True,
        all_limits=True,
    )


def test_one_limit_needs_no_list():
    request = pb.CheckRequest.FromString(encode_check("a", "/", limits="10/minute"))
    assert [limit.rate for limit in request.limits] == ["10/minute"]
