"""One service behind one server for all tests of a file."""

from collections.abc import AsyncGenerator

import pytest_asyncio

from event_lifecycle.live.testing import Served, serving
from event_lifecycle.settings import Settings


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def served(shared_settings: Settings) -> AsyncGenerator[Served]:
    async with serving(shared_settings) as running:
        yield running
