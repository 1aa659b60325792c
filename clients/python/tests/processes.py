"""The daemon and the example's servers as processes of their own, on free ports of the loopback."""

from __future__ import annotations

import os
import ssl
import subprocess
import sys
import time
from pathlib import Path
from typing import Dict, List, Optional, Union

import httpx
import pytest
from fake_daemon import free_port

PACKAGE = Path(__file__).resolve().parent.parent
BINARY = Path(os.environ.get("HEADGATE_BINARY") or PACKAGE.parent.parent / ".build/debug/headgate")

# Seconds until a process that does not come up, or go away, fails the test.
PATIENCE = 20.0


class Process:
    """A server that is up once `ready_url` answers 200."""

    # What proves us to the server, and whom to trust, where it speaks TLS.
    verify: Union[ssl.SSLContext, bool] = True

    def __init__(self, command: List[str], ready_url: str, environment: Dict[str, str]) -> None:
        self.command = command
        self.ready_url = ready_url
        self.environment = {**os.environ, **environment}
        self.running: Optional["subprocess.Popen[bytes]"] = None

    def start(self) -> None:
        self.running = subprocess.Popen(self.command, env=self.environment)

    def wait_until_ready(self) -> None:
        assert self.running is not None
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            try:
                if httpx.get(self.ready_url, timeout=1, verify=self.verify).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            # Waiting for its end, which is the other thing that may happen, paces the questions.
            try:
                status = self.running.wait(timeout=0.05)
            except subprocess.TimeoutExpired:
                continue
            raise AssertionError(f"{self.command} ended with status {status}")
        raise AssertionError(f"{self.command} was not ready within {PATIENCE} s")

    def kill(self) -> None:
        """SIGKILL: no farewell."""
        if self.running is not None:
            self.running.kill()
            self.running.wait(PATIENCE)
            self.running = None


class Daemon(Process):
    def __init__(self, policy: Path, *arguments: str, scheme: str = "http") -> None:
        if not BINARY.is_file():
            pytest.fail(f"no daemon at {BINARY}: build it, or set HEADGATE_BINARY", pytrace=False)
        rpc, http = free_port(), free_port()
        self.address, self.http = f"127.0.0.1:{rpc}", f"127.0.0.1:{http}"
        command = [str(BINARY), "serve", "--policy", str(policy)]
        command += ["--listen", self.address, "--http", self.http, *arguments]
        super().__init__(command, f"{scheme}://{self.http}/readyz", {})


class Replica(Process):
    """One process of an example."""

    def __init__(self, daemon_address: str, example: str = "inference") -> None:
        self.url = f"http://127.0.0.1:{free_port()}"
        command = [sys.executable, "-m", "uvicorn", f"{example}:app", "--app-dir"]
        command += [str(PACKAGE / "examples"), "--host", "127.0.0.1"]
        command += ["--port", self.url.rpartition(":")[2], "--log-level", "warning"]
        super().__init__(
            command, f"{self.url}/openapi.json", {"HEADGATE_ADDRESS": daemon_address}
        )
