"""The example for tokens and streams, before the real daemon."""

from __future__ import annotations

import time
from typing import Dict, Iterator, Tuple

import httpx
import pytest
from fake_daemon import PATIENCE
from processes import PACKAGE, Daemon, Replica

from headgate import Client

HEADERS = {"x-api-key": "alice"}


@pytest.fixture
def chat() -> Iterator[Tuple[str, Client]]:
    daemon = Daemon(PACKAGE / "examples/chat.yaml")
    replica = Replica(daemon.address, "chat")
    try:
        for process in (daemon, replica):
            process.start()
            process.wait_until_ready()
        with Client(daemon.address, timeout=5) as watch:
            yield f"{replica.url}/v1/chat", watch
    finally:
        daemon.kill()
        replica.kill()


def body(words: int, max_tokens: int) -> Dict[str, object]:
    return {"messages": [{"content": "word " * words}], "max_tokens": max_tokens}


def used(watch: Client) -> int:
    decision = watch.check("alice", "/v1/chat", usage={"tokens": 0}, peek=True, all_limits=True)
    [left] = [state.remaining for state in decision.limits if state.name == "chat/tpm"]
    return 1000 - left


def becomes(watch: Client, most: int) -> None:
    """Well before the refill alone, some 17 a second, would have come there."""
    end = time.monotonic() + PATIENCE
    while used(watch) > most:
        assert time.monotonic() < end


def test_a_stream_pays_for_what_it_said(chat):
    url, watch = chat
    with httpx.stream("POST", url, json=body(40, 700), headers=HEADERS) as answer:
        lines = answer.iter_lines()
        assert answer.status_code == 200 and next(lines) == "data: word"
        # 50 tokens of prompt and 700 that may come; the bucket refills some 17 a second.
        assert 650 < used(watch) <= 750
        # 700 more do not fit while the first holds them.
        refused = httpx.post(url, json=body(1, 700), headers=HEADERS)
        assert refused.status_code == 429 and int(refused.headers["retry-after"]) >= 1
        assert [line for line in lines if line][-1] == "data: [DONE]"
    # 50 for the prompt, and a token for each of 40 words; settled after the last byte was read here.
    becomes(watch, 90)
    assert httpx.post(url, json=body(1, 700), headers=HEADERS).status_code == 200


def test_a_body_that_is_none_costs_nothing(chat):
    url, watch = chat
    for wrong in ({}, {"messages": []}, body(1, 5000)):
        assert httpx.post(url, json=wrong, headers=HEADERS).status_code == 422
    becomes(watch, 0)
