"""How far behind an inbox is can be seen, in messages and in seconds."""

from collections.abc import Mapping

import psycopg
import pytest
from aiokafka import ConsumerRecord, TopicPartition
from prometheus_client import CollectorRegistry

from inbox.kafka_types import Record
from inbox.lag import Lag
from inbox.metrics import Metrics
from inbox.sources import Received
from inbox.testing.messages import Topics
from inbox.testing.owner import Owner
from inbox.testing.service import Services, until

FIRST, SECOND = TopicPartition("t", 0), TopicPartition("t", 1)


class Consumer:
    """What aiokafka knows of its partitions: where each of those assigned ends."""

    def __init__(self, ends: Mapping[TopicPartition, int]) -> None:
        self.ends = dict(ends)

    def assignment(self) -> set[TopicPartition]:
        return set(self.ends)

    def highwater(self, partition: TopicPartition) -> int | None:
        return self.ends[partition]


class Lagging:
    def __init__(self, ends: Mapping[TopicPartition, int]) -> None:
        self.consumer: Consumer | None = Consumer(ends)
        self.now = 1000.0
        self._registry = CollectorRegistry()
        self.lag = Lag(lambda: self.consumer, Metrics(self._registry), lambda: self.now)  # pyright: ignore[reportArgumentType]  # the part of a consumer that it reads

    @property
    def shown(self) -> tuple[float | None, float | None]:
        facts = self._registry.get_sample_value("inbox_lag_facts")
        return facts, self._registry.get_sample_value("inbox_lag_seconds")


def record(partition: TopicPartition, offset: int, at: float) -> Record:
    """Of a record only its place and its time matter here."""
    return ConsumerRecord(
        partition.topic,
        partition.partition,
        offset,
        timestamp=int(at * 1000),
        timestamp_type=0,
        key=b"",
        value=b"",
        checksum=None,
        serialized_key_size=0,
        serialized_value_size=0,
        headers=(),
    )


def test_a_batch_under_way_counts_from_its_oldest_message() -> None:
    lagging = Lagging({FIRST: 12, SECOND: 3})
    lagging.lag.begins([record(FIRST, 10, 970), record(FIRST, 11, 990), record(SECOND, 2, 980)])
    assert lagging.shown == (3, pytest.approx(30))
    lagging.now += 5
    assert lagging.shown == (3, pytest.approx(35))


def test_nothing_waits_when_the_last_one_is_done() -> None:
    lagging = Lagging({FIRST: 12})
    batch = [record(FIRST, 10, 970), record(FIRST, 11, 990)]
    lagging.lag.begins(batch)
    lagging.lag.done(batch)
    assert lagging.shown == (0, 0)


def test_what_waits_behind_a_batch_is_about_as_old_as_its_last_message() -> None:
    lagging = Lagging({FIRST: 5000})
    batch = [record(FIRST, 10, 400), record(FIRST, 11, 600)]
    lagging.lag.begins(batch)
    lagging.lag.done(batch)
    assert lagging.shown == (4988, pytest.approx(400))


def test_a_message_after_a_long_silence_is_not_as_old_as_the_silence() -> None:
    lagging = Lagging({FIRST: 11})
    batch = [record(FIRST, 10, 100)]
    lagging.lag.begins(batch)
    lagging.lag.done(batch)
    assert lagging.consumer
    lagging.consumer.ends[FIRST] = 12
    assert lagging.shown == (1, 0)


def test_a_partition_that_went_to_another_replica_is_that_ones_to_tell() -> None:
    lagging = Lagging({FIRST: 50, SECOND: 3})
    lagging.lag.begins([record(FIRST, 10, 100), record(SECOND, 2, 990)])
    assert lagging.consumer
    del lagging.consumer.ends[FIRST]
    assert lagging.shown == (1, pytest.approx(10))
    lagging.consumer = None
    assert lagging.shown == (0, 0)


async def test_a_consumer_that_gets_nowhere_lags_more_and_more(
    services: Services, topic: Topics, owner: Owner, key: str
) -> None:
    away = True

    def trouble(_: Received) -> Exception | None:
        return psycopg.OperationalError("away") if away else None

    async with services.run(trouble=trouble) as service:
        await topic.send(*owner.decide(key, 1, 2, 3))
        # The first may be handed out before the broker has told of the others.
        await service.counted("lag_facts", 3)
        seen = service.metric("lag_seconds")
        await service.counted("lag_seconds", seen + 0.2)
        away = False
        await service.applied(key, 3)

        async def caught_up() -> bool:
            return service.metric("lag_facts") == service.metric("lag_seconds") == 0

        await until(caught_up)


async def test_every_label_is_shown_before_there_is_anything_to_count(services: Services) -> None:
    shown = {
        (sample.name, tuple(sample.labels.values()))
        for family in services.make().registry.collect()
        for sample in family.samples
    }
    topic = services.prefix + "commontime.polls"
    for name, label in (
        ("applied", "polls"),
        ("gaps", "polls"),
        ("refilled", "polls"),
        ("states", "commontime.participants"),
        ("dead_letters", topic),
        ("dead_letters", "polls"),
    ):
        assert (f"inbox_{name}_total", (label,)) in shown
