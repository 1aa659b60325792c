"""Two replicas of the example and the real daemon: limits that hold across both."""

from __future__ import annotations

import itertools
import time
from typing import Iterator, List, Optional

import httpx
import pytest
from processes import PACKAGE, Daemon, Replica

# The example waits 0.25 s for the daemon; the rest is for a busy machine.
ANSWER_WITHIN = 1.0

# Seconds after the daemon's return within which limits must hold again.
RECOVERED_WITHIN = 5.0


class Fleet:
    """Sends every request to the other replica than the one before."""

    def __init__(self, daemon: Daemon, replicas: List[Replica]) -> None:
        self.daemon = daemon
        self.replicas = replicas
        self.client = httpx.Client(timeout=10)
        self._turns = itertools.cycle([replica.url for replica in replicas])

    def send(self, method: str, path: str, key: Optional[str] = None) -> httpx.Response:
        headers = {"X-API-Key": key} if key else {}
        body = {"json": {"inputs": [1, 2, 3]}} if method == "POST" else {}
        return self.client.request(method, next(self._turns) + path, headers=headers, **body)

    def statuses(self, count: int, path: str, key: str) -> List[int]:
        return [self.send("POST", path, key).status_code for _ in range(count)]


@pytest.fixture
def fleet() -> Iterator[Fleet]:
    daemon = Daemon(PACKAGE / "examples/policy.yaml")
    replicas = [Replica(daemon.address) for _ in range(2)]
    processes = [daemon, *replicas]
    try:
        for process in processes:
            process.start()
        for process in processes:
            process.wait_until_ready()
        fleet = Fleet(daemon, replicas)
        with fleet.client:
            yield fleet
    finally:
        for process in processes:
            process.kill()


def assert_limited(answer: httpx.Response, window: int) -> None:
    assert answer.status_code == 429
    assert list(answer.json()) == ["detail"] and answer.json()["detail"]
    # A sliding window that was used up at once makes room only in the course of the next one.
    assert 1 <= int(answer.headers["retry-after"]) <= 2 * window
    assert answer.headers["x-ratelimit-remaining"] == "0"


@pytest.mark.parametrize(
    "path, limit, window",
    [
        ("/predict", 10, 60),
        ("/predict/batch", 5, 300),
        ("/models/lightweight/predict", 100, 60),
        ("/models/heavy/predict", 10, 60),
        ("/models/batch-process", 2, 300),
    ],
)
def test_a_limit_holds_across_replicas(fleet, path, limit, window):
    answers = [fleet.send("POST", path, "alice") for _ in range(limit)]
    assert [answer.status_code for answer in answers] == [200] * limit
    left = [int(answer.headers["x-ratelimit-remaining"]) for answer in answers]
    assert left == list(range(limit - 1, -1, -1))
    for _ in fleet.replicas:
        assert_limited(fleet.send("POST", path, "alice"), window)
    assert fleet.send("POST", path, "bob").status_code == 200
    assert fleet.send("POST", path).status_code == 200


def test_premium_is_for_premium_keys_and_limited_too(fleet):
    for key in ("free-user-key", None):
        for _ in fleet.replicas:
            answer = fleet.send("POST", "/premium/predict", key)
            assert answer.status_code == 403
            assert answer.json() == {"detail": "Premium access required"}
            assert "retry-after" not in answer.headers
    assert fleet.statuses(30, "/premium/predict", "premium-user-key") == [200] * 30
    for _ in fleet.replicas:
        assert_limited(fleet.send("POST", "/premium/predict", "premium-user-key"), 60)


def test_model_info_is_never_limited(fleet):
    answers = [fleet.send("GET", "/model-info", "alice") for _ in range(200)]
    assert {answer.status_code for answer in answers} == {200}
    assert all("x-ratelimit-limit" not in answer.headers for answer in answers)


def test_the_daemon_may_die_and_come_back(fleet):
    assert fleet.statuses(11, "/predict", "alice") == [200] * 10 + [429]
    fleet.daemon.kill()
    for _ in range(30):
        start = time.monotonic()
        answer = fleet.send("POST", "/predict", "alice")
        assert answer.status_code == 200 and time.monotonic() - start < ANSWER_WITHIN
        assert "x-ratelimit-limit" not in answer.headers
    fleet.daemon.start()
    fleet.daemon.wait_until_ready()
    end = time.monotonic() + RECOVERED_WITHIN
    for replica in fleet.replicas:
        headers = {"X-API-Key": f"after-{replica.url}"}
        while time.monotonic() < end:
            answer = fleet.client.post(f"{replica.url}/predict", headers=headers)
            if "x-ratelimit-limit" in answer.headers:
                break
        assert "x-ratelimit-limit" in answer.headers, f"no limits {RECOVERED_WITHIN} s later"
    assert fleet.statuses(11, "/predict", "carol") == [200] * 10 + [429]
