"""The service on a real database and a real Kafka, with a poll-api of a few lines.

One service for all tests of a file: they keep apart by poll.
"""

from collections.abc import AsyncGenerator, Callable

import pytest
import pytest_asyncio
from pydantic import SecretStr

from availability.migrations import FOLDERS
from availability.settings import Settings
from availability.testing import Availability, opened
from inbox.testing.owner import TOKEN, Owner, serve_owner


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def owner() -> AsyncGenerator[Owner]:
    async with serve_owner() as poll_api:
        yield poll_api


@pytest.fixture(scope="module")
def settings(
    template_database: Callable[..., str],
    module_database: Callable[[str], str],
    kafka_bootstrap: str,
    module_topic_prefix: str,
    owner: Owner,
) -> Settings:
    return Settings(
        database_url=SecretStr(module_database(template_database("availability", *FOLDERS))),
        kafka_bootstrap_servers=kafka_bootstrap,
        kafka_topic_prefix=module_topic_prefix,
        instance_id="one",
        service_token=SecretStr(TOKEN),
        public_url="http://commontime.test",
        poll_api_url=owner.url,
        max_participants=3,
    )


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def availability(settings: Settings, owner: Owner) -> AsyncGenerator[Availability]:
    async with opened(settings, owner) as running:
        yield running
