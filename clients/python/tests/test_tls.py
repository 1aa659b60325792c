from __future__ import annotations

import ssl

import pytest
import trustme
from fake_daemon import FakeDaemon, allowed, soon

from headgate import AsyncClient


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def server_context(authority: trustme.CA, name: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    return context


def client_context(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


@pytest.mark.parametrize("name, trusted", [("127.0.0.1", True), ("127.0.0.9", False)])
async def test_a_daemon_is_trusted_by_its_certificates_name(authority, name, trusted):
    tls = server_context(authority, name)
    async with FakeDaemon(lambda request: allowed(rule="tls"), tls=tls) as daemon:
        async with AsyncClient(
            daemon.address, tls=client_context(authority), token="secret", timeout=3
        ) as client:
            decision = await soon(client.check("alice", "/predict"))
            assert decision.degraded is not trusted
            assert decision.rule == ("tls" if trusted else "")


async def test_the_name_that_was_configured_is_the_one_that_is_checked(authority):
    tls = server_context(authority, "localhost")
    async with FakeDaemon(lambda request: allowed(rule="tls"), tls=tls) as daemon:
        async with AsyncClient(
            f"localhost:{daemon.port}", tls=client_context(authority), timeout=3
        ) as client:
            assert (await soon(client.check("alice", "/predict"))).rule == "tls"


async def test_a_daemon_without_tls_is_no_daemon_for_a_client_with_it(daemon, authority):
    async with AsyncClient(daemon.address, tls=client_context(authority)) as client:
        decision = await soon(client.check("alice", "/predict", timeout=3))
        assert decision.degraded and daemon.questions.empty()
