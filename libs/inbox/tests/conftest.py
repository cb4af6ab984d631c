"""The parts that tests of the inbox put together."""

from collections.abc import AsyncIterator, Callable
from uuid import uuid4

import psycopg
import pytest
from aiokafka import AIOKafkaProducer
from psycopg import AsyncConnection
from psycopg.rows import TupleRow
from psycopg_pool import AsyncConnectionPool

from contracts import topics
from inbox.migrations import FOLDER
from inbox.sources import Pool
from inbox.testing.messages import Topics
from inbox.testing.owner import Owner, serve_owner
from inbox.testing.service import TABLES, Services
from inbox.topics import ensure_topics

TemplateDatabase = Callable[..., str]
NewDatabase = Callable[[str], str]


@pytest.fixture
async def owner() -> AsyncIterator[Owner]:
    async with serve_owner() as served:
        yield served


@pytest.fixture
async def topic(kafka_bootstrap: str, topic_prefix: str) -> AsyncIterator[Topics]:
    await ensure_topics(kafka_bootstrap, topic_prefix, [topics.POLLS, topics.PARTICIPANTS])
    producer = AIOKafkaProducer(bootstrap_servers=kafka_bootstrap, max_request_size=8_000_000)
    await producer.start()
    yield Topics(producer, kafka_bootstrap, topic_prefix)
    await producer.stop()


@pytest.fixture
async def pool(
    template_database: TemplateDatabase,
    new_database: NewDatabase,
    as_owner: Callable[[str], str],
) -> AsyncIterator[Pool]:
    url = new_database(template_database("inbox", FOLDER))
    with psycopg.connect(as_owner(url)) as connection:
        connection.execute(TABLES)
    kind = AsyncConnection[TupleRow]
    async with AsyncConnectionPool(
        url, connection_class=kind, kwargs={"autocommit": True}, min_size=1, max_size=8, timeout=3
    ) as opened:
        yield opened


@pytest.fixture
def services(
    pool: Pool, owner: Owner, topic: Topics, kafka_bootstrap: str, topic_prefix: str
) -> Services:
    return Services(pool, owner, kafka_bootstrap, topic_prefix)


@pytest.fixture
def key() -> str:
    return str(uuid4())
