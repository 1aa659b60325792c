"""The daemon as a process of its own, on ports that the system chooses."""

from __future__ import annotations

import json
import os
import re
import subprocess
import threading
import urllib.request
from pathlib import Path
from typing import Dict, List

import pytest

ROOT = Path(__file__).resolve().parents[2]
BINARY = Path(os.environ.get("HEADGATE_BINARY") or ROOT / ".build/debug/headgate")

# Seconds until what does not happen fails the test.
PATIENCE = 20.0

POLICY = """
routes:
  - name: predict
    route: /predict
    limits: [ 10 per minute ]
otherwise: allow
"""


class Daemon:
    def __init__(self, policy: Path, *flags: str) -> None:
        if not BINARY.is_file():
            pytest.fail(f"no daemon at {BINARY}: build it, or set HEADGATE_BINARY", pytrace=False)
        policy.write_text(POLICY)
        command: List[str] = [str(BINARY), "serve", "--policy", str(policy)]
        command += ["--listen", "127.0.0.1:0", "--http", "127.0.0.1:0", *flags]
        self.process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        self.ports: Dict[str, int] = {}
        self._listening = threading.Event()
        self._log = threading.Thread(target=self._read_log)
        self._log.start()
        if not self._listening.wait(PATIENCE):
            self.stop()
            pytest.fail("the daemon does not listen", pytrace=False)

    def _read_log(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            found = re.search(r"(rpc|http)\.address=\S*:(\d+) ", line)
            if found:
                self.ports[found.group(1)] = int(found.group(2))
            if len(self.ports) == 2:
                self._listening.set()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.ports['rpc']}"

    def status(self) -> dict:
        url = f"http://127.0.0.1:{self.ports['http']}/status"
        with urllib.request.urlopen(url, timeout=PATIENCE) as response:
            return json.load(response)

    def drain(self) -> None:
        self.process.terminate()

    def stop(self) -> int:
        """SIGTERM, and SIGKILL where that does not help; the exit status."""
        self.process.terminate()
        try:
            return self.process.wait(PATIENCE)
        finally:
            self.process.kill()
            self.process.wait()
            self._log.join()
            assert self.process.stderr is not None
            self.process.stderr.close()
