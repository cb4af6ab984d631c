"""Partitions that were not there when they were given out are read within seconds all the same.

So it is when a topic gets more of them, and when Kafka lost its topics and has them again.
"""

import asyncio
from typing import Any

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewPartitions

from contracts import topics
from inbox.testing.messages import Topics
from inbox.testing.service import Services, until

AT_FIRST = topics.POLLS.partitions + topics.PARTICIPANTS.partitions
# aiokafka by itself looks every five minutes.
SECONDS = 60


async def test_partitions_that_a_topic_gets_later_are_taken_up_soon(
    services: Services, topic: Topics
) -> None:
    admin: Any = AdminClient({"bootstrap.servers": topic.bootstrap})

    def given_out() -> int:
        [asked] = admin.describe_consumer_groups([f"{topic.prefix}tested"]).values()
        try:
            members = asked.result().members
        except KafkaException:
            return 0  # the group has no coordinator yet
        return sum(len(member.assignment.topic_partitions) for member in members)

    async def has(partitions: int) -> bool:
        return await asyncio.to_thread(given_out) == partitions

    async with services.run():
        await until(lambda: has(AT_FIRST), SECONDS)
        more = NewPartitions(topic.prefix + topics.POLLS.name, topics.POLLS.partitions + 1)
        for made in admin.create_partitions([more]).values():
            await asyncio.to_thread(made.result)
        await until(lambda: has(AT_FIRST + 1), SECONDS)
