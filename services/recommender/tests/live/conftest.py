"""One service behind one server for all tests of a file."""

from collections.abc import AsyncGenerator

import pytest_asyncio

from recommender.live.testing import Served, serving
from recommender.settings import Settings
from recommender.testing import Others


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def served(settings: Settings, they: Others) -> AsyncGenerator[Served]:
    async with serving(settings) as running:
        yield running
