"""Two replicas behind real servers, on one database."""

from collections.abc import AsyncGenerator

import pytest_asyncio

from recommender.live.testing import Served, serving
from recommender.settings import Settings
from recommender.testing import Others


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def served(settings: Settings, they: Others) -> AsyncGenerator[Served]:
    async with serving(settings) as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def second(settings: Settings, served: Served) -> AsyncGenerator[Served]:
    async with serving(settings.model_copy(update={"instance_id": "two"})) as running:
        yield running
