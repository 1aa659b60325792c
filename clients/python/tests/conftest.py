from __future__ import annotations

from typing import AsyncIterator

import pytest_asyncio
from fake_daemon import FakeDaemon


@pytest_asyncio.fixture
async def daemon() -> AsyncIterator[FakeDaemon]:
    async with FakeDaemon() as fake:
        yield fake
