"""Envoy's rate limit filter asks a real daemon, both set up with the files of deploy/envoy."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from pathlib import Path
from typing import AsyncIterator, List

import httpx
import pytest_asyncio
from processes import PATIENCE, Daemon
from proxied import DEPLOYED, Envoy, Upstream, load


class Setup:
    def __init__(self, daemon: Daemon, strict: Envoy, lenient: Envoy) -> None:
        self.daemon, self.strict, self.lenient = daemon, strict, lenient


@asynccontextmanager
async def running(folder: Path) -> AsyncIterator[Setup]:
    loop = asyncio.get_running_loop()
    upstream = await loop.create_server(Upstream, "127.0.0.1", 0)
    port = upstream.sockets[0].getsockname()[1]
    daemon = Daemon(DEPLOYED / "policy.yaml")
    strict, lenient = (Envoy(folder, daemon.address, port, denies) for denies in (True, False))
    processes = [daemon, strict, lenient]
    try:
        for process in processes:
            process.start()
        for process in processes:
            await asyncio.to_thread(process.wait_until_ready)
        yield Setup(daemon, strict, lenient)
    finally:
        for process in processes:
            process.kill()
        upstream.close()
        await upstream.wait_closed()


@pytest_asyncio.fixture
async def setup(tmp_path: Path) -> AsyncIterator[Setup]:
    async with running(tmp_path) as setup:
        yield setup


async def ask(envoy: Envoy, key: str, model: str, times: int) -> List[httpx.Response]:
    headers = {"x-api-key": key, "x-model": model}
    async with httpx.AsyncClient() as client:
        return [await client.get(envoy.url, headers=headers) for _ in range(times)]


def statuses(answers: List[httpx.Response]) -> List[int]:
    return [answer.status_code for answer in answers]


async def test_keys_and_what_they_share_get_exactly_what_the_policy_says(setup: Setup):
    first = await ask(setup.strict, "alice", "llama-7b", 12)
    assert statuses(first) == [200] * 10 + [429] * 2
    assert statuses(await ask(setup.lenient, "bob", "llama-7b", 10)) == [200] * 10
    # 20 of the 25 that all keys share are gone.
    assert statuses(await ask(setup.strict, "carol", "llama-7b", 8)) == [200] * 5 + [429] * 3
    assert statuses(await ask(setup.strict, "dave", "llama-70b", 1)) == [200], "a counter a model"
    # What the model refused was not charged to the key.
    assert statuses(await ask(setup.strict, "carol", "small", 7)) == [200] * 5 + [429] * 2


async def test_answers_tell_limit_remaining_and_reset(setup: Setup):
    answers = await ask(setup.strict, "alice", "llama-7b", 11)
    passed, refused = answers[:10], answers[10]
    # Envoy's own, of the descriptor with the least left.
    assert [answer.headers["x-ratelimit-limit"] for answer in answers] == ["10, 10;w=60, 25;w=60"] * 11
    assert [int(answer.headers["x-ratelimit-remaining"]) for answer in passed] == list(range(9, -1, -1))
    assert all(0 < int(answer.headers["x-ratelimit-reset"]) <= 120 for answer in answers)
    # The daemon's, as the policy asks for them.
    name = '"key/requests-per-1minute"'
    assert {answer.headers["ratelimit-policy"] for answer in answers} == {f"{name};q=10;w=60"}
    assert passed[0].headers["ratelimit"].startswith(f"{name};r=9;t=")
    assert refused.status_code == 429 and refused.headers["x-envoy-ratelimited"] == "true"
    assert 1 <= int(refused.headers["retry-after"]) <= 120
    assert "retry-after" not in passed[9].headers


async def tokens_left(daemon: Daemon, key: str) -> int:
    # Counters of a key are the same whoever asks for it.
    check = {"client": key, "route": "/", "peek": True}
    check["attributes"] = {"domain": "inference", "descriptor": "tokens_of"}
    async with httpx.AsyncClient() as client:
        answer = await client.post(f"http://{daemon.http}/v1/check", json=check)
    return int(answer.json()["limits"][0]["remaining"])


async def test_tokens_that_were_not_used_come_back_when_the_request_is_over(setup: Setup):
    headers = {"x-api-key": "erin", "x-max-tokens": "600", "x-unused-tokens": "500"}
    async with httpx.AsyncClient(headers=headers) as client:
        for left in (900, 800, 700, 600, 500):
            assert (await client.get(setup.strict.url)).status_code == 200
            # Envoy gives back when the answer has long arrived.
            end = time.monotonic() + PATIENCE
            while await tokens_left(setup.daemon, "erin") != left:
                assert time.monotonic() < end, f"never {left} tokens left"
        assert (await client.get(setup.strict.url)).status_code == 429, "600 of the 500 left"
        assert await tokens_left(setup.daemon, "erin") == 500
        # Never more than what was charged, whatever a server says.
        more = await client.get(
            setup.strict.url, headers={"x-max-tokens": "1", "x-unused-tokens": "100000"}
        )
        assert more.status_code == 200
        while await tokens_left(setup.daemon, "erin") != 1000:
            assert time.monotonic() < end, "never all tokens left"


async def test_a_daemon_that_is_away_stops_those_who_deny_and_no_one_else(setup: Setup):
    assert statuses(await ask(setup.strict, "alice", "small", 1)) == [200]
    assert statuses(await ask(setup.lenient, "alice", "small", 1)) == [200]
    setup.daemon.kill()
    assert statuses(await ask(setup.strict, "alice", "small", 3)) == [500] * 3
    assert statuses(await ask(setup.lenient, "alice", "small", 12)) == [200] * 12
    setup.daemon.start()
    await asyncio.to_thread(setup.daemon.wait_until_ready)
    # Envoy dials again by itself, a little later each time.
    end = time.monotonic() + PATIENCE
    while statuses(await ask(setup.strict, "bob", "small", 1)) != [200]:
        assert time.monotonic() < end


async def test_a_thousand_requests_a_second_pass_without_an_error(setup: Setup):
    headers = {"x-api-key": "nightly-batch", "x-model": "small"}
    start = time.monotonic()
    assert await load(setup.strict.port, headers, rate=1000, seconds=20) == {"200": 20_000}
    assert time.monotonic() - start < 25, "the requests took longer than at the rate that is asked for"
    # All of them were counted, on both descriptors.
    (answer,) = await ask(setup.strict, "nightly-batch", "small", 1)
    assert answer.headers["x-ratelimit-remaining"] == str(1_000_000 - 20_001)
