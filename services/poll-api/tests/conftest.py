"""The service on a real database and a real Kafka, with the services it hears from in a few lines.

One service for all tests of a file: they keep apart by poll.
"""

from collections.abc import AsyncGenerator, Callable

import pytest
import pytest_asyncio
from pydantic import SecretStr

from inbox.testing.owner import TOKEN, Owner, serve_owner
from poll_api.migrations import FOLDERS
from poll_api.settings import Settings
from poll_api.testing import PollApi, running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def availability() -> AsyncGenerator[Owner]:
    async with serve_owner() as owner:
        yield owner


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def recommender() -> AsyncGenerator[Owner]:
    async with serve_owner() as owner:
        yield owner


@pytest.fixture(scope="module")
def settings(
    template_database: Callable[..., str],
    module_database: Callable[[str], str],
    kafka_bootstrap: str,
    module_topic_prefix: str,
    availability: Owner,
    recommender: Owner,
) -> Settings:
    return Settings(
        database_url=SecretStr(module_database(template_database("poll_api", *FOLDERS))),
        kafka_bootstrap_servers=kafka_bootstrap,
        kafka_topic_prefix=module_topic_prefix,
        instance_id="one",
        service_token=SecretStr(TOKEN),
        public_url="http://commontime.test",
        availability_url=availability.url,
        recommender_url=recommender.url,
        signing_key=SecretStr("a-secret-that-signs-only-in-tests"),
    )


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def poll_api(settings: Settings) -> AsyncGenerator[PollApi]:
    async with running(settings) as api:
        yield api
