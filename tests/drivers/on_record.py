"""What a deployment has on record: facts in its stores, and messages in its topics, in order."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

import psycopg
from confluent_kafka import Consumer, Message, TopicPartition

from contracts.envelope import Envelope
from contracts.topics import LIFECYCLE, POLLS, SCHEDULES, Topic, dead_letter
from separate_processes import SeparateProcesses

FACTS = (POLLS, SCHEDULES, LIFECYCLE)


def facts_by_type(deployment: SeparateProcesses) -> Counter[str]:
    """How many facts of each type are stored, without the prefix and the version."""
    counted: Counter[str] = Counter()
    for service in deployment.services:
        if service.publishes and service.name != "recommender":
            with psycopg.connect(deployment.database(service)) as connection:
                rows = connection.execute("select type, count(*) from events group by 1").fetchall()
            counted.update({type_.removeprefix("commontime.")[:-3]: n for type_, n in rows})
    return counted


def out_of_order(deployment: SeparateProcesses) -> list[str]:
    """The keys whose sequences, repetitions apart, do not come as 1, 2, 3 … in their topic."""
    wrong: list[str] = []
    for topic in FACTS:
        last: defaultdict[str, int] = defaultdict(int)
        for envelope in _facts(deployment, topic):
            if envelope.sequence > last[envelope.key] + 1:
                wrong.append(f"{topic.name} {envelope.key}: {envelope.sequence} too early")
            last[envelope.key] = max(last[envelope.key], envelope.sequence)
    return wrong


def given_up(deployment: SeparateProcesses) -> int:
    """Dead letters, of all services together."""
    topics = [dead_letter(service.name) for service in deployment.services]
    return sum(len(list(_messages(deployment, topic))) for topic in topics)


def _facts(deployment: SeparateProcesses, topic: Topic) -> Iterator[Envelope]:
    for message in _messages(deployment, topic):
        yield Envelope.from_kafka(message.value(), _headers(message))


def _headers(message: Message) -> Sequence[tuple[str, bytes]]:
    headers = message.headers()
    assert isinstance(headers, list)
    return [(name, value) for name, value in headers if isinstance(value, bytes)]


def _messages(deployment: SeparateProcesses, topic: Topic) -> Iterator[Message]:
    """Everything in the topic by now, each partition in its order."""
    settings = {"bootstrap.servers": deployment.kafka.bootstrap, "group.id": "nobody"}
    consumer = Consumer({**settings, "enable.auto.commit": False})
    try:
        for number in range(topic.partitions):
            partition = TopicPartition(topic.name, number)
            first, end = consumer.get_watermark_offsets(partition, 10)
            consumer.assign([TopicPartition(topic.name, number, first)])
            while first < end:
                message = consumer.poll(10)
                assert message is not None
                assert message.error() is None, message.error()
                first = (message.offset() or 0) + 1
                yield message
    finally:
        consumer.close()
