"""Whatever is supposed, and refused: no row, no message, no answer and no kept index changes."""

from collections.abc import Mapping
from typing import Any

import psycopg
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from psycopg import sql

from contracts.polls import Buffer, Rules
from contracts.topics import PARTICIPANTS, POLLS, RECOMMENDATIONS, SCHEDULES
from inbox.testing.service import until
from recommender.ranking.index import PollIndex
from recommender.settings import Settings
from recommender.testing import Others, Person, Poll, Recommender, free, hour

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def rows(settings: Settings) -> Mapping[str, list[Any]]:
    """Everything in every table of recommender's database."""
    url = settings.database_url.get_secret_value()
    async with await psycopg.AsyncConnection.connect(url) as conn:
        cursor = await conn.execute(
            "select table_schema, table_name from information_schema.tables "
            "where table_schema not in ('pg_catalog', 'information_schema') and "
            "table_type = 'BASE TABLE' order by 1, 2"
        )
        found: dict[str, list[Any]] = {}
        for schema, table in await cursor.fetchall():
            name = sql.Identifier(schema, table)
            statement = sql.SQL("select t::text from {} t order by 1").format(name)
            found[f"{schema}.{table}"] = await (await conn.execute(statement)).fetchall()
        return found


async def ends(settings: Settings) -> Mapping[TopicPartition, int]:
    """How many messages each partition of each topic holds."""
    # aiokafka's consumer has no types.
    consumer: Any = AIOKafkaConsumer(bootstrap_servers=settings.kafka_bootstrap_servers)
    await consumer.start()
    try:
        places: list[TopicPartition] = []
        for topic in (POLLS, SCHEDULES, PARTICIPANTS, RECOMMENDATIONS):
            name = settings.kafka_topic_prefix + topic.name
            places += [TopicPartition(name, n) for n in range(topic.partitions)]
        found: dict[TopicPartition, int] = await consumer.end_offsets(places)
        return found
    finally:
        await consumer.stop()


async def everybody_told(settings: Settings) -> bool:
    """Whether all that others are told of the facts so far is on Kafka."""
    waiting = ("select 1 from emissions where due > emitted", "select 1 from outgoing_states")
    url = settings.database_url.get_secret_value()
    async with await psycopg.AsyncConnection.connect(url) as conn:
        return not [
            row for query in waiting for row in await (await conn.execute(query)).fetchall()
        ]


async def kept(recommender: Recommender, poll: Poll) -> tuple[PollIndex, Mapping[str, Any], int]:
    """The index itself that is kept, what it holds, and of which sequence."""
    answers, schedules = recommender.service.answers, poll.schedules
    entry = recommender.service.entries.at_hand(poll.id)
    assert entry is not None
    async with answers.taken(entry.poll, schedules) as current:
        index = current.index
        held = {
            "times": index.times,
            "ids": [index.id_of(number) for number in range(len(index))],
            "people": [index.person(index.id_of(number)) for number in range(len(index))],
            "answered": index.answered.tolist(),
            "changes": [
                getattr(index.changes, name).tolist() for name in ("time", "owner", "code")
            ],
            "bytes": index.nbytes,
        }
        return index, held, current.sequence


def everything(ann: Person, ben: Person) -> list[tuple[dict[str, Any], int]]:
    long_day = {"start": hour(0), "end": hour(48)}
    dan: dict[str, Any] = {"name": "Dan", "intervals": []}
    first, second = str(ann.id), str(ben.id)
    return [
        ({}, 200),
        ({"duration": 30}, 200),
        ({"window": long_day}, 200),
        ({"rules": {"min_available": 2, "buffer": {"before": 60}}}, 200),
        ({"ignore": [first]}, 200),
        ({"schedules": {first: [long_day], second: None}, "window": long_day}, 200),
        ({"schedules": {second: [{"start": hour(5), "end": hour(6)}]}}, 200),
        ({"add": [dan], "duration": 45}, 200),
        ({"add": [dan] * 60, "ignore": [second]}, 200),
        ({"schedules": {"nobody": []}}, 422),
    ]


async def test_supposing_leaves_no_trace(
    recommender: Recommender, they: Others, settings: Settings
) -> None:
    poll = await they.opened(rules=Rules(min_available=1, buffer=Buffer()))
    ann = await they.answered(poll, None, free(0, 3), free(5, 6, "preferred"))
    ben = await they.answered(poll, None, free(1, 4))
    await they.joined(poll, None)
    asked, heatmap = await recommender.asked(poll), await recommender.heatmap(poll)
    await until(lambda: everybody_told(settings))
    before = await rows(settings), await ends(settings), await kept(recommender, poll)
    for supposition, status in everything(ann, ben):
        answer = await recommender.supposing(poll, supposition)
        assert answer.status_code == status, answer.text
    assert (await rows(settings), await ends(settings), await kept(recommender, poll)) == before
    again = await recommender.asked(poll)
    assert (again.content, again.headers["etag"]) == (asked.content, asked.headers["etag"])
    assert (await recommender.heatmap(poll)).content == heatmap.content
