"""When there is no daemon, and when there is one again."""

from __future__ import annotations

import asyncio
import logging

import pytest
from fake_daemon import FakeDaemon, allowed, free_port, limited, soon

from headgate import AsyncClient, Decision, Reason, Verdict, link
from headgate.call import NOT_CONNECTED


async def until_decided(client: AsyncClient, name: str = "alice") -> Decision:
    """What a caller sees that simply tries again, without as much as a pause."""
    while True:
        decision = await client.check(name, "/predict", timeout=1)
        if not decision.degraded:
            return decision


async def until_known_gone(client: AsyncClient) -> Decision:
    """Until then a call may still go out on a connection whose end was not heard of yet."""
    while True:
        decision = await client.check("alice", "/predict", timeout=1)
        if decision.message == NOT_CONNECTED[1]:
            return decision


@pytest.mark.parametrize("on_failure", ["allow", "refuse"])
async def test_a_daemon_that_is_not_there_is_known_at_once(on_failure):
    loop = asyncio.get_running_loop()
    address = f"127.0.0.1:{free_port()}"
    async with AsyncClient(address, timeout=30, on_failure=on_failure) as client:
        start = loop.time()
        for _ in range(3):
            decision = await soon(client.check("alice", "/predict"))
            assert decision.degraded and decision.allowed is (on_failure == "allow")
        assert loop.time() - start < 1
        if on_failure == "refuse":
            assert decision.verdict is Verdict.UNAVAILABLE
            assert decision.reason is Reason.DAEMON_UNAVAILABLE and decision.retry_after == 1.0
        else:
            assert decision.verdict is Verdict.ALLOWED and decision.retry_after is None


async def test_the_first_call_waits_for_the_connection(daemon):
    daemon.answers_hello = False
    async with AsyncClient(daemon.address) as client:
        call = asyncio.ensure_future(client.check("alice", "/predict", timeout=5))
        peer = await daemon.connection()
        daemon.decide = lambda request: allowed(rule="first")
        await soon(peer.greeted)
        assert not call.done()
        peer.welcome()
        assert (await soon(call)).rule == "first"


async def test_the_first_call_waits_for_its_timeout_at_most(daemon):
    loop = asyncio.get_running_loop()
    daemon.answers_hello = False
    async with AsyncClient(daemon.address) as client:
        start = loop.time()
        decision = await soon(client.check("alice", "/predict", timeout=0.05))
        assert decision.degraded and 0.05 <= loop.time() - start < 0.5
        assert daemon.questions.empty()


async def test_a_daemon_that_never_says_hello_is_down_and_dialed_again(daemon, monkeypatch):
    monkeypatch.setattr(link, "DIAL_TIMEOUT", 0.03)
    daemon.answers_hello = False
    async with AsyncClient(daemon.address) as client:
        assert (await soon(client.check("alice", "/predict", timeout=30))).degraded
        daemon.answers_hello = True
        daemon.decide = lambda request: allowed(rule="hello")
        assert (await soon(until_decided(client))).rule == "hello"


async def test_calls_in_flight_end_when_the_daemon_dies(daemon):
    async with AsyncClient(daemon.address, timeout=30, on_failure="refuse") as client:
        calls = [asyncio.ensure_future(client.check("alice", "/predict")) for _ in range(5)]
        for _ in calls:
            await daemon.question()
        await daemon.stop()
        for call in calls:
            decision = await soon(call)
            assert decision.degraded and not decision.allowed


async def test_limits_hold_again_once_the_daemon_is_back(caplog):
    loop = asyncio.get_running_loop()
    first = await FakeDaemon(lambda request: limited(rule="before")).start()
    async with AsyncClient(first.address, timeout=1) as client:
        assert (await soon(client.check("alice", "/predict"))).rule == "before"
        await first.stop()
        decision = await soon(until_known_gone(client))
        assert decision.degraded and decision.allowed
        async with FakeDaemon(lambda request: limited(rule="after"), port=first.port):
            start = loop.time()
            decision = await soon(until_decided(client))
            assert (decision.rule, decision.allowed) == ("after", False)
            assert loop.time() - start < 2.5
    warnings = [entry.getMessage() for entry in caplog.records if entry.levelno >= logging.WARNING]
    assert warnings == [
        f"daemon at {first.address} is unreachable",
        f"daemon at {first.address} is back",
    ]


async def test_a_closed_client_says_so(daemon):
    client = AsyncClient(daemon.address, timeout=30)
    call = asyncio.ensure_future(client.check("alice", "/predict"))
    await daemon.question()
    await soon(client.close())
    assert (await soon(call)).degraded
    assert client.closed
    with pytest.raises(RuntimeError, match="closed"):
        await client.check("alice", "/predict")
    await soon(client.close())


async def test_closing_ends_calls_that_wait_for_a_connection(daemon):
    daemon.answers_hello = False
    client = AsyncClient(daemon.address, timeout=30)
    call = asyncio.ensure_future(client.check("alice", "/predict"))
    await daemon.connection()
    await soon(client.close())
    assert (await soon(call)).degraded


async def test_closing_leaves_no_task_behind(daemon):
    before = asyncio.all_tasks()
    async with AsyncClient(f"{daemon.address},localhost:{free_port()}"):
        await daemon.connection()
    assert asyncio.all_tasks() == before


def test_a_client_outlives_the_loop_it_was_used_on():
    """As under a test client, which runs one loop per request."""
    rules = []

    async def one_loop(name):
        async with FakeDaemon(lambda request: allowed(rule=name), port=port):
            rules.append((await until_decided(client)).rule)

    port = free_port()
    client = AsyncClient(f"127.0.0.1:{port}")
    for name in ("first", "second"):
        asyncio.run(asyncio.wait_for(one_loop(name), 5))
    assert rules == ["first", "second"]
