"""Several daemons: whose client is whose, and who steps in."""

from __future__ import annotations

import asyncio
import socket
from collections import Counter

from fake_daemon import FakeDaemon, allowed, free_port, soon

from headgate import AsyncClient, fleet, resolver
from headgate.rendezvous import rendezvous

CLIENTS = [f"client-{number}" for number in range(40)]


def deciding(name: str, **arguments) -> FakeDaemon:
    return FakeDaemon(lambda request: allowed(rule=name), **arguments)


async def who(client: AsyncClient, names=CLIENTS) -> "dict[str, str]":
    decisions = [await soon(client.check(name, "/predict", timeout=5)) for name in names]
    assert not any(decision.degraded for decision in decisions)
    return {name: decision.rule for name, decision in zip(names, decisions)}


def homes(*daemons: FakeDaemon) -> "dict[str, str]":
    addresses = [daemon.address for daemon in daemons]
    return {name: rendezvous(name, addresses)[0] for name in CLIENTS}


async def three() -> "list[FakeDaemon]":
    daemons = []
    for _ in range(3):
        daemon = await FakeDaemon().start()
        daemon.decide = lambda request, daemon=daemon: allowed(rule=daemon.address)
        daemons.append(daemon)
    return daemons


async def test_each_client_has_one_daemon_from_its_first_call_on(monkeypatch):
    monkeypatch.setattr(fleet, "PATIENCE", 3)
    daemons = await three()
    addresses = ",".join(daemon.address for daemon in daemons)
    async with AsyncClient(addresses, timeout=6) as client:
        assert await who(client) == homes(*daemons)
    async with AsyncClient(addresses, timeout=6) as another:
        calls = [another.check(name, "/predict", timeout=5) for name in CLIENTS]
        rules = [decision.rule for decision in await soon(asyncio.gather(*calls))]
        assert rules == list(homes(*daemons).values())
    assert min(Counter(homes(*daemons).values()).values()) > 3
    for daemon in daemons:
        await daemon.stop()


async def test_the_next_daemon_steps_in_and_the_first_comes_back():
    daemons = await three()
    async with AsyncClient(",".join(daemon.address for daemon in daemons)) as client:
        await who(client)
        before = homes(*daemons)
        fallen, *others = daemons
        await fallen.stop()

        async def stepped_in():
            # A call may still go out on a connection whose end was not heard of yet.
            for name in CLIENTS:
                while (await client.check(name, "/", timeout=5)).degraded:
                    continue

        await soon(stepped_in())
        during = await who(client)
        assert during == homes(*others)
        assert all(during[name] == rule for name, rule in before.items() if rule != fallen.address)
        async with deciding(fallen.address, port=fallen.port):

            async def back():
                while await who(client) != before:
                    continue

            await soon(back())
    for daemon in others:
        await daemon.stop()


async def test_a_daemon_that_hangs_at_the_start_does_not_hold_up_the_others():
    loop = asyncio.get_running_loop()
    async with FakeDaemon() as hanging, deciding("up") as up:
        hanging.answers_hello = False
        async with AsyncClient(f"{hanging.address},{up.address}", timeout=1) as client:
            start = loop.time()
            assert set((await who(client)).values()) == {"up"}
            assert loop.time() - start < 0.5


async def test_one_address_in_vain_does_not_matter():
    async with deciding("up") as up:
        async with AsyncClient(f"127.0.0.1:{free_port()},{up.address}") as client:
            assert set((await who(client)).values()) == {"up"}


def resolve_to(monkeypatch, hosts) -> None:
    """Lets the name "gate.test" stand for what is in `hosts` at the time of asking."""
    original = socket.getaddrinfo

    def getaddrinfo(host, port, *rest, **named):
        if host != "gate.test":
            return original(host, port, *rest, **named)
        if not hosts:
            raise socket.gaierror(socket.EAI_NONAME, "no such name")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (host, port)) for host in hosts]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)


async def test_a_name_with_two_addresses_is_two_daemons(monkeypatch):
    monkeypatch.setattr(fleet, "PATIENCE", 3)
    resolve_to(monkeypatch, ["127.0.0.1", "127.0.0.2"])
    async with deciding("one") as one:
        async with deciding("two", host="127.0.0.2", port=one.port) as two:
            names = {one.address: "one", two.address: "two"}
            async with AsyncClient(f"gate.test:{one.port}", timeout=6) as client:
                found = await who(client)
            assert found == {name: names[home] for name, home in homes(one, two).items()}


async def test_a_name_is_resolved_again_when_its_daemon_is_gone(monkeypatch):
    monkeypatch.setattr(resolver, "REFRESH_IN_TROUBLE", 0.01)
    hosts = ["127.0.0.1"]
    resolve_to(monkeypatch, hosts)
    async with deciding("old") as old:
        async with deciding("new", host="127.0.0.2", port=old.port):
            async with AsyncClient(f"gate.test:{old.port}", timeout=1) as client:
                assert set((await who(client)).values()) == {"old"}
                hosts[:] = ["127.0.0.2"]
                await old.stop()

                async def moved():
                    while (await client.check("alice", "/")).rule != "new":
                        continue

                await soon(moved())


async def test_a_name_nobody_knows_is_an_outage_until_it_is_known(monkeypatch):
    monkeypatch.setattr(resolver, "REFRESH_IN_TROUBLE", 0.01)
    hosts = []
    resolve_to(monkeypatch, hosts)
    async with deciding("up") as up:
        async with AsyncClient(f"gate.test:{up.port}", timeout=30) as client:
            assert (await soon(client.check("alice", "/"))).degraded
            hosts.append("127.0.0.1")

            async def known():
                while (await client.check("alice", "/")).degraded:
                    continue

            await soon(known())
            assert (await soon(client.check("alice", "/"))).rule == "up"
