"""Leases against the real daemon: slots and tokens that are held, given back and charged."""

from __future__ import annotations

import asyncio
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Callable, Dict, Iterator, List

import pytest
from processes import Daemon, Process

from headgate import AsyncClient, Client, Decision, LeaseGrant, Reason, Refused, Settlement, Verdict

POLICY = Path(__file__).with_name("lease_policy.yaml")

# Seconds of the policy's slots without a sign of life.
LEASE = 2.0

# Seconds that something may take on a busy machine before a test fails.
PATIENCE = 20.0

HOLDER = """
import sys, time
from headgate import Client
gate = Client(sys.argv[1], timeout=5)
with gate.lease("alice", "/slots"), gate.lease("alice", "/slots"):
    print("held", flush=True)
    time.sleep(3600)
"""


@pytest.fixture(scope="module")
def server() -> Iterator[Daemon]:
    yield from running(Daemon(POLICY))


@pytest.fixture
def own_server() -> Iterator[Daemon]:
    """A daemon that a test may kill."""
    yield from running(Daemon(POLICY))


def running(process: Process) -> Iterator[Process]:
    try:
        process.start()
        process.wait_until_ready()
        yield process
    finally:
        process.kill()


@pytest.fixture
def gate(server) -> Iterator[Client]:
    with Client(server.address, timeout=5) as client:
        yield client


@pytest.fixture
def name(request) -> str:
    """A client of each test's own, so that they share the daemon but no counter."""
    return str(request.node.name)


def left(gate: Client, client: str, route: str) -> Dict[str, int]:
    """What every limit of the route still takes."""
    decision = gate.check(client, route, usage={"tokens": 0}, peek=True, all_limits=True)
    assert not decision.degraded, decision.message
    return {state.name: state.remaining for state in decision.limits}


def eventually(holds: Callable[[], bool], within: float = PATIENCE) -> float:
    """Seconds until it held."""
    start = time.monotonic()
    while not holds():
        assert time.monotonic() - start < within, f"not within {within} s"
        time.sleep(0.02)
    return time.monotonic() - start


def test_a_fourth_call_is_refused_while_three_hold_their_slots(gate, name):
    with gate.lease(name, "/slots"), gate.lease(name, "/slots"):
        with gate.lease(name, "/slots") as third:
            assert third.alive and third.decision.lease is not None
            with pytest.raises(Refused) as refused:
                with gate.lease(name, "/slots"):
                    raise AssertionError("a refused body ran")
            decision = refused.value.decision
            assert decision.reason is Reason.CONCURRENCY and decision.verdict is Verdict.LIMITED
            assert decision.retry_after is not None and 0 < decision.retry_after <= 1
        assert left(gate, name, "/slots") == {"slots/inflight": 1}
    assert left(gate, name, "/slots") == {"slots/inflight": 3}


@pytest.mark.parametrize("ending", ["settle", "cancel"])
def test_a_slot_is_freed_by_its_settlement_once(gate, name, ending):
    held = [gate.check(name, "/slots") for _ in range(4)]
    assert [decision.allowed for decision in held] == [True, True, True, False]
    end = getattr(gate, ending)
    assert end(held[0]) is Settlement.SETTLED
    assert left(gate, name, "/slots") == {"slots/inflight": 1}
    assert end(held[0]) is Settlement.GONE
    assert left(gate, name, "/slots") == {"slots/inflight": 1}
    assert end(held[3]) is Settlement.NOTHING


def test_the_slots_of_a_killed_process_come_free_within_a_lease_time(gate, server):
    command = [sys.executable, "-c", HOLDER, server.address]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as holder:
        try:
            assert holder.stdout is not None and holder.stdout.readline() == b"held\n"
            # Longer than the lease: it is the renewals that keep them.
            watched = time.monotonic() + 1.5 * LEASE
            while time.monotonic() < watched:
                assert left(gate, "alice", "/slots") == {"slots/inflight": 1}
                time.sleep(0.05)
        finally:
            holder.kill()
    took = eventually(lambda: left(gate, "alice", "/slots") == {"slots/inflight": 3})
    # Renewed a third of the time before the end at the latest; the rest is for a busy machine.
    assert LEASE / 3 < took < LEASE + 1


def test_renewals_keep_a_slot_over_several_lease_times(gate, name):
    with gate.lease(name, "/slots") as lease:
        end = time.monotonic() + 3 * LEASE
        while time.monotonic() < end:
            assert lease.alive and left(gate, name, "/slots") == {"slots/inflight": 2}
            time.sleep(0.05)
    assert left(gate, name, "/slots") == {"slots/inflight": 3}


def test_a_forgotten_lease_comes_free(gate, name):
    context = gate.lease(name, "/slots")
    context.__enter__()
    del context
    eventually(lambda: left(gate, name, "/slots") == {"slots/inflight": 3})


def test_what_was_not_used_comes_back(gate, name):
    with gate.lease(name, "/chat", usage={"tokens": 900}) as lease:
        assert left(gate, name, "/chat") == {"chat/tpm": 100}
        lease.used(tokens=412)
    assert left(gate, name, "/chat") == {"chat/tpm": 588}


def test_what_was_used_beyond_the_estimate_is_charged(gate, name):
    with gate.lease(name, "/chat", usage={"tokens": 900}) as lease:
        lease.used(tokens=1200)
    decision = gate.check(name, "/chat", usage={"tokens": 1})
    assert decision.reason is Reason.RATE and decision.remaining == 0
    # 1,200 and not 1,000: not even what costs nothing is free of the debt.
    assert gate.check(name, "/chat", usage={"tokens": 0}).reason is Reason.RATE


@pytest.mark.parametrize("estimate", [None, {"tokens": 0}])
def test_what_was_used_without_an_estimate_is_charged(gate, name, estimate):
    with gate.lease(name, "/stream", usage=estimate) as lease:
        lease.used(tokens=300)
        eventually(lambda: left(gate, name, "/stream")["stream/tpm"] == 700)
        lease.used(tokens=412)
    assert left(gate, name, "/stream") == {"stream/inflight": 3, "stream/tpm": 588}


def test_a_body_that_says_nothing_is_charged_its_estimate(gate, name):
    with gate.lease(name, "/chat", usage={"tokens": 900}):
        pass
    assert left(gate, name, "/chat") == {"chat/tpm": 100}


@pytest.mark.parametrize("used, remaining", [(None, 1000), (250, 750)])
def test_a_body_that_raises_is_cancelled_unless_it_used_something(gate, name, used, remaining):
    with pytest.raises(ZeroDivisionError):
        with gate.lease(name, "/stream", usage={"tokens": 900}) as lease:
            if used is not None:
                lease.used(tokens=used)
            raise ZeroDivisionError
    assert left(gate, name, "/stream") == {"stream/inflight": 3, "stream/tpm": remaining}


def test_renewals_report_the_use_and_bring_the_daemons_wish_to_stop(gate, name):
    with gate.lease(name, "/stream", usage={"tokens": 100}) as lease:
        lease.used(tokens=700)
        eventually(lambda: left(gate, name, "/stream")["stream/tpm"] == 300)
        assert not lease.stop
        lease.used(tokens=1500)
        eventually(lambda: lease.stop)
        assert lease.alive
    assert gate.check(name, "/stream", usage={"tokens": 1}).reason is Reason.RATE


def test_forged_altered_foreign_and_repeated_leases_change_nothing(gate, name, own_server):
    decision = gate.check(name, "/stream", usage={"tokens": 900})
    assert decision.lease is not None
    before = left(gate, name, "/stream")
    seed = random.randrange(2**32)
    chance = random.Random(seed)
    token = decision.lease.token
    with Client(own_server.address, timeout=5) as other:
        foreign = other.check(name, "/stream", usage={"tokens": 900})
        for forged in [b"\0", chance.randbytes(len(token)), token[:-1], token + b"\0", token[:40]]:
            assert gate.settle(with_token(decision, forged)) is Settlement.REFUSED, seed
        for _ in range(50):
            altered = bytearray(token)
            altered[chance.randrange(len(token))] ^= 1 << chance.randrange(8)
            assert gate.cancel(with_token(decision, bytes(altered))) is Settlement.REFUSED, seed
        assert gate.settle(foreign, usage={"tokens": 0}) is Settlement.REFUSED
        assert other.cancel(decision) is Settlement.REFUSED
        assert left(gate, name, "/stream") == before
        assert gate.settle(decision, usage={"tokens": 400}) is Settlement.SETTLED
        settled = left(gate, name, "/stream")
        assert settled == {"stream/inflight": 3, "stream/tpm": 600}
        assert gate.settle(decision, usage={"tokens": 0}) is Settlement.GONE
        assert gate.cancel(decision) is Settlement.GONE
        assert left(gate, name, "/stream") == settled


def with_token(decision: Decision, token: bytes) -> Decision:
    assert decision.lease is not None
    lease = LeaseGrant(decision.lease.client, token, decision.lease.ttl)
    fields = {field: getattr(decision, field) for field in Decision.__slots__}
    return Decision(**{**fields, "lease": lease})


def test_ten_thousand_leases_from_16_threads_end_with_no_slot_taken(gate, name):
    seed = random.randrange(2**32)
    used: List[int] = []
    failures: List[BaseException] = []

    def work(thread: int) -> None:
        chance = random.Random(seed + thread)
        total = 0
        try:
            for _ in range(625):
                estimate, amount = chance.randrange(2000), chance.randrange(2000)
                with gate.lease(name, "/flood", usage={"tokens": estimate}) as lease:
                    assert lease.decision.lease is not None, lease.decision.message
                    lease.used(tokens=amount)
                total += amount
        except BaseException as failure:
            failures.append(failure)
        used.append(total)

    threads = [threading.Thread(target=work, args=(thread,)) for thread in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == [], f"seed {seed}"
    assert left(gate, name, "/flood") == {
        "flood/inflight": 4096,
        "flood/tpm": 1_000_000_000 - sum(used),
    }, f"seed {seed}"


def test_a_daemon_that_dies_under_a_lease_disturbs_nobody(own_server):
    with Client(own_server.address, timeout=0.2) as gate:
        eventually(lambda: not gate.check("alice", "/other").degraded)
        with gate.lease("alice", "/slots") as lease:
            own_server.kill()
            start = time.monotonic()
            assert lease.alive and not lease.stop
        assert time.monotonic() - start < 1
        with gate.lease("alice", "/slots") as degraded:
            assert degraded.decision.degraded and degraded.decision.lease is None
        # Nobody took it back, so it is counted once it is over.
        eventually(lambda: gate.unsettled == 1)


def test_a_settlement_outlasts_a_daemon_that_stands_still(own_server):
    process = own_server.running
    with Client(own_server.address, timeout=0.2) as gate:
        eventually(lambda: not gate.check("alice", "/other").degraded)
        decision = gate.check("alice", "/chat", usage={"tokens": 900})
        process.send_signal(signal.SIGSTOP)
        try:
            assert gate.settle(decision, usage={"tokens": 412}) is Settlement.PENDING
        finally:
            process.send_signal(signal.SIGCONT)
        eventually(lambda: not gate.check("alice", "/other").degraded)
        eventually(lambda: left(gate, "alice", "/chat") == {"chat/tpm": 588})
        assert gate.unsettled == 0


async def test_leases_in_asyncio(server, name):
    async with AsyncClient(server.address, timeout=5) as gate:
        async with gate.lease(name, "/stream", usage={"tokens": 900}) as lease:
            assert lease.decision.allowed
            lease.used(tokens=412)
        with pytest.raises(Refused) as refused:
            async with gate.lease(name, "/stream", usage={"tokens": 900}):
                raise AssertionError("a refused body ran")
        assert refused.value.decision.reason is Reason.RATE
        decision = await gate.check(name, "/stream", usage={"tokens": 500})
        assert await gate.settle(decision, usage={"tokens": 88}) is Settlement.SETTLED
        assert await gate.cancel(decision) is Settlement.GONE
        peek = await gate.check(name, "/stream", usage={"tokens": 0}, peek=True, all_limits=True)
        assert {state.name: state.remaining for state in peek.limits} == {
            "stream/inflight": 3,
            "stream/tpm": 500,
        }


async def test_a_cancelled_task_frees_its_slot(server, name):
    async with AsyncClient(server.address, timeout=5) as gate:
        entered = asyncio.Event()

        async def hold() -> None:
            async with gate.lease(name, "/slots"):
                entered.set()
                await asyncio.Event().wait()

        task = asyncio.create_task(hold())
        await asyncio.wait_for(entered.wait(), PATIENCE)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        peek = await gate.check(name, "/slots", peek=True)
        assert peek.remaining == 3


@pytest.mark.parametrize(
    "usage, error",
    [
        ({"tokens": -1}, ValueError),
        ({"tokens": 2**53}, ValueError),
        ({"tokens": 1.5}, TypeError),
        ({"": 1}, ValueError),
        ({"x" * 65: 1}, ValueError),
        ({f"u{index}": 1 for index in range(9)}, ValueError),
    ],
)
def test_what_cannot_have_been_used_is_said_at_once(gate, name, usage, error):
    with gate.lease(name, "/stream", usage={"tokens": 1}) as lease:
        with pytest.raises(error, match="usage"):
            lease.used(usage)
        lease.used(tokens=2)
    assert left(gate, name, "/stream") == {"stream/inflight": 3, "stream/tpm": 998}
