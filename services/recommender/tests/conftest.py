"""The service on a real database and a real Kafka, with its two owners in memory.

One service for all tests of a file: they keep apart by poll.
"""

from collections.abc import AsyncGenerator, Callable

import pytest
import pytest_asyncio

from contracts.topics import PARTICIPANTS, POLLS, SCHEDULES
from inbox.testing.owner import Owner, serve_owner
from inbox.topics import ensure_topics
from recommender.migrations import FOLDERS
from recommender.settings import Settings
from recommender.testing import Others, Recommender, opened, others, settings_of


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def poll_api() -> AsyncGenerator[Owner]:
    async with serve_owner() as owner:
        yield owner


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def availability() -> AsyncGenerator[Owner]:
    async with serve_owner() as owner:
        yield owner


@pytest.fixture(scope="module")
def settings(
    template_database: Callable[..., str],
    module_database: Callable[[str], str],
    kafka_bootstrap: str,
    module_topic_prefix: str,
    poll_api: Owner,
    availability: Owner,
) -> Settings:
    database = module_database(template_database("recommender", *FOLDERS))
    return settings_of(database, kafka_bootstrap, module_topic_prefix, poll_api, availability)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def they(settings: Settings, poll_api: Owner, availability: Owner) -> AsyncGenerator[Others]:
    """Those who decide: `they` open polls, join and answer."""
    bootstrap, prefix = settings.kafka_bootstrap_servers, settings.kafka_topic_prefix
    await ensure_topics(bootstrap, prefix, [POLLS, SCHEDULES, PARTICIPANTS])
    async with others(bootstrap, prefix, poll_api, availability) as senders:
        yield senders


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def recommender(settings: Settings, they: Others) -> AsyncGenerator[Recommender]:
    async with opened(settings) as running:
        yield running
