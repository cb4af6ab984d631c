"""The service, and people who are signed in to it."""

from collections.abc import AsyncGenerator

import pytest
import pytest_asyncio

from poll_api.feeds.testing import Person
from poll_api.settings import Settings
from poll_api.testing import ISSUER, PollApi, running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def api(settings: Settings) -> AsyncGenerator[PollApi]:
    async with running(settings, issuer=ISSUER) as service:
        yield service


@pytest.fixture
def ann(api: PollApi) -> Person:
    return Person(api)


@pytest.fixture
def bob(api: PollApi) -> Person:
    return Person(api)
