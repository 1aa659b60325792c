"""What leases send, against a daemon that notes it."""

from __future__ import annotations

import asyncio
import gc
from typing import Callable, List

import pytest
from fake_daemon import PATIENCE, FakeDaemon, allowed, limited, soon

from headgate import AsyncClient, Lease, Settlement, status
from headgate.renewals import renewal_interval


@pytest.fixture
async def gate(daemon):
    """A client whose daemon grants leases of a second, numbered from 0."""
    granted = iter(range(10_000))
    daemon.decide = lambda request: allowed(lease=b"%d" % next(granted), lease_ttl_ms=1000)
    async with AsyncClient(daemon.address, timeout=5) as client:
        yield client


async def until(holds: Callable[[], bool]) -> None:
    async def wait() -> None:
        while not holds():
            await asyncio.sleep(0.001)

    await soon(wait())


async def test_leases_that_are_due_together_are_renewed_together(daemon, gate):
    leases: List[Lease] = []
    contexts = [gate.lease(f"client-{number}", "/chat") for number in range(600)]
    for context in contexts:
        leases.append(await context.__aenter__())
    await until(lambda: sum(len(request.leases) for request in daemon.renewed) >= 600)
    sizes = [len(request.leases) for request in daemon.renewed]
    assert max(sizes) == 256, sizes
    first = [item.lease for request in daemon.renewed for item in request.leases][:600]
    assert set(first) == {b"%d" % number for number in range(600)}
    for context in contexts:
        await context.__aexit__(None, None, None)
    assert len(daemon.settled) == 600


async def test_large_tokens_keep_a_message_below_the_frame_bound(daemon, gate):
    daemon.decide = lambda request: allowed(lease=request.client.encode() * 100, lease_ttl_ms=1000)
    contexts = [gate.lease(f"{number:010}", "/chat") for number in range(100)]
    for context in contexts:
        (await context.__aenter__()).used({f"unit-{number}" * 4: 1 for number in range(8)})
    await until(lambda: sum(len(request.leases) for request in daemon.renewed) >= 100)
    assert max(request.ByteSize() for request in daemon.renewed) <= 64 * 1024
    for context in contexts:
        await context.__aexit__(None, None, None)


async def test_the_newest_token_is_renewed_and_settled(daemon, gate):
    async with gate.lease("alice", "/chat") as lease:
        lease.used(tokens=7)
        await until(lambda: len(daemon.renewed) >= 2)
        lease.used(tokens=9)
    assert [request.leases[0].lease for request in daemon.renewed[:2]] == [b"0", b"0+"]
    assert daemon.renewed[0].leases[0].usage == {"tokens": 7}
    [settled] = daemon.settled
    assert settled.lease.startswith(b"0++") and settled.usage == {"tokens": 9}
    assert not settled.cancel


async def test_the_wish_to_stop_stays(daemon, gate):
    async with gate.lease("alice", "/chat") as lease:
        await until(lambda: len(daemon.renewed) >= 1)
        assert not lease.stop
        daemon.stops = True
        await until(lambda: lease.stop)
        daemon.stops = False
        count = len(daemon.renewed)
        await until(lambda: len(daemon.renewed) >= count + 2)
        assert lease.stop and lease.alive


async def test_a_lease_that_is_over_is_renewed_no_more(daemon, gate):
    async with gate.lease("short", "/chat"):
        pass
    forgotten = gate.lease("forgotten", "/chat")
    await forgotten.__aenter__()
    del forgotten
    gc.collect()
    async with gate.lease("long", "/chat"):
        await until(lambda: len(daemon.renewed) >= 2)
    assert {item.lease[:1] for request in daemon.renewed for item in request.leases} == {b"2"}


async def test_a_renewal_that_fails_is_tried_again_while_there_is_time(daemon, gate):
    daemon.status = status.UNAVAILABLE
    async with gate.lease("alice", "/chat") as lease:
        await until(lambda: len(daemon.renewed) >= 2)
        assert lease.alive
        daemon.status = status.OK
        count = len(daemon.renewed)
        await until(lambda: len(daemon.renewed) > count + 1)
        daemon.status = status.UNAVAILABLE
        await until(lambda: not lease.alive)
        assert not lease.stop
        daemon.status = status.OK
    assert len(daemon.settled) == 1


async def test_a_settlement_is_tried_again_until_a_daemon_takes_it(daemon, gate):
    decision = await gate.check("alice", "/chat")
    daemon.status = status.UNAVAILABLE
    assert await gate.settle(decision, usage={"tokens": 3}) is Settlement.PENDING
    await until(lambda: len(daemon.settled) >= 2)
    daemon.status = status.OK
    count = len(daemon.settled)
    await until(lambda: len(daemon.settled) > count)
    await asyncio.sleep(0)
    assert all(request == daemon.settled[0] for request in daemon.settled)
    assert gate.unsettled == 0


async def test_a_settlement_that_nobody_takes_is_counted_when_the_lease_is_over(daemon, gate):
    daemon.status = status.UNAVAILABLE
    async with gate.lease("alice", "/chat"):
        pass
    await until(lambda: gate.unsettled == 1)
    count = len(daemon.settled)
    assert count > 1


async def test_closing_gives_settlements_a_last_moment(daemon):
    daemon.decide = lambda request: allowed(lease=b"1", lease_ttl_ms=60_000)
    gate = AsyncClient(daemon.address, timeout=0.3)
    decision = await gate.check("alice", "/chat", timeout=PATIENCE)
    daemon.status = status.UNAVAILABLE
    assert await gate.settle(decision) is Settlement.PENDING
    daemon.status = status.OK
    count = len(daemon.settled)
    await soon(gate.close())
    assert len(daemon.settled) == count + 1


async def test_nothing_is_sent_for_a_decision_without_a_lease(daemon, gate):
    daemon.decide = lambda request: limited() if request.client == "bob" else allowed()
    for client in ("alice", "bob"):
        decision = await gate.check(client, "/chat")
        assert await gate.settle(decision) is Settlement.NOTHING
        assert await gate.cancel(decision) is Settlement.NOTHING
    async with gate.lease("alice", "/chat") as lease:
        lease.used(tokens=1)
    assert daemon.settled == []


async def test_a_token_is_not_printed(gate):
    decision = await gate.check("alice", "/chat")
    assert decision.lease is not None and decision.lease.token == b"0"
    assert repr(decision.lease) == "LeaseGrant(ttl=1.0)" and "alice" not in repr(decision)


@pytest.mark.parametrize("ttl", [0.0, 0.03, 2.0, 30.0, 600.0, 31_622_400.0])
def test_a_lease_is_renewed_in_about_a_third_of_its_time(ttl):
    interval = renewal_interval(ttl)
    assert max(ttl / 3, 0.01) * 0.874 < interval <= max(ttl / 3, 0.01)


async def test_a_daemon_that_answers_with_another_kind_is_left(daemon: FakeDaemon):
    async with AsyncClient(daemon.address, timeout=1) as client:
        call = asyncio.ensure_future(client.check("alice", "/chat"))
        question = await daemon.question()
        question.frame = question.frame._replace(kind=4)
        question.connection.respond(question.frame, allowed())
        decision = await soon(call)
        assert decision.degraded
