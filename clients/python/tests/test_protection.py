"""The real daemon with TLS, client certificates and tokens."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path
from typing import Iterator, NamedTuple, Optional

import pytest
import trustme
from fake_daemon import soon
from processes import PACKAGE, Daemon

from headgate import AsyncClient, Client, Unauthenticated

CHECK = "check-token-of-a-python-test"
READ = "read-token-of-a-python-test"


class Protected(NamedTuple):
    address: str
    ca_file: Path
    authority: trustme.CA

    def context(self, authority: Optional[trustme.CA] = None, name: str = "a.fleet.example"):
        """A context that trusts the daemon, with a client certificate of that authority."""
        context = ssl.create_default_context(cafile=str(self.ca_file))
        (authority or self.authority).issue_cert(name).configure_cert(context)
        return context


def serve(folder: Path, *arguments: str) -> Iterator[Protected]:
    authority = trustme.CA()
    server = authority.issue_cert("127.0.0.1", "localhost")
    server.private_key_pem.write_to_path(str(folder / "key.pem"))
    for certificate in server.cert_chain_pems:
        certificate.write_to_path(str(folder / "cert.pem"), append=True)
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    (folder / "tokens").write_text(f"check {CHECK}\nread {READ}\n")
    daemon = Daemon(
        PACKAGE / "examples/policy.yaml",
        *["--tls-certificate-file", str(folder / "cert.pem")],
        *["--tls-key-file", str(folder / "key.pem")],
        *["--token-file", str(folder / "tokens")],
        *arguments,
        scheme="https",
    )
    protected = Protected(daemon.address, folder / "ca.pem", authority)
    daemon.verify = protected.context()
    try:
        daemon.start()
        daemon.wait_until_ready()
        yield protected
    finally:
        daemon.kill()


@pytest.fixture(scope="module")
def protected(tmp_path_factory) -> Iterator[Protected]:
    yield from serve(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="module")
def mutual(tmp_path_factory) -> Iterator[Protected]:
    folder = tmp_path_factory.mktemp("mutual")
    names = ["--tls-client-ca-file", str(folder / "ca.pem"), "--tls-client-names", "*.fleet.example"]
    yield from serve(folder, *names)


@pytest.mark.parametrize("form", ["path", "text", "context"])
async def test_a_token_over_tls_lets_a_client_in(protected, form):
    tls = {
        "path": protected.ca_file,
        "text": str(protected.ca_file),
        "context": ssl.create_default_context(cafile=str(protected.ca_file)),
    }[form]
    async with AsyncClient(protected.address, token=CHECK, tls=tls, timeout=5) as client:
        decision = await soon(client.check("alice", "/predict"))
        assert decision.allowed and not decision.degraded
    with Client(protected.address, token=CHECK, tls=tls, timeout=5) as client:
        decision = await asyncio.to_thread(client.check, "alice", "/predict")
        assert decision.allowed and not decision.degraded


@pytest.mark.parametrize("token", [None, "some-token-that-nobody-gave-out", READ])
async def test_no_token_a_wrong_one_and_one_of_another_role_are_mistakes(protected, token):
    async with AsyncClient(
        protected.address, token=token, tls=protected.ca_file, timeout=5
    ) as client:
        with pytest.raises(Unauthenticated):
            await soon(client.check("alice", "/predict"))


async def test_a_daemon_that_the_system_does_not_trust_is_an_outage(protected):
    async with AsyncClient(protected.address, token=CHECK, tls=True, timeout=5) as client:
        assert (await soon(client.check("alice", "/predict"))).degraded


@pytest.mark.parametrize(
    "own, name, taken",
    [
        (True, "a.fleet.example", True),
        (True, "a.other.example", False),
        (False, "a.fleet.example", False),
    ],
)
async def test_the_daemon_looks_at_the_clients_certificate(mutual, own, name, taken):
    context = mutual.context(None if own else trustme.CA(), name)
    async with AsyncClient(mutual.address, token=CHECK, tls=context, timeout=5) as client:
        decision = await soon(client.check("alice", "/predict"))
        assert decision.degraded is not taken


async def test_a_client_without_a_certificate_is_turned_away(mutual):
    async with AsyncClient(mutual.address, token=CHECK, tls=mutual.ca_file, timeout=5) as client:
        assert (await soon(client.check("alice", "/predict"))).degraded
