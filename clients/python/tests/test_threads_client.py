"""The client for threads, many of which share one connection."""

from __future__ import annotations

import asyncio
import concurrent.futures
import os
import threading
import time

import pytest
from fake_daemon import PATIENCE, FakeDaemon, allowed, free_port, limited, soon

from headgate import Client, InvalidRequest


async def in_thread(function, *arguments, **named):
    return await asyncio.wait_for(asyncio.to_thread(function, *arguments, **named), 2 * PATIENCE)


async def test_a_decision_arrives(daemon):
    client = Client(daemon.address, timeout=5, token="secret")
    call = asyncio.ensure_future(
        asyncio.to_thread(client.check, "alice", "/predict", usage={"tokens": 3}, limits="1/s")
    )
    question = await daemon.question()
    assert question.request.usage == {"tokens": 3} and question.connection.hello.token == "secret"
    question.answer(limited(rule="predict"))
    decision = await soon(call)
    assert (decision.rule, decision.allowed, decision.degraded) == ("predict", False, False)
    await in_thread(client.close)
    assert client.closed


async def test_many_threads_get_their_own_answers_over_one_connection():
    threads, calls = 32, 50
    async with FakeDaemon(lambda request: allowed(rule=request.client)) as daemon:
        with Client(daemon.address, timeout=5) as client:
            start = threading.Barrier(threads)

            def work(thread):
                start.wait()
                names = [f"{thread}-{call}" for call in range(calls)]
                return all(client.check(name, "/predict").rule == name for name in names)

            with concurrent.futures.ThreadPoolExecutor(threads) as pool:
                loop = asyncio.get_running_loop()
                jobs = [loop.run_in_executor(pool, work, thread) for thread in range(threads)]
                assert all(await asyncio.wait_for(asyncio.gather(*jobs), 30))
            assert len(daemon.asked) == threads * calls and len(daemon.open) == 1
            await in_thread(client.close)


async def test_a_timeout_ends_the_call_in_time(daemon):
    with Client(daemon.address, on_failure="refuse") as client:
        warm = asyncio.ensure_future(asyncio.to_thread(client.check, "a", "/", timeout=5))
        (await daemon.question()).answer()
        await soon(warm)

        def timed():
            start = time.monotonic()
            decision = client.check("alice", "/predict", timeout=0.06)
            return decision, time.monotonic() - start

        decision, elapsed = await in_thread(timed)
        assert decision.degraded and not decision.allowed and 0.06 <= elapsed < 0.5
        await in_thread(client.close)


async def test_a_worker_that_cannot_keep_up_does_not_hold_a_thread(daemon):
    with Client(daemon.address) as client:
        busy, free = threading.Event(), threading.Event()
        client._worker._loop.call_soon_threadsafe(lambda: (busy.set(), free.wait(5)))
        await in_thread(busy.wait, 5)
        assert (await in_thread(client.check, "alice", "/", timeout=0.03)).degraded
        free.set()
        await in_thread(client.close)


def test_a_daemon_that_is_not_there_is_known_at_once():
    with Client(f"127.0.0.1:{free_port()}", timeout=30, on_failure="refuse") as client:
        start = time.monotonic()
        for _ in range(3):
            decision = client.check("alice", "/predict")
            assert decision.degraded and not decision.allowed
        assert time.monotonic() - start < 1


async def test_limits_hold_again_once_the_daemon_is_back():
    first = await FakeDaemon(lambda request: limited(rule="before")).start()
    with Client(first.address, timeout=PATIENCE) as client:
        assert (await in_thread(client.check, "alice", "/")).rule == "before"
        await first.stop()
        assert (await in_thread(client.check, "alice", "/")).degraded
        async with FakeDaemon(lambda request: limited(rule="after"), port=first.port):

            def retry():
                end = time.monotonic() + PATIENCE
                while time.monotonic() < end:
                    decision = client.check("alice", "/")
                    if not decision.degraded:
                        return decision.rule
                return None

            assert await in_thread(retry) == "after"
            await in_thread(client.close)


async def test_a_bad_request_is_the_programs_mistake(daemon):
    with Client(daemon.address, timeout=5) as client:
        call = asyncio.ensure_future(asyncio.to_thread(client.check, "a", "/"))
        (await daemon.question()).fail(3, "tier: too long")
        with pytest.raises(InvalidRequest, match="tier: too long"):
            await soon(call)
        await in_thread(client.close)


async def test_closing_ends_calls_in_flight_and_the_thread(daemon):
    client = Client(daemon.address, timeout=30)
    call = asyncio.ensure_future(asyncio.to_thread(client.check, "alice", "/predict"))
    await daemon.question()
    thread = client._worker._thread
    await in_thread(client.close)
    assert (await soon(call)).degraded and not thread.is_alive()
    with pytest.raises(RuntimeError, match="closed"):
        client.check("alice", "/predict")
    client.close()


def test_a_client_closed_before_it_connected_ends_too():
    client = Client(f"127.0.0.1:{free_port()}")
    client.connect()
    thread = client._worker._thread
    client.close()
    assert not thread.is_alive()


@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")
async def test_a_forked_child_has_connections_of_its_own():
    async with FakeDaemon(lambda request: allowed(rule=request.client)) as daemon:
        with Client(daemon.address, timeout=5) as client:
            assert (await in_thread(client.check, "parent", "/")).rule == "parent"
            child = os.fork()
            if child == 0:
                # Nothing but the exit code may leave the child: it is a copy of the test run.
                try:
                    os._exit(0 if client.check("child", "/").rule == "child" else 1)
                finally:
                    os._exit(2)
            _, status = await in_thread(os.waitpid, child, 0)
            assert os.waitstatus_to_exitcode(status) == 0
            assert (await in_thread(client.check, "parent", "/")).rule == "parent"
            assert daemon.connections.qsize() == 2
            await in_thread(client.close)
