from __future__ import annotations

from pathlib import Path
from typing import Iterator

import grpc
import pytest
from daemon import Daemon


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Daemon]:
    running = Daemon(tmp_path / "policy.yaml")
    yield running
    assert running.stop() == 0, "the daemon did not end well"


@pytest.fixture
def channel(daemon: Daemon) -> Iterator[grpc.Channel]:
    with grpc.insecure_channel(daemon.address) as opened:
        yield opened
